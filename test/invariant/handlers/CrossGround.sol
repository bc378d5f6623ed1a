// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC3156FlashLender} from "@openzeppelin/contracts/interfaces/IERC3156FlashLender.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {Hop, PoolKey} from "../../../contracts/exchange/IExchange.sol";
import {DealStatus, IEscrow} from "../../../contracts/escrow/IEscrow.sol";
import {IMarket, Offer, Order, SwapPayment} from "../../../contracts/market/IMarket.sol";
import {IMarketSettings} from "../../../contracts/market/IMarketSettings.sol";
import {TestToken} from "../../contracts/tokens/TestToken.sol";
import {OpenDeals} from "./OpenDeals.sol";
import {Lender, Raider} from "./Raider.sol";

/// @notice The pools, people and purses of the campaign across domains, what has to hold between calls, and the steps that actions are made of.
abstract contract CrossGround is OpenDeals {
    struct Snapshot {
        uint256 reserve0;
        uint256 reserve1;
        uint256 shares;
    }

    uint256 internal constant POOL_FEE_BPS = 30;
    /// @dev Coin for dollars, votes for dollars, the thieves' pool, and one with a token that charges for transfers.
    uint256 internal constant COIN = 0;
    uint256 internal constant VOTES = 1;
    uint256 internal constant QUARRY = 2;
    uint256 internal constant CHARGING = 3;
    uint256 internal constant POOLS = 4;
    uint256 internal constant FUNDS = 1e20;

    TestToken public ore;
    Lender public lender;
    Raider public raider;

    PoolKey[] internal _pools;
    mapping(uint256 pool => Snapshot) internal _last;

    uint256 internal _raidedAt;
    uint256 internal _unitsBefore;

    // ---- what holds between calls

    /// @notice The Exchange holds its reserves and the protocol's pot, in every token.
    function checkExchange() external view {
        for (uint256 p = 0; p < POOLS; ++p) {
            _checkHeld(_pools[p].token0);
            _checkHeld(_pools[p].token1);
        }
    }

    /// @notice Borrowed units are in no vote: not at any snapshot, and not in any total that was taken while they were lent.
    function checkVotes() public view {
        assertEq(iso.getVotes(address(raider)), 0, "who borrowed units keeps votes");
        uint256 count = governor.latestProposalId();
        for (uint256 i = 0; i < 3 && i < count; ++i) {
            uint256 snapshot = governor.proposalSnapshot(count - i);
            if (snapshot >= block.timestamp) continue;
            // claim(invariants#across-domains): a loan changes no vote and no quorum, in the second of a snapshot,
            //   before or after it, and a borrower cannot propose, vote or rule
            assertEq(iso.getPastVotes(address(raider), snapshot), 0, "borrowed units are in a snapshot");
        }
        if (_raidedAt != 0 && _raidedAt < block.timestamp) {
            // claim(invariants#across-domains): a loan changes no vote and no quorum, in the second of a snapshot,
            //   before or after it, and a borrower cannot propose, vote or rule
            assertEq(iso.getPastTotalSupply(_raidedAt), _unitsBefore, "borrowed units are in a quorum");
        }
    }

    // ---- building blocks

    /// @dev Buys out of the other token of the pool. With `slack`, the quote is from before somebody else's trade: the purchase costs at most
    /// the bound, or nothing.
    function _buySwapped(uint256 index, address payer, bool inCoin, uint256 slack, bool fresh) internal {
        Offer memory offer = _offers[index];
        (Order memory order, uint256 scalar) = _order(index, payer, address(0));
        SwapPayment memory payment;
        (payment.tokenIn, payment.hops) = _path(COIN, inCoin);
        payment.deadline = block.timestamp;
        uint256 cost = exchange.quoteExactOut(payment.tokenIn, payment.hops, offer.price);
        // an old quote is what the pool would have asked before, a little more or a little less
        payment.maxSpent = fresh ? cost + (cost / 100) : (cost * (9_850 + slack)) / 10_000;
        uint256 before = _held(payment.tokenIn, payer);
        vm.prank(payer);
        (bool ok, bytes memory answer) = address(market).call{value: inCoin ? payment.maxSpent : 0}(
            abi.encodeCall(IMarket.purchaseWithSwap, (offer, order, payment))
        );
        if (cost > payment.maxSpent) {
            // claim(invariants#across-domains): a call that others overtake costs at most its bound and returns what it
            //   named, or nothing happens
            assertFalse(ok, "a swap cost more than its bound");
            // claim(invariants#across-domains): a call that others overtake costs at most its bound and returns what it
            //   named, or nothing happens
            assertEq(_held(payment.tokenIn, payer), before, "a refused buyer paid");
            return;
        }
        assertTrue(ok, "a purchase with a swap failed");
        assertEq(_held(payment.tokenIn, payer), before - cost, "the payer paid something else than the quote");
        _booked(index, _idOf(answer, cost), payer, order, scalar);
        _checkSale(index, address(0));
    }

    function _idOf(bytes memory answer, uint256 cost) internal pure returns (uint256 id) {
        uint256 spent;
        (id, spent) = abi.decode(answer, (uint256, uint256));
        assertEq(spent, cost, "a swap cost something else than its quote");
    }

    function _buyUnderNewRules(uint256 prepared, uint256 seed) internal {
        Offer memory offer = _offers[prepared];
        if (!allowed[offer.payToken]) {
            _refused(prepared, _buyer(seed), IMarketSettings.Market_TokenNotListed.selector);
        } else if (feeBps > offer.maxProtocolFeeBps) {
            _refused(prepared, _buyer(seed), IMarket.Market_FeeAboveBound.selector);
        } else {
            _buy(prepared, _buyer(seed), _referrer(seed));
        }
    }

    function _refused(uint256 index, address payer, bytes4 expected) internal {
        Offer memory offer = _offers[index];
        (Order memory order, ) = _order(index, payer, address(0));
        uint256 before = _held(offer.payToken, payer);
        vm.prank(payer);
        try market.purchase{value: offer.payToken == NATIVE ? offer.price : 0}(offer, order) {
            _never("the market sold what it must refuse");
        } catch (bytes memory reason) {
            // of two reasons the market names the one that it meets first
            bytes4 fee = IMarket.Market_FeeAboveBound.selector;
            bool other = _selectorOf(reason) == fee && feeBps > offer.maxProtocolFeeBps;
            if (!other) assertEq(bytes32(_selectorOf(reason)), bytes32(expected), "refused for another reason");
        }
        assertEq(_held(offer.payToken, payer), before, "a refused buyer paid");
    }

    function _withdraw(address token, address account, uint256 amount) internal {
        if (amount == 0) return;
        uint256 before = _held(token, account);
        vm.prank(account);
        ledger.withdraw(token);
        assertEq(_held(token, account), before + amount, "a withdrawal did not arrive in full");
        _unbook(token, account, amount);
        takenOut[token] += amount;
    }

    /// @dev At least what buys a unit, at most a tenth of the reserve. Returns what came out.
    function _swapExactIn(address trader, uint256 p, bool zeroIn, uint256 amount) internal returns (uint256 out) {
        // in a long run a trader has spent one side, and has the other
        if (!_canTrade(trader, p, zeroIn)) zeroIn = !zeroIn;
        amount = _tradeable(trader, p, zeroIn, amount);
        (address tokenIn, Hop[] memory hops) = _path(p, zeroIn);
        uint256 quote = exchange.quoteExactIn(tokenIn, hops, amount);
        bytes memory data = abi.encodeCall(exchange.swapExactIn, (tokenIn, hops, amount, 0, trader, block.timestamp));
        out = abi.decode(_call(trader, tokenIn == NATIVE ? amount : 0, data), (uint256));
        if (p != CHARGING) assertEq(out, quote, "a quote is not what a swap paid");
    }

    function _tradeable(address trader, uint256 p, bool zeroIn, uint256 amount) internal view returns (uint256) {
        (uint256 least, uint256 most) = _tradeableRange(trader, p, zeroIn);
        return _bound(amount, least, most);
    }

    function _canTrade(address trader, uint256 p, bool zeroIn) internal view returns (bool) {
        (uint256 least, uint256 most) = _tradeableRange(trader, p, zeroIn);
        return least <= most;
    }

    function _tradeableRange(address trader, uint256 p, bool zeroIn) private view returns (uint256, uint256) {
        (uint256 reserve0, uint256 reserve1, ) = _state(p);
        if (!zeroIn) (reserve0, reserve1) = (reserve1, reserve0);
        uint256 half = _held(zeroIn ? _pools[p].token0 : _pools[p].token1, trader) / 2;
        return ((2 * reserve0) / reserve1 + 2, Math.min(reserve0 / 10, half));
    }

    function _addLiquidity(address owner, uint256 p, uint256 amount) internal returns (uint256 shares) {
        PoolKey memory key = _pools[p];
        if (block.timestamp < _depositsPausedUntil()) {
            vm.prank(owner);
            try exchange.addLiquidity(key, 1, 1, 0, owner, block.timestamp) {
                // claim(invariants#across-domains): a pause stops purchases and deposits; open deals, swaps and
                //   withdrawals continue, and a pause is no more frequent than allowed
                _never("a deposit went through a pause");
            } catch {}
            vm.warp(_depositsPausedUntil());
        }
        if (_mostShares(owner, p) == 0) _takeBack(owner, p, amount);
        (uint256 amount0, uint256 amount1) = _inRatio(owner, p, amount);
        bytes memory data = abi.encodeCall(exchange.addLiquidity, (key, amount0, amount1, 1, owner, block.timestamp));
        (, , shares) = abi.decode(_call(owner, key.token0 == NATIVE ? amount0 : 0, data), (uint256, uint256, uint256));
    }

    /// @dev In a long run an owner has deposited or traded all of one token: what it deposited comes back, or it buys some of it.
    function _takeBack(address owner, uint256 p, uint256 amount) private {
        PoolKey memory key = _pools[p];
        uint256 shares = exchange.balanceOf(owner, exchange.poolIdOf(key));
        if (shares == 0) {
            _swapExactIn(owner, p, _held(key.token1, owner) < _held(key.token0, owner), amount);
        } else {
            _call(owner, 0, abi.encodeCall(exchange.removeLiquidity, (key, shares, 0, 0, owner, block.timestamp)));
        }
    }

    function _inRatio(address owner, uint256 p, uint256 amount) internal view returns (uint256, uint256) {
        (uint256 reserve0, uint256 reserve1, uint256 total) = _state(p);
        uint256 most = _mostShares(owner, p);
        amount = _bound(amount, Math.min(most, total / 1_000 + 2), most);
        return ((amount * reserve0) / total + 1, (amount * reserve1) / total + 1);
    }

    /// @dev For half of what the owner has, and at most a quarter of the pool.
    function _mostShares(address owner, uint256 p) private view returns (uint256 most) {
        (uint256 reserve0, uint256 reserve1, uint256 total) = _state(p);
        most = Math.min(total / 4, ((_held(_pools[p].token0, owner) / 2) * total) / reserve0);
        return Math.min(most, ((_held(_pools[p].token1, owner) / 2) * total) / reserve1);
    }

    function _call(address caller, uint256 value, bytes memory data) internal returns (bytes memory answer) {
        bool ok;
        vm.prank(caller);
        (ok, answer) = address(exchange).call{value: value}(data);
        assertTrue(ok, string.concat("the Exchange refused what is in order: ", vm.toString(answer)));
    }

    function _borrow(bool fromExchange, address token, uint256 amount, Raider.Step[] memory steps) internal {
        address from = fromExchange ? address(exchange) : address(lender);
        amount = _bound(amount, 1, IERC20(token).balanceOf(from));
        // the fee of a loan is the thieves' own expense
        raider.borrow(IERC3156FlashLender(from), token, amount, steps);
    }

    /// @dev All that were left lying until their time was over, and the one that was chosen.
    function _refundUndelivered(uint256 seed, uint256 index) internal {
        vm.warp(uint256(_deals[index].deliverBy) + 1);
        for (uint256 i = _live.length; i > 0; --i) {
            uint256 late = _live[i - 1];
            if (_statusOf(late) != DealStatus.Open || block.timestamp <= _deals[late].deliverBy) continue;
            _refund(late, _buyer(seed), abi.encodeCall(IEscrow.refundUndelivered, (_deals[late])));
        }
    }

    function _step(address target, bytes memory data) internal pure returns (Raider.Step memory) {
        return Raider.Step(target, 0, data);
    }

    function _one(Raider.Step memory step) internal pure returns (Raider.Step[] memory steps) {
        steps = new Raider.Step[](1);
        steps[0] = step;
    }

    function _stepSell(uint256 p, bool zeroIn, uint256 amount) internal view returns (Raider.Step memory) {
        (address tokenIn, Hop[] memory hops) = _path(p, zeroIn);
        return
            _step(
                address(exchange),
                abi.encodeCall(exchange.swapExactIn, (tokenIn, hops, amount, 0, address(raider), block.timestamp + 1))
            );
    }

    function _stepDeposit(uint256 p, uint256 amount) internal view returns (Raider.Step memory) {
        // twice as much of either as it takes: the rest stays where it is
        return
            _step(
                address(exchange),
                abi.encodeCall(
                    exchange.addLiquidity,
                    (_pools[p], amount, amount, 1, address(raider), block.timestamp + 1)
                )
            );
    }

    /// @dev After everything that touches the Exchange: no pool lost by it, and the thieves gained nothing.
    function _check() internal {
        for (uint256 p = 0; p < POOLS; ++p) {
            Snapshot memory last = _last[p];
            Snapshot memory current;
            (current.reserve0, current.reserve1, current.shares) = _state(p);
            bool same =
                current.reserve0 == last.reserve0 && current.reserve1 == last.reserve1 && current.shares == last.shares;
            if (same) continue;
            // claim(invariants#across-domains): the exchange holds its reserves and the protocol's pot, and k per share
            //   never falls, while votes change the share and the flash fee
            assertTrue(_isWorthAsMuch(current, last), "k per share fell");
            _last[p] = current;
            if (p == QUARRY) _checkThieves(current);
        }
    }

    /// @dev Product of the reserves over the square of the shares, in 512 bits.
    function _isWorthAsMuch(Snapshot memory current, Snapshot memory last) internal pure returns (bool) {
        (uint256 high, uint256 low) = Math.mul512(current.reserve0 * current.reserve1, last.shares * last.shares);
        (uint256 lastHigh, uint256 lastLow) = Math.mul512(
            last.reserve0 * last.reserve1,
            current.shares * current.shares
        );
        return high > lastHigh || (high == lastHigh && low >= lastLow);
    }

    /// @dev In a pool that nobody else trades in, the thieves take their shares out and turn what they have more of one token back, for
    /// nothing: they do not have more of the other than at the start.
    function _checkThieves(Snapshot memory pool) internal view {
        PoolKey memory key = _pools[QUARRY];
        uint256 shares = exchange.balanceOf(address(raider), exchange.poolIdOf(key));
        uint256 out0 = (shares * pool.reserve0) / pool.shares;
        uint256 out1 = (shares * pool.reserve1) / pool.shares;
        (uint256 reserve0, uint256 reserve1) = (pool.reserve0 - out0, pool.reserve1 - out1);
        uint256 mine0 = _held(key.token0, address(raider)) + out0;
        uint256 mine1 = _held(key.token1, address(raider)) + out1;
        if (mine0 > FUNDS) mine1 += (reserve1 * (mine0 - FUNDS)) / (reserve0 + mine0 - FUNDS);
        else if (mine1 > FUNDS) mine0 += (reserve0 * (mine1 - FUNDS)) / (reserve1 + mine1 - FUNDS);
        bool richer = mine0 >= FUNDS && mine1 >= FUNDS && (mine0 > FUNDS || mine1 > FUNDS);
        // claim(invariants#across-domains): thieves who swap, deposit, withdraw, borrow and re-enter in a pool of their
        //   own never have more than at the start | the thieves, at the cost of the depositors
        assertFalse(richer, "thieves are richer");
    }

    function _checkHeld(address token) internal view {
        uint256 owed = exchange.protocolOwed(token) + exchange.claimOf(address(raider), token);
        for (uint256 p = 0; p < POOLS; ++p) {
            (uint256 reserve0, uint256 reserve1, ) = _state(p);
            if (_pools[p].token0 == token) owed += reserve0;
            if (_pools[p].token1 == token) owed += reserve1;
        }
        // claim(invariants#across-domains): the exchange holds its reserves and the protocol's pot, and k per share
        //   never falls, while votes change the share and the flash fee | those who trade or withdraw against the
        //   others in a pool
        assertGe(_held(token, address(exchange)), owed, "the Exchange owes more than it holds");
    }

    function _openPools() internal {
        ore = new TestToken("Ore", "ORE", 18);
        address[4] memory others = [address(honest), address(hooked), address(taking), address(ore)];
        address[4] memory traders = [maker, _buyer(0), _buyer(1), _buyer(2)];
        for (uint256 i = 1; i < 4; ++i) {
            vm.prank(maker);
            iso.transfer(traders[i], 5_000_000e18);
        }
        for (uint256 i = 0; i < 4; ++i) {
            vm.deal(traders[i], 1e30);
            vm.startPrank(traders[i]);
            iso.approve(address(exchange), type(uint256).max);
            for (uint256 t = 0; t < 4; ++t) {
                TestToken(others[t]).mint(traders[i], 1e30);
                TestToken(others[t]).approve(address(exchange), type(uint256).max);
            }
            vm.stopPrank();
        }
        _open(NATIVE, 1e15, address(honest), 1e15);
        _open(address(iso), 1e24, address(honest), 1e15);
        _open(address(hooked), 1e18, address(ore), 1e18);
        _open(address(taking), 1e18, address(ore), 1e18);
    }

    function _open(address a, uint256 amountA, address b, uint256 amountB) internal {
        if (a > b) (a, amountA, b, amountB) = (b, amountB, a, amountA);
        PoolKey memory key = PoolKey(a, b, POOL_FEE_BPS);
        vm.prank(maker);
        exchange.addLiquidity{value: a == NATIVE ? amountA : 0}(key, amountA, amountB, 0, maker, block.timestamp);
        uint256 p = _pools.length;
        _pools.push(key);
        (_last[p].reserve0, _last[p].reserve1, _last[p].shares) = _state(p);
    }

    /// @dev The thieves have tokens to trade with and no units; what they borrow comes from the Exchange or the lender.
    function _armRaider() internal {
        raider = new Raider();
        lender = new Lender();
        people.push(address(raider));
        vm.prank(maker);
        iso.transfer(address(lender), 20_000_000e18);
        address[4] memory lent = [address(honest), address(hooked), address(ore), address(iso)];
        address[3] memory spenders = [address(exchange), address(lender), address(market)];
        Raider.Step[] memory steps = new Raider.Step[](12);
        for (uint256 t = 0; t < 4; ++t) {
            if (t < 3) {
                TestToken(lent[t]).mint(address(raider), FUNDS);
                TestToken(lent[t]).mint(address(lender), FUNDS);
            }
            for (uint256 i = 0; i < 3; ++i) {
                steps[3 * t + i] = _step(lent[t], abi.encodeCall(IERC20.approve, (spenders[i], type(uint256).max)));
            }
        }
        raider.strike(steps);
        require(raider.done() == 0xfff, "the thieves are not armed");
    }

    function _path(uint256 p, bool zeroIn) internal view returns (address tokenIn, Hop[] memory hops) {
        PoolKey storage key = _pools[p];
        address tokenOut;
        (tokenIn, tokenOut) = zeroIn ? (key.token0, key.token1) : (key.token1, key.token0);
        hops = new Hop[](1);
        hops[0] = Hop.wrap(uint256(uint160(tokenOut)) | (POOL_FEE_BPS << 160));
    }

    function _state(uint256 p) internal view returns (uint256 reserve0, uint256 reserve1, uint256 shares) {
        (reserve0, reserve1, shares, , , ) = exchange.poolState(_pools[p]);
    }

    function _shareOf(uint256 p) internal view returns (uint256 percent) {
        (, , , percent, , ) = exchange.poolState(_pools[p]);
    }

    function _depositsPausedUntil() internal view returns (uint256 until) {
        (, , until, ) = exchange.settings();
    }

    function _changeOf(uint256 index) internal view returns (uint256) {
        return this.changeAt(index).proposalId;
    }

    function _anyVersion(uint256 seed) internal pure returns (uint64) {
        // the first version of every model is honest
        return (uint64(1 + (_mix(seed, 27) % (2 * CREATORS))) << 16) | 1;
    }
}
