// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title IReweigh
/// @notice Something that keeps its own copy of who is a citizen and is told when that changes.
interface IReweigh {
    /// @notice Reads the standing of `account` from the registry again and moves its voting units accordingly. Anyone may call.
    function reweigh(address account) external;
}
