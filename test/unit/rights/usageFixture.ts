import { loadFixture } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { Signature, toBeHex, Wallet, ZeroAddress, type ContractTransactionResponse, type Signer } from "ethers";
import type { OfferStruct, OrderStruct } from "../../../typechain-types/contracts/market/Market";
import type { ChannelStruct, VoucherStruct } from "../../../typechain-types/contracts/rights/UsageChannel";
import { DAY, HOUR } from "../../helpers/market";
import { domainOf, type TypedSigner } from "../../helpers/signing";
import { FEE_BPS, NODE, rightsFixture, USAGE, type RightsFixture } from "./fixture";

export { HOUR };
/** Units of one purchase, and what a unit costs: no share of a unit is a whole number without rounding. */
export const [UNITS, UNIT_PRICE] = [1_000n, 997n];
export const METER_PRICE = UNITS * UNIT_PRICE;
export const GRACE = DAY;
/** The node's share of what fee and referrer leave, and the referrer's, in basis points. */
export const [PROVIDER_BPS, SHARE_BPS] = [7_000n, 500n];
export const MAX_UNITS = 2n ** 47n - 1n;

/** Values of `Refusal`. */
export const Refusal = {
  None: 0n,
  NotItsChannel: 1n,
  Expired: 2n,
  AfterGrace: 3n,
  NotAboveLast: 4n,
  AboveBought: 5n,
  KeyRefused: 6n,
  BadSignature: 7n,
};

export const VOUCHER_TYPES = {
  Voucher: [
    { name: "licenseId", type: "uint256" },
    { name: "slot", type: "uint16" },
    { name: "units", type: "uint48" },
    { name: "validUntil", type: "uint40" },
  ],
};

/** `rightsTerms` of a meter. */
export function meterTerms({
  units = UNITS,
  grace = GRACE,
  providerBps = PROVIDER_BPS,
  provider = NODE,
  seats = 0n,
} = {}): string {
  const word = (seats << 240n) | (BigInt(provider) << 80n) | (providerBps << 64n) | (grace << 32n) | units;
  return toBeHex(word, 32);
}

export type MeterTerms = Parameters<typeof meterTerms>[0];

/** What the `rates` of a channel hold. */
export interface Rates {
  unitPrice: bigint;
  units: bigint;
  providerBps: bigint;
  feeBps: bigint;
  referrerBps: bigint;
  grace: bigint;
}

export function packRates({ unitPrice, units, providerBps, feeBps, referrerBps, grace }: Rates): bigint {
  const shares = (referrerBps << 208n) | (feeBps << 192n) | (providerBps << 176n);
  return (grace << 224n) | shares | (units << 128n) | unitPrice;
}

export const RATES: Rates = {
  ...{ unitPrice: UNIT_PRICE, units: UNITS, providerBps: PROVIDER_BPS, feeBps: FEE_BPS },
  ...{ referrerBps: SHARE_BPS, grace: GRACE },
};

/** What `units` that were redeemed are worth to each, in a plain form. */
export function sharesOf(units: bigint, rates: Rates = RATES) {
  const { unitPrice, providerBps, feeBps, referrerBps } = rates;
  const worth = units * unitPrice;
  const [fee, share] = [(worth * feeBps) / 10_000n, (worth * referrerBps) / 10_000n];
  const net = worth - (worth * (feeBps + referrerBps)) / 10_000n;
  const provider = (net * providerBps) / 10_000n;
  return { worth, fee, share, net, provider, payee: net - provider, remainder: worth - net - fee - share };
}

/** What a voucher moves in the ledger, from one number of redeemed units to another. */
export function redeemedMoves(from: bigint, to: bigint, rates: Rates = RATES) {
  const [before, after] = [sharesOf(from, rates), sharesOf(to, rates)];
  const [creator, node] = [after.payee - before.payee, after.provider - before.provider];
  return { creator, node, usage: -creator - node };
}

/** What the purchase of units moves: all of it is kept. */
export function boughtMoves(payer: string, amount: bigint) {
  return { owed: amount, usage: amount, [`${payer}'s wallet`]: -amount };
}

/** A word with something else in it. */
export const other = (struct: ChannelStruct, differs: Partial<ChannelStruct>): ChannelStruct => ({
  ...struct,
  ...differs,
});

/** The market with the usage channels, and what is done with them. */
export async function usageFixture() {
  const protocol = await loadFixture(rightsFixture);
  const { usage, actors, actions } = protocol;
  const domain = await domainOf(usage);

  /** An offer of units. */
  const meter = (terms: MeterTerms = {}, differs: Partial<OfferStruct> = {}): OfferStruct =>
    actions.terms({
      ...{ rights: USAGE, rightsTerms: meterTerms(terms), price: METER_PRICE, transferable: false },
      ...{ referrerBps: SHARE_BPS, ...differs },
    });

  /** The channel that a purchase opened, as its event has it. */
  async function opened(transaction: ContractTransactionResponse): Promise<ChannelStruct & { licenseId: bigint }> {
    const receipt = await transaction.wait();
    for (const log of receipt!.logs) {
      const parsed = log.address === String(usage.target) ? usage.interface.parseLog(log) : null;
      if (parsed?.name === "ChannelOpened") return parsed.args.channel.toObject();
    }
    throw new Error("no channel was opened");
  }

  /** Signs how many units a key has used. */
  async function sign(
    key: TypedSigner,
    licenseId: bigint,
    differs: { units: bigint; slot?: bigint; validUntil?: bigint },
    where = domain,
  ): Promise<VoucherStruct> {
    const message = { slot: 0n, validUntil: (await actions.now()) + 400n * DAY, ...differs };
    const { r, yParityAndS: vs } = Signature.from(
      await key.signTypedData(where, VOUCHER_TYPES, { licenseId, ...message }),
    );
    return { ...message, r, vs };
  }

  /** Expects that a voucher is refused with a reason: by the view, alone, and in a batch; and that no money moves. */
  async function expectRefused(channel: ChannelStruct, voucher: VoucherStruct, reason: bigint, when?: bigint) {
    const at = when ?? (await actions.now()) + 10n;
    const before = await actions.books();
    await actions.at(at);
    expect(await usage.refusalOf(channel, voucher, actions.next), "refusalOf").to.equal(reason);
    await expect(usage.connect(actors.stranger).redeem.staticCall(channel, voucher, actions.next))
      .to.be.revertedWithCustomError(usage, "UsageChannel_BadVoucher")
      .withArgs(channel.licenseId, reason);
    await expect(usage.connect(actors.stranger).redeemBatch([{ channel, voucher }]))
      .to.emit(usage, "Skipped")
      .withArgs(channel.licenseId, voucher.slot, voucher.units, reason)
      .and.not.to.emit(usage, "Redeemed");
    expect(await actions.now()).to.equal(at);
    expect(await actions.books()).to.deep.equal(before);
  }

  /** Redeems a voucher, and expects the event, what is credited, and what the view says. */
  async function expectRedeemed(
    channel: ChannelStruct,
    voucher: VoucherStruct,
    [from, to]: [bigint, bigint],
    { rates = RATES, when = undefined as bigint | undefined, counted = BigInt(voucher.units) } = {},
  ) {
    const at = when ?? (await actions.now()) + 10n;
    await actions.at(at);
    expect(await usage.refusalOf(channel, voucher, actions.next)).to.equal(Refusal.None);
    const sent = await actions.expectMoves(
      () => usage.connect(actors.stranger).redeem(channel, voucher),
      redeemedMoves(from, to, rates),
      channel.payToken,
    );
    await expect(sent).to.emit(usage, "Redeemed").withArgs(channel.licenseId, voucher.slot, counted);
    expect((await usage.stateOf(channel.licenseId)).redeemed).to.equal(to);
  }

  return { ...protocol, domain, actions: { ...actions, meter, opened, sign, expectRefused, expectRedeemed } };
}

export type UsageFixture = Awaited<ReturnType<typeof usageFixture>>;

/** The key of the holder that slot 0 has in the tests. */
export const KEY = new Wallet(`0x${"11".repeat(32)}`);
/** A key for another slot. */
export const MACHINE = new Wallet(`0x${"22".repeat(32)}`);
/** A key that no channel knows. */
export const FOREIGN = new Wallet(`0x${"33".repeat(32)}`);

/** Lists an offer of units and opens a channel of it. */
export async function openChannel(
  { actions, actors, market }: UsageFixture,
  offer: OfferStruct,
  differs: Partial<OrderStruct> = {},
  who: Signer = actors.buyer,
) {
  const { listed } = await market.offerState(await market.hashOffer(offer));
  if (!listed) await actions.list(offer);
  const order = { pad: KEY.address, referrer: actors.referrer.address, ...differs };
  const channel = await actions.opened(await actions.purchase(offer, order, who));
  return { channel, licenseId: BigInt(channel.licenseId) };
}

/** A channel that the buyer opened with a referrer and a key. */
export async function openedFixture() {
  const protocol = await loadFixture(usageFixture);
  const offer = protocol.actions.meter();
  const { channel, licenseId } = await openChannel(protocol, offer);
  /** The holder's word of slot 0. */
  const voucher = (units: bigint, differs: { validUntil?: bigint } = {}) =>
    protocol.actions.sign(KEY, licenseId, { units, ...differs });
  return { ...protocol, offer, channel, licenseId, voucher };
}

/** The same, and a machine has slot 1 with a cap. */
export const CAP = 400n;
export async function machineFixture() {
  const protocol = await loadFixture(openedFixture);
  const { usage, actors, actions, licenseId } = protocol;
  await usage.connect(actors.buyer).setKey(licenseId, 1n, MACHINE.address, CAP);
  const machineVoucher = (units: bigint, differs: { validUntil?: bigint; slot?: bigint } = {}) =>
    actions.sign(MACHINE, licenseId, { units, slot: 1n, ...differs });
  return { ...protocol, machineVoucher };
}

/** The same channel, closed by the buyer; `closesAt` is the last second of its grace. */
export async function closedFixture() {
  const protocol = await loadFixture(machineFixture);
  const { usage, actors, actions, channel } = protocol;
  const closed = (await actions.now()) + 60n;
  await actions.at(closed);
  await usage.connect(actors.buyer).close(channel);
  return { ...protocol, closesAt: closed + GRACE };
}

/** Nobody. */
export const NOBODY = ZeroAddress;
export type Opened = Awaited<ReturnType<typeof openedFixture>>;
export type { RightsFixture };
