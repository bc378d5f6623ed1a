// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IMarket, Offer, Order} from "../../../contracts/market/IMarket.sol";
import {VersionData} from "../../../contracts/registry/IModelRegistry.sol";
import {Renewal} from "../../../contracts/rights/ISubscriptions.sol";
import {Kind, Right, RightsBooks, Terms} from "./RightsBooks.sol";

/// @notice Models, offers and licences that an action needs, and the steps that actions are made of.
abstract contract RightsStage is RightsBooks {
    uint64 private _salt;

    // ---- models and offers

    /// @param fixes Whether the creator fixes a payee, of the people who vote in other campaigns.
    function _createModel(uint256 seed, VersionData memory data, bool fixes) internal returns (uint64 versionId) {
        address creator = _creator(seed);
        vm.startPrank(creator);
        versionId = registry.createModel(data, 0);
        assertEq(versionId, (uint64(++_models) << 16) | 1, "the first version's id");
        (_titleOf[_models], _creatorOf[_models], _createdAt[_models]) = (creator, creator, block.timestamp);
        if (fixes) {
            registry.fixPayee(_models, _arbiter(seed));
            _fixedPayee[_models] = _arbiter(seed);
        }
        vm.stopPrank();
    }

    function _card() internal pure returns (VersionData memory data) {
        (data.metadataHash, data.uri) = (keccak256("card"), "ipfs://card");
    }

    function _draw(uint256 seed, Kind kind) internal view returns (Terms memory terms) {
        terms.kind = kind;
        terms.seats = _mix(seed, 31) % 4;
        terms.minStay = _mix(seed, 32) % 3 == 0 ? 0 : _mix(seed, 32) % (30 days + 1);
        if (kind == Kind.Seats) {
            ++terms.seats;
            return terms;
        }
        terms.period =
            _mix(seed, 33) % 3 == 0 ? 1 hours + (_mix(seed, 34) % 50) : _bound(_mix(seed, 34), 1 hours, 400 days);
        uint256 choice = _mix(seed, 35) % 4;
        terms.renewUntil =
            choice == 0
                ? 0
                : choice == 1
                    ? block.timestamp + (_mix(seed, 36) % 100 days)
                    : FOR_EVER;
    }

    function _encode(Terms memory terms) private pure returns (bytes32) {
        if (terms.kind == Kind.Seats) return bytes32((terms.minStay << 16) | terms.seats);
        uint256 cancellable = terms.kind == Kind.Cancellable ? 1 : 0;
        uint256 word = terms.period | (terms.renewUntil << 32) | (cancellable << 72);
        return bytes32(word | (terms.seats << 80) | (terms.minStay << 96));
    }

    function _list(uint256 seed, Terms memory terms, uint64 versionId) internal returns (uint256 index) {
        Offer memory offer;
        (offer.versionId, offer.creator) = (versionId, _titleOf[uint48(versionId >> 16)]);
        offer.payToken = tokens[_mix(seed, 41) % tokens.length];
        // often so low that every share of it is rounded
        offer.price = uint128(_mix(seed, 42) % (seed % 2 == 0 ? 1_000 : 1e12));
        offer.supply = 20;
        offer.maxProtocolFeeBps = _mix(seed, 43) % 5 == 0 ? _feeBps : 500;
        if (terms.kind != Kind.Cancellable) {
            bool shared = _payeeOf(uint48(versionId >> 16)) != offer.creator;
            offer.referrerBps = uint16(_mix(seed, 44) % (shared ? 1_001 : 5_001));
            offer.transferable = _mix(seed, 45) % 4 != 0;
        }
        (offer.rights, offer.rightsTerms) = (_indexOf(terms.kind), _encode(terms));
        offer.salt = ++_salt;
        index = _offers.length;
        _offers.push(offer);
        _terms.push(terms);
        vm.prank(offer.creator);
        _hashes.push(market.createOffer(offer));
    }

    function _indexOf(Kind kind) private view returns (uint32 index) {
        (index, , ) = licenses.rightsInfo(_module(kind));
    }

    function _module(Kind kind) internal view returns (address) {
        return kind == Kind.Seats ? address(seatLicenses) : address(subscriptions);
    }

    /// @dev An offer of that kind that sells now: one of a few, or a new one.
    function _pick(uint256 seed, Kind kind) internal returns (uint256) {
        _openMarket(kind);
        uint256 count = _offers.length;
        for (uint256 i = 0; i < 6 && i < count; ++i) {
            uint256 index = _mix(seed, i) % count;
            if (_terms[index].kind == kind && _sells(index)) return index;
        }
        uint64 versionId = (uint64(1 + (_mix(seed, 46) % _models)) << 16) | 1;
        if (_defective[versionId]) versionId = (1 << 16) | 1;
        return _list(seed, _draw(seed, kind), versionId);
    }

    function _sells(uint256 index) private view returns (bool) {
        Offer storage offer = _offers[index];
        return
            !_revoked[index] &&
            _sold[index] < offer.supply &&
            _feeBps <= offer.maxProtocolFeeBps &&
            !_defective[offer.versionId] &&
            _titleOf[_modelOf(index)] == offer.creator;
    }

    /// @dev New licences are sold neither during a pause nor for a module that was closed.
    function _openMarket(Kind kind) internal {
        (, , uint40 pausedUntil, ) = market.config();
        if (block.timestamp < pausedUntil) vm.warp(pausedUntil);
        if (_closed[_module(kind)]) _setOpen(_module(kind), true);
    }

    function _setOpen(address module, bool open) internal {
        _byVote();
        licenses.setRights(module, open, false);
        _closed[module] = !open;
    }

    // ---- licences

    /// @dev A licence that meets what is asked for: one of a few, or a new one.
    function _find(uint256 seed, function(uint256) view returns (bool) fits, Kind kind) internal returns (uint256) {
        uint256 count = _rights.length;
        for (uint256 i = 0; i < 8 && i < count; ++i) {
            uint256 index = _mix(seed, 50 + i) % count;
            if (fits(index)) return index;
        }
        for (uint256 i = 0; i < 8; ++i) {
            uint256 index = _buy(_pick(_mix(seed, 60 + i), kind), _buyer(seed), 1 + (seed % 3), address(0));
            if (fits(index)) return index;
        }
        // what chance did not give
        Terms memory terms = _draw(seed, kind);
        (terms.renewUntil, terms.seats) = (FOR_EVER, 2);
        uint256 made = _list(1, terms, (1 << 16) | 1);
        return _buy(made, _buyer(seed), 1, address(0));
    }

    function _buy(uint256 offer, address payer, uint256 quantity, address referrer) internal returns (uint256 index) {
        Order memory order = _order(offer, payer, quantity);
        order.referrer = referrer;
        (bool ok, bytes memory answer) = _pay(_offers[offer], order, payer);
        assertTrue(ok, "the market refused a purchase that is in order");
        ++_sold[offer];
        index = _rights.length;
        Right storage right = _rights.push();
        (right.id, right.offer, right.owner) = (abi.decode(answer, (uint256)), offer, payer);
        right.quantity = quantity;
        if (_terms[offer].kind == Kind.Cancellable) right.feeBps = _feeBps;
        _bookPeriods(index, quantity, referrer, _feeBps);
        checkRight(index);
    }

    /// @dev Renews, or makes sure that it is refused for the first reason in the documentation.
    function _renew(uint256 index, address payer, uint256 quantity, address referrer) internal returns (bool renewed) {
        Right storage right = _rights[index];
        bytes memory expected = _refusalOf(index, payer, quantity);
        (bool possible, Renewal reason) = subscriptions.isRenewable(_offers[right.offer], right.id, payer);
        assertEq(uint8(reason), uint8(_firstReason(index, payer)), "isRenewable gives another reason");
        assertEq(possible, reason == Renewal.Possible, "isRenewable contradicts its reason");

        Order memory order = _order(right.offer, right.owner, quantity);
        (order.renews, order.referrer) = (right.id, referrer);
        bool ok;
        bytes memory answer;
        (ok, answer) = _pay(_offers[right.offer], order, payer);
        if (expected.length != 0) {
            assertFalse(ok, "a renewal was sold that must be refused");
            assertEq(answer, expected, "a renewal was refused for another reason");
            return false;
        }
        assertTrue(ok, "a renewal that was promised was refused");
        assertEq(abi.decode(answer, (uint256)), right.id, "a renewal is of another licence");
        uint16 most = _offers[right.offer].maxProtocolFeeBps;
        _bookPeriods(index, quantity, referrer, _feeBps < most ? _feeBps : most);
        checkRight(index);
        return true;
    }

    /// @dev What a purchase or a renewal does to the time of a licence and to the accounts.
    function _bookPeriods(uint256 index, uint256 quantity, address referrer, uint16 takenBps) private {
        Right storage right = _rights[index];
        Offer storage offer = _offers[right.offer];
        uint256 paid = uint256(offer.price) * quantity;
        Terms memory terms = _terms[right.offer];
        if (terms.kind == Kind.Cancellable) {
            if (right.expiresAt < block.timestamp) {
                (right.expiresAt, right.releasedTo) = (block.timestamp, block.timestamp);
                right.keptTo = block.timestamp + (terms.period / 30 < 1 hours ? 1 hours : terms.period / 30);
            }
            uint256 before = _heldFor(index);
            right.expiresAt += terms.period * quantity;
            // claim(invariants#market-and-escrow): a renewal adds exactly its price to what the time of a licence is
            //   worth
            assertEq(_heldFor(index) - before, paid, "a renewal is not worth its price");
            right.feeDue += _feeOf(right, before + paid) - _feeOf(right, before);
            right.paid += paid;
            return _book(offer.payToken, address(subscriptions), paid);
        }
        if (terms.kind == Kind.Term) right.expiresAt = _startOf(right) + terms.period * quantity;
        address[3] memory who = [_payeeOf(_modelOf(right.offer)), _treasuryNow, referrer];
        _bookSale(offer.payToken, paid, takenBps, referrer == address(0) ? 0 : offer.referrerBps, who);
    }

    /// @dev Time passes that was paid for: the payee and the treasury of now have their shares.
    function _release(uint256 index, address caller, bool ends) internal {
        Right storage right = _rights[index];
        Offer memory offer = _offers[right.offer];
        uint256 before = _heldFor(index);
        uint256 until = ends && block.timestamp < right.keptTo ? right.keptTo : block.timestamp;
        if (until > right.expiresAt) until = right.expiresAt;
        if (until > right.releasedTo) right.releasedTo = until;
        uint256 left = _heldFor(index);

        _callModule(right, offer, caller, ends);
        uint256 kept = ends ? 0 : left;
        // claim(invariants#market-and-escrow): what a cancellable subscription released and refunded is what was paid
        //   for it, by any schedule of releases
        assertEq(right.refunded + right.released + kept, right.paid, "what came out and is kept is not what was paid");
        if (ends) {
            right.expiresAt = right.releasedTo;
            right.feeDue -= _feeOf(right, left);
            _book(offer.payToken, caller, left);
        }
        _bookRelease(index, before - left);
        _unbook(offer.payToken, address(subscriptions), ends ? before : before - left);
        checkRight(index);
    }

    /// @dev What came out, as the module says it and as its account shows it.
    function _callModule(Right storage right, Offer memory offer, address caller, bool ends) private {
        uint256 balance = ledger.balanceOf(offer.payToken, address(subscriptions));
        uint256 refund = 0;
        vm.prank(caller);
        if (ends) refund = subscriptions.cancel(offer, right.id);
        else right.released += subscriptions.release(offer, right.id);
        balance -= ledger.balanceOf(offer.payToken, address(subscriptions));
        right.refunded += refund;
        if (ends) right.released += balance - refund;
    }

    // claim(invariants#market-and-escrow): the fees of any releases add up to the fee of one release of the same time
    /// @dev The treasury has the fee of all that was bought and did not come back, less that of what is still kept.
    function _bookRelease(uint256 index, uint256 amount) private {
        Right storage right = _rights[index];
        address token = _offers[right.offer].payToken;
        uint256 fee = right.feeDue - _feeOf(right, _heldFor(index)) - right.toTreasury;
        right.toTreasury += fee;
        _book(token, _treasuryNow, fee);
        _book(token, _payeeOf(_modelOf(right.offer)), amount - fee);
    }

    // ---- what a licence is fit for

    function _isCancellable(uint256 index) internal view returns (bool) {
        Right storage right = _rights[index];
        return _terms[right.offer].kind == Kind.Cancellable;
    }

    function _isRunningCancellable(uint256 index) internal view returns (bool) {
        return _isCancellable(index) && _isRunning(_rights[index]);
    }

    function _isRenewableByHolder(uint256 index) internal view returns (bool) {
        Right storage right = _rights[index];
        return _terms[right.offer].kind != Kind.Seats && _refusalOf(index, right.owner, 1).length == 0;
    }

    /// @dev Promised for so long that it is renewed after it has run out.
    function _isPromised(uint256 index) internal view returns (bool) {
        Right storage right = _rights[index];
        Terms storage terms = _terms[right.offer];
        bool promised = terms.kind != Kind.Seats && terms.renewUntil == FOR_EVER;
        return promised && !_defective[_offers[right.offer].versionId];
    }

    function _hasFreeSeat(uint256 index) internal view returns (bool) {
        Right storage right = _rights[index];
        return _given[right.id][right.owner] < _seatsOf(right);
    }

    function _hasUser(uint256 index) internal view returns (bool) {
        Right storage right = _rights[index];
        return _given[right.id][right.owner] != 0;
    }

    function _isTransferable(uint256 index) internal view returns (bool) {
        return _offers[_rights[index].offer].transferable;
    }
}
