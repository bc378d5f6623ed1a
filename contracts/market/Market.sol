// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {DealCodec} from "../escrow/DealCodec.sol";
import {Deal, DealStatus} from "../escrow/IEscrow.sol";
import {CreditList, LedgerCall} from "../ledger/LedgerCall.sol";
import {RevenueSplit} from "../ledger/RevenueSplit.sol";
import {NATIVE} from "../utils/Native.sol";
import {Permit} from "../utils/Permit.sol";
import {Checkout} from "./Checkout.sol";
import {CartItem, IMarket, Offer, Order, SwapPayment} from "./IMarket.sol";
import {MarketSettings} from "./MarketSettings.sol";
import {OfferBook, Parts} from "./OfferBook.sol";
import {Line, OfferTerms} from "./OfferTerms.sol";

/// @title Market
/// @notice Sells licences at once or through the escrow. See {IMarket}.
/// @dev Invariants: those of {OfferBook} and {Checkout}; the credits of a sale are its price.
///
/// A purchase runs in this order: check the offer, count the sale, ask policy and rights module, collect the price,
/// credit it, issue the licence. In an immediate sale the recipient's hook runs after all state is written. In an
/// escrowed sale it runs before the deal is opened: the licence is locked and the price is in the ledger, not yet
/// credited. A hook that credits it to itself makes the sale revert.
contract Market is Checkout {
    using SafeCast for uint256;
    using DealCodec for Deal;

    /// @dev Credits that a purchase collects before it makes them, and their sum.
    struct Shares {
        CreditList credits;
        uint256 total;
        uint256 toTreasury;
    }

    /// @notice Maximum number of items in a cart; bounds the loop.
    uint256 public constant MAX_CART_ITEMS = 32;

    /// @param authority The AccessManager that guards the settings.
    /// @param forwarder ERC-2771 forwarder whose word on the sender is taken.
    /// @param treasury Who receives the protocol's fee.
    /// @param protocolFeeBps The protocol's fee in basis points.
    /// @param parts The contracts that a sale goes through.
    constructor(
        address authority,
        address forwarder,
        address treasury,
        uint16 protocolFeeBps,
        Parts memory parts
    ) MarketSettings(authority, forwarder, treasury, protocolFeeBps) OfferBook(parts) Checkout(parts) {}

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
        Config memory current = _config;
        Line memory line = OfferTerms.allocate(1)[0];
        _takeOne(line, offer, order, msg.data[:0], payer, current);
        spent = _swap(line, payment, payer);
        licenseId = _creditAndIssue(line, order, payer, current);

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
        Config memory current = _config;
        Line memory line = OfferTerms.allocate(1)[0];
        _takeOne(line, source, order, signature, payer, current);
        (address token, uint256 price) = (line.offer.payToken, line.price);
        uint256 expected = token == NATIVE ? price : 0;
        require(msg.value == expected, Market_WrongValue(msg.value, expected));

        if (token != NATIVE) _collect(token, payer, price);
        return _creditAndIssue(line, order, payer, current);
    }

    function _creditAndIssue(
        Line memory line,
        Order calldata order,
        address payer,
        Config memory current
    ) private returns (uint256 licenseId) {
        if (!line.escrowed) {
            Shares memory shares = Shares(LedgerCall.allocate(3), 0, 0);
            _share(shares, line, order.referrer);
            _credit(shares, line.offer.payToken, current.treasury);
        }
        return _issue(line, order, payer, current.treasury);
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
        Config memory current = _config;
        Shares memory shares = Shares(LedgerCall.allocate(2 * (items.length - start) + 1), 0, 0);
        Line[] memory lines = OfferTerms.allocate(items.length - start);
        // the sum of the prices, in whatever token: one variable more would be too many for the compiler without the IR
        (end, nativeSpent) = _takeRun(items, start, payer, current, shares, lines);

        if (token == NATIVE) {
            require(nativeSpent <= nativeLeft, Market_WrongValue(nativeLeft, nativeSpent));
        } else {
            _collect(token, payer, nativeSpent);
            nativeSpent = 0;
        }
        _credit(shares, token, current.treasury);
        for (uint256 i = start; i < end; ++i) {
            licenseIds[i] = _issue(lines[i - start], items[i].order, payer, current.treasury);
        }
    }

    /// @dev Takes the items from `start` on that are paid in the same token; `sum` is the sum of their prices.
    function _takeRun(
        CartItem[] calldata items,
        uint256 start,
        address payer,
        Config memory current,
        Shares memory shares,
        Line[] memory lines
    ) private returns (uint256 end, uint256 sum) {
        address token = items[start].offer.payToken;
        for (end = start; end < items.length && items[end].offer.payToken == token; ++end) {
            CartItem calldata item = items[end];
            Line memory line = lines[end - start];
            _takeOne(line, item.offer, item.order, item.signature, payer, current);
            sum += line.price;
            if (!line.escrowed) _share(shares, line, item.order.referrer);
        }
    }

    function _share(Shares memory shares, Line memory line, address referrer) private pure {
        (uint256 toPayee, uint256 toTreasury, uint256 toReferrer) = RevenueSplit.shares(
            line.price,
            line.feeBps,
            line.referrerBps
        );
        shares.credits.add(line.payee, toPayee);
        shares.credits.add(referrer, toReferrer);
        shares.toTreasury += toTreasury;
        shares.total += line.price;
    }

    function _credit(Shares memory shares, address token, address treasury) private {
        if (shares.total == 0) return;
        shares.credits.add(treasury, shares.toTreasury);
        shares.credits.credit(LEDGER, token, token == NATIVE ? shares.total : 0);
    }

    /// @dev Issues the licence, unless it is renewed, and opens the deal of a file. Until the deal is open the licence
    /// is locked and not usable.
    function _issue(
        Line memory line,
        Order calldata order,
        address payer,
        address treasury
    ) private returns (uint256 licenseId) {
        require(
            line.escrowed || (order.buyerKey == 0 && (order.pad == address(0) || line.offer.rights != 0)),
            Market_PadNotNeeded()
        );

        licenseId = order.renews == 0 ? LICENSES.mint(order.recipient, line.draft) : order.renews;
        emit LicenseSold(order.termsHash, licenseId, payer, line.price);

        if (line.escrowed) _openDeal(licenseId, line, order, payer, treasury);
    }

    function _openDeal(
        uint256 licenseId,
        Line memory line,
        Order calldata order,
        address payer,
        address treasury
    ) private {
        Offer memory offer = line.offer;
        Deal memory deal = DealCodec.allocate()[0];
        deal.opener = address(this);
        deal.id = licenseId;
        deal.versionId = offer.versionId;
        // the escrow reads it from the registry
        deal.keyX = 0;
        deal.termsHash = order.termsHash;
        (deal.payer, deal.recipient) = (payer, order.recipient);
        (deal.seller, deal.payee) = (offer.creator, line.payee);
        (deal.referrer, deal.treasury) = (order.referrer, treasury);
        (deal.payToken, deal.price) = (offer.payToken, line.price);
        (deal.protocolFeeBps, deal.referrerBps) = (line.feeBps, line.referrerBps);
        deal.deliverBy = (block.timestamp + offer.deliveryWindow).toUint40();
        deal.complaintWindow = offer.complaintWindow;
        (deal.arbitrator, deal.bond) = (offer.arbitrator, offer.bond);
        (deal.buyerKey, deal.pad) = (order.buyerKey, order.pad);
        deal.complainBy = 0;
        deal.open(ESCROW, offer.payToken == NATIVE ? line.price : 0);
    }
}
