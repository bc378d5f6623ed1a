// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {CurveMath} from "../contracts/exchange/CurveMath.sol";

/// @notice A swap never lowers the product of the reserves, in either direction, at any fee and any protocol share.
/// @dev Each function is one theorem over everything the Exchange lets through. The asserts before the last are lemmas:
/// each is proved from those above it. In the comments R and S are the reserves in and out.
contract SwapProof {
    uint256 private constant MAX_RESERVE = type(uint112).max;

    // claim(invariants#exchange): a swap never lowers the product of the reserves, at any fee and share, in either
    //   direction | those who trade or withdraw against the others in the pool
    function exactInNeverLowersTheProduct(
        uint256 reserveIn,
        uint256 reserveOut,
        uint256 amountIn,
        uint256 feeBps
    ) external pure {
        require(reserveIn > 0 && reserveIn <= MAX_RESERVE && reserveOut > 0 && reserveOut <= MAX_RESERVE);
        require(amountIn <= MAX_RESERVE - reserveIn && feeBps > 0 && feeBps <= 100);
        uint256 kept = 10_000 - feeBps;
        uint256 newIn = reserveIn + amountIn;

        uint256 amountOut = CurveMath.amountOutDown(amountIn, reserveIn, reserveOut, feeBps);

        // out (10^4 R + kept in) <= kept in S, because division rounds down.
        assert(amountOut * (reserveIn * 10_000 + amountIn * kept) <= amountIn * kept * reserveOut);
        assert(newIn * kept <= reserveIn * 10_000 + amountIn * kept);
        assert(amountOut * (newIn * kept) <= amountOut * (reserveIn * 10_000 + amountIn * kept));
        assert((amountOut * newIn) * kept <= (amountIn * reserveOut) * kept);
        assert(amountOut * newIn <= reserveOut * amountIn);
        assert(amountOut < reserveOut);
        assert(newIn * (reserveOut - amountOut) >= reserveIn * reserveOut);
    }

    // claim(invariants#exchange): a swap never lowers the product of the reserves, at any fee and share, in either
    //   direction
    function exactOutNeverLowersTheProduct(
        uint256 reserveIn,
        uint256 reserveOut,
        uint256 amountOut,
        uint256 feeBps
    ) external pure {
        require(reserveIn > 0 && reserveIn <= MAX_RESERVE && reserveOut > 0 && reserveOut <= MAX_RESERVE);
        require(amountOut < reserveOut && feeBps > 0 && feeBps <= 100);
        uint256 left = reserveOut - amountOut;
        uint256 kept = 10_000 - feeBps;

        uint256 amountIn = CurveMath.amountInUp(amountOut, reserveIn, reserveOut, feeBps);

        // in (S - out) kept >= 10^4 R out, because division rounds up.
        assert(amountIn * (left * kept) >= reserveIn * amountOut * 10_000);
        assert(amountIn * left * 10_000 >= amountIn * (left * kept));
        assert(amountIn * left >= reserveIn * amountOut);
        assert((reserveIn + amountIn) * left >= reserveIn * reserveOut);
    }

    // claim(attacks#exchange): k lost by rounding: proved for every input, and checked in every campaign
    function exactInWithProtocolShareNeverLowersTheProduct(
        uint256 reserveIn,
        uint256 reserveOut,
        uint256 amountIn,
        uint256 feeBps,
        uint256 sharePercent
    ) external pure {
        require(reserveIn > 0 && reserveIn <= MAX_RESERVE && reserveOut > 0 && reserveOut <= MAX_RESERVE);
        require(amountIn <= MAX_RESERVE - reserveIn && feeBps > 0 && feeBps <= 100 && sharePercent <= 20);
        uint256 kept = 10_000 - feeBps;

        uint256 amountOut = CurveMath.amountOutDown(amountIn, reserveIn, reserveOut, feeBps);
        uint256 protocolFee = CurveMath.protocolFeeDown(amountIn, feeBps, sharePercent);

        // The protocol takes at most a fifth of what the fee takes, so that the pool keeps more than the price asked.
        assert(feeBps * sharePercent <= feeBps * 20);
        assert(amountIn * (feeBps * sharePercent) <= amountIn * (feeBps * 20));
        assert(protocolFee * 50_000 <= amountIn * feeBps);
        assert(protocolFee <= amountIn);
        uint256 added = amountIn - protocolFee;
        assert(added * 10_000 >= amountIn * kept);
        assert(amountOut * (reserveIn * 10_000 + amountIn * kept) <= amountIn * kept * reserveOut);
        assert((reserveIn * 10_000 + amountIn * kept) * (reserveOut - amountOut) >= reserveIn * 10_000 * reserveOut);
        assert((reserveIn + added) * 10_000 >= reserveIn * 10_000 + amountIn * kept);
        assert(amountOut <= reserveOut);
        assert(
            (reserveIn + added) * 10_000 * (reserveOut - amountOut) >=
                (reserveIn * 10_000 + amountIn * kept) * (reserveOut - amountOut)
        );
        assert((reserveIn + added) * (reserveOut - amountOut) >= reserveIn * reserveOut);
    }

    // claim(invariants#exchange): the protocol takes at most a fifth of a swap's fee | the protocol, at the cost of
    //   those who deposited
    function theProtocolTakesAtMostAFifthOfTheFee(
        uint256 amountIn,
        uint256 feeBps,
        uint256 sharePercent
    ) external pure {
        require(amountIn <= MAX_RESERVE && feeBps > 0 && feeBps <= 100 && sharePercent <= 20);

        uint256 protocolFee = CurveMath.protocolFeeDown(amountIn, feeBps, sharePercent);

        assert(amountIn * (feeBps * sharePercent) <= amountIn * (feeBps * 20));
        assert(protocolFee * 5 * 10_000 <= amountIn * feeBps);
        assert(amountIn * feeBps <= amountIn * 100);
        assert(protocolFee * 500 <= amountIn);
    }

    /// @dev The functions are written `unchecked` and proved checked: no product of theirs leaves 256 bits, since all grow
    /// with their factors and these are the largest. Divisions keep this theorem from assuming what it states.
    function noProductOverflows() external pure {
        uint256 word = type(uint256).max;
        assert(MAX_RESERVE <= word / 10_000);
        assert(MAX_RESERVE * 10_000 <= word / MAX_RESERVE);
        assert(MAX_RESERVE * 10_000 <= word - MAX_RESERVE * 10_000);
        assert(MAX_RESERVE * 100 <= word / 20);
        assert(MAX_RESERVE * MAX_RESERVE * 10_000 <= word - 1);
        assert(MAX_RESERVE * MAX_RESERVE <= word - MAX_RESERVE);
    }
}
