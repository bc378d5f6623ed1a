// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {RunningShare} from "../contracts/utils/RunningShare.sol";

/// @notice What parents receive of a child's income does not depend on when it is passed on, and is never more than
/// came in.
/// @dev Each function is one theorem over every income of which the shares can be computed. The asserts before the last
/// are lemmas, as in SwapProof.
contract LineageProof {
    uint256 private constant BPS = 10_000;
    uint256 private constant MOST = type(uint256).max / BPS;
    uint256 private constant MAX_BPS = 5_000;
    uint256 private constant MAX_PARENTS = 8;

    // claim(invariants#market-and-escrow): two settlements pay a parent as much as one of the same income | who settles
    //   in parts, at the cost of a parent
    function twoSettlementsPayAsOne(uint256 before, uint256 first, uint256 second, uint16 bps) external pure {
        require(before <= MOST && first <= MOST - before && second <= MOST - before - first && bps <= MAX_BPS);
        uint256 middle = before + first;
        uint256 total = middle + second;

        assert(before * bps <= middle * bps && middle * bps <= total * bps);
        uint256 inTwo = RunningShare.growth(before, middle, bps) + RunningShare.growth(middle, total, bps);
        assert(inTwo == RunningShare.growth(before, total, bps));
        assert(RunningShare.growth(0, before, bps) + inTwo == (total * bps) / BPS);
    }

    // claim(invariants#market-and-escrow): an account of a child pays out exactly what came in, and to
    //   each parent its share of the running total, rounded down once
    function aTotalIsItsShareRoundedDown(uint256 total, uint16 bps) external pure {
        require(total <= MOST && bps <= MAX_BPS);

        uint256 share = RunningShare.growth(0, total, bps);

        assert(share * BPS <= total * bps);
        assert(total * bps < (share + 1) * BPS);
        assert(total * bps <= total * MAX_BPS);
        assert(share <= total / 2);
    }

    // claim(invariants#market-and-escrow): an income of sixteen units or more never waits: the shares of all parents
    //   are at most what came in | who stops the income of a family with a few units
    /// @dev By induction over the parents: `shares` is what `count` of them with `sum` basis points receive of
    /// `amount`. Each is more than its part by less than a unit.
    function oneMoreParentNeverTakesMoreThanThereIs(
        uint256 before,
        uint256 amount,
        uint256 shares,
        uint256 count,
        uint256 sum,
        uint16 bps
    ) external pure {
        require(before <= MOST && amount <= MOST - before && shares <= amount);
        require(count < MAX_PARENTS && sum <= MAX_BPS && bps <= MAX_BPS - sum);
        require(shares * BPS <= amount * sum + count * BPS);

        uint256 share = RunningShare.growth(before, before + amount, bps);

        assert((before + amount) * bps == before * bps + amount * bps);
        assert(share * BPS < amount * bps + BPS);
        assert((shares + share) * BPS <= amount * (sum + bps) + (count + 1) * BPS);
        assert(amount * (sum + bps) <= amount * MAX_BPS);
        assert(amount < 16 || shares + share <= amount);
    }
}
