// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title VoteBounds
/// @notice What the governor and the ballot box have to say alike.
library VoteBounds {
    /// @notice Least time, in seconds, that is left to answer a vote which changes the outcome.
    uint256 internal constant FLIP_EXTENSION = 2 days;
    /// @notice The quorum's lower bound, in percent of the token supply.
    uint256 internal constant QUORUM_FLOOR_PERCENT = 2;
}
