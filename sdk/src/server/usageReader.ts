import { ZeroHash } from "ethers";

import { isZeroAddress } from "../addresses/address";
import { decodingErrors } from "../errors/explain";
import { channelHash, type Channel } from "../rights/channel";
import type { UsageClient } from "../rights/usage";
import type { ChannelReader, KeyView } from "./channelReader";

/** The key of slot 0 may sign for all that a voucher can say. */
const NO_CAP = 2n ** 48n - 1n;
/** Channels that are kept: they never change, and finding one reads events. */
const MAX_CHANNELS = 10_000;

/**
 * Reads the channels of a `VoucherBook` with a `UsageClient`. The event of a channel's opening is read once.
 * @example
 * ```ts
 * const view = await usageReader(usage).viewOf(licenseId, 0);
 * ```
 */
export function usageReader(usage: UsageClient): ChannelReader<Channel> {
  const known = new Map<bigint, Channel>();
  return {
    viewOf: async (licenseId, slot) => {
      const commitment = await decodingErrors(() => usage.usage.commitmentOf(licenseId));
      if (commitment === ZeroHash) return undefined;
      let channel = known.get(licenseId);
      // a reorganisation may have opened another
      if (channel === undefined || channelHash(channel) !== commitment) {
        channel = await usage.channelOf(licenseId);
        if (known.size >= MAX_CHANNELS) known.delete(known.keys().next().value!);
        known.set(licenseId, channel);
      }
      // before the state: so what is redeemed meanwhile counts against the one who asks
      const key = slot === 0 ? undefined : await usage.keyAt(channel, slot);
      const { phase, bought, redeemed, first, closesAt } = await usage.state(channel);
      if (phase === "finished") return undefined;
      const { payee, provider } = channel;
      return {
        ...{ channel, bought, redeemed, closesAt: Number(closesAt), grace: Number(channel.grace) },
        node: isZeroAddress(provider) ? payee : provider,
        key: keyOf(key, { signer: channel.key, cap: NO_CAP, redeemed: first, until: 0 }),
      };
    },
  };
}

function keyOf(key: Awaited<ReturnType<UsageClient["keyAt"]>> | undefined, first: KeyView): KeyView | undefined {
  if (key === undefined) return first;
  const { signer, cap, redeemed, until } = key;
  return isZeroAddress(signer) ? undefined : { signer, cap, redeemed, until: Number(until) };
}
