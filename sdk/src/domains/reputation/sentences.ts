import type { ContractSentences } from "../../base/template";

/** What reviews and metrics refuse. */
export const reputationSentences = {
  Reviews_NotHolder: [
    "{caller} cannot review licence {licenseId}: {holder} holds it.",
    "The holder of a licence writes its review.",
    "Sign with the holder's account.",
  ],
  Reviews_NotAuthor: [
    "{caller} cannot change the review of licence {licenseId}: its author is {author}.",
    "Its author alone edits and erases a review, also after the licence was sold on; with the zero address there is none yet.",
    "Sign with the author's account, or write a review of a licence that you hold.",
  ],
  Reviews_NotItsOffer: [
    "The market did not sell licence {licenseId} under the offer {termsHash}.",
    "What a licence paid is proven by the offer that it was sold under.",
    "Pass the offer of the licence's own sale.",
  ],
  Reviews_Exists: [
    "Licence {licenseId} has a review by {author} already.",
    "A licence has one review, ever, also when that was erased or the licence was sold on.",
    "Its author can edit it; to review the model yourself, buy a licence.",
  ],
  Reviews_DealNotClosed: [
    "Licence {licenseId} cannot be reviewed: its deal is {status:none/open/delivered/disputed/settled/split/refunded}.",
    "A review weighs the fee that was paid, and the fee of a file is paid when its deal is settled.",
    "Accept the delivery, or wait until the deal is closed.",
  ],
  Reviews_BadStars: ["A review cannot have {stars} stars.", "It has 1 to 5.", "Give 1 to 5 stars."],
  Reviews_AlreadyErased: [
    "The review of licence {licenseId} is erased already.",
    "It counts nothing since.",
    "Nothing is left to do; its author can write it again.",
  ],
  Metrics_BadMetric: [
    'The metric is invalid: "{field}".',
    "It has at most 38 decimal places, was measured in the past, and is vouched for until a time to come, at most 1,095 days after it was measured.",
    "Have the evaluator sign it again with the field corrected.",
  ],
  Metrics_BadSignature: [
    "{evaluator} did not sign the metric {uid}.",
    "A signature counts for exactly these words, for this contract on this chain.",
    "Ask the evaluator to sign it again.",
  ],
  Metrics_Exists: ["The metric {uid} was submitted before.", "A metric counts once.", "Nothing is left to do."],
  Metrics_Revoked: [
    "The metric {uid} was revoked on {revokedAt:time}.",
    "Its evaluator took it back, for good.",
    "Ask the evaluator for a new measurement.",
  ],
  Metrics_NotEvaluator: [
    "{caller} cannot revoke a metric of {evaluator}.",
    "Only the evaluator takes back what it said.",
    "Sign with the evaluator's account.",
  ],
} as const satisfies ContractSentences;
