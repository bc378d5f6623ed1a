import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { toBeHex, ZeroAddress, type AddressLike, type ContractTransactionResponse, type Signer } from "ethers";
import { ethers } from "hardhat";
import type { OfferStruct, OrderStruct } from "../../../typechain-types/contracts/market/Market";
import { DAY, HOUR, marketFixture, NATIVE } from "../../helpers/market";

/** Indices of the modules, in the order in which a deployment registers them. */
export const [SEATS, SUBSCRIPTIONS, USAGE] = [1n, 2n, 3n];
/** A node that serves: an account that needs no key. */
export const NODE = "0x00000000000000000000000000000000000a0de1";
/** The protocol's fee in basis points. */
export const FEE_BPS = 250n;
export const MONTH = 30n * DAY;
export const MAX_AHEAD = 3_650n * DAY;
/** A promise for as long as the chain stands. */
export const ALWAYS = 2n ** 40n - 1n;

/** Values of `Renewal`. */
export const Renewal = {
  Possible: 0n,
  NotItsOffer: 1n,
  Unknown: 2n,
  Locked: 3n,
  PromiseOver: 4n,
  HolderOnly: 5n,
  ReleaseFirst: 6n,
  VersionDefective: 7n,
  TooFarAhead: 8n,
};

/** Seconds of a cancellable subscription that are paid for in any case. */
export const keptPart = (period: bigint) => (period / 30n < HOUR ? HOUR : period / 30n);

/** `rightsTerms` of an offer of seats. */
export function seatTerms({ seats = 2n, minStay = 7n * DAY, rest = 0n } = {}): string {
  return toBeHex((rest << 48n) | (minStay << 16n) | seats, 32);
}

/** `rightsTerms` of a subscription. */
export function termsOf({
  period = MONTH,
  renewUntil = ALWAYS,
  cancellable = 0n,
  seats = 0n,
  minStay = 0n,
  rest = 0n,
} = {}): string {
  const word = (minStay << 96n) | (seats << 80n) | (cancellable << 72n) | (renewUntil << 32n) | period;
  return toBeHex((rest << 128n) | word, 32);
}

export type SubscriptionTerms = Partial<Parameters<typeof termsOf>[0]>;

/** The rate of a fee and a price that is never shared without rounding. */
export const feeOf = (amount: bigint, feeBps = FEE_BPS) => (amount * feeBps) / 10_000n;

/** The market with all modules of rights, open. */
export async function rightsFixture() {
  const protocol = await loadFixture(marketFixture);
  const { contracts, actors, actions, token, ids } = protocol;
  const { Market: market, LicenseToken: licenses, RevenueLedger: ledger, ModelRegistry: registry } = contracts;
  const { SeatLicenses: seats, Subscriptions: subscriptions, UsageChannel: usage } = contracts;
  const admin = await actions.asAdmin();

  /** An offer of seats. */
  const seatOffer = (terms: Parameters<typeof seatTerms>[0] = {}, differs: Partial<OfferStruct> = {}): OfferStruct =>
    actions.terms({ rights: SEATS, rightsTerms: seatTerms(terms), ...differs });

  /** An offer of a subscription. */
  const subscription = (terms: SubscriptionTerms = {}, differs: Partial<OfferStruct> = {}): OfferStruct =>
    actions.terms({ rights: SUBSCRIPTIONS, rightsTerms: termsOf(terms), ...differs });

  /** An offer of a subscription that its holder can cancel. */
  const cancellable = (terms: SubscriptionTerms = {}, differs: Partial<OfferStruct> = {}): OfferStruct =>
    subscription({ cancellable: 1n, ...terms }, { transferable: false, ...differs });

  const valueOf = (offer: OfferStruct, order: OrderStruct) =>
    offer.payToken === NATIVE ? BigInt(offer.price) * (BigInt(order.quantity) || 1n) : 0n;

  /** What somebody sends for an offer, for themselves and at whatever price. */
  const ordered = async (offer: OfferStruct, who: Signer, differs: Partial<OrderStruct> = {}) =>
    actions.orderFor(offer, { recipient: await who.getAddress(), maxPrice: 2n ** 128n, ...differs });

  /** Buys as somebody who may have been named, at the price of the offer. */
  async function purchase(offer: OfferStruct, differs: Partial<OrderStruct> = {}, who: Signer = actors.buyer) {
    const order = await ordered(offer, who, differs);
    return market.connect(who).purchase(offer, order, { value: valueOf(offer, order) });
  }

  /** The id of the licence that a purchase sold. */
  async function soldIn(transaction: ContractTransactionResponse): Promise<bigint> {
    const receipt = await transaction.wait();
    const sold = receipt!.logs.map((log) => market.interface.parseLog(log)).find((log) => log?.name === "LicenseSold");
    return BigInt(sold!.args.licenseId);
  }

  /** Lists an offer and buys its first licence. */
  async function sell(offer: OfferStruct, differs: Partial<OrderStruct> = {}, who: Signer = actors.buyer) {
    await actions.list(offer);
    return soldIn(await purchase(offer, differs, who));
  }

  /** Renews a licence by an ordinary purchase. */
  const renew = async (
    offer: OfferStruct,
    licenseId: bigint,
    who: Signer = actors.buyer,
    differs: Partial<OrderStruct> = {},
  ) => purchase(offer, { renews: licenseId, ...differs }, who);

  const accounts = {
    seats,
    subscriptions,
    usage,
    market,
    escrow: contracts.Escrow,
    creator: actors.creator,
    treasury: actors.treasury,
    referrer: actors.referrer,
    buyer: actors.buyer,
    stranger: actors.stranger,
    recipient: actors.recipient,
    other: actors.other,
    node: NODE,
  } satisfies Record<string, AddressLike>;

  /** Balances in the ledger, of the stable token outside of it, and what the ledger owes altogether. */
  async function books(payToken: AddressLike = token) {
    const all: Record<string, bigint> = { owed: await ledger.totalOwed(payToken) };
    for (const [name, account] of Object.entries(accounts)) {
      all[name] = await ledger.balanceOf(payToken, account);
      if (payToken !== NATIVE) all[`${name}'s wallet`] = await token.balanceOf(account);
    }
    return all;
  }

  /** Sends a transaction, and expects that these balances move and no other does. */
  async function expectMoves(
    send: () => Promise<ContractTransactionResponse>,
    expected: Record<string, bigint>,
    payToken: AddressLike = token,
  ): Promise<ContractTransactionResponse> {
    const before = await books(payToken);
    const sent = await send();
    const after = await books(payToken);
    const moved = Object.entries(after).map(([name, value]) => [name, value - before[name]] as const);
    const only = (entries: readonly (readonly [string, bigint])[]) =>
      Object.fromEntries(entries.filter(([, change]) => change !== 0n));
    expect(only(moved)).to.deep.equal(only(Object.entries(expected)));
    return sent;
  }

  /** Makes the next transaction land exactly at `timestamp`. */
  const at = (timestamp: bigint) => time.setNextBlockTimestamp(timestamp);
  const now = async () => BigInt(await time.latest());
  /** What a view says in the second of the next transaction, of which the time is set. */
  const next = { blockTag: "pending" } as const;

  /** Whether a licence can be used at a time; moves the clock there. */
  async function usableAt(timestamp: bigint, licenseId: bigint, user: AddressLike) {
    await time.increaseTo(timestamp);
    return licenses.isAuthorized(licenseId, user);
  }

  /** Sends transactions that land in one block. */
  async function inOneBlock(send: (() => Promise<ContractTransactionResponse>)[]) {
    await ethers.provider.send("evm_setAutomine", [false]);
    try {
      const sent: ContractTransactionResponse[] = [];
      for (const one of send) sent.push(await one());
      await ethers.provider.send("evm_mine", []);
      return sent;
    } finally {
      await ethers.provider.send("evm_setAutomine", [true]);
    }
  }

  /** The title of model 1 gets another holder. */
  const moveTitle = async (to: AddressLike = actors.other) =>
    registry.connect(actors.creator).transferFrom(actors.creator, to, 1n);

  /**
   * Expects that `isRenewable` names the reason why a renewal is refused at a time, that a purchase is refused then, and that no
   * money moves. The purchase gives the same reason, unless the market itself has another error.
   */
  async function expectNotRenewable(
    offer: OfferStruct,
    licenseId: bigint,
    reason: bigint,
    {
      who = actors.buyer,
      when = undefined as bigint | undefined,
      market: error = [] as [string, ...unknown[]] | [],
    } = {},
  ) {
    await at(when ?? (await now()) + 10n);
    expect(await subscriptions.isRenewable(offer, licenseId, who, next)).to.deep.equal([false, reason]);
    const before = await books(offer.payToken);
    const [contract, [name, ...values]] =
      error.length === 0
        ? [subscriptions, ["Subscriptions_NotRenewable", licenseId, reason] as const]
        : [market, error as [string, ...unknown[]]];
    await expect(renew(offer, licenseId, who))
      .to.be.revertedWithCustomError(contract, name)
      .withArgs(...values);
    expect(await books(offer.payToken)).to.deep.equal(before);
  }

  /** Expects that `isRenewable` allows a renewal at a time, and that a purchase then renews until `expected`. */
  async function expectRenewed(
    offer: OfferStruct,
    licenseId: bigint,
    expected: bigint,
    { who = actors.buyer, when = undefined as bigint | undefined } = {},
  ) {
    await at(when ?? (await now()) + 10n);
    expect(await subscriptions.isRenewable(offer, licenseId, who, next)).to.deep.equal([true, Renewal.Possible]);
    const renewed = renew(offer, licenseId, who);
    await expect(renewed).to.emit(subscriptions, "TermSet").withArgs(licenseId, expected);
    expect(await subscriptions.expiresAt(licenseId)).to.equal(expected);
    return renewed;
  }

  /** Sets the market's fee. */
  const setFee = (feeBps: bigint) => market.connect(admin).setProtocolFee(feeBps);

  return {
    ...protocol,
    market,
    licenses,
    ledger,
    registry,
    admin,
    seats,
    subscriptions,
    usage,
    payToken: ids.payToken,
    actions: {
      ...actions,
      seatOffer,
      subscription,
      cancellable,
      ordered,
      purchase,
      soldIn,
      sell,
      renew,
      books,
      expectMoves,
      at,
      now,
      next,
      usableAt,
      inOneBlock,
      moveTitle,
      expectNotRenewable,
      expectRenewed,
      setFee,
    },
  };
}

export type RightsFixture = Awaited<ReturnType<typeof rightsFixture>>;

/** A licence of the buyer's that can be cancelled, bought at `start`, and what it is worth. */
export async function soldCancellable(
  terms: SubscriptionTerms = {},
  differs: Partial<OfferStruct> = {},
  quantity = 1n,
) {
  const protocol = await loadFixture(rightsFixture);
  const { actions, subscriptions } = protocol;
  const offer = actions.cancellable(terms, differs);
  const period = terms.period ?? MONTH;
  await actions.list(offer);
  const start = (await actions.now()) + 100n;
  await actions.at(start);
  const licenseId = await actions.soldIn(await actions.purchase(offer, { quantity }));
  const worth = (seconds: bigint) => (BigInt(offer.price) * seconds) / period;
  const termOf = async () => [
    BigInt(await subscriptions.expiresAt(licenseId)),
    (await subscriptions.releasedTo(licenseId)).until,
  ];
  return { ...protocol, offer, start, end: start + period * quantity, licenseId, worth, termOf };
}

/** A licence of the buyer's that cannot be cancelled, and when it ends. */
export async function soldSubscription() {
  const protocol = await loadFixture(rightsFixture);
  const offer = protocol.actions.subscription();
  const licenseId = await protocol.actions.sell(offer);
  const end = BigInt(await protocol.subscriptions.expiresAt(licenseId));
  return { ...protocol, offer, licenseId, end };
}

/** What a sale at once of `amount` moves. */
export function splitOf(payer: string, amount: bigint, payee = "creator") {
  const fee = feeOf(amount);
  return { owed: amount, [payee]: amount - fee, treasury: fee, [`${payer}'s wallet`]: -amount };
}

/** What the purchase of a cancellable subscription moves: all of it is kept. */
export function keptOf(payer: string, amount: bigint) {
  return { owed: amount, subscriptions: amount, [`${payer}'s wallet`]: -amount };
}

/** Nobody: the referrer of a purchase without one. */
export const NOBODY = ZeroAddress;
