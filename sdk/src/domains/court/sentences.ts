import type { ContractSentences } from "../../base/template";

/** What the panel of arbiters refuses. */
export const courtSentences = {
  Panel_BadMembers: [
    "{arbiters} arbiters with a threshold of {threshold} cannot be a panel.",
    "The threshold must be a majority of a bounded number of arbiters.",
    "Choose a threshold above half.",
  ],
  Panel_BadArbiter: ["{arbiter} cannot be an arbiter.", "It is zero, or named twice.", "Name different accounts."],
  Panel_WrongFee: ["{sent:coin} was sent; the panel's fee is {fee:coin}.", "The fee is exact.", "Send {fee:coin}."],
  Panel_BadChoices: [
    "A dispute cannot have {choices} choices.",
    "The number of choices is bounded.",
    "Offer two choices.",
  ],
  Panel_UnknownDispute: [
    "There is no dispute {disputeId}.",
    "It was never opened at this panel.",
    "Check the number and the panel's address.",
  ],
  Panel_AlreadyDecided: ["Dispute {disputeId} is over.", "A decision is final.", "Read the ruling."],
  Panel_NotArbiter: [
    "{caller} is not an arbiter of this panel.",
    "Only the panel's members vote.",
    "Sign with an arbiter's account.",
  ],
  Panel_AlreadyVoted: [
    "{arbiter} has voted in dispute {disputeId}.",
    "Each arbiter votes once.",
    "Wait for the others.",
  ],
  Panel_RulingOutOfRange: [
    "There is no choice {ruling} among {choices}.",
    "Choices are numbered from 0 (no decision).",
    "Vote for one of them.",
  ],
  Panel_TooLate: [
    "Votes in dispute {disputeId} ended at {voteBy:time}.",
    "The time for votes is over.",
    "Close the dispute.",
  ],
  Panel_TooEarly: [
    "Votes in dispute {disputeId} last until {voteBy:time}.",
    "Arbiters still have time.",
    "Wait until then.",
  ],
  Panel_NoFeeToReclaim: [
    "{caller} has no fee to reclaim for dispute {disputeId}.",
    "Only the contract that paid may have it back, once, and only without a decision.",
    "Read how the dispute ended.",
  ],
  Panel_FeeRefused: [
    "The fee of dispute {disputeId} could not be returned.",
    "The contract that paid it refuses native coin.",
    "That contract must accept the coin first.",
  ],
} as const satisfies ContractSentences;
