// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IMarketSettings} from "../../../contracts/market/IMarketSettings.sol";
import {IResale} from "../../../contracts/resale/IResale.sol";
import {Kind} from "./ResaleBooks.sol";
import {ResaleStage} from "./ResaleStage.sol";

/// @notice Asks are cancelled, and tried where they are forged, over, or for others.
abstract contract ResaleAsks is ResaleStage {
    uint256 private constant WAYS = 11;

    function _addAsksActions() internal {
        // claim(attacks#licences-listings-offers-and-signatures): an ask whose terms were changed after it was signed
        // claim(attacks#licences-listings-offers-and-signatures): an ask that was signed for another contract or chain
        _action(ResaleAsks.forge.selector, "forge");
        // claim(attacks#licences-listings-offers-and-signatures): a royalty above what the reseller signed
        _action(ResaleAsks.refuse.selector, "refuse");
        _action(ResaleAsks.cancel.selector, "cancel");
        _action(ResaleAsks.cancelAll.selector, "cancelAll");
    }

    /// @notice What the seller signed, and a word of it changed; or what somebody else signed.
    function forge(uint256 seed) external counted {
        _waitForPause();
        uint256 index = _find(seed, Kind(_mix(seed, 1) % 3));
        Trade memory trade = _trade(index, seed, seed % 2 == 0);
        trade.bid.minMeasure = 0;
        uint256 key = _keyOf(trade.ask.seller);
        uint256 way = _mix(seed, 2) % 8;
        if (way == 0) (trade.ask.price, trade.ask.maxRoyaltyBps) = (trade.ask.price / 2, 1_001);
        if (way == 1) trade.ask.payToken = trade.ask.payToken == NATIVE ? address(honest) : NATIVE;
        if (way == 2) trade.ask.bit = _nextBit(trade.ask.seller, trade.ask.bit);
        if (way == 3) trade.signature = _signAs(trade.ask, FIRST_KEY, block.chainid, address(resale));
        if (way == 4) trade.signature = _signAs(trade.ask, key, block.chainid + 1, address(resale));
        if (way == 5) trade.signature = _signAs(trade.ask, key, block.chainid, address(market));
        if (way == 6) trade.ask.expiresAt = uint40(block.timestamp + 180 days);
        if (way == 7) (trade.ask.buyer, trade.ask.maxFeeBps) = (trade.payer, 501);
        bytes32 hash = _hashOf(trade.ask);
        _refuse(trade, abi.encodeWithSelector(IResale.Resale_BadSignature.selector, hash, trade.ask.seller));
        // in the name of a holder who signed nothing
        trade.ask.seller = trade.payer;
        (trade.ask.epoch, trade.ask.bit) = (_epochOf[trade.payer], _freeBit(trade.payer, seed));
        hash = _hashOf(trade.ask);
        _refuse(trade, abi.encodeWithSelector(IResale.Resale_BadSignature.selector, hash, trade.payer));
        checkPiece(index);
        _done();
    }

    /// @notice What is signed and must not be sold: too late, too early, to somebody else, or at other rates.
    function refuse(uint256 seed) external counted {
        _waitForPause();
        bool delivers = seed % 2 == 0;
        Trade memory trade = _trade(_find(seed, Kind(_mix(seed, 1) % 3)), seed, delivers);
        trade.bid.minMeasure = 0;
        uint256 way = _mix(seed, 2) % WAYS;
        uint256 value = _valueOf(trade);
        if (way == 7) value = trade.ask.payToken == NATIVE ? trade.ask.price + 1 : 1;
        bytes memory expected = _spoil(trade, way, delivers);
        trade.signature = _sign(trade.ask);
        _refuseFor(trade, value, expected);
        checkPiece(trade.piece);
        _done();
    }

    function cancel(uint256 seed) external counted {
        _waitForPause();
        Trade memory trade = _trade(_find(seed, Kind(_mix(seed, 1) % 3)), seed, seed % 2 == 0);
        trade.bid.minMeasure = 0;
        vm.prank(trade.ask.seller);
        resale.cancel(trade.ask.bit);
        _use(trade.ask.seller, trade.ask.bit);
        _refuse(trade, _used(trade));
        vm.prank(trade.ask.seller);
        try resale.cancel(trade.ask.bit) {
            _never("an ask was cancelled twice");
        } catch (bytes memory reason) {
            assertEq(reason, _used(trade), "cancelled twice");
        }
        _done();
    }

    /// @notice All that was signed dies, and every bit is free again.
    function cancelAll(uint256 seed) external counted {
        _waitForPause();
        uint256 index = _find(seed, Kind.Plain);
        Trade memory trade = _trade(index, seed, false);
        _cancelAll(trade.ask.seller);
        bytes4 wrongEpoch = IResale.Resale_WrongEpoch.selector;
        uint32 now_ = _epochOf[trade.ask.seller];
        _refuse(trade, abi.encodeWithSelector(wrongEpoch, trade.ask.seller, now_ - 1, now_));
        trade.ask.epoch = now_ + 1;
        trade.signature = _sign(trade.ask);
        _refuse(trade, abi.encodeWithSelector(wrongEpoch, trade.ask.seller, now_ + 1, now_));
        trade.ask.epoch = now_;
        trade.signature = _sign(trade.ask);
        if (seed % 2 == 0) _buyAsk(trade);
        _done();
    }

    // ---- what is wrong

    function _spoil(Trade memory trade, uint256 way, bool delivers) private view returns (bytes memory) {
        uint256 time = block.timestamp;
        if (way == 0) {
            trade.ask.expiresAt = uint40(time - 1);
            return abi.encodeWithSelector(IResale.Resale_Expired.selector, time - 1);
        }
        if (way == 1) {
            trade.ask.expiresAt = uint40(time + 180 days + 1);
            return abi.encodeWithSelector(IResale.Resale_TooFarAhead.selector, time + 180 days + 1, time + 180 days);
        }
        if (way == 2) {
            trade.ask.buyer = trade.ask.seller;
            return abi.encodeWithSelector(IResale.Resale_NotTheBuyer.selector, trade.payer, trade.ask.seller);
        }
        if (way == 3 && _feeBps != 0) {
            trade.ask.maxFeeBps = _feeBps - 1;
            return abi.encodeWithSelector(IResale.Resale_FeeAboveBound.selector, _feeBps, _feeBps - 1);
        }
        uint16 royalty = _royaltyOf[uint48(_pieces[trade.piece].versionId >> 16)];
        if (way == 4 && royalty != 0) {
            trade.ask.maxRoyaltyBps = royalty - 1;
            return abi.encodeWithSelector(IResale.Resale_RoyaltyAboveBound.selector, royalty, royalty - 1);
        }
        if (way == 5) {
            trade.ask.bit = uint8(BITS);
            return abi.encodeWithSelector(IResale.Resale_BadTerms.selector, "bit");
        }
        if (way == 6) {
            trade.ask.payToken = address(licenses);
            return abi.encodeWithSelector(IMarketSettings.Market_TokenNotListed.selector, address(licenses));
        }
        if (way == 7) {
            uint256 price = _valueOf(trade);
            uint256 sent = trade.ask.payToken == NATIVE ? price + 1 : 1;
            return abi.encodeWithSelector(IResale.Resale_WrongValue.selector, sent, price);
        }
        if (way == 8 && !delivers) {
            trade.ask.complaintWindow = 2 days;
            return abi.encodeWithSelector(IResale.Resale_BadTerms.selector, "complaintWindow");
        }
        if (way == 9 && !delivers) {
            trade.bid.pad = trade.payer;
            return abi.encodeWithSelector(IResale.Resale_PadNotNeeded.selector);
        }
        // of a version that the licence does not cover
        if (!delivers) {
            trade.ask.versionId = _pieces[trade.piece].versionId;
            return abi.encodeWithSelector(IResale.Resale_BadTerms.selector, "versionId");
        }
        trade.ask.versionId += way % 2 == 0 ? 1 << 16 : 40_000;
        return abi.encodeWithSelector(IResale.Resale_NotCovered.selector, trade.ask.licenseId, trade.ask.versionId);
    }

    function _used(Trade memory trade) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(IResale.Resale_Used.selector, trade.ask.seller, trade.ask.bit);
    }

    function _isUsed(address seller, uint8 bit) internal view returns (bool) {
        return _usedBits[seller] & (uint224(1) << bit) != 0;
    }

    function _nextBit(address seller, uint8 bit) internal view returns (uint8) {
        do bit = uint8((uint256(bit) + 1) % BITS); while (_isUsed(seller, bit));
        return bit;
    }
}
