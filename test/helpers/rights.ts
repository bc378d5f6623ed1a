import { loadFixture } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import type { ContractTransactionResponse } from "ethers";
import { ethers } from "hardhat";
import { packHop } from "../../sdk/src/exchange/route";
import type { OfferStruct, OrderStruct } from "../../typechain-types/contracts/market/Market";
import type { SaleStruct } from "../../typechain-types/contracts/market/IRights";
import { NATIVE, PRICE } from "./market";
import { purchaseFixture, REFERRER_BPS } from "./purchase";
import { signOffer, signPermit, signRequest } from "./signing";

/** The protocol's fee, which a licence notes. */
export const FEE_BPS = 250n;
/** What the offers promise in the module's own words. */
export const TERMS = ethers.id("thirty days");
/** Index of the first rights module that a test registers: the deployment has three of its own. */
export const RIGHTS = 4n;
/** Number of the first offer after those of `purchaseFixture`. */
export const FIRST_NUMBER = 3n;
export const FLAGS = { TRANSFERABLE: 1n, ESCROWED: 2n, UPDATES: 4n, GUARDED: 8n };
const POOL_FEE_BPS = 30n;

/** What a licence's id is made of. */
export interface IdParts {
  note: bigint;
  rights: bigint;
  issuer: bigint;
  flags: bigint;
  versionId: bigint;
  number: bigint;
  count: bigint;
}

export function composeId({ note, rights, issuer, flags, versionId, number, count }: IdParts): bigint {
  const low = (flags << 128n) | (versionId << 64n) | (number << 32n) | count;
  return (note << 200n) | (rights << 168n) | (issuer << 136n) | low;
}

/** A rights module that is open, and a pool in which native coin buys the stable token. */
export async function rightsFixture() {
  const protocol = await loadFixture(purchaseFixture);
  const { contracts, market, licenses, token, actors, actions, ids } = protocol;
  const { Exchange: exchange } = contracts;
  const admin = await actions.asAdmin();
  const rights = await ethers.deployContract("TestRights");
  await licenses.connect(admin).setRights(rights, true, false);
  const { index: issuer } = await licenses.moduleInfo(market);

  await token.connect(actors.other).approve(exchange, ethers.MaxUint256);
  const [coin, tokens] = [20n * 10n ** 18n, 50_000_000_000n];
  const key = { token0: NATIVE, token1: ids.payToken, feeBps: POOL_FEE_BPS };
  await exchange.connect(actors.other).addLiquidity(key, coin, tokens, 1n, actors.other, 10n ** 11n, { value: coin });

  /** Terms of a licence whose use the module decides. */
  const counted = (differs: Partial<OfferStruct> = {}): OfferStruct =>
    actions.terms({ rights: RIGHTS, rightsTerms: TERMS, referrerBps: REFERRER_BPS, ...differs });

  /** The id of the first licence of the first offer after those of `purchaseFixture`, where nothing differs. */
  const idOf = (differs: Partial<IdParts> = {}): bigint =>
    composeId({
      note: FEE_BPS,
      rights: RIGHTS,
      issuer,
      flags: FLAGS.TRANSFERABLE,
      versionId: ids.versionId,
      number: FIRST_NUMBER,
      count: 1n,
      ...differs,
    });

  /** What the module must be told of a purchase of the buyer for the buyer. */
  const saleOf = async (offer: OfferStruct, differs: Partial<SaleStruct> = {}): Promise<SaleStruct> => ({
    licenseId: idOf(),
    termsHash: await market.hashOffer(offer),
    terms: offer.rightsTerms,
    payer: actors.buyer.address,
    recipient: actors.buyer.address,
    payee: actors.creator.address,
    referrer: NATIVE,
    treasury: actors.treasury.address,
    payToken: offer.payToken,
    price: offer.price,
    protocolFeeBps: FEE_BPS,
    referrerBps: 0n,
    key: ethers.ZeroAddress,
    quantity: 1n,
    renewal: false,
    ...differs,
  });

  /** Expects that a transaction told the module of these sales and nothing else, byte for byte. */
  async function expectTold(transaction: ContractTransactionResponse, sales: SaleStruct[]) {
    const receipt = await transaction.wait();
    const address = await rights.getAddress();
    const logs = receipt!.logs.filter((log) => log.address === address).map((log) => rights.interface.parseLog(log)!);
    const told = logs.filter(({ name }) => name === "Told").map(({ args }) => String(args.data));
    expect(told).to.deep.equal(sales.map((sale) => rights.interface.encodeFunctionData("grant", [sale])));
    const callers = logs.filter(({ name }) => name === "Granted").map(({ args }) => String(args.caller));
    expect(callers).to.deep.equal(sales.map(() => String(market.target)));
  }

  /** Lists an offer and buys its first licence for the buyer. */
  async function sell(offer: OfferStruct, differs: Partial<OrderStruct> = {}) {
    const hash = await actions.list(offer);
    const order = await actions.orderFor(offer, differs);
    const licenseId = await market.connect(actors.buyer).purchase.staticCall(offer, order);
    await market.connect(actors.buyer).purchase(offer, order);
    return { hash, order, licenseId };
  }

  return {
    ...protocol,
    admin,
    rights,
    exchange,
    actions: { ...actions, counted, idOf, saleOf, expectTold, sell },
  };
}

export type RightsProtocol = Awaited<ReturnType<typeof rightsFixture>>;

/** How a buyer reaches the market, and pays. */
export interface Way {
  payToken?: string;
  /** The creator only signed the offer. */
  signed?: true;
  /** Buys as the buyer; `paid` is what the purchase costs. */
  buy(
    protocol: RightsProtocol,
    offer: OfferStruct,
    order: OrderStruct,
    paid: bigint,
  ): Promise<ContractTransactionResponse>;
}

/** Every way to pay. */
export const WAYS: Record<string, Way> = {
  "an allowance": {
    buy: ({ market, actors }, offer, order) => market.connect(actors.buyer).purchase(offer, order),
  },
  "native coin": {
    payToken: NATIVE,
    buy: ({ market, actors }, offer, order, paid) =>
      market.connect(actors.buyer).purchase(offer, order, { value: paid }),
  },
  "the creator's signature": {
    signed: true,
    buy: async ({ market, actors }, offer, order) =>
      market.connect(actors.buyer).purchaseSigned(offer, order, await signOffer(market, actors.creator, offer)),
  },
  "a permit": {
    buy: async ({ market, token, actors }, offer, order, paid) => {
      await token.connect(actors.buyer).approve(market, 0n);
      const permit = await signPermit(token, actors.buyer, await market.getAddress(), paid);
      return market.connect(actors.buyer).purchaseWithPermit(offer, order, permit);
    },
  },
  "a cart": {
    buy: ({ market, actors }, offer, order) =>
      market.connect(actors.buyer).purchaseCart([{ offer, order, signature: "0x" }]),
  },
  "a cart in native coin": {
    payToken: NATIVE,
    buy: ({ market, actors }, offer, order, paid) =>
      market.connect(actors.buyer).purchaseCart([{ offer, order, signature: "0x" }], { value: paid }),
  },
  "a swap of native coin": {
    buy: async ({ market, exchange, ids, actors }, offer, order, paid) => {
      const hops = [packHop(ids.payToken, POOL_FEE_BPS)];
      const maxSpent = await exchange.quoteExactOut(NATIVE, hops, paid);
      const payment = { tokenIn: NATIVE, maxSpent, deadline: 10n ** 11n, hops };
      return market.connect(actors.buyer).purchaseWithSwap(offer, order, payment, { value: maxSpent });
    },
  },
  "a swap of tokens": {
    payToken: NATIVE,
    buy: async ({ market, exchange, ids, actors }, offer, order, paid) => {
      const hops = [packHop(NATIVE, POOL_FEE_BPS)];
      const maxSpent = await exchange.quoteExactOut(ids.payToken, hops, paid);
      const payment = { tokenIn: ids.payToken, maxSpent, deadline: 10n ** 11n, hops };
      return market.connect(actors.buyer).purchaseWithSwap(offer, order, payment);
    },
  },
  "the forwarder": {
    buy: async ({ market, contracts, actors }, offer, order) => {
      const data = market.interface.encodeFunctionData("purchase", [offer, order]);
      const request = await signRequest(contracts.Forwarder, actors.buyer, await market.getAddress(), data);
      return contracts.Forwarder.connect(actors.stranger).execute(request);
    },
  },
};

/** The offer of a way, listed unless its creator only signs it, and at a price that every way can pay. */
export async function offerFor({ actions }: RightsProtocol, way: Way, differs: Partial<OfferStruct> = {}) {
  const offer = actions.counted({
    price: PRICE,
    ...(way.payToken === undefined ? {} : { payToken: way.payToken }),
    ...differs,
  });
  if (way.signed === undefined) await actions.list(offer);
  return offer;
}
