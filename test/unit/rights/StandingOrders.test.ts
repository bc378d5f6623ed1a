import { loadFixture } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ethers } from "hardhat";
import type { OfferStruct } from "../../../typechain-types/contracts/market/Market";
import type { StandingOrderStruct } from "../../../typechain-types/contracts/rights/StandingOrders";
import { DAY, HOUR, NATIVE, PRICE } from "../../helpers/market";
import { CLEARANCE_TYPES, policiesDomain } from "../../../sdk/src/market/clearance";
import { feeOf, MAX_AHEAD, MONTH, Renewal, rightsFixture, SUBSCRIPTIONS, termsOf } from "./fixture";

const TIP = 5_000n;
const MINUTE = 60n;

/** A subscription of the buyer, and an order that the buyer, who approved the contract, has set for it. */
async function orderFixture() {
  const protocol = await loadFixture(rightsFixture);
  const { contracts, actors, actions, token, market } = protocol;
  const { buyer, stranger } = actors;
  const standing = contracts.StandingOrders;
  await token.mint(buyer.address, 100n * PRICE);
  await token.connect(buyer).approve(standing, ethers.MaxUint256);
  const offer = actions.subscription();
  const licenseId = await actions.sell(offer);
  const end = BigInt(await protocol.subscriptions.expiresAt(licenseId));
  const order = { maxPrice: PRICE, until: end + 12n * MONTH, ahead: DAY, tip: TIP };
  const set = (differs: Partial<StandingOrderStruct> = {}, terms: OfferStruct = offer, id = licenseId, who = buyer) =>
    standing.connect(who).set(terms, id, buyer, { ...order, ...differs });
  const run = (terms: OfferStruct = offer, id = licenseId, payer = buyer) =>
    standing.connect(stranger).run(terms, id, payer, { gasLimit: 1_500_000n });
  /** What a run moves. */
  const moves = (payer = "buyer") => ({
    owed: PRICE,
    creator: PRICE - feeOf(PRICE),
    treasury: feeOf(PRICE),
    [`${payer}'s wallet`]: -PRICE - TIP,
    "stranger's wallet": TIP,
  });
  /** Nothing of a token is left at the contract, nor can the market take anything of it. */
  const expectEmpty = async () => {
    expect(await token.balanceOf(standing)).to.equal(0n);
    expect(await token.allowance(standing, market)).to.equal(0n);
  };
  return { ...protocol, standing, offer, licenseId, end, order, set, run, moves, expectEmpty };
}

describe("StandingOrders", () => {
  it("is a buyer of the market that it was created with, whose subscriptions it renews", async () => {
    const { standing, licenses, market, subscriptions } = await loadFixture(orderFixture);
    expect([await standing.LICENSES(), await standing.MARKET(), await standing.SUBSCRIPTIONS()]).to.deep.equal([
      licenses.target,
      market.target,
      subscriptions.target,
    ]);
    expect([await standing.MIN_AHEAD(), await standing.MAX_AHEAD()]).to.deep.equal([10n * MINUTE, 7n * DAY]);
  });

  describe("set", () => {
    it("keeps what the payer allows, and tells of it", async () => {
      const { standing, actors, licenseId, order, set } = await loadFixture(orderFixture);
      const words = [order.maxPrice, order.until, order.ahead, order.tip];
      await expect(set())
        .to.emit(standing, "StandingOrderSet")
        .withArgs(licenseId, actors.buyer.address, actors.buyer.address, words);
      expect(await standing.orderOf(licenseId, actors.buyer, actors.buyer)).to.deep.equal(words);
      await set({ tip: 0n });
      expect((await standing.orderOf(licenseId, actors.buyer, actors.buyer)).tip).to.equal(0n);
      // one payer's order is not another's
      expect((await standing.orderOf(licenseId, actors.buyer, actors.stranger)).until).to.equal(0n);
    });

    it("is anybody's who pays, under the holder's name", async () => {
      const { standing, actors, offer, licenseId, set } = await loadFixture(orderFixture);
      await set({}, offer, licenseId, actors.other);
      expect((await standing.orderOf(licenseId, actors.buyer, actors.other)).maxPrice).to.equal(PRICE);
    });

    for (const [field, title, differs] of [
      ["until", "an end that is now", { until: "now" }],
      ["ahead", "less than ten minutes ahead", { ahead: 10n * MINUTE - 1n }],
      ["ahead", "more than seven days ahead", { ahead: 7n * DAY + 1n }],
      ["maxPrice", "a bound below the price", { maxPrice: PRICE - 1n }],
      ["tip", "a tip above the price", { tip: PRICE + 1n }],
    ] as const) {
      it(`refuses ${title}`, async () => {
        const { standing, actions, set } = await loadFixture(orderFixture);
        const when = (await actions.now()) + 10n;
        await actions.at(when);
        const order = "until" in differs ? { until: when } : differs;
        await expect(set(order)).to.be.revertedWithCustomError(standing, "StandingOrders_BadOrder").withArgs(field);
      });
    }

    it("takes each bound", async () => {
      const { actions, set } = await loadFixture(orderFixture);
      const when = (await actions.now()) + 10n;
      await actions.at(when);
      await set({ until: when + 1n, ahead: 10n * MINUTE, tip: PRICE });
      await set({ ahead: 7n * DAY, tip: 0n });
    });

    it("refuses a time ahead above half a period: a late renewal would leave the next due soon", async () => {
      const { standing, actions, set } = await loadFixture(orderFixture);
      const hourly = actions.subscription({ period: HOUR }, { salt: 7n });
      const id = await actions.sell(hourly);
      await expect(set({ ahead: HOUR / 2n + 1n }, hourly, id))
        .to.be.revertedWithCustomError(standing, "StandingOrders_BadOrder")
        .withArgs("ahead");
      await set({ ahead: HOUR / 2n }, hourly, id);
    });

    // claim(attacks#licences-listings-offers-and-signatures): a licence that is sold just before its holder sets a standing order
    it("refuses a licence that somebody else holds by now", async () => {
      const { standing, licenses, actors, licenseId, set } = await loadFixture(orderFixture);
      await licenses.connect(actors.buyer).transferFrom(actors.buyer, actors.recipient, licenseId);
      await expect(set())
        .to.be.revertedWithCustomError(standing, "StandingOrders_NotHolder")
        .withArgs(licenseId, actors.buyer.address, actors.recipient.address);
    });

    it("refuses a price in native coin", async () => {
      const { standing, actions, set } = await loadFixture(orderFixture);
      const coin = actions.subscription({}, { payToken: NATIVE });
      const id = await actions.sell(coin);
      await expect(set({}, coin, id)).to.be.revertedWithCustomError(standing, "StandingOrders_NativeCoin");
    });

    it("refuses what somebody else cannot renew, with the reason", async () => {
      const { standing, actions, licenseId, set } = await loadFixture(orderFixture);
      const other = actions.subscription({}, { salt: 8n });
      const ended = actions.subscription({ renewUntil: 0n }, { salt: 9n });
      const cancellable = actions.cancellable({}, { salt: 10n });
      for (const [terms, id, reason] of [
        [other, licenseId, Renewal.NotItsOffer],
        [ended, await actions.sell(ended), Renewal.PromiseOver],
        [cancellable, await actions.sell(cancellable), Renewal.HolderOnly],
      ] as const) {
        await expect(set({}, terms, id))
          .to.be.revertedWithCustomError(standing, "StandingOrders_NotRenewable")
          .withArgs(id, reason);
      }
    });

    it("takes a licence whose deal is still open, and one that ends as late as it may", async () => {
      const { actions, actors, market, set } = await loadFixture(orderFixture);
      const file = actions.fileTerms({ rights: SUBSCRIPTIONS, rightsTerms: termsOf(), salt: 11n });
      await actions.list(file);
      const { order } = await actions.paddedOrder(file);
      const { id } = await actions.dealOf(await market.connect(actors.buyer).purchase(file, order));
      await set({}, file, BigInt(id));
      const longest = actions.subscription({ period: MAX_AHEAD }, { salt: 12n });
      await set({}, longest, await actions.sell(longest));
    });

    it("refuses a licence that was burned with its deal", async () => {
      const { licenses, contracts, actions, actors, market, set } = await loadFixture(orderFixture);
      const file = actions.fileTerms({ rights: SUBSCRIPTIONS, rightsTerms: termsOf(), salt: 11n });
      await actions.list(file);
      const { order } = await actions.paddedOrder(file);
      const deal = await actions.dealOf(await market.connect(actors.buyer).purchase(file, order));
      await contracts.Escrow.connect(actors.creator).decline(deal as never);
      await expect(set({}, file, BigInt(deal.id)))
        .to.be.revertedWithCustomError(licenses, "ERC721NonexistentToken")
        .withArgs(deal.id);
    });
  });

  describe("cancel", () => {
    it("takes the caller's order back, and nobody else's", async () => {
      const { standing, actors, offer, licenseId, set, run } = await loadFixture(orderFixture);
      await set();
      await set({}, offer, licenseId, actors.other);
      await expect(standing.connect(actors.stranger).cancel(licenseId, actors.buyer))
        .to.be.revertedWithCustomError(standing, "StandingOrders_NoOrder")
        .withArgs(licenseId, actors.buyer.address, actors.stranger.address);
      await expect(standing.connect(actors.buyer).cancel(licenseId, actors.buyer))
        .to.emit(standing, "StandingOrderCancelled")
        .withArgs(licenseId, actors.buyer.address, actors.buyer.address);
      expect(await standing.orderOf(licenseId, actors.buyer, actors.buyer)).to.deep.equal([0n, 0n, 0n, 0n]);
      expect((await standing.orderOf(licenseId, actors.buyer, actors.other)).maxPrice).to.equal(PRICE);
      await expect(run())
        .to.be.revertedWithCustomError(standing, "StandingOrders_NoOrder")
        .withArgs(licenseId, actors.buyer.address, actors.buyer.address);
      await expect(standing.connect(actors.buyer).cancel(licenseId, actors.buyer)).to.be.revertedWithCustomError(
        standing,
        "StandingOrders_NoOrder",
      );
    });
  });

  describe("run", () => {
    it("renews for one period when it is due, for price and tip, by anyone", async () => {
      const { standing, actions, actors, offer, licenseId, end, set, run, moves, expectEmpty, subscriptions } =
        await loadFixture(orderFixture);
      await set();
      await actions.at(end - DAY);
      expect(
        await standing.connect(actors.stranger).run.staticCall(offer, licenseId, actors.buyer, actions.next),
      ).to.equal(end + MONTH);
      const sent = await actions.expectMoves(() => run(), moves());
      await expect(sent)
        .to.emit(standing, "StandingOrderRun")
        .withArgs(licenseId, actors.buyer.address, actors.buyer.address, actors.stranger.address, PRICE, TIP);
      expect(await subscriptions.expiresAt(licenseId)).to.equal(end + MONTH);
      await expectEmpty();
    });

    it("pays without a tip too", async () => {
      const { actions, end, set, run, moves, expectEmpty } = await loadFixture(orderFixture);
      await set({ tip: 0n });
      await actions.at(end);
      await actions.expectMoves(() => run(), { ...moves(), "buyer's wallet": -PRICE, "stranger's wallet": 0n });
      await expectEmpty();
    });

    it("is refused a second before it is due, and again at once after it was", async () => {
      const { standing, actions, licenseId, end, set, run } = await loadFixture(orderFixture);
      await set();
      await actions.at(end - DAY - 1n);
      await expect(run())
        .to.be.revertedWithCustomError(standing, "StandingOrders_NotDue")
        .withArgs(licenseId, end - DAY);
      await actions.at(end - DAY);
      await run();
      await expect(run())
        .to.be.revertedWithCustomError(standing, "StandingOrders_NotDue")
        .withArgs(licenseId, end + MONTH - DAY);
    });

    it("renews from now after the term has ended, until the order ends", async () => {
      const { standing, actions, actors, licenseId, end, order, set, run, moves, subscriptions } =
        await loadFixture(orderFixture);
      await set();
      await actions.at(end + 3n * MONTH);
      await actions.expectMoves(() => run(), moves());
      expect(await subscriptions.expiresAt(licenseId)).to.equal(end + 4n * MONTH);
      await actions.at(order.until);
      await run();
      await actions.at(order.until + 1n);
      await expect(run())
        .to.be.revertedWithCustomError(standing, "StandingOrders_NoOrder")
        .withArgs(licenseId, actors.buyer.address, actors.buyer.address);
    });

    it("takes the money of the payer whose order it is, and of nobody who only approved", async () => {
      const { standing, token, actions, actors, offer, licenseId, end, set, run, moves } =
        await loadFixture(orderFixture);
      await token.connect(actors.other).approve(standing, ethers.MaxUint256);
      await actions.at(end);
      await expect(run(offer, licenseId, actors.other))
        .to.be.revertedWithCustomError(standing, "StandingOrders_NoOrder")
        .withArgs(licenseId, actors.buyer.address, actors.other.address);
      await set({}, offer, licenseId, actors.other);
      await token.mint(actors.other.address, 2n * PRICE);
      await actions.expectMoves(() => run(offer, licenseId, actors.other), moves("other"));
    });

    // claim(attacks#licences-listings-offers-and-signatures): a standing order for a licence that was passed on
    it("is void while somebody else holds the licence", async () => {
      const { standing, licenses, actions, actors, offer, licenseId, end, set, run } = await loadFixture(orderFixture);
      const { buyer, recipient, stranger } = actors;
      await set();
      await licenses.connect(buyer).transferFrom(buyer, recipient, licenseId);
      await actions.at(end);
      await expect(run())
        .to.be.revertedWithCustomError(standing, "StandingOrders_NoOrder")
        .withArgs(licenseId, recipient.address, buyer.address);
      await licenses.connect(recipient).transferFrom(recipient, buyer, licenseId);
      await standing.connect(stranger).run(offer, licenseId, buyer);
    });

    // claim(attacks#licences-listings-offers-and-signatures): a standing order run under other terms
    it("runs under no offer but the licence's own", async () => {
      const { market, actions, licenseId, end, set, run, offer } = await loadFixture(orderFixture);
      await set();
      await actions.at(end);
      for (const other of [
        { ...offer, price: 1n },
        { ...offer, salt: 99n },
      ]) {
        await expect(run(other))
          .to.be.revertedWithCustomError(market, "Market_NotItsOffer")
          .withArgs(licenseId, await market.hashOffer(other));
      }
      const dearer = { ...offer, price: PRICE + 1n };
      await expect(run(dearer))
        .to.be.revertedWithCustomError(market, "Market_PriceAboveBound")
        .withArgs(PRICE + 1n, PRICE);
    });

    it("fails with the reason of the rights module when the promise is over, and costs nothing", async () => {
      const { actions, subscriptions, set, run } = await loadFixture(orderFixture);
      const now = await actions.now();
      const short = actions.subscription({ renewUntil: now + MONTH }, { salt: 13n });
      const id = await actions.sell(short);
      await set({}, short, id);
      const end = BigInt(await subscriptions.expiresAt(id));
      await actions.at(end);
      const before = await actions.books();
      await expect(run(short, id))
        .to.be.revertedWithCustomError(subscriptions, "Subscriptions_NotRenewable")
        .withArgs(id, Renewal.PromiseOver);
      expect(await actions.books()).to.deep.equal(before);
    });

    it("fails when the payer allows less than price and tip, or has less", async () => {
      const { standing, token, actions, actors, end, set, run } = await loadFixture(orderFixture);
      await set();
      await actions.at(end);
      await token.connect(actors.buyer).approve(standing, PRICE + TIP - 1n);
      await expect(run())
        .to.be.revertedWithCustomError(token, "ERC20InsufficientAllowance")
        .withArgs(standing.target, PRICE + TIP - 1n, PRICE + TIP);
      await token.connect(actors.buyer).approve(standing, PRICE + TIP);
      const all = await token.balanceOf(actors.buyer);
      await token.connect(actors.buyer).transfer(actors.other, all - PRICE - TIP + 1n);
      await expect(run())
        .to.be.revertedWithCustomError(token, "ERC20InsufficientBalance")
        .withArgs(actors.buyer.address, PRICE + TIP - 1n, PRICE + TIP);
    });

    it("goes on during a pause, and after the offer was revoked and its token taken off the list", async () => {
      const { market, admin, token, actions, actors, offer, end, set, run, moves } = await loadFixture(orderFixture);
      await set();
      await actions.at(end - 3n * DAY);
      await market.connect(actors.guardian).pausePurchases(7n * DAY);
      await market.connect(admin).setPayToken(token, false, 0n);
      await market.connect(actors.creator).revokeOffer(offer);
      await actions.at(end);
      await actions.expectMoves(() => run(), moves());
    });

    // claim(attacks#licences-listings-offers-and-signatures): a pay token whose callback runs a standing order twice
    it("cannot be entered again from the pay token: one period is renewed, and paid, at a time", async () => {
      const { standing, actions, actors, market, subscriptions, set, run } = await loadFixture(orderFixture);
      const hook = await ethers.deployContract("HookToken");
      await actions.allow(hook);
      await hook.mint(actors.buyer.address, 100n * PRICE);
      for (const spender of [market, standing]) await hook.connect(actors.buyer).approve(spender, ethers.MaxUint256);
      const hooked = actions.subscription({}, { payToken: await hook.getAddress(), salt: 14n });
      const id = await actions.sell(hooked);
      await set({}, hooked, id);
      const end = BigInt(await subscriptions.expiresAt(id));
      const again = standing.interface.encodeFunctionData("run", [hooked, id, actors.buyer.address]);
      await hook.setHook(1, standing, again, false);
      await actions.at(end);
      await run(hooked, id);
      expect(await hook.succeeded()).to.equal(false);
      expect(await hook.returned()).to.equal(standing.interface.encodeErrorResult("ReentrancyGuardReentrantCall"));
      expect(await subscriptions.expiresAt(id)).to.equal(end + MONTH);
      expect(await hook.balanceOf(standing)).to.equal(0n);
    });

    it("asks the policy of the offer for the holder", async () => {
      const { contracts, actions, actors, subscriptions, set, run } = await loadFixture(orderFixture);
      const policies = contracts.OfferPolicies;
      const policy = await policies.policyOf(actors.other, 1n);
      const terms = actions.subscription({}, { policy, salt: 15n });
      await actions.list(terms);
      const hash = await contracts.Market.hashOffer(terms);
      const clear = async (nonce: bigint) => {
        const validUntil = (await actions.now()) + 40n * DAY;
        const message = { policy, termsHash: hash, recipient: actors.buyer.address, nonce, validUntil };
        const { chainId } = await ethers.provider.getNetwork();
        const domain = policiesDomain(String(policies.target), chainId);
        const signature = await actors.other.signTypedData(domain, CLEARANCE_TYPES, message);
        await policies.present(policy, hash, actors.buyer, nonce, validUntil, signature);
      };
      await clear(1n);
      const id = await actions.soldIn(await actions.purchase(terms));
      await set({}, terms, id);
      const end = BigInt(await subscriptions.expiresAt(id));
      await actions.at(end);
      await run(terms, id);
      await actions.at(end + MONTH);
      await expect(run(terms, id)).to.be.revertedWithCustomError(policies, "OfferPolicies_NotCleared");
      await clear(2n);
      await run(terms, id);
    });
  });
});
