// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IERC6909TokenSupply} from "@openzeppelin/contracts/interfaces/IERC6909.sol";
import {LowLevelCall} from "@openzeppelin/contracts/utils/LowLevelCall.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {NATIVE} from "../utils/Native.sol";
import {Permit} from "../utils/Permit.sol";
import {CurveMath} from "./CurveMath.sol";
import {ExchangeSwaps} from "./ExchangeSwaps.sol";
import {Hop, IExchange, PoolKey} from "./IExchange.sol";
import {Pool, PoolState} from "./PoolState.sol";

/// @title ExchangeLiquidity
/// @notice Pools, deposits of both tokens or of one, withdrawals, and the claims that a refused payout leaves. A
/// deposit of one token swaps a part of it first.
abstract contract ExchangeLiquidity is ExchangeSwaps {
    using PoolState for Pool;
    using PoolState for uint256;
    using SafeERC20 for IERC20;

    /// @notice Shares locked in the Exchange itself by the first deposit into a pool.
    uint256 public constant MINIMUM_SHARES = 1000;

    mapping(address owner => mapping(address token => uint256 amount)) private _claims;

    /// @inheritdoc IExchange
    function createPool(PoolKey calldata key) external returns (uint256 poolId) {
        poolId = poolIdOf(key);
        require(_poolAt(poolId).reservesWord == 0, Exchange_PoolExists(poolId));
        _create(key, poolId);
    }

    /// @inheritdoc IExchange
    function addLiquidity(
        PoolKey calldata key,
        uint256 amount0Max,
        uint256 amount1Max,
        uint256 minShares,
        address recipient,
        uint256 deadline
    )
        external
        payable
        nonReentrant
        valid(recipient, deadline)
        returns (uint256 amount0, uint256 amount1, uint256 shares)
    {
        return _addLiquidity(key, amount0Max, amount1Max, minShares, recipient);
    }

    /// @inheritdoc IExchange
    function addLiquidityWithPermit(
        PoolKey calldata key,
        uint256 amount0Max,
        uint256 amount1Max,
        uint256 minShares,
        address recipient,
        uint256 deadline,
        Permit calldata permit0,
        Permit calldata permit1
    )
        external
        payable
        nonReentrant
        valid(recipient, deadline)
        returns (uint256 amount0, uint256 amount1, uint256 shares)
    {
        permit0.tryUse(key.token0, msg.sender);
        permit1.tryUse(key.token1, msg.sender);
        return _addLiquidity(key, amount0Max, amount1Max, minShares, recipient);
    }

    /// @inheritdoc IExchange
    function addLiquiditySingle(
        PoolKey calldata key,
        address tokenIn,
        uint256 amountIn,
        uint256 minShares,
        address recipient,
        uint256 deadline
    ) external payable nonReentrant valid(recipient, deadline) returns (uint256 shares) {
        return _addLiquiditySingle(key, tokenIn, amountIn, minShares, recipient);
    }

    /// @inheritdoc IExchange
    function addLiquiditySingleWithPermit(
        PoolKey calldata key,
        address tokenIn,
        uint256 amountIn,
        uint256 minShares,
        address recipient,
        uint256 deadline,
        Permit calldata permit
    ) external nonReentrant valid(recipient, deadline) returns (uint256 shares) {
        permit.tryUse(tokenIn, msg.sender);
        return _addLiquiditySingle(key, tokenIn, amountIn, minShares, recipient);
    }

    /// @inheritdoc IExchange
    function removeLiquidity(
        PoolKey calldata key,
        uint256 shares,
        uint256 minAmount0,
        uint256 minAmount1,
        address recipient,
        uint256 deadline
    ) external nonReentrant valid(recipient, deadline) returns (uint256 amount0, uint256 amount1) {
        (amount0, amount1) = _withdraw(poolIdOf(key), shares, recipient);
        require(amount0 >= minAmount0, Exchange_AmountBelowBound(key.token0, amount0, minAmount0));
        require(amount1 >= minAmount1, Exchange_AmountBelowBound(key.token1, amount1, minAmount1));

        _sendOrOwe(key.token0, recipient, amount0);
        _sendOrOwe(key.token1, recipient, amount1);
    }

    /// @inheritdoc IExchange
    function claim(
        address token,
        address recipient
    ) external nonReentrant valid(recipient, block.timestamp) returns (uint256 amount) {
        amount = _claims[msg.sender][token];
        require(amount != 0, Exchange_NothingToPay(token));

        delete _claims[msg.sender][token];
        emit ClaimPaid(msg.sender, token, recipient, amount);

        _send(token, recipient, amount);
    }

    /// @inheritdoc IExchange
    function claimOf(address owner, address token) external view returns (uint256 amount) {
        return _claims[owner][token];
    }

    /// @inheritdoc IERC6909TokenSupply
    function totalSupply(uint256 id) external view returns (uint256) {
        return _poolAt(id).sharesWord.totalShares();
    }

    function _create(PoolKey calldata key, uint256 poolId) private {
        (address token0, address token1) = (key.token0, key.token1);
        require(token0 < token1, Exchange_BadPair(token0, token1));
        require(isTierListed(key.feeBps), Exchange_TierNotListed(key.feeBps));

        // the time alone says that the pool exists
        _poolAt(poolId).reservesWord = PoolState.packReserves(0, 0);
        emit PoolCreated(token0, token1, key.feeBps, poolId);
    }

    function _addLiquidity(
        PoolKey calldata key,
        uint256 amount0Max,
        uint256 amount1Max,
        uint256 minShares,
        address recipient
    ) private returns (uint256 amount0, uint256 amount1, uint256 shares) {
        _requireDepositsOpen();
        uint256 poolId = poolIdOf(key);
        if (_poolAt(poolId).reservesWord == 0) _create(key, poolId);

        (amount0, amount1) = _inRatio(key, poolId, amount0Max, amount1Max);
        uint256 refund = 0;
        if (key.token0 == NATIVE) {
            require(msg.value == amount0Max, Exchange_WrongValue(msg.value, amount0Max));
            refund = amount0Max - amount0;
        } else {
            require(msg.value == 0, Exchange_WrongValue(msg.value, 0));
            amount0 = _pull(key.token0, msg.sender, amount0);
        }
        amount1 = _pull(key.token1, msg.sender, amount1);
        shares = _deposit(poolId, amount0, amount1, minShares, recipient);

        if (refund != 0) _send(NATIVE, msg.sender, refund);
    }

    function _addLiquiditySingle(
        PoolKey calldata key,
        address tokenIn,
        uint256 amountIn,
        uint256 minShares,
        address recipient
    ) private returns (uint256 shares) {
        _requireDepositsOpen();
        require(tokenIn == key.token0 || tokenIn == key.token1, Exchange_TokenNotInPool(tokenIn));
        uint256 amount = _take(tokenIn, amountIn);

        Step memory step;
        address tokenOut = tokenIn == key.token0 ? key.token1 : key.token0;
        _loadStep(step, tokenIn, Hop.wrap(uint256(uint160(tokenOut)) | (key.feeBps << 160)));
        // a hop forgets the upper bits of a fee and the order of the tokens: the pool that the key names must be the
        // one
        uint256 poolId = poolIdOf(key);
        require(step.poolId == poolId, Exchange_PoolEmpty(poolId));
        require(amount <= MAX_RESERVE - step.reserveIn, Exchange_ReserveOverflow(step.poolId, amount));
        uint256 swapped = CurveMath.swapPartDown(amount, step.reserveIn, step.feeBps);
        uint256 received = _amountOut(step, swapped);
        _settle(step, swapped, received);

        (uint256 amount0, uint256 amount1) = tokenIn < tokenOut
            ? (amount - swapped, received)
            : (received, amount - swapped);
        shares = _deposit(step.poolId, amount0, amount1, minShares, recipient);
    }

    function _requireDepositsOpen() private view {
        uint256 until = _settings.pausedUntil;
        require(block.timestamp >= until, Exchange_DepositsPaused(until));
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
            require(key.token0 == NATIVE || key.token0.code.length != 0, Exchange_NoCode(key.token0));
            require(key.token1.code.length != 0, Exchange_NoCode(key.token1));
            return (amount0Max, amount1Max);
        }

        uint256 total = _poolAt(poolId).sharesWord.totalShares();
        uint256 shares = Math.min(
            CurveMath.sharesDown(amount0Max, reserve0, total),
            CurveMath.sharesDown(amount1Max, reserve1, total)
        );
        return (CurveMath.amountUp(shares, reserve0, total), CurveMath.amountUp(shares, reserve1, total));
    }

    /// @dev Adds what has arrived to a pool and mints the shares it is worth.
    function _deposit(
        uint256 poolId,
        uint256 amount0,
        uint256 amount1,
        uint256 minShares,
        address recipient
    ) private returns (uint256 shares) {
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
        require(shares != 0 && shares >= minShares, Exchange_SharesBelowBound(shares, minShares));

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
    ) private returns (uint256 amount0, uint256 amount1) {
        Pool storage pool = _poolAt(poolId);
        uint256 reservesWord = pool.reservesWord;
        (uint256 reserve0, uint256 reserve1) = reservesWord.reservesOf();
        require(reserve0 != 0, Exchange_PoolEmpty(poolId));
        require(shares != 0, Exchange_ZeroAmount());

        _burn(msg.sender, poolId, shares);
        uint256 sharesWord = pool.touch(reservesWord);
        uint256 total = sharesWord.totalShares();
        amount0 = CurveMath.amountDown(shares, reserve0, total);
        amount1 = CurveMath.amountDown(shares, reserve1, total);

        pool.sharesWord = sharesWord.withTotalShares(total - shares);
        pool.reservesWord = PoolState.packReserves(reserve0 - amount0, reserve1 - amount1);
        emit LiquidityRemoved(poolId, msg.sender, recipient, amount0, amount1, shares);
    }

    /// @dev A refused payout becomes a claim of the caller, so that one token cannot keep the other in.
    function _sendOrOwe(address token, address recipient, uint256 amount) private {
        if (amount == 0) return;
        bool sent =
            token == NATIVE
                ? LowLevelCall.callNoReturn(recipient, amount, "")
                : IERC20(token).trySafeTransfer(recipient, amount);
        if (sent) return;
        _claims[msg.sender][token] += amount;
        emit ClaimRecorded(msg.sender, token, amount);
    }
}
