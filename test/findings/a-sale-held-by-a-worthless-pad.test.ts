import { loadFixture, mine } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ZeroAddress } from "ethers";
import { ethers } from "hardhat";

import { CARD } from "../helpers/fixture";
import { NATIVE, PRICE } from "../helpers/market";
import { signOffer } from "../helpers/signing";
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
    // claim(attacks#command-line-package-and-sellers-agent): a pad that nobody can open, to hold a supply or a bond
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

  // claim(attacks#command-line-package-and-sellers-agent): a pad that nobody can open, to hold a supply or a bond
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

  // claim(attacks#command-line-package-and-sellers-agent): purchases made on purpose that must be refused, so that the
  //   agent pays gas for refunding them
  it("declines a fixed number a day and no more, also after a restart, and says so", async () => {
    const fixture = await loadFixture(agentFixture);
    const { contracts, buy, wallet } = fixture;
    const first = await agentHere(fixture, { declinesPerDay: 2 });
    const real = Date.now;
    try {
      const deals: { opener: string; id: bigint }[] = [];
      for (let salt = 1n; salt <= 4n; salt++) deals.push(await buy({ salt }, pads[0]![1]));
      const open = async () => {
        const statuses = await Promise.all(deals.map(({ opener, id }) => contracts.Escrow.statusOf(opener, id)));
        return statuses.filter((status) => status === 1n).length;
      };
      await first.look();
      expect(await open()).to.equal(2);
      expect(first.events().filter((event) => event === "declined")).to.have.length(2);
      expect(first.said.filter(({ event }) => event === "declines")).to.have.length(1);
      expect(first.said.find(({ event }) => event === "declines")).to.include({ level: "alert" });

      const count = await ethers.provider.getTransactionCount(wallet.address);
      const second = await agentHere(fixture, { declinesPerDay: 2, state: first.state });
      await second.look();
      expect(await open()).to.equal(2);
      expect(await ethers.provider.getTransactionCount(wallet.address)).to.equal(count);
      Date.now = () => real() + 86_400_001;
      await second.look();
      expect(await open()).to.equal(0);
      await second.close();
    } finally {
      Date.now = real;
      await first.close();
    }
  });

  // claim(attacks#command-line-package-and-sellers-agent): purchases made on purpose that must be refused, so that the
  //   agent pays gas for refunding them
  it("declines nothing where its operator wants none declined", async () => {
    const fixture = await loadFixture(agentFixture);
    const { look, events, close } = await agentHere(fixture, { declinesPerDay: 0 });
    try {
      const deal = await fixture.buy({}, pads[0]![1]);
      await look();
      await look();
      expect(await fixture.contracts.Escrow.statusOf(deal.opener, deal.id)).to.equal(1n);
      expect(events()).to.deep.equal(["sale", "refused"]);
    } finally {
      await close();
    }
  });

  describe("or that is refused for good", () => {
    /** A version under the key of the seller's file, that came with its title and was offered by its new holder. */
    async function lureFixture() {
      const fixture = await agentFixture();
      const { contracts, actors, actions, files } = fixture;
      const { creator, stranger } = actors;
      const bait = await actions.publish(stranger, CARD);
      await contracts.ModelRegistry.connect(stranger).publishVersion(bait >> 16n, files.file.data);
      await contracts.ModelRegistry.connect(stranger).transferFrom(stranger.address, creator.address, bait >> 16n);
      return { ...fixture, lure: bait + 1n };
    }

    // claim(attacks#command-line-package-and-sellers-agent): a paid sale that is finally refused and holds its buyer's
    //   money until the deadline
    it("gives the money back once the purchase is final, and not before", async () => {
      const fixture = await loadFixture(lureFixture);
      const { contracts, actors, ids, buy, lure } = fixture;
      const { Escrow, Market, RevenueLedger } = contracts;
      const { look, events, said, close } = await agentHere(fixture, { policy: { confirmations: 3, margin: 600n } });
      try {
        const before = await RevenueLedger.balanceOf(ids.payToken, actors.buyer);
        const deal = await buy({ versionId: lure, supply: 1n });
        await look();
        await mine(2);
        await look();
        expect(events()).to.deep.equal(["sale"]);
        expect(await Escrow.statusOf(deal.opener, deal.id)).to.equal(1n);
        await mine(1);
        await look();
        expect(events()).to.deep.equal(["sale", "refused", "declined"]);
        expect(said.find(({ event }) => event === "refused")).to.include({ code: "DEAL_NOT_OURS" });
        expect(said.find(({ event }) => event === "declined")!.text).to.include("it is refused for good");
        expect(await Escrow.statusOf(deal.opener, deal.id)).to.equal(6n);
        expect(await RevenueLedger.balanceOf(ids.payToken, actors.buyer)).to.equal(before + PRICE);
        expect((await Market.offerState(deal.termsHash)).sold).to.equal(0n);
        expect(await Escrow.queryFilter(Escrow.filters.KeyDelivered())).to.deep.equal([]);
      } finally {
        await close();
      }
    });

    // claim(attacks#command-line-package-and-sellers-agent): a paid sale that is finally refused and holds its buyer's
    //   money until the deadline
    it("keeps a sale whose signed offer may still be brought along", async () => {
      const fixture = await loadFixture(agentFixture);
      const { contracts, actors, actions, wallet } = fixture;
      const { Market, Escrow } = contracts;
      const { look, events, close } = await agentHere(fixture);
      try {
        const offer = actions.fileTerms({ salt: 77n });
        const signature = await signOffer(Market, actors.creator, offer);
        const pad = await fixture.dealsOf(actors.buyer, fixture.buyersKeys).newPad(BigInt(offer.versionId));
        const order = await actions.orderFor(offer, pad);
        const deal = await actions.dealOf(await Market.connect(actors.buyer).purchaseSigned(offer, order, signature));
        const count = await ethers.provider.getTransactionCount(wallet.address);
        for (let i = 0; i < 3; i++) await look();
        expect(events()).to.deep.equal(["sale", "refused"]);
        expect(await Escrow.statusOf(deal.opener, deal.id)).to.equal(1n);
        expect(await ethers.provider.getTransactionCount(wallet.address)).to.equal(count);
      } finally {
        await close();
      }
    });
  });
});
