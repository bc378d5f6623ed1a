// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IERC3156FlashBorrower} from "@openzeppelin/contracts/interfaces/IERC3156FlashBorrower.sol";
import {CommonBase} from "forge-std/Base.sol";

import {Exchange} from "../../../contracts/exchange/Exchange.sol";
import {Hop, PoolKey} from "../../../contracts/exchange/IExchange.sol";
import {DenyingToken, PlainToken} from "../../contracts/exchange/ExchangeTokens.sol";

/// @notice Plays every action of the Exchange with amounts that must work, and checks after each what it may have done.
contract ExchangeHandler is CommonBase, IERC3156FlashBorrower {
    struct Snapshot {
        uint128 reserve0;
        uint128 reserve1;
        uint128 shares;
        uint64 count;
        uint64 updatedAt;
    }

    bytes32 private constant SUCCESS = keccak256("ERC3156FlashBorrower.onFlashLoan");

    Exchange public immutable EXCHANGE;
    address public immutable TIMELOCK;

    /// @notice The tokens in ascending order; the native coin, as zero, comes first. The last but one may refuse payouts.
    address[] public tokens;
    PoolKey[] public pools;
    address[] public actors;
    DenyingToken public immutable BLACKLIST;

    mapping(uint256 pool => Snapshot snapshot) private _last;
    mapping(uint256 pool => uint256 price) public lowest;
    mapping(uint256 pool => uint256 price) public highest;
    mapping(address token => uint256 amount) public donated;

    /// @param exchange As it was deployed.
    /// @param timelock Carries out what votes decide about it.
    constructor(Exchange exchange, address timelock) {
        (EXCHANGE, TIMELOCK) = (exchange, timelock);
        BLACKLIST = new DenyingToken();
        tokens.push(address(0));
        address[3] memory created = [
            address(new PlainToken("A", 18)),
            address(new PlainToken("B", 6)),
            address(BLACKLIST)
        ];
        for (uint256 i = 0; i < 3; ++i) {
            for (uint256 j = i + 1; j < 3; ++j) {
                if (created[j] < created[i]) (created[i], created[j]) = (created[j], created[i]);
            }
            tokens.push(created[i]);
        }
        for (uint256 i = 1; i <= 3; ++i) {
            actors.push(address(uint160(0xac70 + i)));
            vm.deal(actors[i - 1], 1 << 100);
            for (uint256 t = 1; t < 4; ++t) {
                PlainToken(tokens[t]).mint(actors[i - 1], 1 << 110);
                vm.prank(actors[i - 1]);
                PlainToken(tokens[t]).approve(address(exchange), type(uint256).max);
            }
        }
        for (uint256 t = 1; t < 4; ++t) {
            PlainToken(tokens[t]).mint(address(this), 1 << 110);
            PlainToken(tokens[t]).approve(address(exchange), type(uint256).max);
        }
        pools.push(PoolKey(tokens[0], tokens[1], 30));
        pools.push(PoolKey(tokens[1], tokens[2], 30));
        pools.push(PoolKey(tokens[2], tokens[3], 5));
        pools.push(PoolKey(tokens[1], tokens[3], 100));
        for (uint256 p = 0; p < pools.length; ++p) {
            uint256 amount = 10 ** (9 + p * 3);
            uint256 value = pools[p].token0 == address(0) ? amount : 0;
            vm.prank(actors[0]);
            exchange.addLiquidity{value: value}(pools[p], amount, amount * 3, 0, actors[0], block.timestamp);
            (lowest[p], highest[p]) = (type(uint256).max, 0);
            _record(p, _read(p));
        }
    }

    // ------------------------------------------------------------------------------------------------------ actions

    function sell(uint256 actorSeed, uint256 poolSeed, bool zeroIn, uint256 amount, uint256 elapsed) external {
        _advance(elapsed);
        uint256 p = poolSeed % pools.length;
        _sell(_actor(actorSeed), p, zeroIn, amount);
        _check();
    }

    function buy(uint256 actorSeed, uint256 poolSeed, bool zeroIn, uint256 amount, uint256 elapsed) external {
        _advance(elapsed);
        uint256 p = poolSeed % pools.length;
        (uint256 reserveIn, uint256 reserveOut) = _reserves(p, zeroIn);
        vm.assume(reserveOut > 1);
        amount = _within(amount, 1, reserveOut / 2);
        (address tokenIn, Hop[] memory hops) = _path(p, zeroIn);
        uint256 cost = EXCHANGE.quoteExactOut(tokenIn, hops, amount);
        vm.assume(reserveIn + cost < 1 << 90);
        // claim(invariants#exchange): a quote is what the swap pays or costs
        require(_swapOut(_actor(actorSeed), tokenIn, hops, amount, cost) == cost, "a quote is not the cost");
        _check();
    }

    function sellOverTwo(uint256 actorSeed, uint256 amount, uint256 elapsed) external {
        _advance(elapsed);
        (uint256 reserveIn, ) = _reserves(0, true);
        amount = _within(amount, reserveIn / 1000 + 1, reserveIn);
        vm.assume(reserveIn + amount < 1 << 90);
        Hop[] memory hops = new Hop[](2);
        hops[0] = Hop.wrap(uint256(uint160(tokens[1])) | (30 << 160));
        hops[1] = Hop.wrap(uint256(uint160(tokens[2])) | (30 << 160));
        (bool ok, bytes memory answer) = address(EXCHANGE).staticcall(
            abi.encodeCall(EXCHANGE.quoteExactIn, (address(0), hops, amount))
        );
        vm.assume(ok);
        uint256 out = _swapIn(_actor(actorSeed), address(0), hops, amount);
        // claim(invariants#exchange): a quote is what the swap pays or costs | those who trade or withdraw against the
        //   others in the pool
        require(out == abi.decode(answer, (uint256)), "a quote is not the output");
        _check();
    }

    function swapThereAndBack(uint256 actorSeed, uint256 poolSeed, bool zeroIn, uint256 a, uint256 b) external {
        uint256 p = poolSeed % pools.length;
        address actor = _actor(actorSeed);
        uint256 before0 = _balance(pools[p].token0, actor);
        uint256 before1 = _balance(pools[p].token1, actor);
        _sell(actor, p, zeroIn, a);
        _sell(actor, p, !zeroIn, b);
        _sell(actor, p, !zeroIn, a);
        bool richer = _balance(pools[p].token0, actor) >= before0 && _balance(pools[p].token1, actor) >= before1;
        // claim(invariants#exchange): no sequence of swaps in a pool leaves anybody richer in one token and not poorer
        //   in the other | those who trade or withdraw against the others in the pool
        require(!richer, "swaps made somebody richer");
        _check();
    }

    function deposit(uint256 actorSeed, uint256 poolSeed, uint256 amount, uint256 elapsed) external {
        _advance(elapsed);
        uint256 p = poolSeed % pools.length;
        _deposit(_actor(actorSeed), p, amount);
        _check();
    }

    function depositSingle(uint256 actorSeed, uint256 poolSeed, bool zeroIn, uint256 amount, uint256 elapsed) external {
        _advance(elapsed);
        uint256 p = poolSeed % pools.length;
        (uint256 reserveIn, uint256 reserveOut) = _reserves(p, zeroIn);
        // Below a hundredth of a pool the swapped part, or the shares, could round to nothing.
        vm.assume(reserveOut > 10_000);
        amount = _within(amount, reserveIn / 100 + 10, reserveIn + 10);
        vm.assume(reserveIn + amount < 1 << 90);
        address tokenIn = zeroIn ? pools[p].token0 : pools[p].token1;
        address actor = _actor(actorSeed);
        bytes memory data = abi.encodeCall(
            EXCHANGE.addLiquiditySingle,
            (pools[p], tokenIn, amount, 0, actor, block.timestamp)
        );
        _call(actor, tokenIn == address(0) ? amount : 0, data);
        _check();
    }

    function withdraw(uint256 actorSeed, uint256 poolSeed, uint256 shares, uint256 elapsed) external {
        _advance(elapsed);
        uint256 p = poolSeed % pools.length;
        address actor = _actor(actorSeed);
        uint256 owned = EXCHANGE.balanceOf(actor, EXCHANGE.poolIdOf(pools[p]));
        vm.assume(owned > 0);
        shares = _within(shares, 1, owned);
        vm.prank(actor);
        EXCHANGE.removeLiquidity(pools[p], shares, 0, 0, actor, block.timestamp);
        _check();
    }

    function depositAndWithdraw(uint256 actorSeed, uint256 poolSeed, uint256 amount) external {
        uint256 p = poolSeed % pools.length;
        address actor = _actor(actorSeed);
        (uint256 paid0, uint256 paid1, uint256 shares) = _deposit(actor, p, amount);
        vm.prank(actor);
        (uint256 back0, uint256 back1) = EXCHANGE.removeLiquidity(pools[p], shares, 0, 0, actor, block.timestamp);
        // claim(invariants#exchange): a deposit withdrawn at once gains neither token | those who trade or withdraw
        //   against the others in the pool
        require(back0 <= paid0, "a deposit gained token0");
        require(back1 <= paid1, "a deposit gained token1");
        _check();
    }

    function refuseAndClaim(uint256 actorSeed, uint256 amount) external {
        address actor = _actor(actorSeed);
        (, , uint256 shares) = _deposit(actor, 2, amount);
        BLACKLIST.setBlacklisted(actor, true);
        vm.prank(actor);
        EXCHANGE.removeLiquidity(pools[2], shares, 0, 0, actor, block.timestamp);
        BLACKLIST.setBlacklisted(actor, false);
        if (EXCHANGE.claimOf(actor, address(BLACKLIST)) > 0 && amount % 2 == 0) {
            vm.prank(actor);
            EXCHANGE.claim(address(BLACKLIST), actor);
        }
        _check();
    }

    function borrow(uint256 tokenSeed, uint256 amount, uint256 elapsed) external {
        _advance(elapsed);
        address token = tokens[1 + (tokenSeed % 3)];
        amount = _within(amount, 1, EXCHANGE.maxFlashLoan(token));
        EXCHANGE.flashLoan(this, token, amount, "");
        _check();
    }

    function borrowBySwap(uint256 poolSeed, bool zeroIn, uint256 amount) external {
        uint256 p = 1 + (poolSeed % 3);
        (uint256 reserveIn, uint256 reserveOut) = _reserves(p, zeroIn);
        vm.assume(reserveOut > 1);
        amount = _within(amount, 1, reserveOut / 2);
        (address tokenIn, Hop[] memory hops) = _path(p, zeroIn);
        vm.assume(reserveIn + EXCHANGE.quoteExactOut(tokenIn, hops, amount) < 1 << 90);
        EXCHANGE.flashSwap(this, tokenIn, hops, amount, type(uint256).max, "");
        _check();
    }

    function donate(uint256 tokenSeed, uint256 amount) external {
        address token = tokens[1 + (tokenSeed % 3)];
        amount = _within(amount, 1, 1e12);
        PlainToken(token).transfer(address(EXCHANGE), amount);
        donated[token] += amount;
        _check();
    }

    function govern(uint256 percent, uint256 flashPips, uint256 poolSeed) external {
        vm.startPrank(TIMELOCK);
        EXCHANGE.setProtocolShare(_within(percent, 0, 20));
        EXCHANGE.setFlashFee(_within(flashPips, 0, 500));
        vm.stopPrank();
        EXCHANGE.applyProtocolShare(pools[poolSeed % pools.length]);
        _check();
    }

    function collect(uint256 tokenSeed) external {
        address token = tokens[tokenSeed % tokens.length];
        vm.assume(EXCHANGE.protocolOwed(token) > 0);
        EXCHANGE.collectProtocol(token);
        _check();
    }

    function onFlashLoan(address, address, uint256, uint256, bytes calldata) external pure returns (bytes32) {
        return SUCCESS;
    }

    // -------------------------------------------------------------------------------------------------------- reads

    function poolCount() external view returns (uint256) {
        return pools.length;
    }

    function keyOf(uint256 p) external view returns (PoolKey memory) {
        return pools[p];
    }

    /// @notice What the Exchange owes in each token: reserves, claims of all actors and the protocol's pot.
    function owed() public view returns (uint256[4] memory sums) {
        for (uint256 p = 0; p < pools.length; ++p) {
            (uint256 reserve0, uint256 reserve1, , , , ) = EXCHANGE.poolState(pools[p]);
            for (uint256 t = 0; t < 4; ++t) {
                if (pools[p].token0 == tokens[t]) sums[t] += reserve0;
                if (pools[p].token1 == tokens[t]) sums[t] += reserve1;
            }
        }
        for (uint256 t = 0; t < 4; ++t) {
            for (uint256 i = 0; i < actors.length; ++i) sums[t] += EXCHANGE.claimOf(actors[i], tokens[t]);
            sums[t] += EXCHANGE.protocolOwed(tokens[t]);
        }
    }

    function held(uint256 t) external view returns (uint256) {
        return _balance(tokens[t], address(EXCHANGE));
    }

    /// @notice Takes everything out for everybody.
    function unwind() external {
        for (uint256 i = 0; i < actors.length; ++i) {
            for (uint256 p = 0; p < pools.length; ++p) {
                uint256 shares = EXCHANGE.balanceOf(actors[i], EXCHANGE.poolIdOf(pools[p]));
                if (shares == 0) continue;
                vm.prank(actors[i]);
                EXCHANGE.removeLiquidity(pools[p], shares, 0, 0, actors[i], block.timestamp);
            }
            for (uint256 t = 0; t < tokens.length; ++t) {
                if (EXCHANGE.claimOf(actors[i], tokens[t]) == 0) continue;
                vm.prank(actors[i]);
                EXCHANGE.claim(tokens[t], actors[i]);
            }
        }
        for (uint256 t = 0; t < tokens.length; ++t) {
            if (EXCHANGE.protocolOwed(tokens[t]) > 0) EXCHANGE.collectProtocol(tokens[t]);
        }
    }

    // ------------------------------------------------------------------------------------------------------- privately

    function _sell(address actor, uint256 p, bool zeroIn, uint256 amount) private {
        (uint256 reserveIn, uint256 reserveOut) = _reserves(p, zeroIn);
        // What is left of the other token stays above zero: a unit of it costs at least this, before fees.
        vm.assume(reserveOut > 1);
        uint256 least = reserveIn / (reserveOut - 1) + 2;
        // At most as much again as there is.
        amount = _within(amount, least + least / 50, Math.max(reserveIn, 2 * least));
        vm.assume(reserveIn + amount < 1 << 90);
        (address tokenIn, Hop[] memory hops) = _path(p, zeroIn);
        uint256 quote = EXCHANGE.quoteExactIn(tokenIn, hops, amount);
        (uint256 shortest, uint256 usual) = (_told(p, 600), _told(p, 1800));
        require(_swapIn(actor, tokenIn, hops, amount) == quote, "a quote is not the output");
        // claim(invariants#exchange): a use of a pool changes no answer of the oracle in the same second | those who
        //   settle against a false price
        require(_told(p, 600) == shortest && _told(p, 1800) == usual, "a touch moved the oracle");
    }

    /// @dev What the oracle says of a pool; 0 where its history is too short.
    function _told(uint256 p, uint256 window) private view returns (uint256) {
        try EXCHANGE.consult(pools[p], window) returns (uint256 price) {
            return price;
        } catch {
            return 0;
        }
    }

    function _swapIn(address actor, address tokenIn, Hop[] memory hops, uint256 amount) private returns (uint256) {
        bytes memory data = abi.encodeCall(EXCHANGE.swapExactIn, (tokenIn, hops, amount, 0, actor, block.timestamp));
        return abi.decode(_call(actor, tokenIn == address(0) ? amount : 0, data), (uint256));
    }

    function _swapOut(
        address actor,
        address tokenIn,
        Hop[] memory hops,
        uint256 amount,
        uint256 most
    ) private returns (uint256) {
        bytes memory data = abi.encodeCall(
            EXCHANGE.swapExactOut,
            (tokenIn, hops, amount, most, actor, block.timestamp)
        );
        return abi.decode(_call(actor, tokenIn == address(0) ? most : 0, data), (uint256));
    }

    function _call(address actor, uint256 value, bytes memory data) private returns (bytes memory) {
        vm.prank(actor);
        (bool ok, bytes memory answer) = address(EXCHANGE).call{value: value}(data);
        require(ok, "the Exchange refused");
        return answer;
    }

    function _deposit(address actor, uint256 p, uint256 amount) private returns (uint256, uint256, uint256) {
        (bytes memory data, uint256 value) = _depositCall(actor, pools[p], amount);
        return abi.decode(_call(actor, value, data), (uint256, uint256, uint256));
    }

    function _depositCall(
        address actor,
        PoolKey memory key,
        uint256 amount
    ) private view returns (bytes memory data, uint256 value) {
        (uint256 amount0, uint256 amount1) = _amountsFor(key, amount);
        value = key.token0 == address(0) ? amount0 : 0;
        data = abi.encodeCall(EXCHANGE.addLiquidity, (key, amount0, amount1, 1, actor, block.timestamp));
    }

    function _amountsFor(PoolKey memory key, uint256 amount) private view returns (uint256 amount0, uint256 amount1) {
        (uint256 reserve0, uint256 reserve1, uint256 shares, , , ) = EXCHANGE.poolState(key);
        uint256 wanted = _within(amount, 1, shares);
        amount0 = (wanted * reserve0) / shares + 1;
        amount1 = (wanted * reserve1) / shares + 1;
        vm.assume(reserve0 + amount0 < 1 << 90 && reserve1 + amount1 < 1 << 90);
    }

    function _advance(uint256 elapsed) private {
        vm.warp(block.timestamp + _within(elapsed, 0, 400));
    }

    function _actor(uint256 seed) private view returns (address) {
        return actors[seed % actors.length];
    }

    function _balance(address token, address account) private view returns (uint256) {
        return token == address(0) ? account.balance : PlainToken(token).balanceOf(account);
    }

    function _reserves(uint256 p, bool zeroIn) private view returns (uint256, uint256) {
        (uint256 reserve0, uint256 reserve1, , , , ) = EXCHANGE.poolState(pools[p]);
        return zeroIn ? (reserve0, reserve1) : (reserve1, reserve0);
    }

    function _path(uint256 p, bool zeroIn) private view returns (address tokenIn, Hop[] memory hops) {
        PoolKey memory key = pools[p];
        hops = new Hop[](1);
        tokenIn = zeroIn ? key.token0 : key.token1;
        hops[0] = Hop.wrap(uint256(uint160(zeroIn ? key.token1 : key.token0)) | (key.feeBps << 160));
    }

    /// @dev k per share squared never falls in any pool, time and records never run backwards, no reserve empties.
    function _check() private {
        for (uint256 p = 0; p < pools.length; ++p) {
            Snapshot memory last = _last[p];
            Snapshot memory current = _read(p);
            if (
                current.updatedAt == last.updatedAt &&
                current.reserve0 == last.reserve0 &&
                current.reserve1 == last.reserve1 &&
                current.shares == last.shares
            ) continue;
            // claim(invariants#exchange): a reserve that was above 0 stays above 0 | those who trade or withdraw
            //   against the others in the pool
            require(current.reserve0 > 0 && current.reserve1 > 0, "a reserve is empty");
            // claim(invariants#exchange): time and records never run backwards | those who settle against a false price
            require(current.updatedAt >= last.updatedAt, "time ran backwards");
            // claim(invariants#exchange): time and records never run backwards
            require(current.count >= last.count || current.count == 512, "records were lost");
            // claim(invariants#exchange): k over the square of the shares never falls in any pool | those who trade or
            //   withdraw against the others in the pool
            require(_worth(current, last) >= 0, "k per share fell");
            _record(p, current);
        }
    }

    /// @dev Above 0, 0 or below 0 as k per share squared rose, stayed or fell.
    function _worth(Snapshot memory current, Snapshot memory last) private pure returns (int256) {
        (uint256 high, uint256 low) = Math.mul512(
            uint256(current.reserve0) * current.reserve1,
            uint256(last.shares) * last.shares
        );
        (uint256 lastHigh, uint256 lastLow) = Math.mul512(
            uint256(last.reserve0) * last.reserve1,
            uint256(current.shares) * current.shares
        );
        if (high == lastHigh && low == lastLow) return 0;
        return high > lastHigh || (high == lastHigh && low > lastLow) ? int256(1) : -1;
    }

    function _read(uint256 p) private view returns (Snapshot memory s) {
        uint256 reserve0;
        uint256 reserve1;
        uint256 shares;
        uint256 updatedAt;
        uint256 count;
        (reserve0, reserve1, shares, , updatedAt, count) = EXCHANGE.poolState(pools[p]);
        return Snapshot(uint128(reserve0), uint128(reserve1), uint128(shares), uint64(count), uint64(updatedAt));
    }

    function _record(uint256 p, Snapshot memory s) private {
        _last[p] = s;
        uint256 price = (uint256(s.reserve1) << 128) / s.reserve0;
        if (price < lowest[p]) lowest[p] = price;
        if (price > highest[p]) highest[p] = price;
    }

    /// @dev As forge's `bound`, without a line of log for each call.
    function _within(uint256 x, uint256 least, uint256 most) private pure returns (uint256) {
        require(least <= most, "an empty range");
        if (x >= least && x <= most) return x;
        return least + (x % (most - least + 1));
    }

    receive() external payable {}
}
