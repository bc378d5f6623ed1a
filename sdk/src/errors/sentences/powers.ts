import type { Sentences } from "./sentences";

// What the Authority and the timelock refuse.

export const POWERS: Record<string, Sentences> = {
  BoundedPause_TooLong: [
    "A pause of {duration} seconds is longer than {maximum}.",
    "The guardian may pause only briefly.",
    "Pause for at most {maximum} seconds.",
  ],
  BoundedPause_TooSoon: [
    "The next pause may start at {notBefore} (seconds since 1970).",
    "The pauses of one mandate must lie far apart, so that nothing stays closed.",
    "Wait, or let the DAO decide.",
  ],
  TreasuryPointer_ZeroAddress: [
    "The treasury cannot be the zero address.",
    "What is paid to it would be lost.",
    "Name the account that receives the protocol's part.",
  ],
  GuardianDesk_NotTheGuardian: [
    "{caller} is not the guardian.",
    "The guardian is {guardian}, until a vote names another.",
    "Let the guardian call.",
  ],
  GuardianDesk_MandateEnded: [
    "The guardian's mandate ended at {endedAt} (seconds since 1970).",
    "A guardian serves for a year, and then holds no power.",
    "Propose to name a guardian again.",
  ],
  GuardianDesk_NotForGuardian: [
    "The function {selector} of {target} is not the guardian's.",
    "The Authority gives it to another role, or to nobody.",
    "Print the table of permissions to see what the guardian may call.",
  ],
  AccessManagedUnauthorized: [
    "{caller} may not call this function.",
    "It belongs to a role of the Authority that the account does not hold.",
    "Print the table of permissions to see who may; most changes take a vote.",
  ],
  AccessManagedRequiredDelay: [
    "{caller} must announce this call {delay} seconds ahead.",
    "The role carries a delay, so that everybody sees a change coming.",
    "Schedule the call with the Authority and execute it later.",
  ],
  AccessManagedInvalidAuthority: [
    "{authority} cannot be the Authority.",
    "It is not a contract.",
    "Check the address.",
  ],
  AccessManagerAlreadyScheduled: [
    "The operation {operationId} is scheduled already.",
    "The same call waits for its time.",
    "Wait, or cancel it first.",
  ],
  AccessManagerBadConfirmation: [
    "A role can be renounced only by its holder.",
    "The confirming address is not the caller.",
    "Confirm with your own address.",
  ],
  AccessManagerExpired: [
    "The operation {operationId} came too late.",
    "A scheduled call expires when it is not executed in time.",
    "Schedule it again.",
  ],
  AccessManagerInvalidInitialAdmin: [
    "{initialAdmin} cannot be the first admin.",
    "It is the zero address.",
    "Name an account.",
  ],
  AccessManagerLockedFunction: [
    "The function {selector} cannot be given away.",
    "It protects the Authority itself.",
    "Choose another function.",
  ],
  AccessManagerLockedRole: [
    "Role {roleId} cannot be changed.",
    "It is the admin's or the public's.",
    "Choose another role.",
  ],
  AccessManagerNotReady: ["The operation {operationId} has to wait.", "Its delay has not passed.", "Execute it later."],
  AccessManagerNotScheduled: [
    "The operation {operationId} was never scheduled.",
    "A call under a delay must be announced first.",
    "Schedule it.",
  ],
  AccessManagerUnauthorizedAccount: [
    "{msgsender} does not hold role {roleId}.",
    "The function belongs to that role.",
    "Print the table of permissions.",
  ],
  AccessManagerUnauthorizedCall: [
    "{caller} may not call {selector} of {target}.",
    "The function belongs to a role the account does not hold.",
    "Print the table of permissions.",
  ],
  AccessManagerUnauthorizedCancel: [
    "{msgsender} may not cancel the call {selector} of {target} that {caller} scheduled.",
    "Only whoever scheduled it, the admin or a guardian may.",
    "Ask one of them.",
  ],
  AccessManagerUnauthorizedConsume: [
    "{target} may not use up a scheduled call.",
    "Only the called contract does.",
    "Execute it through the Authority.",
  ],
  AccessControlBadConfirmation: [
    "A role can be renounced only by its holder.",
    "The confirming address is not the caller.",
    "Confirm with your own address.",
  ],
  AccessControlUnauthorizedAccount: [
    "{account} does not hold the role {neededRole}.",
    "The timelock's functions belong to roles.",
    "Print the table of permissions.",
  ],
  TimelockInsufficientDelay: [
    "A delay of {delay} seconds is below the timelock's {minDelay}.",
    "Every change waits.",
    "Schedule with at least {minDelay}.",
  ],
  TimelockInvalidOperationLength: [
    "The operation names {targets} targets, {payloads} payloads and {values} values.",
    "Each call needs one of each.",
    "Send lists of equal length.",
  ],
  TimelockUnauthorizedCaller: [
    "{caller} may not change the timelock.",
    "Only the timelock changes itself.",
    "Propose the change.",
  ],
  TimelockUnexecutedPredecessor: [
    "The operation {predecessorId} must be executed first.",
    "The order was fixed when it was scheduled.",
    "Execute it first.",
  ],
  TimelockUnexpectedOperationState: [
    "The operation {operationId} is not in a state that allows this ({expectedStates}).",
    "It is not scheduled, not ready, or done.",
    "Read its state from the timelock.",
  ],
};
