// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IGovernor} from "@openzeppelin/contracts/governance/IGovernor.sol";
import {ExchangeSettings} from "../../../contracts/exchange/ExchangeSettings.sol";
import {Hop, PoolKey} from "../../../contracts/exchange/IExchange.sol";
import {Deal, DealStatus, IEscrow} from "../../../contracts/escrow/IEscrow.sol";
import {CartItem, IMarket, Offer, Order} from "../../../contracts/market/IMarket.sol";
import {IMarketSettings} from "../../../contracts/market/IMarketSettings.sol";
import {Credit} from "../../../contracts/ledger/IRevenueLedger.sol";
import {HookToken} from "../../contracts/tokens/HookToken.sol";
import {CrossMeters} from "./CrossMeters.sol";
import {Raider} from "./Raider.sol";

/// @notice Buyers, sellers, traders, voters and thieves in one protocol. Everybody honest acts so that it must go through; the thieves try
/// what must not.
contract CrossHandler is CrossMeters {
    constructor() {
        _loadGoverned();
        _prepareDeals();
        _openPools();
        _armRaider();
        _openRooms();
        _openMeters();

        _action(CrossHandler.buy.selector, "buy");
        _action(CrossHandler.buySwapped.selector, "buySwapped");
        _action(CrossHandler.buyCart.selector, "buyCart");
        _action(CrossHandler.openDeal.selector, "openDeal");
        _action(CrossHandler.deliver.selector, "deliver");
        _action(CrossHandler.settle.selector, "settle");
        _action(CrossHandler.refund.selector, "refund");
        _action(CrossHandler.complain.selector, "complain");
        _action(CrossHandler.dispute.selector, "dispute");
        _action(CrossHandler.withdraw.selector, "withdraw");
        _action(CrossHandler.trade.selector, "trade");
        _action(CrossHandler.addLiquidity.selector, "addLiquidity");
        _action(CrossHandler.removeLiquidity.selector, "removeLiquidity");
        _action(CrossHandler.flashBuy.selector, "flashBuy");
        _action(CrossHandler.flashTrade.selector, "flashTrade");
        _action(CrossHandler.flashVote.selector, "flashVote");
        _action(CrossHandler.reenter.selector, "reenter");
        // claim(invariants#across-domains): a token that charges for transfers buys nothing and pays no exact price in
        //   the exchange
        _action(CrossHandler.hostileToken.selector, "hostileToken");
        _action(CrossHandler.frontrun.selector, "frontrun");
        _action(CrossHandler.sandwich.selector, "sandwich");
        _action(CrossHandler.propose.selector, "propose");
        // claim(invariants#across-domains): an open deal is settled, split or refunded under its own terms, to the wei,
        //   whatever has been voted and executed since
        _action(CrossHandler.enact.selector, "enact");
        _action(CrossHandler.pause.selector, "pause");
        _action(CrossHandler.trespass.selector, "trespass");
        _action(CrossHandler.collect.selector, "collect");
        _action(CrossHandler.travel.selector, "travel");
        _addRoomsActions();
        _addMetersActions();
    }

    // ---- honest people in the market

    function _prepare() internal override {
        _renewCitizens();
    }

    function buy(uint256 seed) external counted {
        _waitForPause();
        _buy(_pick(seed, _payToken(seed), false, false), _buyer(seed), seed % 2 == 0 ? _referrer(seed) : address(0));
        _done();
    }

    /// @notice Coin for an offer in dollars, or dollars for one in coin, for a licence at once or a deal.
    function buySwapped(uint256 seed) external counted {
        bool inCoin = seed % 2 == 0 && allowed[address(honest)];
        uint256 index = _pick(seed, inCoin ? address(honest) : NATIVE, seed % 3 == 0, false);
        _buySwapped(index, _buyer(seed), inCoin, 0, true);
        _check();
        _done();
    }

    function buyCart(uint256 seed) external counted {
        uint256 count = 2 + (seed % 3);
        CartItem[] memory items = new CartItem[](count);
        uint256[] memory picked = new uint256[](count);
        uint256[] memory scalars = new uint256[](count);
        address payer = _buyer(seed);
        uint256 value = 0;
        _waitForPause();
        for (uint256 i = 0; i < count; ++i) {
            uint256 line = _mix(seed, i);
            // each line its own offer: whatever is left of another may be one
            picked[i] = _list(_draft(line, _payToken(line), _anyVersion(line), line % 2 == 0, false));
            items[i].offer = _offers[picked[i]];
            (items[i].order, scalars[i]) = _order(picked[i], payer, _referrer(line));
            if (items[i].offer.payToken == NATIVE) value += items[i].offer.price;
        }
        uint256 before = payer.balance;
        vm.prank(payer);
        uint256[] memory ids = market.purchaseCart{value: value + (seed % 1_000)}(items);
        assertEq(payer.balance, before - value, "a cart kept more coin than its lines cost");
        for (uint256 i = 0; i < count; ++i) _booked(picked[i], ids[i], payer, items[i].order, scalars[i]);
        for (uint256 i = 0; i < count; ++i) _checkSale(picked[i], items[i].order.referrer);
        _done();
    }

    function openDeal(uint256 seed) external counted {
        _openDeal(seed, seed % 8 == 0, seed % 3 == 0);
        _done();
    }

    function deliver(uint256 seed) external counted {
        _deliver(_dealIn(seed, DealStatus.Open, false, false));
        _done();
    }

    function settle(uint256 seed) external counted {
        uint256 index = _dealIn(seed, DealStatus.Delivered, false, false);
        if (seed % 2 == 0) _accept(index);
        else _settle(index, _buyer(seed));
        _done();
    }

    function refund(uint256 seed) external counted {
        uint256 index = _dealIn(seed, seed % 3 == 0 ? DealStatus.Delivered : DealStatus.Open, false, false);
        Deal memory deal = _deals[index];
        if (seed % 3 == 0) {
            _refund(index, deal.seller, abi.encodeCall(IEscrow.refundBySeller, (deal)));
        } else if (seed % 3 == 1) {
            _refund(index, deal.seller, abi.encodeCall(IEscrow.decline, (deal)));
        } else {
            _refundUndelivered(seed, index);
        }
        _done();
    }

    function complain(uint256 seed) external counted {
        uint256 index = _dealIn(seed, seed % 2 == 0 ? DealStatus.Open : DealStatus.Delivered, true, false);
        // what was delivered long ago is the seller's, proven or not
        if (seed % 2 != 0 && block.timestamp > _deals[index].complainBy) _settle(index, _buyer(seed));
        else _complain(index);
        _done();
    }

    function dispute(uint256 seed) external counted {
        _judge(_dealIn(seed, DealStatus.Delivered, false, true), 1 + (seed % 2));
        _done();
    }

    function withdraw(uint256 seed) external counted {
        (address token, address account, uint256 amount) = _rich(seed);
        if (account == address(0)) return;
        _withdraw(token, account, amount);
        _done();
    }

    // ---- honest people in the Exchange

    function trade(uint256 seed, uint256 amount) external counted {
        uint256 p = seed % 2;
        _swapExactIn(_buyer(seed), p, seed % 4 < 2, amount);
        _check();
        _done();
    }

    function addLiquidity(uint256 seed, uint256 amount) external counted {
        _addLiquidity(_buyer(seed), seed % 2, amount);
        _check();
        _done();
    }

    function removeLiquidity(uint256 seed, uint256 part) external counted {
        PoolKey memory key = _pools[seed % 2];
        address owner = _buyer(seed);
        uint256 shares = exchange.balanceOf(owner, exchange.poolIdOf(key));
        if (shares == 0) shares = _addLiquidity(owner, seed % 2, part);
        vm.prank(owner);
        // a pause stops no withdrawal
        exchange.removeLiquidity(key, _bound(part, 1, shares), 0, 0, owner, block.timestamp);
        _check();
        _done();
    }

    // ---- thieves

    /// @notice Buys with borrowed dollars, and tries on the way to be credited with what has not arrived.
    function flashBuy(uint256 seed) external counted {
        if (!allowed[address(honest)]) return _raidClosedToken(seed);
        bool fromExchange = seed % 2 == 0;
        uint256 index = _pick(seed, address(honest), seed % 3 == 0, false);
        (Order memory order, uint256 scalar) = _order(index, address(raider), address(0));
        uint256 mine = booked[address(honest)][address(raider)];
        _borrow(fromExchange, address(honest), _mix(seed, 1), _heist(_offers[index], order, mine));

        uint256 done = raider.done();
        // claim(invariants#across-domains): a purchase with borrowed money is a purchase like any other, and nobody is
        //   credited with what has not arrived
        assertEq(done & 0x05, 0, "a borrower was credited with what had not arrived");
        // claim(invariants#across-domains): a purchase with borrowed money is a purchase like any other, and nobody is
        //   credited with what has not arrived | a borrower
        assertEq(done & 0x02, 0x02, "a purchase with borrowed money failed");
        // claim(invariants#across-domains): inside its own loans, swaps and deposits the exchange is locked, on every
        //   path | a borrower, or the issuer of a token that calls back
        assertEq(done & 0x08, fromExchange ? 0 : 0x08, "the Exchange was entered inside its own loan");
        assertEq(done & 0x70, 0x70, "what arrived could not be taken back");
        if (mine != 0) _unbook(address(honest), address(raider), mine);
        takenOut[address(honest)] += mine;
        _booked(index, raider.license(), address(raider), order, scalar);
        _checkSale(index, address(0));
        _check();
        _done();
    }

    /// @notice Swaps, deposits and withdraws with a loan in the thieves' own pool: from another lender all doors are open, inside the
    /// Exchange's own loan all of them are closed.
    function flashTrade(uint256 seed, uint256 amount) external counted {
        uint256 way = _mix(seed, 1) % 3;
        bool deposits = block.timestamp >= _depositsPausedUntil();
        Raider.Step[] memory steps = _plunder(seed, amount);
        if (way == 0) {
            raider.strike(steps);
        } else if (seed % 5 == 0) {
            _borrowBySwap(seed % 2 != 0, amount, steps);
            way = 1;
        } else {
            _borrow(way == 1, seed % 2 == 0 ? address(ore) : address(hooked), _mix(seed, 6), steps);
        }

        if (way == 1) assertEq(raider.done(), 0, "the Exchange was entered inside its own loan");
        else assertEq(raider.done() & 0x2d, 0x2d, "a swap with borrowed money failed");
        if (way != 1 && deposits) assertEq(raider.done() & 0x12, 0x12, "a deposit with borrowed money failed");
        _check();
        _done();
    }

    /// @notice Borrows units and tries to propose, to vote and to carry out with them, in the second of a snapshot, before and after it.
    function flashVote(uint256 seed) external counted {
        uint256 id = _changeOf(_pending(seed));
        IGovernor.ProposalState state = governor.state(id);
        if (state == IGovernor.ProposalState.Pending) {
            if (seed % 3 != 2) vm.warp(governor.proposalSnapshot(id) + (seed % 3));
        }
        bytes32 before = _ballotsOf(id);
        _unitsBefore = iso.getPastTotalSupply(block.timestamp - 1);
        _raidedAt = block.timestamp;

        Raider.Step[] memory steps = _usurpation(id, seed);
        // a thief without units of its own could not pay the Exchange's fee
        _borrow(seed % 2 == 0 && flashPips == 0, address(iso), _mix(seed, 1), steps);

        // claim(invariants#across-domains): a loan changes no vote and no quorum, in the second of a snapshot, before
        //   or after it, and a borrower cannot propose, vote or rule | anyone who can borrow enough units for a second
        assertEq(raider.done(), 0x181, "a borrower of units proposed, voted or ruled");
        // claim(invariants#across-domains): a loan changes no vote and no quorum, in the second of a snapshot, before
        //   or after it, and a borrower cannot propose, vote or rule
        assertEq(_ballotsOf(id), before, "a loan changed a vote or a quorum");
        if (seed % 4 < 2) skip(1);
        checkVotes();
        _check();
        _done();
    }

    /// @notice A token's transfer calls the thieves back: inside a swap, a deposit, a purchase and a withdrawal of that token.
    function reenter(uint256 seed) external counted {
        uint256 way = seed % 4;
        Raider.Step[] memory steps = new Raider.Step[](6);
        steps[0] = _stepSell(QUARRY, seed % 8 < 4, 1e15);
        steps[1] = _stepDeposit(QUARRY, 1e15);
        steps[2] = _step(address(raider), abi.encodeCall(raider.leave, (exchange, _pools[QUARRY])));
        steps[3] = _step(
            address(exchange),
            abi.encodeCall(exchange.flashLoan, (raider, address(ore), 1e6, abi.encode(new Raider.Step[](0))))
        );
        Credit[] memory credit = new Credit[](1);
        credit[0] = Credit(address(raider), 1);
        steps[4] = _step(address(ledger), abi.encodeCall(ledger.credit, (address(hooked), credit)));
        steps[5] = _step(address(exchange), abi.encodeCall(exchange.collectProtocol, (address(hooked))));
        uint256 strikes = raider.strikes();
        HookToken.When when = seed % 3 == 0 ? HookToken.When.After : HookToken.When.Before;
        hooked.setHook(when, address(raider), abi.encodeCall(Raider.strike, (steps)), true);

        if (way == 0) {
            raider.strike(_one(_stepSell(QUARRY, address(hooked) < address(ore), _bound(seed, 1e12, 1e17))));
        } else if (way == 1) {
            if (block.timestamp < _depositsPausedUntil()) vm.warp(_depositsPausedUntil());
            raider.strike(_one(_stepDeposit(QUARRY, _bound(seed, 1e12, 1e17))));
        } else if (way == 2) {
            _reenterMarket(seed, steps);
        } else {
            _reenterLedger(seed);
        }
        hooked.setHook(HookToken.When.Never, address(0), "", false);
        if (way < 2) {
            // claim(invariants#across-domains): inside its own loans, swaps and deposits the exchange is locked, on
            //   every path
            assertEq(raider.inside(), 0, "a swap or a deposit was entered inside");
            assertEq(raider.strikes(), strikes + 2, "the token did not call back");
            assertEq(raider.done(), 1, "a swap or a deposit failed because a token called back");
        }
        _check();
        _done();
    }

    /// @notice A token that charges for transfers, one whose issuer freezes accounts, and one that returns nothing.
    function hostileToken(uint256 seed) external counted {
        uint256 way = seed % 3;
        if (way == 0) {
            _chargeInMarket(seed);
            _chargeInExchange(seed);
        } else if (way == 1) {
            _freeze(seed);
        } else {
            uint256 index = _pick(seed, allowed[address(silent)] ? address(silent) : NATIVE, false, false);
            _buy(index, _buyer(seed), _referrer(seed));
            Offer storage offer = _offers[index];
            _withdraw(offer.payToken, offer.creator, booked[offer.payToken][offer.creator]);
        }
        _check();
        _done();
    }

    /// @notice A buyer's call is ready, and somebody is faster: the seller, another buyer, a complaint, the guardian or a trader.
    function frontrun(uint256 seed) external counted {
        uint256 way = seed % 6;
        address token = way == 5 ? NATIVE : _payToken(seed);
        uint64 versionId = way == 3 ? _publishWrong(seed) : _anyVersion(seed);
        _waitForPause();
        Offer memory offer = _draft(seed, token, versionId, way == 3, false);
        if (way == 2) offer.supply = 1;
        if (way == 3) offer.supply = 2;
        uint256 index = _list(offer);
        address victim = _buyer(seed);
        (bytes memory data, uint256 scalar) = _purchaseBy(index, victim);

        bytes4 expected = _overtake(way, seed, index);
        if (way == 5) _buySwapped(index, victim, false, _mix(seed, 1) % 300, false);
        else _sendOvertaken(index, victim, data, scalar, expected);
        _check();
        _done();
    }

    /// @notice A trader is put between two trades: within its bound it trades, below it nothing happens.
    function sandwich(uint256 seed, uint256 amount) external counted {
        bool zeroIn = seed % 2 == 0;
        (uint256 reserve0, uint256 reserve1, ) = _state(COIN);
        amount = _bound(amount, 1e6, (zeroIn ? reserve0 : reserve1) / 20);
        (address tokenIn, Hop[] memory hops) = _path(COIN, zeroIn);
        uint256 least = exchange.quoteExactIn(tokenIn, hops, amount);
        least -= (least * (_mix(seed, 1) % 1_000)) / 10_000;
        bytes memory data = abi.encodeCall(
            exchange.swapExactIn,
            (tokenIn, hops, amount, least, _buyer(seed), block.timestamp)
        );

        uint256 got = _swapExactIn(maker, COIN, zeroIn, _mix(seed, 2));
        _sendSandwiched(_buyer(seed), data, zeroIn, amount, least);
        _swapExactIn(maker, COIN, !zeroIn, got);
        _check();
        _done();
    }

    // ---- government

    /// @notice Begins a change of the rules, or brings one a step further.
    function propose(uint256 seed) external counted {
        if (seed % 3 == 0) _proposeChange(seed / 3);
        else _advance(_pending(seed));
        _done();
    }

    /// @notice The rules change while deals are open, delivered and about to be bought.
    function enact(uint256 seed) external counted {
        // the votes would be over before a pause is
        _waitForPause();
        uint256 change = seed % 4 == 0 ? _proposeChange(seed / 4) : _pending(seed / 4);
        uint256 early = _dealIn(seed, DealStatus.Delivered, false, false);
        _makeReady(change);
        _waitForPause();
        uint256 open = _dealIn(_mix(seed, 1), DealStatus.Open, false, false);
        uint256 delivered = _openDeal(_mix(seed, 2), false, false);
        _deliver(delivered);
        uint256 prepared = _pick(_mix(seed, 3), _payToken(_mix(seed, 3)), false, false);

        uint256 wasShare = _shareOf(COIN);
        _execute(change);
        // claim(invariants#across-domains): a vote changes what a pool pays only when it is applied to the pool | the
        //   protocol, at the cost of those who deposited
        assertEq(_shareOf(COIN), wasShare, "a vote changed what a pool pays without being applied to it");
        if (seed % 3 == 0) exchange.applyProtocolShare(_pools[seed % POOLS]);

        _buyUnderNewRules(prepared, seed);
        _deliver(open);
        if (seed % 2 == 0) _accept(open);
        _settle(delivered, _buyer(seed));
        if (_statusOf(early) == DealStatus.Delivered) _settle(early, _buyer(seed));
        _check();
        _done();
    }

    /// @notice The guardian closes the till: nothing is bought, and whatever is open goes on.
    function pause(uint256 seed) external counted {
        uint256 index = _dealIn(seed, DealStatus.Delivered, false, false);
        uint256 offer = _pick(seed, _payToken(seed), false, false);
        (, , , uint40 nextPauseAt) = market.config();
        bytes memory data = abi.encodeCall(IMarketSettings.pausePurchases, (uint40(_bound(seed, 1 hours, 7 days))));
        bool allowedNow = block.timestamp >= nextPauseAt && block.timestamp < governor.guardianMandateEndsAt();
        vm.prank(guardian);
        try guardianDesk.forward(address(market), data) {
            // claim(invariants#across-domains): a pause stops purchases and deposits; open deals, swaps and withdrawals
            //   continue, and a pause is no more frequent than allowed | a guardian who would freeze other people's
            //   money
            assertTrue(allowedNow, "the guardian paused more often than it may");
            _refused(offer, _buyer(seed), IMarketSettings.Market_Paused.selector);
        } catch {
            assertFalse(allowedNow, "the guardian could not pause");
        }
        (, , , uint256 depositsAgainAt) = exchange.settings();
        allowedNow = block.timestamp >= depositsAgainAt && block.timestamp < governor.guardianMandateEndsAt();
        vm.prank(guardian);
        try guardianDesk.forward(address(exchange), abi.encodeCall(ExchangeSettings.pauseDeposits, ())) {
            assertTrue(allowedNow, "the guardian paused more often than it may");
        } catch {
            assertFalse(allowedNow, "the guardian could not pause");
        }
        _accept(index);
        _swapExactIn(_buyer(seed), COIN, seed % 2 == 0, seed);
        _check();
        _done();
    }

    function trespass(uint256 seed) external counted {
        address[4] memory others = [address(raider), guardian, whale, _creator(seed)];
        uint256 choice = _mix(seed, 1) % (others.length + contracts.length);
        address intruder = choice < others.length ? others[choice] : contracts[choice - others.length];
        // what a vote decides is the timelock's to do; the governor, whom proposals come from, may do none of it by itself
        if (intruder == address(timelock)) intruder = whale;
        uint256 what = _mix(seed, 2);
        if (intruder == address(escrow) && what % 18 == 17) intruder = address(raider);
        _trespass(intruder, what, _mix(seed, 3));
        _done();
    }

    /// @notice The protocol's income goes where the vote says, and to nobody else.
    function collect(uint256 seed) external counted {
        address token = tokens[seed % tokens.length];
        uint256 amount = booked[token][address(treasury)];
        if (amount != 0) {
            uint256 before = _held(token, address(treasury));
            treasury.collect(token);
            // claim(invariants#across-domains): all of the protocol's income arrives at the treasury | the caller who
            //   collects it
            assertEq(_held(token, address(treasury)), before + amount, "the treasury's income did not arrive");
            _unbook(token, address(treasury), amount);
            takenOut[token] += amount;
        }
        PoolKey memory key = _pools[seed % POOLS];
        token = seed % 2 == 0 ? key.token0 : key.token1;
        uint256 owed = exchange.protocolOwed(token);
        if (owed != 0 && token != address(taking)) {
            address to = exchange.treasury();
            uint256 before = _held(token, to);
            exchange.collectProtocol(token);
            // claim(invariants#across-domains): all of the protocol's income arrives at the treasury
            assertEq(_held(token, to), before + owed, "the Exchange's share did not arrive");
        }
        _check();
        _done();
    }

    function travel(uint256 seed) external counted {
        vm.warp(block.timestamp + _bound(seed, 1, 5 days));
        _done();
    }
}
