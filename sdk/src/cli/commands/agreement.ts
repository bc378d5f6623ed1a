import { isZeroAddress, sameAddress } from "../../addresses/address";
import { IERC20__factory } from "../../../../typechain-types/factories/@openzeppelin/contracts/token/ERC20/IERC20__factory";
import { decodingErrors } from "../../errors/explain";
import { priceOf, sharesOf, type MarketClient, type Offer } from "../../market";
import { hashOffer } from "../../market/offer";
import { cliError } from "../errors";
import { columns } from "../output";
import type { Session } from "../session";
import { shown } from "../values";
import { termsRows } from "./terms";

/** What somebody agrees to beside the terms, and how it was said. */
export interface Agreement {
  /** Who gets a part of the price for having sent the buyer. */
  readonly referrer?: string;
  /** Who gets the licences, where that is somebody else. */
  readonly recipient?: string;
  /** How many times each offer is bought for its one licence. */
  readonly quantity?: bigint;
  /** What leaves the account, in words. */
  readonly sends: string;
  /** Whether the terms were named by their hash. */
  readonly named: boolean;
  /** Whether a yes was given beforehand, with a bound on the price. */
  readonly yes: boolean;
  /** Whether something has to be asked for whatever was said: a price that nobody has bound. */
  readonly unbound?: boolean;
}

/** Shows all terms, what becomes of the price and what will be sent; and asks, unless that was answered beforehand. */
export async function agree(
  session: Session,
  market: MarketClient,
  offers: readonly Offer[],
  { referrer, recipient, quantity = 1n, sends, named, yes, unbound = false }: Agreement,
): Promise<void> {
  const [terms, rows]: [string[], [string, string][]] = [[], []];
  let withoutFile = false;
  for (const offer of offers) {
    const [{ size }] = await decodingErrors(() => market.registry.versionData(offer.versionId));
    const all = await termsRows(session, offer, size);
    const price = priceOf(offer, { quantity });
    const whole = `${quantity}, for ${shown(price, await session.tokenAt(offer.payToken))} in all`;
    all.splice(3, 0, ...(quantity === 1n ? [] : [["quantity", whole] as [string, string]]), [
      "of it",
      await partsOf(session, market, offer, price, referrer),
    ]);
    withoutFile ||= size > 0n && offer.deliveryWindow === 0n;
    terms.push(...all.slice(1).map(([name, value]) => `${name}: ${value}`));
    rows.push(...(rows.length === 0 ? [] : [["", ""] as [string, string]]), ...all);
  }
  if (recipient !== undefined) rows.push(["licence to", recipient]);
  rows.push(["you send", sends]);
  session.output.note(columns(rows));
  // a yes that was given before anybody saw the terms is for a version with its file
  const answered = named || (yes && !withoutFile);
  if (answered && !unbound) return;
  const versions = [...new Set(offers.map(({ versionId }) => versionId))].join(", ");
  const hashes = named ? [] : offers.flatMap((offer) => ["--terms", hashOffer(offer)]);
  const [first] = offers;
  await session.output.agree(offers.length === 1 ? "Buy under these terms?" : "Buy all of them under these terms?", {
    absent: cliError("TERMS_NOT_NAMED", {
      versionId: versions,
      termsHash: hashOffer(first!),
      terms: terms.join("; "),
      command: session.again(...hashes),
    }),
    refused: cliError("TERMS_REFUSED", { versionId: first!.versionId }),
  });
}

/** Who gets what of the price, as the market would split it now. */
async function partsOf(
  session: Session,
  market: MarketClient,
  offer: Offer,
  price: bigint,
  referrer?: string,
): Promise<string> {
  const token = await session.tokenAt(offer.payToken);
  const { protocolFeeBps } = await decodingErrors(() => market.market.config());
  const { toPayee, toTreasury, toReferrer } = sharesOf(
    price,
    protocolFeeBps,
    referrer === undefined ? 0n : offer.referrerBps,
  );
  const payee = await decodingErrors(() => market.registry.payeeOf(offer.versionId));
  return [
    `${shown(toPayee, token)} to ${sameAddress(payee, offer.creator) ? "the seller" : payee}`,
    `${shown(toTreasury, token)} protocol fee`,
    ...(referrer === undefined ? [] : [`${shown(toReferrer, token)} to the referrer`]),
  ].join(", ");
}

/** What a payment of this sum sends, in words: the approvals first, where the market may not take as much yet. */
export async function sending(
  session: Session,
  market: MarketClient,
  sums: ReadonlyMap<string, bigint>,
): Promise<string> {
  const [approvals, moved]: [string[], string[]] = [[], []];
  const account = (await session.wallet()).address;
  for (const [where, sum] of sums) {
    const amount = shown(sum, await session.tokenAt(where));
    moved.push(amount);
    if (isZeroAddress(where) || sum === 0n) continue;
    const token = IERC20__factory.connect(where, await session.provider());
    const allowance = await decodingErrors(() => token.allowance(account, market.deployment.contracts.Market));
    if (allowance < sum) approvals.push(`an approval of ${amount} for the market`);
  }
  const purchase = `the purchase, which pays ${moved.join(" and ")}`;
  return approvals.length === 0
    ? `1 transaction: ${purchase}`
    : `${approvals.length + 1} transactions: ${approvals.join(", ")}; then ${purchase}`;
}
