// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {VotingUnits} from "../contracts/governance/VotingUnits.sol";

/// @notice A citizen who gives a part of a balance to another wallet has at most as many units in both, for every balance, part and cap; so
/// has one who gives parts to many, one after the other.
/// @dev With `A` for the cap and the offset, and `x`, `y` for two balances on the curve, the root of `4 A (y + a)` is at least the root of
/// `4 A (x + a)` and the difference: `(r + d)^2 = r^2 + (2 r + d) d`, where `r^2 <= 4 A (x + a)` and `2 r + d <= 4 A`.
contract UnitsProof {
    uint256 private constant MOST = 1 << 120;

    function splittingNeverGains(uint256 kept, uint256 given, uint256 cap) external pure {
        require(cap > 0 && cap <= MOST && kept <= MOST && given <= MOST - kept);
        uint256 offset = VotingUnits.offsetOf(cap);
        uint256 base = VotingUnits.baseOf(cap, offset);
        uint256 steep = cap + offset;
        uint256 lower = Math.min(kept, cap) + offset;
        uint256 upper = Math.min(kept + given, cap) + offset;
        uint256 lowerRoot = Math.sqrt(4 * steep * lower);
        uint256 upperRoot = Math.sqrt(4 * steep * upper);

        assert(lower <= upper && upper <= steep);
        // The geometric mean is at most the arithmetic one.
        assert((steep + lower) * (steep + lower) == (steep - lower) * (steep - lower) + 4 * steep * lower);
        assert(lowerRoot * lowerRoot <= (steep + lower) * (steep + lower));
        assert(lowerRoot <= steep + lower);
        uint256 more = upper - lower;
        assert(2 * lowerRoot + more <= 4 * steep);
        assert((2 * lowerRoot + more) * more <= 4 * steep * more);
        assert((lowerRoot + more) * (lowerRoot + more) == lowerRoot * lowerRoot + (2 * lowerRoot + more) * more);
        assert((lowerRoot + more) * (lowerRoot + more) <= 4 * steep * upper);
        assert(lowerRoot + more <= upperRoot);
        assert(
            VotingUnits.units(kept, cap, offset, base) + given <= VotingUnits.units(kept + given, cap, offset, base)
        );
    }

    /// @dev So the subtractions of the curve never fail: whoever has units can always transfer.
    function theCurveNeverFallsBelowTheBalance(uint256 balance, uint256 cap) external pure {
        require(cap > 0 && cap <= MOST && balance <= MOST);
        uint256 offset = VotingUnits.offsetOf(cap);
        uint256 base = VotingUnits.baseOf(cap, offset);
        uint256 steep = cap + offset;
        uint256 curved = Math.min(balance, cap);
        uint256 root = Math.sqrt(4 * steep * (curved + offset));

        assert((steep + offset) * (steep + offset) == (steep - offset) * (steep - offset) + 4 * steep * offset);
        assert(base * base <= (steep + offset) * (steep + offset));
        assert(base <= steep + offset);
        assert(2 * base + curved <= 4 * steep);
        assert((2 * base + curved) * curved <= 4 * steep * curved);
        assert((base + curved) * (base + curved) == base * base + (2 * base + curved) * curved);
        assert((base + curved) * (base + curved) <= 4 * steep * (curved + offset));
        assert(base + curved <= root);
        assert(VotingUnits.units(balance, cap, offset, base) >= balance);
    }
}
