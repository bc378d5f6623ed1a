// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title DealBounds
/// @notice What the terms of any offer and any deal lie within.
library DealBounds {
    /// @notice Shortest and longest time for a delivery, in seconds.
    uint256 internal constant MIN_DELIVERY_WINDOW = 1 hours;
    uint256 internal constant MAX_DELIVERY_WINDOW = 7 days;
    /// @notice Shortest and longest time for a complaint, in seconds: longer than a rollup takes to include a forced
    /// transaction.
    uint256 internal constant MIN_COMPLAINT_WINDOW = 2 days;
    uint256 internal constant MAX_COMPLAINT_WINDOW = 30 days;
    /// @notice Highest protocol fee and highest referrer's share, in basis points. Together they leave the payee almost
    /// a half.
    uint256 internal constant MAX_PROTOCOL_FEE_BPS = 500;
    uint256 internal constant MAX_REFERRER_BPS = 5_000;
}
