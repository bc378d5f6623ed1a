import type { Signer } from "ethers";

import { decodingErrors } from "../errors/explain";
import { OFFER_TYPES, canonicalOffer, marketDomain, offerDigest, type Offer } from "./offer";
import { requireAccepted, signatureFor } from "./signature";

/**
 * Signs the terms and asks nothing about them: `MarketClient.signOffer` checks them first, as it does before it lists an
 * offer. Anyone with the signature can buy from this market on this chain. Where the creator's account is delegated (EIP-7702) to code that does not accept the signature, it is refused as
 * `SIGNATURE_DELEGATED`: it would count for nothing.
 */
export async function signTerms(signer: Signer, market: string, chainId: bigint, offer: Offer): Promise<string> {
  const domain = marketDomain(market, chainId);
  const signed = await decodingErrors(() => signer.signTypedData(domain, OFFER_TYPES, canonicalOffer(offer)));
  const digest = offerDigest(market, chainId, offer);
  await requireAccepted(signer.provider, offer.creator, digest, signed);
  return signatureFor(offer.creator, digest, signed);
}
