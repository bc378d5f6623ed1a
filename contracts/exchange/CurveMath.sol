// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {BPS} from "../utils/Bps.sol";

/// @title CurveMath
/// @notice Constant-product arithmetic: the pure cores of the Exchange. Reserves, amounts and shares are below 2^112,
/// fees are in basis points (1 to 100) and the protocol share is in percent of the fee (0 to 20). Under these bounds no
/// product here exceeds 2^254. Every division but that of {swapPartDown} rounds in favour of the pool;
/// `scripts/prove.ts` hands these functions to the SMT checker.
library CurveMath {
    /// @dev 100 % of a fee in percent, times `BPS`: the divisor of "basis points of an amount, of which percent".
    uint256 internal constant BPS_PERCENT = 1_000_000;

    /// @notice What the pool pays for `amountIn`, rounded down.
    function amountOutDown(
        uint256 amountIn,
        uint256 reserveIn,
        uint256 reserveOut,
        uint256 feeBps
    ) internal pure returns (uint256 amountOut) {
        unchecked {
            uint256 amountInAfterFee = amountIn * (BPS - feeBps);
            amountOut = (amountInAfterFee * reserveOut) / (reserveIn * BPS + amountInAfterFee);
        }
    }

    /// @notice What the pool asks for `amountOut`: the next whole unit above the exact price, as Uniswap v2 asks.
    /// `amountOut` must be below `reserveOut`.
    function amountInUp(
        uint256 amountOut,
        uint256 reserveIn,
        uint256 reserveOut,
        uint256 feeBps
    ) internal pure returns (uint256 amountIn) {
        unchecked {
            uint256 divisor = (reserveOut - amountOut) * (BPS - feeBps);
            amountIn = (reserveIn * amountOut * BPS) / divisor + 1;
        }
    }

    /// @notice The part of `amountIn` that leaves the fee for the protocol, rounded down.
    function protocolFeeDown(
        uint256 amountIn,
        uint256 feeBps,
        uint256 sharePercent
    ) internal pure returns (uint256 protocolFee) {
        unchecked {
            protocolFee = (amountIn * feeBps * sharePercent) / BPS_PERCENT;
        }
    }

    /// @notice Shares that `amount` of one token is worth, rounded down. A deposit earns the lower of both tokens.
    function sharesDown(uint256 amount, uint256 reserve, uint256 totalShares) internal pure returns (uint256 shares) {
        unchecked {
            shares = (amount * totalShares) / reserve;
        }
    }

    /// @notice The part of a reserve that `shares` redeem, rounded down.
    function amountDown(uint256 shares, uint256 reserve, uint256 totalShares) internal pure returns (uint256 amount) {
        unchecked {
            amount = (shares * reserve) / totalShares;
        }
    }

    /// @notice What a deposit pays of one token for `shares`, rounded up.
    function amountUp(uint256 shares, uint256 reserve, uint256 totalShares) internal pure returns (uint256 amount) {
        unchecked {
            amount = (shares * reserve + totalShares - 1) / totalShares;
        }
    }

    /// @notice The part of a one-sided deposit to swap so that the rest and the proceeds fit the ratio afterwards,
    /// rounded down: the root of `s^2 (1 - f) + s reserve (2 - f) = amount reserve`, for a fee of `f`.
    /// Nothing is at stake in it: a wrong part only leaves the depositor with fewer shares, which a bound refuses.
    function swapPartDown(uint256 amount, uint256 reserve, uint256 feeBps) internal pure returns (uint256 part) {
        unchecked {
            uint256 keptBps = BPS - feeBps;
            uint256 linear = reserve * (BPS + keptBps);
            part = (Math.sqrt(linear * linear + 4 * keptBps * BPS * amount * reserve) - linear) / (2 * keptBps);
        }
    }
}
