import type { Sentences } from "./sentences";

// What the governor, the token, the treasury, the directory and the registry of citizens refuse.

export const GOVERNOR: Record<string, Sentences> = {
  IsonomyGovernor_ProposerNotNamed: [
    "The description does not end with #proposer={proposer}.",
    "Without it anyone could propose the same a moment earlier, and cancel it.",
    "End the description with it; the SDK does.",
  ],
  IsonomyGovernor_TooManyCalls: [
    "The proposal makes {calls} calls, and {limit} are allowed.",
    "Voters must be able to read what they decide.",
    "Split the proposal.",
  ],
  IsonomyGovernor_BecameStricter: [
    "Proposal {proposalId} was voted on as kind {voted} and is of kind {current} now.",
    "Roles changed after it was proposed, so that it needs a stricter vote.",
    "Propose it again.",
  ],
  IsonomyGovernor_TooEarly: [
    "Proposal {proposalId} can be executed from {eta} on (seconds since 1970).",
    "Everybody has time to react to a decision; the larger its supporters, the longer.",
    "Wait until {eta}.",
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
    "While citizens are few the DAO changes parameters, names and disavows issuers, pays small sums, and does nothing else.",
    "Leave the call out, or wait for phase 2.",
  ],
  ProposalRules_VotedTooEarly: [
    "Call {call} was voted on by the rules of phase {phase}, without the consent of the citizens.",
    "The DAO has grown up since: the early limits of payments and issuers are gone, and the citizens have to agree instead.",
    "Propose it again.",
  ],
  ProposalRules_NotWithoutCitizens: [
    "Call {call} names or disavows an issuer by a vote that the citizens did not have to agree to.",
    "There were too few of them, or too many of one issuer. Now there are enough, and they have to agree.",
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
    "Its units are spent and it has voted as a citizen, or it had neither at the snapshot.",
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
    "The number was never given.",
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
    "Report this as a fault.",
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
    "Proposal {proposalId} is in state {current}, which does not allow this.",
    "A proposal is pending, active, canceled, defeated, succeeded, queued, expired or executed (0 to 7).",
    "Read its state and do what it allows.",
  ],
  Timelock_DelayOutOfBounds: [
    "A delay of {delay} seconds is outside {minimum} to {maximum}.",
    "No vote can do away with the wait or make it last for ever.",
    "Stay within the bounds.",
  ],
};

export const VOTES: Record<string, Sentences> = {
  GovernanceToken_DeployerHolds: [
    "The genesis list gives tokens to {deployer}, which deploys.",
    "The deployer ends with no tokens and no roles.",
    "Name another account.",
  ],
  GovernanceToken_TooMuchVested: [
    "The genesis list lets {vested} of {supply} vest.",
    "What vests is the insiders', and theirs is at most a fifth.",
    "Give them less.",
  ],
  GovernanceToken_BadSupply: [
    "A genesis supply of {supply} is not possible; at most {limit} is.",
    "It is too small for the curve, or too large for the tallies of a vote.",
    "Correct the genesis list.",
  ],
  GovernanceToken_NoRegistry: [
    "The token has no registry of citizens.",
    "It has not been set, so nobody's standing is known.",
    "Set one.",
  ],
  GovernanceToken_NotARegistry: [
    "There is no contract at {registry}.",
    "Without a registry of citizens nothing could be proposed any more.",
    "Name a registry that is deployed.",
  ],
  GovernanceToken_OtherPhases: [
    "Phase {phase} begins at {beginsAt} in the present registry and at {anew} in the new one (seconds since 1970; 0 means not yet).",
    "A phase never goes back, and votes that have ended keep their outcome: they are judged by the phase in which they ended.",
    "Name a registry in which each phase begins in the same second as in the present one.",
  ],
  GovernanceToken_MintTooSoon: [
    "Tokens can be minted from {nextAt} on (seconds since 1970).",
    "There is one mint in 365 days.",
    "Wait until then.",
  ],
  GovernanceToken_MintTooLarge: [
    "{amount} cannot be minted; {limit} can.",
    "One mint adds at most 2 % to the supply.",
    "Mint less.",
  ],
  ERC20ExceededSafeSupply: [
    "The supply would be {increasedSupply}, above {cap}.",
    "Its units could outgrow the tallies of a vote.",
    "Mint less.",
  ],
  ERC5805FutureLookup: [
    "The votes at {timepoint} are not known yet; it is {clock} now (seconds since 1970).",
    "Votes are read in the past only.",
    "Ask for an earlier time.",
  ],
  VotesExpiredSignature: [
    "The delegation was valid until {expiry} (seconds since 1970).",
    "It was sent too late.",
    "Sign it again.",
  ],
  CheckpointUnorderedInsertion: [
    "A record would be older than the last one.",
    "Time runs forwards only.",
    "Report this as a fault.",
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
};

export const TREASURY: Record<string, Sentences> = {
  Treasury_ZeroRecipient: ["The payment has no recipient.", "It is the zero address.", "Name a recipient."],
  Treasury_InsufficientBalance: [
    "The treasury holds {balance} of {token}, and {needed} were to be paid.",
    "Income waits in the ledger until it is fetched.",
    "Call collect first, or pay less.",
  ],
  Treasury_EarlyLimit: [
    "{amount} of {token} cannot be paid now; {allowed} can.",
    "While citizens are few at most 1 % of a token leaves within 30 days.",
    "Pay less, or later.",
  ],
  Treasury_RecipientRefused: [
    "{to} did not take {amount} wei.",
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
};

export const CITIZENS: Record<string, Sentences> = {
  CitizenRegistry_NotTheAccount: [
    "{caller} presents what an issuer signed for {account}.",
    "A credential goes to the account it was signed for.",
    "Send it from {account}.",
  ],
  CitizenRegistry_AttestationExpired: [
    "The attestation had to be presented by {deadline} (seconds since 1970).",
    "It is too old.",
    "Ask the issuer for a new one.",
  ],
  CitizenRegistry_BadValidity: [
    "The credential would end at {validUntil}; it must end after now and by {latest} (seconds since 1970).",
    "A credential lasts at most two years.",
    "Ask the issuer for another end.",
  ],
  CitizenRegistry_WrongSignature: [
    "Issuer {issuerId} ({signer}) did not sign this.",
    "The attestation, the chain or the contract differs from what was signed, or the signature is not of 65 bytes.",
    "Ask the issuer to sign for this chain and registry.",
  ],
  CitizenRegistry_WrongKindOfIssuer: [
    "Issuer {issuerId} issues in the other way (adapter: {adapter}).",
    "Some issuers sign, others verify a proof through an adapter.",
    "Use issue for a signature and claim for a proof.",
  ],
  CitizenRegistry_IssuerNotActive: [
    "Issuer {issuerId} cannot issue.",
    "It was never appointed, or it was retired or disavowed.",
    "Go to another issuer.",
  ],
  CitizenRegistry_NullifierInUse: [
    "This person holds a credential with {holder}.",
    "One person has one credential (domain {domain}, nullifier {nullifier}).",
    "Give the other one up, or have it revoked. If an issuer gave your place to a stranger's account, ask another issuer of the domain within 30 days, with the account that you had.",
  ],
  CitizenRegistry_AccountInUse: [
    "{account} holds a credential of another person (nullifier {nullifier}).",
    "An account has one credential.",
    "Use another account.",
  ],
  CitizenRegistry_QuotaReached: [
    "Issuer {issuerId} added {used} citizens within 30 days and may add {quota}.",
    "The quota bounds what a captured issuer can do.",
    "Wait, or go to another issuer.",
  ],
  CitizenRegistry_ShareReached: [
    "Issuer {issuerId} vouches for {live} people; the most there were lately is {total}.",
    "From 100 citizens on an issuer stops at half of the most there were in two windows of 30 days; beyond, it adds one for two of others.",
    "Go to another issuer. Whoever changes from an issuer that was retired is not stopped by this.",
  ],
  CitizenRegistry_IssuancePaused: [
    "Nobody new is issued a credential until {until} (seconds since 1970).",
    "The guardian paused issuance, which it can for 7 days. Renewals with the same issuer go on.",
    "Wait until then, or renew with the issuer that vouches for you.",
  ],
  CitizenRegistry_NoCredential: [
    "{account} holds no credential.",
    "It never had one, or it ended.",
    "There is nothing to end.",
  ],
  CitizenRegistry_NotTheIssuer: [
    "{caller} may not revoke this credential.",
    "Issuer {issuerId} vouches for it.",
    "Ask that issuer.",
  ],
  CitizenRegistry_ZeroSigner: ["The issuer has no address.", "It is the zero address.", "Name an address."],
  CitizenRegistry_SignerInUse: [
    "{signer} is or was issuer {issuerId}.",
    "An address is an issuer once.",
    "Name another address.",
  ],
  CitizenRegistry_TooManyIssuers: [
    "The limit of {limit} active issuers is reached.",
    "Each adds people every month, so their number is bounded: 8 before phase 2, while fewer than 200 citizens are left, and while one issuer has more than half of them; 64 otherwise.",
    "Disavow or retire one first.",
  ],
  CitizenRegistry_NoMajority: [
    "Issuer {issuerId} vouches for {seasoned} of the {citizens} citizens.",
    "A majority is more than half of those who are counted.",
    "Reweigh credentials that have seasoned or ended, or record no majority.",
  ],
  CitizenRegistry_PhaseNotReached: [
    "Phase {phase} is not reached: {citizens} citizens of {issuers} issuers, the largest with {largest}.",
    "Phase 1 takes 100 citizens of 2 issuers, phase 2 takes 1,000 of 3 with none above half.",
    "Reweigh credentials that have seasoned, or wait.",
  ],
  RateLimitExceeded: [
    "The limit of this window is used up.",
    "The amount is more than the window allows.",
    "Wait, or ask for less.",
  ],
};
