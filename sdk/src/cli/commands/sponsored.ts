import { canonicalAddress } from "../../addresses/address";
import type { Offer, PaymentClient, PurchaseOptions, SponsoredRequest } from "../../market";
import { localTime } from "../../text/time";
import { cliError } from "../errors";
import { jsonText, readJson, writeNew } from "../files";
import { quoted } from "../quoted";
import type { Session } from "../session";
import { shown } from "../values";

/** A purchase that its buyer signed, as `buy --sponsored` writes it; whole numbers are text. */
export interface SponsoredFile {
  readonly format: "isonomy.sponsored.v1";
  readonly chainId: string;
  readonly request: Readonly<Record<keyof SponsoredRequest, string>>;
}

/** Signs a purchase into a file for somebody else to send and to pay the gas of. */
export async function writeSponsored(
  session: Session,
  payments: PaymentClient,
  offer: Offer,
  purchase: Omit<PurchaseOptions, "signature">,
  path: string,
): Promise<void> {
  const request = await session.output.step("Sign the purchase", () => payments.signSponsored(offer, purchase));
  const chainId = (await session.chainId()).toString();
  const text = { format: "isonomy.sponsored.v1", chainId, request };
  await writeNew(path, `${jsonText(text, 2)}\n`);
  const token = await session.tokenAt(offer.payToken);
  session.output.result(
    [
      `Signed the purchase of version ${offer.versionId} for ${shown(request.price, token)} into ${path}; nothing was sent.`,
      `Anyone who has the file can send it until ${localTime(request.deadline)}: isonomy sponsor ${quoted(path)}`,
    ],
    { ...text, out: path },
  );
}

/** Reads one back. */
export async function sponsoredIn(path: string): Promise<{ chainId: bigint; request: SponsoredRequest }> {
  const expected = "a purchase that was signed for a sponsor";
  const file = await readJson<SponsoredFile>(path, "<file>", expected, "buy --sponsored");
  try {
    if (file.format !== "isonomy.sponsored.v1") throw new Error("its format is another.");
    const { from, to, value, gas, deadline, data, signature, price } = file.request;
    const number = (text: string, name: string): bigint => {
      if (!/^\d+$/.test(String(text))) throw new Error(`its ${name} is not a number.`);
      return BigInt(text);
    };
    if (typeof data !== "string" || typeof signature !== "string") throw new Error("it has no signature.");
    return {
      chainId: number(file.chainId, "chainId"),
      request: {
        from: canonicalAddress(from, "from"),
        to: canonicalAddress(to, "to"),
        value: number(value, "value"),
        gas: number(gas, "gas"),
        deadline: number(deadline, "deadline"),
        data,
        signature,
        price: number(price, "price"),
      },
    };
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    throw cliError("FILE_INVALID", { path, expected, writer: "buy --sponsored", detail }, error);
  }
}
