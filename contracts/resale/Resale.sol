// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

import {DealCodec} from "../escrow/DealCodec.sol";
import {Deal, DealStatus, IEscrow} from "../escrow/IEscrow.sol";
import {IRevenueLedger} from "../ledger/IRevenueLedger.sol";
import {CreditList, LedgerCall} from "../ledger/LedgerCall.sol";
import {RevenueSplit} from "../ledger/RevenueSplit.sol";
import {ILicenseToken} from "../license/ILicenseToken.sol";
import {LicenseIds} from "../license/LicenseIds.sol";
import {IRights} from "../market/IRights.sol";
import {MarketSettings} from "../market/MarketSettings.sol";
import {IModelRegistry} from "../registry/IModelRegistry.sol";
import {VersionIds} from "../registry/VersionIds.sol";
import {NATIVE} from "../utils/Native.sol";
import {Permit} from "../utils/Permit.sol";
import {AskBook} from "./AskBook.sol";
import {Ask, Bid, IResale} from "./IResale.sol";

/// @notice The contracts that a resale goes through.
/// @param registry Where versions and their defects are read.
/// @param licenses Whose licences are sold.
/// @param ledger Where sellers, payees and the treasury are credited.
/// @param escrow Where the price waits for a new delivery of the key.
struct ResaleParts {
    IModelRegistry registry;
    ILicenseToken licenses;
    IRevenueLedger ledger;
    IEscrow escrow;
}

/// @title Resale
/// @notice Sells licences that somebody holds, at once or through the escrow. See {IResale}.
/// @dev Invariants: those of {AskBook}; the credits of a sale are its price; while a deal is open its licence is here,
/// and goes to the recipient or the seller once; no token and no coin stays here between calls. What is sent here
/// outside of a sale belongs to nobody, a licence too.
contract Resale is AskBook, ReentrancyGuardTransient {
    using SafeCast for uint256;
    using SafeERC20 for IERC20;
    using DealCodec for Deal;
    using LicenseIds for uint256;
    using VersionIds for uint64;

    /// @dev What a sale costs its seller, and who is paid.
    struct Shares {
        address treasury;
        uint16 feeBps;
        address payee;
        uint16 royaltyBps;
    }

    /// @notice Where versions and their defects are read.
    IModelRegistry public immutable REGISTRY;
    /// @notice Whose licences are sold.
    ILicenseToken public immutable LICENSES;
    /// @notice Where sellers, payees and the treasury are credited.
    IRevenueLedger public immutable LEDGER;
    /// @notice Where the price waits for a new delivery of the key.
    IEscrow public immutable ESCROW;

    /// @inheritdoc IResale
    mapping(uint256 dealId => uint256 licenseId) public licenseOf;

    /// @param authority The AccessManager that guards the settings.
    /// @param forwarder ERC-2771 forwarder whose word on the sender is taken.
    /// @param treasury Who receives the protocol's fee.
    /// @param protocolFeeBps The protocol's fee in basis points.
    /// @param parts The contracts that a resale goes through.
    constructor(
        address authority,
        address forwarder,
        address treasury,
        uint16 protocolFeeBps,
        ResaleParts memory parts
    ) MarketSettings(authority, forwarder, treasury, protocolFeeBps) {
        (REGISTRY, LICENSES, LEDGER, ESCROW) = (parts.registry, parts.licenses, parts.ledger, parts.escrow);
        // revert where there is no ledger and no escrow: later calls skip the check that there is code
        parts.ledger.totalOwed(NATIVE);
        parts.escrow.statusOf(address(this), 0);
    }

    /// @inheritdoc IResale
    function buy(
        Ask calldata ask,
        Bid calldata bid,
        bytes calldata signature
    ) external payable nonReentrant returns (uint256 dealId) {
        return _buy(ask, bid, signature);
    }

    /// @inheritdoc IResale
    function buyWithPermit(
        Ask calldata ask,
        Bid calldata bid,
        bytes calldata signature,
        Permit calldata permit
    ) external nonReentrant returns (uint256 dealId) {
        permit.tryUse(ask.payToken, _msgSender());
        return _buy(ask, bid, signature);
    }

    /// @inheritdoc IResale
    /// @dev No deal of this contract is ever split: that takes an arbitrator.
    function claim(Deal calldata deal) external {
        Deal memory ended = deal.load()[0];
        uint256 dealId = ended.id;
        uint256 licenseId = licenseOf[dealId];
        DealStatus status = ESCROW.statusOf(address(this), dealId);
        bool settled = status == DealStatus.Settled;
        require(
            licenseId != 0 &&
                (settled || status == DealStatus.Refunded) &&
                ESCROW.commitmentOf(address(this), dealId) == ended.commitment(),
            Resale_NotClosed(dealId)
        );

        _close(dealId, licenseId, settled ? ended.recipient : ended.seller);
    }

    /// @notice The escrow gave a whole price back: the licence returns to its seller.
    /// @dev Only the escrow may call; reverts with {Resale_NotEscrow} for anyone else. When a guarded rights module
    /// refuses, the licence stays here until `claim` succeeds.
    function dealRefunded(uint256 dealId, bytes32) external {
        require(msg.sender == address(ESCROW), Resale_NotEscrow(msg.sender));

        // the id begins with the seller
        _close(dealId, licenseOf[dealId], address(uint160(dealId >> 96)));
    }

    function _buy(Ask calldata ask, Bid calldata bid, bytes calldata signature) private returns (uint256 dealId) {
        address payer = _msgSender();
        Shares memory shares = _checkSale(ask, bid.minMeasure);
        bytes32 askHash = _take(ask, payer, signature);

        if (ask.deliveryWindow != 0) return _open(ask, bid, shares, payer, askHash);
        require(bid.buyerKey == 0 && bid.pad == address(0), Resale_PadNotNeeded());
        _sell(ask, shares, payer, bid.recipient);
    }

    /// @dev Checks the ask against what holds now: settings, version, royalty, and what is left of the licence.
    function _checkSale(Ask calldata ask, uint256 minMeasure) private view returns (Shares memory shares) {
        Config memory current = _config;
        uint256 licenseId = ask.licenseId;
        require(block.timestamp >= current.pausedUntil, Market_Paused(current.pausedUntil));
        require(current.protocolFeeBps <= ask.maxFeeBps, Resale_FeeAboveBound(current.protocolFeeBps, ask.maxFeeBps));
        _checkToken(ask.payToken);
        (shares.treasury, shares.feeBps) = (current.treasury, current.protocolFeeBps);

        // payee and rate are those of the licence's ERC-2981 `royaltyInfo`, which asks the registry for them too
        uint64 versionId = _versionOf(ask);
        uint40 defectiveAt;
        (, defectiveAt, , shares.payee) = REGISTRY.saleInfo(versionId);
        require(defectiveAt == 0, Resale_VersionDefective(versionId));
        (, shares.royaltyBps, , , ) = REGISTRY.modelInfo(versionId.modelOf());
        require(shares.royaltyBps <= ask.maxRoyaltyBps, Resale_RoyaltyAboveBound(shares.royaltyBps, ask.maxRoyaltyBps));

        uint32 rights = licenseId.rightsOf();
        if (rights != 0 && minMeasure != 0) {
            (address module, , ) = LICENSES.rightsAt(rights);
            uint256 measure = IRights(module).measure(licenseId);
            require(measure >= minMeasure, Resale_Worn(licenseId, measure, minMeasure));
        }
    }

    /// @dev The version that is sold: the licence's own, or with delivery the one whose key is delivered.
    function _versionOf(Ask calldata ask) private view returns (uint64 versionId) {
        versionId = ask.versionId;
        if (ask.deliveryWindow == 0) {
            require(versionId == 0, Resale_BadTerms("versionId"));
            require(ask.complaintWindow == 0, Resale_BadTerms("complaintWindow"));
            return ask.licenseId.versionOf();
        }
        require(LICENSES.covers(ask.licenseId, versionId), Resale_NotCovered(ask.licenseId, versionId));
    }

    /// @dev Price and licence change hands.
    function _sell(Ask calldata ask, Shares memory shares, address payer, address recipient) private {
        (address seller, address token, uint128 price) = (ask.seller, ask.payToken, ask.price);
        (uint256 toSeller, uint256 toTreasury, uint256 toPayee) = RevenueSplit.shares(
            price,
            shares.feeBps,
            shares.royaltyBps
        );
        CreditList credits = LedgerCall.allocate(3);
        credits.add(seller, toSeller);
        credits.add(shares.payee, toPayee);
        credits.add(shares.treasury, toTreasury);
        emit Resold(ask.licenseId, seller, payer, price, toPayee);

        uint256 value = _collect(token, payer, price);
        if (price != 0) credits.credit(LEDGER, token, value);
        LICENSES.safeTransferFrom(seller, recipient, ask.licenseId);
    }

    /// @dev Takes the licence and opens the deal. The royalty has the referrer's place in it.
    function _open(
        Ask calldata ask,
        Bid calldata bid,
        Shares memory shares,
        address payer,
        bytes32 askHash
    ) private returns (uint256 dealId) {
        dealId = dealIdOf(ask.seller, ask.epoch, ask.bit);
        Deal memory deal = DealCodec.allocate()[0];
        deal.opener = address(this);
        deal.id = dealId;
        deal.versionId = ask.versionId;
        // the escrow reads it from the registry
        deal.keyX = 0;
        deal.termsHash = askHash;
        (deal.payer, deal.recipient) = (payer, bid.recipient);
        (deal.seller, deal.payee) = (ask.seller, ask.seller);
        (deal.referrer, deal.treasury) = (shares.payee, shares.treasury);
        (deal.payToken, deal.price) = (ask.payToken, ask.price);
        (deal.protocolFeeBps, deal.referrerBps) = (shares.feeBps, shares.royaltyBps);
        deal.deliverBy = (block.timestamp + ask.deliveryWindow).toUint40();
        deal.complaintWindow = ask.complaintWindow;
        (deal.arbitrator, deal.bond) = (address(0), 0);
        (deal.buyerKey, deal.pad) = (bid.buyerKey, bid.pad);
        deal.complainBy = 0;
        licenseOf[dealId] = ask.licenseId;
        emit ResaleOpened(dealId, ask.licenseId);

        LICENSES.transferFrom(ask.seller, address(this), ask.licenseId);
        deal.open(ESCROW, _collect(ask.payToken, payer, ask.price));
    }

    function _close(uint256 dealId, uint256 licenseId, address to) private {
        delete licenseOf[dealId];
        emit ResaleClosed(dealId, licenseId, to);

        LICENSES.transferFrom(address(this), to, licenseId);
    }

    /// @dev Moves the price to the ledger, which refuses to credit more than arrived. Returns the native coin that is
    /// to be sent along.
    function _collect(address token, address payer, uint256 price) private returns (uint256 value) {
        value = token == NATIVE ? price : 0;
        require(msg.value == value, Resale_WrongValue(msg.value, value));
        if (token != NATIVE && price != 0) IERC20(token).safeTransferFrom(payer, address(LEDGER), price);
    }
}
