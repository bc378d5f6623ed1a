import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ethers } from "hardhat";
import { buy } from "../helpers/files";
import { DAY, marketFixture, NATIVE } from "../helpers/market";

/** What was lost: a creator's good name. Anybody could open free deals in it, let them expire, and have the misses counted against it. */
describe("Finding: a missed delivery counts only where the creator agreed to deliver", () => {
  it("counts no miss at the market for a deal that a stranger's contract opened in the creator's name", async () => {
    const { contracts, actors, files, ids } = await loadFixture(marketFixture);
    const { Escrow } = contracts;
    const { chainId } = await ethers.provider.getNetwork();
    const about = { chainId, escrow: await Escrow.getAddress(), versionId: ids.fileVersionId };
    const key = { secret: files.file.key, x: files.file.data.keyX as string };
    const pad = buy(key, { ...about, payer: actors.stranger.address });
    const opener = await ethers.deployContract("FalseOpener");
    const deal = {
      opener: await opener.getAddress(),
      id: 1n,
      versionId: ids.fileVersionId,
      keyX: ethers.ZeroHash,
      termsHash: ethers.ZeroHash,
      payer: actors.stranger.address,
      recipient: actors.stranger.address,
      seller: actors.creator.address,
      payee: actors.creator.address,
      referrer: ethers.ZeroAddress,
      treasury: actors.stranger.address,
      payToken: NATIVE,
      price: 5n,
      protocolFeeBps: 0n,
      referrerBps: 0n,
      deliverBy: BigInt(await time.latest()) + DAY,
      complaintWindow: 3n * DAY,
      arbitrator: ethers.ZeroAddress,
      bond: 0n,
      buyerKey: pad.buyerKey,
      pad: pad.pad,
      complainBy: 0n,
    };
    await opener.act(Escrow, 5n, Escrow.interface.encodeFunctionData("open", [deal]), { value: 5n });
    await time.increase(DAY + 1n);
    const opened = { ...deal, keyX: key.x };
    await Escrow.connect(actors.stranger).refundUndelivered(opened);
    await Escrow.connect(actors.stranger).recordMissedDelivery(opened, pad.secret);
    expect(await Escrow.missedDeliveries(contracts.Market, actors.creator)).to.equal(0n);
    expect(await Escrow.missedDeliveries(contracts.UpdateDesk, actors.creator)).to.equal(0n);
    expect(await Escrow.missedDeliveries(opener, actors.creator)).to.equal(1n);
  });
});
