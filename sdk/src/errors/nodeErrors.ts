import { errorsOf, type Entries } from "../base/template";

/** What a node, a wallet or an unknown contract says, as `decodeError` reads it. */
export const nodeErrors = {
  INSUFFICIENT_FUNDS: {
    message: "The account cannot pay for this transaction.",
    reason: "Its native balance is below the value sent plus the highest gas fee.",
    fix: "Send native coin to the account, or send a smaller value.",
  },
  NONCE_EXPIRED: {
    message: "The nonce was already used by this account.",
    reason: "Another transaction of the same account was sent in the meantime, or the node was restarted.",
    fix: "Send it again; in a wallet that remembers a restarted local chain, reset the account first.",
  },
  REPLACEMENT_UNDERPRICED: {
    message: "The transaction would replace a pending one but does not pay enough more.",
    reason: "The account has a pending transaction with the same nonce.",
    fix: "Wait for the first one, or raise the fee by at least a tenth.",
  },
  TRANSACTION_KNOWN: {
    message: "The node has this transaction already.",
    reason: "It was sent before, and its answer was lost or the call was repeated.",
    fix: "Look it up by its hash; do not sign another one.",
  },
  NONCE_TOO_HIGH: {
    message: "The transaction's nonce is ahead of the account's next one.",
    reason: "A transaction with a lower nonce was dropped or never sent, or the node is behind.",
    fix: "Send the missing one first; in a wallet that remembers a restarted local chain, reset the account.",
  },
  FEE_TOO_LOW: {
    message: "The transaction pays less for gas than the network asks now.",
    reason: "The base fee rose since it was signed, or the node asks for a minimum.",
    fix: "Send it again with the current fees.",
  },
  FEE_ABOVE_NODE_CAP: {
    message: "The transaction's fee is above the cap that the node is set to.",
    reason: "The node protects its users from a mistyped fee.",
    fix: "Check the fee; raise the node's cap only if the fee is intended.",
  },
  GAS_LIMIT_TOO_LOW: {
    message: "The transaction's gas limit does not cover its own data.",
    reason: "The limit was set by hand, or estimated for another call.",
    fix: "Leave the gas limit out, so that it is estimated.",
  },
  GAS_LIMIT_TOO_HIGH: {
    message: "The transaction's gas limit is above what the chain or the node allows.",
    reason: "The limit was set by hand, or the call does more than fits one block.",
    fix: "Lower the gas limit, or split the call.",
  },
  POOL_FULL: {
    message: "The node does not take the transaction now.",
    reason: "Its pool is full, it is not in sync yet, or this account has too many transactions waiting.",
    fix: "Send the very same transaction again later: look it up by its hash before signing another one.",
  },
  USER_REJECTED: {
    message: "The wallet's owner declined to sign.",
    reason: "The request was closed or refused in the wallet.",
    fix: "Ask again when the owner is ready; nothing was sent.",
  },
  NETWORK_CHANGED: {
    message: "The wallet changed from chain {before} to chain {after}.",
    reason: "Its owner or another page switched the network, and a provider of ethers keeps to the one it began with.",
    fix: "Switch the wallet back to chain {before}; or create the provider and the client again, with the addresses of chain {after}. Look up a transaction that was on its way.",
  },
  NODE_BUSY: {
    message: "The node asks to be asked later: {detail}",
    reason: "It limits the rate of requests, or it is overloaded; it kept refusing while the request was repeated.",
    fix: "Wait some minutes before reading again, or name a node that allows more requests. A transaction that was on its way may have been taken: look it up before sending it again.",
  },
  BATCH_REFUSED: {
    message: "The node takes no batch of requests: {detail}",
    reason: "It allows one request at a time, and the provider sent several in one.",
    fix: "Make the provider with `batchMaxCount: 1`, or name another node.",
  },
  ANSWER_MISSING: {
    message: "The node left a request without an answer.",
    reason: "It dropped a part of a batch, or something between it and this program did.",
    fix: "Read again, or name another node. A transaction that was on its way may have been taken: look it up before sending it again.",
  },
  NODE_INCONSISTENT: {
    message: "The node's answers do not fit together: {detail}",
    reason:
      "It made something up or left something out, or several nodes answer at its address and are not at the same block.",
    fix: "Read again, or name another node; what this one said was not used.",
  },
  HISTORY_REPLACED: {
    message: "The chain no longer has block {block} ({hash}), up to which its events were read.",
    reason:
      "A reorg replaced more blocks than the cursor remembers, or the cursor is from another chain or a node that was reset.",
    fix: "Forget what was read, and watch again without a cursor.",
  },
  CONTRACT_REVERTED: {
    message: "A contract refused the call: {reason}",
    reason: "It stated a reason of its own, which is not one of this protocol's errors.",
    fix: "Read the reason; it usually comes from the pay token or from another contract in the call.",
  },
  CONTRACT_PANICKED: {
    message: "A contract stopped with panic code {code}.",
    reason: "Solidity's own checks failed, such as an overflow, a division by zero or an index out of range.",
    fix: "Check the amounts of the call; if they are sound, report the call as a fault.",
  },
  CONTRACT_ERROR_UNKNOWN: {
    message: "A contract refused the call with data {data}.",
    reason: "The data is none of this protocol's errors; a token or another contract in the call may have raised it.",
    fix: "Look the first four bytes up in that contract's ABI.",
  },
  CONTRACT_REVERTED_SILENTLY: {
    message: "A contract refused the call without a reason.",
    reason: "The call ran out of gas, reached a function that does not exist, or met a token that gives no reason.",
    fix: "Raise the gas limit, and check the addresses of the call.",
  },
} as const satisfies Entries;

/** Builds one of them from its code, the values of its sentences, and what was caught. */
export const nodeError = errorsOf(nodeErrors);
