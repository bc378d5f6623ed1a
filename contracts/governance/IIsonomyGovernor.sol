// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IBallotBox} from "./IBallotBox.sol";
import {IProposalRules, ProposalKind} from "./IProposalRules.sol";

/// @title IIsonomyGovernor
/// @notice The DAO: proposals, one ballot for two houses, and a wait before anything happens that grows with the part
/// large holders had in the decision.
///
/// What a proposal needs follows from its calls, never from what its author says: numbers that a contract bounds itself
/// are *Parameters*; what moves money is *Money*; all else is *Constitution*. Until there are enough citizens of enough
/// issuers it may only touch parameters, name and disavow issuers, and pay small sums from the treasury.
///
/// Trusted: the timelock, which takes orders from this contract alone; the Authority, for which function has which
/// role; the guardian, to cancel in good faith while its mandate lasts.
interface IIsonomyGovernor {
    /// @notice A proposal was made, of this kind, in this phase.
    event ProposalClassified(uint256 indexed proposalId, ProposalKind kind, uint8 phase);
    /// @notice The guardian may cancel until then.
    event GuardianMandateSet(address indexed guardian, uint48 endsAt);

    /// @notice The description does not end with `#proposer=` and the caller's address: anyone else could then propose
    /// the same and cancel it.
    error IsonomyGovernor_ProposerNotNamed(address proposer);
    /// @notice A proposal makes at most `limit` calls.
    error IsonomyGovernor_TooManyCalls(uint256 calls, uint256 limit);
    /// @notice The roles changed meanwhile: what was voted on as one kind now is a stricter one.
    error IsonomyGovernor_BecameStricter(uint256 proposalId, ProposalKind voted, ProposalKind current);
    /// @notice The proposal's own delay is not over.
    error IsonomyGovernor_TooEarly(uint256 proposalId, uint256 eta);
    /// @notice A setting outside its bounds.
    error IsonomyGovernor_OutOfBounds(uint256 value, uint256 lowest, uint256 highest);
    /// @notice The governor relays nothing and serves one timelock for ever.
    error IsonomyGovernor_Closed();

    /// @notice Where votes are counted.
    function BALLOTS() external view returns (IBallotBox);

    /// @notice What reads a proposal's kind from its calls.
    function RULES() external view returns (IProposalRules);

    /// @notice Seconds between queueing a proposal and its execution, by what is counted now: the base of its kind,
    /// stretched up to four times by the part of the For votes that is large.
    function delayOf(uint256 proposalId) external view returns (uint256);

    /// @notice When the guardian's mandate ends, in Unix time.
    function guardianMandateEndsAt() external view returns (uint48);
}
