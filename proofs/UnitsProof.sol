// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {VotingUnits} from "../contracts/governance/VotingUnits.sol";

/// @notice A citizen who gives a part of a balance to another wallet has at most as many units in both, for every balance, part and cap; so
/// has one who gives parts to many, one after the other.
contract UnitsProof {
    uint256 private constant MOST = 1 << 120;

    /// @dev Whatever is at most the root of `4 s x` rises with `x` by as much as `x` does, up to `s`: its square is
    /// `r^2 + (2 r + d) d`, where `r` is at most the mean of `s` and `x` twice over, so that `2 r + d` is at most `4 s`.
    function theSquareRisesAsFastAsTheBalance(uint256 root, uint256 steep, uint256 low, uint256 more) external pure {
        require(steep < 1 << 122 && low <= steep && more <= steep - low);
        require(root < 1 << 128 && root * root <= 4 * steep * low);

        // The geometric mean is at most the arithmetic one.
        assert((steep + low) * (steep + low) == (steep - low) * (steep - low) + 4 * steep * low);
        assert(root * root <= (steep + low) * (steep + low));
        assert(root <= steep + low);
        assert(2 * root + more <= 4 * steep);
        assert((2 * root + more) * more <= 4 * steep * more);
        assert((root + more) * (root + more) == root * root + (2 * root + more) * more);
        assert((root + more) * (root + more) <= 4 * steep * (low + more));
    }

    /// @dev What squares to no more than a number is no more than its root: so the root of `4 s (x + d)` is at least `r + d`.
    function theRootIsTheLargest(uint256 number, uint256 candidate, uint256 root) external pure {
        require(candidate < 1 << 128 && root < 1 << 128);
        require(candidate * candidate <= number && number < (root + 1) * (root + 1));

        assert(candidate <= root);
    }

    // claim(invariants#government-and-citizens): a holding split over up to fifty wallets never weighs more than
    //   unsplit, and weighs the same when it is joined again
    function theUnitsAreThoseOfTheRoot(uint256 balance, uint256 cap, uint256 base) external pure {
        require(cap <= MOST && balance <= MOST);
        uint256 offset = VotingUnits.offsetOf(cap);
        uint256 low = Math.min(balance, cap);
        uint256 root = Math.sqrt(4 * (cap + offset) * (low + offset));
        require(base + low <= root);

        assert(VotingUnits.units(balance, cap, offset, base) == balance + root - base - low);
    }

    // claim(invariants#government-and-citizens): a holding split over up to fifty wallets never weighs more than
    //   unsplit, and weighs the same when it is joined again
    /// @dev The units are those of the last theorem. What is required of the two roots is what the first two say, with `cap + offset` for `s`:
    /// the lower one is at least the base, which is the root for a balance of nothing, and what that balance adds; the higher one is at least
    /// the lower one and what the part adds.
    function splittingNeverGains(
        uint256 kept,
        uint256 given,
        uint256 cap,
        uint256 base,
        uint256 root,
        uint256 highRoot
    ) external pure {
        require(cap <= MOST && kept <= MOST && given <= MOST - kept && highRoot < 1 << 128);
        uint256 low = Math.min(kept, cap);
        uint256 high = Math.min(kept + given, cap);
        require(base + low <= root && root + high - low <= highRoot);

        uint256 units = kept + root - base - low;
        uint256 whole = kept + given + highRoot - base - high;

        assert(units + given <= whole);
    }
}
