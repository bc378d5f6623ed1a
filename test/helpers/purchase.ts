import { loadFixture } from "@nomicfoundation/hardhat-network-helpers";
import { marketFixture, NATIVE } from "./market";

export const REFERRER_BPS = 1_500n;

/** An offer for the stable token and one for native coin, both listed, both with a referrer's share. */
export async function purchaseFixture() {
  const protocol = await loadFixture(marketFixture);
  const { contracts, actions } = protocol;
  const offer = actions.terms({ referrerBps: REFERRER_BPS });
  const nativeOffer = actions.terms({ referrerBps: REFERRER_BPS, payToken: NATIVE });
  const hash = await actions.list(offer);
  const nativeHash = await actions.list(nativeOffer);
  return {
    ...protocol,
    market: contracts.Market,
    licenses: contracts.LicenseToken,
    ledger: contracts.RevenueLedger,
    offer,
    nativeOffer,
    hash,
    nativeHash,
  };
}
