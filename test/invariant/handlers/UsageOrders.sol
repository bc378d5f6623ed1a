// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Offer} from "../../../contracts/market/IMarket.sol";
import {IStandingOrders, StandingOrder} from "../../../contracts/rights/IStandingOrders.sol";
import {HookToken} from "../../contracts/tokens/HookToken.sol";
import {Term, UsageTerms} from "./UsageTerms.sol";

/// @notice Standing orders are set, run and taken back, while the licences change hands.
abstract contract UsageOrders is UsageTerms {
    function _addOrdersActions() internal {
        _action(UsageOrders.setOrder.selector, "setOrder");
        // claim(attacks#licences-listings-offers-and-signatures): a standing order run twice for one period
        _action(UsageOrders.runOrder.selector, "runOrder");
        _action(UsageOrders.runLate.selector, "runLate");
        // claim(attacks#licences-listings-offers-and-signatures): a standing order for a licence that was passed on
        _action(UsageOrders.passOn.selector, "passOn");
        _action(UsageOrders.cancelOrder.selector, "cancelOrder");
        // claim(attacks#licences-listings-offers-and-signatures): a standing order run under other terms
        _action(UsageOrders.runWrongly.selector, "runWrongly");
        // claim(attacks#licences-listings-offers-and-signatures): a pay token whose callback runs a standing order
        //   twice
        _action(UsageOrders.runInside.selector, "runInside");
    }

    function setOrder(uint256 seed) external counted {
        uint256 index = _subscribe(seed, tokens[1 + (_mix(seed, 1) % 3)]);
        Term storage term = _terms[index];
        Offer memory offer = _offers[term.offer];
        StandingOrder memory order = _drawOrder(term, seed);
        address wrong = _stranger(term.owner, seed);
        _refuseRun(
            term.payer,
            abi.encodeCall(IStandingOrders.set, (offer, term.id, wrong, order)),
            abi.encodeWithSelector(IStandingOrders.StandingOrders_NotHolder.selector, term.id, wrong, term.owner)
        );
        string memory field = _spoil(order, term, seed);
        _refuseRun(
            term.payer,
            abi.encodeCall(IStandingOrders.set, (offer, term.id, term.owner, order)),
            abi.encodeWithSelector(IStandingOrders.StandingOrders_BadOrder.selector, field)
        );
        _set(index, seed);
        _done();
    }

    function runOrder(uint256 seed) external counted {
        uint256 index = _ordered(seed);
        Term storage term = _terms[index];
        uint256 dueAt = term.expiresAt - term.order.ahead;
        if (block.timestamp < dueAt) {
            vm.warp(dueAt - 1);
            _refuseEarly(index, seed);
            vm.warp(dueAt + (_mix(seed, 1) % (term.order.ahead + 1)));
        }
        _run(index, _runner(seed));
        // once a period, and not before it is due again
        _refuseEarly(index, seed);
        _done();
    }

    function runLate(uint256 seed) external counted {
        uint256 index = _ordered(seed);
        Term storage term = _terms[index];
        uint256 late = term.expiresAt + 1 + (_mix(seed, 1) % 40 days);
        if (block.timestamp < late) vm.warp(late);
        if (block.timestamp > term.order.until) {
            _refuseNoOrder(index, seed);
            return _done();
        }
        _run(index, _runner(seed));
        _refuseEarly(index, seed);
        assertEq(term.expiresAt, block.timestamp + term.period, "a late period does not begin now");
        _done();
    }

    function passOn(uint256 seed) external counted {
        uint256 index = _ordered(seed);
        Term storage term = _terms[index];
        address former = term.owner;
        _pass(index, _stranger(former, seed));
        if (block.timestamp < term.expiresAt) vm.warp(term.expiresAt);
        _refuseNoOrder(index, seed);
        // it is with the holder again whom the payer meant
        if (seed % 2 == 0) {
            _pass(index, former);
            if (block.timestamp <= term.order.until) _run(index, _runner(seed));
        }
        checkTerm(index);
        _done();
    }

    function cancelOrder(uint256 seed) external counted {
        uint256 index = _ordered(seed);
        Term storage term = _terms[index];
        vm.prank(term.payer);
        standing.cancel(term.id, term.holder);
        delete term.order;
        if (block.timestamp < term.expiresAt) vm.warp(term.expiresAt);
        _refuseNoOrder(index, seed);
        _refuseRun(
            term.payer,
            abi.encodeCall(IStandingOrders.cancel, (term.id, term.holder)),
            _noOrder(term.id, term.holder, term.payer)
        );
        checkTerm(index);
        _done();
    }

    /// @notice With another offer's price, or in the name of somebody who allowed nothing.
    function runWrongly(uint256 seed) external counted {
        uint256 index = _ordered(seed);
        Term storage term = _terms[index];
        uint256 dueAt = term.expiresAt - term.order.ahead;
        if (block.timestamp < dueAt) vm.warp(dueAt);
        Offer memory offer = _offers[term.offer];
        offer.price -= uint128(1 + (seed % offer.price));
        vm.prank(_runner(seed));
        try standing.run(offer, term.id, term.payer) {
            _never("a standing order ran under other terms");
        } catch {}
        address victim = _stranger(term.payer, seed);
        offer = _offers[term.offer];
        bytes memory data = abi.encodeCall(IStandingOrders.run, (offer, term.id, victim));
        _refuseRun(_runner(seed), data, _noOrder(term.id, term.owner, victim));
        checkTerm(index);
        _done();
    }

    function runInside(uint256 seed) external counted {
        uint256 index = _subscribe(seed, address(hooked));
        _set(index, seed);
        Term storage term = _terms[index];
        vm.warp(term.expiresAt);
        bytes memory data = abi.encodeCall(IStandingOrders.run, (_offers[term.offer], term.id, term.payer));
        HookToken.When when = seed % 2 == 0 ? HookToken.When.Before : HookToken.When.After;
        hooked.setHook(when, address(standing), data, false);
        _run(index, _runner(seed));
        assertFalse(hooked.succeeded(), "a standing order ran inside its own payment");
        hooked.setHook(HookToken.When.Never, address(0), "", false);
        _done();
    }

    // ---- what is wrong

    function _spoil(
        StandingOrder memory order,
        Term storage term,
        uint256 seed
    ) private view returns (string memory field) {
        uint256 price = _offers[term.offer].price;
        uint256 way = _mix(seed, 30) % 5;
        if (way == 0) {
            order.until = uint40(block.timestamp);
            return "until";
        }
        if (way == 1) {
            order.ahead = uint32(seed % 10 minutes);
            return "ahead";
        }
        if (way == 2) {
            order.ahead = uint32(term.period / 2 < 7 days ? term.period / 2 + 1 : 7 days + 1);
            return "ahead";
        }
        if (way == 3) {
            order.maxPrice = uint128(seed % price);
            return "maxPrice";
        }
        order.tip = uint96(price + 1 + (seed % 100));
        return "tip";
    }

    /// @dev Never the payer, whose balance shows what was taken.
    function _runner(uint256 seed) internal view returns (address) {
        return _referrer(_mix(seed, 63));
    }

    function _refuseEarly(uint256 index, uint256 seed) private {
        Term storage term = _terms[index];
        bytes memory data = abi.encodeCall(IStandingOrders.run, (_offers[term.offer], term.id, term.payer));
        uint256 dueAt = term.expiresAt - term.order.ahead;
        bytes4 notDue = IStandingOrders.StandingOrders_NotDue.selector;
        _refuseRun(_runner(seed), data, abi.encodeWithSelector(notDue, term.id, dueAt));
    }

    function _refuseNoOrder(uint256 index, uint256 seed) private {
        Term storage term = _terms[index];
        bytes memory data = abi.encodeCall(IStandingOrders.run, (_offers[term.offer], term.id, term.payer));
        _refuseRun(_runner(seed), data, _noOrder(term.id, term.owner, term.payer));
    }

    function _noOrder(uint256 id, address holder, address payer) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IStandingOrders.StandingOrders_NoOrder.selector, id, holder, payer);
    }

    function _refuseRun(address caller, bytes memory data, bytes memory expected) private {
        vm.prank(caller);
        (bool ok, bytes memory answer) = address(standing).call(data);
        assertFalse(ok, "standing orders did what they must refuse");
        assertEq(answer, expected, "refused for another reason");
    }
}
