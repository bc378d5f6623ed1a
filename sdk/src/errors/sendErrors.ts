import { errorsOf, type Entries } from "../base/template";

/** What can become of a transaction, and what keeps one from being signed; loaded with what sends. */
export const sendErrors = {
  TRANSACTION_REPLACED: {
    message: "The transaction {hash} was replaced by {replacement}, which does something else.",
    reason: "The account sent another transaction with the same nonce and a higher fee.",
    fix: "Look at {replacement} before trying again; the first transaction can never be mined any more.",
  },
  TRANSACTION_CANCELLED: {
    message: "The transaction {hash} was cancelled by {replacement}.",
    reason: "The account sent itself nothing with the same nonce, which is how a wallet cancels.",
    fix: "Send it again when it is wanted after all; nothing but the fee of the cancellation was spent.",
  },
  TRANSACTION_DROPPED: {
    message: "The node has not had the transaction {hash} for {seconds} seconds, and its nonce is still free.",
    reason: "The node forgot it, its fee was too low to be kept, or it was sent past the node to a private relay.",
    fix: "Look {hash} up, then send it again: with the same nonce only one of the two can be mined.",
  },
  TRANSACTION_UNCONFIRMED: {
    message:
      "The transaction {hash} of {account} with nonce {nonce} was sent, and what became of it is not known after {seconds} seconds.",
    reason: "Its fee is too low for the blocks since, or the node stopped answering.",
    fix: "Look {hash} up before anything is sent again: it may still be mined. Until then send only with the same nonce, {nonce}, because only one transaction per nonce can be mined; a wallet can speed it up or cancel it.",
  },
  TRANSACTION_MAYBE_SENT: {
    message: "The transaction of {account} may have been sent, and its hash is not known: {detail}",
    reason:
      "The wallet or the node that signs failed after it was asked to send, and its answer says neither yes nor no.",
    fix: "Look at the wallet's activity, and whether {account} has used its nonce {nonce}, before anything is sent again: a second transaction would do the same twice.",
  },
  FEE_ABOVE_LIMIT: {
    message: "The transaction could cost {fee} in native coin for its gas, and the limit is {limit}.",
    reason: "The node names the price and the amount of gas: the network is crowded, or the node is not to be trusted.",
    fix: "Compare the price of gas with another source, then wait, or raise the limit (maxFee; --max-fee on the command line); nothing was signed.",
  },
  TIP_ABOVE_LIMIT: {
    message: "The transaction would pay a tip of {tip} gwei for each unit of gas, and the limit is {limit}.",
    reason:
      "The node names the tip, and the block builder gets it: the network is crowded, or the node is not to be trusted.",
    fix: "Compare the tip with another source, then wait, or raise the limit (maxTip; --max-tip on the command line); nothing was signed.",
  },
} as const satisfies Entries;

/** Builds one of them from its code, the values of its sentences, and what was caught. */
export const sendError = errorsOf(sendErrors);
