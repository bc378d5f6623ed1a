// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

import {ILicenseToken} from "../license/ILicenseToken.sol";
import {IMarket, Offer, Order} from "../market/IMarket.sol";
import {OfferTerms} from "../market/OfferTerms.sol";
import {NATIVE} from "../utils/Native.sol";
import {IStandingOrders, StandingOrder} from "./IStandingOrders.sol";
import {ISubscriptions, Renewal} from "./ISubscriptions.sol";

/// @title StandingOrders
/// @notice Renews subscriptions within what their payers allowed. See {IStandingOrders}.
/// @dev Invariants: between calls it holds no token and has no allowance at the market; of an order's payer it takes at
/// most one price and one tip for each period that the term grows.
contract StandingOrders is IStandingOrders, ReentrancyGuardTransient {
    using OfferTerms for Offer;
    using SafeERC20 for IERC20;

    /// @inheritdoc IStandingOrders
    uint256 public constant MIN_AHEAD = 10 minutes;
    /// @inheritdoc IStandingOrders
    uint256 public constant MAX_AHEAD = 7 days;

    /// @notice Where holders are read.
    ILicenseToken public immutable LICENSES;
    /// @notice The market that renews.
    IMarket public immutable MARKET;
    /// @notice The rights module whose licences are renewed.
    ISubscriptions public immutable SUBSCRIPTIONS;

    mapping(uint256 licenseId => mapping(address holder => mapping(address payer => StandingOrder))) private _orders;

    /// @param licenses Where holders are read.
    /// @param market The market that renews.
    /// @param subscriptions The rights module whose licences are renewed.
    constructor(ILicenseToken licenses, IMarket market, ISubscriptions subscriptions) {
        (LICENSES, MARKET, SUBSCRIPTIONS) = (licenses, market, subscriptions);
    }

    /// @inheritdoc IStandingOrders
    function set(Offer calldata offer, uint256 licenseId, address holder, StandingOrder calldata order) external {
        address owner = LICENSES.ownerOf(licenseId);
        require(owner == holder, StandingOrders_NotHolder(licenseId, holder, owner));
        (, Renewal reason) = SUBSCRIPTIONS.isRenewable(offer, licenseId, address(this));
        // a deal that is open and a term that is long end by themselves
        bool possible = reason == Renewal.Possible || reason == Renewal.Locked || reason == Renewal.TooFarAhead;
        require(possible, StandingOrders_NotRenewable(licenseId, reason));
        require(offer.payToken != NATIVE, StandingOrders_NativeCoin());
        _check(order.until > block.timestamp, "until");
        _check(order.ahead >= MIN_AHEAD && order.ahead <= MAX_AHEAD, "ahead");
        // else a late renewal would leave the next due soon; the terms of a subscription begin with its period
        _check(order.ahead <= uint32(uint256(offer.rightsTerms)) / 2, "ahead");
        _check(order.maxPrice >= offer.price, "maxPrice");
        _check(order.tip <= offer.price, "tip");

        _orders[licenseId][holder][msg.sender] = order;
        emit StandingOrderSet(licenseId, holder, msg.sender, order);
    }

    /// @inheritdoc IStandingOrders
    function cancel(uint256 licenseId, address holder) external {
        require(
            _orders[licenseId][holder][msg.sender].until != 0,
            StandingOrders_NoOrder(licenseId, holder, msg.sender)
        );

        delete _orders[licenseId][holder][msg.sender];
        emit StandingOrderCancelled(licenseId, holder, msg.sender);
    }

    /// @inheritdoc IStandingOrders
    function run(
        Offer calldata offer,
        uint256 licenseId,
        address payer
    ) external nonReentrant returns (uint256 expiresAt) {
        address holder = LICENSES.ownerOf(licenseId);
        StandingOrder memory order = _orders[licenseId][holder][payer];
        require(block.timestamp <= order.until, StandingOrders_NoOrder(licenseId, holder, payer));
        uint256 end = SUBSCRIPTIONS.expiresAt(licenseId);
        require(end <= block.timestamp + order.ahead, StandingOrders_NotDue(licenseId, end - order.ahead));
        // the market proves that the licence was sold under this offer, whose price the order was checked against
        uint256 price = offer.price;
        IERC20 token = IERC20(offer.payToken);
        emit StandingOrderRun(licenseId, holder, payer, msg.sender, price, order.tip);

        token.safeTransferFrom(payer, address(this), price + order.tip);
        token.forceApprove(address(MARKET), price);
        Order memory renewal;
        (renewal.termsHash, renewal.maxPrice) = (offer.hash(), order.maxPrice);
        (renewal.recipient, renewal.renews) = (holder, licenseId);
        MARKET.purchase(offer, renewal);
        if (order.tip != 0) token.safeTransfer(msg.sender, order.tip);
        return SUBSCRIPTIONS.expiresAt(licenseId);
    }

    /// @inheritdoc IStandingOrders
    function orderOf(uint256 licenseId, address holder, address payer) external view returns (StandingOrder memory) {
        return _orders[licenseId][holder][payer];
    }

    function _check(bool right, string memory field) private pure {
        require(right, StandingOrders_BadOrder(field));
    }
}
