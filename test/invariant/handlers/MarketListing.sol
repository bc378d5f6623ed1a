// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IMarket, Offer} from "../../../contracts/market/IMarket.sol";
import {Way} from "./MarketBooks.sol";
import {MarketStage} from "./MarketStage.sol";

/// @notice Titles, versions and offers: listed, signed and revoked.
abstract contract MarketListing is MarketStage {
    function _addListingActions() internal {
        _action(MarketListing.createModel.selector, "createModel");
        // claim(invariants#market-and-escrow): Nobody sells a version whose title somebody else holds
        _action(MarketListing.publishVersion.selector, "publishVersion");
        // claim(invariants#market-and-escrow): Nobody sells a version whose title somebody else holds | an impostor
        _action(MarketListing.listOffer.selector, "listOffer");
        // claim(invariants#market-and-escrow): A revoked, expired, sold-out, repriced or moved offer is not sold, nor
        //   an offer in a token that is not on the list, or above the fee that the creator accepts
        _action(MarketListing.revokeOffer.selector, "revokeOffer");
        // claim(invariants#market-and-escrow): A revoked, expired, sold-out, repriced or moved offer is not sold, nor
        //   an offer in a token that is not on the list, or above the fee that the creator accepts
        _action(MarketListing.revokeAllSigned.selector, "revokeAllSigned");
    }

    function createModel(uint256 seed) external counted {
        _createModel(_creator(seed));
        _done();
    }

    function publishVersion(uint256 seed) external counted {
        uint48 modelId = _model(seed);
        address stranger = _stranger(titleOf[modelId], seed);
        vm.prank(stranger);
        try registry.publishVersion(modelId, _card(seed)) {
            _never("a stranger published a version");
        } catch {}

        vm.prank(titleOf[modelId]);
        uint64 versionId = registry.publishVersion(modelId, _card(seed));
        assertEq(versionId, (uint64(modelId) << 16) | ++versionsOf[modelId], "the version's number");
        versions.push(versionId);
        _done();
    }

    function listOffer(uint256 seed) external counted {
        _openIfClosed();
        Offer memory offer = _draft(seed, tokens[seed % tokens.length]);
        if (!allowed[offer.payToken]) _allow(offer.payToken, true);
        uint256 index = _list(offer);

        vm.prank(offer.creator);
        try market.createOffer(offer) {
            _never("an offer was listed twice");
        } catch (bytes memory reason) {
            assertEq(_selectorOf(reason), IMarket.Market_AlreadyListed.selector, "listed twice");
        }
        address stranger = _stranger(offer.creator, seed);
        offer.salt = ++_salt;
        vm.prank(stranger);
        try market.createOffer(offer) {
            _never("a stranger listed an offer");
        } catch (bytes memory reason) {
            assertEq(_selectorOf(reason), IMarket.Market_NotTitleHolder.selector, "listed by a stranger");
        }
        assertEq(hashes[index], market.hashOffer(_offers[index]), "terms of a listed offer changed");
        _done();
    }

    function revokeOffer(uint256 seed) external counted {
        uint256 index = _pick(seed, tokens[seed % tokens.length]);
        Offer memory offer = _offers[index];
        vm.prank(_stranger(offer.creator, seed));
        try market.revokeOffer(offer) {
            _never("a stranger revoked an offer");
        } catch {}

        vm.prank(offer.creator);
        market.revokeOffer(offer);
        revokedOf[hashes[index]] = true;
        _attempt(index, _payer(offer, seed), _buyer(seed), address(0), Way.Plain, IMarket.Market_OfferRevoked.selector);
        _done();
    }

    function revokeAllSigned(uint256 seed) external counted {
        uint256 index = _sign(seed, tokens[seed % tokens.length]);
        Offer memory offer = _offers[index];
        vm.prank(offer.creator);
        market.revokeAllSigned();
        ++epochs[offer.creator];
        _attempt(index, _payer(offer, seed), _buyer(seed), address(0), Way.Signed, IMarket.Market_WrongEpoch.selector);
        _done();
    }
}
