import { sameAddress } from "../../addresses/address";
import type { MarketClient, Offer, OfferStanding } from "../../market";
import { hashOffer } from "../../market/offer";
import { cliError } from "../errors";
import { versionIn } from "../ids";
import { columns, transaction } from "../output";
import { quoted } from "../quoted";
import type { Session } from "../session";
import { NATIVE, UINT32, address, hash, shown, small } from "../values";
import { noKeyring } from "./dealOf";
import { signedOfferIn } from "./signedOffer";

/** How an offer is named: one that is listed by its hash, one that was signed by its file. */
interface Named {
  readonly terms?: string;
  readonly signed?: string;
}

/** The market that an offer is of: a bond stays with the market that it was posted for when another takes its place. */
interface OfMarket {
  readonly market?: string;
}

/** A seller's bond for one offer, in wei. */
export interface OfferBond {
  /** What each sale reserves, by the terms. */
  readonly needed: bigint;
  readonly free: bigint;
  readonly reserved: bigint;
}

/** The bond behind an offer; undefined where its terms ask for none. */
export async function bondOf(session: Session, offer: Offer, at?: string): Promise<OfferBond | undefined> {
  if (offer.bond === 0n) return undefined;
  const deals = await session.deals(await session.provider(), noKeyring, at);
  return { needed: offer.bond, ...(await deals.bondOf(hashOffer(offer), offer.creator)) };
}

/** What is missing before one more sale can be made; 0 when nothing is. */
export function missingBond({ needed, free }: OfferBond, sales = 1n): bigint {
  return needed * sales > free ? needed * sales - free : 0n;
}

/** How an offer is named on a command line about its bond. */
export function bondCommand(verb: "post" | "withdraw", offer: Offer, signed?: string): string {
  const which = signed === undefined ? `--terms ${hashOffer(offer)}` : `--signed ${quoted(signed)}`;
  return `isonomy bond ${verb} ${offer.versionId} ${which}`;
}

/** Asks for a yes to a sum that leaves the account; without a terminal it has to be given beforehand. */
export async function agreeToBond(session: Session, sum: string, offer: Offer): Promise<void> {
  const what = `Post ${sum} as the bond of offer ${hashOffer(offer)}?`;
  const why = "Sales hold it while they are open, and a dispute that is lost spends it.";
  await session.output.agree(`${what} ${why}`, {
    absent: cliError("BOND_NOT_CONFIRMED", { sum, command: session.again("--yes") }),
    refused: cliError("BOND_REFUSED", { sum }),
  });
}

async function show(
  session: Session,
  [version]: readonly string[],
  options: Pick<Named, "signed"> & OfMarket,
): Promise<void> {
  const versionId = versionIn(version!, "<version>");
  const at = options.market === undefined ? undefined : address(options.market, "--market");
  const market = await session.market(await session.provider(), at);
  const coin = await session.tokenAt(NATIVE);
  const offers = (await offersFor(market, versionId, options.signed)).filter(({ offer }) => offer.bond > 0n);
  const bonds = await Promise.all(
    offers.map(async (one) => ({ ...one, bond: (await bondOf(session, one.offer, at))! })),
  );
  const rows = bonds.map(({ termsHash, bond }) => [
    termsHash,
    shown(bond.needed, coin),
    shown(bond.free, coin),
    shown(bond.reserved, coin),
    String(bond.free / bond.needed),
  ]);
  session.output.result(
    rows.length === 0
      ? [`No offer of version ${versionId} asks for a bond.`]
      : columns([["offer", "each sale holds", "free", "held", "sales it covers now"], ...rows]),
    {
      versionId,
      bonds: bonds.map(({ termsHash, offer, bond }) => ({ termsHash, seller: offer.creator, ...bond })),
    },
  );
}

async function post(
  session: Session,
  [version]: readonly string[],
  options: Named & { sales: string; yes?: boolean; check?: boolean },
): Promise<void> {
  const versionId = versionIn(version!, "<version>");
  const sales = BigInt(small(options.sales, "--sales", 1, UINT32));
  const reading = options.check === true;
  const market = await session.market(reading ? await session.provider() : await session.signer());
  const { offer, revoked, sold } = await oneOffer(market, versionId, options);
  const account = await session.account();
  // a bond belongs to its seller, also when somebody else pays it: only the seller can take their own back
  if (account !== undefined && !sameAddress(account, offer.creator)) {
    throw cliError("BOND_OF_ANOTHER", { account, seller: offer.creator });
  }
  if (offer.bond === 0n) throw cliError("BOND_NOT_NEEDED", { versionId, termsHash: hashOffer(offer) });
  if (revoked || sold >= offer.supply) {
    throw cliError("BOND_USELESS", { termsHash: hashOffer(offer), state: revoked ? "revoked" : "sold out" });
  }
  const coin = await session.tokenAt(NATIVE);
  const before = (await bondOf(session, offer))!;
  const wanted = sales > offer.supply - sold ? offer.supply - sold : sales;
  const amount = missingBond(before, wanted);
  const covers = (bond: OfferBond): string => `${bond.free / bond.needed} sales at once`;
  const figures = { versionId, termsHash: hashOffer(offer), sales: wanted, amount };
  if (amount === 0n) {
    return session.output.result([`The bond covers ${covers(before)} already; nothing was sent.`], {
      ...figures,
      ...before,
    });
  }
  if (reading) {
    const lines = [`${shown(amount, coin)} would be posted, for ${wanted} sales at once; nothing was sent.`];
    return session.output.result(lines, { ...figures, ...before });
  }
  if (options.yes !== true) await agreeToBond(session, shown(amount, coin), offer);
  const deals = await session.deals(await session.signer(), noKeyring);
  const receipt = await session.output.step("Post the bond", () =>
    deals.postBond(hashOffer(offer), offer.creator, amount),
  );
  const after = (await bondOf(session, offer))!;
  session.output.result(
    [
      `Posted ${shown(amount, coin)}: the bond covers ${covers(after)}.`,
      `What is free is taken back by: ${bondCommand("withdraw", offer, options.signed)}`,
    ],
    { ...figures, ...after, transaction: transaction(receipt) },
  );
}

async function withdraw(
  session: Session,
  [version]: readonly string[],
  options: Named & OfMarket & { amount?: string },
): Promise<void> {
  const versionId = versionIn(version!, "<version>");
  const at = options.market === undefined ? undefined : address(options.market, "--market");
  const coin = await session.tokenAt(NATIVE);
  const named =
    options.amount === undefined ? undefined : (await session.amount(options.amount, "--amount", coin)).value;
  const market = await session.market(await session.signer(), at);
  const { offer } = await oneOffer(market, versionId, options);
  const account = (await session.wallet()).address;
  if (!sameAddress(account, offer.creator)) throw cliError("BOND_OF_ANOTHER", { account, seller: offer.creator });
  const deals = await session.deals(await session.signer(), noKeyring, at);
  const termsHash = hashOffer(offer);
  const { free, reserved } = await deals.bondOf(termsHash, account);
  if (free === 0n) throw cliError("BOND_NOT_FREE", { termsHash, held: shown(reserved, coin) });
  const amount = named ?? free;
  const receipt = await session.output.step("Take the bond back", () => deals.withdrawBond(termsHash, amount));
  const after = await deals.bondOf(termsHash, account);
  session.output.result(
    [
      `${shown(amount, coin)} of the bond wait in the ledger; ${shown(after.free, coin)} are still free.`,
      "Next: isonomy withdraw --token native",
    ],
    { versionId, termsHash, amount, needed: offer.bond, ...after, transaction: transaction(receipt) },
  );
}

/** The offers of a version that were listed, or the one in a file. */
async function offersFor(market: MarketClient, versionId: bigint, signed?: string): Promise<OfferStanding[]> {
  if (signed === undefined) return market.offersOf(versionId);
  const { terms, termsHash } = await signedOfferIn(signed, "--signed");
  if (terms.versionId !== versionId) {
    throw cliError("OFFER_OF_ANOTHER", { path: signed, actual: terms.versionId, versionId });
  }
  return [{ offer: terms, termsHash, ...(await market.offerState(termsHash)) }];
}

/** The offer that was named, or the only one of the version that asks for a bond. */
async function oneOffer(market: MarketClient, versionId: bigint, options: Named): Promise<OfferStanding> {
  const offers = await offersFor(market, versionId, options.signed);
  if (options.terms !== undefined) {
    const wanted = hash(options.terms, "--terms");
    const named = offers.find(({ termsHash }) => termsHash === wanted);
    if (named === undefined) throw cliError("NO_OFFER", { versionId, which: ` ${wanted}` });
    return named;
  }
  if (options.signed !== undefined) return offers[0]!;
  const bonded = offers.filter(({ offer, revoked }) => offer.bond > 0n && !revoked);
  if (bonded.length > 1) {
    const choices = bonded.map(({ termsHash }) => termsHash).join(", ");
    throw cliError("OFFER_AMBIGUOUS", { versionId, count: bonded.length, choices });
  }
  if (bonded.length === 0) throw cliError("NO_OFFER", { versionId, which: " with a bond" });
  return bonded[0]!;
}

export const showBond = { run: show };
export const postBond = { run: post };
export const withdrawBond = { run: withdraw };
