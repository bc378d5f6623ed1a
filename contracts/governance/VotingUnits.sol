// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @title VotingUnits
/// @notice How many voting units a citizen's balance is worth: concave up to a cap `X`, one for one beyond it.
///
///     u(T) = isqrt(4(X + a)(k + a)) - isqrt(4(X + a)a) + T - k,   k = min(T, X),   a = X / (200^2 - 1)
///
/// @dev The slope falls from 200 at a balance of 0 to 1 at `X` and stays 1. It is never below 1, which is what a wallet
/// without a citizen counts, so `u(t) + (T - t) <= u(T)` for every part `t` moved away: splitting never gains. Both
/// roots round down and the subtracted one is a constant of the curve, so differences telescope: any number of
/// transfers ends at exactly `u(balance)`.
library VotingUnits {
    using Math for uint256;

    /// @notice The steepest slope of the curve. Without a bound one wei on a new credential would weigh without limit.
    uint256 internal constant MAX_SLOPE = 200;

    /// @notice The offset `a` that bounds the slope at 0, in the token's smallest unit.
    /// @param cap The balance `X` from which units grow one for one.
    function offsetOf(uint256 cap) internal pure returns (uint256) {
        return cap / (MAX_SLOPE * MAX_SLOPE - 1);
    }

    /// @notice The root that is subtracted, so that a balance of 0 has no units.
    function baseOf(uint256 cap, uint256 offset) internal pure returns (uint256) {
        return Math.sqrt(4 * (cap + offset) * offset);
    }

    /// @notice What a citizen's balance weighs beyond the balance itself. Rounds down.
    /// @param balance The balance, in the token's smallest unit; at most 2^120.
    /// @param cap The balance `X`, at most 2^120, so that no product overflows.
    /// @param offset `offsetOf(cap)`.
    /// @param base `baseOf(cap, offset)`.
    function bonus(uint256 balance, uint256 cap, uint256 offset, uint256 base) internal pure returns (uint256) {
        uint256 curved = balance.min(cap);
        return Math.sqrt(4 * (cap + offset) * (curved + offset)) - base - curved;
    }

    /// @notice The units of a citizen with `balance`. Rounds down.
    function units(uint256 balance, uint256 cap, uint256 offset, uint256 base) internal pure returns (uint256) {
        return balance + bonus(balance, cap, offset, base);
    }
}
