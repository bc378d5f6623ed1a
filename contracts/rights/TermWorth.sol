// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title TermWorth
/// @notice What time that is left of a term is worth.
library TermWorth {
    /// @notice Worth of `left` seconds where a `period` of seconds costs `price`. Rounds down.
    function worth(uint256 price, uint256 left, uint256 period) internal pure returns (uint256) {
        return (price * left) / period;
    }
}
