// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Hop, IExchange, PoolKey} from "../../../contracts/exchange/IExchange.sol";
import {PlainToken} from "./ExchangeTokens.sol";

interface IPair {
    function initialize(address token0, address token1) external;

    function getReserves() external view returns (uint112, uint112, uint32);

    function totalSupply() external view returns (uint256);

    function mint(address to) external returns (uint256);

    function burn(address to) external returns (uint256, uint256);

    function swap(uint256 amount0Out, uint256 amount1Out, address to, bytes calldata data) external;

    function transfer(address to, uint256 value) external returns (bool);
}

/// @notice Plays the same operations on the Exchange and on a pair of Uniswap v2, of which it is the factory, and stops
/// at the first difference.
contract DifferentialDriver {
    enum Kind {
        Sell0,
        Sell1,
        Buy1,
        Buy0,
        Add,
        Remove
    }

    struct Operation {
        Kind kind;
        uint256 a;
        uint256 b;
    }

    error Differs(uint256 index, bool oursDone, bool theirsDone, uint256 ours, uint256 theirs);
    error PairPaidMore(uint256 index);
    error StateDiffers(uint256 index, uint256 ours0, uint256 ours1, uint256 theirs0, uint256 theirs1);
    error OnlySelf();

    /// @notice Two words for each operation: what it returned, or zeros when both refused it.
    event Played(uint256[] results);

    IExchange public immutable EXCHANGE;
    PlainToken public token0;
    PlainToken public token1;
    IPair public pair;

    constructor(IExchange exchange) {
        EXCHANGE = exchange;
    }

    modifier onlySelf() {
        require(msg.sender == address(this), OnlySelf());
        _;
    }

    /// @notice What a pair asks its factory for: who gets the protocol fee. Nobody.
    function feeTo() external pure returns (address) {
        return address(0);
    }

    /// @notice Begins anew with two fresh tokens, a fresh pair and a fresh pool of the same reserves.
    function open(bytes memory pairCode, uint256 amount0, uint256 amount1) external {
        PlainToken a = new PlainToken("A", 18);
        PlainToken b = new PlainToken("B", 18);
        (token0, token1) = address(a) < address(b) ? (a, b) : (b, a);
        address deployed;
        assembly ("memory-safe") {
            deployed := create(0, add(pairCode, 32), mload(pairCode))
        }
        pair = IPair(deployed);
        pair.initialize(address(token0), address(token1));
        for (uint256 i = 0; i < 2; ++i) {
            PlainToken token = i == 0 ? token0 : token1;
            token.mint(address(this), 1 << 200);
            token.approve(address(EXCHANGE), type(uint256).max);
            token.transfer(address(pair), i == 0 ? amount0 : amount1);
        }
        pair.mint(address(this));
        EXCHANGE.addLiquidity(_key(), amount0, amount1, 0, address(this), block.timestamp);
        _compareState(type(uint256).max);
    }

    function play(Operation[] calldata operations) external {
        uint256[] memory results = new uint256[](operations.length * 2);
        for (uint256 i = 0; i < operations.length; ++i) {
            (bool oursDone, uint256 x, uint256 y) = _try(true, operations[i], 0, 0);
            (bool theirsDone, uint256 u, uint256 v) = _try(false, operations[i], x, y);
            if (oursDone != theirsDone || x != u || y != v) revert Differs(i, oursDone, theirsDone, x, u);
            _compareState(i);
            (results[2 * i], results[2 * i + 1]) = (x, y);
        }
        emit Played(results);
    }

    function ours(Operation calldata op) external onlySelf returns (uint256, uint256) {
        Hop[] memory hops = new Hop[](1);
        bool zeroIn = op.kind == Kind.Sell0 || op.kind == Kind.Buy1;
        address tokenIn = address(zeroIn ? token0 : token1);
        hops[0] = Hop.wrap(uint256(uint160(address(zeroIn ? token1 : token0))) | (30 << 160));
        if (op.kind == Kind.Sell0 || op.kind == Kind.Sell1) {
            return (EXCHANGE.swapExactIn(tokenIn, hops, op.a, 0, address(this), block.timestamp), 0);
        }
        if (op.kind == Kind.Buy0 || op.kind == Kind.Buy1) {
            return (EXCHANGE.swapExactOut(tokenIn, hops, op.a, type(uint256).max, address(this), block.timestamp), 0);
        }
        if (op.kind == Kind.Add) {
            (uint256 amount0, uint256 amount1, ) = EXCHANGE.addLiquidity(
                _key(),
                op.a,
                op.b,
                0,
                address(this),
                block.timestamp
            );
            return (amount0, amount1);
        }
        return EXCHANGE.removeLiquidity(_key(), op.a, 0, 0, address(this), block.timestamp);
    }

    /// @dev A deposit is repeated with the amounts that the Exchange took; all else depends on the operation alone.
    function theirs(Operation calldata op, uint256 x, uint256 y) external onlySelf returns (uint256, uint256) {
        if (op.kind == Kind.Add) {
            token0.transfer(address(pair), x);
            token1.transfer(address(pair), y);
            pair.mint(address(this));
            return (x, y);
        }
        if (op.kind == Kind.Remove) {
            pair.transfer(address(pair), op.a);
            return pair.burn(address(this));
        }
        bool zeroIn = op.kind == Kind.Sell0 || op.kind == Kind.Buy1;
        (uint256 reserve0, uint256 reserve1, ) = pair.getReserves();
        (uint256 reserveIn, uint256 reserveOut) = zeroIn ? (reserve0, reserve1) : (reserve1, reserve0);
        bool exactIn = op.kind == Kind.Sell0 || op.kind == Kind.Sell1;
        // The formulas of Uniswap's library, which rounds an input up by a whole unit.
        uint256 amountIn = exactIn ? op.a : (reserveIn * op.a * 1000) / ((reserveOut - op.a) * 997) + 1;
        uint256 amountOut = exactIn ? (op.a * 997 * reserveOut) / (reserveIn * 1000 + op.a * 997) : op.a;
        (zeroIn ? token0 : token1).transfer(address(pair), amountIn);
        if (exactIn && op.b % 4 == 0) {
            try this.swapOnPair(zeroIn, amountOut + 1) {
                revert PairPaidMore(op.a);
            } catch {} // solhint-disable-line no-empty-blocks
        }
        this.swapOnPair(zeroIn, amountOut);
        return (exactIn ? amountOut : amountIn, 0);
    }

    function swapOnPair(bool zeroIn, uint256 amountOut) external onlySelf {
        pair.swap(zeroIn ? 0 : amountOut, zeroIn ? amountOut : 0, address(this), "");
    }

    function _try(
        bool onOurs,
        Operation calldata op,
        uint256 x,
        uint256 y
    ) private returns (bool done, uint256 first, uint256 second) {
        if (onOurs) {
            try this.ours(op) returns (uint256 a, uint256 b) {
                return (true, a, b);
            } catch {
                return (false, 0, 0);
            }
        }
        try this.theirs(op, x, y) returns (uint256 a, uint256 b) {
            return (true, a, b);
        } catch {
            return (false, 0, 0);
        }
    }

    function _compareState(uint256 index) private view {
        (uint256 reserve0, uint256 reserve1, uint256 shares, , , ) = EXCHANGE.poolState(_key());
        (uint256 theirs0, uint256 theirs1, ) = pair.getReserves();
        if (reserve0 != theirs0 || reserve1 != theirs1 || shares != pair.totalSupply()) {
            revert StateDiffers(index, reserve0, reserve1, theirs0, theirs1);
        }
    }

    function _key() private view returns (PoolKey memory) {
        return PoolKey(address(token0), address(token1), 30);
    }
}
