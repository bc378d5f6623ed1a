import { loadFixture } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ZeroAddress } from "ethers";
import { ethers } from "hardhat";

import { NATIVE, PRICE } from "../helpers/market";
import { agentFixture, agentHere } from "../support/agentHere";

/**
 * What was lost: a sale. A purchase with a pad that nobody can open held the last piece of the supply, and the seller's
 * bond, until the window was over; then the buyer took everything back. The agent saw it at once, said so, and did nothing.
 */
describe("Finding: a sale is held by a pad that nobody can open", () => {
  const pads: readonly [what: string, key: { buyerKey: string; pad: string }][] = [
    ["a pad of no key", { buyerKey: `0x${"00".repeat(31)}01`, pad: "0x00000000000000000000000000000000000000aa" }],
    ["a key off the curve", { buyerKey: `0x${"00".repeat(31)}05`, pad: "0x00000000000000000000000000000000000000aa" }],
  ];
  for (const [what, key] of pads) {
    it(`gives the money for ${what} back at once, before the purchase is final, and has the supply again`, async () => {
      const fixture = await loadFixture(agentFixture);
      const { contracts, actors, ids, buy } = fixture;
      const { Escrow, Market, RevenueLedger } = contracts;
      const { look, events, said, close } = await agentHere(fixture, { policy: { confirmations: 64, margin: 600n } });
      try {
        const before = await RevenueLedger.balanceOf(ids.payToken, actors.buyer);
        const deal = await buy({ supply: 1n }, key);
        await look();
        expect(await Escrow.statusOf(deal.opener, deal.id)).to.equal(6n);
        expect(await RevenueLedger.balanceOf(ids.payToken, actors.buyer)).to.equal(before + PRICE);
        expect((await Market.offerState(deal.termsHash)).sold).to.equal(0n);
        expect(events()).to.deep.equal(["sale", "refused", "declined"]);
        expect(said.find(({ event }) => event === "refused")).to.include({ code: "DELIVERY_DECLINED" });
        await look();
        expect(events()).to.have.length(3);
      } finally {
        await close();
      }
    });
  }

  it("sends nothing for a purchase that paid nothing, and counts no window as missed", async () => {
    const fixture = await loadFixture(agentFixture);
    const { contracts, wallet, buy } = fixture;
    const { look, events, said, close } = await agentHere(fixture);
    try {
      const deal = await buy({ price: 0n, payToken: NATIVE }, pads[0]![1]);
      expect(deal.payToken).to.equal(ZeroAddress);
      const count = await ethers.provider.getTransactionCount(wallet.address);
      await look();
      await look();
      await ethers.provider.send("evm_increaseTime", [2 * 86_400]);
      await ethers.provider.send("evm_mine", []);
      await look();
      expect(await ethers.provider.getTransactionCount(wallet.address)).to.equal(count);
      expect(await contracts.Escrow.statusOf(deal.opener, deal.id)).to.equal(1n);
      expect(events()).to.deep.equal(["sale", "refused"]);
      expect(said.filter(({ level }) => level === "alert")).to.deep.equal([]);
    } finally {
      await close();
    }
  });
});
