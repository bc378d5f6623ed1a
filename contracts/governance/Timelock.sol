// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";

/// @title Timelock
/// @notice Holds the admin role of the Authority. Whatever changes the protocol waits here first, in the open.
/// @dev OpenZeppelin's TimelockController, unchanged, without an optional admin: only the timelock can change itself.
contract Timelock is TimelockController {
    /// @param minDelay Seconds that every operation waits before it can be executed.
    /// @param proposers Accounts that may schedule and cancel operations.
    /// @param executors Accounts that may execute them once the delay is over; the zero address stands for anyone.
    constructor(
        uint256 minDelay,
        address[] memory proposers,
        address[] memory executors
    ) TimelockController(minDelay, proposers, executors, address(0)) {}
}
