import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { BOND, Cause, escrowFixture, PRICE, shares, Status, TERMS } from "../../helpers/escrow";
import { buy, ORDER, padOf } from "../../helpers/files";

describe("Escrow", () => {
  describe("deliver", () => {
    // claim(attacks#escrow-dispute-and-arbiters): Scalars 0, n and above
    it("refuses every scalar but the right one: zero, one off, its negative, the order and the largest word", async () => {
      const { contracts, actions, values } = await loadFixture(escrowFixture);
      const { c } = values.purchase;
      const terms = await actions.open(await actions.deal());
      for (const wrong of [0n, 1n, c - 1n, c + 1n, ORDER - c, ORDER, ORDER - 1n, 2n ** 256n - 1n]) {
        await expect(contracts.escrow.deliver(terms, wrong))
          .to.be.revertedWithCustomError(contracts.escrow, "Escrow_WrongScalar")
          .withArgs(terms.id, wrong);
      }
    });

    // claim(attacks#escrow-dispute-and-arbiters): A buyer who delivers to themselves, with a pad made for a scalar of
    //   their own
    it("takes a scalar that a buyer made itself, who then pays in full for no key, and not the same above the order", async () => {
      const { contracts, actors, actions, values } = await loadFixture(escrowFixture);
      const { escrow } = contracts;
      // anyone who knows the version's key point Y can name a pad for any scalar: addr(cG - Y); small, so that c + n fits a word
      const own = 5n;
      const pad = padOf((ORDER + own - values.key.secret) % ORDER);
      const terms = await actions.open(await actions.deal({ pad }));
      await expect(escrow.deliver(terms, own + ORDER))
        .to.be.revertedWithCustomError(escrow, "Escrow_WrongScalar")
        .withArgs(terms.id, own + ORDER);
      await escrow.connect(actors.recipient).deliver(terms, own);
      const complainBy = BigInt(await time.latest()) + terms.complaintWindow;
      // what the buyer's honest secret makes of it is not the key
      expect((ORDER + own - values.purchase.hidden) % ORDER).to.not.equal(values.key.secret);
      await actions.expectMoves(() => escrow.connect(actors.recipient).accept({ ...terms, complainBy }), {
        escrow: -PRICE,
        ...shares(PRICE),
      });
    });

    it("refuses the key itself, which would be published in the clear", async () => {
      const { contracts, actions, values } = await loadFixture(escrowFixture);
      const terms = await actions.open(await actions.deal());
      // c = k gives the sum at infinity, for which the precompile answers zero
      await expect(contracts.escrow.deliver(terms, values.key.secret))
        .to.be.revertedWithCustomError(contracts.escrow, "Escrow_WrongScalar")
        .withArgs(terms.id, values.key.secret);
    });

    it("refuses the scalar of another buyer's purchase of the same version", async () => {
      const { contracts, actors, actions, values } = await loadFixture(escrowFixture);
      const other = buy(values.key, {
        chainId: values.chainId,
        escrow: values.addresses.escrow,
        versionId: values.versionId,
        payer: actors.stranger.address,
      });
      const terms = await actions.open(await actions.deal());
      await expect(contracts.escrow.deliver(terms, other.c)).to.be.revertedWithCustomError(
        contracts.escrow,
        "Escrow_WrongScalar",
      );
    });

    it("gives a purchase that copies another buyer's point a pad of its own, so that the copier learns nothing", async () => {
      const { actors, values } = await loadFixture(escrowFixture);
      const about = { chainId: values.chainId, escrow: values.addresses.escrow, versionId: values.versionId };
      const copier = buy(values.key, { ...about, payer: actors.stranger.address });
      expect(copier.buyerKey).to.equal(values.purchase.buyerKey);
      expect(copier.pad).not.to.equal(values.purchase.pad);
      // nor does it depend on anything that a reorganisation could hand out again, like a deal's id
      expect(buy(values.key, { ...about, payer: actors.payer.address })).to.deep.equal(values.purchase);
    });

    it("lets anybody deliver, gives the buyer the key and starts the time for complaints", async () => {
      const { contracts, actors, actions, values } = await loadFixture(escrowFixture);
      const { escrow } = contracts;
      const terms = await actions.open(await actions.deal());
      const when = terms.deliverBy - 1_000n;
      await actions.at(when);
      const sent = await actions.expectMoves(
        () => escrow.connect(actors.stranger).deliver(terms, values.purchase.c),
        {},
      );

      await expect(sent)
        .to.emit(escrow, "KeyDelivered")
        .withArgs(terms.opener, terms.id, values.purchase.c, when + terms.complaintWindow);
      expect(await actions.statusOf(terms)).to.equal(Status.Delivered);
      // the buyer's side of the exchange: what was announced, less what only the two sides know, is the key
      const [{ args }] = await escrow.queryFilter(escrow.filters.KeyDelivered(terms.opener, terms.id));
      expect((args.c - values.purchase.hidden + ORDER) % ORDER).to.equal(values.key.secret);
    });

    it("takes the key in the last second", async () => {
      const { contracts, actions, values } = await loadFixture(escrowFixture);
      const terms = await actions.open(await actions.deal());
      await actions.at(terms.deliverBy);
      await contracts.escrow.deliver(terms, values.purchase.c);
      expect(await actions.statusOf(terms)).to.equal(Status.Delivered);
    });

    it("refuses the key one second after the deadline", async () => {
      const { contracts, actions, values } = await loadFixture(escrowFixture);
      const terms = await actions.open(await actions.deal());
      await actions.at(terms.deliverBy + 1n);
      await expect(contracts.escrow.deliver(terms, values.purchase.c))
        .to.be.revertedWithCustomError(contracts.escrow, "Escrow_TooLate")
        .withArgs(terms.id, terms.deliverBy);
    });

    it("delivers two deals of one buyer with one scalar, and lets each end on its own", async () => {
      const { contracts, actors, actions } = await loadFixture(escrowFixture);
      const first = await actions.openAndDeliver(await actions.deal());
      const second = await actions.openAndDeliver(await actions.deal());
      await contracts.escrow.connect(actors.recipient).accept(first);
      await contracts.escrow.connect(actors.creator).refundBySeller(second);
      expect(await actions.statusOf(first)).to.equal(Status.Settled);
      expect(await actions.statusOf(second)).to.equal(Status.Refunded);
    });
  });

  describe("decline", () => {
    it("refuses everyone but the seller", async () => {
      const { contracts, actors, actions } = await loadFixture(escrowFixture);
      const terms = await actions.open(await actions.deal());
      for (const caller of [actors.payer, actors.recipient, actors.payee, actors.stranger]) {
        await expect(contracts.escrow.connect(caller).decline(terms))
          .to.be.revertedWithCustomError(contracts.escrow, "Escrow_NotParty")
          .withArgs(terms.id, caller.address);
      }
    });

    for (const [name, late, cause] of [
      ["before the end of the delivery window", -100n, Cause.Declined],
      // claim(attacks#escrow-dispute-and-arbiters): Deadline minus and plus one second
      ["in the last second of the delivery window", 0n, Cause.Declined],
      ["after the delivery window, as a delivery that was missed", 1n, Cause.NotDelivered],
    ] as const) {
      it(`refunds the payer in full ${name}`, async () => {
        const { contracts, actors, actions } = await loadFixture(escrowFixture);
        const { escrow, opener } = contracts;
        const terms = await actions.open(await actions.withBond());
        await actions.at(terms.deliverBy + late);
        const sent = await actions.expectMoves(() => escrow.connect(actors.creator).decline(terms), {
          escrow: -PRICE,
          payer: PRICE,
          "bond free": BOND,
          "bond reserved": -BOND,
        });

        await expect(sent).to.emit(escrow, "DealRefunded").withArgs(terms.opener, terms.id, cause);
        await expect(sent).to.emit(escrow, "BondChanged").withArgs(terms.opener, terms.seller, TERMS, BOND, 0n);
        await expect(sent).to.emit(opener, "RefundHeard").withArgs(terms.id, terms.termsHash);
        expect(await escrow.missedDeliveries(terms.opener, actors.creator)).to.equal(0n);
        expect(await actions.statusOf(terms)).to.equal(Status.Refunded);
      });
    }
  });

  describe("refundUndelivered", () => {
    it("refuses until and including the last second for delivery", async () => {
      const { contracts, actions } = await loadFixture(escrowFixture);
      const terms = await actions.open(await actions.deal());
      await actions.at(terms.deliverBy);
      await expect(contracts.escrow.refundUndelivered(terms))
        .to.be.revertedWithCustomError(contracts.escrow, "Escrow_TooEarly")
        .withArgs(terms.id, terms.deliverBy);
    });

    // claim(attacks#escrow-dispute-and-arbiters): Deadline minus and plus one second
    it("refunds the payer one second later, by anybody's call", async () => {
      const { contracts, actors, actions, values } = await loadFixture(escrowFixture);
      const { escrow } = contracts;
      const { token } = values.addresses;
      const terms = await actions.open(await actions.deal({ payToken: token }));
      await actions.at(terms.deliverBy + 1n);
      const sent = await actions.expectMoves(
        () => escrow.connect(actors.stranger).refundUndelivered(terms),
        { escrow: -PRICE, payer: PRICE },
        token,
      );

      await expect(sent).to.emit(escrow, "DealRefunded").withArgs(terms.opener, terms.id, Cause.NotDelivered);
      await expect(sent).to.emit(contracts.opener, "RefundHeard");
    });

    it("releases the whole bond: a missed delivery costs the sale only", async () => {
      const { contracts, actions } = await loadFixture(escrowFixture);
      const terms = await actions.open(await actions.withBond());
      await actions.at(terms.deliverBy + 1n);
      await actions.expectMoves(() => contracts.escrow.refundUndelivered(terms), {
        escrow: -PRICE,
        payer: PRICE,
        "bond free": BOND,
        "bond reserved": -BOND,
      });
    });

    // claim(attacks#escrow-dispute-and-arbiters): Release racing refund
    it("cannot race a delivery: in the last second only the key passes, one second later only the refund", async () => {
      const { contracts, actions, values } = await loadFixture(escrowFixture);
      const { escrow } = contracts;
      const { c } = values.purchase;
      const inTime = await actions.open(await actions.deal());
      await actions.at(inTime.deliverBy);
      await expect(escrow.refundUndelivered(inTime)).to.be.revertedWithCustomError(escrow, "Escrow_TooEarly");

      const late = await actions.open(await actions.deal());
      await actions.at(late.deliverBy + 1n);
      await escrow.refundUndelivered(late);
      await expect(escrow.deliver(late, c))
        .to.be.revertedWithCustomError(escrow, "Escrow_WrongStatus")
        .withArgs(late.id, Status.Refunded);
    });
  });
});
