import { isZeroAddress, sameAddress } from "../../addresses/address";
import type { HeldBlob } from "../../deals";
import type { Offer, OfferStanding, PaymentClient, Purchase, PurchaseOptions, SwapOptions } from "../../market";
import { cardBytes } from "../../card/card";
import { fail } from "../../errors/catalogue";
import { cliFail } from "../errors";
import { transaction } from "../output";
import type { Session, Token } from "../session";
import { address, amount, basisPoints, hash, shown, whole } from "../values";
import { signedOfferIn } from "./signedOffer";

interface Options {
  readonly terms?: string;
  readonly signed?: string;
  readonly maxPrice?: string;
  readonly payWith?: string;
  readonly maxSpent?: string;
  readonly slippage: string;
  readonly recipient?: string;
  readonly referrer?: string;
}

export async function run(session: Session, [version]: readonly string[], options: Options): Promise<void> {
  const versionId = whole(version!, "<version>");
  if (options.terms !== undefined && options.signed !== undefined) {
    throw cliFail("OPTION_CONFLICT", { first: "--terms", second: "--signed" });
  }
  if (options.payWith !== undefined && options.signed !== undefined) {
    throw cliFail("OPTION_CONFLICT", { first: "--pay-with", second: "--signed" });
  }
  if (options.maxSpent !== undefined && options.payWith === undefined) {
    throw cliFail("OPTION_MISSING", { option: "--max-spent", needed: "--pay-with" });
  }
  const wanted = options.terms === undefined ? undefined : hash(options.terms, "--terms");
  const slippageBps = basisPoints(options.slippage, "--slippage");
  const addressed = {
    ...(options.recipient === undefined ? {} : { recipient: address(options.recipient, "--recipient") }),
    ...(options.referrer === undefined ? {} : { referrer: address(options.referrer, "--referrer") }),
  };
  const signed = options.signed === undefined ? undefined : await signedOfferIn(options.signed, "--signed");
  if (signed !== undefined && signed.terms.versionId !== versionId) {
    // the file comes from somebody else: what was named on the command line is what is meant
    throw cliFail("OFFER_OF_ANOTHER", { path: options.signed!, actual: signed.terms.versionId, versionId });
  }
  const market = await session.market();
  if (signed !== undefined && BigInt(signed.chainId) !== (await session.chainId())) {
    throw fail("WRONG_NETWORK", { actual: await session.chainId(), expected: signed.chainId });
  }
  if (signed !== undefined && !sameAddress(signed.market, market.addresses.Market)) {
    throw cliFail("OFFER_OF_ANOTHER_MARKET", {
      path: options.signed!,
      actual: signed.market,
      market: market.addresses.Market,
    });
  }

  const offer = signed?.terms ?? (await choose(session, market, versionId, wanted));
  const token = await session.tokenAt(offer.payToken);
  const bound = options.maxPrice === undefined ? undefined : amount(options.maxPrice, token.decimals, "--max-price");
  const purchase: PurchaseOptions = {
    ...addressed,
    ...(bound === undefined ? {} : { maxPrice: bound }),
    ...(signed === undefined ? {} : { signature: signed.signature }),
  };
  const swap = await swapFrom(session, options, slippageBps);
  // before a large file is fetched for a purchase that cannot be
  if (swap === undefined) await market.tryPurchase(offer, purchase);

  const held = offer.deliveryWindow === 0n ? undefined : await hold(session, market, offer.versionId);
  const bought = await session.output.step("Buy", async (report) => {
    const done = await pay(session, market, offer, purchase, held, swap);
    report.say(`licence ${done.licenseId}, for ${done.receipt.gasUsed.toLocaleString("en")} gas`);
    return done;
  });
  show(session, offer, token, bought);
}

function show(session: Session, offer: Offer, token: Token, bought: Purchase & { spent?: bigint }): void {
  const file = offer.deliveryWindow > 0n;
  session.output.result(
    [
      `Bought licence ${bought.licenseId} of version ${offer.versionId} for ${shown(bought.price, token)}.`,
      ...(file
        ? [
            "The price is in escrow until the key is delivered and nobody complains.",
            `Next: isonomy open ${bought.licenseId} --out <file>`,
          ]
        : []),
    ],
    {
      licenseId: bought.licenseId,
      versionId: offer.versionId,
      price: bought.price,
      payToken: offer.payToken,
      escrow: file,
      ...(bought.spent === undefined ? {} : { spent: bought.spent }),
      ...(bought.approval === undefined ? {} : { approval: transaction(bought.approval) }),
      transaction: transaction(bought.receipt),
    },
  );
}

/** The offer that was named, or the only one that can be bought. */
async function choose(session: Session, market: PaymentClient, versionId: bigint, wanted?: string): Promise<Offer> {
  const offers = await market.offersOf(versionId);
  if (wanted !== undefined) {
    const named = offers.find(({ termsHash }) => termsHash === wanted);
    if (named === undefined) throw cliFail("NO_OFFER", { versionId, which: ` ${wanted}` });
    return named.offer;
  }
  const last = offers.at(-1);
  if (last === undefined) throw cliFail("NO_OFFER", { versionId, which: "" });
  const block = await (await session.provider()).getBlock("latest");
  const buyer = (await session.wallet()).address;
  const open = offers.filter((one) => isOpen(one, BigInt(block!.timestamp), buyer));
  if (open.length > 1) {
    const choices = open.map(({ termsHash }) => termsHash).join(", ");
    throw cliFail("OFFER_AMBIGUOUS", { versionId, count: open.length, choices });
  }
  // of none that is open, the newest is tried: the market then says what is wrong with it
  return (open[0] ?? last).offer;
}

function isOpen({ offer, sold, revoked }: OfferStanding, now: bigint, buyer: string): boolean {
  const forAll = isZeroAddress(offer.buyer);
  return (
    !revoked &&
    sold < offer.supply &&
    (offer.expiresAt === 0n || offer.expiresAt >= now) &&
    (forAll || sameAddress(offer.buyer, buyer))
  );
}

/** Fetches the sealed file and checks it against the chain; the card is kept beside it. */
async function hold(session: Session, market: PaymentClient, versionId: bigint): Promise<HeldBlob> {
  const deals = await session.deals();
  return session.output.step("Fetch and verify the sealed file", async (report) => {
    const source = session.store();
    const card = await market.card(versionId, source);
    if (card.file === undefined) throw cliFail("NO_FILE", { versionId });
    const onProgress = (bytes: number) => report.at(`${bytes.toLocaleString("en")} bytes`);
    const held = await deals.hold(versionId, { store: source, cid: card.file.blob }, session.held(), { onProgress });
    await session.held().put(cardBytes(card));
    report.say(`${held.cid} is what the chain says`);
    return held;
  });
}

interface Swap extends Pick<SwapOptions, "maxSpent" | "slippageBps"> {
  readonly tokenIn: string;
}

async function swapFrom(
  session: Session,
  { payWith, maxSpent }: Options,
  slippageBps: bigint,
): Promise<Swap | undefined> {
  if (payWith === undefined) return undefined;
  const { address: tokenIn, decimals } = await session.token(payWith, "--pay-with");
  const bound = maxSpent === undefined ? {} : { maxSpent: amount(maxSpent, decimals, "--max-spent") };
  return { tokenIn, slippageBps, ...bound };
}

async function pay(
  session: Session,
  market: PaymentClient,
  offer: Offer,
  purchase: PurchaseOptions,
  held: HeldBlob | undefined,
  swap: Swap | undefined,
): Promise<Purchase & { spent?: bigint }> {
  if (swap !== undefined) {
    const { tokenIn, ...bounds } = swap;
    const key = held === undefined ? undefined : await (await session.deals()).newPad(offer.versionId);
    return market.purchaseWithSwap(offer, tokenIn, { ...purchase, ...bounds, key });
  }
  return held === undefined
    ? market.purchase(offer, purchase)
    : (await session.deals()).purchase(offer, held, purchase);
}
