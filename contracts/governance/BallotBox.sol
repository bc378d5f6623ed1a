// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IGovernor} from "@openzeppelin/contracts/governance/IGovernor.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {ICitizenRegistry, LAST_PHASE} from "../identity/ICitizenRegistry.sol";
import {IBallotBox, IProposalRecord, Tally, Terms} from "./IBallotBox.sol";
import {IGovernanceToken} from "./IGovernanceToken.sol";
import {ProposalKind, REGROWING} from "./IProposalRules.sol";
import {VoteBounds} from "./VoteBounds.sol";

/// @title BallotBox
/// @notice See {IBallotBox}: purpose, glossary, the form of a ballot.
/// @dev Created by the governor in its own constructor, so each knows the other and no one else can write. It is a
/// contract of its own because the governor with it would be larger than a contract can be.
contract BallotBox is IBallotBox {
    using SafeCast for uint256;

    /// @notice Least time, in seconds, that is left to answer a vote which changes the outcome.
    uint256 public constant FLIP_EXTENSION = VoteBounds.FLIP_EXTENSION;
    /// @notice Longest sum of all extensions, in seconds.
    uint256 public constant MAX_EXTENSION = 7 days;
    /// @notice Fewest citizens against that veto a proposal; they must also be 5 % of all.
    uint256 public constant VETO_FLOOR = 10;
    /// @notice Fewest citizens who must vote for their majority to count; also 5 % of all.
    uint256 public constant TURNOUT_FLOOR = 50;
    /// @notice Both floors are also at least 1/20 of all citizens.
    uint256 public constant TURNOUT_DIVISOR = 20;
    /// @notice Parameters decided by fewer than a fiftieth of the citizens wait four times as long.
    uint256 public constant SWIFT_DIVISOR = 50;

    /// @notice Quorum is never below this part of the token supply.
    uint256 public constant QUORUM_FLOOR_PERCENT = VoteBounds.QUORUM_FLOOR_PERCENT;

    uint8 private constant AGAINST = 0;
    uint8 private constant FOR = 1;
    uint8 private constant ABSTAIN = 2;
    uint8 private constant SPLIT = 255;
    uint8 private constant NO_VOTE = 254;
    /// @dev Large units are kept in steps of 2^16, rounded up, so that everything a For vote changes fits one slot.
    uint256 private constant LARGE_STEP_BITS = 16;

    /// @dev What one voter has spent. One slot.
    struct Ballot {
        uint104 used;
        uint104 usedFor;
        bool citizenVoted;
    }

    /// @dev What one ballot says.
    struct Choice {
        uint8 allOf; // the support that takes all units left, or `SPLIT`
        uint256 against;
        uint256 inFavour;
        uint256 abstain;
        uint8 inHouse; // the support in the citizens' house, or `NO_VOTE`
    }

    /// @dev Three slots, so that an ordinary For vote reads the first and writes the second.
    struct Count {
        ProposalKind kind;
        uint8 phase;
        uint8 quorumPercent;
        uint32 citizens;
        uint104 quorumUnits;
        uint48 extendedDeadline;
        bool regrows;
        // slot
        uint104 forUnits;
        uint88 largeForSteps;
        uint32 forCitizens;
        uint32 abstainCitizens;
        // slot
        uint104 againstUnits;
        uint104 abstainUnits;
        uint32 againstCitizens;
        // slot
        mapping(address voter => Ballot) ballots;
    }

    /// @notice The governor.
    address public immutable GOVERNOR;
    /// @notice The token, asked for a voter's units and citizenship at once.
    IGovernanceToken public immutable UNITS;
    /// @dev `UNITS.CURVE_CAP()`: what a citizen may weigh without counting as large.
    uint256 private immutable LARGE_FROM;

    mapping(uint256 proposalId => Count) private _counts;

    modifier onlyGovernor() {
        require(msg.sender == GOVERNOR, BallotBox_NotGovernor(msg.sender));
        _;
    }

    /// @param units The governance token. The caller becomes the governor.
    constructor(IGovernanceToken units) {
        GOVERNOR = msg.sender;
        UNITS = units;
        LARGE_FROM = units.CURVE_CAP();
    }

    /// @inheritdoc IBallotBox
    function open(uint256 proposalId, ProposalKind kind, uint8 phase, uint8 quorumPercent) external onlyGovernor {
        Count storage count = _counts[proposalId];
        (count.kind, count.phase, count.quorumPercent) = (kind, phase, quorumPercent);
    }

    /// @inheritdoc IBallotBox
    function cast(
        uint256 proposalId,
        address voter,
        uint8 support,
        bytes calldata params,
        uint256 snapshot,
        uint256 lastSecond
    ) external onlyGovernor returns (uint256 used) {
        Count storage count = _counts[proposalId];
        if (count.quorumUnits == 0) _fixTerms(proposalId, count, snapshot);
        uint256 deadline = Math.max(lastSecond, count.extendedDeadline);
        bool late = block.timestamp + FLIP_EXTENSION > deadline;
        bool passing = late && _passes(count, deadline);

        Choice memory choice = _choiceOf(support, params);
        used = _count(proposalId, count, voter, choice, snapshot);

        if (late && passing != _passes(count, deadline)) {
            uint256 extended = Math.min(block.timestamp + FLIP_EXTENSION, lastSecond + MAX_EXTENSION);
            if (extended <= deadline) return used;
            count.extendedDeadline = extended.toUint48();
            emit ProposalExtended(proposalId, extended.toUint48());
        }
    }

    /// @inheritdoc IBallotBox
    function kindOf(uint256 proposalId) external view returns (ProposalKind kind, uint8 phase) {
        Count storage count = _counts[proposalId];
        return (count.kind, count.regrows ? REGROWING : count.phase);
    }

    /// @inheritdoc IBallotBox
    function quorate(uint256 proposalId) external view returns (bool) {
        return _quorate(_counts[proposalId]);
    }

    /// @inheritdoc IBallotBox
    function succeeds(uint256 proposalId, uint256 lastSecond) external view returns (bool) {
        Count storage count = _counts[proposalId];
        return _succeeds(count, Math.max(lastSecond, count.extendedDeadline));
    }

    /// @inheritdoc IBallotBox
    function extendedDeadlineOf(uint256 proposalId) external view returns (uint256) {
        return _counts[proposalId].extendedDeadline;
    }

    /// @inheritdoc IBallotBox
    function stretch(uint256 proposalId, uint256 base, uint256 lastSecond) external view returns (uint256) {
        Count storage count = _counts[proposalId];
        uint256 forUnits = count.forUnits;
        bool small =
            count.kind == ProposalKind.Parameters &&
                _turnout(count) * SWIFT_DIVISOR < count.citizens &&
                _phaseOfVote(count, Math.max(lastSecond, count.extendedDeadline)) == LAST_PHASE;
        if (small || count.regrows || _isRestrained(count.phase, count.kind) || forUnits == 0) return 4 * base;
        return base + Math.mulDiv(3 * base, _largeForUnits(count), forUnits);
    }

    /// @inheritdoc IBallotBox
    function hasVoted(uint256 proposalId, address voter) external view returns (bool) {
        Ballot storage ballot = _counts[proposalId].ballots[voter];
        return ballot.used != 0 || ballot.citizenVoted;
    }

    /// @inheritdoc IBallotBox
    function tallyOf(uint256 proposalId) external view returns (Tally memory) {
        Count storage count = _counts[proposalId];
        return
            Tally({
                forUnits: count.forUnits,
                againstUnits: count.againstUnits,
                abstainUnits: count.abstainUnits,
                largeForUnits: _largeForUnits(count),
                forCitizens: count.forCitizens,
                againstCitizens: count.againstCitizens,
                abstainCitizens: count.abstainCitizens
            });
    }

    /// @inheritdoc IBallotBox
    function termsOf(uint256 proposalId) external view returns (Terms memory) {
        Count storage count = _counts[proposalId];
        return
            Terms({
                kind: count.kind,
                phase: count.phase,
                quorumPercent: count.quorumPercent,
                citizens: count.citizens,
                quorumUnits: count.quorumUnits,
                extendedDeadline: count.extendedDeadline,
                regrows: count.regrows
            });
    }

    /// @inheritdoc IBallotBox
    function ballotOf(
        uint256 proposalId,
        address voter
    ) external view returns (uint256 used, uint256 usedFor, bool citizenVoted) {
        Ballot storage ballot = _counts[proposalId].ballots[voter];
        return (ballot.used, ballot.usedFor, ballot.citizenVoted);
    }

    /// @dev Spends the voter's units and, once, its vote in the citizens' house.
    function _count(
        uint256 proposalId,
        Count storage count,
        address voter,
        Choice memory choice,
        uint256 snapshot
    ) private returns (uint256 used) {
        (uint256 weight, bool citizen) = UNITS.votingStateAt(voter, snapshot);
        Ballot memory ballot = count.ballots[voter];
        weight = Math.saturatingSub(weight, ballot.used);
        if (choice.allOf == AGAINST) choice.against = weight;
        else if (choice.allOf == FOR) choice.inFavour = weight;
        else if (choice.allOf == ABSTAIN) choice.abstain = weight;
        if (!citizen || ballot.citizenVoted) choice.inHouse = NO_VOTE;
        used = choice.against + choice.inFavour + choice.abstain;
        require(used != 0 || choice.inHouse != NO_VOTE, IGovernor.GovernorAlreadyCastVote(voter));
        require(used <= weight, BallotBox_ExceedsWeight(voter, used, weight));

        ballot.used = (used + ballot.used).toUint104();
        if (choice.inHouse != NO_VOTE) {
            ballot.citizenVoted = true;
            emit CitizenVoteCast(voter, proposalId, choice.inHouse);
        }
        if (choice.inFavour != 0 || choice.inHouse == FOR) _countFor(count, ballot, choice, citizen);
        // parts of `used`, whose cast was checked: neither can be cut off
        if (choice.against != 0) count.againstUnits += uint104(choice.against);
        if (choice.abstain != 0) count.abstainUnits += uint104(choice.abstain);
        if (choice.inHouse == AGAINST) ++count.againstCitizens;
        if (choice.inHouse == ABSTAIN) ++count.abstainCitizens;
        count.ballots[voter] = ballot;
    }

    /// @dev Adds For units, the part of them that is large, and a citizen's vote, in one write of one slot. All sums of
    /// units are below 2^104, see {GovernanceToken}, so no cast cuts.
    function _countFor(Count storage count, Ballot memory ballot, Choice memory choice, bool citizen) private {
        uint256 usedFor = ballot.usedFor + choice.inFavour;
        uint256 large = _largePart(usedFor, citizen) - _largePart(ballot.usedFor, citizen);
        uint104 forUnits = uint104(count.forUnits + choice.inFavour);
        uint88 largeForSteps = uint88(count.largeForSteps + Math.ceilDiv(large, 1 << LARGE_STEP_BITS));
        uint32 forCitizens = choice.inHouse == FOR ? count.forCitizens + 1 : count.forCitizens;
        ballot.usedFor = uint104(usedFor);
        (count.forUnits, count.largeForSteps, count.forCitizens) = (forUnits, largeForSteps, forCitizens);
    }

    /// @dev Fixed at the first vote, when the snapshot is past: later changes of the quorum cannot rewrite it.
    function _fixTerms(uint256 proposalId, Count storage count, uint256 snapshot) private {
        (uint256 units, uint256 supply, uint256 citizens) = UNITS.totalsAt(snapshot);
        uint8 phase = count.phase;
        bool regrows =
            phase == LAST_PHASE &&
                count.kind == ProposalKind.Constitution &&
                UNITS.registry().lacksCitizensAt(snapshot) &&
                _concernsIssuersOnly(proposalId);
        if (regrows) count.regrows = true;
        uint256 needed = Math.max((units * count.quorumPercent) / 100, (supply * QUORUM_FLOOR_PERCENT) / 100);
        if (regrows || _isRestrained(phase, count.kind)) needed *= 2;
        count.quorumUnits = needed.toUint104();
        count.citizens = citizens.toUint32();
    }

    function _passes(Count storage count, uint256 deadline) private view returns (bool) {
        return _quorate(count) && _succeeds(count, deadline);
    }

    /// @dev Without a vote the quorum is not known, and nothing is quorate.
    function _quorate(Count storage count) private view returns (bool) {
        uint256 needed = count.quorumUnits;
        return needed != 0 && uint256(count.forUnits) + count.abstainUnits >= needed;
    }

    /// @dev The token house decides; from phase 1 on the citizens may veto; from phase 2 on money and constitution need
    /// their majority.
    function _succeeds(Count storage count, uint256 deadline) private view returns (bool) {
        if (count.forUnits <= count.againstUnits) return false;
        uint8 phase = _phaseOfVote(count, deadline);
        if (phase == 0) return true;
        uint256 all = count.citizens;
        uint256 inFavour = count.forCitizens;
        uint256 against = count.againstCitizens;
        // one issuer's people can be most of all, so a twentieth of all is no measure for the others: ten who object
        // suffice
        if (count.regrows) return against <= inFavour || against < VETO_FLOOR;
        if (phase == 1 || count.kind == ProposalKind.Parameters) {
            return against <= inFavour || against < Math.max(VETO_FLOOR, Math.ceilDiv(all, TURNOUT_DIVISOR));
        }
        return inFavour > against && _turnout(count) >= Math.max(TURNOUT_FLOOR, Math.ceilDiv(all, TURNOUT_DIVISOR));
    }

    /// @dev The later of the phase in which the proposal was made and the phase in which voting ends, or of the present
    /// one while voting goes on. Phases only begin in the future, so the answer about an end that is past is final.
    function _phaseOfVote(Count storage count, uint256 deadline) private view returns (uint8) {
        uint8 phase = count.phase;
        if (phase == LAST_PHASE) return phase;
        uint8 atVote = UNITS.registry().phaseAt(Math.min(deadline, block.timestamp));
        return atVote > phase ? atVote : phase;
    }

    /// @dev While the DAO is young, all but parameters takes twice the quorum and four times the delay; in phase 0,
    /// parameters too.
    function _isRestrained(uint8 phase, ProposalKind kind) private pure returns (bool) {
        return phase == 0 || (phase == 1 && kind != ProposalKind.Parameters);
    }

    /// @dev Whether a proposal does nothing but name and disavow issuers. Asked at most once for each, and only when
    /// the DAO lacks citizens; the governor bounds the calls.
    function _concernsIssuersOnly(uint256 proposalId) private view returns (bool) {
        address registry = address(UNITS.registry());
        (address[] memory targets, , bytes[] memory calldatas, ) = IProposalRecord(GOVERNOR).proposalDetails(
            proposalId
        );
        for (uint256 i = 0; i < targets.length; ++i) {
            bytes4 selector = bytes4(calldatas[i]);
            if (
                targets[i] != registry ||
                (selector != ICitizenRegistry.appointIssuer.selector &&
                    selector != ICitizenRegistry.disavowIssuer.selector)
            ) return false;
        }
        return true;
    }

    function _turnout(Count storage count) private view returns (uint256) {
        return uint256(count.forCitizens) + count.againstCitizens + count.abstainCitizens;
    }

    function _largeForUnits(Count storage count) private view returns (uint256) {
        return Math.min(uint256(count.largeForSteps) << LARGE_STEP_BITS, count.forUnits);
    }

    function _largePart(uint256 units, bool citizen) private view returns (uint256) {
        return citizen ? Math.saturatingSub(units, LARGE_FROM) : units;
    }

    /// @dev Reads a ballot: where the units go, and the vote in the citizens' house if it holds one.
    function _choiceOf(uint8 support, bytes calldata params) private pure returns (Choice memory choice) {
        (choice.allOf, choice.inHouse) = (support, support);
        if (support == SPLIT) {
            require(params.length == 0x30 || params.length == 0x31, IGovernor.GovernorInvalidVoteParams());
            choice.against = uint128(bytes16(params[:0x10]));
            choice.inFavour = uint128(bytes16(params[0x10:0x20]));
            choice.abstain = uint128(bytes16(params[0x20:0x30]));
            if (params.length == 0x30) choice.inHouse = NO_VOTE;
            else choice.inHouse = uint8(params[0x30]);
        } else {
            require(params.length <= 1, IGovernor.GovernorInvalidVoteParams());
            require(support <= ABSTAIN, IGovernor.GovernorInvalidVoteType());
            if (params.length == 1) choice.inHouse = uint8(params[0]);
        }
        require(
            choice.inHouse <= ABSTAIN || (support == SPLIT && params.length == 0x30),
            IGovernor.GovernorInvalidVoteType()
        );
    }
}
