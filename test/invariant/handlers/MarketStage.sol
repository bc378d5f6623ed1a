// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {PoolKey} from "../../../contracts/exchange/IExchange.sol";
import {IMarket, Offer} from "../../../contracts/market/IMarket.sol";
import {VersionData} from "../../../contracts/registry/IModelRegistry.sol";
import {Way} from "./MarketBooks.sol";
import {MarketVerdict} from "./MarketVerdict.sol";

/// @notice Models, offers and pay tokens that an action needs before it can do what it is named after.
abstract contract MarketStage is MarketVerdict {
    uint256 internal constant POOL_FEE_BPS = 30;
    uint256 private constant POOL_DEPTH = 1e24;

    function _openPool() internal {
        vm.deal(address(this), POOL_DEPTH);
        honest.mint(address(this), POOL_DEPTH);
        honest.approve(address(exchange), POOL_DEPTH);
        PoolKey memory key = PoolKey(NATIVE, address(honest), POOL_FEE_BPS);
        exchange.addLiquidity{value: POOL_DEPTH}(key, POOL_DEPTH, POOL_DEPTH, 0, address(1), block.timestamp);
    }

    function _createModel(address creator) internal {
        vm.prank(creator);
        uint64 versionId = registry.createModel(_card(models), uint16(models % 1_001));
        assertEq(versionId, (uint64(++models) << 16) | 1, "the first version's id");
        titleOf[models] = creator;
        (creatorOf[models], createdAt[models]) = (creator, block.timestamp);
        versionsOf[models] = 1;
        versions.push(versionId);
    }

    function _card(uint256 seed) internal pure returns (VersionData memory data) {
        data.metadataHash = keccak256(abi.encode("card", seed));
        data.uri = "ipfs://card";
    }

    /// @dev An offer of the present holder of the title.
    function _draft(uint256 seed, address token) internal returns (Offer memory offer) {
        offer.versionId = versions[_mix(seed, 11) % versions.length];
        offer.creator = titleOf[uint48(offer.versionId >> 16)];
        offer.payToken = token;
        offer.price = seed % 13 == 0 ? 0 : uint128(_mix(seed, 12) % 1e12);
        offer.supply = uint32(1 + (_mix(seed, 13) % 4));
        offer.expiresAt = seed % 4 == 0 ? uint40(block.timestamp + 1 days) : 0;
        offer.buyer = seed % 5 == 0 ? _buyer(seed) : address(0);
        bool shared = _payeeOf(uint48(offer.versionId >> 16)) != offer.creator;
        offer.referrerBps = uint16(_mix(seed, 14) % (shared ? 1_001 : 5_001));
        offer.maxProtocolFeeBps = seed % 7 == 0 ? feeBps : 500;
        offer.transferable = _mix(seed, 15) % 2 == 0;
        offer.epoch = epochs[offer.creator];
        offer.salt = ++_salt;
    }

    function _track(Offer memory offer) internal returns (uint256 index) {
        index = _offers.length;
        _offers.push(offer);
        hashes.push(market.hashOffer(offer));
    }

    // claim(invariants#market-and-escrow): Of a model with a payee that is not its title holder, a referrer gets at
    //   most a tenth | a title holder that is its own referrer, past the parents of its model
    function _list(Offer memory offer) internal returns (uint256 index) {
        if (_payeeOf(uint48(offer.versionId >> 16)) != offer.creator) {
            uint16 fair = offer.referrerBps;
            offer.referrerBps = 1_001;
            _refuse(offer.creator, 0, abi.encodeCall(IMarket.createOffer, (offer)), IMarket.Market_BadTerms.selector);
            offer.referrerBps = fair;
        }
        index = _track(offer);
        vm.prank(offer.creator);
        market.createOffer(offer);
        listedOf[hashes[index]] = true;
    }

    function _drop(uint256 index) internal {
        Offer memory offer = _offers[index];
        vm.prank(offer.creator);
        market.revokeOffer(offer);
        revokedOf[hashes[index]] = true;
    }

    /// @dev A listed offer in `token` that can be bought now: one of the newest, or a new one.
    function _pick(uint256 seed, address token) internal returns (uint256) {
        _openIfClosed();
        if (!allowed[token]) _allow(token, true);
        uint256 count = _offers.length;
        for (uint256 i = 0; i < 4 && i < count; ++i) {
            uint256 index = _mix(seed, i) % count;
            Offer storage offer = _offers[index];
            bool fits = offer.payToken == token && listedOf[hashes[index]] && offer.rights == 0;
            if (fits && _verdict(index, _payer(offer, seed), Way.Plain) == 0) return index;
        }
        return _list(_draft(seed, token));
    }

    function _sign(uint256 seed, address token) internal returns (uint256) {
        _openIfClosed();
        if (!allowed[token]) _allow(token, true);
        return _track(_draft(seed, token));
    }

    /// @dev A purchase during a pause is refused; those who must buy wait for its end.
    function _openIfClosed() internal {
        if (block.timestamp < pausedUntil) vm.warp(pausedUntil);
    }

    function _openRights() internal {
        _byVote();
        licenses.setRights(address(counted_), true, false);
        rightsOpen = true;
    }

    function _allow(address token, bool allow) internal {
        _setPayToken(token, allow);
        allowed[token] = allow;
    }
}
