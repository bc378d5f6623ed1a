// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ExchangeLiquidity} from "./ExchangeLiquidity.sol";
import {ExchangeLoans} from "./ExchangeLoans.sol";
import {ExchangeSettings} from "./ExchangeSettings.sol";
import {IExchange, PoolKey} from "./IExchange.sol";
import {Pool, PoolState} from "./PoolState.sol";
import {PriceOracle} from "./PriceOracle.sol";

/// @title Exchange
/// @notice See {IExchange}. What must always hold:
/// - the balance of every token is at least its reserves over all pools, plus claims, plus what the protocol is owed;
/// - the product of the reserves of a pool divided by the square of its shares never falls;
/// - a reserve that was ever above 0 stays above 0.
///
/// Entry points first take the caller's tokens and measure what arrived, then compute and write everything, then pay
/// out.
contract Exchange is ExchangeLiquidity, ExchangeLoans {
    using PoolState for Pool;
    using PoolState for uint256;

    /// @notice Shortest window of the oracle, in seconds: as long as the time between two records that a touch can
    /// move.
    uint256 public constant MIN_WINDOW = 10 minutes;
    /// @notice Longest window of the oracle, in seconds.
    uint256 public constant MAX_WINDOW = 1 days;

    /// @param authority The AccessManager that guards the settings.
    /// @param treasury_ Who gets the protocol share.
    constructor(address authority, address treasury_) ExchangeSettings(authority, treasury_) {}

    /// @inheritdoc IExchange
    function collectProtocol(address token) external nonReentrant returns (uint256 amount) {
        amount = _protocolOwed[token];
        require(amount != 0, Exchange_NothingToPay(token));

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
    function protocolOwed(address token) external view returns (uint256 amount) {
        return _protocolOwed[token];
    }

    function _liquidPool(PoolKey calldata key) private view returns (uint256 poolId, Pool storage pool) {
        poolId = poolIdOf(key);
        pool = _poolAt(poolId);
        require(pool.sharesWord != 0, Exchange_PoolEmpty(poolId));
    }
}
