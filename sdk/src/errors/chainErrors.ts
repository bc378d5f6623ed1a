import { argumentErrors } from "../base/checked";
import { errorsOf, type Entries } from "../base/template";

/** What the clients themselves find wrong between them and the chain. */
export const chainErrors = {
  TOKEN_BALANCE_TOO_LOW: {
    message: "{account} has {balance} of the token {token} and needs {needed}, in its smallest unit.",
    reason: "The account does not hold what would be taken from it.",
    fix: "Send the account more of the token, or choose a smaller amount; nothing was sent.",
  },
  NETWORK_UNREACHABLE: {
    message: "The node does not answer.",
    reason: "It is not running, its address is wrong, or the connection was lost.",
    fix: "Check the node and its address. A transaction already sent may still be mined: look it up before sending it again.",
  },
  TIMEOUT: {
    message: "The node did not answer in time.",
    reason: "It is overloaded, or the transaction is not mined yet.",
    fix: "Look the transaction up before sending it again.",
  },
  NODE_BEHIND: {
    message: "The node has not reached the block it was asked about: {detail}",
    reason: "Several nodes answer at its address and one is behind, or it is not synchronised.",
    fix: "Read again once it has caught up, or name another node.",
  },
  NODE_FAILED: {
    message: "The node could not carry out the request: {detail}",
    reason:
      "It has a fault of its own, or something between it and this program answered in its place; that says nothing about the contract.",
    fix: "Wait and read again, or name another node. A transaction that was on its way may have been taken: look it up before sending it again.",
  },
  RANGE_REFUSED: {
    message: "The node answers for no range of blocks that is asked for: {detail}",
    reason: "It refused ever smaller ranges of events, down to one block.",
    fix: "Name a node that serves eth_getLogs for this chain.",
  },
  PROVIDER_MISSING: {
    message: "The account is not connected to a node.",
    reason: "The client was made with a signer that has no provider, or with one that cannot do this.",
    fix: "Connect the signer to a provider; nothing was sent.",
  },
  CONTRACT_MISSING: {
    message: "There is no {name} at {address} on chain {chainId}.",
    reason: "The addresses belong to another network, or the wallet is on another one.",
    fix: "Switch the wallet to the deployment's network, or take the addresses of chain {chainId}; nothing was sent.",
  },
  CONTRACT_FOREIGN: {
    message: "The contract at {address} on chain {chainId} is not the {name} of this deployment: {detail}",
    reason: "The addresses are mixed from several deployments or networks, or one of them is wrong.",
    fix: "Take all addresses from the file of one deployment; nothing was sent.",
  },
  NOT_A_CONTRACT: {
    message: "The address does not answer as the expected contract.",
    reason: "Nothing is deployed there on this network, or it is another contract.",
    fix: "Check the address and the network against the deployment.",
  },
  EVENT_MISSING: {
    message: "The transaction {hash} left no {event} at {address}.",
    reason: "The address is not the contract that was expected, or the contract is of another release.",
    fix: "Check the addresses and the network against the deployment, then look the transaction up.",
  },
  WRONG_NETWORK: {
    message: "The node is on chain {actual}, but chain {expected} was expected.",
    reason:
      "The address of the node or the addresses belong to another network, or the wallet switched to another one.",
    fix: "Switch to chain {expected}, or take the deployment of chain {actual}; nothing was sent.",
  },
  SIGNER_MISSING: {
    message: "This needs an account that signs.",
    reason: "The client was made with a provider, which can only read.",
    fix: "Connect the client to a signer.",
  },
  ...argumentErrors,
  UNEXPECTED: {
    message: "Something unexpected failed: {detail}",
    reason: "No known failure fits it.",
    fix: "Read the error that was caught, in its `cause`.",
  },
} as const satisfies Entries;

/** Builds one of them from its code, the values of its sentences, and what was caught. */
export const chainError = errorsOf(chainErrors);
