import { isIsonomyError } from "../../base/error";
import { SAFE_DELIVERY, type DealClient } from "../../deals";
import { dealError } from "../../domains/escrow/errors";
import { decodingErrors } from "../../errors/explain";
import { localTime } from "../../text/time";
import { consent } from "../consent";
import { cliError } from "../errors";
import { requireWritable } from "../files";
import { licenceIn, versionIn } from "../ids";
import { transaction } from "../output";
import { quoted } from "../quoted";
import type { Session } from "../session";
import { address, duration, finality, percent, shown, small } from "../values";
import { ASK_FILE, askIn, resaleClient } from "./askFile";
import { dealOf, resaleOf } from "./dealOf";
import { writeSigned } from "./signedFile";

interface AskOptions {
  readonly price: string;
  readonly valid: string;
  readonly buyer?: string;
  readonly delivery?: string;
  readonly complaints: string;
  readonly fileVersion?: string;
  readonly bit?: string;
  readonly yes?: boolean;
}

/** Signs an ask into a file; the resale is approved before, if it is not yet. */
async function askOne(session: Session, [named, path]: readonly string[], options: AskOptions): Promise<void> {
  const licenseId = licenceIn(named!, "<licence>");
  const valid = duration(options.valid, "--valid");
  const buyer = options.buyer === undefined ? {} : { buyer: address(options.buyer, "--buyer") };
  const bit = options.bit === undefined ? {} : { bit: BigInt(small(options.bit, "--bit", 0, 223)) };
  if (options.fileVersion !== undefined && options.delivery === undefined) {
    throw cliError("OPTION_MISSING", { option: "--file-version", needed: "--delivery" });
  }
  const delivery = options.delivery === undefined ? 0n : duration(options.delivery, "--delivery");
  const complaints = duration(options.complaints, "--complaints");
  const fileVersion = options.fileVersion === undefined ? undefined : versionIn(options.fileVersion, "--file-version");
  await requireWritable(path!);
  const { value: price, token } = await session.amount(options.price, "--price");
  const resale = await resaleClient(session);
  const market = await session.market();
  const account = (await session.wallet()).address;
  const { versionId: own } = await decodingErrors(() => market.licenses.licenseInfo(licenseId));
  const file =
    delivery === 0n ? {} : { versionId: fileVersion ?? own, deliveryWindow: delivery, complaintWindow: complaints };
  const approved = await resale.isApproved(account);
  if (!approved) {
    await consent(session, options.yes, {
      what: `Let the resale at ${await session.contract("Resale")} move licences of ${account}`,
      means: "It moves one only on an ask that you signed, and for the price in it.",
    });
  }
  // first the signature: what cannot be sold needs no approval
  const expiresAt = (await session.now()) + valid;
  const { signature, ...ask } = await session.output.step("Sign the ask", () =>
    resale.signAsk({ ...{ licenseId, price, payToken: token.address, expiresAt }, ...buyer, ...bit, ...file }),
  );
  const approval = approved ? undefined : await session.output.step("Approve the resale", () => resale.approve());
  const written = await writeSigned(session, ASK_FILE, ask, signature, path!);
  session.output.result(
    [
      `Licence ${licenseId} is for sale for ${shown(price, token)} until ${localTime(expiresAt)}${delivery === 0n ? "" : ", with its file"}: signed into ${path!}.`,
      `Of the price the model's payee gets ${percent(ask.maxRoyaltyBps)}, the protocol its fee, and you the rest.`,
      `Its buyer needs the file: isonomy resale buy ${quoted(path!)}`,
    ],
    { ...written, out: path!, ...(approval === undefined ? {} : { transaction: transaction(approval) }) },
  );
}

/** Delivers the key that was once delivered to the seller, to the buyer of the licence. */
async function deliverOne(
  session: Session,
  [named]: readonly string[],
  options: { readonly confirmations: string },
): Promise<void> {
  const policy = { ...SAFE_DELIVERY, confirmations: finality(options.confirmations) };
  const licenseId = licenceIn(named!, "<licence>");
  const deals = await session.deals();
  const found = await resaleOf(session, deals, licenseId);
  if (found === undefined) throw cliError("RESALE_UNKNOWN", { licenseId });
  const { deal } = found;
  const deliver = () => session.output.step("Deliver the key", () => deals.deliver(deal, policy));
  let receipt;
  try {
    receipt = await deliver();
  } catch (error) {
    if (!isIsonomyError(error, "KEY_NOT_KEPT")) throw error;
    await keepOwnKey(session, deals, licenseId, deal);
    receipt = await deliver();
  }
  const { complainBy } = (await deals.deal(deal.opener, deal.id)).deal;
  session.output.result(
    [
      `The key of version ${deal.versionId} is delivered; the buyer can complain until ${localTime(complainBy)}.`,
      `Then you are paid: isonomy settle ${licenseId}`,
    ],
    { licenseId, versionId: deal.versionId, complainBy, transaction: transaction(receipt) },
  );
}

/** Reads the key out of the deal by which the seller once bought the file, and keeps it. */
async function keepOwnKey(
  session: Session,
  deals: DealClient,
  licenseId: bigint,
  resold: { readonly id: bigint; readonly versionId: bigint },
): Promise<void> {
  const bought = await dealOf(session, deals, licenseId, false, resold.id);
  // of a later version the key came with an update
  if (bought.deal.versionId !== resold.versionId) {
    throw dealError("KEY_NOT_DELIVERED", { id: bought.deal.id, deliverBy: bought.deal.deliverBy });
  }
  await deals.keepKey(bought.deal);
}

async function claimOne(session: Session, [named]: readonly string[]): Promise<void> {
  const licenseId = licenceIn(named!, "<licence>");
  const deals = await session.deals(await session.provider());
  const found = await resaleOf(session, deals, licenseId);
  if (found === undefined) throw cliError("RESALE_UNKNOWN", { licenseId });
  const resale = await resaleClient(session);
  const { to, receipt } = await session.output.step("Hand out the licence", () => resale.claim(found.deal));
  session.output.result([`Licence ${licenseId} is with ${to}.`], { licenseId, to, transaction: transaction(receipt) });
}

async function cancelAsks(
  session: Session,
  [path]: readonly (string | undefined)[],
  options: { readonly all?: boolean; readonly yes?: boolean },
): Promise<void> {
  if ((path === undefined) === (options.all !== true)) {
    throw cliError("USAGE", { detail: "Name the file of one ask, or --all.", command: "resale cancel " });
  }
  if (path !== undefined) {
    const { bit } = await askIn(session, path);
    const resale = await resaleClient(session);
    const receipt = await session.output.step("Cancel the ask", () => resale.cancel(bit));
    return session.output.result([`Every ask of yours with bit ${bit} is void, the one in ${path} among them.`], {
      ...{ bit },
      transaction: transaction(receipt),
    });
  }
  const resale = await resaleClient(session);
  await consent(session, options.yes, {
    what: "Cancel every ask that you signed so far",
    means: "None of them can be bought any more; deals that are open go on.",
  });
  const { epoch, receipt } = await session.output.step("Cancel all asks", () => resale.cancelAll());
  session.output.result([`Every ask that you signed before is void; new ones are for epoch ${epoch}.`], {
    ...{ epoch },
    transaction: transaction(receipt),
  });
}

export const ask = { run: askOne };
export const deliver = { run: deliverOne };
export const claim = { run: claimOne };
export const cancel = { run: cancelAsks };
