// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @dev The whole in basis points: 100 %.
uint256 constant BPS = 10_000;
