// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ERC6909} from "@openzeppelin/contracts/token/ERC6909/ERC6909.sol";
import {IERC3156FlashBorrower} from "@openzeppelin/contracts/interfaces/IERC3156FlashBorrower.sol";
import {LowLevelCall} from "@openzeppelin/contracts/utils/LowLevelCall.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {CurveMath} from "./CurveMath.sol";
import {ExchangeSettings} from "./ExchangeSettings.sol";
import {Hop, Permit, PoolKey} from "./IExchange.sol";
import {OneSidedMath} from "./OneSidedMath.sol";
import {Pool, PoolState} from "./PoolState.sol";

/// @title What happens inside an entry point of the Exchange
/// @dev Nothing here guards against re-entry or checks a deadline: every caller in {Exchange} has.
abstract contract ExchangeCore is ExchangeSettings, ERC6909 {
    using PoolState for Pool;
    using PoolState for uint256;
    using SafeERC20 for IERC20;

    /// @notice Shares locked in the Exchange itself by the first deposit into a pool.
    uint256 public constant MINIMUM_SHARES = 1000;

    bytes32 private constant CALLBACK_SUCCESS = keccak256("ERC3156FlashBorrower.onFlashLoan");
    uint256 private constant MAX_RESERVE = type(uint112).max;

    mapping(address token => uint256 amount) internal _protocolOwed;
    mapping(address owner => mapping(address token => uint256 amount)) internal _claims;

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

    // ------------------------------------------------------------------------------------------------------- swaps

    function _swapExactIn(
        address tokenIn,
        Hop[] calldata hops,
        uint256 amountIn,
        uint256 minAmountOut,
        address recipient
    ) internal returns (uint256 amountOut) {
        amountOut = _take(tokenIn, amountIn);

        // Unlike a path of exact output, this one needs one pool at a time: the same memory serves every hop.
        require(hops.length > 0, Exchange_PathEmpty());
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
    ) internal returns (uint256 amountIn) {
        address tokenOut;
        (amountIn, tokenOut) = _sellExactOut(tokenIn, hops, amountOut, maxAmountIn);
        if (tokenIn == address(0)) {
            require(msg.value == maxAmountIn, Exchange_WrongValue(msg.value, maxAmountIn));
        } else {
            require(msg.value == 0, Exchange_WrongValue(msg.value, 0));
            _pullExactly(tokenIn, msg.sender, amountIn);
        }

        _send(tokenOut, recipient, amountOut);
        if (tokenIn == address(0) && maxAmountIn > amountIn) _send(tokenIn, msg.sender, maxAmountIn - amountIn);
    }

    /// @dev Writes the swaps of a path that pays exactly `amountOut`; the caller takes `amountIn` and sends the rest.
    function _sellExactOut(
        address tokenIn,
        Hop[] calldata hops,
        uint256 amountOut,
        uint256 maxAmountIn
    ) internal returns (uint256 amountIn, address tokenOut) {
        Step[] memory steps = _path(tokenIn, hops);
        uint256[] memory amounts = _amountsIn(steps, amountOut, maxAmountIn);
        for (uint256 i = 0; i < steps.length; ++i) _settle(steps[i], amounts[i], amounts[i + 1]);
        return (amounts[0], steps[steps.length - 1].tokenOut);
    }

    /// @dev Every pool of a path, loaded once; correct because no pool may come twice.
    function _path(address tokenIn, Hop[] calldata hops) internal view returns (Step[] memory steps) {
        require(hops.length > 0, Exchange_PathEmpty());
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
        require(reserve0 > 0, Exchange_PoolEmpty(poolId));

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
        require(amountOut > 0, Exchange_ZeroAmount());
    }

    /// @dev What goes into each step of a path, then what comes out of the last.
    function _amountsIn(
        Step[] memory steps,
        uint256 amountOut,
        uint256 maxAmountIn
    ) internal pure returns (uint256[] memory amounts) {
        require(amountOut > 0, Exchange_ZeroAmount());
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

    /// @dev Writes what a step does to its pool: `amountIn` is checked against overflow, `amountOut` against the reserve.
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
    ) internal returns (uint256 protocolFee) {
        protocolFee = CurveMath.protocolFeeDown(amountIn, feeBps, percent);
        if (protocolFee > 0) _protocolOwed[token] += protocolFee;
    }

    // --------------------------------------------------------------------------------------------------- liquidity

    function _create(PoolKey calldata key, uint256 poolId) internal {
        (address token0, address token1) = (key.token0, key.token1);
        require(token0 < token1, Exchange_BadPair(token0, token1));
        require(isTierListed(key.feeBps), Exchange_TierNotListed(key.feeBps));

        // The time alone says that the pool exists.
        _poolAt(poolId).reservesWord = PoolState.packReserves(0, 0);
        emit PoolCreated(token0, token1, key.feeBps, poolId);
    }

    function _addLiquidity(
        PoolKey calldata key,
        uint256 amount0Max,
        uint256 amount1Max,
        uint256 minShares,
        address recipient
    ) internal returns (uint256 amount0, uint256 amount1, uint256 shares) {
        _requireDepositsOpen();
        uint256 poolId = _poolId(key.token0, key.token1, key.feeBps);
        if (_poolAt(poolId).reservesWord == 0) _create(key, poolId);

        (amount0, amount1) = _inRatio(key, poolId, amount0Max, amount1Max);
        uint256 refund = 0;
        if (key.token0 == address(0)) {
            require(msg.value == amount0Max, Exchange_WrongValue(msg.value, amount0Max));
            refund = amount0Max - amount0;
        } else {
            require(msg.value == 0, Exchange_WrongValue(msg.value, 0));
            amount0 = _pull(key.token0, msg.sender, amount0);
        }
        amount1 = _pull(key.token1, msg.sender, amount1);
        shares = _deposit(poolId, amount0, amount1, minShares, recipient);

        if (refund > 0) _send(address(0), msg.sender, refund);
    }

    function _addLiquiditySingle(
        PoolKey calldata key,
        address tokenIn,
        uint256 amountIn,
        uint256 minShares,
        address recipient
    ) internal returns (uint256 shares) {
        _requireDepositsOpen();
        require(tokenIn == key.token0 || tokenIn == key.token1, Exchange_TokenNotInPool(tokenIn));
        uint256 amount = _take(tokenIn, amountIn);

        Step memory step;
        address tokenOut = tokenIn == key.token0 ? key.token1 : key.token0;
        _loadStep(step, tokenIn, Hop.wrap(uint256(uint160(tokenOut)) | (key.feeBps << 160)));
        // a hop forgets the upper bits of a fee and the order of the tokens: the pool that the key names must be the one
        uint256 poolId = _poolId(key.token0, key.token1, key.feeBps);
        require(step.poolId == poolId, Exchange_PoolEmpty(poolId));
        require(amount <= MAX_RESERVE - step.reserveIn, Exchange_ReserveOverflow(step.poolId, amount));
        uint256 swapped = OneSidedMath.swapPartDown(amount, step.reserveIn, step.feeBps);
        uint256 received = _amountOut(step, swapped);
        _settle(step, swapped, received);

        (uint256 amount0, uint256 amount1) = tokenIn < tokenOut
            ? (amount - swapped, received)
            : (received, amount - swapped);
        shares = _deposit(step.poolId, amount0, amount1, minShares, recipient);
    }

    /// @dev Adds what has arrived to a pool and mints the shares it is worth.
    function _deposit(
        uint256 poolId,
        uint256 amount0,
        uint256 amount1,
        uint256 minShares,
        address recipient
    ) internal returns (uint256 shares) {
        Pool storage pool = _poolAt(poolId);
        uint256 reservesWord = pool.reservesWord;
        (uint256 reserve0, uint256 reserve1) = reservesWord.reservesOf();
        uint256 sharesWord;
        uint256 total;
        if (reserve0 == 0) {
            total = Math.sqrt(amount0 * amount1);
            require(total > MINIMUM_SHARES, Exchange_SharesBelowBound(total, MINIMUM_SHARES + 1));
            shares = total - MINIMUM_SHARES;
            sharesWord = pool.begin().withProtocolShare(_settings.protocolShare);
            _mint(address(this), poolId, MINIMUM_SHARES);
        } else {
            sharesWord = pool.touch(reservesWord);
            total = sharesWord.totalShares();
            shares = Math.min(
                CurveMath.sharesDown(amount0, reserve0, total),
                CurveMath.sharesDown(amount1, reserve1, total)
            );
            total += shares;
        }
        require(shares > 0 && shares >= minShares, Exchange_SharesBelowBound(shares, minShares));

        pool.sharesWord = sharesWord.withTotalShares(total);
        pool.reservesWord = PoolState.packReserves(reserve0 + amount0, reserve1 + amount1);
        _mint(recipient, poolId, shares);
        emit LiquidityAdded(poolId, recipient, amount0, amount1, shares);
    }

    /// @dev Burns shares of the caller and takes what they are worth out of the reserves.
    function _withdraw(
        uint256 poolId,
        uint256 shares,
        address recipient
    ) internal returns (uint256 amount0, uint256 amount1) {
        Pool storage pool = _poolAt(poolId);
        uint256 reservesWord = pool.reservesWord;
        (uint256 reserve0, uint256 reserve1) = reservesWord.reservesOf();
        require(reserve0 > 0, Exchange_PoolEmpty(poolId));
        require(shares > 0, Exchange_ZeroAmount());

        _burn(msg.sender, poolId, shares);
        uint256 sharesWord = pool.touch(reservesWord);
        uint256 total = sharesWord.totalShares();
        amount0 = CurveMath.amountDown(shares, reserve0, total);
        amount1 = CurveMath.amountDown(shares, reserve1, total);

        pool.sharesWord = sharesWord.withTotalShares(total - shares);
        pool.reservesWord = PoolState.packReserves(reserve0 - amount0, reserve1 - amount1);
        emit LiquidityRemoved(poolId, msg.sender, recipient, amount0, amount1, shares);
    }

    /// @dev The most that can be deposited in the pool's ratio without exceeding either maximum; all of both at first.
    function _inRatio(
        PoolKey calldata key,
        uint256 poolId,
        uint256 amount0Max,
        uint256 amount1Max
    ) private view returns (uint256 amount0, uint256 amount1) {
        (uint256 reserve0, uint256 reserve1) = _poolAt(poolId).reservesWord.reservesOf();
        require(amount0Max <= MAX_RESERVE - reserve0, Exchange_ReserveOverflow(poolId, amount0Max));
        require(amount1Max <= MAX_RESERVE - reserve1, Exchange_ReserveOverflow(poolId, amount1Max));
        if (reserve0 == 0) {
            require(key.token0 == address(0) || key.token0.code.length > 0, Exchange_NoCode(key.token0));
            require(key.token1.code.length > 0, Exchange_NoCode(key.token1));
            return (amount0Max, amount1Max);
        }

        uint256 total = _poolAt(poolId).sharesWord.totalShares();
        uint256 shares = Math.min(
            CurveMath.sharesDown(amount0Max, reserve0, total),
            CurveMath.sharesDown(amount1Max, reserve1, total)
        );
        return (CurveMath.amountUp(shares, reserve0, total), CurveMath.amountUp(shares, reserve1, total));
    }

    function _requireDepositsOpen() private view {
        uint256 until = _settings.pausedUntil;
        require(block.timestamp >= until, Exchange_DepositsPaused(until));
    }

    function _liquidPool(PoolKey calldata key) internal view returns (uint256 poolId, Pool storage pool) {
        poolId = _poolId(key.token0, key.token1, key.feeBps);
        pool = _poolAt(poolId);
        require(pool.sharesWord != 0, Exchange_PoolEmpty(poolId));
    }

    /// @dev A pool lies at the slot that its id names: the id is a hash of three words, which no mapping here hashes, so
    /// that going through one would only cost two more hashes for each hop.
    function _poolAt(uint256 poolId) internal pure returns (Pool storage pool) {
        assembly ("memory-safe") {
            pool.slot := poolId
        }
    }

    function _poolId(address token0, address token1, uint256 feeBps) internal pure returns (uint256) {
        return uint256(keccak256(abi.encode(token0, token1, feeBps)));
    }

    // ----------------------------------------------------------------------------------------------------- payments

    /// @dev Takes `amount` from the caller, as value or by allowance, and says what came.
    function _take(address token, uint256 amount) internal returns (uint256 received) {
        uint256 value = token == address(0) ? amount : 0;
        require(msg.value == value, Exchange_WrongValue(msg.value, value));
        received = token == address(0) ? amount : _pull(token, msg.sender, amount);
        require(received > 0, Exchange_ZeroAmount());
    }

    /// @dev Never credits more than was asked for: what else arrives meanwhile is nobody's.
    function _pull(address token, address payer, uint256 amount) internal returns (uint256 received) {
        (received, ) = _pullAndWeigh(token, payer, amount);
    }

    function _pullExactly(address token, address payer, uint256 amount) internal returns (uint256 balance) {
        uint256 received;
        (received, balance) = _pullAndWeigh(token, payer, amount);
        require(received == amount, Exchange_TokenTookFee(token, received, amount));
    }

    function _pullAndWeigh(
        address token,
        address payer,
        uint256 amount
    ) private returns (uint256 received, uint256 balance) {
        uint256 balanceBefore = _balanceOf(token);
        IERC20(token).safeTransferFrom(payer, address(this), amount);
        balance = _balanceOf(token);
        received = balance > balanceBefore ? Math.min(balance - balanceBefore, amount) : 0;
    }

    function _send(address token, address recipient, uint256 amount) internal {
        if (token != address(0)) {
            IERC20(token).safeTransfer(recipient, amount);
        } else {
            bool sent = LowLevelCall.callNoReturn(recipient, amount, "");
            require(sent, Exchange_NativeTransferFailed(recipient, amount));
        }
    }

    /// @dev A refused payout becomes a claim of the caller, so that one token cannot keep the other in.
    function _sendOrOwe(address token, address recipient, uint256 amount) internal {
        if (amount == 0) return;
        bool sent =
            token == address(0)
                ? LowLevelCall.callNoReturn(recipient, amount, "")
                : IERC20(token).trySafeTransfer(recipient, amount);
        if (sent) return;
        _claims[msg.sender][token] += amount;
        emit ClaimRecorded(msg.sender, token, amount);
    }

    function _callBack(
        IERC3156FlashBorrower receiver,
        address token,
        uint256 amount,
        uint256 fee,
        bytes memory data
    ) internal {
        bytes32 answer = receiver.onFlashLoan(msg.sender, token, amount, fee, data);
        require(answer == CALLBACK_SUCCESS, Exchange_CallbackRefused(address(receiver)));
    }

    /// @dev A permit that fails may have been submitted by somebody else first: the allowance decides.
    function _permit(address token, Permit calldata permit) internal {
        if (permit.deadline == 0) return;
        // solhint-disable-next-line no-empty-blocks
        try
            IERC20Permit(token).permit(
                msg.sender,
                address(this),
                permit.value,
                permit.deadline,
                permit.v,
                permit.r,
                permit.s
            )
        {} catch {} // solhint-disable-line no-empty-blocks
    }

    function _requireValid(address recipient, uint256 deadline) internal view {
        require(block.timestamp <= deadline, Exchange_Expired(deadline, block.timestamp));
        require(recipient != address(0) && recipient != address(this), Exchange_BadRecipient(recipient));
    }

    function _balanceOf(address token) internal view returns (uint256) {
        return IERC20(token).balanceOf(address(this));
    }
}
