import { sameAddress } from "../../addresses/address";
import { upperBound } from "../../exchange";
import {
  priceOf,
  type Offer,
  type PaymentClient,
  type Purchase,
  type PurchaseOptions,
  type SwapOptions,
} from "../../market";
import { cliError } from "../errors";
import { requireWritable } from "../files";
import { versionIn } from "../ids";
import { transaction } from "../output";
import type { Session } from "../session";
import type { Token } from "../tokens";
import { UINT32, basisPoints, hash, shown, small, typed } from "../values";
import { agree, sending } from "./agreement";
import { buyCart } from "./buyCart";
import { addressed, type BuyOptions } from "./buyOptions";
import { listedOffer, readSignedOffer, signedOfferFor } from "./chosenOffer";
import { agreeToAnother } from "./heldLicence";
import { hold } from "./hold";
import { writeSponsored } from "./sponsored";

/** The most that an order can be for. */
const MAX_QUANTITY = UINT32;

/** Options that say in different ways how one licence is paid for. */
const WAYS = [
  ["--signed", "signed"],
  ["--pay-with", "payWith"],
  ["--permit", "permit"],
  ["--sponsored", "sponsored"],
] as const satisfies readonly [string, keyof BuyOptions][];

export async function run(session: Session, versions: readonly string[], options: BuyOptions): Promise<void> {
  const versionIds = versions.map((version) => versionIn(version, "<version>"));
  const [first, second] = WAYS.filter(([, name]) => options[name] !== undefined).map(([flag]) => flag);
  if (second !== undefined) throw cliError("OPTION_CONFLICT", { first, second });
  const alone = first ?? (options.quantity === undefined ? undefined : "--quantity");
  if (alone !== undefined && versions.length > 1) throw cliError("ONE_VERSION_ALONE", { option: alone });
  if (options.maxSpent !== undefined && options.payWith === undefined) {
    throw cliError("OPTION_MISSING", { option: "--max-spent", needed: "--pay-with" });
  }
  if (options.yes === true && options.maxPrice === undefined && options.terms === undefined) {
    throw cliError("OPTION_MISSING", { option: "--yes", needed: "--max-price" });
  }
  const wanted = (options.terms ?? []).map((one) => hash(one, "--terms"));
  return versionIds.length === 1
    ? buyOne(session, versionIds[0]!, options, wanted)
    : buyCart(session, versionIds, options, wanted);
}

async function buyOne(
  session: Session,
  versionId: bigint,
  options: BuyOptions,
  wanted: readonly string[],
): Promise<void> {
  const slippageBps = basisPoints(options.slippage, "--slippage");
  const quantity = BigInt(small(options.quantity ?? "1", "--quantity", 1, MAX_QUANTITY));
  const to = addressed(options);
  if (options.sponsored !== undefined) await requireWritable(options.sponsored);
  const signed = options.signed === undefined ? undefined : await readSignedOffer(options.signed, versionId);
  // the bound is in the token that it names, whatever the offer is in
  const limit = options.maxPrice === undefined ? undefined : await session.amount(options.maxPrice, "--max-price");
  const payments = await session.payments();
  const { market } = payments;
  const { offer, signature } =
    signed === undefined
      ? await listedOffer(session, market, versionId, wanted)
      : await signedOfferFor(session, market, signed, wanted[0]);
  const token = await session.tokenAt(offer.payToken);
  if (limit !== undefined && !sameAddress(limit.token.address, token.address)) {
    throw cliError("UNIT_OTHER", { name: "--max-price", value: options.maxPrice, expected: token.label });
  }
  const price = priceOf(offer, { quantity });
  if (limit !== undefined && price > limit.value) {
    throw cliError("TOO_DEAR", { price: shown(price, token), bound: shown(limit.value, token) });
  }
  const order = { ...to, quantity, ...(limit === undefined ? {} : { maxPrice: limit.value }) };
  const purchase: PurchaseOptions = { ...order, ...(signature === undefined ? {} : { signature }) };
  const swap = await swapFrom(session, options, slippageBps);
  // before a large file is fetched for a purchase that cannot be
  if (swap === undefined) await market.simulatePurchase(offer, purchase);
  const spending = swap === undefined ? undefined : await boundSpending(session, offer.payToken, price, swap);
  // and before its key would have nowhere to go, or could not be opened again
  if (offer.deliveryWindow > 0n) await (await session.keyring()).requireWritable();
  if (options.again !== true) {
    await agreeToAnother(session, market, to.recipient ?? (await session.wallet()).address, versionId);
  }
  await agree(session, market, [offer], {
    ...{ ...to, quantity },
    sends: await sends(session, payments, price, token, options, spending),
    named: wanted.length > 0,
    yes: options.yes === true,
    unbound: spending?.quote !== undefined,
  });

  const held = offer.deliveryWindow === 0n ? undefined : await hold(session, market, offer.versionId);
  const newPad = async () => (held === undefined ? {} : { key: await (await session.deals()).newPad(offer.versionId) });
  if (options.sponsored !== undefined) {
    return writeSponsored(session, payments, offer, { ...order, ...(await newPad()) }, options.sponsored);
  }
  const bought = await session.output.step("Buy", async (report) => {
    const done = await pay();
    report.say(`licence ${done.licenseId}, for ${done.receipt.gasUsed.toLocaleString("en")} gas`);
    return done;
  });
  show(session, offer, quantity, token, bought);

  async function pay(): Promise<Purchase & { spent?: bigint }> {
    if (spending !== undefined) {
      const { tokenIn, ...bounds } = spending.swap;
      return payments.purchaseWithSwap(offer, tokenIn, { ...order, ...bounds, ...(await newPad()) });
    }
    if (options.permit === true) return payments.purchaseWithPermit(offer, { ...order, ...(await newPad()) });
    return held === undefined
      ? market.purchase(offer, purchase)
      : (await session.deals()).purchase(offer, held, purchase);
  }
}

/** What the purchase would sign and send, in words. */
async function sends(
  session: Session,
  { market }: PaymentClient,
  price: bigint,
  token: Token,
  options: BuyOptions,
  spending: Spending | undefined,
): Promise<string> {
  const allowance = `an allowance of ${shown(price, token)} (ERC-2612)`;
  if (options.sponsored !== undefined) return `nothing: the purchase and ${allowance} are signed, for others to send`;
  if (options.permit === true) return `1 transaction, with ${allowance} that is signed for it`;
  if (spending === undefined) return sending(session, market, new Map([[token.address, price]]));
  const { tokenIn, maxSpent } = spending.swap;
  const most = await sending(session, market, new Map([[tokenIn, maxSpent!]]));
  return `${most} at most${spending.quote === undefined ? "" : ", at the pools' price of now"}`;
}

function show(
  session: Session,
  offer: Offer,
  quantity: bigint,
  token: Token,
  bought: Purchase & { spent?: bigint },
): void {
  const file = offer.deliveryWindow > 0n;
  session.output.result(
    [
      `Bought licence ${bought.licenseId} of version ${offer.versionId}${quantity === 1n ? "" : `, ${quantity} times,`} for ${shown(bought.price, token)}.`,
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
      quantity,
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

interface Spending {
  readonly swap: Swap;
  /** Whether the bound is what the pools ask now, which nobody has agreed to yet. */
  readonly quote?: true;
}

interface Swap extends Pick<SwapOptions, "maxSpent" | "slippageBps"> {
  readonly tokenIn: string;
}

/** What may be spent of the token that is paid in: what was named, or on a terminal what the pools ask now. */
async function boundSpending(session: Session, payToken: string, price: bigint, swap: Swap): Promise<Spending> {
  if (swap.maxSpent !== undefined) return { swap };
  const token = await session.tokenAt(swap.tokenIn);
  const exchange = await session.exchange(await session.provider());
  const { amountIn } = await exchange.routeExactOut(swap.tokenIn, payToken, price);
  const maxSpent = upperBound(amountIn, swap.slippageBps);
  if (!session.output.canAsk) {
    const command = session.again("--max-spent", typed(maxSpent, token));
    throw cliError("SPENDING_UNBOUND", { token: token.label, quote: shown(maxSpent, token), command });
  }
  return { swap: { ...swap, maxSpent }, quote: true };
}

async function swapFrom(
  session: Session,
  { payWith, maxSpent }: BuyOptions,
  slippageBps: bigint,
): Promise<Swap | undefined> {
  if (payWith === undefined) return undefined;
  const token = await session.token(payWith, "--pay-with");
  const bound =
    maxSpent === undefined ? {} : { maxSpent: (await session.amount(maxSpent, "--max-spent", token)).value };
  return { tokenIn: token.address, slippageBps, ...bound };
}
