import { ZeroAddress, toBeHex, type Log } from "ethers";

import { canonicalAddress, sameAddress } from "../addresses/address";
import { mapInBatches } from "../base/batches";
import {
  DEAL_STATUS,
  canonicalDeal,
  commitmentOf,
  plainDeal,
  type Deal,
  type DealStatus,
  type DealStruct,
} from "../deals/deal";
import { decodingErrors } from "../errors/explain";
import { inconsistent } from "../rpc/inconsistent";
import { logsBetween, newestBlock, pageOfLogs, parsedLog, placeOf, topicOf, type EventCursor } from "./logs";
import { WIDTH, pageOf, type Page, type PageOptions } from "./page";
import { dealKind, marketsOf, type Reader } from "./reader";

/** What an account can be in a deal: who paid, who got the licence, who is paid. */
export const DEAL_ROLES = ["buyer", "recipient", "seller"] as const;
/** What an account is in a deal. */
export type DealRole = (typeof DEAL_ROLES)[number];

/** A deal of an account, as it stands. */
export interface DealOf {
  /** The deal with what has changed since it was opened: every method of `DealClient` takes it. */
  readonly deal: Deal;
  readonly status: DealStatus;
  /** Whether it sold a licence or delivers a later version. */
  readonly kind: "sale" | "update";
  /** What the account is in it. */
  readonly roles: readonly DealRole[];
  /** Where it was opened. */
  readonly openedAt: EventCursor;
}

/** How many ids one request names. */
const IDS = 100;
/** The flag in a licence's id that says that there is a deal behind it. */
const ESCROWED = 2n << 128n;

/**
 * The deals of an account, in the order in which they were opened. Those that a stranger's contract opened in the account's name are
 * left out. The escrow's events name the seller alone, so that the account's purchases are found by the market's and the token's.
 */
export async function readDeals(
  reader: Reader,
  named: string,
  roles: readonly DealRole[],
  options: PageOptions<EventCursor>,
): Promise<Page<DealOf, EventCursor>> {
  const account = canonicalAddress(named, "account");
  const { limit, newest } = pageOf(options);
  const { chain, escrow, market, licenses, desk, deployment } = reader;
  await chain.require();
  const block = await newestBlock(chain);
  const { LicenseToken, Escrow, UpdateDesk } = deployment.contracts;
  const me = topicOf(account);
  const opened = escrow.interface.getEvent("DealOpened").topicHash;
  const sold = market.interface.getEvent("LicenseSold").topicHash;
  const moved = licenses.interface.getEvent("Transfer").topicHash;
  const asked = desk.interface.getEvent("UpdateRequested").topicHash;
  const isBuyer = roles.includes("buyer") || roles.includes("recipient");

  // one question for each kind of trace that a deal of the account leaves, in one request each
  const traces = [
    ...(roles.includes("seller") ? [{ address: Escrow, topics: [opened, null, me] }] : []),
    ...(isBuyer
      ? [
          { address: marketsOf(reader), topics: [sold, null, null, me] },
          { address: LicenseToken, topics: [moved, topicOf(ZeroAddress), me] },
          { address: UpdateDesk, topics: [asked] },
        ]
      : []),
  ];
  const range = { first: deployment.block ?? 0, last: block.number, after: options.after, newest };
  const { items, next } = await pageOfLogs(chain, traces, range, limit, async (logs) => {
    const openings = await openingsOf(logs);
    return mapInBatches([...logs.entries()], WIDTH, async ([at, trace]) => {
      const opening = openings[at];
      return opening === undefined ? undefined : standing(opening, trace);
    });
  });
  return { items, next, block: { number: block.number, hash: block.hash } };

  /** For each trace the event that opened its deal, which is in the same transaction; undefined where there is none of ours. */
  async function openingsOf(logs: readonly Log[]): Promise<(Log | undefined)[]> {
    const ids = logs.map(idIn);
    const wanted = [...new Set(ids.filter((id) => id !== undefined))];
    const blocks = logs.map(({ blockNumber }) => blockNumber);
    const found: Log[] = [];
    for (let from = 0; from < wanted.length; from += IDS) {
      const topics = [opened, wanted.slice(from, from + IDS).map((id) => toBeHex(id, 32))];
      found.push(...(await logsBetween(chain, { address: Escrow, topics }, Math.min(...blocks), Math.max(...blocks))));
    }
    return logs.map((log, at) => {
      const id = ids[at];
      if (id === undefined) return undefined;
      const fits = (one: Log): boolean =>
        one.transactionHash === log.transactionHash && BigInt(one.topics[1]!) === id && isOurs(one, log);
      const opening = found.find(fits);
      // another module than a market may mark its licences in the same way
      const mayBeNone = sameAddress(log.address, Escrow) || sameAddress(log.address, LicenseToken);
      if (opening !== undefined || mayBeNone) return opening;
      throw inconsistent(log, `is of deal ${id}, and there is no event of its opening`);
    });
  }

  /** The id of the deal that a trace is of; undefined for a licence that was sold without one. */
  function idIn(log: Log): bigint | undefined {
    if (sameAddress(log.address, Escrow)) return parsedLog(log, escrow.interface).args.id as bigint;
    if (sameAddress(log.address, UpdateDesk)) return parsedLog(log, desk.interface).args.dealId as bigint;
    const isTransfer = sameAddress(log.address, LicenseToken);
    const { args } = parsedLog(log, isTransfer ? licenses.interface : market.interface);
    const id = (isTransfer ? args.tokenId : args.licenseId) as bigint;
    return (id & ESCROWED) === 0n ? undefined : id;
  }

  /** Whether a deal was opened by one of this protocol's contracts, and by that which left the trace. */
  function isOurs(opening: Log, trace: Log): boolean {
    const { opener } = parsedLog(opening, escrow.interface).args.deal as { opener: string };
    const kind = dealKind(reader, opener);
    if (sameAddress(trace.address, Escrow)) return kind !== undefined && trace.index === opening.index;
    return kind === (sameAddress(trace.address, UpdateDesk) ? "update" : "sale");
  }

  async function standing(opening: Log, trace: Log): Promise<DealOf | undefined> {
    const openedAs = canonicalDeal(plainDeal(parsedLog(opening, escrow.interface).args.deal as DealStruct));
    const { opener, id } = openedAs;
    const kind = dealKind(reader, opener)!;
    const parties = { buyer: openedAs.payer, recipient: openedAs.recipient, seller: openedAs.seller };
    const mine = DEAL_ROLES.filter((role) => sameAddress(parties[role], account));
    if (!mine.some((role) => roles.includes(role))) return undefined;
    // a deal that left several traces is listed at one of them
    const told =
      mine.includes("seller") && roles.includes("seller")
        ? [Escrow]
        : kind === "update"
          ? [UpdateDesk]
          : mine.includes("buyer")
            ? marketsOf(reader)
            : [LicenseToken];
    if (!told.some((one) => sameAddress(one, trace.address))) return undefined;
    const at = { blockTag: block.number };
    const [number, commitment] = await decodingErrors(() =>
      Promise.all([escrow.statusOf(opener, id, at), escrow.commitmentOf(opener, id, at)]),
    );
    const deal = await asItIs(openedAs, commitment, opening);
    return { deal, status: DEAL_STATUS[Number(number)]!, kind, roles: mine, openedAt: placeOf(opening) };
  }

  /** The deal that the escrow holds the hash of: the opening's, with what the delivery added. */
  async function asItIs(deal: Deal, commitment: string, log: Log): Promise<Deal> {
    if (commitmentOf(escrow, deal) === commitment) return deal;
    const { topicHash } = escrow.interface.getEvent("KeyDelivered");
    const topics = [topicHash, topicOf(deal.opener), toBeHex(deal.id, 32)];
    const delivered = await logsBetween(chain, { address: Escrow, topics }, log.blockNumber, block.number);
    for (const one of delivered) {
      const now = { ...deal, complainBy: parsedLog(one, escrow.interface).args.complainBy as bigint };
      if (commitmentOf(escrow, now) === commitment) return now;
    }
    throw inconsistent(log, `opens deal ${deal.id} with terms that the escrow does not hold`);
  }
}
