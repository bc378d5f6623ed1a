// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";
import {Governor} from "@openzeppelin/contracts/governance/Governor.sol";
import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";
import {GovernorNoncesKeyed} from "@openzeppelin/contracts/governance/extensions/GovernorNoncesKeyed.sol";
import {GovernorProposalGuardian} from "@openzeppelin/contracts/governance/extensions/GovernorProposalGuardian.sol";
// solhint-disable-next-line max-line-length
import {GovernorSequentialProposalId} from "@openzeppelin/contracts/governance/extensions/GovernorSequentialProposalId.sol";
import {GovernorSettings} from "@openzeppelin/contracts/governance/extensions/GovernorSettings.sol";
import {GovernorStorage} from "@openzeppelin/contracts/governance/extensions/GovernorStorage.sol";
import {GovernorTimelockControl} from "@openzeppelin/contracts/governance/extensions/GovernorTimelockControl.sol";
import {GovernorVotes} from "@openzeppelin/contracts/governance/extensions/GovernorVotes.sol";
// solhint-disable-next-line max-line-length
import {GovernorVotesQuorumFraction} from "@openzeppelin/contracts/governance/extensions/GovernorVotesQuorumFraction.sol";
import {IVotes} from "@openzeppelin/contracts/governance/utils/IVotes.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {Nonces} from "@openzeppelin/contracts/utils/Nonces.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

import {BallotBox} from "./BallotBox.sol";
import {IBallotBox} from "./IBallotBox.sol";
import {IGovernanceToken} from "./IGovernanceToken.sol";
import {IIsonomyGovernor} from "./IIsonomyGovernor.sol";
import {IProposalRules, ProposalKind} from "./IProposalRules.sol";
import {ProposalRules} from "./ProposalRules.sol";
import {VoteBounds} from "./VoteBounds.sol";

/// @notice What the governor is deployed with.
/// @param token The governance token.
/// @param timelock Executes what passed.
/// @param authority Says which function has which role.
/// @param treasury The DAO's treasury.
/// @param guardian Who may cancel, for the first mandate.
/// @param votingDelay Seconds from a proposal to its snapshot.
/// @param votingPeriod Seconds from the snapshot to the end of voting.
/// @param proposalThreshold Units that it takes to propose.
/// @param quorumPercent What For and Abstain need together, in percent of the delegated units.
struct GovernorSetup {
    IGovernanceToken token;
    TimelockController timelock;
    IAccessManager authority;
    address treasury;
    address guardian;
    uint48 votingDelay;
    uint32 votingPeriod;
    uint256 proposalThreshold;
    uint256 quorumPercent;
}

/// @title IsonomyGovernor
/// @notice See {IIsonomyGovernor}: purpose, trusted parties. OpenZeppelin's Governor and extensions with one counting
/// module of our own.
contract IsonomyGovernor is
    IIsonomyGovernor,
    GovernorSettings,
    GovernorVotesQuorumFraction,
    GovernorTimelockControl,
    GovernorStorage,
    GovernorSequentialProposalId,
    GovernorProposalGuardian,
    GovernorNoncesKeyed,
    ReentrancyGuardTransient
{
    /// @notice The shortest wait between queueing and execution of a proposal about parameters; concentration stretches
    /// it, as those below, up to four times.
    uint256 public constant PARAMETERS_DELAY = 2 days;
    /// @notice The same for a proposal about money.
    uint256 public constant MONEY_DELAY = 4 days;
    /// @notice The same for a constitutional proposal.
    uint256 public constant CONSTITUTION_DELAY = 7 days;
    /// @notice How long a passed proposal can be queued, and a queued one executed.
    uint256 public constant GRACE_PERIOD = 14 days;
    /// @notice How long the guardian may act before the DAO has to name it again.
    uint48 public constant GUARDIAN_MANDATE = 365 days;
    /// @notice The most calls a proposal makes.
    uint256 public constant MAX_CALLS = 20;
    /// @notice The shortest voting delay: it leaves two days to count a seasoned credential before the snapshot.
    uint256 public constant MIN_VOTING_DELAY = 2 days;
    /// @notice The longest voting delay.
    uint256 public constant MAX_VOTING_DELAY = 14 days;
    /// @notice The shortest voting period.
    uint256 public constant MIN_VOTING_PERIOD = 3 days;
    /// @notice The longest voting period.
    uint256 public constant MAX_VOTING_PERIOD = 21 days;
    /// @notice The lowest quorum, in percent of the delegated units.
    uint256 public constant MIN_QUORUM_PERCENT = 2;
    /// @notice The highest quorum, in percent of the delegated units.
    uint256 public constant MAX_QUORUM_PERCENT = 20;

    /// @notice The token, asked for votes as they were three days before the snapshot too.
    IGovernanceToken public immutable UNITS;
    /// @inheritdoc IIsonomyGovernor
    IBallotBox public immutable BALLOTS;
    /// @inheritdoc IIsonomyGovernor
    IProposalRules public immutable RULES;

    /// @inheritdoc IIsonomyGovernor
    uint48 public guardianMandateEndsAt;

    /// @param setup What the governor is deployed with.
    constructor(
        GovernorSetup memory setup
    )
        Governor("Isonomy")
        GovernorSettings(setup.votingDelay, setup.votingPeriod, setup.proposalThreshold)
        GovernorVotes(IVotes(address(setup.token)))
        GovernorVotesQuorumFraction(setup.quorumPercent)
        GovernorTimelockControl(setup.timelock)
    {
        UNITS = setup.token;
        BALLOTS = new BallotBox(setup.token);
        RULES = new ProposalRules(address(setup.timelock), setup.authority, setup.token, setup.treasury);
        // a threshold above what a citizen's curve covers would leave proposing to large holders
        _requireWithin(setup.proposalThreshold, 1, setup.token.CURVE_CAP());
        _setProposalGuardian(setup.guardian);
    }

    /// @inheritdoc IIsonomyGovernor
    function delayOf(uint256 proposalId) public view returns (uint256) {
        (ProposalKind kind, ) = BALLOTS.kindOf(proposalId);
        uint256 base =
            kind == ProposalKind.Parameters
                ? PARAMETERS_DELAY
                : kind == ProposalKind.Money
                    ? MONEY_DELAY
                    : CONSTITUTION_DELAY;
        return BALLOTS.stretch(proposalId, base, super.proposalDeadline(proposalId));
    }

    /// @notice As OpenZeppelin's, except that a passed proposal expires.
    function state(uint256 proposalId) public view override(Governor, GovernorTimelockControl) returns (ProposalState) {
        ProposalState current = super.state(proposalId);
        if (current == ProposalState.Queued && block.timestamp > proposalEta(proposalId) + GRACE_PERIOD) {
            return ProposalState.Expired;
        }
        if (current == ProposalState.Succeeded && block.timestamp > proposalDeadline(proposalId) + GRACE_PERIOD) {
            return ProposalState.Expired;
        }
        return current;
    }

    /// @notice The units that For and Abstain need together at a snapshot, before the doubling of a young DAO: a part
    /// of the delegated units, and at least 2 % of the tokens.
    function quorum(uint256 timepoint) public view override(Governor, GovernorVotesQuorumFraction) returns (uint256) {
        uint256 floor = (UNITS.getPastTokenSupply(timepoint) * VoteBounds.QUORUM_FLOOR_PERCENT) / 100;
        return Math.max(super.quorum(timepoint), floor);
    }

    /// @notice The clock of the token, which is the block's time.
    function clock() public view override(Governor, GovernorVotes) returns (uint48) {
        return uint48(block.timestamp);
    }

    /// @notice The machine-readable name of the clock (ERC-6372).
    // solhint-disable-next-line func-name-mixedcase
    function CLOCK_MODE() public pure override(Governor, GovernorVotes) returns (string memory) {
        return "mode=timestamp";
    }

    /// @notice Disabled: relayed calls would escape the classification of proposals.
    function relay(address, uint256, bytes calldata) public payable override {
        revert IsonomyGovernor_Closed();
    }

    /// @notice Disabled: the Authority's admin is one timelock; a new governor is given its roles instead.
    function updateTimelock(TimelockController) public pure override {
        revert IsonomyGovernor_Closed();
    }

    /// @notice How ballots are read and counted, for tools.
    // solhint-disable-next-line func-name-mixedcase
    function COUNTING_MODE() public pure override returns (string memory) {
        return "support=bravo,fractional&quorum=for,abstain&params=fractional,house";
    }

    /// @notice Whether an account has voted in either house.
    function hasVoted(uint256 proposalId, address account) public view override returns (bool) {
        return BALLOTS.hasVoted(proposalId, account);
    }

    /// @inheritdoc Governor
    function getProposalId(
        address[] memory targets,
        uint256[] memory values,
        bytes[] memory calldatas,
        bytes32 descriptionHash
    ) public view override(Governor, GovernorSequentialProposalId) returns (uint256) {
        return super.getProposalId(targets, values, calldatas, descriptionHash);
    }

    /// @inheritdoc Governor
    function proposalDeadline(uint256 proposalId) public view override returns (uint256) {
        uint256 lastSecond = super.proposalDeadline(proposalId);
        // only a vote within the last days can have extended it: before, the box need not be asked
        if (block.timestamp + VoteBounds.FLIP_EXTENSION <= lastSecond) return lastSecond;
        return Math.max(lastSecond, BALLOTS.extendedDeadlineOf(proposalId));
    }

    /// @inheritdoc Governor
    function proposalNeedsQueuing(
        uint256 proposalId
    ) public view override(Governor, GovernorTimelockControl) returns (bool) {
        return super.proposalNeedsQueuing(proposalId);
    }

    /// @inheritdoc Governor
    function proposalThreshold() public view override(Governor, GovernorSettings) returns (uint256) {
        return super.proposalThreshold();
    }

    /// @dev The kind is read from the calls before anything is stored.
    function _propose(
        address[] memory targets,
        uint256[] memory values,
        bytes[] memory calldatas,
        string memory description,
        address proposer
    ) internal override(Governor, GovernorStorage, GovernorSequentialProposalId) returns (uint256 proposalId) {
        require(targets.length <= MAX_CALLS, IsonomyGovernor_TooManyCalls(targets.length, MAX_CALLS));
        require(
            targets.length == values.length && targets.length == calldatas.length,
            GovernorInvalidProposalLength(targets.length, calldatas.length, values.length)
        );
        uint8 phase = UNITS.registry().phase();
        ProposalKind kind = RULES.classify(targets, values, calldatas, phase);

        proposalId = super._propose(targets, values, calldatas, description, proposer);
        BALLOTS.open(proposalId, kind, phase, uint8(quorumNumerator()));
        emit ProposalClassified(proposalId, kind, phase);
    }

    /// @dev The timelock waits its minimum; the rest of the proposal's own delay is kept here, in the eta.
    function _queueOperations(
        uint256 proposalId,
        address[] memory targets,
        uint256[] memory values,
        bytes[] memory calldatas,
        bytes32 descriptionHash
    ) internal override(Governor, GovernorTimelockControl) returns (uint48) {
        _requireSameKind(proposalId, targets, values, calldatas);
        uint48 earliest = super._queueOperations(proposalId, targets, values, calldatas, descriptionHash);
        return uint48(Math.max(earliest, block.timestamp + delayOf(proposalId)));
    }

    /// @dev The kind is asked before the calls and after them: what one call changes, directly or through the account
    /// it pays, must not let the next do more than was voted on. For the same reason nothing else is executed
    /// meanwhile.
    function _executeOperations(
        uint256 proposalId,
        address[] memory targets,
        uint256[] memory values,
        bytes[] memory calldatas,
        bytes32 descriptionHash
    ) internal override(Governor, GovernorTimelockControl) nonReentrant {
        uint256 eta = proposalEta(proposalId);
        require(block.timestamp >= eta, IsonomyGovernor_TooEarly(proposalId, eta));
        _requireSameKind(proposalId, targets, values, calldatas);
        super._executeOperations(proposalId, targets, values, calldatas, descriptionHash);
        _requireSameKind(proposalId, targets, values, calldatas);
    }

    /// @inheritdoc Governor
    function _cancel(
        address[] memory targets,
        uint256[] memory values,
        bytes[] memory calldatas,
        bytes32 descriptionHash
    ) internal override(Governor, GovernorTimelockControl) returns (uint256) {
        return super._cancel(targets, values, calldatas, descriptionHash);
    }

    /// @dev As OpenZeppelin's, except that the box asks the token itself, once for both houses.
    function _castVote(
        uint256 proposalId,
        address account,
        uint8 support,
        string memory reason,
        bytes memory params
    ) internal override returns (uint256 used) {
        _validateStateBitmap(proposalId, _encodeStateBitmap(ProposalState.Active));
        used = _countVote(proposalId, account, support, 0, params);

        if (params.length == 0) {
            emit VoteCast(account, proposalId, support, used, reason);
        } else {
            emit VoteCastWithParams(account, proposalId, support, used, reason, params);
        }
    }

    /// @inheritdoc Governor
    function _countVote(
        uint256 proposalId,
        address account,
        uint8 support,
        uint256,
        bytes memory params
    ) internal override returns (uint256) {
        uint256 lastSecond = super.proposalDeadline(proposalId);
        return BALLOTS.cast(proposalId, account, support, params, proposalSnapshot(proposalId), lastSecond);
    }

    /// @inheritdoc Governor
    function _quorumReached(uint256 proposalId) internal view override returns (bool) {
        return BALLOTS.quorate(proposalId);
    }

    /// @inheritdoc Governor
    function _voteSucceeded(uint256 proposalId) internal view override returns (bool) {
        return BALLOTS.succeeds(proposalId, super.proposalDeadline(proposalId));
    }

    /// @dev The proposer until voting starts; the guardian until the end, unless the proposal does nothing but replace
    /// the guardian.
    function _validateCancel(
        uint256 proposalId,
        address caller
    ) internal view override(Governor, GovernorProposalGuardian) returns (bool) {
        if (caller == proposalGuardian() && block.timestamp < guardianMandateEndsAt) {
            (address[] memory targets, , bytes[] memory calldatas, ) = proposalDetails(proposalId);
            bool replacesGuardian =
                targets.length == 1 &&
                    targets[0] == address(this) &&
                    bytes4(calldatas[0]) == this.setProposalGuardian.selector;
            if (!replacesGuardian) return true;
        }
        return caller == proposalProposer(proposalId) && state(proposalId) == ProposalState.Pending;
    }

    /// @inheritdoc Governor
    function _validateVoteSig(
        uint256 proposalId,
        uint8 support,
        address voter,
        bytes memory signature
    ) internal override(Governor, GovernorNoncesKeyed) returns (bool) {
        return super._validateVoteSig(proposalId, support, voter, signature);
    }

    /// @inheritdoc Governor
    function _validateExtendedVoteSig(
        uint256 proposalId,
        uint8 support,
        address voter,
        string memory reason,
        bytes memory params,
        bytes memory signature
    ) internal override(Governor, GovernorNoncesKeyed) returns (bool) {
        return super._validateExtendedVoteSig(proposalId, support, voter, reason, params, signature);
    }

    /// @dev OpenZeppelin lets a description name its proposer; here it must. Otherwise anyone could propose the same
    /// first and cancel it.
    function _isValidDescriptionForProposer(
        address proposer,
        string memory description
    ) internal view override returns (bool) {
        require(RULES.namesProposer(description, proposer), IsonomyGovernor_ProposerNotNamed(proposer));
        return true;
    }

    /// @inheritdoc GovernorNoncesKeyed
    function _useCheckedNonce(address owner, uint256 nonce) internal override(Nonces, GovernorNoncesKeyed) {
        super._useCheckedNonce(owner, nonce);
    }

    /// @inheritdoc GovernorVotes
    function _getVotes(
        address account,
        uint256 timepoint,
        bytes memory
    ) internal view override(Governor, GovernorVotes) returns (uint256 votes) {
        (votes, ) = UNITS.votingStateAt(account, timepoint);
    }

    /// @inheritdoc GovernorTimelockControl
    function _executor() internal view override(Governor, GovernorTimelockControl) returns (address) {
        return super._executor();
    }

    /// @inheritdoc GovernorProposalGuardian
    function _setProposalGuardian(address newProposalGuardian) internal override {
        super._setProposalGuardian(newProposalGuardian);
        guardianMandateEndsAt = clock() + GUARDIAN_MANDATE;
        emit GuardianMandateSet(newProposalGuardian, guardianMandateEndsAt);
    }

    /// @inheritdoc GovernorSettings
    function _setVotingDelay(uint48 newVotingDelay) internal override {
        _requireWithin(newVotingDelay, MIN_VOTING_DELAY, MAX_VOTING_DELAY);
        super._setVotingDelay(newVotingDelay);
    }

    /// @inheritdoc GovernorSettings
    function _setVotingPeriod(uint32 newVotingPeriod) internal override {
        _requireWithin(newVotingPeriod, MIN_VOTING_PERIOD, MAX_VOTING_PERIOD);
        super._setVotingPeriod(newVotingPeriod);
    }

    /// @inheritdoc GovernorSettings
    function _setProposalThreshold(uint256 newProposalThreshold) internal override {
        // in the constructor the token is not known yet, and the constructor checks
        if (address(this).code.length != 0) _requireWithin(newProposalThreshold, 1, UNITS.CURVE_CAP());
        super._setProposalThreshold(newProposalThreshold);
    }

    /// @inheritdoc GovernorVotesQuorumFraction
    function _updateQuorumNumerator(uint256 newQuorumNumerator) internal override {
        _requireWithin(newQuorumNumerator, MIN_QUORUM_PERCENT, MAX_QUORUM_PERCENT);
        super._updateQuorumNumerator(newQuorumNumerator);
    }

    /// @dev Roles may have moved since the vote; what became stricter needs another vote.
    function _requireSameKind(
        uint256 proposalId,
        address[] memory targets,
        uint256[] memory values,
        bytes[] memory calldatas
    ) private view {
        (ProposalKind voted, uint8 phase) = BALLOTS.kindOf(proposalId);
        ProposalKind current = RULES.classify(targets, values, calldatas, phase);
        require(current <= voted, IsonomyGovernor_BecameStricter(proposalId, voted, current));
    }

    function _requireWithin(uint256 value, uint256 lowest, uint256 highest) private pure {
        require(value >= lowest && value <= highest, IsonomyGovernor_OutOfBounds(value, lowest, highest));
    }
}
