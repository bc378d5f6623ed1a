// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IERC3156FlashBorrower} from "@openzeppelin/contracts/interfaces/IERC3156FlashBorrower.sol";
import {IERC3156FlashLender} from "@openzeppelin/contracts/interfaces/IERC3156FlashLender.sol";
import {IERC6909TokenSupply} from "@openzeppelin/contracts/interfaces/IERC6909.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

import {ExchangeCore} from "./ExchangeCore.sol";
import {ExchangeSettings} from "./ExchangeSettings.sol";
import {Hop, IExchange, Permit, PoolKey} from "./IExchange.sol";
import {Pool, PoolState} from "./PoolState.sol";
import {PriceOracle} from "./PriceOracle.sol";

/// @title Exchange
/// @notice See {IExchange}. What must always hold:
/// - the balance of every token is at least its reserves over all pools, plus claims, plus what the protocol is owed;
/// - the product of the reserves of a pool divided by the square of its shares never falls;
/// - a reserve that was ever above 0 stays above 0.
///
/// Entry points first take the caller's tokens and measure what came, then compute and write everything, then pay out.
contract Exchange is ExchangeCore, ReentrancyGuardTransient {
    using PoolState for Pool;
    using PoolState for uint256;
    using SafeERC20 for IERC20;

    /// @notice Shortest window of the oracle, in seconds: as long as the time between two records that a touch can move.
    uint256 public constant MIN_WINDOW = 10 minutes;
    /// @notice Longest window of the oracle, in seconds.
    uint256 public constant MAX_WINDOW = 1 days;

    uint256 private constant PIPS = 1_000_000;

    modifier valid(address recipient, uint256 deadline) {
        _requireValid(recipient, deadline);
        _;
    }

    /// @param authority_ The AccessManager that guards the settings.
    /// @param treasury_ Who gets the protocol share.
    constructor(address authority_, address treasury_) ExchangeSettings(authority_, treasury_) {}

    // -------------------------------------------------------------------------------------------------------- swaps

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
        _permit(tokenIn, permit);
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
        _permit(tokenIn, permit);
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
        require(tokenIn != address(0), Exchange_NativeNotAccepted());

        address tokenOut;
        (amountIn, tokenOut) = _sellExactOut(tokenIn, hops, amountOut, maxAmountIn);

        _send(tokenOut, address(receiver), amountOut);
        _callBack(receiver, tokenOut, amountOut, 0, abi.encode(tokenIn, amountIn, data));
        _pullExactly(tokenIn, address(receiver), amountIn);
    }

    // ---------------------------------------------------------------------------------------------------- liquidity

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
        _permit(key.token0, permit0);
        _permit(key.token1, permit1);
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
        _permit(tokenIn, permit);
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
        require(amount > 0, Exchange_NothingToPay(token));

        delete _claims[msg.sender][token];
        emit ClaimPaid(msg.sender, token, recipient, amount);

        _send(token, recipient, amount);
    }

    // ------------------------------------------------------------------------------------------------- flash loans

    /// @inheritdoc IERC3156FlashLender
    /// @dev Anyone may call, on a receiver that agrees. Reverts with {Exchange_LoanAboveBalance}, {Exchange_ZeroAmount},
    /// {Exchange_CallbackRefused}, with {Exchange_TokenTookFee} when less than loan and fee is pulled, and with
    /// {Exchange_LoanNotRepaid} when the balance has not grown by the fee. Emits {FlashFeePaid} when there is a
    /// fee; a loan without one shows in the token's own events.
    function flashLoan(
        IERC3156FlashBorrower receiver,
        address token,
        uint256 amount,
        bytes calldata data
    ) external nonReentrant returns (bool) {
        uint256 fee = flashFee(token, amount);
        uint256 balance = _balanceOf(token);
        require(amount > 0, Exchange_ZeroAmount());
        require(amount <= balance, Exchange_LoanAboveBalance(token, amount, balance));

        if (fee > 0) {
            _protocolOwed[token] += fee;
            emit FlashFeePaid(address(receiver), token, amount, fee);
        }

        IERC20(token).safeTransfer(address(receiver), amount);
        _callBack(receiver, token, amount, fee, data);
        uint256 balanceAfter = _pullExactly(token, address(receiver), amount + fee);
        require(balanceAfter >= balance + fee, Exchange_LoanNotRepaid(token, balanceAfter, balance + fee));
        return true;
    }

    /// @inheritdoc IERC3156FlashLender
    /// @dev Rounded up. Reverts with {Exchange_NativeNotAccepted} for the native coin.
    function flashFee(address token, uint256 amount) public view returns (uint256) {
        require(token != address(0), Exchange_NativeNotAccepted());
        uint256 feePips = _settings.flashFeePips;
        return feePips == 0 ? 0 : Math.mulDiv(amount, feePips, PIPS, Math.Rounding.Ceil);
    }

    /// @inheritdoc IERC3156FlashLender
    /// @dev All that the Exchange holds of the token; 0 for the native coin and during a callback.
    function maxFlashLoan(address token) external view returns (uint256) {
        if (token.code.length == 0 || _reentrancyGuardEntered()) return 0;
        return _balanceOf(token);
    }

    // ------------------------------------------------------------------------------------------------ protocol share

    /// @inheritdoc IExchange
    function collectProtocol(address token) external nonReentrant returns (uint256 amount) {
        amount = _protocolOwed[token];
        require(amount > 0, Exchange_NothingToPay(token));

        delete _protocolOwed[token];
        emit ProtocolCollected(token, treasury, amount);

        _send(token, treasury, amount);
    }

    /// @inheritdoc IExchange
    function applyProtocolShare(PoolKey calldata key) external nonReentrant {
        (uint256 poolId, Pool storage pool) = _liquidPool(key);
        uint256 percent = _settings.protocolShare;
        pool.sharesWord = pool.sharesWord.withProtocolShare(percent);
        emit ProtocolShareApplied(poolId, percent);
    }

    // ------------------------------------------------------------------------------------------------------- oracle

    /// @inheritdoc IExchange
    function consult(PoolKey calldata key, uint256 window) external view returns (uint256 priceX128) {
        require(
            window >= MIN_WINDOW && window <= MAX_WINDOW,
            Exchange_WindowOutOfRange(window, MIN_WINDOW, MAX_WINDOW)
        );
        uint256 poolId = poolIdOf(key);
        Pool storage pool = _poolAt(poolId);
        uint256 available = pool.historyOf();
        require(window <= available, Exchange_HistoryTooShort(poolId, window, available));
        return PriceOracle.expX128(pool.meanLn(window));
    }

    /// @inheritdoc IExchange
    function prepareOracle(PoolKey calldata key, uint256 places) external nonReentrant {
        (, Pool storage pool) = _liquidPool(key);
        pool.prepare(places);
    }

    // -------------------------------------------------------------------------------------------------------- views

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

    /// @inheritdoc IExchange
    function poolState(
        PoolKey calldata key
    )
        external
        view
        nonReentrantView
        returns (
            uint256 reserve0,
            uint256 reserve1,
            uint256 totalShares,
            uint256 protocolShare,
            uint256 updatedAt,
            uint256 observationCount
        )
    {
        Pool storage pool = _poolAt(poolIdOf(key));
        (reserve0, reserve1) = pool.reservesWord.reservesOf();
        updatedAt = pool.reservesWord.updatedAt();
        uint256 sharesWord = pool.sharesWord;
        totalShares = sharesWord.totalShares();
        protocolShare = sharesWord.protocolShare();
        observationCount = sharesWord.observationCount();
    }

    /// @inheritdoc IExchange
    function poolIdOf(PoolKey calldata key) public pure returns (uint256 poolId) {
        return _poolId(key.token0, key.token1, key.feeBps);
    }

    /// @inheritdoc IERC6909TokenSupply
    function totalSupply(uint256 id) external view returns (uint256) {
        return _poolAt(id).sharesWord.totalShares();
    }

    /// @inheritdoc IExchange
    function claimOf(address owner, address token) external view returns (uint256 amount) {
        return _claims[owner][token];
    }

    /// @inheritdoc IExchange
    function protocolOwed(address token) external view returns (uint256 amount) {
        return _protocolOwed[token];
    }
}
