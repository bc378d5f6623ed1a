// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ILicenseToken} from "../../../contracts/license/ILicenseToken.sol";
import {IMarket, Offer, Order} from "../../../contracts/market/IMarket.sol";
import {IRights, Sale} from "../../../contracts/market/IRights.sol";
import {IRightsModule} from "../../../contracts/rights/IRightsModule.sol";
import {ISubscriptions} from "../../../contracts/rights/ISubscriptions.sol";
import {Kind, Right} from "./RightsBooks.sol";
import {RightsPurchases} from "./RightsPurchases.sol";

/// @notice What is kept for cancellable subscriptions is released and refunded, and thieves try to get it.
abstract contract RightsMoney is RightsPurchases {
    function _addMoneyActions() internal {
        _action(RightsMoney.release.selector, "release");
        _action(RightsMoney.releaseOften.selector, "releaseOften");
        // claim(attacks#licences-listings-offers-and-signatures): a subscription cancelled twice
        _action(RightsMoney.cancel.selector, "cancel");
        _action(RightsMoney.cancelAtOnce.selector, "cancelAtOnce");
        // claim(invariants#market-and-escrow): a cancellable subscription never changes hands
        _action(RightsMoney.handOver.selector, "handOver");
        // claim(attacks#licences-listings-offers-and-signatures): a licence cancelled under the terms of a more
        //   expensive offer
        // claim(attacks#licences-listings-offers-and-signatures): a renewal of a licence that was never issued
        // claim(attacks#licences-listings-offers-and-signatures): rights granted by another than the market
        _action(RightsMoney.forge.selector, "forge");
        _action(RightsMoney.withdraw.selector, "withdraw");
    }

    function release(uint256 seed) external counted {
        uint256 index = _find(seed, _isCancellable, Kind.Cancellable);
        _release(index, _referrer(seed), false);
        // a second time in the same second
        _release(index, _buyer(seed), false);
        _done();
    }

    function releaseOften(uint256 seed) external counted {
        uint256 index = _find(seed, _isRunningCancellable, Kind.Cancellable);
        uint256 treasury_ = _rights[index].toTreasury + _feeOf(_rights[index], _heldFor(index));
        for (uint256 i = 0; i < 8; ++i) {
            vm.warp(block.timestamp + 1 + (_mix(seed, i) % (i < 4 ? 50 : 5 days)));
            _release(index, _buyer(i), false);
        }
        // claim(invariants#market-and-escrow): the fees of any releases add up to the fee of one release of the same
        //   time
        assertEq(
            _rights[index].toTreasury + _feeOf(_rights[index], _heldFor(index)),
            treasury_,
            "a schedule of releases changed the fee"
        );
        _done();
    }

    function cancel(uint256 seed) external counted {
        uint256 index = _find(seed, _isRunningCancellable, Kind.Cancellable);
        Right storage right = _rights[index];
        bytes memory data = abi.encodeCall(ISubscriptions.cancel, (_offers[right.offer], right.id));
        _refuseCall(_stranger(right.owner, seed), data, IRightsModule.Rights_NotOwner.selector);
        uint256 paid = right.paid;
        _release(index, right.owner, true);
        uint256 refunded = right.refunded;
        // twice, and renewed from where it ended
        _release(index, right.owner, true);
        assertEq(right.refunded, refunded, "cancelled twice");
        if (_renew(index, right.owner, 1, address(0)) && seed % 2 == 0) {
            _release(index, right.owner, true);
            assertLe(right.refunded, paid + _offers[right.offer].price, "more came back than was paid");
        }
        _done();
    }

    // claim(attacks#licences-listings-offers-and-signatures): a subscription bought, used and cancelled in one second
    function cancelAtOnce(uint256 seed) external counted {
        uint256 index = _buy(_pick(seed, Kind.Cancellable), _buyer(seed), 1 + (_mix(seed, 1) % 3), address(0));
        Right storage right = _rights[index];
        uint256 period = _terms[right.offer].period;
        uint256 kept = period / 30 < 1 hours ? 1 hours : period / 30;
        _release(index, right.owner, true);
        assertEq(right.expiresAt, block.timestamp + kept, "a cancellation ended what is kept");
        uint256 rest = right.quantity * period - kept;
        assertEq(right.refunded, (uint256(_offers[right.offer].price) * rest) / period, "the first part came back");
        _done();
    }

    function handOver(uint256 seed) external counted {
        uint256 index = _find(seed, _isCancellable, Kind.Cancellable);
        Right storage right = _rights[index];
        vm.startPrank(right.owner);
        licenses.approve(_referrer(seed), right.id);
        try licenses.transferFrom(right.owner, _stranger(right.owner, seed), right.id) {
            _never("a licence that can be turned into money changed hands");
        } catch (bytes memory reason) {
            assertEq(_selectorOf(reason), ILicenseToken.LicenseToken_Soulbound.selector, "soulbound");
        }
        vm.stopPrank();
        vm.prank(_referrer(seed));
        try licenses.transferFrom(right.owner, _referrer(seed), right.id) {
            _never("a licence that can be turned into money was sold");
        } catch (bytes memory reason) {
            assertEq(_selectorOf(reason), ILicenseToken.LicenseToken_Soulbound.selector, "soulbound");
        }
        checkRight(index);
        _done();
    }

    /// @notice Other offers, ids that nobody bought, and grants of others than the market.
    function forge(uint256 seed) external counted {
        uint256 index = _find(seed, _isCancellable, Kind.Cancellable);
        Right memory right = _rights[index];
        Offer memory dear = _offers[right.offer];
        dear.price += 1 + uint128(_mix(seed, 1) % 1e12);
        _refuseCall(
            right.owner,
            abi.encodeCall(ISubscriptions.cancel, (dear, right.id)),
            IRightsModule.Rights_NotItsOffer.selector
        );
        _refuseCall(
            _buyer(seed),
            abi.encodeCall(ISubscriptions.release, (dear, right.id)),
            IRightsModule.Rights_NotItsOffer.selector
        );
        // the count of an offer's licences never gets that far
        uint256 unsold = right.id | (1 << 31);
        Offer memory offer = _offers[right.offer];
        _refuseCall(
            _buyer(seed),
            abi.encodeCall(ISubscriptions.release, (offer, unsold)),
            IRightsModule.Rights_NotItsOffer.selector
        );
        Order memory order = _order(right.offer, right.owner, 1);
        order.renews = unsold;
        bytes4 defective = _defective[offer.versionId] ? IMarket.Market_VersionDefective.selector : bytes4(0);
        bytes4 expected = ISubscriptions.Subscriptions_NotRenewable.selector;
        _refuse(right.offer, order, right.owner, defective == 0 ? expected : defective);
        order.renews = right.id ^ (uint256(1) << (32 + (_mix(seed, 2) % 168)));
        expected = IMarket.Market_NotItsOffer.selector;
        _refuse(right.offer, order, right.owner, defective == 0 ? expected : defective);
        _forgeGrant(right, seed);
        checkRight(index);
        _done();
    }

    function withdraw(uint256 seed) external counted {
        if (_takeOut(seed)) _done();
    }

    function _forgeGrant(Right memory right, uint256 seed) private {
        Sale memory sale;
        (sale.licenseId, sale.terms, sale.quantity) = (right.id, _offers[right.offer].rightsTerms, 1);
        (sale.payer, sale.recipient) = (right.owner, right.owner);
        sale.renewal = seed % 2 == 0;
        address[4] memory others = [right.owner, _offers[right.offer].creator, address(timelock), address(escrow)];
        bytes4 notMarket = IRightsModule.Rights_NotMarket.selector;
        _refuseCall(others[_mix(seed, 3) % 4], abi.encodeCall(IRights.grant, (sale)), notMarket);
    }

    function _refuseCall(address caller, bytes memory data, bytes4 expected) private {
        vm.prank(caller);
        (bool ok, bytes memory answer) = address(subscriptions).call(data);
        assertFalse(ok, "the module did what it must refuse");
        assertEq(_selectorOf(answer), expected, "refused for another reason");
    }
}
