import { NATIVE, address, shown, whole } from "../values";
import { explained } from "../../errors/decode";
import { cliFail } from "../errors";
import { columns } from "../output";
import type { Session } from "../session";
import { dealOf } from "./dealOf";

interface Options {
  readonly account?: string;
  readonly listing?: string;
  readonly deal?: string;
  readonly proposal?: string;
}

export async function run(session: Session, _: readonly string[], options: Options): Promise<void> {
  const asked = (["listing", "deal", "proposal"] as const).filter((name) => options[name] !== undefined);
  if (asked.length > 1) {
    throw cliFail("OPTION_CONFLICT", { first: `--${asked[0]}`, second: `--${asked[1]}` });
  }
  if (options.listing !== undefined) return version(session, whole(options.listing, "--listing"));
  if (options.deal !== undefined) return deal(session, whole(options.deal, "--deal"));
  if (options.proposal !== undefined) return proposal(session, whole(options.proposal, "--proposal"));
  return overview(session, options.account === undefined ? undefined : address(options.account, "--account"));
}

async function overview(session: Session, named?: string): Promise<void> {
  const [deployment, provider] = [await session.deployment(), await session.provider()];
  const block = await explained(() => provider.getBlockNumber());
  const account = await session.account(named);
  const rows = [
    ["chain", String(deployment.chainId)],
    ["block", String(block)],
    ["contracts", `${Object.keys(deployment.addresses).length}, since block ${deployment.fromBlock}`],
  ];
  if (account === undefined) {
    return session.output.result(columns(rows), { ...deployment, block });
  }

  const market = await session.market(provider);
  const deals = await session.deals(provider, { add: noKeys, find: noKeys });
  const listed = await explained(() =>
    market.market.queryFilter(market.market.filters.PayTokenSet(), deployment.fromBlock),
  );
  const tokens = [...new Set([NATIVE, ...listed.map(({ args }) => args.token)])];
  const balance = await explained(() => provider.getBalance(account));
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

async function noKeys(): Promise<never> {
  throw cliFail("KEYSTORE_MISSING");
}

async function version(session: Session, versionId: bigint): Promise<void> {
  const market = await session.market(await session.provider());
  const [data, publishedAt] = await explained(() => market.registry.versionData(versionId));
  const defective = (await explained(() => market.registry.defectiveAt(versionId))) > 0n;
  const offers = await market.offersOf(versionId);
  const rows = await Promise.all(
    offers.map(async ({ termsHash, offer, sold, revoked }) => [
      termsHash,
      shown(offer.price, await session.tokenAt(offer.payToken)),
      `${sold}/${offer.supply}`,
      revoked ? "revoked" : offer.expiresAt === 0n ? "" : `until ${time(offer.expiresAt)}`,
    ]),
  );
  session.output.result(
    [
      ...columns([
        ["version", String(versionId)],
        ["published", time(publishedAt)],
        ["card", data.uri],
        ["file", data.size === 0n ? "none" : `${data.size.toLocaleString("en")} bytes`],
        ["defective", defective ? "proven" : "no"],
        ["offers", String(offers.length)],
      ]),
      ...columns(rows),
    ],
    { versionId, publishedAt, uri: data.uri, size: data.size, defective, offers },
  );
}

async function deal(session: Session, id: bigint): Promise<void> {
  const provider = await session.provider();
  const deals = await session.deals(provider, { add: noKeys, find: noKeys });
  const { deal: found, status } = await dealOf(session, deals, id);
  session.output.result(
    columns([
      ["licence", String(id)],
      ["version", String(found.versionId)],
      ["status", status],
      ["price", shown(found.price, await session.tokenAt(found.payToken))],
      ["payer", found.payer],
      ["payee", found.payee],
      ["deliver by", time(found.deliverBy)],
      ["complain by", found.complainBy === 0n ? "after the delivery" : time(found.complainBy)],
    ]),
    { status, deal: found },
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
      ["votes from", time(status.votingFrom)],
      ["votes until", time(status.votingUntil)],
      ["executable from", status.executableFrom === 0n ? "once it is queued" : time(status.executableFrom)],
      ["units", both(status.units)],
      ["citizens", both(status.citizens)],
    ]),
    { ...status },
  );
}

function time(seconds: bigint): string {
  return `${new Date(Number(seconds) * 1_000).toISOString().slice(0, 19)}Z`;
}
