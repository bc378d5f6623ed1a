import type { ContractTransactionReceipt } from "ethers";

import type { ILicenseToken, IMarket } from "../../../typechain-types";
import type { Chain } from "../chain/chain";
import { missing } from "../chain/events";
import { offerDigest, type Offer } from "./offer";
import { licensesSold, type OrderMark } from "./order";
import { signatureFor } from "./signature";

/** The licences that a receipt shows for these orders of one payer; throws `EVENT_MISSING` where one is not there. */
export function licensesIn(
  market: IMarket,
  licenses: ILicenseToken,
  receipt: ContractTransactionReceipt,
  payer: string,
  orders: readonly OrderMark[],
): bigint[] {
  const places = { Market: market.target as string, LicenseToken: licenses.target as string };
  const found = licensesSold(places, receipt.logs, payer, orders);
  if (found === undefined) throw missing(market, receipt, "LicenseSold");
  return found;
}

/** The creator's signature on an offer in the form that a market verifies; undefined where there is none. */
export async function signatureOn(
  chain: Chain,
  market: string,
  offer: Offer,
  signature: string | undefined,
): Promise<string | undefined> {
  if (signature === undefined || signature === "0x") return signature;
  return signatureFor(offer.creator, offerDigest(market, await chain.require(), offer), signature);
}
