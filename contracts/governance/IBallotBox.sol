// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ProposalKind} from "./IProposalRules.sol";

/// @notice What has been counted of a proposal.
struct Tally {
    uint256 forUnits;
    uint256 againstUnits;
    uint256 abstainUnits;
    uint256 largeForUnits; // the large part of the For units: above `X` for a citizen, all of it for others
    uint256 forCitizens;
    uint256 againstCitizens;
    uint256 abstainCitizens;
}

/// @notice The rules a proposal is held to, fixed when it was made and at its first vote.
struct Terms {
    ProposalKind kind;
    uint8 phase; // the bootstrap phase when it was proposed
    uint8 quorumPercent; // of the delegated units, as set when it was proposed
    uint32 citizens; // citizens at the snapshot; known from the first vote on
    uint256 quorumUnits; // units that For and Abstain need together; known from the first vote on
    uint48 extendedDeadline; // when voting ends instead, if the outcome flipped late; 0 if not
    bool regrows; // made to name or disavow issuers when phase 2 lacked citizens; known from the first vote on
}

/// @title IProposalRecord
/// @notice The governor's record of a proposal's calls.
interface IProposalRecord {
    /// @notice The calls of a proposal, and the hash of its description.
    function proposalDetails(
        uint256 proposalId
    )
        external
        view
        returns (address[] memory targets, uint256[] memory values, bytes[] memory calldatas, bytes32 descriptionHash);
}

/// @title IBallotBox
/// @notice The counting module of the governor that created it: one ballot for the token house, weighed in units, and
/// the citizens' house, one vote each.
///
/// Glossary: the *token house* is everybody's units; the *citizens' house* is one vote a citizen. *Support* is 0
/// against, 1 for, 2 abstain, or 255 to split the units. *Turnout* of the citizens counts all three.
///
/// The citizens' house is asked by the later of two phases: that in which the proposal was made and that in which its
/// voting ends. So nobody escapes the citizens by proposing before they are many. Quorum and wait follow the earlier
/// one, which asks for more of both. So a phase that begins during a vote can only make it harder to pass, and one that
/// begins after it changes no outcome. What passed may still be refused then: a payment, or an issuer, that only the
/// limits of a young DAO allowed takes another vote, see {IProposalRules}.
///
/// From phase 2 on it takes at least 50 citizens to change the constitution, which names issuers too. A DAO that has
/// lost its citizens could never have any again, and people invented by one captured issuer could stop it by never
/// voting. So a proposal of phase 2 that does nothing but name and disavow issuers *regrows* the DAO when it lacked
/// citizens at its snapshot, see `ICitizenRegistry.lacksCitizensAt`. It takes what it took in phase 1, twice the
/// quorum, four times the wait and no veto; ten citizens who object, and are more than those in favour, are one. It is
/// carried out only while the DAO lacks them.
///
/// A ballot's `params` are empty, or one byte with the citizen's own support, or (with support 255) three packed
/// uint128 for the units against, for and abstaining, and again the citizen's support as an optional last byte. A
/// citizen whose units are delegated away still votes in its house.
interface IBallotBox {
    /// @notice A citizen voted in the citizens' house.
    event CitizenVoteCast(address indexed voter, uint256 indexed proposalId, uint8 support);
    /// @notice The outcome flipped near the end, and voting goes on until `deadline`.
    event ProposalExtended(uint256 indexed proposalId, uint48 deadline);

    /// @notice Only the governor that created the box writes to it.
    error BallotBox_NotGovernor(address caller);
    /// @notice The voter splits more units than it has left.
    error BallotBox_ExceedsWeight(address voter, uint256 used, uint256 remaining);

    /// @notice Records what a proposal is, when it is made. Governor only.
    /// @dev
    /// - Reverts with {BallotBox_NotGovernor} for any other caller.
    /// @param quorumPercent The part of the delegated units that For and Abstain need together.
    function open(uint256 proposalId, ProposalKind kind, uint8 phase, uint8 quorumPercent) external;

    /// @notice Counts a ballot in both houses. Governor only, which checked that voting is open and who votes.
    /// @dev
    /// - Reverts with {BallotBox_NotGovernor} for any other caller.
    /// - Reverts with OpenZeppelin's `GovernorInvalidVoteType` for a support, or a citizen's support, that does not
    ///   exist.
    /// - Reverts with OpenZeppelin's `GovernorInvalidVoteParams` for params of the wrong length.
    /// - Reverts with OpenZeppelin's `GovernorAlreadyCastVote` when the ballot would change nothing.
    /// - Reverts with {BallotBox_ExceedsWeight} when a split spends more than is left.
    ///
    /// Emits {CitizenVoteCast} for a citizen's first vote and {ProposalExtended} when the outcome flips late. The first
    /// vote fixes the quorum and the number of citizens.
    /// @param snapshot When units and citizenship are read, in Unix time.
    /// @param lastSecond The last second of voting without extensions.
    /// @return used The units this ballot spent.
    function cast(
        uint256 proposalId,
        address voter,
        uint8 support,
        bytes calldata params,
        uint256 snapshot,
        uint256 lastSecond
    ) external returns (uint256 used);

    /// @notice The kind of a proposal, and the bootstrap phase when it was made; `REGROWING` for one that regrows the
    /// DAO.
    function kindOf(uint256 proposalId) external view returns (ProposalKind kind, uint8 phase);

    /// @notice Whether For and Abstain reach the quorum; never before the first vote.
    function quorate(uint256 proposalId) external view returns (bool);

    /// @notice Whether the houses agree as the proposal's kind and phase ask, quorum aside. While voting goes on: as
    /// they ask by now. Once it has ended the answer never changes.
    /// @param lastSecond The last second of voting without extensions.
    function succeeds(uint256 proposalId, uint256 lastSecond) external view returns (bool);

    /// @notice When voting ends because the outcome flipped late, in Unix time; 0 if it did not.
    function extendedDeadlineOf(uint256 proposalId) external view returns (uint256);

    /// @notice The delay of a proposal whose kind waits `base` seconds: once to four times that, by how much of the For
    /// units is large. Once voting has ended the answer never changes.
    /// @param lastSecond The last second of voting without extensions.
    function stretch(uint256 proposalId, uint256 base, uint256 lastSecond) external view returns (uint256);

    /// @notice Whether a voter has spent units or voted as a citizen.
    function hasVoted(uint256 proposalId, address voter) external view returns (bool);

    /// @notice What has been counted of a proposal.
    function tallyOf(uint256 proposalId) external view returns (Tally memory);

    /// @notice The rules a proposal is held to.
    function termsOf(uint256 proposalId) external view returns (Terms memory);

    /// @notice What a voter has spent of its units, and whether it voted as a citizen.
    function ballotOf(
        uint256 proposalId,
        address voter
    ) external view returns (uint256 used, uint256 usedFor, bool citizenVoted);
}
