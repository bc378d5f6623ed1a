import { loadFixture } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ethers } from "hardhat";
import { expectCredits, NATIVE, PRICE, sharesOf } from "../../helpers/market";
import { REFERRER_BPS } from "../../helpers/purchase";
import { FEE_BPS, offerFor, RIGHTS, rightsFixture, WAYS } from "../../helpers/rights";
import { packHop } from "../../../sdk/src/exchange/route";

const MOST = 2n ** 32n - 1n;

describe("Market: quantities", () => {
  for (const [title, way] of Object.entries(WAYS)) {
    it(`cost the price as often as they say, for one licence: paid by ${title}`, async () => {
      const protocol = await loadFixture(rightsFixture);
      const { market, ledger, licenses, token, actors, actions } = protocol;
      const { buyer, creator, treasury, referrer } = actors;
      const offer = await offerFor(protocol, way, { supply: 1n });
      const paid = 7n * PRICE;
      const order = await actions.orderFor(offer, { referrer: referrer.address, quantity: 7n, maxPrice: paid });
      const { toCreator, toTreasury, toReferrer } = sharesOf(paid, FEE_BPS, REFERRER_BPS);
      const before = await token.balanceOf(buyer);
      await expectCredits(
        ledger,
        offer.payToken as string,
        () =>
          expect(way.buy(protocol, offer, order, paid))
            .to.emit(market, "LicenseSold")
            .withArgs(order.termsHash, actions.idOf(), buyer.address, paid),
        [
          [creator, toCreator],
          [treasury, toTreasury],
          [referrer, toReferrer],
        ],
      );
      if (offer.payToken !== NATIVE && !title.includes("swap")) {
        expect(before - (await token.balanceOf(buyer))).to.equal(paid);
      }
      expect(await licenses.balanceOf(buyer)).to.equal(1n);
      expect((await market.offerState(order.termsHash)).sold).to.equal(1n);
      expect(await token.balanceOf(market)).to.equal(0n);
      expect(await ethers.provider.getBalance(market)).to.equal(0n);
    });
  }

  it("are bounded by what the buyer agreed to for all of them", async () => {
    const { market, token, actors, actions } = await loadFixture(rightsFixture);
    const offer = actions.counted();
    await actions.list(offer);
    const bounds: [quantity: bigint, maxPrice: bigint][] = [
      [2n, PRICE],
      [3n, 3n * PRICE - 1n],
      [MOST, MOST * PRICE - 1n],
    ];
    for (const [quantity, maxPrice] of bounds) {
      const order = await actions.orderFor(offer, { quantity, maxPrice });
      await expect(market.connect(actors.buyer).purchase(offer, order))
        .to.be.revertedWithCustomError(market, "Market_PriceAboveBound")
        .withArgs(quantity * PRICE, maxPrice);
    }
    await token.mint(actors.buyer, MOST * PRICE);
    const order = await actions.orderFor(offer, { quantity: MOST, maxPrice: MOST * PRICE });
    const before = await token.balanceOf(actors.buyer);
    const call = await market.connect(actors.buyer).purchase(offer, order);
    const sale = { quantity: MOST, price: MOST * PRICE };
    await actions.expectTold(call, [await actions.saleOf(offer, sale)]);
    expect(before - (await token.balanceOf(actors.buyer))).to.equal(MOST * PRICE);
  });

  for (const [title, way] of Object.entries(WAYS)) {
    it(`above 1 are not sold without rights, and 0 and 1 are: paid by ${title}`, async () => {
      const protocol = await loadFixture(rightsFixture);
      const { market, licenses, contracts, actors, actions } = protocol;
      const offer = await offerFor(protocol, way, { rights: 0n, rightsTerms: ethers.ZeroHash, salt: 50n });
      const data = (quantity: bigint) => actions.orderFor(offer, { quantity, maxPrice: ethers.MaxUint256 });
      for (const quantity of [2n, MOST]) {
        const call = way.buy(protocol, offer, await data(quantity), PRICE);
        // the forwarder keeps the reason to itself
        if (title === "the forwarder")
          await expect(call).to.be.revertedWithCustomError(contracts.Forwarder, "FailedCall");
        else await expect(call).to.be.revertedWithCustomError(market, "Market_SoldSingly").withArgs(quantity);
      }
      for (const quantity of [0n, 1n]) await way.buy(protocol, offer, await data(quantity), PRICE);
      expect(await licenses.balanceOf(actors.buyer)).to.equal(2n);
    });
  }

  it("are refused when the price of all does not fit 128 bits, and sold when it just does", async () => {
    const { market, ledger, token, actors, actions } = await loadFixture(rightsFixture);
    const cases: [price: bigint, quantity: bigint][] = [
      [2n ** 128n - 1n, 2n],
      [2n ** 127n, 2n],
      [2n ** 97n, MOST],
      [2n ** 128n - 1n, MOST],
    ];
    for (const [index, [price, quantity]] of cases.entries()) {
      const offer = actions.counted({ price, salt: BigInt(index) });
      await actions.list(offer);
      const order = await actions.orderFor(offer, { quantity, maxPrice: ethers.MaxUint256 });
      await expect(market.connect(actors.buyer).purchase(offer, order))
        .to.be.revertedWithCustomError(market, "SafeCastOverflowedUintDowncast")
        .withArgs(128n, price * quantity);
    }
    // 2^128 - 1 is 3 times this
    const price = (2n ** 128n - 1n) / 3n;
    const offer = actions.counted({ price });
    await actions.list(offer);
    await token.mint(actors.buyer, 3n * price);
    const order = await actions.orderFor(offer, { quantity: 3n, maxPrice: 2n ** 128n - 1n });
    const { toCreator, toTreasury } = sharesOf(2n ** 128n - 1n, FEE_BPS, 0n);
    await expectCredits(ledger, token, () => market.connect(actors.buyer).purchase(offer, order), [
      [actors.creator, toCreator],
      [actors.treasury, toTreasury],
    ]);
  });

  it("cost nothing where the price is nothing", async () => {
    const { market, ledger, actors, actions } = await loadFixture(rightsFixture);
    const offer = actions.counted({ price: 0n });
    await actions.list(offer);
    const call = await market.connect(actors.buyer).purchase(offer, await actions.orderFor(offer, { quantity: MOST }));
    await actions.expectTold(call, [await actions.saleOf(offer, { quantity: MOST })]);
    await expect(call).to.not.emit(ledger, "Credited");
  });

  // claim(attacks#licences-listings-offers-and-signatures): underpay
  it("need the value of all of them in native coin, to the unit", async () => {
    const { market, actors, actions } = await loadFixture(rightsFixture);
    const offer = actions.counted({ payToken: NATIVE });
    await actions.list(offer);
    const order = await actions.orderFor(offer, { quantity: 3n, maxPrice: 3n * PRICE });
    const item = { offer, order, signature: "0x" };
    for (const value of [0n, PRICE, 3n * PRICE - 1n, 3n * PRICE + 1n]) {
      await expect(market.connect(actors.buyer).purchase(offer, order, { value }))
        .to.be.revertedWithCustomError(market, "Market_WrongValue")
        .withArgs(value, 3n * PRICE);
    }
    for (const [count, value] of [
      [1, 3n * PRICE - 1n],
      [2, 6n * PRICE - 1n],
    ] as const) {
      await expect(market.connect(actors.buyer).purchaseCart(Array(count).fill(item), { value }))
        .to.be.revertedWithCustomError(market, "Market_WrongValue")
        .withArgs(value, BigInt(count) * 3n * PRICE);
    }
    await expect(market.connect(actors.buyer).purchase(offer, order, { value: 3n * PRICE })).to.changeEtherBalances(
      [actors.buyer, market],
      [-3n * PRICE, 0n],
    );
  });

  it("of the lines of a cart add up to one transfer, and the rest of the coin comes back", async () => {
    const { market, contracts, ledger, token, actors, actions, offer: plain } = await loadFixture(rightsFixture);
    const counted = actions.counted();
    const native = actions.counted({ payToken: NATIVE, price: 1_001n });
    for (const offer of [counted, native]) await actions.list(offer);
    const line = async (offer: typeof plain, quantity: bigint) => ({
      offer,
      order: await actions.orderFor(offer, { quantity, maxPrice: quantity * BigInt(offer.price) }),
      signature: "0x",
    });
    const items = [await line(counted, 3n), await line(plain, 1n), await line(counted, 2n), await line(native, 5n)];
    const [three, one, two] = [3n, 1n, 2n].map((quantity) => sharesOf(quantity * PRICE, FEE_BPS, 0n));
    await expectCredits(
      ledger,
      token,
      async () => {
        const call = market.connect(actors.buyer).purchaseCart(items, { value: 10_000n });
        await expect(call).to.changeEtherBalances([actors.buyer, ledger, market], [-5_005n, 5_005n, 0n]);
        await expect(call).to.changeTokenBalances(token, [actors.buyer, ledger, market], [-6n * PRICE, 6n * PRICE, 0n]);
        const topic = token.interface.getEvent("Transfer").topicHash;
        const address = await token.getAddress();
        const { logs } = (await (await call).wait())!;
        expect(logs.filter((log) => log.address === address && log.topics[0] === topic).length).to.equal(1);
      },
      [
        [actors.creator, three.toCreator + one.toCreator + two.toCreator],
        [actors.treasury, three.toTreasury + one.toTreasury + two.toTreasury],
        [contracts.Escrow, 0n],
      ],
    );
  });

  it("are swapped for exactly the price of all of them", async () => {
    const { market, exchange, ledger, token, actors, actions, ids } = await loadFixture(rightsFixture);
    const offer = actions.counted();
    await actions.list(offer);
    const hops = [packHop(ids.payToken, 30n)];
    const quoted = await exchange.quoteExactOut(NATIVE, hops, 4n * PRICE);
    const payment = { tokenIn: NATIVE, maxSpent: quoted + 50n, deadline: 10n ** 11n, hops };
    const order = await actions.orderFor(offer, { quantity: 4n, maxPrice: 4n * PRICE });
    const call = market.connect(actors.buyer).purchaseWithSwap(offer, order, payment, { value: quoted + 50n });
    await expect(call).to.changeEtherBalances([actors.buyer, market], [-quoted, 0n]);
    await expect(call).to.changeTokenBalances(token, [ledger, market], [4n * PRICE, 0n]);
    const needed = await exchange.quoteExactOut(NATIVE, hops, 4n * PRICE);
    const short = { ...payment, maxSpent: needed - 1n };
    await expect(market.connect(actors.buyer).purchaseWithSwap(offer, order, short, { value: needed - 1n }))
      .to.be.revertedWithCustomError(exchange, "Exchange_InputAboveBound")
      .withArgs(needed, needed - 1n);
  });

  it("of a file are the price of its deal", async () => {
    const { market, contracts, ledger, token, actors, actions } = await loadFixture(rightsFixture);
    const offer = actions.fileTerms({ rights: RIGHTS });
    await actions.list(offer);
    const { order } = await actions.paddedOrder(offer, { quantity: 2n, maxPrice: 2n * PRICE });
    let call: Awaited<ReturnType<typeof market.purchase>>;
    await expectCredits(ledger, token, async () => (call = await market.connect(actors.buyer).purchase(offer, order)), [
      [contracts.Escrow, 2n * PRICE],
    ]);
    expect((await actions.dealOf(call!)).price).to.equal(2n * PRICE);
  });
});
