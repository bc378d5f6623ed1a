import { errorsOf, type Entries } from "../../base/template";

/** What can stand in the way of an offer, a signature or a payment. */
export const marketErrors = {
  SIGNATURE_INVALID: {
    message: "The signature cannot be used: {detail}",
    reason:
      "A key's signature has 65 bytes, or 64 in the short form of EIP-2098; only a contract's account has another.",
    fix: "Sign again with the account's own key, or copy the whole signature; nothing was sent.",
  },
  SIGNATURE_DELEGATED: {
    message: "The account {account} is delegated to the code at {delegate}, which does not accept this signature.",
    reason:
      "The code of an account decides what its signatures are (ERC-1271), and its key alone no longer does: also when " +
      "the code is there by EIP-7702.",
    fix: "List the offer on chain instead, end the delegation, or delegate to code that accepts what the account's key signs.",
  },
  PERMIT_UNSUPPORTED: {
    message: "{token} cannot be paid with a permit: {detail}",
    reason: "A permit is a signature by ERC-2612 in the token's own domain, and not every token knows them.",
    fix: "Pay with an allowance: purchase approves the price and no more. Nothing was signed.",
  },
  SIGNING_DOMAIN_FOREIGN: {
    message: "{verifier} asks for signatures for {verifyingContract} on chain {chainId}.",
    reason: "It announces a signing domain that is not its own, so a signature for it would count elsewhere.",
    fix: "Do not sign for it. Pay with an allowance, or in a token that you know; nothing was signed.",
  },
  SPONSORED_REQUEST_INVALID: {
    message: "The request to sponsor is not one for a purchase: {detail}",
    reason: "A sponsor pays the gas of whatever it sends, and strangers sign what they like.",
    fix: "Ask for one that signSponsored made; nothing was sent.",
  },
  DELIVERY_UNDECIDED: {
    message: "Version {versionId} has a file of {size} bytes, and the offer does not say whether its key is owed.",
    reason: "Without a delivery window a licence is sold at once, and no buyer gets the file.",
    fix: "Give deliveryWindow in seconds, or 0 to sell licences alone; nothing was sent.",
  },
  WINDOW_MISSING: {
    message: "The offer of version {versionId} does not say whether the key of its file is owed.",
    reason: "Without a delivery window a licence is sold at once, and of a version with a file no buyer gets the file.",
    fix: "Give deliveryWindow in seconds as a bigint, or 0n to sell licences alone; nothing was sent.",
  },
  EPOCH_NOT_CURRENT: {
    message: "The offer is for epoch {epoch} of signatures, and the account is in epoch {current}.",
    reason: "A signed offer counts in its own epoch only; `revokeAllSigned` starts the next one.",
    fix: "Leave epoch out, so that the present one is taken; nothing was signed.",
  },
  KEY_SHARED: {
    message: "The key of version {versionId} is also the key of version {other}.",
    reason: "What is delivered for one of them opens the file of the other, whatever that one costs.",
    fix: "Do not offer it; seal the file under a fresh key and publish that as a new version. Nothing was sent.",
  },
} as const satisfies Entries;

/** Builds one of them from its code, the values of its sentences, and what was caught. */
export const marketError = errorsOf(marketErrors);
