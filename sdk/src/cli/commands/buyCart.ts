import { sameAddress } from "../../addresses/address";
import type { CartLine, Offer } from "../../market";
import { cliError } from "../errors";
import { transaction } from "../output";
import type { Session } from "../session";
import { shown } from "../values";
import { agree, sending } from "./agreement";
import { addressed, type BuyOptions } from "./buyOptions";
import { listedOffer } from "./chosenOffer";
import { agreeToAnother } from "./heldLicence";
import { hold } from "./hold";

/** Buys several versions in one transaction: all of them, or none. */
export async function buyCart(
  session: Session,
  versionIds: readonly bigint[],
  options: BuyOptions,
  wanted: readonly string[],
): Promise<void> {
  const to = addressed(options);
  const limit = options.maxPrice === undefined ? undefined : await session.amount(options.maxPrice, "--max-price");
  const payments = await session.payments();
  const { market } = payments;
  const account = to.recipient ?? (await session.wallet()).address;
  const offers: Offer[] = [];
  for (const versionId of versionIds) offers.push((await listedOffer(session, market, versionId, wanted)).offer);

  const sums = new Map<string, bigint>();
  for (const { payToken, price } of offers) sums.set(payToken, (sums.get(payToken) ?? 0n) + price);
  if (limit !== undefined) {
    for (const [where, sum] of sums) {
      const token = await session.tokenAt(where);
      if (!sameAddress(where, limit.token.address)) {
        throw cliError("UNIT_OTHER", { name: "--max-price", value: options.maxPrice, expected: token.label });
      }
      if (sum > limit.value) {
        throw cliError("CART_TOO_DEAR", { sum: shown(sum, token), bound: shown(limit.value, token) });
      }
    }
  }
  for (const offer of offers) await market.simulatePurchase(offer, to);
  const files = offers.filter(({ deliveryWindow }) => deliveryWindow > 0n);
  if (files.length > 0) await (await session.keyring()).requireWritable();
  if (options.again !== true) {
    for (const versionId of versionIds) await agreeToAnother(session, market, account, versionId);
  }
  await agree(session, market, offers, {
    ...to,
    sends: await sending(session, market, sums),
    named: wanted.length > 0,
    yes: options.yes === true,
  });

  for (const { versionId } of files) await hold(session, market, versionId);
  const bought = await session.output.step("Buy", async (report) => {
    const lines: CartLine[] = [];
    for (const offer of offers) {
      const key = offer.deliveryWindow === 0n ? {} : { key: await (await session.deals()).newPad(offer.versionId) };
      lines.push({ offer, ...to, ...key });
    }
    const done = await payments.purchaseCart(lines);
    report.say(`${done.licenseIds.length} licences, for ${done.receipt.gasUsed.toLocaleString("en")} gas`);
    return done;
  });
  const prices = await Promise.all([...sums].map(async ([where, sum]) => shown(sum, await session.tokenAt(where))));
  session.output.result(
    [
      `Bought ${bought.licenseIds.length} licences for ${prices.join(" and ")}.`,
      ...bought.licenseIds.map((id, index) => `licence ${id} of version ${offers[index]!.versionId}`),
      ...bought.licenseIds.flatMap((id, index) =>
        offers[index]!.deliveryWindow > 0n ? [`Next: isonomy open ${id} --out <file>`] : [],
      ),
    ],
    {
      licenses: bought.licenseIds.map((licenseId, index) => {
        const { versionId, price, payToken, deliveryWindow } = offers[index]!;
        return { licenseId, versionId, price, payToken, escrow: deliveryWindow > 0n };
      }),
      transaction: transaction(bought.receipt),
    },
  );
}
