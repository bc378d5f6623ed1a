import { MaxUint256 } from "ethers";

import { IRights__factory } from "../../../../typechain-types/factories/contracts/market/IRights__factory";
import { isZeroAddress, sameAddress } from "../../addresses/address";
import { decodingErrors } from "../../errors/explain";
import { formatVersionId, sharesOf, versionIdParts } from "../../market";
import { localTime } from "../../text/time";
import { consent } from "../consent";
import { columns, transaction } from "../output";
import type { Session } from "../session";
import { address, duration, shown, span } from "../values";
import { askIn, resaleClient } from "./askFile";
import { cardsOf, nameOf } from "./cards";
import { hold } from "./hold";

interface BuyOptions {
  readonly runsFor?: string;
  readonly recipient?: string;
  readonly yes?: boolean;
}

/** Buys a licence from its holder: shows all terms, asks, fetches the sealed file where one is sold, and pays. */
async function buyOne(session: Session, [path]: readonly string[], options: BuyOptions): Promise<void> {
  const recipient = options.recipient === undefined ? {} : { recipient: address(options.recipient, "--recipient") };
  const runsFor = options.runsFor === undefined ? undefined : duration(options.runsFor, "--runs-for");
  const ask = await askIn(session, path!);
  const resale = await resaleClient(session);
  const least = runsFor === undefined ? undefined : (await session.now()) + runsFor;
  // before a large file is fetched for a purchase that cannot be, and its key would have nowhere to go
  await resale.simulateBuy(ask, { ...recipient, ...(least === undefined ? {} : { minMeasure: least }) });
  const file = ask.deliveryWindow > 0n;
  if (file) await (await session.keyring()).requireWritable();
  const token = await session.tokenAt(ask.payToken);
  const price = shown(ask.price, token);
  const sold = await soldBy(session, ask);
  // what is shown is what is paid for: less of it is refused
  const minMeasure = least ?? sold.left;
  const wanted = { ...recipient, ...(minMeasure === undefined ? {} : { minMeasure }) };
  const to = recipient.recipient ?? (await session.wallet()).address;
  session.output.note(columns(await rowsOf(session, ask, { ...sold, file, to })));
  await consent(session, options.yes, {
    what: `Buy licence ${ask.licenseId} from ${ask.seller} for ${price}`,
    means: file
      ? "The price is in escrow until the key is delivered and nobody complains; until then nobody can use the licence."
      : "The price is paid at once, and no key is delivered for it.",
  });
  const market = await session.market();
  if (file) await hold(session, market, ask.versionId);
  const key = file ? { key: await (await session.deals()).newPad(ask.versionId) } : {};
  const bought = await session.output.step("Buy", () => resale.buy(ask, { ...wanted, ...key }));
  session.output.result(
    [
      `Bought licence ${ask.licenseId} for ${price}.`,
      ...(file
        ? [
            `The seller has until ${localTime((await session.now()) + ask.deliveryWindow)} to deliver the key.`,
            `Next: isonomy open ${ask.licenseId} --out <file>; isonomy settle ${ask.licenseId}; isonomy resale claim ${ask.licenseId}`,
          ]
        : ["It is a licence alone: no key is owed for it."]),
    ],
    {
      ...{ licenseId: ask.licenseId, price: ask.price, payToken: ask.payToken, escrow: file },
      ...(bought.dealId === undefined ? {} : { dealId: bought.dealId }),
      ...(bought.approval === undefined ? {} : { approval: transaction(bought.approval) }),
      transaction: transaction(bought.receipt),
    },
  );
}

/** What is sold: the licence's model and version in words, and what is left of it where it runs down. */
interface Sold {
  readonly model: string;
  readonly version: string;
  /** By the measure of its rights module. */
  readonly left?: bigint;
  readonly leftText?: string;
}

type Ask = Awaited<ReturnType<typeof askIn>>;

async function soldBy(session: Session, { licenseId }: Ask): Promise<Sold> {
  const provider = await session.provider();
  const market = await session.market(provider);
  const { versionId, rights } = await decodingErrors(() => market.licenses.licenseInfo(licenseId));
  const version = await (await session.reading()).version(versionId);
  const [card] = await cardsOf(session, market, [version]);
  const names = {
    model: `${versionIdParts(versionId).modelId}: ${nameOf(card)}`,
    version: formatVersionId(versionId),
  };
  if (isZeroAddress(rights)) return names;
  const left = await decodingErrors(() => IRights__factory.connect(rights, provider).measure(licenseId));
  if (left === MaxUint256) return names;
  const runs = sameAddress(rights, await session.contract("Subscriptions"));
  const over = runs && left < (await session.now());
  const leftText = runs
    ? `${over ? "nothing: it ended at" : "runs until"} ${localTime(left)}`
    : `${left}, as its rights module ${rights} counts`;
  return { ...names, left, leftText };
}

async function rowsOf(
  session: Session,
  ask: Ask,
  { model, version, leftText, file, to }: Sold & { readonly file: boolean; readonly to: string },
): Promise<[string, string][]> {
  const resale = await resaleClient(session, await session.provider());
  const token = await session.tokenAt(ask.payToken);
  const [{ protocolFeeBps }, royaltyBps] = await Promise.all([
    decodingErrors(() => resale.resale.config()),
    resale.royaltyBps(ask.licenseId),
  ]);
  const { toPayee, toTreasury, toReferrer } = sharesOf(ask.price, protocolFeeBps, royaltyBps);
  const parts = [
    `${shown(toPayee, token)} to the seller`,
    `${shown(toTreasury, token)} protocol fee`,
    `${shown(toReferrer, token)} royalty`,
  ].join(", ");
  return [
    ["licence", String(ask.licenseId)],
    ["model", model],
    ["version", version],
    ...(leftText === undefined ? [] : [["left", leftText] as [string, string]]),
    ["recipient", to],
    ["seller", ask.seller],
    ["price", shown(ask.price, token)],
    ["of it", parts],
    ["ask ends", localTime(ask.expiresAt)],
    ...(isZeroAddress(ask.buyer) ? [] : [["for", ask.buyer] as [string, string]]),
    ...(file
      ? ([
          ["file", `of version ${ask.versionId}, its key due within ${span(ask.deliveryWindow)}`],
          ["complaints", `${span(ask.complaintWindow)} from then on`],
        ] as [string, string][])
      : ([["file", "none: the licence alone"]] as [string, string][])),
  ];
}

export const buy = { run: buyOne };
