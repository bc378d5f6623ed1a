// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC3156FlashBorrower} from "@openzeppelin/contracts/interfaces/IERC3156FlashBorrower.sol";

import {NATIVE} from "../utils/Native.sol";
import {Permit} from "../utils/Permit.sol";
import {CurveMath} from "./CurveMath.sol";
import {ExchangeBase} from "./ExchangeBase.sol";
import {Hop, IExchange} from "./IExchange.sol";
import {Pool, PoolState} from "./PoolState.sol";

/// @title ExchangeSwaps
/// @notice Swaps along a path of pools: of an exact input, of an exact output, and paid from a callback.
abstract contract ExchangeSwaps is ExchangeBase {
    using PoolState for Pool;
    using PoolState for uint256;

    /// @dev A hop with the pool it crosses, seen from the token that goes in.
    struct Step {
        uint256 poolId;
        address tokenIn;
        address tokenOut;
        uint256 feeBps;
        uint256 reservesWord;
        uint256 reserveIn;
        uint256 reserveOut;
    }

    /// @inheritdoc IExchange
    function swapExactIn(
        address tokenIn,
        Hop[] calldata hops,
        uint256 amountIn,
        uint256 minAmountOut,
        address recipient,
        uint256 deadline
    ) external payable nonReentrant valid(recipient, deadline) returns (uint256 amountOut) {
        return _swapExactIn(tokenIn, hops, amountIn, minAmountOut, recipient);
    }

    /// @inheritdoc IExchange
    function swapExactInWithPermit(
        address tokenIn,
        Hop[] calldata hops,
        uint256 amountIn,
        uint256 minAmountOut,
        address recipient,
        uint256 deadline,
        Permit calldata permit
    ) external nonReentrant valid(recipient, deadline) returns (uint256 amountOut) {
        permit.tryUse(tokenIn, msg.sender);
        return _swapExactIn(tokenIn, hops, amountIn, minAmountOut, recipient);
    }

    /// @inheritdoc IExchange
    function swapExactOut(
        address tokenIn,
        Hop[] calldata hops,
        uint256 amountOut,
        uint256 maxAmountIn,
        address recipient,
        uint256 deadline
    ) external payable nonReentrant valid(recipient, deadline) returns (uint256 amountIn) {
        return _swapExactOut(tokenIn, hops, amountOut, maxAmountIn, recipient);
    }

    /// @inheritdoc IExchange
    function swapExactOutWithPermit(
        address tokenIn,
        Hop[] calldata hops,
        uint256 amountOut,
        uint256 maxAmountIn,
        address recipient,
        uint256 deadline,
        Permit calldata permit
    ) external nonReentrant valid(recipient, deadline) returns (uint256 amountIn) {
        permit.tryUse(tokenIn, msg.sender);
        return _swapExactOut(tokenIn, hops, amountOut, maxAmountIn, recipient);
    }

    /// @inheritdoc IExchange
    function flashSwap(
        IERC3156FlashBorrower receiver,
        address tokenIn,
        Hop[] calldata hops,
        uint256 amountOut,
        uint256 maxAmountIn,
        bytes calldata data
    ) external nonReentrant valid(address(receiver), block.timestamp) returns (uint256 amountIn) {
        require(tokenIn != NATIVE, Exchange_NativeNotAccepted());

        address tokenOut;
        (amountIn, tokenOut) = _sellExactOut(tokenIn, hops, amountOut, maxAmountIn);

        _send(tokenOut, address(receiver), amountOut);
        _callBack(receiver, tokenOut, amountOut, 0, abi.encode(tokenIn, amountIn, data));
        _pullExactly(tokenIn, address(receiver), amountIn);
    }

    /// @inheritdoc IExchange
    function quoteExactIn(
        address tokenIn,
        Hop[] calldata hops,
        uint256 amountIn
    ) external view nonReentrantView returns (uint256 amountOut) {
        Step[] memory steps = _path(tokenIn, hops);
        amountOut = amountIn;
        for (uint256 i = 0; i < steps.length; ++i) amountOut = _amountOut(steps[i], amountOut);
    }

    /// @inheritdoc IExchange
    function quoteExactOut(
        address tokenIn,
        Hop[] calldata hops,
        uint256 amountOut
    ) external view nonReentrantView returns (uint256 amountIn) {
        return _amountsIn(_path(tokenIn, hops), amountOut, type(uint256).max)[0];
    }

    function _swapExactIn(
        address tokenIn,
        Hop[] calldata hops,
        uint256 amountIn,
        uint256 minAmountOut,
        address recipient
    ) private returns (uint256 amountOut) {
        amountOut = _take(tokenIn, amountIn);

        // unlike a path of exact output, this one needs one pool at a time: the same memory serves every hop
        require(hops.length != 0, Exchange_PathEmpty());
        uint256[] memory poolIds;
        if (hops.length > 1) poolIds = new uint256[](hops.length);
        Step memory step;
        step.tokenOut = tokenIn;
        for (uint256 i = 0; i < hops.length; ++i) {
            _loadStep(step, step.tokenOut, hops[i]);
            if (hops.length > 1) poolIds[i] = step.poolId;
            for (uint256 j = 0; j < i; ++j) require(poolIds[j] != step.poolId, Exchange_PoolRepeated(step.poolId));

            uint256 amount = _amountOut(step, amountOut);
            _settle(step, amountOut, amount);
            amountOut = amount;
        }
        require(amountOut >= minAmountOut, Exchange_OutputBelowBound(amountOut, minAmountOut));

        _send(step.tokenOut, recipient, amountOut);
    }

    function _swapExactOut(
        address tokenIn,
        Hop[] calldata hops,
        uint256 amountOut,
        uint256 maxAmountIn,
        address recipient
    ) private returns (uint256 amountIn) {
        address tokenOut;
        (amountIn, tokenOut) = _sellExactOut(tokenIn, hops, amountOut, maxAmountIn);
        if (tokenIn == NATIVE) {
            require(msg.value == maxAmountIn, Exchange_WrongValue(msg.value, maxAmountIn));
        } else {
            require(msg.value == 0, Exchange_WrongValue(msg.value, 0));
            _pullExactly(tokenIn, msg.sender, amountIn);
        }

        _send(tokenOut, recipient, amountOut);
        if (tokenIn == NATIVE && maxAmountIn > amountIn) _send(tokenIn, msg.sender, maxAmountIn - amountIn);
    }

    /// @dev Writes the swaps of a path that pays exactly `amountOut`; the caller takes `amountIn` and sends the rest.
    function _sellExactOut(
        address tokenIn,
        Hop[] calldata hops,
        uint256 amountOut,
        uint256 maxAmountIn
    ) private returns (uint256 amountIn, address tokenOut) {
        Step[] memory steps = _path(tokenIn, hops);
        uint256[] memory amounts = _amountsIn(steps, amountOut, maxAmountIn);
        for (uint256 i = 0; i < steps.length; ++i) _settle(steps[i], amounts[i], amounts[i + 1]);
        return (amounts[0], steps[steps.length - 1].tokenOut);
    }

    /// @dev Every pool of a path, loaded once; correct because no pool may come twice.
    function _path(address tokenIn, Hop[] calldata hops) private view returns (Step[] memory steps) {
        require(hops.length != 0, Exchange_PathEmpty());
        steps = new Step[](hops.length);
        for (uint256 i = 0; i < hops.length; ++i) {
            Step memory step = steps[i];
            _loadStep(step, tokenIn, hops[i]);
            for (uint256 j = 0; j < i; ++j) {
                require(steps[j].poolId != step.poolId, Exchange_PoolRepeated(step.poolId));
            }
            tokenIn = step.tokenOut;
        }
    }

    function _loadStep(Step memory step, address tokenIn, Hop hop) internal view {
        address tokenOut = address(uint160(Hop.unwrap(hop)));
        uint256 feeBps = Hop.unwrap(hop) >> 160;
        bool zeroForOne = tokenIn < tokenOut;
        uint256 poolId = zeroForOne ? _poolId(tokenIn, tokenOut, feeBps) : _poolId(tokenOut, tokenIn, feeBps);
        uint256 reservesWord = _poolAt(poolId).reservesWord;
        (uint256 reserve0, uint256 reserve1) = reservesWord.reservesOf();
        require(reserve0 != 0, Exchange_PoolEmpty(poolId));

        step.poolId = poolId;
        step.tokenIn = tokenIn;
        step.tokenOut = tokenOut;
        step.feeBps = feeBps;
        step.reservesWord = reservesWord;
        (step.reserveIn, step.reserveOut) = zeroForOne ? (reserve0, reserve1) : (reserve1, reserve0);
    }

    function _amountOut(Step memory step, uint256 amountIn) internal pure returns (uint256 amountOut) {
        require(amountIn <= MAX_RESERVE - step.reserveIn, Exchange_ReserveOverflow(step.poolId, amountIn));
        amountOut = CurveMath.amountOutDown(amountIn, step.reserveIn, step.reserveOut, step.feeBps);
        require(amountOut != 0, Exchange_ZeroAmount());
    }

    /// @dev What goes into each step of a path, then what comes out of the last.
    function _amountsIn(
        Step[] memory steps,
        uint256 amountOut,
        uint256 maxAmountIn
    ) private pure returns (uint256[] memory amounts) {
        require(amountOut != 0, Exchange_ZeroAmount());
        amounts = new uint256[](steps.length + 1);
        uint256 amount = amountOut;
        for (uint256 i = steps.length; i > 0; --i) {
            amounts[i] = amount;
            Step memory step = steps[i - 1];
            require(amount < step.reserveOut, Exchange_OutputAboveReserve(step.poolId, amount, step.reserveOut));
            amount = CurveMath.amountInUp(amount, step.reserveIn, step.reserveOut, step.feeBps);
            require(amount <= MAX_RESERVE - step.reserveIn, Exchange_ReserveOverflow(step.poolId, amount));
        }
        require(amount <= maxAmountIn, Exchange_InputAboveBound(amount, maxAmountIn));
        amounts[0] = amount;
    }

    /// @dev Writes what a step does to its pool: `amountIn` is checked against overflow, `amountOut` against the
    /// reserve.
    function _settle(Step memory step, uint256 amountIn, uint256 amountOut) internal {
        Pool storage pool = _poolAt(step.poolId);
        uint256 percent = pool.touch(step.reservesWord).protocolShare();
        uint256 protocolFee = percent == 0 ? 0 : _accrueProtocol(step.tokenIn, amountIn, step.feeBps, percent);

        unchecked {
            uint256 newReserveIn = step.reserveIn + amountIn - protocolFee;
            uint256 newReserveOut = step.reserveOut - amountOut;
            if (step.tokenIn < step.tokenOut) {
                pool.reservesWord = PoolState.packReserves(newReserveIn, newReserveOut);
                emit Swapped(step.poolId, msg.sender, int256(amountIn), -int256(amountOut));
            } else {
                pool.reservesWord = PoolState.packReserves(newReserveOut, newReserveIn);
                emit Swapped(step.poolId, msg.sender, -int256(amountOut), int256(amountIn));
            }
        }
    }

    function _accrueProtocol(
        address token,
        uint256 amountIn,
        uint256 feeBps,
        uint256 percent
    ) private returns (uint256 protocolFee) {
        protocolFee = CurveMath.protocolFeeDown(amountIn, feeBps, percent);
        if (protocolFee != 0) _protocolOwed[token] += protocolFee;
    }
}
