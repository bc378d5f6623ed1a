import type { ContractSentences } from "../../base/template";

/** What rights modules refuse. */
export const rightsSentences = {
  Rights_NotMarket: [
    "{caller} cannot grant rights.",
    "A rights module believes the one market that it serves.",
    "Buy through the market.",
  ],
  Rights_NotOwner: [
    "{caller} does not hold licence {licenseId}: {owner} does.",
    "Only the holder gives seats, or cancels.",
    "Sign with the holder's account.",
  ],
  Rights_NotItsOffer: [
    "Licence {licenseId} was not sold under the offer {termsHash} with rights of this module.",
    "The terms of a licence are proven by the offer that it was sold under.",
    "Pass that offer.",
  ],
  Rights_BadTerms: [
    'The offer\'s rights are invalid: "{field}".',
    "A module takes only terms that it can keep.",
    "Correct the field; the others have not been checked yet.",
  ],
  Seats_Full: [
    "All {seats} seats of licence {licenseId} are given.",
    "The offer says how many there are.",
    "Take a seat from somebody first, or buy another licence.",
  ],
  Seats_AlreadySeated: [
    "{user} may use licence {licenseId} already.",
    "The account has a seat, or is the holder, who needs none.",
    "Give the seat to another user.",
  ],
  Seats_NotSeated: [
    "{user} has no seat of licence {licenseId}.",
    "It was never given, or is taken.",
    "Name a user who has one.",
  ],
  Seats_MinimumStay: [
    "The seat of {user} cannot be taken before {notBefore:time}.",
    "The offer of licence {licenseId} has a minimum stay, so that one seat does not serve a crowd by turns.",
    "Take it then.",
  ],
  Seats_ZeroUser: [
    "A seat needs a user.",
    "The zero address can use nothing.",
    "Name an account, or a device by its key.",
  ],
  SeatLicenses_NotRenewable: [
    "Licence {licenseId} is not renewed.",
    "It was sold for ever.",
    "Use it as it is; to have more seats, buy another licence.",
  ],
  Subscriptions_NotRenewable: [
    "Licence {licenseId} cannot be renewed: {reason:possible/notItsOffer/unknown/locked/promiseOver/holderOnly/releaseFirst/versionDefective/tooFarAhead}.",
    "The seller's promise is over, its deal is open or was refunded, or it can be cancelled and somebody else pays.",
    "See what `isonomy subscription show` says of the licence; else buy a new one.",
  ],
  Subscriptions_TooFarAhead: [
    "Licence {licenseId} would run until {expiresAt:time}.",
    "A subscription is paid at most 3,650 days ahead.",
    "Buy fewer periods at once.",
  ],
  Subscriptions_NotCancellable: [
    "Licence {licenseId} cannot be cancelled.",
    "It was sold as one that is paid out at once.",
    "Let it run out.",
  ],
  Subscriptions_NotAGift: [
    "{payer} cannot buy this subscription for {recipient}.",
    "What is left of it goes back to its holder when it is cancelled, so only its holder pays for it.",
    "Have {recipient} buy it.",
  ],
  StandingOrders_NoOrder: [
    "{payer} has no standing order for licence {licenseId} while {holder} holds it.",
    "It was never set, was taken back, has ended, or was for another holder of the licence.",
    "The payer sets one with `isonomy standing set`, or renews with `isonomy renew`.",
  ],
  StandingOrders_BadOrder: [
    'The standing order is invalid: "{field}".',
    "It ends in the future; it renews 10 minutes to 7 days ahead, and at most half a period; its bound is at least the price, and its tip at most that.",
    "Correct the field; the others have not been checked yet.",
  ],
  StandingOrders_NotHolder: [
    "{holder} holds licence {licenseId}, not {expected}.",
    "A standing order is for one holder, and the licence went to another.",
    "Ask who holds it now, and set the order for that account if you mean it.",
  ],
  StandingOrders_NotRenewable: [
    "Licence {licenseId} can have no standing order: {reason:possible/notItsOffer/unknown/locked/promiseOver/holderOnly/releaseFirst/versionDefective/tooFarAhead}.",
    "Somebody else cannot renew it under this offer.",
    "See what `isonomy subscription show` says of the licence; one that can be cancelled is renewed by its holder.",
  ],
  StandingOrders_NativeCoin: [
    "A price in native coin has no standing orders.",
    "Nobody can be allowed to take native coin from an account.",
    "Renew with `isonomy renew`, or buy under an offer in a token.",
  ],
  StandingOrders_NotDue: [
    "Licence {licenseId} is not due before {notBefore:time}.",
    "A standing order renews one period at a time, so long before the end of the term as its payer allowed.",
    "Send it then.",
  ],
  UsageChannel_Unknown: [
    "No channel of licence {licenseId} was opened like this.",
    "The channel is not as its opening said, or it is finished.",
    "Read the channel from the event of its opening.",
  ],
  UsageChannel_BadVoucher: [
    "The voucher of licence {licenseId} cannot be redeemed: {reason:none/notItsChannel/expired/afterGrace/notAboveLast/aboveBought/keyRefused/badSignature}.",
    "Only a voucher of a living key, in its time and for units that are paid, is worth something.",
    "Ask the user for a newer voucher, or for more units; after the grace nothing can be redeemed.",
  ],
  UsageChannel_Closing: [
    "The channel of licence {licenseId} is closed: vouchers are redeemed until {closesAt:time}.",
    "A closed channel takes no units, and is not closed again.",
    "Redeem until then, finish it afterwards, and buy a new licence.",
  ],
  UsageChannel_TooEarly: [
    "The channel of licence {licenseId} cannot be finished yet: its grace ends at {closesAt:time}.",
    "The node has the grace to redeem what was used; without a time, the channel was not closed.",
    "Close it first, and finish it after the grace.",
  ],
  UsageChannel_TooManyUnits: [
    "Licence {licenseId} would have {units} units.",
    "The units of a purchase, and of all renewals of a licence together, are limited.",
    "Buy fewer, or another licence.",
  ],
  UsageChannel_BadBatch: [
    "{claims} vouchers cannot be redeemed at once.",
    "A batch has 1 to 64.",
    "Send them in smaller batches.",
  ],
  UsageChannel_SlotTaken: [
    "Slot {slot} of licence {licenseId} has had a key.",
    "Slot 0 has the key of the purchase, and a used slot never gets another key.",
    "Take a free slot, from 1 to 65,535.",
  ],
  UsageChannel_NoKey: [
    "Slot {slot} of licence {licenseId} has no key that could be revoked.",
    "It was never set, or is revoked; the key of slot 0 is that of the channel.",
    "Name the slot of a key; to revoke the key of slot 0, close the channel.",
  ],
  UsageChannel_ZeroKey: ["A slot needs a key.", "The zero address signs nothing.", "Name the address of a key."],
} as const satisfies ContractSentences;
