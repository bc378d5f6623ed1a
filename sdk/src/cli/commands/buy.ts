import { sameAddress } from "../../addresses/address";
import type { HeldBlob } from "../../deals";
import { chainError } from "../../errors/chainErrors";
import { decodingErrors } from "../../errors/explain";
import { upperBound } from "../../exchange";
import type { MarketClient, Offer, PaymentClient, Purchase, PurchaseOptions, SwapOptions } from "../../market";
import { hashOffer } from "../../market/offer";
import { cliError } from "../errors";
import { columns, transaction } from "../output";
import type { Session } from "../session";
import type { Token } from "../tokens";
import { address, basisPoints, hash, shown, whole } from "../values";
import { hold } from "./hold";
import { signedOfferIn } from "./signedOffer";
import { stateOf, termsRows } from "./terms";

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
  if (options.payWith !== undefined && options.signed !== undefined) {
    throw cliError("OPTION_CONFLICT", { first: "--pay-with", second: "--signed" });
  }
  if (options.maxSpent !== undefined && options.payWith === undefined) {
    throw cliError("OPTION_MISSING", { option: "--max-spent", needed: "--pay-with" });
  }
  const wanted = options.terms === undefined ? undefined : hash(options.terms, "--terms");
  const slippageBps = basisPoints(options.slippage, "--slippage");
  const addressed = {
    ...(options.recipient === undefined ? {} : { recipient: address(options.recipient, "--recipient") }),
    ...(options.referrer === undefined ? {} : { referrer: address(options.referrer, "--referrer") }),
  };
  const signed = options.signed === undefined ? undefined : await signedOfferIn(options.signed, "--signed");
  if (signed !== undefined && signed.terms.versionId !== versionId) {
    // the file comes from somebody else: what the command line names takes precedence
    throw cliError("OFFER_OF_ANOTHER", { path: options.signed!, actual: signed.terms.versionId, versionId });
  }
  // the bound is in the token that it names, whatever the offer is in
  const limit = options.maxPrice === undefined ? undefined : await session.amount(options.maxPrice, "--max-price");
  const payments = await session.payments();
  const { market } = payments;
  if (signed !== undefined && BigInt(signed.chainId) !== (await session.chainId())) {
    throw chainError("WRONG_NETWORK", { actual: await session.chainId(), expected: signed.chainId });
  }
  if (signed !== undefined && !sameAddress(signed.market, market.deployment.contracts.Market)) {
    throw cliError("OFFER_OF_ANOTHER_MARKET", {
      path: options.signed!,
      actual: signed.market,
      market: market.deployment.contracts.Market,
    });
  }

  const offer = signed?.terms ?? (await choose(session, market, versionId, wanted));
  if (wanted !== undefined && hashOffer(offer) !== wanted) {
    throw cliError("NO_OFFER", { versionId, which: ` ${wanted} in ${options.signed}` });
  }
  const token = await session.tokenAt(offer.payToken);
  if (limit !== undefined && !sameAddress(limit.token.address, token.address)) {
    throw cliError("UNIT_OTHER", { name: "--max-price", value: options.maxPrice, expected: token.label });
  }
  const bound = limit?.value;
  const purchase: PurchaseOptions = {
    ...addressed,
    ...(bound === undefined ? {} : { maxPrice: bound }),
    ...(signed === undefined ? {} : { signature: signed.signature }),
  };
  const swap = await swapFrom(session, options, slippageBps);
  // before a large file is fetched for a purchase that cannot be
  if (swap === undefined) await market.simulatePurchase(offer, purchase);
  const spending = swap === undefined ? undefined : await boundSpending(session, offer, swap);
  await agree(session, market, offer, wanted !== undefined, spending);
  // and before its key would have nowhere to go
  if (offer.deliveryWindow > 0n) await (await session.keyring()).requireWritable();

  const held = offer.deliveryWindow === 0n ? undefined : await hold(session, market, offer.versionId);
  const bought = await session.output.step("Buy", async (report) => {
    const done = await pay(session, payments, offer, purchase, held, spending?.swap);
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
        : ["It is a licence alone: no key is owed for it."]),
    ],
    {
      licenseId: bought.licenseId,
      versionId: offer.versionId,
      price: bought.price,
      payToken: offer.payToken,
      terms: offer,
      escrow: file,
      ...(bought.spent === undefined ? {} : { spent: bought.spent }),
      ...(bought.approval === undefined ? {} : { approval: transaction(bought.approval) }),
      transaction: transaction(bought.receipt),
    },
  );
}

/** The offer that was named, or the only one that can be bought. */
async function choose(session: Session, market: MarketClient, versionId: bigint, wanted?: string): Promise<Offer> {
  const offers = await market.offersOf(versionId);
  if (wanted !== undefined) {
    const named = offers.find(({ termsHash }) => termsHash === wanted);
    if (named === undefined) throw cliError("NO_OFFER", { versionId, which: ` ${wanted}` });
    return named.offer;
  }
  const last = offers.at(-1);
  if (last === undefined) throw cliError("NO_OFFER", { versionId, which: "" });
  const buyer = (await session.wallet()).address;
  const states = await Promise.all(offers.map((one) => stateOf(session, market, one, buyer)));
  const open = offers.filter((_, index) => states[index] === "open");
  if (open.length > 1) {
    const choices = open.map(({ termsHash }) => termsHash).join(", ");
    throw cliError("OFFER_AMBIGUOUS", { versionId, count: open.length, choices });
  }
  // of none that is open, the newest is tried: the market then says what is wrong with it
  return (open[0] ?? last).offer;
}

interface Spending {
  readonly swap: Swap;
  /** What the pools ask now, in words. */
  readonly quote?: string;
}

/** What may be spent of the token that is paid in: what was named, or on a terminal what the pools ask now. */
async function boundSpending(session: Session, offer: Offer, swap: Swap): Promise<Spending> {
  if (swap.maxSpent !== undefined) return { swap };
  const token = await session.tokenAt(swap.tokenIn);
  if (!session.output.canAsk) throw cliError("SPENDING_UNBOUND", { token: token.label });
  const exchange = await session.exchange(await session.provider());
  const { amountIn } = await exchange.routeExactOut(swap.tokenIn, offer.payToken, offer.price);
  const maxSpent = upperBound(amountIn, swap.slippageBps);
  return { swap: { ...swap, maxSpent }, quote: `at most ${shown(maxSpent, token)} for it, at the pools' price` };
}

/** Shows all terms, and asks unless they were named by their hash. */
async function agree(
  session: Session,
  market: MarketClient,
  offer: Offer,
  named: boolean,
  spending?: Spending,
): Promise<void> {
  const { versionId } = offer;
  const [{ size }] = await decodingErrors(() => market.registry.versionData(versionId));
  const rows = await termsRows(session, offer, size);
  if (spending?.quote !== undefined) rows.push(["you pay", spending.quote]);
  session.output.note(columns(rows));
  if (named && spending?.quote === undefined) return;
  const terms = rows.slice(1).map(([name, value]) => `${name}: ${value}`);
  await session.output.agree("Buy under these terms?", {
    absent: cliError("TERMS_NOT_NAMED", { versionId, termsHash: hashOffer(offer), terms: terms.join("; ") }),
    refused: cliError("TERMS_REFUSED", { versionId }),
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
  const token = await session.token(payWith, "--pay-with");
  const bound =
    maxSpent === undefined ? {} : { maxSpent: (await session.amount(maxSpent, "--max-spent", token)).value };
  return { tokenIn: token.address, slippageBps, ...bound };
}

async function pay(
  session: Session,
  payments: PaymentClient,
  offer: Offer,
  purchase: PurchaseOptions,
  held: HeldBlob | undefined,
  swap: Swap | undefined,
): Promise<Purchase & { spent?: bigint }> {
  if (swap !== undefined) {
    const { tokenIn, ...bounds } = swap;
    const key = held === undefined ? undefined : await (await session.deals()).newPad(offer.versionId);
    return payments.purchaseWithSwap(offer, tokenIn, { ...purchase, ...bounds, key });
  }
  return held === undefined
    ? payments.market.purchase(offer, purchase)
    : (await session.deals()).purchase(offer, held, purchase);
}
