// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Mandates} from "./Mandates.sol";

/// @title BoundedPause
/// @notice Bounds a guardian's pause: it ends by itself, and one mandate cannot start another soon. See {Mandates}.
/// @dev The contract itself keeps the end of a pause, in whichever slot it reads anyway.
abstract contract BoundedPause {
    /// @notice Longest pause, in seconds.
    uint256 public constant MAX_PAUSE = 7 days;
    /// @notice Time from the start of one pause to the start of the next of the same mandate, in seconds.
    uint256 public constant PAUSE_COOLDOWN = 60 days;

    mapping(bytes32 mandate => uint256) private _nextPauseOf;

    /// @notice A pause is at most `maximum` seconds long.
    error BoundedPause_TooLong(uint256 duration, uint256 maximum);
    /// @notice The next pause of this mandate may start at `notBefore`.
    error BoundedPause_TooSoon(uint256 notBefore);

    /// @dev Reverts with {BoundedPause_TooLong}, {BoundedPause_TooSoon}.
    /// @param guardian The account that pauses; its mandate is charged, also for a pause of 0 seconds.
    /// @param duration Seconds, at most {MAX_PAUSE}.
    /// @return until First second after the pause.
    /// @return nextAt When the same mandate may start the next.
    function _startPause(address guardian, uint256 duration) internal returns (uint256 until, uint256 nextAt) {
        require(duration <= MAX_PAUSE, BoundedPause_TooLong(duration, MAX_PAUSE));
        bytes32 mandate = Mandates.keyOf(guardian);
        uint256 notBefore = _nextPauseOf[mandate];
        require(block.timestamp >= notBefore, BoundedPause_TooSoon(notBefore));

        until = block.timestamp + duration;
        nextAt = block.timestamp + PAUSE_COOLDOWN;
        _nextPauseOf[mandate] = nextAt;
    }
}
