import { loadFixture } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ethers } from "hardhat";
import { ESCROWED, GUARD, PLAIN, rightsFixture, TRANSFERABLE } from "./fixture";

/** The three ways in which ERC-721 moves a token. */
const WAYS = [
  "transferFrom(address,address,uint256)",
  "safeTransferFrom(address,address,uint256)",
  "safeTransferFrom(address,address,uint256,bytes)",
] as const;

describe("LicenseToken, transfers that a rights module is asked about", () => {
  /** The call of a way to transfer, as its sender makes it. */
  async function transfersFixture() {
    const protocol = await loadFixture(rightsFixture);
    const { licenses } = protocol;
    const data = (way: (typeof WAYS)[number], from: string, to: string, licenseId: bigint) =>
      licenses.interface.encodeFunctionData(
        way as "transferFrom",
        [from, to, licenseId, ...(way.endsWith("bytes)") ? ["0x1550"] : [])] as never,
      );
    const send = async (
      caller: (typeof protocol.actors)["buyer"],
      ...call: Parameters<typeof data>
    ): Promise<ReturnType<typeof caller.sendTransaction>> =>
      caller.sendTransaction({ to: await licenses.getAddress(), data: data(...call) });
    return { ...protocol, send };
  }

  for (const way of WAYS) {
    it(`${way}: is asked once, with licence, holder and receiver, whoever moves it`, async () => {
      const { licenses, guard, actions, actors, send } = await loadFixture(transfersFixture);
      const { buyer, other, stranger } = actors;
      const licenseId = await actions.mint(buyer.address, TRANSFERABLE, { rights: GUARD });
      await licenses.connect(buyer).approve(stranger.address, licenseId);

      const first = send(stranger, way, buyer.address, other.address, licenseId);
      await expect(first).to.emit(guard, "Asked").withArgs(licenseId, buyer.address, other.address);
      await expect(first).to.emit(licenses, "Transfer").withArgs(buyer.address, other.address, licenseId);
      const back = send(other, way, other.address, buyer.address, licenseId);
      await expect(back).to.emit(guard, "Asked").withArgs(licenseId, other.address, buyer.address);
      // a transfer to its own holder is one too
      const same = send(buyer, way, buyer.address, buyer.address, licenseId);
      await expect(same).to.emit(guard, "Asked").withArgs(licenseId, buyer.address, buyer.address);

      expect(await licenses.ownerOf(licenseId)).to.equal(buyer.address);
      expect(await guard.queryFilter(guard.filters.Asked())).to.have.length(3);
    });

    // claim(attacks#licences-listings-offers-and-signatures): a licence moved against the word of its rights module
    it(`${way}: a refusal stops it, with the module's reason`, async () => {
      const { licenses, guard, actions, actors, send } = await loadFixture(transfersFixture);
      const { buyer, other } = actors;
      const licenseId = await actions.mint(buyer.address, TRANSFERABLE, { rights: GUARD });
      await licenses.connect(buyer).approve(other.address, licenseId);
      await guard.setRefuses(true);

      for (const caller of [buyer, other]) {
        await expect(send(caller, way, buyer.address, other.address, licenseId)).to.be.revertedWithCustomError(
          guard,
          "TestRights_Refused",
        );
      }
      expect(await licenses.ownerOf(licenseId)).to.equal(buyer.address);
      expect(await licenses.getApproved(licenseId)).to.equal(other.address);
      expect([await licenses.balanceOf(buyer), await licenses.balanceOf(other)]).to.deep.equal([1n, 0n]);

      await guard.setRefuses(false);
      await send(other, way, buyer.address, other.address, licenseId);
      expect(await licenses.ownerOf(licenseId)).to.equal(other.address);
    });

    it(`${way}: a module that is not guarded is not asked`, async () => {
      const { licenses, plain, guard, actions, actors, send } = await loadFixture(transfersFixture);
      const { buyer, other } = actors;
      await plain.setRefuses(true);
      await guard.setRefuses(true);
      for (const rights of [0n, PLAIN]) {
        const licenseId = await actions.mint(buyer.address, TRANSFERABLE, { rights });
        await expect(send(buyer, way, buyer.address, other.address, licenseId))
          .to.emit(licenses, "Transfer")
          .withArgs(buyer.address, other.address, licenseId);
        expect(await licenses.ownerOf(licenseId)).to.equal(other.address);
      }
    });
  }

  it("is not asked when a licence is issued or burned", async () => {
    const { licenses, guard, actions, actors } = await loadFixture(transfersFixture);
    await guard.setRefuses(true);
    const licenseId = await actions.mint(actors.buyer.address, TRANSFERABLE, { rights: GUARD });
    expect(await licenses.ownerOf(licenseId)).to.equal(actors.buyer.address);
    await expect(actions.burn(licenseId))
      .to.emit(licenses, "Transfer")
      .withArgs(actors.buyer.address, ethers.ZeroAddress, licenseId);
    await guard.setRefuses(false);
    await actions.burn(await actions.mint(actors.buyer.address, TRANSFERABLE, { rights: GUARD }));
    expect(await guard.queryFilter(guard.filters.Asked())).to.have.length(0);
  });

  it("is asked after the token's own rules: approval, soulbound, locked", async () => {
    const { licenses, module, guard, actions, actors } = await loadFixture(transfersFixture);
    const { buyer, other, stranger } = actors;
    await guard.setRefuses(true);
    await module.setState(true, true);
    const moved = (licenseId: bigint, caller = buyer) =>
      licenses.connect(caller).transferFrom(buyer.address, other.address, licenseId);

    const soulbound = await actions.mint(buyer.address, 0n, { rights: GUARD });
    await expect(moved(soulbound))
      .to.be.revertedWithCustomError(licenses, "LicenseToken_Soulbound")
      .withArgs(soulbound);
    const licenseId = await actions.mint(buyer.address, TRANSFERABLE | ESCROWED, { rights: GUARD });
    await expect(moved(licenseId)).to.be.revertedWithCustomError(licenses, "LicenseToken_Locked").withArgs(licenseId);
    await expect(moved(licenseId, stranger))
      .to.be.revertedWithCustomError(licenses, "ERC721InsufficientApproval")
      .withArgs(stranger.address, licenseId);

    await module.setState(false, false);
    await expect(moved(licenseId)).to.be.revertedWithCustomError(guard, "TestRights_Refused");
    await guard.setRefuses(false);
    await expect(moved(licenseId)).to.emit(guard, "Asked").withArgs(licenseId, buyer.address, other.address);
    expect(await licenses.ownerOf(soulbound)).to.equal(buyer.address);
    expect(await licenses.ownerOf(licenseId)).to.equal(other.address);
  });

  it("finds the receiver as the holder already when it is asked, and the receiver's hook comes after it", async () => {
    const { licenses, guard, actions, actors } = await loadFixture(transfersFixture);
    const { buyer } = actors;
    const receiver = await ethers.deployContract("HookedReceiver");
    const to = await receiver.getAddress();
    const licenseId = await actions.mint(buyer.address, TRANSFERABLE, { rights: GUARD });
    // the receiver's hook reads what the module saw, which it can only after the module was asked
    await receiver.setHook(guard, 0n, guard.interface.encodeFunctionData("holderSeen"));
    await licenses.connect(buyer)["safeTransferFrom(address,address,uint256)"](buyer.address, to, licenseId);
    expect(await guard.holderSeen()).to.equal(to);
    expect(await receiver.returned()).to.equal(ethers.zeroPadValue(to, 32));
  });

  it("asks the module that the licence names, and no other", async () => {
    const { licenses, guard, admin, actions, actors } = await loadFixture(transfersFixture);
    const { buyer, other } = actors;
    const second = await ethers.deployContract("TestRights");
    await licenses.connect(admin).setRights(second, true, true);
    await guard.setRefuses(true);
    const licenseId = await actions.mint(buyer.address, TRANSFERABLE, { rights: 3n });
    const transfer = licenses.connect(buyer).transferFrom(buyer.address, other.address, licenseId);
    await expect(transfer).to.emit(second, "Asked").withArgs(licenseId, buyer.address, other.address);
  });
});
