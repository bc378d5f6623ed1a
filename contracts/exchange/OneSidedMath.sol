// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {CurveMath} from "./CurveMath.sol";

/// @title How much of a one-sided deposit to swap
/// @notice Apart from {CurveMath}, because nothing is at stake in its result: a wrong part only leaves the depositor with
/// fewer shares, which a bound refuses.
library OneSidedMath {
    /// @notice The part of a one-sided deposit to swap so that the rest and the proceeds fit the ratio afterwards, rounded
    /// down: the root of `s^2 (1 - f) + s reserve (2 - f) = amount reserve`, for a fee of `f`.
    function swapPartDown(uint256 amount, uint256 reserve, uint256 feeBps) internal pure returns (uint256 part) {
        unchecked {
            uint256 keptBps = CurveMath.BPS - feeBps;
            uint256 linear = reserve * (CurveMath.BPS + keptBps);
            part =
                (Math.sqrt(linear * linear + 4 * keptBps * CurveMath.BPS * amount * reserve) - linear) / (2 * keptBps);
        }
    }
}
