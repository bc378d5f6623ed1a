// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Deal, DealStatus} from "../../../contracts/escrow/IEscrow.sol";
import {Offer, Order} from "../../../contracts/market/IMarket.sol";
import {Ask, Bid, IResale} from "../../../contracts/resale/IResale.sol";
import {Act, Book} from "./EscrowBooks.sol";
import {Kind, Piece, ResaleBooks, Sale} from "./ResaleBooks.sol";

/// @notice Licences, asks and sales, and the steps that actions are made of.
abstract contract ResaleStage is ResaleBooks {
    /// @dev Who is to receive a licence, and from whom an ask is bought.
    struct Trade {
        uint256 piece;
        Ask ask;
        bytes signature;
        address payer;
        Bid bid;
    }

    // ---- models and licences

    /// @param fixes Whether the creator fixes a payee.
    function _createSold(uint256 seed, uint256 file, uint16 royaltyBps, bool fixes) internal {
        address creator = _creator(seed);
        vm.startPrank(creator);
        uint64 versionId = registry.createModel(_data(file), royaltyBps);
        uint48 modelId = uint48(versionId >> 16);
        if (fixes) {
            registry.fixPayee(modelId, _arbiter(seed));
            _fixedPayee[modelId] = _arbiter(seed);
        }
        vm.stopPrank();
        (_titleOf[modelId], _versionsOf[modelId], _royaltyOf[modelId]) = (creator, 1, royaltyBps);
        _fileOf[versionId] = file;
        _versions.push(versionId);
    }

    /// @dev A licence that somebody holds and that can be sold: one of a few, or a new one.
    function _find(uint256 seed, Kind kind) internal returns (uint256 index) {
        uint256 count = _pieces.length;
        for (uint256 i = 0; i < 6 && i < count; ++i) {
            index = _mix(seed, i) % count;
            Piece storage piece = _pieces[index];
            if (piece.kind == kind && piece.transferable && piece.sale == 0 && _defectiveAt[piece.versionId] == 0)
                return index;
        }
        return _newPiece(seed, kind, _version(seed, false), true);
    }

    function _newPiece(uint256 seed, Kind kind, uint64 versionId, bool transferable) internal returns (uint256 index) {
        if (kind == Kind.Delivered) return _newDelivered(seed, versionId);
        Offer memory offer;
        (offer.versionId, offer.creator) = (versionId, _titleOf[uint48(versionId >> 16)]);
        (offer.supply, offer.maxProtocolFeeBps, offer.transferable) = (1, 500, transferable);
        uint256 period = _bound(_mix(seed, 21), 1 hours, 100 days);
        if (kind == Kind.Term) {
            (offer.rights, , ) = licenses.rightsInfo(address(subscriptions));
            offer.rightsTerms = bytes32(period | (uint256(type(uint40).max) << 32));
        }
        offer.salt = ++_salt;
        vm.prank(offer.creator);
        Order memory order;
        order.termsHash = market.createOffer(offer);
        order.recipient = _buyer(_mix(seed, 22));
        vm.prank(order.recipient);
        uint256 id = market.purchase(offer, order);
        return _keep(Piece(id, kind, versionId, order.recipient, transferable, block.timestamp + period, 0), seed);
    }

    /// @dev One that was bought with its file, whose deal is settled.
    function _newDelivered(uint256 seed, uint64 versionId) private returns (uint256) {
        // the market's deals of the campaign pay the title holder
        if (_fixedPayee[uint48(versionId >> 16)] != address(0)) versionId = _publishIn(1, 0);
        Offer memory offer = _draft(seed, false, false, false);
        (offer.versionId, offer.creator) = (versionId, _titleOf[uint48(versionId >> 16)]);
        offer.transferable = true;
        uint256 deal = _purchase(_offers[_createOffer(offer)], seed, address(0), true);
        _deliver(deal);
        _attempt(deal, Act.Accept, _deals[deal].recipient, 0, true);
        return _keep(Piece(_deals[deal].id, Kind.Delivered, versionId, _deals[deal].recipient, true, 0, 0), seed);
    }

    /// @dev Some are kept by a contract.
    function _keep(Piece memory piece, uint256 seed) private returns (uint256 index) {
        index = _pieces.length;
        _pieces.push(piece);
        if (piece.transferable && _mix(seed, 23) % 6 == 0) _give(index, _wallet);
        checkPiece(index);
    }

    function _give(uint256 index, address to) internal {
        Piece storage piece = _pieces[index];
        if (piece.owner == to) return;
        vm.prank(piece.owner);
        licenses.transferFrom(piece.owner, to, piece.id);
        piece.owner = to;
    }

    // ---- asks

    /// @dev An ask that is in order now, and a buyer for it.
    function _trade(uint256 index, uint256 seed, bool delivers) internal returns (Trade memory trade) {
        Piece storage piece = _pieces[index];
        Ask memory ask = trade.ask;
        (trade.piece, ask.licenseId, ask.seller) = (index, piece.id, piece.owner);
        ask.payToken = tokens[_mix(seed, 24) % tokens.length];
        // often so low that every share of it is rounded
        ask.price = uint128(_mix(seed, 25) % (_mix(seed, 26) % 2 == 0 ? 100 : 1e12));
        ask.expiresAt = uint40(block.timestamp + (_mix(seed, 27) % (180 days + 1)));
        (ask.maxFeeBps, ask.maxRoyaltyBps) = (500, 1_000);
        (ask.epoch, ask.bit) = (_epochOf[ask.seller], _freeBit(ask.seller, seed));
        trade.payer = _stranger(ask.seller, seed);
        if (seed % 4 == 0) ask.buyer = trade.payer;
        trade.bid.recipient = _mix(seed, 28) % 3 == 0 ? _buyer(_mix(seed, 29)) : trade.payer;
        if (piece.kind == Kind.Term && seed % 2 == 0) trade.bid.minMeasure = piece.expiresAt;
        if (delivers) {
            ask.versionId = piece.versionId;
            ask.deliveryWindow = uint32(_bound(_mix(seed, 30), 1 hours, 7 days));
            ask.complaintWindow = uint32(_bound(_mix(seed, 31), 2 days, 30 days));
            uint256 key = _mix(seed, 3) % BUYER_KEYS;
            trade.bid.buyerKey = _buyerKeys[key];
            (trade.bid.pad, ) = _pad(address(resale), piece.versionId, trade.payer, key);
        }
        trade.signature = _sign(ask);
    }

    function _freeBit(address seller, uint256 seed) internal returns (uint8 bit) {
        for (uint256 i = 0; i < BITS; ++i) {
            bit = uint8((_mix(seed, 32) + i) % BITS);
            if (_usedBits[seller] & (uint224(1) << bit) == 0) return bit;
        }
        _cancelAll(seller);
    }

    function _cancelAll(address seller) internal {
        vm.prank(seller);
        resale.cancelAll();
        ++_epochOf[seller];
        _usedBits[seller] = 0;
    }

    /// @dev Buys for the price to the unit, or for nothing when it is refused.
    function _send(Trade memory trade, uint256 value) private returns (bool ok, bytes memory answer) {
        uint256 before = _held(trade.ask.payToken, trade.payer);
        bytes memory data = abi.encodeCall(IResale.buy, (trade.ask, trade.bid, trade.signature));
        vm.prank(trade.payer);
        (ok, answer) = address(resale).call{value: value}(data);
        uint256 cost = ok ? trade.ask.price : 0;
        assertEq(_held(trade.ask.payToken, trade.payer), before - cost, "a payer paid something else than the price");
    }

    function _valueOf(Trade memory trade) internal pure returns (uint256) {
        return trade.ask.payToken == NATIVE ? trade.ask.price : 0;
    }

    function _refuse(Trade memory trade, bytes memory expected) internal {
        _refuseFor(trade, _valueOf(trade), expected);
    }

    function _refuseFor(Trade memory trade, uint256 value, bytes memory expected) internal {
        (bool ok, bytes memory answer) = _send(trade, value);
        assertFalse(ok, "the resale sold what it must refuse");
        assertEq(answer, expected, "refused for another reason");
    }

    function _buyAsk(Trade memory trade) internal returns (uint256 sale) {
        (bool ok, bytes memory answer) = _send(trade, _valueOf(trade));
        assertTrue(ok, string.concat("the resale refused an ask that is in order: ", vm.toString(answer)));
        _use(trade.ask.seller, trade.ask.bit);
        uint256 id = abi.decode(answer, (uint256));
        if (trade.ask.deliveryWindow != 0) {
            assertEq(id, _dealIdOf(trade.ask), "a deal has another id");
            return _openSale(trade);
        }
        assertEq(id, 0, "a sale at once has a deal");
        Piece storage piece = _pieces[trade.piece];
        address payee = _payeeOf(piece.versionId);
        _bookSale(
            trade.ask.payToken,
            trade.ask.price,
            _feeBps,
            _royaltyOf[uint48(piece.versionId >> 16)],
            [trade.ask.seller, _treasuryNow, payee]
        );
        piece.owner = trade.bid.recipient;
        _checkPaid(trade.ask.payToken, [trade.ask.seller, _treasuryNow, payee]);
        checkPiece(trade.piece);
    }

    function _checkPaid(address token, address[3] memory who) internal view {
        for (uint256 i = 0; i < 3; ++i) {
            // claim(invariants#market-and-escrow): the credits of a resale are its price; fee and royalty are rounded
            //   down
            assertEq(ledger.balanceOf(token, who[i]), booked[token][who[i]], "a resale did not pay what it says");
        }
    }

    // ---- deals

    function _openSale(Trade memory trade) private returns (uint256 index) {
        Ask memory ask = trade.ask;
        Deal memory deal;
        (deal.opener, deal.id, deal.versionId) = (address(resale), _dealIdOf(ask), ask.versionId);
        deal.keyX = _files[_fileOf[ask.versionId]].keyX;
        deal.termsHash = _hashOf(ask);
        (deal.payer, deal.recipient) = (trade.payer, trade.bid.recipient);
        (deal.seller, deal.payee) = (ask.seller, ask.seller);
        (deal.referrer, deal.treasury) = (_payeeOf(ask.versionId), _treasuryNow);
        (deal.payToken, deal.price, deal.protocolFeeBps) = (ask.payToken, ask.price, _feeBps);
        deal.referrerBps = _royaltyOf[uint48(ask.versionId >> 16)];
        deal.deliverBy = uint40(block.timestamp + ask.deliveryWindow);
        deal.complaintWindow = ask.complaintWindow;
        (deal.buyerKey, deal.pad) = (trade.bid.buyerKey, trade.bid.pad);

        Book memory book;
        (book.status, book.update, book.owner) = (DealStatus.Open, true, trade.bid.recipient);
        book.scalar = _scalarOf(trade);
        index = _sales.length;
        _sales.push(Sale(trade.piece, _deals.length, false));
        _deals.push(deal);
        _books.push(book);
        _pieces[trade.piece].sale = index + 1;
        _book(ask.payToken, address(escrow), ask.price);
        checkSale(index);
        checkPiece(trade.piece);
    }

    function _scalarOf(Trade memory trade) private view returns (uint256 scalar) {
        for (uint256 key = 0; key < BUYER_KEYS; ++key) {
            if (_buyerKeys[key] != trade.bid.buyerKey) continue;
            (, scalar) = _pad(address(resale), trade.ask.versionId, trade.payer, key);
        }
    }

    /// @dev A sale whose deal has that status: one there is, or a new one. An open one can still be delivered.
    function _saleIn(uint256 seed, DealStatus status) internal returns (uint256 index) {
        uint256 count = _sales.length;
        for (uint256 i = 0; i < 8 && i < count; ++i) {
            index = _mix(seed, 40 + i) % count;
            Deal storage deal = _deals[_sales[index].deal];
            if (_books[_sales[index].deal].status != status || _defectiveAt[deal.versionId] != 0) continue;
            if (status == DealStatus.Open && block.timestamp > deal.deliverBy) continue;
            return index;
        }
        index = _openNew(seed);
        if (status == DealStatus.Delivered) _deliver(_sales[index].deal);
    }

    function _openNew(uint256 seed) internal returns (uint256) {
        _waitForPause();
        return _buyAsk(_trade(_find(seed, Kind(_mix(seed, 33) % 3)), seed, true));
    }

    /// @dev The deal was refunded: the escrow told the resale, which gave the licence back.
    function _returned(uint256 index) internal {
        Sale storage sale = _sales[index];
        Piece storage piece = _pieces[sale.piece];
        (sale.closed, piece.sale, piece.owner) = (true, 0, _deals[sale.deal].seller);
        checkSale(index);
        checkPiece(sale.piece);
        _refuseClaim(index, _deals[sale.deal]);
    }

    function _claim(uint256 index, address caller) internal {
        Sale storage sale = _sales[index];
        Deal memory deal = _deals[sale.deal];
        vm.prank(caller);
        resale.claim(deal);
        (sale.closed, _pieces[sale.piece].sale) = (true, 0);
        _pieces[sale.piece].owner = deal.recipient;
        checkSale(index);
        checkPiece(sale.piece);
        _refuseClaim(index, deal);
    }

    function _refuseClaim(uint256 index, Deal memory deal) internal {
        try resale.claim(deal) {
            _never("a licence was claimed that must stay");
        } catch (bytes memory reason) {
            assertEq(reason, abi.encodeWithSelector(IResale.Resale_NotClosed.selector, deal.id), "not closed");
        }
        checkSale(index);
    }

    function _waitForPause() internal {
        (, , uint40 pausedUntil, ) = resale.config();
        if (block.timestamp < pausedUntil) vm.warp(pausedUntil);
    }
}
