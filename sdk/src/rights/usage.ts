import { ZeroHash, type ContractTransactionReceipt } from "ethers";

import type { IUsageChannel } from "../../../typechain-types";
import { IUsageChannel__factory } from "../../../typechain-types/factories/contracts/rights/IUsageChannel__factory";
import { canonicalAddress } from "../addresses/address";
import type { PartialDeployment } from "../addresses/deployment";
import { mapInBatches } from "../base/batches";
import type { ClientOptions } from "../chain/chain";
import type { Runner } from "../chain/client";
import { eventIn, eventsIn } from "../chain/events";
import type { Sent } from "../chain/sent";
import { rightsError } from "../domains/rights/errors";
import { decodingErrors } from "../errors/explain";
import { nodeError } from "../errors/nodeErrors";
import { channelFrom, channelHash, channelStruct, type Channel } from "./channel";
import { SeatClient, type SeatContract } from "./seats";
import type { Voucher } from "./vouchers";

export { channelKey, type Channel } from "./channel";

/** Keys that are read at once: a holder can set 65,535. */
const WIDTH = 20;

/** Why a voucher cannot be redeemed, by the contract's numbers. */
export const REFUSALS = [
  "none",
  "notItsChannel",
  "expired",
  "afterGrace",
  "notAboveLast",
  "aboveBought",
  "keyRefused",
  "badSignature",
] as const;
/** Why a voucher cannot be redeemed. */
export type Refusal = (typeof REFUSALS)[number];

/** What a channel allows: use and vouchers, vouchers alone, nothing but to be finished, nothing at all. */
export type ChannelPhase = "open" | "closing" | "closed" | "finished";

/** A channel as it stands. Units are whole numbers. */
export interface ChannelState {
  readonly phase: ChannelPhase;
  /** Units that were bought in all. */
  readonly bought: bigint;
  /** Units that were redeemed, of all keys. */
  readonly redeemed: bigint;
  /** Units that are bought and not redeemed. */
  readonly left: bigint;
  /** Units that were redeemed of the key of slot 0. */
  readonly first: bigint;
  /** Units of which the protocol and the referrer have their shares. */
  readonly settled: bigint;
  /** Last second in which vouchers are redeemed, in Unix time; 0 while the channel is open. */
  readonly closesAt: bigint;
}

/** The key of a slot. */
export interface ChannelKey {
  readonly slot: number;
  /** The zero address for a slot without one. */
  readonly signer: string;
  /** The most units it may sign for. */
  readonly cap: bigint;
  /** Units that were redeemed of it. */
  readonly redeemed: bigint;
  /** Last second in which its vouchers are redeemed, in Unix time; 0 while it is not revoked. */
  readonly until: bigint;
}

/** A voucher of a batch, and its channel. */
export interface UsageClaim {
  readonly channel: Channel;
  readonly voucher: Voucher;
}

/** What became of a voucher of a batch; `units` is what its slot had used in all. */
export interface Redemption {
  readonly licenseId: bigint;
  readonly slot: number;
  readonly units: bigint;
  /** "none" for one that was redeemed. */
  readonly refusal: Refusal;
}

/** What is written beside a receipt. */
type With<Fields> = Sent<Fields & { receipt: ContractTransactionReceipt }>;

/**
 * Licences by the unit: the channels that pay for them, their keys, and the vouchers that a node redeems. A channel is opened and topped up
 * like any licence is bought and renewed, with `MarketClient.purchase` or another way to pay. What is credited waits in the ledger:
 * `MarketClient.withdraw`.
 * @example
 * ```ts
 * const { licenseId } = await market.purchase(offer, { key: channelKey(session.address), quantity: 10n });
 * const usage = new UsageClient(deploymentOn(chainId), signer);
 * const channel = await usage.channelOf(licenseId);
 * await market.purchase(offer, { renews: licenseId, quantity: 5n });
 * const { left } = await usage.state(channel);
 * ```
 */
export class UsageClient extends SeatClient<"UsageChannel"> {
  /** The rights module, for calls of your own. */
  readonly usage: IUsageChannel;

  constructor(
    deployment: PartialDeployment<SeatContract<"UsageChannel">>,
    runner: Runner,
    options: ClientOptions = {},
  ) {
    super(deployment, runner, options, "UsageChannel");
    this.usage = this.contract(IUsageChannel__factory, "UsageChannel");
  }

  /**
   * The channel of a licence, from the event of its opening. What the node answers is held against the hash that the contract stores.
   * @throws `CHANNEL_MISSING`, `NODE_INCONSISTENT`.
   * @example
   * ```ts
   * const channel = await usage.channelOf(licenseId);
   * console.log(`${channel.units} units at ${channel.unitPrice}`);
   * ```
   */
  async channelOf(licenseId: bigint): Promise<Channel> {
    const filter = this.usage.filters.ChannelOpened(licenseId);
    const [[event], commitment] = await Promise.all([
      this.chain.logs(this.usage, filter, this.deployment.block),
      decodingErrors(() => this.usage.commitmentOf(licenseId)),
    ]);
    if (event === undefined) throw rightsError("CHANNEL_MISSING", { licenseId });
    const channel = channelFrom(event.args.channel);
    if (commitment !== ZeroHash && commitment !== channelHash(channel)) {
      throw nodeError("NODE_INCONSISTENT", {
        detail: `it shows another channel of licence ${licenseId} than was opened.`,
      });
    }
    return channel;
  }

  /**
   * The channels that a node serves, or that pay an account, in the order of their opening; finished ones too.
   * @param fromBlock The first block that is read; that of the deployment when left out.
   * @throws `ADDRESS_INVALID`, and what a node fails with.
   * @example
   * ```ts
   * for (const channel of await usage.channelsOf({ provider: company })) console.log(channel.licenseId);
   * ```
   */
  async channelsOf(
    { provider, payee }: { readonly provider?: string; readonly payee?: string },
    fromBlock: number | undefined = this.deployment.block,
  ): Promise<Channel[]> {
    const named = (account: string | undefined, name: string) =>
      account === undefined ? undefined : canonicalAddress(account, name);
    const filter = this.usage.filters.ChannelOpened(undefined, named(payee, "payee"), named(provider, "provider"));
    const events = await this.chain.logs(this.usage, filter, fromBlock);
    return events.map(({ args }) => channelFrom(args.channel));
  }

  /**
   * A channel as it stands.
   * @throws What a node fails with.
   * @example
   * ```ts
   * const { phase, left } = await usage.state(channel);
   * ```
   */
  async state(channel: Channel): Promise<ChannelState> {
    const { licenseId } = channel;
    const [state, commitment, block] = await decodingErrors(() =>
      Promise.all([
        this.usage.stateOf(licenseId),
        this.usage.commitmentOf(licenseId),
        this.chain.provider.getBlock("latest"),
      ]),
    );
    const { added, redeemed, first, settled, closesAt } = state;
    const over = closesAt !== 0n && BigInt(block?.timestamp ?? 0) > closesAt;
    const phase = commitment === ZeroHash ? "finished" : over ? "closed" : closesAt === 0n ? "open" : "closing";
    const bought = channel.units + added;
    return { phase, bought, redeemed, left: bought - redeemed, first, settled, closesAt };
  }

  /**
   * Units of a channel that are bought and not redeemed.
   * @throws `UsageChannel_Unknown` for one that is finished.
   * @example
   * ```ts
   * if ((await usage.unitsLeft(channel)) < 100n) await market.purchase(offer, { renews: channel.licenseId });
   * ```
   */
  async unitsLeft(channel: Channel): Promise<bigint> {
    return decodingErrors(() => this.usage.unitsLeft(channelStruct(channel)));
  }

  /**
   * The key of a slot; of slot 0 that of the opening, which may sign for all units and is never revoked.
   * @throws `ARGUMENT_INVALID` for what is no slot.
   * @example
   * ```ts
   * const { signer, cap, redeemed } = await usage.keyAt(channel, 1);
   * ```
   */
  async keyAt(channel: Channel, slot: number): Promise<ChannelKey> {
    const { licenseId, key: signer } = channel;
    if (slot !== 0) {
      const key = await decodingErrors(() => this.usage.keyOf(licenseId, slot));
      const { cap, redeemed, until } = key;
      return { slot, signer: canonicalAddress(key.signer, "signer"), cap, redeemed, until };
    }
    const { added, first } = await decodingErrors(() => this.usage.stateOf(licenseId));
    return { slot, signer, cap: channel.units + added, redeemed: first, until: 0n };
  }

  /**
   * All keys that a channel has or had, in the order in which they were set.
   * @throws What a node fails with.
   * @example
   * ```ts
   * for (const { slot, signer, cap, redeemed } of await usage.keys(channel)) console.log(slot, signer, `${redeemed} of ${cap}`);
   * ```
   */
  async keys(channel: Channel): Promise<ChannelKey[]> {
    const events = await this.chain.logs(
      this.usage,
      this.usage.filters.KeySet(channel.licenseId),
      this.deployment.block,
    );
    const slots = [0, ...events.map(({ args }) => Number(args.slot))];
    return mapInBatches(slots, WIDTH, (slot) => this.keyAt(channel, slot));
  }

  /**
   * Why a voucher could not be redeemed now; "none" when it could.
   * @throws `ARGUMENT_INVALID` for what is no voucher.
   * @example
   * ```ts
   * if ((await usage.refusalOf(channel, voucher)) !== "none") throw new Error("Not worth an answer.");
   * ```
   */
  async refusalOf(channel: Channel, voucher: Voucher): Promise<Refusal> {
    return refusalAt(await decodingErrors(() => this.usage.refusalOf(channelStruct(channel), voucher)));
  }

  /**
   * Redeems a voucher: credits payee and provider with what it adds to those before. Anyone may.
   * @returns The units of the voucher's slot in all.
   * @throws `UsageChannel_BadVoucher`.
   * @example
   * ```ts
   * await usage.redeem(channel, voucher);
   * ```
   */
  redeem(channel: Channel, voucher: Voucher): With<{ units: bigint }> {
    return this.chain.write(async ({ send }) => {
      const struct = channelStruct(channel);
      const receipt = await send(this.usage, () => this.usage.redeem.populateTransaction(struct, voucher));
      const { licenseId } = channel;
      const { args } = eventIn(this.usage, receipt, "Redeemed", { licenseId, slot: voucher.slot });
      return { units: args.units as bigint, receipt };
    });
  }

  /**
   * Redeems up to 64 vouchers, of any channels, and skips those that cannot be. Anyone may. Vouchers of one token, payee and provider are
   * cheapest next to each other.
   * @throws `UsageChannel_BadBatch`.
   * @example
   * ```ts
   * const { results } = await usage.redeemBatch([{ channel, voucher }]);
   * const lost = results.filter(({ refusal }) => refusal !== "none");
   * ```
   */
  redeemBatch(claims: readonly UsageClaim[]): With<{ results: Redemption[] }> {
    return this.chain.write(async ({ send }) => {
      const structs = claims.map(({ channel, voucher }) => ({ channel: channelStruct(channel), voucher }));
      const receipt = await send(this.usage, () => this.usage.redeemBatch.populateTransaction(structs));
      const found = [
        ...eventsIn(this.usage, receipt, "Redeemed").map((event) => ({ event, refusal: REFUSALS[0] as Refusal })),
        ...eventsIn(this.usage, receipt, "Skipped").map((event) => ({ event, refusal: refusalAt(event.args.reason) })),
      ].sort((one, other) => one.event.index - other.event.index);
      const results = found.map(({ event: { args }, refusal }) => ({
        ...{ licenseId: args.licenseId as bigint, slot: Number(args.slot), units: args.units as bigint },
        refusal,
      }));
      return { results, receipt };
    });
  }

  /**
   * Credits the protocol and the referrer with their shares of what was redeemed. Anyone may.
   * @returns The units of which they have their shares.
   * @throws `UsageChannel_Unknown`.
   * @example
   * ```ts
   * const { units } = await usage.settleShares(channel);
   * ```
   */
  settleShares(channel: Channel): With<{ units: bigint }> {
    return this.#act(channel, "settleShares", "SharesSettled", ({ units }) => ({ units: units as bigint }));
  }

  /**
   * Gives a free slot of the signer's licence a key, which may sign for at most `cap` units.
   * @throws `UsageChannel_SlotTaken`, `UsageChannel_ZeroKey`, `UsageChannel_Unknown`, `Rights_NotOwner`, `ADDRESS_INVALID`.
   * @example
   * ```ts
   * await usage.setKey(licenseId, { slot: 1, signer: machine.address, cap: 500n });
   * ```
   */
  setKey(
    licenseId: bigint,
    { slot, signer, cap }: Pick<ChannelKey, "slot" | "signer" | "cap">,
  ): Sent<ContractTransactionReceipt> {
    return this.chain.write(async ({ send }) => {
      const address = canonicalAddress(signer, "signer");
      const receipt = await send(this.usage, () =>
        this.usage.setKey.populateTransaction(licenseId, slot, address, cap),
      );
      eventIn(this.usage, receipt, "KeySet", { licenseId, slot });
      return receipt;
    });
  }

  /**
   * Revokes the key of a slot of the signer's licence: its vouchers are redeemed for the grace.
   * @returns Last second in which they are, in Unix time.
   * @throws `UsageChannel_NoKey`, `UsageChannel_Unknown`, `Rights_NotOwner`.
   * @example
   * ```ts
   * const { until } = await usage.revokeKey(channel, 1);
   * ```
   */
  revokeKey(channel: Channel, slot: number): With<{ until: bigint }> {
    return this.chain.write(async ({ send }) => {
      const struct = channelStruct(channel);
      const receipt = await send(this.usage, () => this.usage.revokeKey.populateTransaction(struct, slot));
      const { args } = eventIn(this.usage, receipt, "KeyRevoked", { licenseId: channel.licenseId, slot });
      return { until: args.until as bigint, receipt };
    });
  }

  /**
   * Closes a channel that the signer holds or has paid: nothing can be used from now on, and vouchers are redeemed for the grace.
   * @returns Last second in which they are, in Unix time; then anyone can finish it.
   * @throws `UsageChannel_Closing`, `UsageChannel_Unknown`, `Rights_NotOwner`.
   * @example
   * ```ts
   * const { closesAt } = await usage.closeChannel(channel);
   * ```
   */
  closeChannel(channel: Channel): With<{ closesAt: bigint }> {
    return this.#act(channel, "close", "Closing", ({ closesAt }) => ({ closesAt: closesAt as bigint }));
  }

  /**
   * Finishes a closed channel after its grace: credits the payer with what is left, and the protocol and the referrer with their shares.
   * Anyone may.
   * @returns What the payer was credited with, in the smallest unit of the channel's token.
   * @throws `UsageChannel_TooEarly`, `UsageChannel_Unknown`.
   * @example
   * ```ts
   * const { returned } = await usage.finishChannel(channel);
   * ```
   */
  finishChannel(channel: Channel): With<{ returned: bigint }> {
    return this.#act(channel, "finish", "Finished", ({ returned }) => ({ returned: returned as bigint }));
  }

  #act<Fields>(
    channel: Channel,
    method: "settleShares" | "close" | "finish",
    event: string,
    fields: (args: Readonly<Record<string, unknown>>) => Fields,
  ): With<Fields> {
    return this.chain.write(async ({ send }) => {
      const struct = channelStruct(channel);
      const receipt = await send(this.usage, () => this.usage[method].populateTransaction(struct));
      const { args } = eventIn(this.usage, receipt, event, { licenseId: channel.licenseId });
      return { ...fields(args as unknown as Record<string, unknown>), receipt };
    });
  }
}

function refusalAt(number: unknown): Refusal {
  const refusal = REFUSALS[Number(number)];
  if (refusal === undefined) throw nodeError("NODE_INCONSISTENT", { detail: `there is no refusal ${String(number)}.` });
  return refusal;
}
