// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ERC2771Forwarder} from "@openzeppelin/contracts/metatx/ERC2771Forwarder.sol";
import {Vm} from "forge-std/Vm.sol";

import {ILicenseToken} from "../../../contracts/license/ILicenseToken.sol";
import {IMarket, Offer, Order} from "../../../contracts/market/IMarket.sol";
import {IMarketSettings} from "../../../contracts/market/IMarketSettings.sol";
import {Permit} from "../../../contracts/utils/Permit.sol";
import {MarketBooks, Sold, Way} from "./MarketBooks.sol";
import {Signatures} from "./Signatures.sol";

/// @notice What the market must say to a purchase, judged by the books before the call and compared with its answer.
abstract contract MarketVerdict is MarketBooks, Signatures {
    // claim(invariants#market-and-escrow): A revoked, expired, sold-out, repriced or moved offer is not sold, nor an
    //   offer in a token that is not on the list, or above the fee that the creator accepts | a buyer or creator who
    //   holds the other to terms that no longer apply
    // claim(invariants#market-and-escrow): No purchase during a pause, and purchases again in the second in which it
    //   ends; a pause above 7 days, or within 60 days of the start of the last under the same mandate, is refused
    /// @dev The first reason to refuse a purchase for the price, in the order in which the market documents them; 0 when there is none.
    function _verdict(uint256 index, address payer, Way way) internal view returns (bytes4) {
        Offer storage offer = _offers[index];
        bytes32 termsHash = hashes[index];
        if (feeBps > offer.maxProtocolFeeBps) return IMarket.Market_FeeAboveBound.selector;
        if (block.timestamp < pausedUntil) return IMarketSettings.Market_Paused.selector;
        if (offer.expiresAt != 0 && block.timestamp > offer.expiresAt) return IMarket.Market_OfferExpired.selector;
        if (offer.buyer != address(0) && offer.buyer != payer) return IMarket.Market_NotTheBuyer.selector;
        uint48 modelId = uint48(offer.versionId >> 16);
        if (titleOf[modelId] != offer.creator) return IMarket.Market_TitleMoved.selector;
        bool shared = _payeeOf(modelId) != offer.creator;
        if (shared && offer.referrerBps > 1_000) return IMarket.Market_BadTerms.selector;
        if (revokedOf[termsHash]) return IMarket.Market_OfferRevoked.selector;
        if (soldOf[termsHash] >= offer.supply) return IMarket.Market_SoldOut.selector;
        if (!allowed[offer.payToken]) return IMarketSettings.Market_TokenNotListed.selector;
        if (!listedOf[termsHash]) {
            if (way != Way.Signed) return IMarket.Market_NotListed.selector;
            if (offer.epoch != epochs[offer.creator]) return IMarket.Market_WrongEpoch.selector;
        }
        return offer.rights == 0 || rightsOpen ? bytes4(0) : ILicenseToken.LicenseToken_RightsClosed.selector;
    }

    // claim(invariants#market-and-escrow): The payer pays the price and nothing else; the rest of a cart comes back |
    //   the market, or the next caller who finds money in it
    /// @dev Buys and keeps the books, or makes sure that the market refused for the reason that was expected.
    function _attempt(
        uint256 index,
        address payer,
        address recipient,
        address referrer,
        Way way,
        bytes4 expected
    ) internal {
        assertEq(_verdict(index, payer, way), expected, "the handler did not prepare what it meant to");
        Offer memory offer = _offers[index];
        Order memory order = _order(index, recipient, referrer);
        uint256 value = offer.payToken == NATIVE ? offer.price : 0;
        uint256 before = _held(offer.payToken, payer);

        // a forwarder does not hand the answer on: the event has the id
        if (way == Way.Forwarded) vm.recordLogs();
        (bool ok, bytes memory answer) = _send(index, offer, order, payer, value, way);
        if (expected != 0) {
            assertFalse(ok, "the market sold what it must refuse");
            // a forwarder does not hand the reason on
            if (way != Way.Forwarded) assertEq(_selectorOf(answer), expected, "refused for another reason");
            return;
        }
        assertTrue(ok, "the market refused a purchase that is in order");
        assertEq(_held(offer.payToken, payer), before - offer.price, "the payer paid something else than the price");
        uint256 id = way == Way.Forwarded ? _announcedId() : abi.decode(answer, (uint256));
        _sold(index, id, recipient, referrer);
    }

    function _send(
        uint256 index,
        Offer memory offer,
        Order memory order,
        address payer,
        uint256 value,
        Way way
    ) private returns (bool ok, bytes memory answer) {
        bytes memory data = abi.encodeCall(IMarket.purchase, (offer, order));
        if (way == Way.Signed) data = abi.encodeCall(IMarket.purchaseSigned, (offer, order, _signature(index)));
        if (way == Way.Permitted) {
            vm.prank(payer);
            honest.approve(address(market), 0);
            Permit memory permit = _permit(payer, offer.price);
            if (index % 2 == 0) {
                // somebody saw the permit and used it first
                honest.permit(payer, address(market), permit.value, permit.deadline, permit.v, permit.r, permit.s);
            }
            data = abi.encodeCall(IMarket.purchaseWithPermit, (offer, order, permit));
        }
        if (way == Way.Forwarded) return _forward(payer, value, data);

        vm.prank(payer);
        (ok, answer) = address(market).call{value: value}(data);
        if (way == Way.Permitted) {
            vm.prank(payer);
            honest.approve(address(market), type(uint256).max);
        }
    }

    function _refuse(address payer, uint256 value, bytes memory data, bytes4 expected) internal {
        vm.prank(payer);
        (bool ok, bytes memory answer) = address(market).call{value: value}(data);
        assertFalse(ok, "the market accepted what it must refuse");
        assertEq(_selectorOf(answer), expected, "refused for another reason");
    }

    function _sold(uint256 index, uint256 id, address recipient, address referrer) internal {
        _soldFor(index, id, recipient, referrer, _offers[index].price);
    }

    function _soldFor(uint256 index, uint256 id, address recipient, address referrer, uint256 price) internal {
        Offer memory offer = _offers[index];
        bytes32 termsHash = hashes[index];
        _bookPrice(index, price, feeBps, referrer);
        soldOf[termsHash] += 1;
        _licenses.push(Sold(id, recipient, offer.transferable, offer.rights, feeBps, index));
        assertEq(uint64(id >> 64), offer.versionId, "a licence is for another version than the offer");
        assertTrue(market.soldUnder(id, termsHash), "a licence was not sold under its offer");
        assertTrue(licenses.isAuthorized(id, recipient), "the licensee of a sale has no rights");
        (uint32 sold, , ) = market.offerState(termsHash);
        assertEq(sold, soldOf[termsHash], "the count of what was sold");
    }

    /// @dev The price of a sale or a renewal, to the rights module that keeps it, or to those who share it.
    function _bookPrice(uint256 index, uint256 price, uint256 takenBps, address referrer) internal {
        Offer memory offer = _offers[index];
        if (offer.rights != 0 && counted_.keeps()) {
            _book(offer.payToken, address(counted_), price);
            return;
        }
        _bookSale(
            offer.payToken,
            price,
            takenBps,
            referrer == address(0) ? 0 : offer.referrerBps,
            [_payeeOf(uint48(offer.versionId >> 16)), treasuryNow, referrer]
        );
    }

    function _announcedId() private returns (uint256) {
        Vm.Log[] memory logs = vm.getRecordedLogs();
        for (uint256 i = logs.length; i > 0; --i) {
            bool sale = logs[i - 1].topics[0] == IMarket.LicenseSold.selector;
            if (sale && logs[i - 1].emitter == address(market)) return uint256(logs[i - 1].topics[2]);
        }
        revert("no sale was announced");
    }

    function _signature(uint256 index) internal view returns (bytes memory) {
        Offer memory offer = _offers[index];
        return _signed(_keyOf(offer.creator), market.offerDigest(offer));
    }

    function _permit(address payer, uint256 value) internal view returns (Permit memory) {
        return _signPermit(honest, _keyOf(payer), address(market), value);
    }

    function _forward(address payer, uint256 value, bytes memory data) internal returns (bool ok, bytes memory answer) {
        ERC2771Forwarder.ForwardRequestData memory request = _signRequest(
            forwarder,
            _keyOf(payer),
            address(market),
            value,
            data
        );
        // a sponsor relays it; where the price is coin that comes with the request, the payer does
        vm.prank(value == 0 ? _arbiter(payer.balance) : payer);
        (ok, answer) = address(forwarder).call{value: value}(abi.encodeCall(ERC2771Forwarder.execute, (request)));
    }
}
