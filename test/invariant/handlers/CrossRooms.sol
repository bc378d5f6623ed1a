// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ILineage, Parent} from "../../../contracts/lineage/ILineage.sol";
import {Splitter} from "../../../contracts/lineage/Splitter.sol";
import {IMarket, Offer, Order} from "../../../contracts/market/IMarket.sol";
import {IRightsModule} from "../../../contracts/rights/IRightsModule.sol";
import {ISubscriptions} from "../../../contracts/rights/ISubscriptions.sol";
import {HookToken} from "../../contracts/tokens/HookToken.sol";
import {CrossThieves} from "./CrossThieves.sol";
import {Book} from "./Deployment.sol";
import {KeptTerm} from "./KeptTerm.sol";
import {Raider} from "./Raider.sol";

/// @notice Subscriptions that can be cancelled and models with parents, among everything else.
abstract contract CrossRooms is CrossThieves {
    using KeptTerm for KeptTerm.Term;

    struct Subscription {
        uint256 id;
        address owner;
        Offer offer;
        KeptTerm.Term term;
    }

    uint256 private constant BPS = 10_000;
    uint256 private constant MAX_AHEAD = 3_650 days;

    ISubscriptions public subscriptions;
    Subscription[] private _subscriptions;
    uint32 private _rights;
    uint64 private _salt = 1 << 48;

    /// @dev The two last models are made from others: the second one from the first, too.
    Splitter[2] private _accounts;
    Parent[][2] private _parents;
    mapping(address token => uint256)[2] private _passedOn;

    function _addRoomsActions() internal {
        _action(CrossRooms.subscribe.selector, "subscribe");
        // claim(invariants#across-domains): a subscription is renewed, released and cancelled under its own terms,
        //   whatever has been voted, paused and executed since | voters who change the rules while others have paid
        _action(CrossRooms.useSubscription.selector, "useSubscription");
        // claim(invariants#across-domains): the income of a model with parents is shared as its lineage says, from
        //   sales, deals and subscriptions alike | a title holder, at the cost of the parents
        _action(CrossRooms.passOn.selector, "passOn");
        _action(CrossRooms.stealKept.selector, "stealKept");
    }

    function _openRooms() internal {
        Book memory book;
        book.json = vm.readFile("cache/campaigns/protocol.json");
        subscriptions = ISubscriptions(book.at("Subscriptions"));
        (_rights, , ) = licenses.rightsInfo(address(subscriptions));
        ILineage lineage = ILineage(book.at("Lineage"));
        uint48 last = uint48(2 * CREATORS);
        for (uint48 modelId = 1; modelId < last; ++modelId) {
            vm.prank(_titleOf[modelId]);
            lineage.setOpenTerms(modelId, 1, type(uint40).max);
        }
        for (uint256 i = 0; i < 2; ++i) {
            uint48 child = last - 1 + uint48(i);
            // odd shares that fall due together
            for (uint48 parent = 1; parent < child; ++parent) _parents[i].push(Parent(parent, uint16(333 + parent)));
            Parent[] memory parents = _parents[i];
            vm.startPrank(_titleOf[child]);
            address account = lineage.create(child, parents, new bytes[](parents.length));
            registry.fixPayee(child, account);
            vm.stopPrank();
            (_accounts[i], _fixedPayee[child], passesOn[account]) = (Splitter(payable(account)), account, true);
            people.push(account);
        }
    }

    function _kept(address token) internal view virtual override returns (uint256) {
        return booked[token][address(subscriptions)];
    }

    /// @notice What is kept for subscriptions is what their time is worth, in every token.
    function checkKept() external view {
        for (uint256 t = 0; t < tokens.length; ++t) {
            uint256 kept = 0;
            for (uint256 i = 0; i < _subscriptions.length; ++i) {
                if (_subscriptions[i].offer.payToken == tokens[t]) kept += _subscriptions[i].term.held();
            }
            // claim(invariants#across-domains): what is kept for subscriptions is what their time is worth, with all
            //   domains at work | a buyer, with others' money
            assertEq(
                ledger.balanceOf(tokens[t], address(subscriptions)),
                kept,
                "what is kept is not what time is worth"
            );
        }
    }

    // ---- actions

    function subscribe(uint256 seed) external counted {
        _subscribe(seed, _payToken(seed), _buyer(seed));
        _done();
    }

    function useSubscription(uint256 seed) external counted {
        uint256 count = _subscriptions.length;
        uint256 index =
            count == 0
                ? _subscribe(seed, _payToken(seed), _buyer(seed))
                : count - 1 - (_mix(seed, 1) % (count < 12 ? count : 12));
        Subscription storage one = _subscriptions[index];
        uint256 way = seed % 4;
        if (way == 0) _release(one, _buyer(seed), false);
        else if (way == 1) _release(one, one.owner, true);
        else _renew(one);
        _done();
    }

    function passOn(uint256 seed) external counted {
        address token = tokens[_mix(seed, 1) % tokens.length];
        // an income of its own: a licence, or a deal that is delivered and accepted
        uint64 versionId = (uint64(2 * CREATORS - (seed % 2)) << 16) | 1;
        _waitForPause();
        bool escrowed = seed % 4 < 2;
        uint256 deal = _deals.length;
        _buy(_list(_draft(seed, _payToken(seed), versionId, escrowed, false)), _buyer(seed), address(0));
        if (escrowed) {
            _deliver(deal);
            _accept(deal);
        }
        // the younger one first: the other is its parent
        for (uint256 i = 2; i > 0; --i) {
            _settleAccount(i - 1, token);
            _settleAccount(i - 1, _payToken(seed));
        }
        _done();
    }

    /// @notice Thieves renew and cancel with a loan, or inside their own payment, or try a subscription of somebody else.
    function stealKept(uint256 seed) external counted {
        bool hooks = seed % 2 == 0;
        address token = hooks ? address(hooked) : address(honest);
        if (allowed[token]) {
            Subscription storage one = _subscriptions[_subscribe(seed, token, address(raider))];
            if (hooks) _cancelInside(one, seed);
            else _cancelWithLoan(one, seed);
        } else if (_subscriptions.length != 0) {
            Subscription storage one = _subscriptions[seed % _subscriptions.length];
            if (one.owner == address(raider)) return;
            vm.prank(address(raider));
            try subscriptions.cancel(one.offer, one.id) {
                _never("a thief cancelled a subscription");
            } catch (bytes memory reason) {
                assertEq(bytes32(_selectorOf(reason)), bytes32(IRightsModule.Rights_NotOwner.selector), "a thief");
            }
        }
        _check();
        _done();
    }

    // ---- steps

    function _subscribe(uint256 seed, address token, address payer) private returns (uint256 index) {
        _waitForPause();
        uint64 versionId = _anyVersion(seed);
        Offer memory offer;
        (offer.versionId, offer.creator) = (versionId, _titleOf[uint48(versionId >> 16)]);
        (offer.payToken, offer.price) = (token, uint128(1 + (_mix(seed, 2) % 1e9)));
        (offer.supply, offer.maxProtocolFeeBps, offer.rights) = (1, 500, _rights);
        uint256 period = _bound(_mix(seed, 3), 1 hours, 90 days);
        offer.rightsTerms = bytes32(period | (uint256(type(uint40).max) << 32) | (1 << 72));
        offer.salt = ++_salt;
        vm.prank(offer.creator);
        market.createOffer(offer);

        index = _subscriptions.length;
        Subscription storage one = _subscriptions.push();
        (one.owner, one.offer) = (payer, offer);
        (one.term.price, one.term.period, one.term.feeBps) = (offer.price, period, feeBps);
        one.id = _pay(one, 0);
    }

    function _renew(Subscription storage one) private {
        if (one.term.hasEarned()) _release(one, _buyer(0), false);
        if (one.term.endAfter(1) > block.timestamp + MAX_AHEAD) return;
        // neither a pause nor a token that was voted off the list nor a higher fee stops what was promised
        assertEq(_pay(one, one.id), one.id, "a renewal is of another licence");
    }

    /// @dev Buys or renews, and books.
    function _pay(Subscription storage one, uint256 renews) private returns (uint256 id) {
        Offer memory offer = one.offer;
        uint256 before = _held(offer.payToken, one.owner);
        Order memory order = _orderOf(one, renews);
        vm.prank(one.owner);
        id = market.purchase{value: offer.payToken == NATIVE ? offer.price : 0}(offer, order);
        assertEq(_held(offer.payToken, one.owner), before - offer.price, "a period cost something else than its price");
        _bookPeriod(one);
    }

    function _orderOf(Subscription storage one, uint256 renews) private view returns (Order memory order) {
        (order.termsHash, order.maxPrice) = (market.hashOffer(one.offer), one.offer.price);
        (order.recipient, order.renews) = (one.owner, renews);
    }

    function _bookPeriod(Subscription storage one) private {
        one.term.add(1);
        paid[one.offer.payToken] += one.offer.price;
        _book(one.offer.payToken, address(subscriptions), one.offer.price);
    }

    function _release(Subscription storage one, address caller, bool ends) private {
        vm.prank(caller);
        if (ends) subscriptions.cancel(one.offer, one.id);
        else subscriptions.release(one.offer, one.id);
        _bookRelease(one, ends);
        _checkAccount(one.offer.payToken, one.owner, "a refund is not what the rest is worth");
    }

    function _bookRelease(Subscription storage one, bool ends) private {
        address token = one.offer.payToken;
        (uint256 amount, uint256 fee, uint256 refund) = one.term.pass(ends);
        _unbook(token, address(subscriptions), amount + refund);
        _book(token, treasuryNow, fee);
        _book(token, _payeeOf(one.offer), amount - fee);
        _book(token, one.owner, refund);
        assertEq(subscriptions.expiresAt(one.id), one.term.expiresAt, "a term was moved by something else");
        _checkAccount(token, _payeeOf(one.offer), "a release is not what time earned");
        _checkAccount(token, treasuryNow, "a release does not pay the treasury of now");
    }

    function _settleAccount(uint256 i, address token) private {
        address account = address(_accounts[i]);
        uint256 amount = booked[token][account];
        uint256 before = _passedOn[i][token];
        uint256 rest = amount;
        uint256[] memory shares = new uint256[](_parents[i].length);
        for (uint256 p = 0; p < shares.length; ++p) {
            shares[p] = ((before + amount) * _parents[i][p].bps) / BPS - (before * _parents[i][p].bps) / BPS;
            rest -= shares[p] < rest ? shares[p] : rest;
        }
        uint256 passed = _accounts[i].settle(token);
        if (passed == 0) return assertLt(amount, 16, "an income waits that is enough for all");
        assertEq(passed, amount, "an account passed on something else than it had");
        _passedOn[i][token] += amount;
        _unbook(token, account, amount);
        for (uint256 p = 0; p < shares.length; ++p) {
            uint48 parent = _parents[i][p].modelId;
            address payee = _fixedPayee[parent] == address(0) ? _titleOf[parent] : _fixedPayee[parent];
            _book(token, payee, shares[p]);
        }
        address holder = _titleOf[uint48(2 * CREATORS - 1 + i)];
        _book(token, holder, rest);
        _checkAccount(token, account, "an account keeps something");
        _checkAccount(token, holder, "a title holder got something else than the parents left");
    }

    // ---- thieves

    /// @dev A renewal that is cancelled with the loan it was paid with: what came back is not more than was paid.
    function _cancelWithLoan(Subscription storage one, uint256 seed) private {
        address token = address(honest);
        uint256 before = _held(token, address(raider)) + booked[token][address(raider)];
        Raider.Step[] memory steps = new Raider.Step[](3);
        steps[0] = _step(address(market), abi.encodeCall(IMarket.purchase, (one.offer, _orderOf(one, one.id))));
        steps[1] = _step(address(subscriptions), abi.encodeCall(ISubscriptions.cancel, (one.offer, one.id)));
        steps[2] = _step(address(ledger), abi.encodeCall(ledger.withdraw, (token)));
        // the Exchange would take a fee
        _borrow(false, token, _mix(seed, 4), steps);
        assertEq(raider.done() & 0x3, 0x3, "a subscription was not renewed or cancelled with borrowed money");
        _bookPeriod(one);
        _bookRelease(one, true);
        if (raider.done() & 0x4 != 0) {
            takenOut[token] += booked[token][address(raider)];
            _unbook(token, address(raider), booked[token][address(raider)]);
        }
        _checkGain(one, before);
    }

    /// @dev The token calls back while the renewal is granted and not paid yet.
    function _cancelInside(Subscription storage one, uint256 seed) private {
        address token = address(hooked);
        uint256 before = _held(token, address(raider)) + booked[token][address(raider)];
        Raider.Step[] memory steps = new Raider.Step[](2);
        steps[0] = _step(address(subscriptions), abi.encodeCall(ISubscriptions.cancel, (one.offer, one.id)));
        steps[1] = _step(address(ledger), abi.encodeCall(ledger.withdraw, (token)));
        HookToken.When when = _mix(seed, 5) % 2 == 0 ? HookToken.When.Before : HookToken.When.After;
        hooked.setHook(when, address(raider), abi.encodeCall(Raider.strike, (steps)), true);
        Order memory order = _orderOf(one, one.id);
        vm.prank(address(raider));
        market.purchase(one.offer, order);
        hooked.setHook(HookToken.When.Never, address(0), "", false);

        _bookPeriod(one);
        if (raider.done() & 0x1 != 0) _bookRelease(one, true);
        if (raider.done() & 0x2 != 0) {
            takenOut[token] += booked[token][address(raider)];
            _unbook(token, address(raider), booked[token][address(raider)]);
        }
        _checkGain(one, before);
    }

    function _checkGain(Subscription storage one, uint256 before) private view {
        address token = one.offer.payToken;
        uint256 mine = _held(token, address(raider)) + ledger.balanceOf(token, address(raider));
        // claim(invariants#across-domains): a renewal that is cancelled with a loan, or inside its own payment, gives
        //   back no more than was paid for the licence | thieves, with what is kept for others
        assertLe(mine + one.term.held(), before + one.offer.price, "thieves were refunded what others had paid");
        _checkAccount(token, address(raider), "thieves have something in the ledger that nobody paid");
    }
}
