// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IMarket, Offer, Order} from "../../../contracts/market/IMarket.sol";
import {ISeats} from "../../../contracts/rights/ISeats.sol";
import {ISubscriptions, Renewal} from "../../../contracts/rights/ISubscriptions.sol";
import {SeatLicenses} from "../../../contracts/rights/SeatLicenses.sol";
import {Subscriptions} from "../../../contracts/rights/Subscriptions.sol";
import {ProtocolHandler} from "./ProtocolHandler.sol";

/// @notice What an offer sells.
enum Kind {
    Term,
    Cancellable,
    Seats
}

/// @notice The rights that an offer promises.
struct Terms {
    Kind kind;
    uint256 period;
    uint256 renewUntil;
    uint256 seats;
    uint256 minStay;
}

/// @notice A licence that was sold with rights. The times are of a subscription, the money of a cancellable one.
struct Right {
    uint256 id;
    uint256 offer;
    address owner;
    uint256 quantity;
    uint256 expiresAt;
    uint256 releasedTo;
    uint256 keptTo;
    uint16 feeBps;
    uint256 paid;
    uint256 refunded;
    uint256 released;
    // of what was released
    uint256 toTreasury;
    // of all that was bought and did not come back
    uint256 feeDue;
}

/// @notice What the campaign knows of subscriptions and seats: its own books, which no call to a module fills.
abstract contract RightsBooks is ProtocolHandler {
    uint256 internal constant MAX_AHEAD = 3_650 days;
    uint256 internal constant FOR_EVER = type(uint40).max;

    Subscriptions public subscriptions;
    SeatLicenses public seatLicenses;

    Offer[] internal _offers;
    bytes32[] internal _hashes;
    Terms[] internal _terms;
    mapping(uint256 offer => uint256) internal _sold;
    mapping(uint256 offer => bool) internal _revoked;
    Right[] internal _rights;
    /// @dev Who may have a seat: the buyers, and three devices.
    address[] internal _users;
    mapping(uint256 id => mapping(address owner => mapping(address user => uint256))) internal _since;
    mapping(uint256 id => mapping(address owner => uint256)) internal _given;

    uint48 internal _models;
    mapping(uint48 modelId => address) internal _titleOf;
    mapping(uint48 modelId => address) internal _fixedPayee;
    mapping(uint48 modelId => address) internal _creatorOf;
    mapping(uint48 modelId => uint256) internal _createdAt;
    mapping(uint64 versionId => bool) internal _defective;
    mapping(address module => bool) internal _closed;
    uint16 internal _feeBps = 250;
    address internal _treasuryNow;

    // ---- what holds between calls

    // claim(invariants#market-and-escrow): money kept for cancellable subscriptions is what their time is worth | a
    //   buyer, with others' money
    /// @notice The account of the subscriptions is the worth of the time that is left of those that can be cancelled.
    function checkKept() external view {
        for (uint256 t = 0; t < tokens.length; ++t) {
            uint256 kept = 0;
            for (uint256 i = 0; i < _rights.length; ++i) {
                if (_offers[_rights[i].offer].payToken == tokens[t]) kept += _heldFor(i);
            }
            assertEq(
                ledger.balanceOf(tokens[t], address(subscriptions)),
                kept,
                "what is kept is not what time is worth"
            );
            assertEq(ledger.balanceOf(tokens[t], address(seatLicenses)), 0, "rights for ever keep money");
        }
    }

    function rightCount() external view returns (uint256) {
        return _rights.length;
    }

    function modelCount() external view returns (uint48) {
        return _models;
    }

    // claim(invariants#market-and-escrow): The payee of a model is fixed once, by its creator who holds it, in its
    //   first 7 days and before a second version, or never | the buyer of a title, who takes its income
    function checkPayee(uint48 modelId) external view {
        assertEq(registry.payeeOfModel(modelId), _payeeOf(modelId), "a payee was fixed, changed or lost by itself");
        (, , , , bool isFixed) = registry.modelInfo(modelId);
        assertEq(isFixed, _fixedPayee[modelId] != address(0), "a payee is not fixed for good");
    }

    /// @notice One licence: its time, its money and its holder.
    function checkRight(uint256 index) public view {
        Right storage right = _rights[index];
        // claim(invariants#market-and-escrow): a cancellable subscription never changes hands | its holder, who would
        //   be paid by a buyer and take the rest out as well
        assertEq(licenses.ownerOf(right.id), right.owner, "a licence is with somebody else");
        _checkTerm(right);
        // claim(invariants#market-and-escrow): a holder never gives more seats than a licence has | a holder who sells
        //   one seat to many
        assertLe(_given[right.id][right.owner], _seatsOf(right), "more seats are given than there are");
        assertEq(
            _moduleOf(right).seatsUsed(right.id, right.owner),
            _given[right.id][right.owner],
            "a seat was given or taken by itself"
        );
    }

    /// @notice Everyone who may use a licence, and those who may not.
    function checkUsers(uint256 index) public view {
        Right storage right = _rights[index];
        for (uint256 u = 0; u < _users.length; ++u) {
            // claim(invariants#market-and-escrow): a licence with seats is used by its holder and the users to whom
            //   this holder gave a seat, while its term runs | users of a former holder; a licensee whose time is over
            assertEq(
                licenses.isAuthorized(right.id, _users[u]),
                _isRunning(right) && _isUser(right, _users[u]),
                "who may use a licence is not who holds it or has a seat"
            );
        }
    }

    function _checkTerm(Right storage right) private view {
        if (_terms[right.offer].kind == Kind.Seats) return;
        // claim(invariants#market-and-escrow): the end of a subscription falls only by a cancellation of its holder,
        //   and a renewal costs the price of the terms that it was sold under, or is refused | a seller who goes
        //   back on what was promised
        assertEq(subscriptions.expiresAt(right.id), right.expiresAt, "a term was moved by something else");
        (uint40 until, uint16 feeBps) = subscriptions.releasedTo(right.id);
        assertEq(until, right.releasedTo, "time was released by itself");
        assertEq(feeBps, right.feeBps, "the fee of a subscription changed");
    }

    // ---- what the documentation says

    /// @dev The first reason against a renewal, as the error that says so; empty when there is none.
    function _refusalOf(uint256 index, address payer, uint256 quantity) internal view returns (bytes memory) {
        Right storage right = _rights[index];
        if (_defective[_offers[right.offer].versionId]) {
            return abi.encodeWithSelector(IMarket.Market_VersionDefective.selector, _offers[right.offer].versionId);
        }
        Renewal reason = _reasonAgainst(right, payer);
        if (reason != Renewal.Possible) {
            return abi.encodeWithSelector(ISubscriptions.Subscriptions_NotRenewable.selector, right.id, reason);
        }
        uint256 end = _startOf(right) + quantity * _terms[right.offer].period;
        if (end <= block.timestamp + MAX_AHEAD) return "";
        return abi.encodeWithSelector(ISubscriptions.Subscriptions_TooFarAhead.selector, right.id, end);
    }

    /// @dev What `isRenewable` has to say.
    function _firstReason(uint256 index, address payer) internal view returns (Renewal reason) {
        Right storage right = _rights[index];
        reason = _reasonAgainst(right, payer);
        if (reason != Renewal.Possible) return reason;
        if (_defective[_offers[right.offer].versionId]) return Renewal.VersionDefective;
        bool tooFar = _startOf(right) + _terms[right.offer].period > block.timestamp + MAX_AHEAD;
        return tooFar ? Renewal.TooFarAhead : Renewal.Possible;
    }

    function _reasonAgainst(Right storage right, address payer) private view returns (Renewal) {
        Terms storage terms = _terms[right.offer];
        if (block.timestamp > terms.renewUntil) return Renewal.PromiseOver;
        if (terms.kind != Kind.Cancellable) return Renewal.Possible;
        if (payer != right.owner) return Renewal.HolderOnly;
        bool earned = block.timestamp > right.expiresAt && right.releasedTo != right.expiresAt;
        return earned ? Renewal.ReleaseFirst : Renewal.Possible;
    }

    /// @dev Where the next period begins.
    function _startOf(Right storage right) internal view returns (uint256) {
        return right.expiresAt < block.timestamp ? block.timestamp : right.expiresAt;
    }

    /// @dev What the module keeps for a licence.
    function _heldFor(uint256 index) internal view returns (uint256) {
        Right storage right = _rights[index];
        if (_terms[right.offer].kind != Kind.Cancellable) return 0;
        return
            (uint256(_offers[right.offer].price) * (right.expiresAt - right.releasedTo)) / _terms[right.offer].period;
    }

    function _feeOf(Right storage right, uint256 amount) internal view returns (uint256) {
        return (amount * right.feeBps) / 10_000;
    }

    function _isRunning(Right storage right) internal view returns (bool) {
        return _terms[right.offer].kind == Kind.Seats || block.timestamp <= right.expiresAt;
    }

    function _isUser(Right storage right, address user) internal view returns (bool) {
        return user == right.owner || _since[right.id][right.owner][user] != 0;
    }

    /// @dev Only a licence for ever has its seats as many times as it was bought.
    function _seatsOf(Right storage right) internal view returns (uint256) {
        Terms storage terms = _terms[right.offer];
        return terms.seats * (terms.kind == Kind.Seats ? right.quantity : 1);
    }

    function _moduleOf(Right storage right) internal view returns (ISeats) {
        return _terms[right.offer].kind == Kind.Seats ? ISeats(seatLicenses) : ISeats(subscriptions);
    }

    /// @dev Who is paid for licences of a model: the payee that was fixed, or who holds the title now.
    function _payeeOf(uint48 modelId) internal view returns (address) {
        return _fixedPayee[modelId] == address(0) ? _titleOf[modelId] : _fixedPayee[modelId];
    }

    function _modelOf(uint256 offer) internal view returns (uint48) {
        return uint48(_offers[offer].versionId >> 16);
    }

    function _order(uint256 offer, address recipient, uint256 quantity) internal view returns (Order memory order) {
        (order.termsHash, order.recipient) = (_hashes[offer], recipient);
        (order.maxPrice, order.quantity) = (uint256(_offers[offer].price) * quantity, uint32(quantity));
    }
}
