import type { ContractSentences } from "../../base/template";

/** What the resale refuses. */
export const resaleSentences = {
  Resale_BadTerms: [
    'The ask\'s field "{field}" is invalid.',
    "The resale takes only asks whose terms are consistent and within its bounds.",
    "Ask the seller for an ask with another value; the other fields have not been checked yet.",
  ],
  Resale_Used: [
    "Bit {bit} of {seller} is used up.",
    "The ask, or another with its bit, was used or cancelled; an ask is used once, also when the licence came back.",
    "Ask the seller for a new ask with another bit.",
  ],
  Resale_WrongEpoch: [
    "The ask was signed for epoch {asked} of {seller}; the current one is {current}.",
    "The seller has cancelled everything that was signed before.",
    "Ask the seller for an ask signed for epoch {current}.",
  ],
  Resale_Expired: [
    "The licence could be bought until {expiresAt:time}.",
    "The ask's last second has passed.",
    "Ask the seller for a new ask.",
  ],
  Resale_TooFarAhead: [
    "The ask ends at {expiresAt:time}, after {latest:time}.",
    "An ask may end at most 180 days ahead, so that no forgotten one sells a licence years later.",
    "Sign one with an earlier end.",
  ],
  Resale_NotTheBuyer: [
    "The ask is for {buyer}; {caller} cannot buy it.",
    "Its seller made it for one account.",
    "Pay from {buyer}, or ask the seller for an ask of your own.",
  ],
  Resale_FeeAboveBound: [
    "The protocol's fee of {feeBps} basis points is above the {maxFeeBps} that the seller accepts.",
    "The fee was raised after the ask was signed.",
    "The seller can sign a new ask with a higher bound.",
  ],
  Resale_RoyaltyAboveBound: [
    "The model's royalty of {royaltyBps} basis points is above the {maxRoyaltyBps} that the seller accepts.",
    "The seller signed for a lower one.",
    "The seller can sign a new ask with a higher bound.",
  ],
  Resale_BadSignature: [
    "{seller} did not sign the ask {askHash} for this contract.",
    "The terms changed after signing, the signature is for another contract or chain, or the account has code that does not accept it (ERC-1271, EIP-7702).",
    "Ask the seller for a fresh signature of exactly these terms.",
  ],
  Resale_Worn: [
    "Licence {licenseId} has {measure} left, less than the {minMeasure} that the buyer asks for.",
    "A term runs down between the signature and the sale: it is the Unix time at which the licence expires, or units.",
    "Buy it for a lower price with a lower bound, or not at all; nothing was paid.",
  ],
  Resale_VersionDefective: [
    "Version {versionId} is not sold any more.",
    "Somebody proved on chain that its file is not what was promised.",
    "Look for a newer version of the model.",
  ],
  Resale_NotCovered: [
    "Licence {licenseId} does not cover version {versionId}.",
    "A seller delivers the version that the licence was sold for, or with updates a later one of the same model.",
    "Ask the seller for an ask of a version that the licence covers.",
  ],
  Resale_PadNotNeeded: [
    "A licence that is sold at once takes no buyer's key and no pad.",
    "The purchase contains the fields of one with delivery, and no key is delivered.",
    "Leave buyerKey and pad zero.",
  ],
  Resale_WrongValue: [
    "{sent:coin} was sent where {expected:coin} was due.",
    "A price in native coin must be sent exactly, and with a price in a token nothing may be sent.",
    "Send exactly {expected:coin}.",
  ],
  Resale_NotClosed: [
    "There is nothing to claim for the deal {dealId}.",
    "It is still open, it is no resale, its licence went out before, or the deal that was passed is not as it is now.",
    "Claim once the deal is settled, with the deal as the escrow's events have it after the delivery.",
  ],
  Resale_NotEscrow: [
    "{caller} is not the escrow.",
    "Only the escrow reports to the resale how a deal ended.",
    "Call the escrow instead.",
  ],
} as const satisfies ContractSentences;
