// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {BPS} from "./Bps.sol";

/// @title RunningShare
/// @notice A share in basis points of a total that changes step by step. It is rounded down once, of the total: the
/// steps of any schedule add up to the same.
library RunningShare {
    /// @notice What a share grows by when the total grows from `low` to `high`.
    function growth(uint256 low, uint256 high, uint256 bps) internal pure returns (uint256) {
        return (high * bps) / BPS - (low * bps) / BPS;
    }
}
