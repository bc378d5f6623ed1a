import { loadFixture } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ethers } from "hardhat";
import { escrowFixture, OnRefund, PRICE, Status } from "../helpers/escrow";

describe("Escrow findings", () => {
  // claim(attacks#escrow-dispute-and-arbiters): The recipient's advance lost through a concession
  describe("what the recipient advanced of the seller's half was lost to the seller by a concession", () => {
    it("leaves the seller no richer in bond than it was before the dispute", async () => {
      const { contracts, actors, actions } = await loadFixture(escrowFixture);
      const { escrow, opener } = contracts;
      const terms = await actions.open(await actions.withBond({ bond: 1n }));
      const delivered = await actions.deliver(terms);
      await actions.dispute(delivered);

      // the seller alone can make the offers meet: it offers the whole price
      await escrow.connect(actors.creator).concede(delivered, PRICE);

      const [free] = await escrow.bondOf(opener, actors.creator, terms.termsHash);
      expect(free).to.be.lessThanOrEqual(1n);
    });
  });

  // claim(attacks#escrow-dispute-and-arbiters): An arbitrator without code
  describe("a deal was lost to an arbitrator whose code went away", () => {
    it("resolves a stale dispute when the arbitrator's address has no code any more", async () => {
      const { contracts, actions, values } = await loadFixture(escrowFixture);
      const { escrow } = contracts;
      const terms = await actions.openAndDispute(await actions.withBond());
      const { ruleBy } = await escrow.disputeOf(terms.opener, terms.id);
      // what revoking a delegation of an account to code (EIP-7702) leaves behind
      await ethers.provider.send("hardhat_setCode", [values.addresses.arbitrator, "0x"]);

      await actions.at(ruleBy + 1n);
      await escrow.resolveStale(terms);

      expect(await actions.statusOf(terms)).to.equal(Status.Split);
    });
  });

  // claim(attacks#escrow-dispute-and-arbiters): An opener that refuses refunds
  describe("a payer's refund was lost to an opener that refuses to hear of it", () => {
    it("refunds an undelivered deal whatever its opener does", async () => {
      const { contracts, actors, actions } = await loadFixture(escrowFixture);
      const terms = await actions.open(await actions.deal());
      await contracts.opener.setOnRefund(OnRefund.Refuse);

      await actions.at(terms.deliverBy + 1n);
      await contracts.escrow.refundUndelivered(terms);

      expect(await contracts.ledger.balanceOf(terms.payToken, actors.payer)).to.equal(PRICE);
    });
  });

  // claim(attacks#escrow-dispute-and-arbiters): A seller's record spoilt by strangers: by deals that the seller never
  //   offered, by free deals, or by pads that nobody can open. A miss counts only for a paid deal, and only when the
  //   buyer's secret shows that key and pad belonged together
  describe("a seller's public record was lost to deals that it never offered", () => {
    it("does not count what a stranger's opener says against a seller", async () => {
      const { contracts, actors, actions } = await loadFixture(escrowFixture);
      // no price, no consent: anyone's contract can open it in any seller's name
      const terms = await actions.open(await actions.deal({ price: 0n, seller: actors.other.address }));

      await actions.at(terms.deliverBy + 1n);
      await contracts.escrow.refundUndelivered(terms);

      expect(await contracts.escrow.missedDeliveries(actors.creator, actors.other)).to.equal(0n);
    });
  });
});
