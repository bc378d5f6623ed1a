import { errorsOf, type Entries } from "../base/template";

/** What can stop a seller's agent. */
export const sellerErrors = {
  AGENT_RUNNING: {
    message: "Another agent, process {pid} on {host}, works with {path}.",
    reason: "Two agents with one account would use the same nonces.",
    fix: "Stop the other one first, or give this one another account and another state file.",
  },
  STATE_DAMAGED: {
    message: "The agent's state file {path} cannot be read.",
    reason: "It was edited, cut short, or belongs to another release.",
    fix: "Move the file away: the agent then reads the chain again from the deployment on, and delivers nothing twice.",
  },
  STATE_OF_ANOTHER: {
    message: "The state file {path} is for {actual}, not for {expected}.",
    reason: "The file was made with another account, chain or deployment.",
    fix: "Name another file with --state, or the account and the network that the file belongs to.",
  },
  DELIVERY_UNCONFIRMED: {
    message: "The delivery for {label} is not mined after {seconds} seconds.",
    reason: "The node is behind, or the fee is too low for now.",
    fix: "Wait: the agent sends the same transaction again, and later with a higher fee.",
  },
  FEE_CEILING: {
    message: "The network asks {asked} per unit of gas, and the limit is {ceiling}.",
    reason: "The network is crowded, or the node reports false fees.",
    fix: "Wait, or raise --max-gas-price if the fee is intended; nothing was sent.",
  },
  STATE_UNWRITABLE: {
    message: "The agent's state cannot be written to {path}: {detail}",
    reason: "The disk is full, or this account may no longer write to the folder.",
    fix: "Make room or change the permissions: nothing more is delivered until the state can be written.",
  },
  HTTP_UNAVAILABLE: {
    message: "Nothing can listen at {where}: {detail}",
    reason: "Another program listens there, or the host is not an address of this machine.",
    fix: "Give --http another host and port, such as 127.0.0.1:9465, or off; nothing was sent.",
  },
} as const satisfies Entries;

/** The codes of the errors of the agent. */
export type SellerErrorCode = keyof typeof sellerErrors;

/** Builds one of them from its code, the values of its sentences, and what was caught. */
export const sellerError = errorsOf(sellerErrors);
