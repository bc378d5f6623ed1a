// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";

/// @title Timelock
/// @notice Holds the admin role of the Authority. Whatever changes the protocol waits here first, in the open.
/// @dev OpenZeppelin's TimelockController with a delay that is bounded, so that no vote can do away with the wait or
/// make it last for ever. The governor names its timelock when it is created, so the timelock comes first and its
/// deployer grants the governor's roles and renounces; from then on only the timelock can change itself.
contract Timelock is TimelockController {
    /// @notice Shortest delay, in seconds.
    uint256 public constant MIN_DELAY = 1 days;
    /// @notice Longest delay, in seconds.
    uint256 public constant MAX_DELAY = 14 days;

    /// @notice The delay would be outside its bounds.
    error Timelock_DelayOutOfBounds(uint256 delay, uint256 minimum, uint256 maximum);

    /// @param minDelay Seconds that every operation waits before it can be executed.
    /// @param proposers Accounts that may schedule and cancel operations.
    /// @param executors Accounts that may execute them once the delay is over; the zero address means anyone.
    /// @param admin Who may grant and revoke these roles until it renounces; the zero address for nobody.
    constructor(
        uint256 minDelay,
        address[] memory proposers,
        address[] memory executors,
        address admin
    ) TimelockController(minDelay, proposers, executors, admin) {
        _requireWithinBounds(minDelay);
    }

    /// @notice Changes the delay of operations scheduled from now on. Only the timelock itself may call.
    /// @dev
    /// - Reverts with {Timelock_DelayOutOfBounds} outside the bounds.
    /// - Reverts with OpenZeppelin's `TimelockUnauthorizedCaller` for any other caller.
    function updateDelay(uint256 newDelay) public override {
        _requireWithinBounds(newDelay);
        super.updateDelay(newDelay);
    }

    function _requireWithinBounds(uint256 delay) private pure {
        require(delay >= MIN_DELAY && delay <= MAX_DELAY, Timelock_DelayOutOfBounds(delay, MIN_DELAY, MAX_DELAY));
    }
}
