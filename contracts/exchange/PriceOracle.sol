// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @title PriceOracle
/// @notice Prices are ratios of reserves with 128 fractional bits; logarithms are natural, with 18 decimals. A
/// logarithm is correct to 1e-8 and monotone: a higher ratio never has a lower one. A price from 2^-100 up is correct
/// to one part in a hundred million; below that its own last bit is worth more, and it is correct to one part in 2^15.
library PriceOracle {
    /// @dev ln 2 with 18 decimals, rounded down.
    int256 internal constant LN2_WAD = 693_147_180_559_945_309;

    int256 private constant WAD = 1e18;
    uint256 private constant ONE_Q120 = 1 << 120;
    uint256 private constant ONE_Q127 = 1 << 127;

    /// @notice The logarithm of `reserve1 / reserve0`; both are above 0 and below 2^112, so that the ratio is at least
    /// 2^16 units and its logarithm exists.
    function lnRatio(uint256 reserve0, uint256 reserve1) internal pure returns (int256 lnWad) {
        return lnX128((reserve1 << 128) / reserve0);
    }

    /// @notice The logarithm of `ratioX128 / 2^128`, for a ratio above 0.
    /// @dev Unchecked: `m` lies in [2^127, 2^128), so `z` lies in [0, 2^120 / 3) and every product stays below 2^248.
    /// ln m = 2 atanh((m - 1) / (m + 1)); all terms are positive and truncated, which keeps the series below ln 2 at
    /// the end of an octave and the whole function monotone.
    function lnX128(uint256 ratioX128) internal pure returns (int256 lnWad) {
        unchecked {
            uint256 exponent = Math.log2(ratioX128);
            uint256 m = exponent > 127 ? ratioX128 >> (exponent - 127) : ratioX128 << (127 - exponent);
            uint256 z = ((m - ONE_Q127) << 120) / (m + ONE_Q127);
            uint256 z2 = (z * z) >> 120;

            uint256 series = ONE_Q120 / 15;
            series = ONE_Q120 / 13 + ((z2 * series) >> 120);
            series = ONE_Q120 / 11 + ((z2 * series) >> 120);
            series = ONE_Q120 / 9 + ((z2 * series) >> 120);
            series = ONE_Q120 / 7 + ((z2 * series) >> 120);
            series = ONE_Q120 / 5 + ((z2 * series) >> 120);
            series = ONE_Q120 / 3 + ((z2 * series) >> 120);
            series = ONE_Q120 + ((z2 * series) >> 120);

            int256 lnMantissa = int256((((z * series) >> 119) * uint256(WAD)) >> 120);
            lnWad = (int256(exponent) - 128) * LN2_WAD + lnMantissa;
        }
    }

    /// @notice The ratio with 128 fractional bits whose logarithm is `lnWad`, for |lnWad| up to 112 ln 2, rounded down.
    function expX128(int256 lnWad) internal pure returns (uint256 ratioX128) {
        int256 exponent = lnWad / LN2_WAD;
        int256 rest = lnWad % LN2_WAD;
        if (rest < 0) {
            exponent -= 1;
            rest += LN2_WAD;
        }

        // Taylor's series of e^rest in Q127; the 25th term of a rest below ln 2 is under 2^-96.
        uint256 restQ127 = (uint256(rest) << 127) / uint256(WAD);
        uint256 term = ONE_Q127;
        uint256 sum = ONE_Q127;
        for (uint256 i = 1; i < 34; ++i) {
            term = ((term * restQ127) >> 127) / i;
            sum += term;
        }

        ratioX128 = exponent >= -1 ? sum << uint256(exponent + 1) : sum >> uint256(-exponent - 1);
    }
}
