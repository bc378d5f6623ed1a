// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title IReweigh
/// @notice A contract that keeps its own copy of who is a citizen and is notified of changes.
interface IReweigh {
    /// @notice Reads the status of `account` from the registry again and moves its voting units accordingly. Anyone may
    /// call.
    function reweigh(address account) external;
}
