// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title IArbitrable
/// @notice The side of ERC-792 that receives rulings.
interface IArbitrable {
    /// @notice A ruling arrived (ERC-792). 0 means that the arbitrator did not decide.
    event Ruling(address indexed arbitrator, uint256 indexed disputeId, uint256 ruling);

    /// @notice Gives the ruling on a dispute. Only the arbitrator that the dispute was opened with may call.
    function rule(uint256 disputeId, uint256 ruling) external;
}

/// @title IArbitrator
/// @notice The side of ERC-792 that decides.
interface IArbitrator {
    /// @notice A dispute was opened for `arbitrable` (ERC-792).
    event DisputeCreation(uint256 indexed disputeId, address indexed arbitrable);

    /// @notice Opens a dispute with `choices` possible rulings, numbered from 1. Anyone may call; the
    /// value sent must cover `arbitrationCost`.
    function createDispute(uint256 choices, bytes calldata extraData) external payable returns (uint256 disputeId);

    /// @notice What a dispute costs, in wei.
    function arbitrationCost(bytes calldata extraData) external view returns (uint256 cost);
}

/// @title IRefundingArbitrator
/// @notice An arbitrator that gives its fee back when it did not decide. Not part of ERC-792: others are not expected
/// to have it.
interface IRefundingArbitrator is IArbitrator {
    /// @notice Returns the fee of a dispute that ended without a decision to the contract that opened it. Only that
    /// contract may call.
    function reclaimFee(uint256 disputeId) external;
}
