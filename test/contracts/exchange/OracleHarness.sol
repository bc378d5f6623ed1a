// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {CurveMath} from "../../../contracts/exchange/CurveMath.sol";
import {PriceOracle} from "../../../contracts/exchange/PriceOracle.sol";

/// @notice Opens the pure libraries of the Exchange to tests.
contract ExchangeMathHarness {
    function lnX128(uint256 ratioX128) external pure returns (int256) {
        return PriceOracle.lnX128(ratioX128);
    }

    function lnRatio(uint256 reserve0, uint256 reserve1) external pure returns (int256) {
        return PriceOracle.lnRatio(reserve0, reserve1);
    }

    function expX128(int256 lnWad) external pure returns (uint256) {
        return PriceOracle.expX128(lnWad);
    }

    function swapPartDown(uint256 amount, uint256 reserve, uint256 feeBps) external pure returns (uint256) {
        return CurveMath.swapPartDown(amount, reserve, feeBps);
    }
}
