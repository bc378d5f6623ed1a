import { loadFixture } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { dataSlice, id, ZeroAddress, type ContractTransactionReceipt } from "ethers";
import { ethers } from "hardhat";
import type { OfferStruct } from "../../../typechain-types/contracts/market/Market";
import { COST, DAY, escrowFixture, PRICE, shares, Status, type Deal } from "../../helpers/escrow";
import { buildOffer, buildOrder } from "../../helpers/offers";

const REENTRANT = dataSlice(id("ReentrancyGuardReentrantCall()"), 0, 4);

/** A market whose offers open deals: the creator sells the file, the payer buys it for the recipient. */
async function marketFixture() {
  const fixture = await escrowFixture();
  const { contracts, actors, values } = fixture;
  const { authority, registry, ledger, escrow, token } = contracts;
  const licenses = await ethers.deployContract("LicenseToken", [authority, registry, "ipfs://licences"]);
  const market = await ethers.deployContract("Market", [
    ...[authority, ZeroAddress, actors.treasury.address, 250n],
    // nothing here pays by a swap, and no offer has a policy
    [registry, licenses, ledger, escrow, ZeroAddress, ZeroAddress],
  ]);
  await licenses.setModule(market, true);
  await market.setPayToken(token, true, 0);
  await token.mint(actors.payer, 100n * PRICE);
  await token.connect(actors.payer).approve(market, ethers.MaxUint256);

  const offerOf = (differs: Partial<OfferStruct> = {}) =>
    buildOffer({
      versionId: values.versionId,
      creator: actors.creator.address,
      price: PRICE,
      referrerBps: 1_000n,
      deliveryWindow: DAY,
      complaintWindow: 3n * DAY,
      ...differs,
    });
  const list = async (offer: OfferStruct) => {
    await market.connect(actors.creator).createOffer(offer, { value: offer.bond });
    return market.hashOffer(offer);
  };
  const order = (offer: OfferStruct, termsHash: string, recipient = actors.recipient.address) =>
    buildOrder(termsHash, offer, {
      recipient,
      referrer: actors.referrer.address,
      buyerKey: values.purchase.buyerKey,
      pad: values.purchase.pad,
    });

  /** The deal as its event says it, which is all that a later call needs. */
  function dealIn(receipt: ContractTransactionReceipt): Deal {
    const log = receipt.logs
      .map((entry) => escrow.interface.parseLog(entry))
      .find((entry) => entry?.name === "DealOpened");
    return log!.args.deal.toObject() as Deal;
  }

  const buy = async (offer: OfferStruct, termsHash: string, recipient?: string) => {
    const value = offer.payToken === ZeroAddress ? BigInt(offer.price) : 0n;
    const sent = await market.connect(actors.payer).purchase(offer, order(offer, termsHash, recipient), { value });
    return dealIn((await sent.wait())!);
  };
  const sell = async (differs: Partial<OfferStruct> = {}) => {
    const offer = offerOf(differs);
    const termsHash = await list(offer);
    return { offer, termsHash, terms: await buy(offer, termsHash) };
  };
  return { ...fixture, market, licenses, marketActions: { offerOf, list, order, buy, sell } };
}

describe("Escrow", () => {
  describe("deals of the market", () => {
    it("opens a deal with the terms of the offer, a gift included, and takes the money once", async () => {
      const { contracts, actors, market, marketActions, values } = await loadFixture(marketFixture);
      const { terms, offer, termsHash } = await marketActions.sell();
      expect(terms).to.deep.include({
        opener: await market.getAddress(),
        versionId: values.versionId,
        keyX: values.key.x,
        termsHash,
        payer: actors.payer.address,
        recipient: actors.recipient.address,
        seller: actors.creator.address,
        payee: actors.creator.address,
        referrer: actors.referrer.address,
        treasury: actors.treasury.address,
        price: offer.price,
        protocolFeeBps: 250n,
        referrerBps: 1_000n,
        complainBy: 0n,
      });
      expect(await contracts.ledger.balanceOf(ZeroAddress, contracts.escrow)).to.equal(PRICE);
      expect(await ethers.provider.getBalance(market)).to.equal(0n);
    });

    it("refuses a purchase without a point or a pad", async () => {
      const { contracts, actors, market, marketActions } = await loadFixture(marketFixture);
      const offer = marketActions.offerOf();
      const order = marketActions.order(offer, await marketActions.list(offer));
      for (const empty of [{ pad: ZeroAddress }, { buyerKey: ethers.ZeroHash }]) {
        await expect(
          market.connect(actors.payer).purchase(offer, { ...order, ...empty }, { value: PRICE }),
        ).to.be.revertedWithCustomError(contracts.escrow, "Escrow_EmptyPad");
      }
    });

    it("stops the sales of a version that was proven defective, and refunds its open deals", async () => {
      const { contracts, actors, actions, market, licenses, marketActions } = await loadFixture(marketFixture);
      const { terms, offer, termsHash } = await marketActions.sell();
      await actions.proveDefective();
      await expect(
        market.connect(actors.payer).purchase(offer, marketActions.order(offer, termsHash), { value: PRICE }),
      )
        .to.be.revertedWithCustomError(market, "Market_VersionDefective")
        .withArgs(offer.versionId);
      await contracts.escrow.refundDefective(terms);
      await expect(licenses.ownerOf(terms.id)).to.be.revertedWithCustomError(licenses, "ERC721NonexistentToken");
    });

    it("burns the licence of a refunded deal and gives its supply back", async () => {
      const { contracts, actors, market, licenses, marketActions } = await loadFixture(marketFixture);
      const { terms, offer, termsHash } = await marketActions.sell({ supply: 1n });
      await expect(marketActions.buy(offer, termsHash))
        .to.be.revertedWithCustomError(market, "Market_SoldOut")
        .withArgs(termsHash, 1n);
      await contracts.escrow.connect(actors.creator).decline(terms);

      await expect(licenses.ownerOf(terms.id))
        .to.be.revertedWithCustomError(licenses, "ERC721NonexistentToken")
        .withArgs(terms.id);
      expect((await market.offerState(termsHash)).sold).to.equal(0n);
      const next = await marketActions.buy(offer, termsHash);
      expect(next.id).not.to.equal(terms.id);
    });

    it("never gives a serial twice, not that of a burned licence nor that of another offer", async () => {
      const { contracts, actors, market, marketActions } = await loadFixture(marketFixture);
      const serialOf = ({ id }: Deal) => id & (2n ** 64n - 1n);
      const { terms, offer, termsHash } = await marketActions.sell({ supply: 2n });
      await contracts.escrow.connect(actors.creator).decline(terms);
      const second = await marketActions.sell({ salt: 1n });
      const sold = [terms, await marketActions.buy(offer, termsHash), second.terms];
      sold.push(await marketActions.buy(offer, termsHash));

      const number = (offers: bigint, count: bigint) => (offers << 32n) | count;
      expect(sold.map(serialOf)).to.deep.equal([number(1n, 1n), number(1n, 2n), number(2n, 1n), number(1n, 3n)]);
      expect((await market.offerState(termsHash)).sold).to.equal(2n);
    });

    it("hears of refunds from the escrow alone", async () => {
      const { actors, market, marketActions } = await loadFixture(marketFixture);
      const { terms } = await marketActions.sell();
      for (const caller of [actors.creator, actors.recipient, actors.stranger]) {
        await expect(market.connect(caller).dealRefunded(terms.id, terms.termsHash))
          .to.be.revertedWithCustomError(market, "Market_NotEscrow")
          .withArgs(caller.address);
      }
    });

    it("locks and unlocks the licence, and authorises its holder, exactly as the state says", async () => {
      const { contracts, actors, actions, licenses, marketActions, values } = await loadFixture(marketFixture);
      const { escrow, panel } = contracts;
      const { recipient, stranger, creator, arbiters } = actors;
      const transfer = (licenseId: bigint) =>
        licenses.connect(recipient).transferFrom.staticCall(recipient, stranger, licenseId);
      const expectState = async (licenseId: bigint, locked: boolean, usable: boolean) => {
        if (locked) {
          await expect(transfer(licenseId))
            .to.be.revertedWithCustomError(licenses, "LicenseToken_Locked")
            .withArgs(licenseId);
        } else await transfer(licenseId);
        expect(await licenses.isAuthorized(licenseId, recipient)).to.equal(usable);
        expect(await licenses.isAuthorized(licenseId, stranger)).to.equal(false);
      };
      const { terms, offer, termsHash } = await marketActions.sell({
        arbitrator: values.addresses.panel,
        bond: COST,
        supply: 3n,
      });
      await expectState(terms.id, true, false);
      const delivered = await actions.deliver(terms);
      await expectState(terms.id, true, true);
      await escrow.connect(recipient).dispute(delivered, { value: COST });
      await expectState(terms.id, true, false);
      await panel.connect(arbiters[0]).vote(1n, 2n);
      await panel.connect(arbiters[1]).vote(1n, 2n);
      await expectState(terms.id, true, false);
      await escrow.executeRuling(delivered);
      expect(await escrow.statusOf(terms.opener, terms.id)).to.equal(Status.Split);
      await expectState(terms.id, false, true);

      const second = await actions.deliver(await marketActions.buy(offer, termsHash));
      await escrow.connect(recipient).accept(second);
      await expectState(second.id, false, true);
      await licenses.connect(recipient).transferFrom(recipient, stranger, second.id);
      expect(await licenses.isAuthorized(second.id, stranger)).to.equal(true);

      const third = await marketActions.buy(offer, termsHash);
      await escrow.connect(creator).decline(third);
      expect(await licenses.isAuthorized(third.id, recipient)).to.equal(false);
      expect(await licenses.isAuthorized(third.id, ZeroAddress)).to.equal(false);
    });

    it("lets nobody move a locked licence by an approval or an operator", async () => {
      const { actors, licenses, marketActions } = await loadFixture(marketFixture);
      const { terms } = await marketActions.sell();
      await licenses.connect(actors.recipient).setApprovalForAll(actors.stranger, true);
      await expect(licenses.connect(actors.stranger).transferFrom(actors.recipient, actors.stranger, terms.id))
        .to.be.revertedWithCustomError(licenses, "LicenseToken_Locked")
        .withArgs(terms.id);
    });

    // claim(attacks#escrow-dispute-and-arbiters): New treasury, fee, title holder or pause during a deal
    it("keeps an open deal's terms when treasury, fee, title and pay tokens change and purchases are paused", async () => {
      const { contracts, actors, actions, market, marketActions, values } = await loadFixture(marketFixture);
      const { escrow, registry } = contracts;
      const { token } = values.addresses;
      const { terms } = await marketActions.sell({ payToken: token });
      const before = await escrow.commitmentOf(terms.opener, terms.id);
      await market.setTreasury(actors.other);
      await market.setProtocolFee(500n);
      await market.setPayToken(token, false, 0);
      await market.pausePurchases(7n * DAY);
      await registry.connect(actors.creator).transferFrom(actors.creator, actors.stranger, 1n);

      expect(await escrow.commitmentOf(terms.opener, terms.id)).to.equal(before);
      const delivered = await actions.deliver(terms);
      const { payee, ...others } = shares(PRICE);
      await actions.expectMoves(
        () => escrow.connect(actors.recipient).accept(delivered),
        { escrow: -PRICE, seller: payee, ...others },
        token,
      );
    });

    it("keeps the sale with the seller who sold the title since: the buyer of the title may not decline", async () => {
      const { contracts, actors, marketActions } = await loadFixture(marketFixture);
      const { terms } = await marketActions.sell();
      await contracts.registry.connect(actors.creator).transferFrom(actors.creator, actors.stranger, 1n);
      await expect(contracts.escrow.connect(actors.stranger).decline(terms))
        .to.be.revertedWithCustomError(contracts.escrow, "Escrow_NotParty")
        .withArgs(terms.id, actors.stranger.address);
      await contracts.escrow.connect(actors.creator).decline(terms);
    });

    it("lets a recipient that is called back during the purchase take neither the money nor the licence", async () => {
      const { contracts, actors, market, licenses, marketActions, values } = await loadFixture(marketFixture);
      const { ledger, escrow } = contracts;
      const { token } = values.addresses;
      const holder = await ethers.deployContract("TestHolder");
      const offer = marketActions.offerOf({ payToken: token });
      const termsHash = await marketActions.list(offer);
      const order = marketActions.order(offer, termsHash, await holder.getAddress());
      const purchase = () => market.connect(actors.payer).purchase(offer, order);

      // the tokens are in the ledger and not yet in the deal: claiming them then makes the purchase fail
      await holder.arm(
        ledger,
        ledger.interface.encodeFunctionData("credit", [token, [{ account: actors.stranger.address, amount: PRICE }]]),
      );
      await expect(purchase())
        .to.be.revertedWithCustomError(ledger, "RevenueLedger_Unbacked")
        .withArgs(token, 2n * PRICE, PRICE);

      await holder.arm(market, market.interface.encodeFunctionData("purchase", [offer, order]));
      await purchase();
      expect(await holder.answer()).to.equal(REENTRANT);
      expect(await ledger.balanceOf(token, escrow)).to.equal(PRICE);
      expect(await licenses.balanceOf(holder)).to.equal(1n);
    });

    it("cannot make the licence move from inside the purchase, before the deal is open", async () => {
      const { actors, market, licenses, marketActions } = await loadFixture(marketFixture);
      const holder = await ethers.deployContract("TestHolder");
      const offer = marketActions.offerOf();
      const order = marketActions.order(offer, await marketActions.list(offer), await holder.getAddress());
      const next = await market.connect(actors.payer).purchase.staticCall(offer, order, { value: PRICE });
      await holder.arm(
        licenses,
        licenses.interface.encodeFunctionData("transferFrom", [
          await holder.getAddress(),
          actors.stranger.address,
          next,
        ]),
      );
      await market.connect(actors.payer).purchase(offer, order, { value: PRICE });
      expect(await holder.reentered()).to.equal(false);
      expect(dataSlice(await holder.answer(), 0, 4)).to.equal(
        licenses.interface.getError("LicenseToken_Locked")!.selector,
      );
    });

    it("opens a deal for every file in a cart, each with the price of its own line", async () => {
      const { contracts, actors, market, marketActions, values } = await loadFixture(marketFixture);
      const { token } = values.addresses;
      const offers = [
        marketActions.offerOf({ payToken: token, salt: 1n }),
        marketActions.offerOf({ payToken: token, salt: 2n, price: 2n * PRICE }),
      ];
      const items = [];
      for (const offer of offers) {
        items.push({ offer, order: marketActions.order(offer, await marketActions.list(offer)), signature: "0x" });
      }
      await market.connect(actors.payer).purchaseCart(items);
      expect(await contracts.ledger.balanceOf(token, contracts.escrow)).to.equal(3n * PRICE);
    });

    it("posts the bond with the offer, reserves it with the sale and refuses the sale that it does not cover", async () => {
      const { contracts, actors, market, marketActions, values } = await loadFixture(marketFixture);
      const { escrow } = contracts;
      const { terms, offer, termsHash } = await marketActions.sell({ arbitrator: values.addresses.panel, bond: COST });
      expect(await escrow.bondOf(market, actors.creator, termsHash)).to.deep.equal([0n, COST]);
      await expect(marketActions.buy(offer, termsHash))
        .to.be.revertedWithCustomError(escrow, "Escrow_BondExhausted")
        .withArgs(market, actors.creator.address, termsHash, 0n, COST);
      await escrow.connect(actors.creator).decline(terms);
      expect(await escrow.bondOf(market, actors.creator, termsHash)).to.deep.equal([COST, 0n]);
    });
  });
});
