// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {IArbitrable, IArbitrator, IRefundingArbitrator} from "../interfaces/IArbitration.sol";
import {Credit, IRevenueLedger} from "../ledger/IRevenueLedger.sol";
import {NATIVE} from "../utils/Native.sol";
import {IPanel} from "./IPanel.sol";

/// @title Panel
/// @notice k of n named arbiters. See {IPanel}.
/// @dev Invariants: a dispute is decided once; the native balance covers the fees of undecided disputes and of those
/// without a decision whose fee was not reclaimed; beyond them there is only coin that was forced upon it. Immutable: a
/// panel with other arbiters is another contract.
///
/// There is no guard against re-entry: every function has written all of its books before it calls anybody. A guard
/// would do harm. The escrow goes on when its fee is not returned, so an account that made it ask in the middle of a
/// call of its own could have the fee refused.
contract Panel is IPanel {
    /// @notice Most arbiters a panel can have; the loops over them are bounded by it.
    uint256 public constant MAX_ARBITERS = 21;
    /// @notice Most choices of a dispute.
    uint256 public constant MAX_CHOICES = 16;
    /// @notice How long the arbiters may take, in seconds.
    uint256 public constant VOTING_WINDOW = 30 days;

    /// @notice How many equal votes decide.
    uint256 public immutable THRESHOLD;
    /// @notice What a dispute costs, in wei.
    uint256 public immutable FEE;
    /// @notice Where the arbiters' fees are credited.
    IRevenueLedger public immutable LEDGER;

    /// @inheritdoc IPanel
    mapping(address account => bool) public isArbiter;
    /// @inheritdoc IPanel
    mapping(uint256 disputeId => PanelDispute) public disputes;

    uint256 private _disputeCount;
    mapping(uint256 disputeId => mapping(address arbiter => bool)) private _voted;
    mapping(uint256 disputeId => mapping(uint256 ruling => address[] arbiters)) private _voters;

    /// @param arbiters The named arbiters, all different.
    /// @param threshold How many equal votes decide: a majority of the arbiters.
    /// @param fee What a dispute costs, in wei.
    /// @param ledger Where the arbiters' fees are credited.
    constructor(address[] memory arbiters, uint256 threshold, uint256 fee, IRevenueLedger ledger) {
        uint256 count = arbiters.length;
        require(
            count != 0 && count <= MAX_ARBITERS && threshold <= count && 2 * threshold > count,
            Panel_BadMembers(count, threshold)
        );
        for (uint256 i = 0; i < count; ++i) {
            address arbiter = arbiters[i];
            require(arbiter != address(0) && !isArbiter[arbiter], Panel_BadArbiter(arbiter));
            isArbiter[arbiter] = true;
        }
        (THRESHOLD, FEE, LEDGER) = (threshold, fee, ledger);
    }

    /// @inheritdoc IArbitrator
    /// @dev Reverts with {Panel_WrongFee}, {Panel_BadChoices}. The extra data is ignored.
    function createDispute(uint256 choices, bytes calldata) external payable returns (uint256 disputeId) {
        require(msg.value == FEE, Panel_WrongFee(msg.value, FEE));
        require(choices != 0 && choices <= MAX_CHOICES, Panel_BadChoices(choices));

        // ids start at 1, so that 0 is never a dispute
        disputeId = ++_disputeCount;
        PanelDispute storage entry = disputes[disputeId];
        entry.arbitrable = msg.sender;
        entry.choices = uint8(choices);
        entry.voteBy = SafeCast.toUint40(block.timestamp + VOTING_WINDOW);
        emit DisputeCreation(disputeId, msg.sender);
    }

    /// @inheritdoc IPanel
    function vote(uint256 disputeId, uint256 ruling) external {
        require(isArbiter[msg.sender], Panel_NotArbiter(msg.sender));
        PanelDispute storage entry = _open(disputeId);
        require(block.timestamp <= entry.voteBy, Panel_TooLate(disputeId, entry.voteBy));
        require(ruling <= entry.choices, Panel_RulingOutOfRange(ruling, entry.choices));
        require(!_voted[disputeId][msg.sender], Panel_AlreadyVoted(disputeId, msg.sender));

        _voted[disputeId][msg.sender] = true;
        address[] storage voters = _voters[disputeId][ruling];
        voters.push(msg.sender);
        emit VoteCast(disputeId, msg.sender, ruling);

        if (voters.length == THRESHOLD) {
            _decide(disputeId, entry, ruling);
            if (ruling != 0 && FEE != 0) _payArbiters(voters);
        }
    }

    /// @inheritdoc IPanel
    function expire(uint256 disputeId) external {
        PanelDispute storage entry = _open(disputeId);
        require(block.timestamp > entry.voteBy, Panel_TooEarly(disputeId, entry.voteBy));

        _decide(disputeId, entry, 0);
    }

    /// @inheritdoc IRefundingArbitrator
    /// @dev Reverts with {Panel_NoFeeToReclaim}, {Panel_FeeRefused}. Emits {FeeReclaimed}.
    function reclaimFee(uint256 disputeId) external {
        PanelDispute storage entry = disputes[disputeId];
        bool owed = entry.arbitrable == msg.sender && entry.ruling == 0 && !entry.feeReclaimed && _isOver(entry);
        require(owed, Panel_NoFeeToReclaim(disputeId, msg.sender));

        entry.feeReclaimed = true;
        // a fee that went back ends the dispute, so that no later vote can spend it again
        entry.decided = true;
        emit FeeReclaimed(disputeId, msg.sender, FEE);

        (bool accepted, ) = msg.sender.call{value: FEE}("");
        require(accepted, Panel_FeeRefused(disputeId));
    }

    /// @inheritdoc IPanel
    function submitEvidence(uint256 disputeId, string calldata evidence) external {
        _open(disputeId);
        emit Evidence(address(this), disputeId, msg.sender, evidence);
    }

    /// @inheritdoc IPanel
    function votesFor(uint256 disputeId, uint256 ruling) external view returns (uint256) {
        return _voters[disputeId][ruling].length;
    }

    /// @inheritdoc IArbitrator
    function arbitrationCost(bytes calldata) external view returns (uint256 cost) {
        return FEE;
    }

    function _open(uint256 disputeId) private view returns (PanelDispute storage entry) {
        entry = disputes[disputeId];
        require(entry.arbitrable != address(0), Panel_UnknownDispute(disputeId));
        require(!entry.decided, Panel_AlreadyDecided(disputeId));
    }

    function _isOver(PanelDispute storage entry) private view returns (bool) {
        return entry.decided || block.timestamp > entry.voteBy;
    }

    function _decide(uint256 disputeId, PanelDispute storage entry, uint256 ruling) private {
        entry.decided = true;
        // at most MAX_CHOICES
        entry.ruling = uint8(ruling);

        // a deal that its parties closed meanwhile refuses the ruling; the arbiters are paid all the same
        bool accepted = true;
        try IArbitrable(entry.arbitrable).rule(disputeId, ruling) {} catch {
            accepted = false;
        }
        emit DisputeDecided(disputeId, ruling, accepted);
    }

    /// @dev Equal parts; what the division leaves goes to the arbiter who decided, the last.
    function _payArbiters(address[] storage voters) private {
        uint256 count = voters.length;
        Credit[] memory credits = new Credit[](count);
        uint256 part = FEE / count;
        for (uint256 i = 0; i < count; ++i) credits[i] = Credit(voters[i], part);
        credits[count - 1].amount += FEE - part * count;
        LEDGER.credit{value: FEE}(NATIVE, credits);
    }
}
