import { loadFixture, setBalance, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import type { AddressLike, ContractTransactionResponse } from "ethers";
import { ethers } from "hardhat";
import { packHop } from "../../../sdk/src/exchange/route";
import type { OfferStruct, OrderStruct, SwapPaymentStruct } from "../../../typechain-types/contracts/market/Market";
import { DAY, expectCredits, marketFixture, NATIVE, PRICE, sharesOf } from "../../helpers/market";

const FEE_BPS = 30n;
const COIN = 10n ** 18n;
const NEVER = 10n ** 11n;
const BOUND = 10n * COIN;
/** A price in native coin. */
const COIN_PRICE = COIN / 7n;

describe("Market: purchaseWithSwap", () => {
  /** Pools of the native coin with TUSD and with a second token, and of the second token with TUSD; a buyer with all three. */
  async function swapFixture() {
    const protocol = await loadFixture(marketFixture);
    const { contracts, token, actors, actions } = protocol;
    const { Market: market, Exchange: exchange, RevenueLedger: ledger, LicenseToken: licenses } = contracts;
    const second = await ethers.deployContract("HookToken");
    const taker = await ethers.deployContract("FeeToken");
    const [tusd, hook, fee] = [token, second, taker].map(({ target }) => String(target)) as [string, string, string];

    for (const minted of [second, taker]) {
      for (const account of [actors.other, actors.buyer, actors.stranger]) {
        await minted.mint(account, 1_000_000n * COIN);
        await minted.connect(account).approve(exchange, ethers.MaxUint256);
      }
      await minted.connect(actors.buyer).approve(market, ethers.MaxUint256);
    }
    for (const account of [actors.other, actors.stranger]) {
      await token.connect(account).approve(exchange, ethers.MaxUint256);
    }
    async function pool(a: string, amountA: bigint, b: string, amountB: bigint) {
      const sorted = BigInt(a) < BigInt(b) ? ([a, amountA, b, amountB] as const) : ([b, amountB, a, amountA] as const);
      const [token0, amount0, token1, amount1] = sorted;
      const value = token0 === NATIVE ? amount0 : 0n;
      const key = { token0, token1, feeBps: FEE_BPS };
      await exchange.connect(actors.other).addLiquidity(key, amount0, amount1, 1n, actors.other, NEVER, { value });
      return key;
    }
    await pool(NATIVE, 20n * COIN, tusd, 50_000_000_000n);
    await pool(NATIVE, 30n * COIN, hook, 70_000n * COIN);
    await pool(hook, 40_000n * COIN, tusd, 41_000_000_000n);
    await pool(fee, 40_000n * COIN, tusd, 41_000_000_000n);

    const offer = actions.terms({ referrerBps: 1_000n });
    await actions.list(offer);
    const coinOffer = actions.terms({ payToken: NATIVE, price: COIN_PRICE });
    await actions.list(coinOffer);

    /** A payment in `tokenIn` along these tokens, with a bound that is no obstacle. */
    function paying(tokenIn: string, along: string[], differs: Partial<SwapPaymentStruct> = {}): SwapPaymentStruct {
      const maxSpent = tokenIn === NATIVE ? BOUND : ethers.MaxUint256;
      return { tokenIn, maxSpent, deadline: NEVER, hops: along.map((to) => packHop(to, FEE_BPS)), ...differs };
    }

    /** Buys as the buyer, with the value that the payment needs. */
    async function buy(bought: OfferStruct, payment: SwapPaymentStruct, differs: Partial<OrderStruct> = {}) {
      const order = await actions.orderFor(bought, differs);
      const value = payment.tokenIn === NATIVE ? BigInt(payment.maxSpent) : 0n;
      return market.connect(actors.buyer).purchaseWithSwap(bought, order, payment, { value });
    }

    /** What the exchange asks for a price. */
    const quote = (payment: SwapPaymentStruct, price: bigint) =>
      exchange.quoteExactOut(payment.tokenIn, payment.hops, price);

    /** The market keeps nothing, and nobody may take anything from it. */
    async function expectEmptyMarket() {
      expect(await ethers.provider.getBalance(market)).to.equal(0n);
      for (const held of [token, second, taker]) {
        expect(await held.balanceOf(market)).to.equal(0n);
        expect(await held.allowance(market, exchange)).to.equal(0n);
      }
    }

    return {
      ...protocol,
      market,
      exchange,
      ledger,
      licenses,
      second,
      taker,
      tusd,
      hook,
      fee,
      offer,
      coinOffer,
      actions: { ...actions, paying, buy, quote, expectEmptyMarket },
    };
  }

  /** Native coin that an account paid in a transaction, besides gas. */
  async function paidBy(account: AddressLike, action: () => Promise<ContractTransactionResponse>): Promise<bigint> {
    const before = await ethers.provider.getBalance(account);
    const receipt = await (await action()).wait();
    return before - (await ethers.provider.getBalance(account)) - receipt!.gasUsed * receipt!.gasPrice;
  }

  describe("pays", () => {
    it("native coin for a price in a token: exactly the quote, the rest comes back", async () => {
      const { market, ledger, licenses, exchange, token, tusd, offer, actors, actions } =
        await loadFixture(swapFixture);
      const payment = actions.paying(NATIVE, [tusd]);
      const quoted = await actions.quote(payment, PRICE);
      const pooled = await token.balanceOf(exchange);
      const coins = await ethers.provider.getBalance(exchange);
      const pocket = await token.balanceOf(actors.buyer);
      const { toCreator, toTreasury, toReferrer } = sharesOf(PRICE, 250n, 1_000n);
      const order = await actions.orderFor(offer);
      const [licenseId, spent] = await market
        .connect(actors.buyer)
        .purchaseWithSwap.staticCall(offer, order, payment, { value: BOUND });
      expect(spent).to.equal(quoted);

      await expectCredits(
        ledger,
        token,
        async () => {
          const paid = await paidBy(actors.buyer, () =>
            actions.buy(offer, payment, { referrer: actors.referrer.address }),
          );
          expect(paid).to.equal(quoted);
        },
        [
          [actors.creator, toCreator],
          [actors.treasury, toTreasury],
          [actors.referrer, toReferrer],
        ],
      );
      expect(await token.balanceOf(ledger)).to.equal(PRICE);
      expect(pooled - (await token.balanceOf(exchange))).to.equal(PRICE);
      expect((await ethers.provider.getBalance(exchange)) - coins).to.equal(quoted);
      expect(await token.balanceOf(actors.buyer)).to.equal(pocket);
      expect(await licenses.ownerOf(licenseId)).to.equal(actors.buyer.address);
      await actions.expectEmptyMarket();
    });

    it("a token for a price in another: exactly the quote is taken, and no allowance is left", async () => {
      const { market, ledger, licenses, second, token, hook, tusd, offer, actors, actions } =
        await loadFixture(swapFixture);
      const payment = actions.paying(hook, [tusd]);
      const quoted = await actions.quote(payment, PRICE);
      const { toCreator, toTreasury } = sharesOf(PRICE, 250n, 0n);
      const before = await second.balanceOf(actors.buyer);
      await expectCredits(
        ledger,
        token,
        async () => {
          const bought = await actions.buy(offer, payment, { recipient: actors.recipient.address });
          await expect(bought).to.emit(market, "LicenseSold");
        },
        [
          [actors.creator, toCreator],
          [actors.treasury, toTreasury],
        ],
      );
      expect(before - (await second.balanceOf(actors.buyer))).to.equal(quoted);
      expect(await licenses.balanceOf(actors.recipient)).to.equal(1n);
      expect(await licenses.balanceOf(actors.buyer)).to.equal(0n);
      await actions.expectEmptyMarket();
    });

    it("along two hops, at a bound that is met exactly", async () => {
      const { second, hook, tusd, token, ledger, offer, actors, actions } = await loadFixture(swapFixture);
      const quoted = await actions.quote(actions.paying(hook, [NATIVE, tusd]), PRICE);
      const payment = actions.paying(hook, [NATIVE, tusd], { maxSpent: quoted });
      const before = await second.balanceOf(actors.buyer);
      await actions.buy(offer, payment);
      expect(before - (await second.balanceOf(actors.buyer))).to.equal(quoted);
      expect(await token.balanceOf(ledger)).to.equal(PRICE);
      await actions.expectEmptyMarket();

      const exact = await actions.quote(actions.paying(NATIVE, [hook, tusd]), PRICE);
      const native = actions.paying(NATIVE, [hook, tusd], { maxSpent: exact });
      expect(await paidBy(actors.buyer, () => actions.buy(offer, native))).to.equal(exact);
      await actions.expectEmptyMarket();
    });

    it("a token for a price in native coin, which passes through the market", async () => {
      const { second, hook, ledger, coinOffer, actors, actions } = await loadFixture(swapFixture);
      const payment = actions.paying(hook, [NATIVE]);
      const quoted = await actions.quote(payment, COIN_PRICE);
      const { toCreator, toTreasury } = sharesOf(COIN_PRICE, 250n, 0n);
      const before = await second.balanceOf(actors.buyer);
      await expectCredits(
        ledger,
        NATIVE,
        async () => expect(await paidBy(actors.buyer, () => actions.buy(coinOffer, payment))).to.equal(0n),
        [
          [actors.creator, toCreator],
          [actors.treasury, toTreasury],
        ],
      );
      expect(before - (await second.balanceOf(actors.buyer))).to.equal(quoted);
      expect(await ethers.provider.getBalance(ledger)).to.equal(COIN_PRICE);
      await actions.expectEmptyMarket();
    });

    it("into the escrow, in a token and in native coin", async () => {
      const { market, hook, tusd, token, ledger, licenses, contracts, actors, actions } =
        await loadFixture(swapFixture);
      for (const [payToken, price, payment] of [
        [tusd, PRICE, actions.paying(NATIVE, [tusd])],
        [NATIVE, COIN_PRICE, actions.paying(hook, [NATIVE])],
      ] as const) {
        const offer = actions.fileTerms({ payToken, price });
        await actions.list(offer);
        const { order } = await actions.paddedOrder(offer);
        const deal = await actions.dealOf(await actions.buy(offer, payment, order));
        expect(deal).to.include({
          payToken,
          price,
          payer: actors.buyer.address,
          seller: actors.creator.address,
          payee: actors.creator.address,
        });
        expect(await licenses.ownerOf(deal.id)).to.equal(actors.buyer.address);
        expect(await market.licenseState(deal.id)).to.deep.equal([true, false]);
        expect(await ledger.balanceOf(payToken, contracts.Escrow)).to.equal(price);
        await actions.expectEmptyMarket();
      }
      expect(await token.balanceOf(ledger)).to.equal(PRICE);
    });

    it("keeps the rest in the ledger for a payer who refuses it", async () => {
      const { market, ledger, tusd, offer, actors, actions } = await loadFixture(swapFixture);
      // it has no receive function
      const refuser = await ethers.deployContract("MarketActor");
      const payment = actions.paying(NATIVE, [tusd]);
      const quoted = await actions.quote(payment, PRICE);
      const order = await actions.orderFor(offer, { recipient: actors.recipient.address });
      const data = market.interface.encodeFunctionData("purchaseWithSwap", [offer, order, payment]);
      await expectCredits(ledger, NATIVE, () => refuser.act(market, BOUND, data, { value: BOUND }), [
        [refuser, BOUND - quoted],
      ]);
      expect(await ethers.provider.getBalance(refuser)).to.equal(0n);
      await actions.expectEmptyMarket();
    });
  });

  describe("refuses", () => {
    it("a path without a hop, to another token, or for nothing", async () => {
      const { market, hook, tusd, offer, actions } = await loadFixture(swapFixture);
      const free = actions.terms({ price: 0n, salt: 1n });
      await actions.list(free);
      for (const [bought, payment] of [
        [offer, actions.paying(NATIVE, [])],
        [offer, actions.paying(NATIVE, [tusd, hook])],
        [free, actions.paying(NATIVE, [tusd])],
      ] as const) {
        await expect(actions.buy(bought, payment))
          .to.be.revertedWithCustomError(market, "Market_WrongPath")
          .withArgs(tusd);
      }
    });

    it("to spend above the bound, with the market's word for a token and the exchange's for native coin", async () => {
      const { market, exchange, hook, tusd, offer, actions } = await loadFixture(swapFixture);
      const quoted = await actions.quote(actions.paying(hook, [tusd]), PRICE);
      await expect(actions.buy(offer, actions.paying(hook, [tusd], { maxSpent: quoted - 1n })))
        .to.be.revertedWithCustomError(market, "Market_SwapAboveBound")
        .withArgs(quoted, quoted - 1n);
      const coins = await actions.quote(actions.paying(NATIVE, [tusd]), PRICE);
      await expect(actions.buy(offer, actions.paying(NATIVE, [tusd], { maxSpent: coins - 1n })))
        .to.be.revertedWithCustomError(exchange, "Exchange_InputAboveBound")
        .withArgs(coins, coins - 1n);
    });

    it("another value than the bound in native coin, and any value with a token", async () => {
      const { market, hook, tusd, offer, actors, actions } = await loadFixture(swapFixture);
      const order = await actions.orderFor(offer);
      const buyer = market.connect(actors.buyer);
      for (const value of [0n, BOUND - 1n, BOUND + 1n]) {
        await expect(buyer.purchaseWithSwap(offer, order, actions.paying(NATIVE, [tusd]), { value }))
          .to.be.revertedWithCustomError(market, "Market_WrongValue")
          .withArgs(value, BOUND);
      }
      await expect(buyer.purchaseWithSwap(offer, order, actions.paying(hook, [tusd]), { value: 1n }))
        .to.be.revertedWithCustomError(market, "Market_WrongValue")
        .withArgs(1n, 0n);
    });

    it("native coin from anyone but the exchange", async () => {
      const { market, actors } = await loadFixture(swapFixture);
      await expect(actors.stranger.sendTransaction({ to: market, value: 1n }))
        .to.be.revertedWithCustomError(market, "Market_UnexpectedCoin")
        .withArgs(actors.stranger.address);
    });

    it("during a pause, after the deadline, and under other terms than the order names", async () => {
      const { market, exchange, tusd, offer, coinOffer, actors, actions } = await loadFixture(swapFixture);
      const payment = actions.paying(NATIVE, [tusd]);
      const deadline = BigInt(await time.latest()) - 1n;
      await expect(actions.buy(offer, { ...payment, deadline })).to.be.revertedWithCustomError(
        exchange,
        "Exchange_Expired",
      );
      const order = await actions.orderFor(offer);
      await expect(market.connect(actors.buyer).purchaseWithSwap(coinOffer, order, payment, { value: BOUND }))
        .to.be.revertedWithCustomError(market, "Market_TermsMismatch")
        .withArgs(order.termsHash, await market.hashOffer(coinOffer));

      await market.connect(actors.guardian).pausePurchases(DAY);
      const { pausedUntil } = await market.config();
      await expect(actions.buy(offer, payment))
        .to.be.revertedWithCustomError(market, "Market_Paused")
        .withArgs(pausedUntil);
    });

    it("an offer that is not listed, revoked, sold out, for another buyer, or dearer than the order allows", async () => {
      const { market, tusd, offer, actors, actions } = await loadFixture(swapFixture);
      const payment = actions.paying(NATIVE, [tusd]);
      const unlisted = actions.terms({ salt: 9n });
      await expect(actions.buy(unlisted, payment))
        .to.be.revertedWithCustomError(market, "Market_NotListed")
        .withArgs(await market.hashOffer(unlisted));
      const reserved = actions.terms({ buyer: actors.stranger.address });
      await actions.list(reserved);
      await expect(actions.buy(reserved, payment))
        .to.be.revertedWithCustomError(market, "Market_NotTheBuyer")
        .withArgs(actors.buyer.address, actors.stranger.address);
      await expect(actions.buy(offer, payment, { maxPrice: PRICE - 1n }))
        .to.be.revertedWithCustomError(market, "Market_PriceAboveBound")
        .withArgs(PRICE, PRICE - 1n);
      const single = actions.terms({ supply: 1n });
      const hash = await actions.list(single);
      await actions.buy(single, payment);
      await expect(actions.buy(single, payment))
        .to.be.revertedWithCustomError(market, "Market_SoldOut")
        .withArgs(hash, 1n);
      await market.connect(actors.creator).revokeOffer(offer);
      await expect(actions.buy(offer, payment))
        .to.be.revertedWithCustomError(market, "Market_OfferRevoked")
        .withArgs(await market.hashOffer(offer));
    });

    it("a token that takes a fee on the way to the market", async () => {
      const { taker, fee, tusd, offer, market, actions } = await loadFixture(swapFixture);
      const payment = actions.paying(fee, [tusd]);
      await actions.buy(offer, payment);
      await actions.expectEmptyMarket();

      await taker.setFee(100n);
      const needed = await actions.quote(payment, PRICE);
      await expect(actions.buy(offer, payment))
        .to.be.revertedWithCustomError(taker, "ERC20InsufficientBalance")
        .withArgs(market, 0n, needed / 100n);
    });

    it("a payer without allowance or money, in the token's own words", async () => {
      const { market, second, hook, tusd, offer, actors, actions } = await loadFixture(swapFixture);
      const payment = actions.paying(hook, [tusd]);
      const needed = await actions.quote(payment, PRICE);
      await second.connect(actors.buyer).approve(market, needed - 1n);
      await expect(actions.buy(offer, payment))
        .to.be.revertedWithCustomError(second, "ERC20InsufficientAllowance")
        .withArgs(market, needed - 1n, needed);
    });
  });

  describe("a token that calls back", () => {
    it("cannot buy again, nor through the market's other ways", async () => {
      const { market, second, hook, tusd, offer, actions } = await loadFixture(swapFixture);
      const payment = actions.paying(hook, [tusd]);
      const order = await actions.orderFor(offer);
      for (const data of [
        market.interface.encodeFunctionData("purchaseWithSwap", [offer, order, payment]),
        market.interface.encodeFunctionData("purchase", [offer, order]),
        market.interface.encodeFunctionData("purchaseCart", [[{ offer, order, signature: "0x" }]]),
      ]) {
        for (const when of [1, 2]) {
          await second.setHook(when, market, data, true);
          await expect(actions.buy(offer, payment)).to.be.revertedWithCustomError(
            market,
            "ReentrancyGuardReentrantCall",
          );
          await second.setHook(when, market, data, false);
          await actions.buy(offer, payment);
          expect(await second.succeeded()).to.equal(false);
          await actions.expectEmptyMarket();
        }
      }
    });

    it("cannot make the swap dearer than what was taken", async () => {
      const { exchange, second, hook, tusd, offer, actors, actions } = await loadFixture(swapFixture);
      const payment = actions.paying(hook, [tusd]);
      const needed = await actions.quote(payment, PRICE);
      // the pool sells a part of its TUSD between the quote and the swap
      const mover = await ethers.deployContract("MarketActor");
      await setBalance(await mover.getAddress(), 100n * COIN);
      const drain = exchange.interface.encodeFunctionData("swapExactIn", [
        NATIVE,
        [packHop(hook, FEE_BPS), packHop(tusd, FEE_BPS)],
        COIN,
        1n,
        actors.stranger.address,
        NEVER,
      ]);
      const act = mover.interface.encodeFunctionData("act", [await exchange.getAddress(), COIN, drain]);
      await second.setHook(2, mover, act, true);
      const attempt = actions.buy(offer, payment);
      await expect(attempt).to.be.revertedWithCustomError(exchange, "Exchange_InputAboveBound");
      expect(await actions.quote(payment, PRICE)).to.equal(needed);
    });

    it("returns what a swap that became cheaper did not need, and leaves no allowance", async () => {
      const { market, exchange, second, hook, tusd, offer, actors, actions } = await loadFixture(swapFixture);
      const payment = actions.paying(hook, [tusd]);
      const needed = await actions.quote(payment, PRICE);
      // TUSD is sold for the hook's token between the quote and the swap, so that TUSD costs less of it
      const mover = await ethers.deployContract("MarketActor");
      await setBalance(await mover.getAddress(), 100n * COIN);
      const cheapen = exchange.interface.encodeFunctionData("swapExactIn", [
        NATIVE,
        [packHop(tusd, FEE_BPS), packHop(hook, FEE_BPS)],
        COIN,
        1n,
        actors.stranger.address,
        NEVER,
      ]);
      const act = mover.interface.encodeFunctionData("act", [await exchange.getAddress(), COIN, cheapen]);
      const before = await second.balanceOf(actors.buyer);
      await second.setHook(2, mover, act, true);
      await actions.buy(offer, payment);
      expect(before - (await second.balanceOf(actors.buyer))).to.be.lessThan(needed);
      expect(await second.balanceOf(market)).to.equal(0n);
      expect(await second.allowance(market, exchange)).to.equal(0n);
    });
  });
});
