import { loadFixture, setCode, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ethers } from "hardhat";
import { DAY, government } from "./fixture";

const MARKET = ethers.encodeBytes32String("Market");

describe("Directory", () => {
  it("refuses anyone but the DAO", async () => {
    const { contracts, actors } = await loadFixture(government);
    await expect(contracts.directory.connect(actors.whale).set(MARKET, contracts.knob))
      .to.be.revertedWithCustomError(contracts.directory, "AccessManagedUnauthorized")
      .withArgs(actors.whale.address);
  });

  it("refuses an empty name, an address without code and what is in force already", async () => {
    const { contracts, actors } = await loadFixture(government);
    const directory = contracts.directory.connect(actors.dao);
    await expect(directory.set(ethers.ZeroHash, contracts.knob)).to.be.revertedWithCustomError(
      directory,
      "Directory_EmptyName",
    );
    await expect(directory.set(MARKET, actors.whale))
      .to.be.revertedWithCustomError(directory, "Directory_NotAContract")
      .withArgs(actors.whale.address);
    await directory.set(MARKET, contracts.knob);
    await expect(directory.set(MARKET, contracts.knob))
      .to.be.revertedWithCustomError(directory, "Directory_AlreadyInForce")
      .withArgs(MARKET, await contracts.knob.getAddress());
  });

  it("takes a contract of a single byte of code", async () => {
    const { contracts, actors } = await loadFixture(government);
    const module = ethers.getAddress("0x00000000000000000000000000000000000c0de1");
    await setCode(module, "0x00");
    await contracts.directory.connect(actors.dao).set(MARKET, module);
    expect(await contracts.directory.entryOf(MARKET)).to.equal(module);
  });

  it("answers with the contract in force and with its history", async () => {
    const { contracts, actors } = await loadFixture(government);
    const directory = contracts.directory.connect(actors.dao);
    const [first, second] = [await contracts.knob.getAddress(), await contracts.treasury.getAddress()];
    await expect(directory.entryOf(MARKET))
      .to.be.revertedWithCustomError(directory, "Directory_Unknown")
      .withArgs(MARKET);
    await expect(directory.set(MARKET, first))
      .to.emit(directory, "EntrySet")
      .withArgs(MARKET, first, ethers.ZeroAddress);
    const since = BigInt(await time.latest());
    await time.increase(DAY);
    await directory.set(MARKET, second);
    expect(await directory.entryOf(MARKET)).to.equal(second);
    expect(await directory.entryAt(MARKET, since)).to.equal(first);
    expect(await directory.entryAt(MARKET, since - 1n)).to.equal(ethers.ZeroAddress);
    expect(await directory.versionsOf(MARKET)).to.equal(2n);
    expect(await directory.versionAt(MARKET, 0)).to.deep.equal([first, since]);
    expect(await directory.names()).to.deep.equal([MARKET]);
  });
});

describe("Timelock", () => {
  it("cannot be created with a delay outside its bounds", async () => {
    const factory = await ethers.getContractFactory("Timelock");
    for (const delay of [DAY - 1n, 14n * DAY + 1n]) {
      await expect(factory.deploy(delay, [], [], ethers.ZeroAddress))
        .to.be.revertedWithCustomError(factory, "Timelock_DelayOutOfBounds")
        .withArgs(delay, DAY, 14n * DAY);
    }
    for (const delay of [DAY, 14n * DAY]) {
      const timelock = await factory.deploy(delay, [], [], ethers.ZeroAddress);
      expect(await timelock.getMinDelay()).to.equal(delay);
    }
  });

  // claim(attacks#government-and-citizens): a vote that does away with the wait
  it("keeps its delay within bounds, whatever is voted, and changes it for itself alone", async () => {
    const { contracts, actors } = await loadFixture(government);
    const timelock = contracts.timelock.connect(actors.dao);
    for (const delay of [DAY - 1n, 14n * DAY + 1n]) {
      await expect(timelock.updateDelay(delay))
        .to.be.revertedWithCustomError(timelock, "Timelock_DelayOutOfBounds")
        .withArgs(delay, DAY, 14n * DAY);
    }
    await expect(contracts.timelock.connect(actors.whale).updateDelay(3n * DAY))
      .to.be.revertedWithCustomError(timelock, "TimelockUnauthorizedCaller")
      .withArgs(actors.whale.address);
    for (const delay of [DAY, 14n * DAY]) {
      await timelock.updateDelay(delay);
      expect(await timelock.getMinDelay()).to.equal(delay);
    }
  });
});
