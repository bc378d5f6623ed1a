import type { ContractSentences } from "../../base/template";

/** What the market refuses. */
export const marketSentences = {
  Market_BadTerms: [
    'The offer\'s field "{field}" is invalid.',
    "The market sells only offers whose terms are consistent and within its bounds.",
    "Correct the field; the offer's other fields have not been checked yet.",
  ],
  Market_TokenNotListed: [
    "The market does not take the token {token}.",
    "Only tokens that the DAO has put on the list of pay tokens can be used, and this one is not, or no longer, on it.",
    "Choose a listed token or the native coin.",
  ],
  Market_NotTitleHolder: [
    "{caller} cannot offer version {versionId}: its title belongs to {holder}.",
    "Only the holder of a model's title may sell licences of its versions.",
    "Sign with the account that holds the title, or have the title transferred first.",
  ],
  Market_NotCreator: [
    "{caller} cannot revoke this offer: its creator is {creator}.",
    "Only its creator can revoke an offer, even after the title was transferred.",
    "Sign with the account that made the offer.",
  ],
  Market_VersionDefective: [
    "Version {versionId} is not sold any more.",
    "Somebody proved on chain that its file is not what was promised.",
    "Look for a newer version of the model.",
  ],
  Market_AlreadyListed: [
    "The offer {termsHash} is listed already.",
    "An offer is identified by its terms, and these terms were listed before.",
    "Use the listed offer, or change the salt to list the same terms once more.",
  ],
  Market_OfferRevoked: [
    "The offer {termsHash} was revoked.",
    "Its creator revoked it for ever.",
    "Read the model's current offers; to sell again under the same terms, use another salt.",
  ],
  Market_NotListed: [
    "There is no listed offer {termsHash}.",
    "It was never listed on this market, or it was signed off chain and its signature is missing.",
    "Check the network, or buy with the creator's signature.",
  ],
  Market_TermsMismatch: [
    "The offer's terms hash to {actual}, not to {expected} that the buyer agreed to.",
    "One of the terms differs from what the buyer was shown.",
    "Read the offer again and agree to it only if you still want it; nothing was paid.",
  ],
  Market_BadSignature: [
    "{creator} did not sign the offer {termsHash} for this market.",
    "The terms changed after signing, the signature is for another market or chain or is not of 65 bytes, or the account has code that does not accept it (ERC-1271, EIP-7702).",
    "Ask the creator for a fresh signature of exactly these terms.",
  ],
  Market_WrongEpoch: [
    "The offer was signed for epoch {offered} of {creator}; the current one is {current}.",
    "The creator has revoked everything that was signed before.",
    "Ask the creator for an offer signed for epoch {current}.",
  ],
  Market_OfferExpired: [
    "The offer {termsHash} could be bought until {expiresAt:time}.",
    "Its last second has passed.",
    "Read the model's current offers.",
  ],
  Market_SoldOut: [
    "All {supply} licences of the offer {termsHash} are sold.",
    "An offer sells no more licences than its supply, and others were faster.",
    "Look for another offer of the same version, or ask a holder whose licence is transferable.",
  ],
  Market_NotTheBuyer: [
    "The offer is for {buyer}; {caller} cannot buy it.",
    "Its creator made it for one account.",
    "Pay from {buyer}, or ask the creator for an offer of your own.",
  ],
  Market_PriceAboveBound: [
    "The price is {price}, above the buyer's bound of {maxPrice}, in the pay token's smallest unit.",
    "The bound given with the purchase is lower than the offer's price.",
    "Raise the bound to {price} if the price is acceptable; nothing was paid.",
  ],
  Market_FeeAboveBound: [
    "The protocol's fee of {feeBps} basis points is above the {maxFeeBps} that the creator accepts.",
    "The fee was raised after the offer was made.",
    "The creator can make a new offer with a higher bound.",
  ],
  Market_TitleMoved: [
    "The offer of version {versionId} is dead: {creator} no longer holds the title, {holder} does.",
    "Offers end when the title they depend on changes hands.",
    "Read the new holder's offers.",
  ],
  Market_PadNotNeeded: [
    "A licence that is sold at once, or renewed, takes no buyer's key, and a pad only for a rights module.",
    "The order contains the fields of a purchase through the escrow, and no key is delivered.",
    "Leave buyerKey zero, and pad too where the offer has no rights.",
  ],
  Market_NotItsOffer: [
    "Licence {licenseId} cannot be renewed under the offer {termsHash}.",
    "A licence is renewed under the offer that it was sold under, and only where that offer has rights.",
    "Pass the offer of the licence's own sale, or buy a new licence.",
  ],
  Market_SoldSingly: [
    "The offer is not sold {quantity} at a time.",
    "Only rights that a module counts can be bought several times for one licence.",
    "Leave the quantity at 1; to buy several licences, use a cart.",
  ],
  Market_WrongValue: [
    "{sent:coin} was sent where {expected:coin} was due.",
    "A price in native coin must be sent exactly, and with a price in a token nothing may be sent.",
    "Send exactly {expected:coin}.",
  ],
  Market_WrongPath: [
    "The swap does not lead to the offer's token {payToken}.",
    "The last pool pays another token, no pool was given, or the offer is free.",
    "Take a route that ends in the offer's token; a free offer is bought without a swap.",
  ],
  Market_SwapAboveBound: [
    "The swap would take {needed}, more than the {maxSpent} that the buyer allows, in the token's smallest unit.",
    "The pools' prices have moved since the quote.",
    "Quote again, and allow more if the price is still right.",
  ],
  Market_UnexpectedCoin: [
    "{sender} cannot send native coin to the market.",
    "The market takes coin only with a purchase, or back from the exchange.",
    "Call a purchase; nothing was taken.",
  ],
  Market_BadCart: [
    "A cart cannot have {items} items.",
    "It must have at least one item, and no more than the market's bound.",
    "Split the cart.",
  ],
  Market_Paused: [
    "Purchases are paused until {until:time}.",
    "The guardian has paused them; withdrawals and refunds continue.",
    "Try again then; a pause lasts at most 7 days in any 60.",
  ],
  Market_ProtocolFeeTooHigh: [
    "A protocol fee of {feeBps} basis points is above the bound of {maximum}.",
    "The bound is a constant of the contract.",
    "Propose at most {maximum}.",
  ],
  Market_NotAContract: [
    "{token} is not a contract.",
    "A pay token must be a contract; the native coin is always accepted.",
    "Check the address and the network.",
  ],
  OfferPolicies_NotCleared: [
    "{recipient} may not receive a licence of the offer {termsHash}: its clearance ends at {validUntil:start}.",
    "The offer has the policy {policy}, and its issuer has not cleared the account for it, or the clearance has ended.",
    "Ask the issuer for a clearance, and present it before the purchase.",
  ],
  OfferPolicies_NotTheHolder: [
    "Licence {licenseId} cannot be renewed in the name of {recipient}: {holder} holds it.",
    "The offer has a policy, so the holder itself must be cleared.",
    "Name {holder} as the recipient.",
  ],
  OfferPolicies_BadSignature: [
    "The clearance is not signed by {issuer}.",
    "The policy names its issuer, and this signature is another's, or of other words, another contract or another chain.",
    "Ask the issuer to sign it again.",
  ],
  OfferPolicies_OldNonce: [
    "The clearance has the nonce {nonce}, and {last} was used before.",
    "A newer clearance of the account was presented, or the issuer took this one back.",
    "Ask the issuer for a new one.",
  ],
  OfferPolicies_BadValidity: [
    "A clearance cannot end at {validUntil:time}.",
    "It must end in the future, at most a year from now.",
    "Ask the issuer for one with another end.",
  ],
  OfferPolicies_NotIssuer: [
    "{caller} cannot revoke clearances of {issuer}.",
    "Only the issuer that the policy names can.",
    "Send it from {issuer}.",
  ],
  Market_NotEscrow: [
    "{caller} is not the escrow.",
    "Only the escrow reports to the market how a deal ended.",
    "Call the escrow instead.",
  ],
} as const satisfies ContractSentences;
