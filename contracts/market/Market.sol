// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {DealCodec} from "../escrow/DealCodec.sol";
import {Deal, DealStatus, IEscrow} from "../escrow/IEscrow.sol";
import {IExchange} from "../exchange/IExchange.sol";
import {IRevenueLedger} from "../ledger/IRevenueLedger.sol";
import {CreditList, LedgerCall} from "../ledger/LedgerCall.sol";
import {RevenueSplit} from "../ledger/RevenueSplit.sol";
import {ILicenseToken} from "../license/ILicenseToken.sol";
import {LicenseIds} from "../license/LicenseIds.sol";
import {IModelRegistry} from "../registry/IModelRegistry.sol";
import {NATIVE} from "../utils/Native.sol";
import {Permit} from "../utils/Permit.sol";
import {Checkout} from "./Checkout.sol";
import {CartItem, IMarket, Offer, Order, SwapPayment} from "./IMarket.sol";
import {MarketSettings} from "./MarketSettings.sol";
import {OfferBook} from "./OfferBook.sol";
import {OfferTerms} from "./OfferTerms.sol";

/// @title Market
/// @notice Sells licences at once or through the escrow. See {IMarket}.
/// @dev Invariants: those of {OfferBook} and {Checkout}; the credits of a sale are its price.
///
/// A purchase runs in this order: check the offer, count the sale, collect the price, credit it, issue the licence. In
/// an immediate sale the recipient's hook runs after all state is written. In an escrowed sale it runs before the deal
/// is opened: the licence is locked and the price is in the ledger, not yet credited. A hook that credits it to itself
/// makes the sale revert.
contract Market is Checkout {
    using SafeCast for uint256;
    using OfferTerms for Offer[];
    using DealCodec for Deal;

    /// @dev Credits that a purchase collects before it makes them, and their sum.
    struct Shares {
        CreditList credits;
        uint256 total;
        uint256 toTreasury;
    }

    /// @notice Maximum number of items in a cart; bounds the loop.
    uint256 public constant MAX_CART_ITEMS = 32;

    /// @notice Where licences are issued.
    ILicenseToken public immutable LICENSES;

    /// @param authority The AccessManager that guards the settings.
    /// @param forwarder ERC-2771 forwarder whose word on the sender is taken.
    /// @param registry Where versions and titles are read.
    /// @param licenses Where licences are issued.
    /// @param ledger Where income is credited.
    /// @param escrow Where the money of a file waits for the key.
    /// @param exchange Where other tokens are turned into an offer's.
    /// @param treasury Who receives the protocol's fee.
    /// @param protocolFeeBps The protocol's fee in basis points.
    constructor(
        address authority,
        address forwarder,
        IModelRegistry registry,
        ILicenseToken licenses,
        IRevenueLedger ledger,
        IEscrow escrow,
        IExchange exchange,
        address treasury,
        uint16 protocolFeeBps
    )
        MarketSettings(authority, forwarder, treasury, protocolFeeBps)
        OfferBook(registry, escrow)
        Checkout(ledger, exchange)
    {
        LICENSES = licenses;
    }

    /// @inheritdoc IMarket
    function purchase(
        Offer calldata offer,
        Order calldata order
    ) external payable nonReentrant returns (uint256 licenseId) {
        return _purchase(offer, order, msg.data[:0]);
    }

    /// @inheritdoc IMarket
    function purchaseWithPermit(
        Offer calldata offer,
        Order calldata order,
        Permit calldata permit
    ) external nonReentrant returns (uint256 licenseId) {
        permit.tryUse(offer.payToken, _msgSender());
        return _purchase(offer, order, msg.data[:0]);
    }

    /// @inheritdoc IMarket
    function purchaseSigned(
        Offer calldata offer,
        Order calldata order,
        bytes calldata signature
    ) external payable nonReentrant returns (uint256 licenseId) {
        return _purchase(offer, order, signature);
    }

    /// @inheritdoc IMarket
    function purchaseCart(
        CartItem[] calldata items
    ) external payable nonReentrant returns (uint256[] memory licenseIds) {
        uint256 count = items.length;
        require(count != 0 && count <= MAX_CART_ITEMS, Market_BadCart(count));
        address payer = _msgSender();
        licenseIds = new uint256[](count);

        uint256 nativeLeft = msg.value;
        for (uint256 start = 0; start < count;) {
            (uint256 end, uint256 spent) = _purchaseRun(items, start, payer, nativeLeft, licenseIds);
            nativeLeft -= spent;
            start = end;
        }

        if (nativeLeft != 0) _returnNative(payer, nativeLeft);
    }

    /// @inheritdoc IMarket
    function purchaseWithSwap(
        Offer calldata offer,
        Order calldata order,
        SwapPayment calldata payment
    ) external payable nonReentrant returns (uint256 licenseId, uint256 spent) {
        address payer = _msgSender();
        Config memory current = _openConfig();
        Offer[] memory offers = OfferTerms.allocate(1);
        uint64 serial = _takeOne(offers, 0, offer, order, msg.data[:0], payer, current);
        spent = _swap(offers[0], payment, payer);
        licenseId = _creditAndIssue(serial, offers[0], order, payer, current);

        if (msg.value > spent) _returnNative(payer, msg.value - spent);
    }

    /// @notice The escrow gave a whole price back: the licence of a sale is burned and its supply returns.
    /// @dev Only the escrow may call; reverts with {Market_NotEscrow} for anyone else.
    function dealRefunded(uint256 licenseId, bytes32 termsHash) external {
        require(msg.sender == address(ESCROW), Market_NotEscrow(msg.sender));

        ++_offers[termsHash].refunded;
        LICENSES.burn(licenseId);
    }

    /// @notice Whether a licence that was sold through the escrow is locked, and whether its holder may use it.
    function licenseState(uint256 licenseId) external view returns (bool locked, bool usable) {
        DealStatus status = ESCROW.statusOf(address(this), licenseId);
        bool closed = status == DealStatus.Settled || status == DealStatus.Split;
        return (!closed, closed || status == DealStatus.Delivered);
    }

    function _purchase(
        Offer calldata source,
        Order calldata order,
        bytes calldata signature
    ) private returns (uint256 licenseId) {
        address payer = _msgSender();
        Config memory current = _openConfig();
        Offer[] memory offers = OfferTerms.allocate(1);
        uint64 serial = _takeOne(offers, 0, source, order, signature, payer, current);
        Offer memory offer = offers[0];
        (address token, uint256 price) = (offer.payToken, offer.price);
        uint256 expected = token == NATIVE ? price : 0;
        require(msg.value == expected, Market_WrongValue(msg.value, expected));

        if (token != NATIVE) _collect(token, payer, price);
        return _creditAndIssue(serial, offer, order, payer, current);
    }

    function _creditAndIssue(
        uint64 serial,
        Offer memory offer,
        Order calldata order,
        address payer,
        Config memory current
    ) private returns (uint256 licenseId) {
        if (offer.deliveryWindow == 0) {
            Shares memory shares = Shares(LedgerCall.allocate(3), 0, 0);
            _share(shares, offer, order, current.protocolFeeBps);
            _credit(shares, offer.payToken, current.treasury);
        }
        return _issue(serial, offer, order, payer, current);
    }

    /// @dev Buys the items from `start` on that are paid in the same token, with one transfer. Returns the index after
    /// the last and the native coin that they cost.
    function _purchaseRun(
        CartItem[] calldata items,
        uint256 start,
        address payer,
        uint256 nativeLeft,
        uint256[] memory licenseIds
    ) private returns (uint256 end, uint256 nativeSpent) {
        address token = items[start].offer.payToken;
        Config memory current = _openConfig();
        Shares memory shares = Shares(LedgerCall.allocate(2 * (items.length - start) + 1), 0, 0);
        Offer[] memory offers = OfferTerms.allocate(items.length - start);
        // the sum of the prices, in whatever token: one variable more would be too many for the compiler without the IR
        (end, nativeSpent) = _takeRun(items, start, payer, current, shares, offers, licenseIds);

        if (token == NATIVE) {
            require(nativeSpent <= nativeLeft, Market_WrongValue(nativeLeft, nativeSpent));
        } else {
            _collect(token, payer, nativeSpent);
            nativeSpent = 0;
        }
        _credit(shares, token, current.treasury);
        for (uint256 i = start; i < end; ++i) {
            licenseIds[i] = _issue(uint64(licenseIds[i]), offers[i - start], items[i].order, payer, current);
        }
    }

    /// @dev Counts the items from `start` on that are paid in the same token; `sum` is the sum of their prices. Until
    /// the licences are issued, `licenseIds` holds their serials.
    function _takeRun(
        CartItem[] calldata items,
        uint256 start,
        address payer,
        Config memory current,
        Shares memory shares,
        Offer[] memory offers,
        uint256[] memory licenseIds
    ) private returns (uint256 end, uint256 sum) {
        address token = items[start].offer.payToken;
        for (end = start; end < items.length && items[end].offer.payToken == token; ++end) {
            CartItem calldata item = items[end];
            licenseIds[end] = _takeOne(offers, end - start, item.offer, item.order, item.signature, payer, current);
            Offer memory offer = offers[end - start];
            sum += offer.price;
            if (offer.deliveryWindow == 0) _share(shares, offer, item.order, current.protocolFeeBps);
        }
    }

    function _share(Shares memory shares, Offer memory offer, Order calldata order, uint16 feeBps) private pure {
        (uint256 toPayee, uint256 toTreasury, uint256 toReferrer) = RevenueSplit.shares(
            offer.price,
            feeBps,
            order.referrer == address(0) ? 0 : offer.referrerBps
        );
        shares.credits.add(offer.creator, toPayee);
        shares.credits.add(order.referrer, toReferrer);
        shares.toTreasury += toTreasury;
        shares.total += offer.price;
    }

    function _credit(Shares memory shares, address token, address treasury) private {
        if (shares.total == 0) return;
        shares.credits.add(treasury, shares.toTreasury);
        shares.credits.credit(LEDGER, token, token == NATIVE ? shares.total : 0);
    }

    /// @dev Issues the licence and, for a file, opens its deal. Until the deal is open the licence is locked and not
    /// usable.
    function _issue(
        uint64 serial,
        Offer memory offer,
        Order calldata order,
        address payer,
        Config memory current
    ) private returns (uint256 licenseId) {
        bool escrowed = offer.deliveryWindow != 0;
        require(escrowed || (order.buyerKey == 0 && order.pad == address(0)), Market_PadNotNeeded());
        uint8 flags =
            (offer.transferable ? LicenseIds.TRANSFERABLE : 0) |
                (escrowed ? LicenseIds.ESCROWED : 0) |
                (offer.includesUpdates ? LicenseIds.UPDATES : 0);

        licenseId = LICENSES.mint(order.recipient, offer.versionId, flags, serial);
        emit LicenseSold(order.termsHash, licenseId, payer, offer.price);

        if (escrowed) _openDeal(licenseId, offer, order, payer, current);
    }

    function _openDeal(
        uint256 licenseId,
        Offer memory offer,
        Order calldata order,
        address payer,
        Config memory current
    ) private {
        Deal memory deal = DealCodec.allocate()[0];
        deal.opener = address(this);
        deal.id = licenseId;
        deal.versionId = offer.versionId;
        // the escrow reads it from the registry
        deal.keyX = 0;
        deal.termsHash = order.termsHash;
        (deal.payer, deal.recipient) = (payer, order.recipient);
        (deal.seller, deal.payee) = (offer.creator, offer.creator);
        (deal.referrer, deal.treasury) = (order.referrer, current.treasury);
        (deal.payToken, deal.price) = (offer.payToken, offer.price);
        deal.protocolFeeBps = current.protocolFeeBps;
        deal.referrerBps = order.referrer == address(0) ? 0 : offer.referrerBps;
        deal.deliverBy = (block.timestamp + offer.deliveryWindow).toUint40();
        deal.complaintWindow = offer.complaintWindow;
        (deal.arbitrator, deal.bond) = (offer.arbitrator, offer.bond);
        (deal.buyerKey, deal.pad) = (order.buyerKey, order.pad);
        deal.complainBy = 0;
        deal.open(ESCROW, offer.payToken == NATIVE ? offer.price : 0);
    }
}
