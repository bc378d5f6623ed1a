// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IRefundingArbitrator} from "../interfaces/IArbitration.sol";

/// @title IPanel
/// @notice A small ERC-792 arbitrator: a decision needs the same vote of `THRESHOLD` of the arbiters named at its
/// deployment. Votes are public.
/// @dev The fee is fixed, kept until the decision, shared by the arbiters who voted for it and given back when there
/// was none. Trusted: the named arbiters, for the ruling only. They cannot move the money that the dispute is about.
interface IPanel is IRefundingArbitrator {
    /// @notice The current state of a dispute.
    /// @param arbitrable Who opened it and receives the ruling.
    /// @param choices Number of rulings to choose from; 0 is "no decision".
    /// @param voteBy Last second for a vote.
    /// @param decided Whether it is over.
    /// @param ruling What was decided.
    /// @param feeReclaimed Whether the fee went back.
    struct PanelDispute {
        address arbitrable;
        uint8 choices;
        uint40 voteBy;
        bool decided;
        uint8 ruling;
        bool feeReclaimed;
    }

    /// @notice An arbiter voted.
    event VoteCast(uint256 indexed disputeId, address indexed arbiter, uint256 ruling);
    /// @notice The dispute is over. `accepted` is false when the contract that opened it refused the ruling.
    event DisputeDecided(uint256 indexed disputeId, uint256 ruling, bool accepted);
    /// @notice The fee went back to the contract that opened the dispute.
    event FeeReclaimed(uint256 indexed disputeId, address indexed arbitrable, uint256 amount);
    /// @notice Evidence for a dispute (ERC-1497). Nothing of it is stored.
    event Evidence(address indexed arbitrator, uint256 indexed evidenceGroupId, address indexed party, string evidence);

    /// @notice The arbiters are not 1 to `MAX_ARBITERS` different, non-zero accounts, or the threshold is not a
    /// majority of them.
    error Panel_BadMembers(uint256 arbiters, uint256 threshold);
    /// @notice The account was named twice, or is zero.
    error Panel_BadArbiter(address arbiter);
    /// @notice The value sent is not the fee.
    error Panel_WrongFee(uint256 sent, uint256 fee);
    /// @notice A dispute needs 1 to `MAX_CHOICES` choices.
    error Panel_BadChoices(uint256 choices);
    /// @notice There is no such dispute.
    error Panel_UnknownDispute(uint256 disputeId);
    /// @notice The dispute is over.
    error Panel_AlreadyDecided(uint256 disputeId);
    /// @notice The caller is not an arbiter of this panel.
    error Panel_NotArbiter(address caller);
    /// @notice The arbiter voted before.
    error Panel_AlreadyVoted(uint256 disputeId, address arbiter);
    /// @notice There is no such choice.
    error Panel_RulingOutOfRange(uint256 ruling, uint256 choices);
    /// @notice The time for votes is over.
    error Panel_TooLate(uint256 disputeId, uint256 voteBy);
    /// @notice The time for votes is not over.
    error Panel_TooEarly(uint256 disputeId, uint256 voteBy);
    /// @notice Only the contract that opened the dispute may have its fee back, once, and only when there was no
    /// decision.
    error Panel_NoFeeToReclaim(uint256 disputeId, address caller);
    /// @notice The contract that opened the dispute refused its fee.
    error Panel_FeeRefused(uint256 disputeId);

    /// @notice Votes for a ruling; the vote that completes the threshold decides and gives the ruling. Only arbiters.
    /// @dev Reverts with {Panel_NotArbiter}, {Panel_UnknownDispute}, {Panel_AlreadyDecided}, {Panel_TooLate},
    /// {Panel_RulingOutOfRange}, {Panel_AlreadyVoted}. Emits {VoteCast}, and {DisputeDecided} when it decides.
    function vote(uint256 disputeId, uint256 ruling) external;

    /// @notice Ends a dispute whose time is over without a decision. Anyone may call.
    /// @dev Reverts with {Panel_UnknownDispute}, {Panel_AlreadyDecided}, {Panel_TooEarly}. Emits {DisputeDecided} with
    /// ruling 0.
    function expire(uint256 disputeId) external;

    /// @notice Announces evidence. Anyone may call; nothing is stored, so that spam costs only its sender.
    /// @dev Reverts with {Panel_UnknownDispute}, {Panel_AlreadyDecided}. Emits {Evidence}.
    function submitEvidence(uint256 disputeId, string calldata evidence) external;

    /// @notice The current state of a dispute. All zero when there is none.
    function disputes(
        uint256 disputeId
    )
        external
        view
        returns (address arbitrable, uint8 choices, uint40 voteBy, bool decided, uint8 ruling, bool feeReclaimed);

    /// @notice How many arbiters voted for a ruling.
    function votesFor(uint256 disputeId, uint256 ruling) external view returns (uint256);

    /// @notice Whether the account is an arbiter.
    function isArbiter(address account) external view returns (bool);
}
