// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IRevenueLedger} from "../ledger/IRevenueLedger.sol";
import {CreditList, LedgerCall} from "../ledger/LedgerCall.sol";
import {ILicenseToken} from "../license/ILicenseToken.sol";
import {LicenseIds} from "../license/LicenseIds.sol";
import {IMarket, Offer} from "../market/IMarket.sol";
import {IRights, Sale} from "../market/IRights.sol";
import {OfferTerms} from "../market/OfferTerms.sol";
import {IModelRegistry} from "../registry/IModelRegistry.sol";
import {RunningShare} from "../utils/RunningShare.sol";
import {ISubscriptions, Renewal} from "./ISubscriptions.sol";
import {Rights} from "./Rights.sol";
import {Seats} from "./Seats.sol";
import {TermWorth} from "./TermWorth.sol";

/// @title Subscriptions
/// @notice Licences for a time. See {ISubscriptions}.
/// @dev Invariants: a term falls only by `cancel`; the ledger balance of this contract in a token is at least
/// the sum of `V(expiresAt - releasedTo)` of the cancellable licences that were sold in it.
contract Subscriptions is ISubscriptions, Seats {
    using LicenseIds for uint256;
    using OfferTerms for Offer;

    /// @dev One slot: 40 + 40 + 40 + 16 bits; the last three only of a cancellable licence.
    struct Term {
        uint40 expiresAt;
        uint40 releasedTo;
        // a cancellation ends the term no earlier
        uint40 keptTo;
        uint16 feeBps;
    }

    /// @dev An offer's `rightsTerms`, apart from those of the seats.
    struct Terms {
        uint256 period;
        uint256 renewUntil;
        bool cancellable;
    }

    /// @inheritdoc ISubscriptions
    uint256 public constant MIN_PERIOD = 1 hours;
    /// @inheritdoc ISubscriptions
    uint256 public constant MAX_AHEAD = 3_650 days;
    /// @inheritdoc ISubscriptions
    uint256 public constant KEPT_PART = 30;

    /// @notice Where the price of cancellable subscriptions lies, in this contract's account.
    IRevenueLedger public immutable LEDGER;
    /// @notice Where payees are read.
    IModelRegistry public immutable REGISTRY;

    mapping(uint256 licenseId => Term) private _terms;

    /// @param licenses Where holders and licences are read.
    /// @param market The market that the module serves.
    /// @param ledger Where the price of cancellable subscriptions lies.
    /// @param registry Where payees are read.
    constructor(
        ILicenseToken licenses,
        IMarket market,
        IRevenueLedger ledger,
        IModelRegistry registry
    ) Rights(licenses, market) {
        (LEDGER, REGISTRY) = (ledger, registry);
        // reverts where there is no ledger: later calls skip the check that there is code
        ledger.totalOwed(address(0));
    }

    /// @inheritdoc IRights
    function grant(Sale calldata sale) external onlyMarket returns (bool keepsMoney) {
        uint256 licenseId = sale.licenseId;
        Terms memory terms = _read(sale.terms);
        Term memory term = _terms[licenseId];
        // the pad of a new licence for a file is the deal's
        _require(sale.key == address(0) || (!sale.renewal && licenseId.has(LicenseIds.ESCROWED)), "pad");
        uint256 from = block.timestamp;
        if (sale.renewal) {
            Renewal reason = _reasonAgainst(licenseId, terms, term, sale.payer);
            require(reason == Renewal.Possible, Subscriptions_NotRenewable(licenseId, reason));
            if (term.expiresAt >= from) from = term.expiresAt;
            else if (terms.cancellable) _start(term, terms.period);
        } else {
            _checkTerms(
                sale.terms,
                licenseId.has(LicenseIds.ESCROWED) || licenseId.has(LicenseIds.UPDATES),
                licenseId.has(LicenseIds.TRANSFERABLE),
                sale.referrerBps
            );
            if (terms.cancellable) {
                require(sale.payer == sale.recipient, Subscriptions_NotAGift(sale.payer, sale.recipient));
                term.feeBps = sale.protocolFeeBps;
                _start(term, terms.period);
            }
        }

        uint256 end = from + terms.period * sale.quantity;
        require(end <= block.timestamp + MAX_AHEAD, Subscriptions_TooFarAhead(licenseId, end));
        term.expiresAt = uint40(end);
        _terms[licenseId] = term;
        emit TermSet(licenseId, uint40(end));
        return terms.cancellable;
    }

    /// @inheritdoc ISubscriptions
    function release(Offer calldata offer, uint256 licenseId) external returns (uint256 amount) {
        (amount, ) = _release(offer, licenseId, false);
    }

    /// @inheritdoc ISubscriptions
    function cancel(Offer calldata offer, uint256 licenseId) external returns (uint256 refund) {
        _checkOwner(licenseId);
        (, refund) = _release(offer, licenseId, true);
    }

    /// @notice Whether the term runs, and the account holds the licence or has a seat.
    function mayUse(uint256 licenseId, address owner, address user) external view returns (bool) {
        return block.timestamp <= _terms[licenseId].expiresAt && _isUser(licenseId, owner, user);
    }

    /// @notice Last second in which the licence may be used (Unix time); 0 for an unknown one.
    function measure(uint256 licenseId) external view returns (uint256) {
        return _terms[licenseId].expiresAt;
    }

    /// @inheritdoc ISubscriptions
    function expiresAt(uint256 licenseId) external view returns (uint64) {
        return _terms[licenseId].expiresAt;
    }

    /// @inheritdoc ISubscriptions
    function userExpires(uint256 licenseId) external view returns (uint256) {
        return _terms[licenseId].expiresAt;
    }

    /// @inheritdoc ISubscriptions
    function userOf(uint256 licenseId) external view returns (address user) {
        if (block.timestamp <= _terms[licenseId].expiresAt) (user, , ) = LICENSES.stateOf(licenseId);
    }

    /// @inheritdoc ISubscriptions
    function releasedTo(uint256 licenseId) external view returns (uint40 until, uint16 feeBps) {
        Term storage term = _terms[licenseId];
        return (term.releasedTo, term.feeBps);
    }

    /// @inheritdoc ISubscriptions
    function isRenewable(
        Offer calldata offer,
        uint256 licenseId,
        address payer
    ) external view returns (bool possible, Renewal reason) {
        reason = _firstReason(offer, licenseId, payer);
        return (reason == Renewal.Possible, reason);
    }

    /// @inheritdoc IRights
    function check(Offer calldata offer) external pure {
        bool getsFile = offer.deliveryWindow != 0 || offer.includesUpdates;
        _checkTerms(offer.rightsTerms, getsFile, offer.transferable, offer.referrerBps);
    }

    /// @dev Moves the end of what is released up to now, and with `ends` the end of the term down to it, neither below
    /// what is kept.
    function _release(
        Offer calldata offer,
        uint256 licenseId,
        bool ends
    ) private returns (uint256 amount, uint256 refund) {
        _checkOffer(offer, licenseId);
        Terms memory terms = _read(offer.rightsTerms);
        require(terms.cancellable, Subscriptions_NotCancellable(licenseId));
        Term memory term = _terms[licenseId];
        // the market knows the number of an offer, and not how many licences it has sold
        require(term.expiresAt != 0, Rights_NotItsOffer(licenseId, offer.hash()));
        uint256 until = block.timestamp;
        if (ends && until < term.keptTo) until = term.keptTo;
        if (until > term.expiresAt) until = term.expiresAt;
        // a cancellation may have released up to a time to come
        if (until < term.releasedTo) until = term.releasedTo;
        uint256 held = TermWorth.worth(offer.price, term.expiresAt - term.releasedTo, terms.period);
        uint256 left = TermWorth.worth(offer.price, term.expiresAt - until, terms.period);
        // of what is held in all, so that no schedule of releases starves the fee
        uint256 toTreasury = RunningShare.growth(left, held, term.feeBps);
        amount = held - left;

        term.releasedTo = uint40(until);
        if (ends) (term.expiresAt, refund) = (uint40(until), left);
        _terms[licenseId] = term;
        emit Released(licenseId, amount);
        if (ends) emit Cancelled(licenseId, refund);

        (address treasury, , , ) = MARKET.config();
        CreditList credits = LedgerCall.allocate(3);
        credits.add(REGISTRY.payeeOf(offer.versionId), amount - toTreasury);
        credits.add(treasury, toTreasury);
        credits.add(msg.sender, refund);
        credits.move(LEDGER, offer.payToken);
    }

    function _firstReason(Offer calldata offer, uint256 licenseId, address payer) private view returns (Renewal) {
        if (!_isItsOffer(offer, licenseId)) return Renewal.NotItsOffer;
        Terms memory terms = _read(offer.rightsTerms);
        Term memory term = _terms[licenseId];
        Renewal reason = _reasonAgainst(licenseId, terms, term, payer);
        if (reason != Renewal.Possible) return reason;
        if (REGISTRY.defectiveAt(offer.versionId) != 0) return Renewal.VersionDefective;
        uint256 from = term.expiresAt >= block.timestamp ? term.expiresAt : block.timestamp;
        return from + terms.period > block.timestamp + MAX_AHEAD ? Renewal.TooFarAhead : Renewal.Possible;
    }

    /// @dev What the module itself has against a renewal.
    function _reasonAgainst(
        uint256 licenseId,
        Terms memory terms,
        Term memory term,
        address payer
    ) private view returns (Renewal) {
        // a market takes any id that has the number of the offer: one that was never issued has no term
        if (term.expiresAt == 0) return Renewal.Unknown;
        if (block.timestamp > terms.renewUntil) return Renewal.PromiseOver;
        // no other licence is ever burned or locked, or renewed by its holder alone
        if (!terms.cancellable && !licenseId.has(LicenseIds.ESCROWED)) return Renewal.Possible;
        (address owner, bool locked, ) = LICENSES.stateOf(licenseId);
        if (owner == address(0)) return Renewal.Unknown;
        if (locked) return Renewal.Locked;
        if (!terms.cancellable) return Renewal.Possible;
        if (payer != owner) return Renewal.HolderOnly;
        bool settled = term.expiresAt >= block.timestamp || term.releasedTo == term.expiresAt;
        return settled ? Renewal.Possible : Renewal.ReleaseFirst;
    }

    /// @dev A cancellable term begins, anew after a lapse. Who buys pays for the first part of a period: a purchase
    /// that is cancelled at once would be a free use, and would take a small supply away for nothing.
    function _start(Term memory term, uint256 period) private view {
        uint256 kept = period / KEPT_PART;
        if (kept < MIN_PERIOD) kept = MIN_PERIOD;
        (term.releasedTo, term.keptTo) = (uint40(block.timestamp), uint40(block.timestamp + kept));
    }

    function _seatTerms(bytes32 terms, uint256) internal pure override returns (uint256 seats, uint256 minStay) {
        return (uint16(uint256(terms) >> 80), uint32(uint256(terms) >> 96));
    }

    function _read(bytes32 terms) private pure returns (Terms memory) {
        uint256 word = uint256(terms);
        return Terms(uint32(word), uint40(word >> 32), uint8(word >> 72) != 0);
    }

    /// @dev What can be cancelled comes without any file, also without those of later versions: a key that was
    /// delivered cannot be given back.
    function _checkTerms(bytes32 terms, bool getsFile, bool transferable, uint256 referrerBps) private pure {
        uint256 word = uint256(terms);
        _require(word >> 128 == 0, "rightsTerms");
        _require(uint32(word) >= MIN_PERIOD && uint32(word) <= MAX_AHEAD, "period");
        _require(uint32(word >> 96) <= MAX_STAY, "minStay");
        uint256 cancellable = uint8(word >> 72);
        _require(
            cancellable == 0 || (cancellable == 1 && !getsFile && !transferable && referrerBps == 0),
            "cancellable"
        );
    }
}
