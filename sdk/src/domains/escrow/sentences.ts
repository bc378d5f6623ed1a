import type { ContractSentences } from "../../base/template";

/** What the escrow and the desk of updates refuse. */
export const escrowSentences = {
  Escrow_NotOpener: [
    "{caller} cannot open a deal of {opener}.",
    "A deal is opened by the module it names.",
    "Buy through the market.",
  ],
  Escrow_DealExists: ["{opener} has opened deal {id} before.", "A deal's number is used once.", "Use another number."],
  Escrow_ZeroParty: ["A party of the deal is the zero address.", "An account was left empty.", "Name every party."],
  Escrow_WrongKey: [
    "The deal's key {keyX} is not that of version {versionId}.",
    "The version has no file to deliver, or its key was taken from elsewhere.",
    "Read the key from the registry.",
  ],
  Escrow_EmptyPad: [
    "The buyer's key or the pad is missing.",
    "Without them the seller could not deliver the key to this buyer alone.",
    "Make a fresh key and its pad, and send both with the order.",
  ],
  Escrow_WindowOutOfBounds: [
    "A window of {window} seconds is outside {minimum} to {maximum}.",
    "Windows are bounded, so that neither side can be kept waiting or rushed.",
    "Offer a window within the bounds.",
  ],
  Escrow_ComplainBySet: [
    "The deal names {complainBy:time} as the end of its complaints.",
    "That time follows from the delivery, so a new deal cannot name it.",
    "Set complainBy to 0.",
  ],
  Escrow_ShareWithoutReferrer: [
    "The deal sets a referrer's share of {referrerBps} basis points and names no referrer.",
    "Nobody could receive that share.",
    "Name the referrer, or set the share to 0.",
  ],
  Escrow_SharesTooHigh: [
    "The protocol's {protocolFeeBps} and the referrer's {referrerBps} basis points are above their bounds.",
    "The shares of a deal are bounded by constants.",
    "Lower the referrer's share.",
  ],
  Escrow_BondWithoutArbitrator: [
    "The arbitrator {arbitrator} and the bond of {bond:coin} do not belong together.",
    "A deal has a bond exactly when it has an arbitrator.",
    "Set both, or neither.",
  ],
  Escrow_FreeDealWithBond: [
    "Deal {id} costs nothing and has a bond of {bond:coin}.",
    "If nothing is paid, nothing can be awarded, and anybody could block the bond at no cost.",
    "Set a price, or leave out the bond and the arbitrator.",
  ],
  Escrow_BondExhausted: [
    "{seller} has {free:coin} of free bond for the offer {termsHash}, and {needed:coin} is needed.",
    "Each offer has a bond of its own. The seller posted too little for this one, or open deals hold it.",
    "The seller posts more with `isonomy bond post`, or waits until deals close; no more can be withdrawn than is free.",
  ],
  Escrow_NoMissToRecord: [
    "There is no missed delivery to record for deal {id}.",
    "It was free, it was delivered, it was closed before its delivery window was over, or its miss was recorded before.",
    "Nothing: only paid deals that were still open after their window count, once each.",
  ],
  Escrow_DishonestPad: [
    "The secret does not show that deal {id} could have been delivered.",
    "It is not the secret of the deal's key, or the key and the pad do not belong together.",
    "Send the buyer's secret of this deal. If the pad was wrong, no seller could have delivered.",
  ],
  Escrow_WrongValue: [
    "{sent:coin} was sent where {expected:coin} was due.",
    "The deal calls for an exact value.",
    "Send exactly {expected:coin}.",
  ],
  Escrow_UnknownDeal: [
    "The deal {id} of {opener} is not the one that was opened.",
    "A deal is stored as a hash, and one of the given fields differs; or it is closed.",
    "Read the deal from the event that opened it.",
  ],
  Escrow_WrongStatus: [
    "Deal {id} is {actual:none/open/delivered/disputed/settled/split/refunded}, which does not allow this.",
    "Each step of a deal follows from the one before.",
    "Read the deal's state and take the step it allows.",
  ],
  Escrow_NotParty: [
    "{caller} cannot do this in deal {id}.",
    "Only another party of the deal may do this.",
    "Sign with that party's account.",
  ],
  Escrow_TooLate: [
    "The time for this in deal {id} ended at {deadline:time}.",
    "The window of this step has passed.",
    "Take the step that follows the end of a window, such as a refund or the settlement.",
  ],
  Escrow_TooLittleGas: [
    "{left} gas was left, and {needed} is needed.",
    "A refund keeps enough gas for its opener to take the licence back.",
    "Send the transaction again with a higher gas limit.",
  ],
  Escrow_TooEarly: [
    "This may be done in deal {id} after {deadline:time}.",
    "The other side still has time.",
    "Wait until then.",
  ],
  Escrow_WrongScalar: [
    "The delivered number does not open deal {id}.",
    "It does not lead to the version's key with this buyer's pad.",
    "Compute it again from the version's key and the buyer's key of this deal.",
  ],
  Escrow_VersionDefective: [
    "Version {versionId} was proven defective at {defectiveAt:time}.",
    "Its file is not what was promised.",
    "Ask for the refund; nobody can deliver this version.",
  ],
  Escrow_NotDefective: [
    "Version {versionId} does not count as defective for this deal. Proven: {defectiveAt:start}.",
    "No proof was given within the deal's time.",
    "Prove the defect in the registry first, within the complaint window.",
  ],
  Escrow_NoArbitrator: [
    "Deal {id} has no arbitrator.",
    "The offer was sold without one.",
    "Only what can be proven on chain is refunded in this deal.",
  ],
  Escrow_HalfTooSmall: [
    "{sent:coin} was sent; this party's half of the dispute costs {needed:coin}.",
    "Both sides prepay the arbitrator's fee.",
    "Send at least {needed:coin}.",
  ],
  Escrow_DisputeExists: [
    "The arbitrator {arbitrator} used the number {disputeId} twice.",
    "An arbitrator must give each dispute its own number.",
    "Do not choose this arbitrator for further offers.",
  ],
  Escrow_UnknownDispute: [
    "{arbitrator} has no dispute {disputeId} here.",
    "Only the deal's arbitrator may rule, on the dispute it opened.",
    "Check the dispute's number.",
  ],
  Escrow_RulingOutOfRange: [
    "There is no choice {ruling}.",
    "A dispute has two choices; 0 is no decision.",
    "Rule 0, 1 or 2.",
  ],
  Escrow_AlreadyRuled: ["Deal {id} was ruled on already: {ruling}.", "A ruling is final.", "Carry the ruling out."],
  Escrow_NotRuled: [
    "There is no ruling on deal {id} to carry out.",
    "The arbitrator has not decided.",
    "Wait for the ruling or its deadline.",
  ],
  Escrow_NoFeeToReclaim: [
    "The arbitrator holds no fee of deal {id} that could be returned.",
    "The deal is not closed, it had no dispute, its arbitrator decided it, or the fee came back before.",
    "Nothing: the dispute's field feeHeld says when the arbitrator holds a fee.",
  ],
  Escrow_FeeNotReturned: [
    "{arbitrator} returned nothing of the fee of deal {id}.",
    "Its time for votes is not over, its arbiters decided meanwhile and were paid, or it never returns a fee.",
    "Try again when the time for votes is over. A fee that arbiters have earned does not come back.",
  ],
  Escrow_NotAConcession: [
    "An offer of {refund} is no concession in deal {id}, where the present offer is {current}.",
    "Before a ruling each side may only move towards the other.",
    "The licensee may lower the refund, the seller may raise it.",
  ],
  Escrow_UnexpectedCoin: [
    "The escrow takes no coin from {sender}.",
    "Coin that belongs to no deal could not be returned.",
    "Send value only with the call that needs it.",
  ],
  UpdateDesk_NotLicensee: [
    "{caller} may not use licence {licenseId} now.",
    "Updates are delivered to the user of the licence.",
    "Sign with the holder's account, or wait until its deal is settled.",
  ],
  UpdateDesk_NotAnUpdate: [
    "Licence {licenseId} does not cover version {versionId} as an update.",
    "The version is of another model, not later, or the licence was sold without updates.",
    "Buy a licence of that version.",
  ],
  UpdateDesk_VersionDefective: [
    "Version {versionId} was proven defective.",
    "Its file is not what was promised.",
    "Wait for the next version.",
  ],
  UpdateDesk_AlreadyRequested: [
    "Version {versionId} was already requested under licence {licenseId}, in deal {dealId}.",
    "A licence gets each version once.",
    "Follow deal {dealId}.",
  ],
  UpdateDesk_NotEscrow: [
    "{caller} is not the escrow.",
    "Only the escrow reports how a deal ended.",
    "Call the escrow instead.",
  ],
} as const satisfies ContractSentences;
