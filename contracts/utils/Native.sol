// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @dev Names the chain's native coin where a token is named.
address constant NATIVE = address(0);
