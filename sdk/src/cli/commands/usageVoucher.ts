import { concat, dataSlice } from "ethers";

import { sameAddress } from "../../addresses/address";
import {
  UsageClient,
  VOUCHER_TYPES,
  signVoucher,
  usageDomain,
  type Channel,
  type ChannelKey,
  type Redemption,
  type UsageClaim,
  type Voucher,
} from "../../rights";
import { localTime } from "../../text/time";
import { consent } from "../consent";
import { cliError } from "../errors";
import { requireWritable } from "../files";
import { transaction } from "../output";
import { quoted } from "../quoted";
import type { Session } from "../session";
import { duration, shown, small, whole } from "../values";
import { signedHere, writeSigned } from "./signedFile";
import { channelIn } from "./usage";

/** A voucher, as `usage voucher` writes it: its signature is the 64 bytes of ERC-2098. */
const KIND = {
  format: "isonomy.voucher.v1",
  expected: "a voucher",
  writer: "usage voucher",
  contract: "UsageChannel",
  place: "usage",
  body: "voucher",
  fields: VOUCHER_TYPES.Voucher,
} as const;

const MAX_SLOT = 65_535;
const SHORT_BYTES = 64;

/** Signs how many units a key has used in all, into a file. */
async function signOne(
  session: Session,
  [named, unitsText, path]: readonly string[],
  options: { readonly slot: string; readonly valid: string; readonly yes?: boolean },
): Promise<void> {
  const units = whole(unitsText!, "<units>");
  const slot = small(options.slot, "--slot", 0, MAX_SLOT);
  const valid = duration(options.valid, "--valid");
  await requireWritable(path!);
  const wallet = await session.wallet();
  const { licenseId, usage, channel } = await channelIn(session, named!, await session.provider());
  const known = await usage.keyAt(channel, slot);
  if (!sameAddress(known.signer, wallet.address)) {
    throw cliError("NOT_ITS_KEY", { account: wallet.address, slot, licenseId, signer: known.signer });
  }
  const most = await mostOf(usage, channel, known);
  if (units > most) throw cliError("VOUCHER_TOO_HIGH", { units, slot, licenseId, most });
  const added = units > known.redeemed ? units - known.redeemed : 0n;
  const worth = shown(added * channel.unitPrice, await session.tokenAt(channel.payToken));
  const validUntil = (await session.now()) + valid;
  await consent(session, options.yes, {
    what: `Sign for ${units} units of licence ${licenseId} in all: ${added} more than are redeemed, for ${worth}`,
    means: `Until ${localTime(validUntil)} anybody with the file can have that paid out of the channel, and it cannot be taken back.`,
  });
  const domain = usageDomain(await session.contract("UsageChannel"), await session.chainId());
  const { r, vs } = await session.output.step("Sign the voucher", () =>
    signVoucher(wallet, domain, { licenseId, slot, units, validUntil: Number(validUntil) }),
  );
  const file = await writeSigned(session, KIND, { licenseId, slot, units, validUntil }, concat([r, vs]), path!);
  session.output.result(
    [
      `${units} units of licence ${licenseId} are signed for in all, of which ${known.redeemed} are redeemed: ${path!}, good until ${localTime(validUntil)}; nothing was sent.`,
      `Give the file to the node, which redeems it: isonomy usage redeem ${quoted(path!)}`,
    ],
    { ...file, out: path! },
  );
}

/** The most units that a key may sign for now, in all: its cap, and what the others have left of the units that were bought. */
async function mostOf(usage: UsageClient, channel: Channel, { cap, redeemed }: ChannelKey): Promise<bigint> {
  const bought = redeemed + (await usage.state(channel)).left;
  return cap < bought ? cap : bought;
}

/** Redeems the vouchers of one file or several, in one transaction. */
async function redeemAll(session: Session, paths: readonly string[]): Promise<void> {
  const vouchers = await Promise.all(paths.map((path) => voucherIn(session, path)));
  const usage = new UsageClient(await session.deployment(), await session.signer(), session.waiting());
  const channels = new Map<bigint, Channel>();
  for (const { licenseId } of vouchers) {
    if (!channels.has(licenseId)) channels.set(licenseId, await usage.channelOf(licenseId));
  }
  const claims = vouchers.map(({ licenseId, voucher }) => ({ channel: channels.get(licenseId)!, voucher }));
  const [only] = claims;
  const { results, receipt } = await session.output.step("Redeem", async () =>
    claims.length === 1 ? one(usage, only!) : usage.redeemBatch(claims),
  );
  session.output.result(
    results.map(({ licenseId, slot, units, refusal }) =>
      refusal === "none"
        ? `Redeemed: ${units} units of slot ${slot} of licence ${licenseId}, in all.`
        : `Not redeemed: ${units} units of slot ${slot} of licence ${licenseId}: ${REFUSED[refusal]}.`,
    ),
    { results, transaction: transaction(receipt) },
  );
}

/** One voucher fails with its reason, where a batch would skip it. */
async function one(usage: UsageClient, { channel, voucher }: UsageClaim) {
  const { units, receipt } = await usage.redeem(channel, voucher);
  const result: Redemption = { licenseId: channel.licenseId, slot: voucher.slot, units, refusal: "none" };
  return { results: [result], receipt };
}

/** What a voucher says. */
type Used = Readonly<Record<"licenseId" | "slot" | "units" | "validUntil", bigint>>;

/** Reads a voucher, which comes from somebody else, for this contract on this chain. */
async function voucherIn(session: Session, path: string): Promise<{ licenseId: bigint; voucher: Voucher }> {
  const { licenseId, slot, units, validUntil, signature } = await signedHere<"usage", "voucher", Used>(
    session,
    path,
    "<file>",
    KIND,
    (there) => cliError("VOUCHER_OF_ANOTHER", there),
  );
  if ((signature.length - 2) / 2 !== SHORT_BYTES) {
    const { expected, writer } = KIND;
    throw cliError("FILE_INVALID", { path, expected, writer, detail: `its signature has no ${SHORT_BYTES} bytes.` });
  }
  const [r, vs] = [dataSlice(signature, 0, 32), dataSlice(signature, 32)];
  return { licenseId, voucher: { slot: Number(slot), units, validUntil: Number(validUntil), r, vs } };
}

const REFUSED = {
  none: "nothing is in the way",
  notItsChannel: "the channel is finished",
  expired: "its own time is over",
  afterGrace: "the channel is closed, and its grace is over",
  notAboveLast: "as many units were redeemed before",
  aboveBought: "all that was bought is redeemed",
  keyRefused: "the key is unknown, revoked or above its cap",
  badSignature: "it is not signed by the key of the slot",
} as const;

export const voucher = { run: signOne };
export const redeem = { run: redeemAll };
