import type { ContractSentences } from "../../base/template";

/** What the governor, its token, the treasury, the directory, the Authority and the timelock refuse. */
export const governanceSentences = {
  IsonomyGovernor_ProposerNotNamed: [
    "The description does not end with #proposer={proposer}.",
    "Without it anyone could make the same proposal a moment earlier, and cancel it.",
    "End the description with it; the SDK does.",
  ],
  IsonomyGovernor_TooManyCalls: [
    "The proposal makes {calls} calls, and {limit} are allowed.",
    "Voters must be able to read what they decide.",
    "Split the proposal.",
  ],
  IsonomyGovernor_BecameStricter: [
    "Proposal {proposalId} was voted on as kind {voted:none/parameters/money/constitution} and is of kind {current:none/parameters/money/constitution} now.",
    "Roles changed after it was proposed, so that it needs a stricter vote.",
    "Propose it again.",
  ],
  IsonomyGovernor_TooEarly: [
    "Proposal {proposalId} can be executed from {eta:time} on.",
    "Everybody gets time to react to a decision; the larger its supporters, the longer.",
    "Wait until {eta:time}.",
  ],
  IsonomyGovernor_OutOfBounds: [
    "The setting {value} is outside {lowest} to {highest}.",
    "Constants bound every setting of the governor.",
    "Stay within the bounds.",
  ],
  IsonomyGovernor_Closed: [
    "The governor forwards no calls and keeps its timelock.",
    "The kind of a proposal could not be read from a forwarded call.",
    "Let the proposal call the target itself.",
  ],
  ProposalRules_NotYetAllowed: [
    "Call {call} of the proposal is not allowed in phase {phase}.",
    "While there are few citizens, the DAO may only change parameters, name and disavow issuers, and pay small sums.",
    "Leave the call out, or wait for phase 2.",
  ],
  ProposalRules_VotedTooEarly: [
    "Call {call} was voted on by the rules of phase {phase}, without the consent of the citizens.",
    "The DAO has matured since: the early limits of payments and issuers are gone, and the citizens must agree instead.",
    "Propose it again.",
  ],
  ProposalRules_NotWithoutCitizens: [
    "Call {call} names or disavows an issuer by a vote that the citizens did not have to agree to.",
    "There were too few of them, or too many of one issuer. Now there are enough, and they must agree.",
    "Propose it again.",
  ],
  ProposalRules_UnknownIssuer: [
    "Call {call} is about issuer {issuerId}, which nobody has appointed.",
    "A vote about an issuer that is appointed later would be about nobody.",
    "Read issuerCount from the registry, and name an issuer from 1 to that number.",
  ],
  BallotBox_NotGovernor: [
    "{caller} may not count ballots.",
    "Only the governor that created the box may.",
    "Vote through the governor.",
  ],
  BallotBox_ExceedsWeight: [
    "{voter} spends {used} units and has {remaining} left.",
    "A split of units cannot be more than the voter has.",
    "Read what is left with ballotOf.",
  ],
  GovernorAlreadyCastVote: [
    "{voter} has nothing left to vote with.",
    "Its units are used and it has voted as a citizen, or it had neither at the snapshot.",
    "Nothing can be added to this proposal.",
  ],
  GovernorAlreadyInitializedLatestProposalId: [
    "The numbering of proposals has begun.",
    "It is set once.",
    "Nothing needs to be done.",
  ],
  GovernorAlreadyQueuedProposal: [
    "Proposal {proposalId} is queued.",
    "It was queued before.",
    "Execute it at its time.",
  ],
  GovernorDisabledDeposit: [
    "The governor takes no coin.",
    "The treasury and the timelock hold the DAO's money.",
    "Send it to the treasury.",
  ],
  GovernorInsufficientProposerVotes: [
    "{proposer} has {votes} units, and proposing takes {threshold}.",
    "A threshold keeps the list of proposals readable; votes count from three days after they were acquired.",
    "Gather delegations, or let somebody propose who has them.",
  ],
  GovernorInvalidProposalLength: [
    "The proposal has {targets} targets, {calldatas} calls and {values} values.",
    "It needs one of each for each call, and at least one call.",
    "Send lists of equal length.",
  ],
  GovernorInvalidQuorumFraction: [
    "A quorum of {quorumNumerator} of {quorumDenominator} is not possible.",
    "It cannot be more than everything.",
    "Name a smaller one.",
  ],
  GovernorInvalidSignature: [
    "The ballot was not signed by {voter}.",
    "Its fields, chain, contract or number differ from what was signed, or the signature is not of 65 bytes; an account with code is asked by ERC-1271.",
    "Sign it again.",
  ],
  GovernorInvalidVoteParams: [
    "The ballot's parameters cannot be read.",
    "They are one byte, 48 bytes or 49 bytes long.",
    "Encode them with encodeBallot of the SDK.",
  ],
  GovernorInvalidVoteType: [
    "There is no such side.",
    "A vote is against (0), for (1), abstain (2) or a split (255).",
    "Choose one of them.",
  ],
  GovernorInvalidVotingPeriod: [
    "A voting period of {votingPeriod} seconds is not possible.",
    "Nobody could vote.",
    "Name a longer one.",
  ],
  GovernorNonexistentProposal: [
    "There is no proposal {proposalId}.",
    "The number was never assigned.",
    "Check the number.",
  ],
  GovernorOnlyExecutor: [
    "{account} may not call this function.",
    "The governor is changed by its own proposals alone.",
    "Propose the change.",
  ],
  GovernorProposalQueueingFailed: [
    "Proposal {proposalId} could not be queued.",
    "The timelock gave no time for it.",
    "Report this as a bug.",
  ],
  GovernorProposalQueueingNotRequired: [
    "Proposal {proposalId} needs no queue.",
    "It can be executed at once.",
    "Execute it.",
  ],
  GovernorRestrictedProposer: [
    "{proposer} may not make this proposal.",
    "Its description names another proposer.",
    "Name yourself.",
  ],
  GovernorUnableToCancel: [
    "{account} may not cancel proposal {proposalId} now.",
    "Its proposer may before voting starts; the guardian while its mandate lasts, unless it would keep itself in office.",
    "Vote against it.",
  ],
  GovernorUnexpectedProposalState: [
    "Proposal {proposalId} is {current:pending/active/canceled/defeated/succeeded/queued/expired/executed}, which does not allow this.",
    "A proposal is pending, active, canceled, defeated, succeeded, queued, expired or executed (0 to 7).",
    "Read its state and do what it allows.",
  ],
  Timelock_DelayOutOfBounds: [
    "A delay of {delay} seconds is outside {minimum} to {maximum}.",
    "No vote can remove the wait or make it last for ever.",
    "Stay within the bounds.",
  ],
  GovernanceToken_DeployerHolds: [
    "The genesis list gives tokens to {deployer}, which deploys.",
    "The deployer ends with no tokens and no roles.",
    "Name another account.",
  ],
  GovernanceToken_TooMuchVested: [
    "The genesis list lets {vested} of {supply} vest.",
    "Vesting tokens belong to insiders, who get at most a fifth.",
    "Give them less.",
  ],
  GovernanceToken_BadSupply: [
    "A genesis supply of {supply} is not possible; at most {limit} is.",
    "It is too small for the curve, or too large for the tallies of a vote.",
    "Correct the genesis list.",
  ],
  GovernanceToken_NoRegistry: [
    "The token has no registry of citizens.",
    "It has not been set, so nobody's citizenship is known.",
    "Set one.",
  ],
  GovernanceToken_NotARegistry: [
    "There is no contract at {registry}.",
    "Without a registry of citizens nothing could be proposed any more.",
    "Name a registry that is deployed.",
  ],
  GovernanceToken_OtherPhases: [
    "Phase {phase} begins at {beginsAt:start} in the present registry and at {anew:start} in the new one.",
    "A phase never goes back, and votes that have ended keep their outcome: they are judged by the phase in which they ended.",
    "Name a registry in which each phase begins in the same second as in the present one.",
  ],
  GovernanceToken_MintTooSoon: [
    "Tokens can be minted from {nextAt:time} on.",
    "There is one mint in 365 days.",
    "Wait until then.",
  ],
  GovernanceToken_MintTooLarge: [
    "{amount} cannot be minted; {limit} can, in the token's smallest unit.",
    "One mint adds at most 2 % to the supply.",
    "Mint less.",
  ],
  ERC20ExceededSafeSupply: [
    "The supply would be {increasedSupply}, above {cap}.",
    "Its units could outgrow the tallies of a vote.",
    "Mint less.",
  ],
  ERC5805FutureLookup: [
    "The votes at {timepoint:time} are not known yet; it is {clock:time} now.",
    "Votes are read in the past only.",
    "Ask for an earlier time.",
  ],
  VotesExpiredSignature: ["The delegation was valid until {expiry:time}.", "It was sent too late.", "Sign it again."],
  CheckpointUnorderedInsertion: [
    "A record would be older than the last one.",
    "Time only moves forward.",
    "Report this as a bug.",
  ],
  InvalidCliffDuration: [
    "A cliff of {cliffSeconds} seconds is longer than the vesting of {durationSeconds}.",
    "Everything would have vested before anything is released.",
    "Shorten the cliff.",
  ],
  OwnableInvalidOwner: ["{owner} cannot be the owner.", "It is the zero address.", "Name an account."],
  OwnableUnauthorizedAccount: [
    "{account} may not do this with the vesting wallet.",
    "It belongs to its beneficiary.",
    "Send it from the beneficiary's account.",
  ],
  Treasury_ZeroRecipient: ["The payment has no recipient.", "It is the zero address.", "Name a recipient."],
  Treasury_InsufficientBalance: [
    "The treasury holds {balance} of {token}, and {needed} were to be paid, in its smallest unit.",
    "Income waits in the ledger until it is collected.",
    "Call collect first, or pay less.",
  ],
  Treasury_EarlyLimit: [
    "{amount} of {token} cannot be paid now; {allowed} can, in its smallest unit.",
    "While there are few citizens, at most 1 % of a token may leave within 30 days.",
    "Pay less, or later.",
  ],
  Treasury_RecipientRefused: [
    "{to} did not take {amount:coin}.",
    "It has no function to receive native coin, or it refused.",
    "Pay another address.",
  ],
  Directory_EmptyName: ["The module has no name.", "A name needs at least one character.", "Name it."],
  Directory_NotAContract: ["There is no contract at {entry}.", "Nothing is deployed there.", "Deploy it first."],
  Directory_AlreadyInForce: ["{name} already points to {entry}.", "Nothing would change.", "Nothing needs to be done."],
  Directory_Unknown: [
    "No module was ever in force as {name}.",
    "The name is not in the directory.",
    "Read the names of the directory.",
  ],
  GuardianDesk_NotTheGuardian: [
    "{caller} is not the guardian.",
    "The guardian is {guardian}, until a vote names another.",
    "Let the guardian call.",
  ],
  GuardianDesk_MandateEnded: [
    "The guardian's mandate ended at {endedAt:time}.",
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
    "A scheduled call expires if it is not executed in time.",
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
    "Only the account that scheduled it, the admin or a guardian may.",
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
} as const satisfies ContractSentences;
