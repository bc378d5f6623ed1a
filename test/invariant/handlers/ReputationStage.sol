// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Offer, Order} from "../../../contracts/market/IMarket.sol";
import {Licence, Opinion, ReputationBooks, Sold} from "./ReputationBooks.sol";

/// @notice Licences that are reviewed, and the steps that actions are made of.
abstract contract ReputationStage is ReputationBooks {
    function _review(uint256 index, uint256 seed) internal {
        uint256 weight = _weightOf(index);
        Licence storage licence = _licences[index];
        assertEq(reviews.weightOf(licence.offer, licence.id), weight, "a review would have another weight");
        uint8 stars = uint8(1 + (_mix(seed, 51) % 5));
        vm.prank(licence.owner);
        assertEq(reviews.review(licence.offer, licence.id, stars, bytes32(seed)), weight, "a review weighs otherwise");
        _opinions[index] = Opinion(licence.owner, weight, stars);
        checkReview(index);
    }

    function _edit(uint256 index, uint256 seed) internal {
        uint8 stars = uint8(1 + (_mix(seed, 52) % 5));
        uint256 id = _licences[index].id;
        vm.prank(_opinions[index].author);
        reviews.edit(id, stars, bytes32(seed));
        _opinions[index].stars = stars;
        checkReview(index);
    }

    function _unreviewed(uint256 seed, Sold sold) internal returns (uint256 index) {
        uint256 count = _licences.length;
        for (uint256 i = 0; i < 4 && i < count; ++i) {
            index = _mix(seed, i) % count;
            if (_licences[index].sold == sold && _opinions[index].author == address(0)) return index;
        }
        return _newLicence(seed, sold, false);
    }

    function _reviewed(uint256 seed) internal returns (uint256 index) {
        uint256 count = _licences.length;
        for (uint256 i = 0; i < 6 && i < count; ++i) {
            index = _mix(seed, i) % count;
            if (_opinions[index].author != address(0)) return index;
        }
        index = _newLicence(seed, Sold.AtOnce, false);
        _review(index, seed);
    }

    function _newDeal(uint256 seed, bool arbitrated) internal returns (uint256 index) {
        index = _licences.length;
        Offer memory offer = _draft(seed, arbitrated, false, false);
        if (offer.price == 0) offer.price = 1;
        uint256 deal = _purchase(_offers[_createOffer(offer)], seed, address(0), true);
        _licences.push(Licence(_deals[deal].id, Sold.Deal, offer, _deals[deal].recipient, deal, FEE_BPS, 0));
    }

    /// @dev Bought at some fee of that day, which the campaign sees arrive.
    function _newLicence(uint256 seed, Sold sold, bool free) internal returns (uint256 index) {
        Offer memory offer = _offerOf(seed, sold, free);
        Licence storage licence = _licences.push();
        index = _licences.length - 1;
        licence.feeBps = _mix(seed, 61) % 3 == 0 ? FEE_BPS : _mix(seed, 62) % 501;
        _byVote();
        market.setProtocolFee(uint16(licence.feeBps));
        vm.prank(offer.creator);
        Order memory order;
        order.termsHash = market.createOffer(offer);
        order.recipient = _buyer(seed);
        // some buy more than once what weighs once
        order.quantity = sold == Sold.AtOnce ? 1 : uint32(1 + (_mix(seed, 63) % 3));
        uint256 paid = uint256(offer.price) * order.quantity;
        order.maxPrice = paid;
        uint256 before = ledger.balanceOf(offer.payToken, address(treasury));
        vm.prank(order.recipient);
        licence.id = market.purchase{value: offer.payToken == NATIVE ? paid : 0}(offer, order);
        licence.feeSeen = ledger.balanceOf(offer.payToken, address(treasury)) - before;
        (licence.sold, licence.offer, licence.owner) = (sold, offer, order.recipient);
        if (sold == Sold.Cancellable) {
            assertEq(licence.feeSeen, 0, "a fee was paid that may come back");
            _book(offer.payToken, address(subscriptions), paid);
        } else {
            address[3] memory who = [offer.creator, address(treasury), address(0)];
            _bookSale(offer.payToken, paid, licence.feeBps, 0, who);
        }
        // deals of the campaign are at this fee
        _byVote();
        market.setProtocolFee(FEE_BPS);
    }

    function _offerOf(uint256 seed, Sold sold, bool free) internal returns (Offer memory offer) {
        offer.versionId = _version(seed, false);
        offer.creator = _titleOf[uint48(offer.versionId >> 16)];
        offer.payToken = tokens[_mix(seed, 64) % tokens.length];
        // so much that a weight is cut, or so little that it rounds to nothing
        uint256 size = _mix(seed, 65) % 3;
        if (!free)
            offer.price = uint128(
                1 +
                    (_mix(seed, 66) %
                        (
                            size == 0
                                ? 1e3
                                : size == 1
                                    ? 1e12
                                    : 1e27
                        ))
            );
        (offer.supply, offer.maxProtocolFeeBps) = (1, 500);
        offer.transferable = sold != Sold.Cancellable && _mix(seed, 67) % 4 != 0;
        if (sold != Sold.AtOnce) {
            (offer.rights, , ) = licenses.rightsInfo(address(subscriptions));
            uint256 cancellable = sold == Sold.Cancellable ? 1 : 0;
            offer.rightsTerms = bytes32(uint256(30 days) | (uint256(type(uint40).max) << 32) | (cancellable << 72));
        }
        offer.salt = ++_salt;
    }
}
