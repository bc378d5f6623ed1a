// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IMarket, Order} from "../../../contracts/market/IMarket.sol";
import {ISubscriptions} from "../../../contracts/rights/ISubscriptions.sol";
import {SeatLicenses} from "../../../contracts/rights/SeatLicenses.sol";
import {Kind, Right} from "./RightsBooks.sol";
import {RightsStage} from "./RightsStage.sol";

/// @notice Licences with rights are bought, and renewed by those who may.
abstract contract RightsPurchases is RightsStage {
    function _addPurchasesActions() internal {
        // claim(invariants#market-and-escrow): a purchase, a renewal and a release pay the payee of that second | the
        //   former holder of a title
        _action(RightsPurchases.subscribe.selector, "subscribe");
        // claim(attacks#licences-listings-offers-and-signatures): a refundable licence given to be turned into cash
        _action(RightsPurchases.subscribeCancellable.selector, "subscribeCancellable");
        _action(RightsPurchases.buySeats.selector, "buySeats");
        // claim(invariants#market-and-escrow): the end of a subscription falls only by a cancellation of its holder,
        //   and a renewal costs the price of the terms that it was sold under, or is refused
        _action(RightsPurchases.renew.selector, "renew");
        _action(RightsPurchases.renewAsAnyone.selector, "renewAsAnyone");
        _action(RightsPurchases.renewLapsed.selector, "renewLapsed");
    }

    function subscribe(uint256 seed) external counted {
        address referrer = seed % 2 == 0 ? _referrer(seed) : address(0);
        _buy(_pick(seed, Kind.Term), _buyer(seed), 1 + (_mix(seed, 1) % 3), referrer);
        _done();
    }

    function subscribeCancellable(uint256 seed) external counted {
        uint256 offer = _pick(seed, Kind.Cancellable);
        address payer = _buyer(seed);
        Order memory order = _order(offer, _stranger(payer, seed), 1);
        _refuse(offer, order, payer, ISubscriptions.Subscriptions_NotAGift.selector);
        _buy(offer, payer, 1 + (_mix(seed, 1) % 3), seed % 2 == 0 ? _referrer(seed) : address(0));
        _done();
    }

    function buySeats(uint256 seed) external counted {
        uint256 index = _buy(_pick(seed, Kind.Seats), _buyer(seed), 1 + (_mix(seed, 1) % 3), _referrer(seed));
        Right memory right = _rights[index];
        Order memory order = _order(right.offer, right.owner, 1);
        order.renews = right.id;
        _refuse(right.offer, order, right.owner, SeatLicenses.SeatLicenses_NotRenewable.selector);
        _done();
    }

    function renew(uint256 seed) external counted {
        uint256 index = _find(seed, _isRenewableByHolder, seed % 2 == 0 ? Kind.Term : Kind.Cancellable);
        if (_refusalOf(index, _rights[index].owner, 1).length != 0) return;
        _renew(index, _rights[index].owner, 1, _referrer(seed));
        // as many more as there may be, or too many
        _renew(index, _rights[index].owner, 1 + (_mix(seed, 1) % 4), address(0));
        _done();
    }

    /// @notice Any licence by any buyer: the books say whether it is renewed.
    function renewAsAnyone(uint256 seed) external counted {
        for (uint256 i = 0; i < 4 && i < _rights.length; ++i) {
            uint256 index = _mix(seed, i) % _rights.length;
            if (_terms[_rights[index].offer].kind == Kind.Seats) continue;
            _renew(index, _buyer(_mix(seed, 9)), 1, address(0));
            _done();
            return;
        }
        uint256 made = _buy(_pick(seed, Kind.Cancellable), _buyer(seed), 1, address(0));
        assertFalse(_renew(made, _stranger(_rights[made].owner, seed), 1, address(0)), "renewed by a stranger");
        _done();
    }

    function renewLapsed(uint256 seed) external counted {
        uint256 index = _find(seed, _isPromised, seed % 3 == 0 ? Kind.Term : Kind.Cancellable);
        Right storage right = _rights[index];
        if (block.timestamp <= right.expiresAt) {
            vm.warp(right.expiresAt);
            assertTrue(licenses.isAuthorized(right.id, right.owner), "the last second was taken away");
            vm.warp(right.expiresAt + 1 + (_mix(seed, 1) % 3 == 0 ? 0 : _mix(seed, 1) % 1 days));
        }
        if (_isCancellable(index) && right.releasedTo != right.expiresAt) {
            assertFalse(_renew(index, right.owner, 1, address(0)), "what a lapsed term earned was lost");
            _release(index, _buyer(seed), false);
        }
        _renew(index, right.owner, 1, address(0));
        assertTrue(licenses.isAuthorized(right.id, right.owner), "a renewed licence cannot be used");
        _done();
    }

    function _refuse(uint256 offer, Order memory order, address payer, bytes4 expected) internal {
        bytes memory data = abi.encodeCall(IMarket.purchase, (_offers[offer], order));
        vm.prank(payer);
        (bool ok, bytes memory answer) = address(market).call{
            value: _offers[offer].payToken == NATIVE ? order.maxPrice : 0
        }(data);
        assertFalse(ok, "the market sold what it must refuse");
        assertEq(_selectorOf(answer), expected, "refused for another reason");
    }
}
