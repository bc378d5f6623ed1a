import { canonicalAddress } from "../../addresses/address";
import type { Offer } from "../../market";
import { OFFER_TYPES, canonicalOffer, hashOffer } from "../../market/offer";
import { cliError } from "../errors";
import { readJson } from "../files";

/** An offer that its creator signed and never listed, as `offer --sign` writes it. */
export interface SignedOffer {
  readonly format: "isonomy.offer.v1";
  readonly chainId: string;
  readonly market: string;
  readonly termsHash: string;
  readonly offer: Record<string, string | boolean>;
  readonly signature: string;
}

/** Reads one back; its hash is computed again. */
export async function signedOfferIn(path: string, name: string): Promise<SignedOffer & { terms: Offer }> {
  const expected = "a signed offer";
  const file = await readJson<SignedOffer>(path, name, expected, "offer --sign");
  try {
    if (file.format !== "isonomy.offer.v1" || typeof file.signature !== "string")
      throw new Error("its format is another.");
    if (!/^\d+$/.test(String(file.chainId))) throw new Error("its chainId is not a number.");
    const values = OFFER_TYPES.Offer.map(({ name: field, type }) => {
      const value = file.offer[field];
      if (value === undefined) throw new Error(`${field} is missing.`);
      if (type.startsWith("uint")) return [field, BigInt(String(value))] as const;
      return [field, typeof value === "string" ? value.replace(/^0X/, "0x") : value] as const;
    });
    const terms = canonicalOffer(Object.fromEntries(values) as unknown as Offer);
    const market = canonicalAddress(file.market, "market");
    return { ...file, market, terms, termsHash: hashOffer(terms) };
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    throw cliError("FILE_INVALID", { path, expected, writer: "offer --sign", detail }, error);
  }
}
