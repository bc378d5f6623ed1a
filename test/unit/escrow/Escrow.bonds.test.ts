import { loadFixture } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ZeroAddress } from "ethers";
import { BOND, COST, escrowFixture, PRICE, TERMS } from "../../helpers/escrow";

describe("Escrow", () => {
  describe("postBond", () => {
    it("refuses the zero address as opener and as seller", async () => {
      const { contracts, actors } = await loadFixture(escrowFixture);
      const { escrow, opener } = contracts;
      for (const [at, seller] of [
        [ZeroAddress, actors.creator.address],
        [await opener.getAddress(), ZeroAddress],
      ]) {
        await expect(escrow.postBond(at, seller, TERMS, { value: 1n })).to.be.revertedWithCustomError(
          escrow,
          "Escrow_ZeroParty",
        );
      }
    });

    it("adds what anybody pays to a seller's bond with one opener only", async () => {
      const { contracts, actors, actions } = await loadFixture(escrowFixture);
      const { escrow, opener } = contracts;
      const sent = await actions.expectMoves(
        () => escrow.connect(actors.stranger).postBond(opener, actors.creator, TERMS, { value: 5n }),
        { "bond free": 5n, "coin of escrow": 5n },
      );
      await expect(sent).to.emit(escrow, "BondChanged").withArgs(opener, actors.creator, TERMS, 5n, 0n);
      expect(await escrow.bondOf(actors.other, actors.creator, TERMS)).to.deep.equal([0n, 0n]);
      expect(await escrow.bondOf(opener, actors.stranger, TERMS)).to.deep.equal([0n, 0n]);
    });
  });

  describe("withdrawBond", () => {
    it("refuses more than is free, and what was posted for others", async () => {
      const { contracts, actors, actions } = await loadFixture(escrowFixture);
      const { escrow, opener } = contracts;
      await actions.open(await actions.withBond());
      await escrow.postBond(opener, actors.creator, TERMS, { value: 10n });
      for (const [caller, amount, free] of [
        [actors.creator, 11n, 10n],
        [actors.creator, 2n ** 128n - 1n, 10n],
        [actors.stranger, 1n, 0n],
        [actors.recipient, 1n, 0n],
      ] as const) {
        await expect(escrow.connect(caller).withdrawBond(opener, TERMS, amount))
          .to.be.revertedWithCustomError(escrow, "Escrow_BondExhausted")
          .withArgs(opener, caller.address, TERMS, free, amount);
      }
    });

    it("refuses a bond that another opener holds", async () => {
      const { contracts, actors } = await loadFixture(escrowFixture);
      const { escrow, opener } = contracts;
      await escrow.postBond(opener, actors.creator, TERMS, { value: BOND });
      await expect(escrow.connect(actors.creator).withdrawBond(actors.other, TERMS, 1n))
        .to.be.revertedWithCustomError(escrow, "Escrow_BondExhausted")
        .withArgs(actors.other.address, actors.creator.address, TERMS, 0n, 1n);
    });

    it("moves a free part into the ledger and leaves what deals hold", async () => {
      const { contracts, actors, actions } = await loadFixture(escrowFixture);
      const { escrow, opener } = contracts;
      await actions.open(await actions.withBond());
      await escrow.postBond(opener, actors.creator, TERMS, { value: 10n });
      const sent = await actions.expectMoves(() => escrow.connect(actors.creator).withdrawBond(opener, TERMS, 10n), {
        "bond free": -10n,
        seller: 10n,
        "coin of escrow": -10n,
        "coin of ledger": 10n,
      });
      await expect(sent).to.emit(escrow, "BondChanged").withArgs(opener, actors.creator, TERMS, 0n, BOND);
    });

    it("takes nothing without moving anything", async () => {
      const { contracts, actors, actions } = await loadFixture(escrowFixture);
      await actions.expectMoves(
        () => contracts.escrow.connect(actors.creator).withdrawBond(contracts.opener, TERMS, 0n),
        {},
      );
    });
  });

  describe("bonds of several deals", () => {
    it("reserves for each deal and frees each on its own", async () => {
      const { contracts, actors, actions } = await loadFixture(escrowFixture);
      const { escrow, opener } = contracts;
      const first = await actions.open(await actions.withBond());
      const second = await actions.open(await actions.withBond({ bond: BOND + 1n }));
      expect(await escrow.bondOf(opener, actors.creator, TERMS)).to.deep.equal([0n, 2n * BOND + 1n]);
      await escrow.connect(actors.creator).decline(first);
      expect(await escrow.bondOf(opener, actors.creator, TERMS)).to.deep.equal([BOND, BOND + 1n]);
      await escrow.connect(actors.creator).decline(second);
      expect(await escrow.bondOf(opener, actors.creator, TERMS)).to.deep.equal([2n * BOND + 1n, 0n]);
    });

    it("spends the bond of the deal that lost, not of another", async () => {
      const { contracts, actors, actions } = await loadFixture(escrowFixture);
      const { escrow, opener, arbitrator } = contracts;
      const lost = await actions.openAndDispute(await actions.withBond());
      const quiet = await actions.open(await actions.withBond());
      await arbitrator.giveRuling(escrow, 1n, 1n);
      await escrow.executeRuling(lost);
      expect(await escrow.bondOf(opener, actors.creator, TERMS)).to.deep.equal([BOND - COST, BOND]);
      await escrow.connect(actors.creator).decline(quiet);
      await escrow.connect(actors.creator).withdrawBond(opener, TERMS, 2n * BOND - COST);
      expect(await escrow.bondOf(opener, actors.creator, TERMS)).to.deep.equal([0n, 0n]);
      // the bonds that are left are all that is left
      const { "coin of escrow": coin, escrow: held } = await actions.books();
      expect([coin, held]).to.deep.equal([0n, 0n]);
    });

    it("takes the largest bond that fits", async () => {
      const { contracts, actors, actions } = await loadFixture(escrowFixture);
      const { escrow, opener } = contracts;
      const bond = 2n ** 64n;
      const terms = await actions.open(await actions.withBond({ bond, price: PRICE }));
      await escrow.connect(actors.creator).decline(terms);
      await escrow.connect(actors.creator).withdrawBond(opener, TERMS, bond);
      expect(await contracts.ledger.balanceOf(ZeroAddress, actors.creator)).to.equal(bond);
    });
  });
});
