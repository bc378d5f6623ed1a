import { isZeroAddress, sameAddress } from "../../addresses/address";
import { eventsIn } from "../../chain/events";
import type { DealDispute } from "../../deals";
import { decodingErrors } from "../../errors/explain";
import { readEvents } from "../../rpc/logs";
import { localTime } from "../../text/time";
import { cliError } from "../errors";
import { licenceIn, versionIn } from "../ids";
import { columns } from "../output";
import type { Session } from "../session";
import { NATIVE, address, hash, percent, shown, span, whole } from "../values";
import { dealOf, nextSteps, noKeyring } from "./dealOf";
import { stateOf, termsRows } from "./terms";

interface Options {
  readonly account?: string;
  readonly listing?: string;
  readonly deal?: string;
  readonly update?: boolean;
  readonly transaction?: string;
  readonly proposal?: string;
}

export async function run(session: Session, _: readonly string[], options: Options): Promise<void> {
  const asked = (["listing", "deal", "transaction", "proposal"] as const).filter((name) => options[name] !== undefined);
  if (asked.length > 1) {
    throw cliError("OPTION_CONFLICT", { first: `--${asked[0]}`, second: `--${asked[1]}` });
  }
  if (options.listing !== undefined) return version(session, versionIn(options.listing, "--listing"));
  if (options.deal !== undefined) return deal(session, licenceIn(options.deal, "--deal"), options.update);
  if (options.transaction !== undefined) return sentTransaction(session, hash(options.transaction, "--transaction"));
  if (options.proposal !== undefined) return proposal(session, whole(options.proposal, "--proposal"));
  return overview(session, options.account === undefined ? undefined : address(options.account, "--account"));
}

async function overview(session: Session, named?: string): Promise<void> {
  const [deployment, provider] = [await session.deployment(), await session.provider()];
  const block = await decodingErrors(() => provider.getBlockNumber());
  const account = await session.account(named);
  const rows = [
    ["chain", String(deployment.chainId)],
    ["block", String(block)],
    ["contracts", `${Object.keys(deployment.contracts).length}, since block ${deployment.block}`],
  ];
  if (account === undefined) {
    return session.output.result(columns(rows), { ...deployment, block });
  }

  const market = await session.market(provider);
  const deals = await session.deals(provider, noKeyring);
  const listed = await decodingErrors(() =>
    readEvents(market.market, provider, market.market.filters.PayTokenSet(), deployment.block),
  );
  const tokens = [...new Set([NATIVE, ...listed.map(({ args }) => args.token)])];
  const balance = await decodingErrors(() => provider.getBalance(account));
  const waiting = await deals.toDeliver(account);
  const earned = await Promise.all(
    tokens.map(async (where) => ({ token: await session.tokenAt(where), amount: await market.earned(where, account) })),
  );
  session.output.result(
    columns([
      ...rows,
      ["account", account],
      ["balance", shown(balance, await session.tokenAt(NATIVE))],
      ...earned.map(({ token, amount }) => ["to withdraw", shown(amount, token)]),
      ["to deliver", `${waiting.length} sales`],
    ]),
    {
      ...deployment,
      block,
      account,
      balance,
      earned: earned.map(({ token, amount }) => ({ token: token.address, symbol: token.symbol, amount })),
      toDeliver: waiting.map(({ id, versionId, deliverBy }) => ({ licenseId: id, versionId, deliverBy })),
    },
  );
}

async function version(session: Session, versionId: bigint): Promise<void> {
  const market = await session.market(await session.provider());
  const [data] = await decodingErrors(() => market.registry.versionData(versionId));
  const published = await (await session.reading()).publications(versionId >> 16n);
  const publishedAt = published.find((one) => one.versionId === versionId)?.publishedAt;
  const defective = (await decodingErrors(() => market.registry.defectiveAt(versionId))) > 0n;
  const offers = await market.offersOf(versionId);
  const states = await Promise.all(offers.map(({ offer }) => stateOf(session, offer)));
  const terms = await Promise.all(offers.map(({ offer }) => termsRows(session, offer, data.size)));
  session.output.result(
    [
      ...columns([
        ["version", String(versionId)],
        ["published", publishedAt === undefined ? "not known to the node" : localTime(publishedAt)],
        ["card", data.uri],
        ["file", data.size === 0n ? "none" : `${data.size.toLocaleString("en")} bytes`],
        ["defective", defective ? "proven" : "no"],
        ["offers", String(offers.length)],
      ]),
      ...terms.flatMap((rows, index) => {
        const { sold, offer } = offers[index]!;
        return ["", ...columns([...rows, ["sold", `${sold}/${offer.supply}`], ["state", states[index]!]])];
      }),
    ],
    {
      versionId,
      publishedAt,
      uri: data.uri,
      size: data.size,
      defective,
      offers: offers.map((one, index) => ({ ...one, state: states[index] })),
    },
  );
}

async function deal(session: Session, id: bigint, update?: boolean): Promise<void> {
  const provider = await session.provider();
  const deals = await session.deals(provider, noKeyring);
  const { deal: found, status } = await dealOf(session, deals, id, update);
  const dispute = await deals.disputeOf(found);
  const [token, coin] = [await session.tokenAt(found.payToken), await session.tokenAt(NATIVE)];
  const { Resale } = (await session.deployment()).contracts;
  const resold = sameAddress(found.opener, Resale);
  const next = nextSteps(id, found, status, dispute, { update, resold });
  session.output.result(
    columns([
      [update === true ? "update" : "licence", String(id)],
      ["version", String(found.versionId)],
      ["status", status],
      ["terms", found.termsHash],
      ["price", shown(found.price, token)],
      ["payer", found.payer],
      ["licence's holder", found.recipient],
      ["seller", found.seller],
      ["paid to", found.payee],
      ["deliver by", localTime(found.deliverBy)],
      ["complaints", `for ${span(found.complaintWindow)} after the delivery`],
      ["complain by", found.complainBy === 0n ? "after the delivery" : localTime(found.complainBy)],
      ["protocol fee", percent(found.protocolFeeBps)],
      ["referrer", isZeroAddress(found.referrer) ? "none" : `${found.referrer}, ${percent(found.referrerBps)}`],
      [
        "arbitrator",
        isZeroAddress(found.arbitrator)
          ? "none"
          : `${found.arbitrator}, with ${shown(found.bond, coin)} of the seller's`,
      ],
      ...(dispute.ruleBy === 0n
        ? []
        : [
            ["refund asked for", shown(dispute.refundAsked, token)],
            ["refund offered", shown(dispute.refundOffered, token)],
            ["ruling", rulingText(dispute)],
            ["ruled by", localTime(dispute.ruleBy)],
          ]),
      ...next.map((step, index) => [index === 0 ? "next" : "", step]),
    ]),
    { status, deal: found, ...(dispute.ruleBy === 0n ? {} : { dispute }), next },
  );
}

function rulingText({ ruled, ruling }: DealDispute): string {
  if (!ruled) return "none yet";
  return ruling === 1n ? "for the licence's holder" : ruling === 2n ? "for the seller" : "no decision";
}

/** What became of a transaction, and which licences it issued. */
async function sentTransaction(session: Session, hash: string): Promise<void> {
  const [market, provider] = [await session.market(await session.provider()), await session.provider()];
  const [receipt, pending] = await decodingErrors(() =>
    Promise.all([provider.getTransactionReceipt(hash), provider.getTransaction(hash)]),
  );
  const state =
    receipt !== null ? (receipt.status === 1 ? "mined" : "failed") : pending !== null ? "waiting" : "unknown";
  const minted = receipt === null ? [] : eventsIn(market.licenses, receipt, "Transfer");
  const licenses = await Promise.all(
    minted
      .filter(({ args }) => isZeroAddress(args.from as string))
      .map(async ({ args }) => {
        const { versionId } = await decodingErrors(() => market.licenses.licenseInfo(args.tokenId as bigint));
        return { licenseId: args.tokenId as bigint, versionId, holder: args.to as string };
      }),
  );
  const words: Record<string, string> = {
    mined: `mined in block ${receipt?.blockNumber}`,
    failed: `failed in block ${receipt?.blockNumber}: nothing but the gas was spent`,
    waiting: "not mined yet: ask again",
    unknown: "not known to this node: it was dropped, never arrived, or is on another chain",
  };
  session.output.result(
    [
      ...columns([
        ["transaction", hash],
        ["state", words[state]!],
        ...licenses.map(({ licenseId, versionId }) => ["licence", `${licenseId} of version ${versionId}`]),
      ]),
      ...licenses.map(({ licenseId }) => `Next: isonomy status --deal ${licenseId}`),
    ],
    { hash, state, ...(receipt === null ? {} : { block: receipt.blockNumber }), licenses },
  );
}

async function proposal(session: Session, id: bigint): Promise<void> {
  const { governance } = await import("./governance");
  const status = await (await governance(session, await session.provider())).status(id);
  const both = (split: { against: bigint; for: bigint; abstain: bigint }): string =>
    `${split.for} for, ${split.against} against, ${split.abstain} abstain`;
  session.output.result(
    columns([
      ["proposal", String(id)],
      ["state", status.state],
      ["kind", status.kind],
      ["votes from", localTime(status.votingFrom)],
      ["votes until", localTime(status.votingUntil)],
      ["executable from", status.executableFrom === 0n ? "once it is queued" : localTime(status.executableFrom)],
      ["units", both(status.units)],
      ["citizens", both(status.citizens)],
    ]),
    { ...status },
  );
}
