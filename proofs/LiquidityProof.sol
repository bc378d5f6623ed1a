// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {CurveMath} from "../contracts/exchange/CurveMath.sol";

/// @notice What a share is worth to those who do nothing never falls by a deposit or a withdrawal of somebody else, in
/// either token; and nobody gains by a deposit that is withdrawn at once.
contract LiquidityProof {
    uint256 private constant MAX_RESERVE = type(uint112).max;

    // claim(invariants#exchange): a deposit or a withdrawal never lowers what a share of somebody else is worth | those
    //   who trade or withdraw against the others in the pool
    function depositNeverLowersTheWorthOfAShare(uint256 amount, uint256 reserve, uint256 totalShares) external pure {
        require(reserve > 0 && reserve <= MAX_RESERVE && totalShares > 0 && totalShares <= MAX_RESERVE);
        require(amount <= MAX_RESERVE - reserve);

        uint256 shares = CurveMath.sharesDown(amount, reserve, totalShares);

        assert(shares * reserve <= amount * totalShares);
        assert((reserve + amount) * totalShares >= reserve * (totalShares + shares));
    }

    // claim(invariants#exchange): a deposit or a withdrawal never lowers what a share of somebody else is worth
    function withdrawalNeverLowersTheWorthOfAShare(uint256 shares, uint256 reserve, uint256 totalShares) external pure {
        require(reserve > 0 && reserve <= MAX_RESERVE && totalShares <= MAX_RESERVE && shares < totalShares);

        uint256 amount = CurveMath.amountDown(shares, reserve, totalShares);

        assert(amount * totalShares <= shares * reserve);
        assert(shares * reserve < totalShares * reserve);
        assert(amount < reserve);
        assert((reserve - amount) * totalShares >= reserve * (totalShares - shares));
    }

    function depositPaysForTheSharesAskedFor(uint256 shares, uint256 reserve, uint256 totalShares) external pure {
        require(reserve > 0 && reserve <= MAX_RESERVE && totalShares > 0 && totalShares <= MAX_RESERVE);
        require(shares <= MAX_RESERVE);

        uint256 amount = CurveMath.amountUp(shares, reserve, totalShares);

        assert(amount * totalShares >= shares * reserve);
        assert(CurveMath.sharesDown(amount, reserve, totalShares) >= shares);
    }

    // claim(invariants#exchange): a deposit withdrawn at once gains neither token
    function depositWithdrawnAtOnceGainsNothing(uint256 amount, uint256 reserve, uint256 totalShares) external pure {
        require(reserve > 0 && reserve <= MAX_RESERVE && totalShares > 0 && totalShares <= MAX_RESERVE);
        require(amount <= MAX_RESERVE - reserve);

        uint256 shares = CurveMath.sharesDown(amount, reserve, totalShares);
        uint256 back = CurveMath.amountDown(shares, reserve + amount, totalShares + shares);

        assert(shares * reserve <= amount * totalShares);
        assert(back * (totalShares + shares) <= shares * (reserve + amount));
        assert(shares * (reserve + amount) <= amount * (totalShares + shares));
        assert(back * (totalShares + shares) <= amount * (totalShares + shares));
        assert(back <= amount);
    }

    // claim(invariants#exchange): a deposit takes no more of either token than allowed, and a one-sided deposit swaps
    //   no more than was paid in | the pool, at the cost of a depositor
    function depositTakesNoMoreThanAllowed(
        uint256 allowed,
        uint256 shares,
        uint256 reserve,
        uint256 totalShares
    ) external pure {
        require(reserve > 0 && reserve <= MAX_RESERVE && totalShares > 0 && totalShares <= MAX_RESERVE);
        require(allowed <= MAX_RESERVE - reserve);
        // The lower of what both tokens would earn.
        require(shares <= CurveMath.sharesDown(allowed, reserve, totalShares));

        uint256 amount = CurveMath.amountUp(shares, reserve, totalShares);

        assert(shares * reserve <= allowed * totalShares);
        assert(amount * totalShares <= shares * reserve + totalShares - 1);
        assert(amount * totalShares < (allowed + 1) * totalShares);
        assert(amount <= allowed);
    }

    // claim(invariants#exchange): a deposit takes no more of either token than allowed, and a one-sided deposit swaps
    //   no more than was paid in
    function oneSidedDepositKeepsARest(uint256 amount, uint256 reserve, uint256 feeBps) external pure {
        require(reserve > 0 && reserve <= MAX_RESERVE && amount <= MAX_RESERVE - reserve);
        require(feeBps > 0 && feeBps <= 100);
        uint256 keptBps = 10_000 - feeBps;
        uint256 linear = reserve * (10_000 + keptBps);
        uint256 square = linear * linear + 4 * keptBps * 10_000 * amount * reserve;
        uint256 root = Math.sqrt(square);
        uint256 bound = 2 * keptBps * amount;

        uint256 part = CurveMath.swapPartDown(amount, reserve, feeBps);

        assert((linear + bound) * (linear + bound) == linear * linear + 2 * linear * bound + bound * bound);
        assert(
            2 * linear * bound == 4 * keptBps * 10_000 * amount * reserve + 4 * keptBps * keptBps * amount * reserve
        );
        assert(square <= (linear + bound) * (linear + bound));
        assert(root <= linear + bound);
        assert(root - linear <= 2 * keptBps * amount);
        assert(part <= amount);
    }
}
