import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ethers } from "hardhat";
import type { OfferStruct } from "../../../typechain-types/contracts/market/Market";
import { DAY, expectCredits, PRICE, sharesOf } from "../../helpers/market";
import { FEE_BPS, offerFor, rightsFixture, WAYS } from "../../helpers/rights";

describe("Market: offers with a policy", () => {
  /** An issuer of clearances, and an offer that only those whom it cleared may buy. */
  async function policyFixture() {
    const protocol = await loadFixture(rightsFixture);
    const { contracts, market, actors, actions } = protocol;
    const policies = contracts.OfferPolicies;
    const issuer = actors.stranger;
    const policy = await policies.policyOf(issuer, 7n);
    const counted = actions.counted({ policy, salt: 70n });
    await actions.list(counted);
    const hash = await market.hashOffer(counted);

    /** Presents the issuer's clearance of an account for an offer, valid for a day. */
    async function clear(recipient: string, differs: { offer?: OfferStruct; nonce?: bigint } = {}) {
      const { offer = counted, nonce = 1n } = differs;
      const termsHash = await market.hashOffer(offer);
      const validUntil = BigInt(await time.latest()) + DAY;
      const digest = await policies.clearanceDigest(policy, termsHash, recipient, nonce, validUntil);
      const types = {
        Clearance: [
          { name: "policy", type: "bytes32" },
          { name: "termsHash", type: "bytes32" },
          { name: "recipient", type: "address" },
          { name: "nonce", type: "uint64" },
          { name: "validUntil", type: "uint40" },
        ],
      };
      const domain = {
        name: "Isonomy Policies",
        version: "1",
        chainId: 31_337n,
        verifyingContract: await policies.getAddress(),
      };
      const value = { policy, termsHash, recipient, nonce, validUntil };
      expect(ethers.TypedDataEncoder.hash(domain, types, value)).to.equal(digest);
      const signature = await issuer.signTypedData(domain, types, value);
      await policies.present(policy, termsHash, recipient, nonce, validUntil, signature);
      return validUntil;
    }

    return { ...protocol, policies, issuer, policy, counted, hash, actions: { ...actions, clear } };
  }

  for (const [title, way] of Object.entries(WAYS)) {
    it(`sells to nobody who is not cleared, and to those who are: paid by ${title}`, async () => {
      const protocol = await loadFixture(policyFixture);
      const { market, contracts, ledger, policies, licenses, token, actors, actions, policy } = protocol;
      const { buyer, creator, treasury } = actors;
      const offer = await offerFor(protocol, way, { policy, salt: 71n });
      const order = await actions.orderFor(offer);
      const balances = async () => [await token.balanceOf(buyer), await token.balanceOf(ledger)];
      const before = await balances();
      const refused = expect(way.buy(protocol, offer, order, PRICE)).to.be;
      // the forwarder keeps the reason to itself
      if (title === "the forwarder") await refused.revertedWithCustomError(contracts.Forwarder, "FailedCall");
      else
        await refused
          .revertedWithCustomError(policies, "OfferPolicies_NotCleared")
          .withArgs(policy, order.termsHash, buyer.address, 0n);
      expect(await balances()).to.deep.equal(before);
      expect((await market.offerState(order.termsHash)).sold).to.equal(0n);

      await actions.clear(buyer.address, { offer });
      const { toCreator, toTreasury } = sharesOf(PRICE, FEE_BPS, 0n);
      await expectCredits(ledger, offer.payToken as string, () => way.buy(protocol, offer, order, PRICE), [
        [creator, toCreator],
        [treasury, toTreasury],
      ]);
      expect(await licenses.balanceOf(buyer)).to.equal(1n);
    });
  }

  it("asks about who receives: a payer who is not cleared may give to one who is, and not the other way", async () => {
    const { market, policies, licenses, actors, actions, counted, hash, policy } = await loadFixture(policyFixture);
    const { buyer, recipient } = actors;
    await actions.clear(recipient.address);
    await market.connect(buyer).purchase(counted, await actions.orderFor(counted, { recipient: recipient.address }));
    expect(await licenses.balanceOf(recipient)).to.equal(1n);

    await expect(market.connect(buyer).purchase(counted, await actions.orderFor(counted)))
      .to.be.revertedWithCustomError(policies, "OfferPolicies_NotCleared")
      .withArgs(policy, hash, buyer.address, 0n);
  });

  it("stops the whole cart for one line whose recipient is not cleared", async () => {
    const { market, policies, licenses, token, actors, actions, counted, hash, policy, offer } =
      await loadFixture(policyFixture);
    const { buyer, other } = actors;
    await actions.clear(buyer.address);
    const line = async (terms: OfferStruct, recipient: string) => ({
      offer: terms,
      order: await actions.orderFor(terms, { recipient }),
      signature: "0x",
    });
    const items = [await line(offer, other.address), await line(counted, buyer.address)];
    const before = await token.balanceOf(buyer);
    await expect(market.connect(buyer).purchaseCart([...items, await line(counted, other.address)]))
      .to.be.revertedWithCustomError(policies, "OfferPolicies_NotCleared")
      .withArgs(policy, hash, other.address, 0n);
    expect(await token.balanceOf(buyer)).to.equal(before);
    await market.connect(buyer).purchaseCart(items);
    expect(await licenses.balanceOf(buyer)).to.equal(1n);
    expect(await licenses.balanceOf(other)).to.equal(1n);
  });

  it("stops before the rights module is told", async () => {
    const { market, policies, rights, actors, actions, counted, hash, policy } = await loadFixture(policyFixture);
    await rights.setRefuses(true);
    await expect(market.connect(actors.buyer).purchase(counted, await actions.orderFor(counted)))
      .to.be.revertedWithCustomError(policies, "OfferPolicies_NotCleared")
      .withArgs(policy, hash, actors.buyer.address, 0n);
  });

  it("holds for an offer without rights, and the deal of a file", async () => {
    const { market, policies, contracts, ledger, token, actors, actions, policy } = await loadFixture(policyFixture);
    const plain = actions.terms({ policy, salt: 72n });
    const file = actions.fileTerms({ policy, salt: 73n });
    for (const offer of [plain, file]) await actions.list(offer);
    const plainOrder = await actions.orderFor(plain);
    const { order: fileOrder } = await actions.paddedOrder(file);
    for (const [offer, order] of [
      [plain, plainOrder],
      [file, fileOrder],
    ] as const) {
      await expect(market.connect(actors.buyer).purchase(offer, order))
        .to.be.revertedWithCustomError(policies, "OfferPolicies_NotCleared")
        .withArgs(policy, order.termsHash, actors.buyer.address, 0n);
      await actions.clear(actors.buyer.address, { offer });
    }
    await market.connect(actors.buyer).purchase(plain, plainOrder);
    await expectCredits(ledger, token, () => market.connect(actors.buyer).purchase(file, fileOrder), [
      [contracts.Escrow, PRICE],
    ]);
  });

  it("lists an offer with any policy without asking, since it only says who may buy", async () => {
    const { market, actors, actions } = await loadFixture(policyFixture);
    const offer = actions.terms({ policy: ethers.id("nobody's policy") });
    await expect(market.connect(actors.creator).createOffer(offer)).to.emit(market, "OfferListed");
  });

  describe("renewals", () => {
    async function renewalFixture() {
      const protocol = await loadFixture(policyFixture);
      const { market, actors, actions, counted } = protocol;
      const validUntil = await actions.clear(actors.buyer.address);
      const order = await actions.orderFor(counted);
      const licenseId = await market.connect(actors.buyer).purchase.staticCall(counted, order);
      await market.connect(actors.buyer).purchase(counted, order);
      return { ...protocol, validUntil, licenseId, renewal: { ...order, renews: licenseId } };
    }

    it("are open to a holder who is cleared, whoever pays", async () => {
      const { market, actors, counted, hash, licenseId, renewal } = await loadFixture(renewalFixture);
      for (const payer of [actors.buyer, actors.other]) {
        await expect(market.connect(payer).purchase(counted, renewal))
          .to.emit(market, "LicenseSold")
          .withArgs(hash, licenseId, payer.address, PRICE);
      }
    });

    // claim(attacks#licences-listings-offers-and-signatures): a cleared stranger who lends a
    //   name to a holder who is not cleared
    it("are not open to a holder who is not cleared, and no name of a cleared stranger helps", async () => {
      const { market, policies, licenses, token, actors, actions, counted, hash, policy, licenseId, renewal } =
        await loadFixture(renewalFixture);
      const { buyer, other } = actors;
      await licenses.connect(buyer).transferFrom(buyer.address, other.address, licenseId);
      const before = await token.balanceOf(other);
      const asOther = market.connect(other);
      await expect(asOther.purchase(counted, { ...renewal, recipient: other.address }))
        .to.be.revertedWithCustomError(policies, "OfferPolicies_NotCleared")
        .withArgs(policy, hash, other.address, 0n);
      await expect(asOther.purchase(counted, renewal))
        .to.be.revertedWithCustomError(policies, "OfferPolicies_NotTheHolder")
        .withArgs(licenseId, buyer.address, other.address);
      expect(await token.balanceOf(other)).to.equal(before);
      await actions.clear(other.address);
      await expect(asOther.purchase(counted, { ...renewal, recipient: other.address }))
        .to.emit(market, "LicenseSold")
        .withArgs(hash, licenseId, other.address, PRICE);
    });

    it("end when the clearance is revoked, and when it ends", async () => {
      const { market, policies, issuer, token, actors, actions, counted, hash, policy, renewal, validUntil } =
        await loadFixture(renewalFixture);
      const { buyer } = actors;
      const before = await token.balanceOf(buyer);
      await time.setNextBlockTimestamp(validUntil);
      await market.connect(buyer).purchase(counted, renewal);
      await expect(market.connect(buyer).purchase(counted, renewal))
        .to.be.revertedWithCustomError(policies, "OfferPolicies_NotCleared")
        .withArgs(policy, hash, buyer.address, validUntil);
      await actions.clear(buyer.address, { nonce: 2n });
      await market.connect(buyer).purchase(counted, renewal);
      await policies.connect(issuer).revoke(policy, hash, buyer.address, 2n);
      await expect(market.connect(buyer).purchase(counted, renewal))
        .to.be.revertedWithCustomError(policies, "OfferPolicies_NotCleared")
        .withArgs(policy, hash, buyer.address, 0n);
      expect(before - (await token.balanceOf(buyer))).to.equal(2n * PRICE);
    });

    it("of a licence that nobody holds are refused", async () => {
      const { market, licenses, actors, counted, licenseId, renewal } = await loadFixture(renewalFixture);
      const renews = licenseId + 5n;
      await expect(market.connect(actors.buyer).purchase(counted, { ...renewal, renews }))
        .to.be.revertedWithCustomError(licenses, "ERC721NonexistentToken")
        .withArgs(renews);
    });
  });
});
