// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IERC721Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";

import {ILicenseToken} from "../../../contracts/license/ILicenseToken.sol";
import {IRevenueLedger} from "../../../contracts/ledger/IRevenueLedger.sol";
import {IResale} from "../../../contracts/resale/IResale.sol";
import {HookToken} from "../../contracts/tokens/HookToken.sol";
import {Kind, Piece} from "./ResaleBooks.sol";
import {ResaleAsks} from "./ResaleAsks.sol";

/// @notice Licences are sold at once, and thieves try asks that are used, of another licence, or in another token.
abstract contract ResaleSales is ResaleAsks {
    function _addSalesActions() internal {
        // claim(invariants#market-and-escrow): the credits of a resale are its price; fee and royalty are rounded down
        _action(ResaleSales.sell.selector, "sell");
        // claim(attacks#licences-listings-offers-and-signatures): an ask used again after the licence came back to its
        //   seller
        _action(ResaleSales.replay.selector, "replay");
        // claim(attacks#licences-listings-offers-and-signatures): two asks for one licence
        _action(ResaleSales.sellTwice.selector, "sellTwice");
        // claim(attacks#licences-listings-offers-and-signatures): a licence sold by somebody who gave it away meanwhile
        _action(ResaleSales.giveAway.selector, "giveAway");
        // claim(attacks#licences-listings-offers-and-signatures): a term that runs down before its resale
        _action(ResaleSales.wearDown.selector, "wearDown");
        _action(ResaleSales.sellSoulbound.selector, "sellSoulbound");
        // claim(attacks#licences-listings-offers-and-signatures): fee-taking tokens
        _action(ResaleSales.hostileToken.selector, "hostileToken");
        // claim(attacks#licences-listings-offers-and-signatures): re-entry by a token before and after its transfer
        _action(ResaleSales.reenter.selector, "reenter");
    }

    function sell(uint256 seed) external counted {
        _waitForPause();
        _buyAsk(_trade(_find(seed, Kind(_mix(seed, 1) % 3)), seed, false));
        _done();
    }

    function replay(uint256 seed) external counted {
        _waitForPause();
        Trade memory trade = _trade(_find(seed, Kind.Plain), seed, seed % 2 == 0);
        trade.ask.buyer = address(0);
        trade.signature = _sign(trade.ask);
        uint256 sale = _buyAsk(trade);
        if (seed % 2 == 0) {
            // the licence comes back by a refund
            _refundBySeller(sale);
        } else {
            _give(trade.piece, trade.ask.seller);
        }
        trade.payer = _stranger(trade.ask.seller, _mix(seed, 2));
        _refuse(trade, _used(trade));
        // nor another one of the bit
        trade.ask.price /= 2;
        trade.signature = _sign(trade.ask);
        _refuse(trade, _used(trade));
        _done();
    }

    function sellTwice(uint256 seed) external counted {
        _waitForPause();
        uint256 index = _find(seed, Kind(_mix(seed, 1) % 3));
        Trade memory first = _trade(index, seed, seed % 3 == 0);
        if (first.bid.recipient == first.ask.seller) first.bid.recipient = first.payer;
        Trade memory second = _trade(index, _mix(seed, 2), seed % 5 == 0);
        // with the bit of the first, or another
        bool sameBit = seed % 2 == 0;
        second.ask.bit =
            sameBit
                ? first.ask.bit
                : first.ask.bit == 0
                    ? 1
                    : first.ask.bit - 1;
        if (_isUsed(second.ask.seller, second.ask.bit)) sameBit = true;
        second.bid.minMeasure = 0;
        second.signature = _sign(second.ask);
        _buyAsk(first);
        _refuse(second, sameBit ? _used(second) : _notWith(second.ask.seller, index));
        _done();
    }

    function giveAway(uint256 seed) external counted {
        _waitForPause();
        uint256 index = _find(seed, Kind(_mix(seed, 1) % 3));
        Trade memory trade = _trade(index, seed, seed % 2 == 0);
        _give(index, _stranger(trade.ask.seller, _mix(seed, 2)));
        trade.bid.minMeasure = 0;
        _refuse(trade, _notWith(trade.ask.seller, index));
        checkPiece(index);
        _done();
    }

    function wearDown(uint256 seed) external counted {
        _waitForPause();
        uint256 index = _find(seed, Kind.Term);
        Trade memory trade = _trade(index, seed, seed % 2 == 0);
        uint256 measure = _pieces[index].expiresAt;
        trade.bid.minMeasure = measure + 1 + (_mix(seed, 1) % 100 days);
        bytes4 worn = IResale.Resale_Worn.selector;
        _refuse(trade, abi.encodeWithSelector(worn, trade.ask.licenseId, measure, trade.bid.minMeasure));
        trade.bid.minMeasure = measure;
        _buyAsk(trade);
        _done();
    }

    function sellSoulbound(uint256 seed) external counted {
        _waitForPause();
        uint256 index = _newPiece(seed, Kind(seed % 2), _version(seed, false), false);
        Trade memory trade = _trade(index, seed, _mix(seed, 1) % 2 == 0);
        if (trade.bid.recipient == trade.ask.seller) trade.bid.recipient = trade.payer;
        _refuse(trade, abi.encodeWithSelector(ILicenseToken.LicenseToken_Soulbound.selector, trade.ask.licenseId));
        checkPiece(index);
        _done();
    }

    function hostileToken(uint256 seed) external counted {
        _waitForPause();
        uint256 index = _find(seed, Kind.Plain);
        Trade memory trade = _trade(index, seed, seed % 2 == 0);
        (trade.ask.payToken, trade.ask.price) = (address(taking), uint128(1_000 + (_mix(seed, 1) % 1e9)));
        trade.signature = _sign(trade.ask);
        vm.prank(trade.payer);
        (bool ok, bytes memory answer) = address(resale).call(
            abi.encodeCall(IResale.buy, (trade.ask, trade.bid, trade.signature))
        );
        assertFalse(ok, "a token that charges for transfers bought a licence");
        assertEq(_selectorOf(answer), IRevenueLedger.RevenueLedger_Unbacked.selector, "unbacked");
        checkPiece(index);
        _done();
    }

    /// @notice The token calls back while the price moves, with an ask that costs nothing and that anybody may buy.
    function reenter(uint256 seed) external counted {
        _waitForPause();
        uint256 index = _find(seed, Kind.Plain);
        Trade memory outer = _trade(index, seed, seed % 2 == 0);
        (outer.ask.payToken, outer.ask.price) = (address(hooked), uint128(1 + (_mix(seed, 1) % 1e9)));
        outer.signature = _sign(outer.ask);
        uint256 other = _newPiece(_mix(seed, 2), Kind.Plain, _version(seed, false), true);
        Trade memory inner = _trade(other, _mix(seed, 3), false);
        (inner.ask.payToken, inner.ask.price, inner.ask.buyer) = (address(honest), 0, address(0));
        if (inner.ask.bit == outer.ask.bit) inner.ask.bit = _nextBit(inner.ask.seller, inner.ask.bit);
        inner.signature = _sign(inner.ask);
        bytes memory data = abi.encodeCall(IResale.buy, (inner.ask, inner.bid, inner.signature));
        HookToken.When when = _mix(seed, 4) % 2 == 0 ? HookToken.When.Before : HookToken.When.After;
        hooked.setHook(when, address(resale), data, false);
        _buyAsk(outer);
        hooked.setHook(HookToken.When.Never, address(0), "", false);
        assertFalse(hooked.succeeded(), "the resale was entered inside its own payment");
        bytes4 guard = ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector;
        assertEq(_selectorOf(hooked.returned()), guard, "refused for another reason");
        checkPiece(other);
        _done();
    }

    // ---- steps

    function _notWith(address seller, uint256 index) private view returns (bytes memory) {
        Piece storage piece = _pieces[index];
        address holder = piece.sale != 0 ? address(resale) : piece.owner;
        return abi.encodeWithSelector(IERC721Errors.ERC721IncorrectOwner.selector, seller, piece.id, holder);
    }

    function _refundBySeller(uint256 sale) internal virtual;
}
