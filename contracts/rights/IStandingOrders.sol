// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Offer} from "../market/IMarket.sol";
import {Renewal} from "./ISubscriptions.sol";

/// @notice What a payer allows for one licence.
/// @param maxPrice The most that one renewal may cost, in the smallest unit of the offer's token.
/// @param until Last second in which it may be renewed (Unix time); 0 when there is no order.
/// @param ahead How long before the end of the term it may be renewed, in seconds.
/// @param tip What the caller of `run` receives, in the smallest unit of the offer's token.
struct StandingOrder {
    uint128 maxPrice;
    uint40 until;
    uint32 ahead;
    uint96 tip;
}

/// @title IStandingOrders
/// @notice Renews subscriptions automatically: a payer allows it once, and anyone may then send the renewal when it is
/// due, for a tip. Holds no money between calls.
/// @dev The payer approves this contract for the offer's token; the market's allowance is never used. An order is of
/// one licence, one holder and one payer: it is void while somebody else holds the licence. It renews one period at a
/// time, and never one that ends later than `ahead` from now. So it takes one price and one tip for each period that
/// the term grows; after a late run the next is due a period less `ahead` later.
///
/// Only ERC-20 prices: nobody can be allowed to take native coin. A subscription that can be cancelled is renewed by
/// its holder alone, and has no standing orders. For an offer with a policy it is the holder that must be cleared.
///
/// Trusted: nobody. It is a buyer like any other.
interface IStandingOrders {
    /// @notice A payer allowed renewals, or changed what it allows.
    event StandingOrderSet(
        uint256 indexed licenseId,
        address indexed holder,
        address indexed payer,
        StandingOrder order
    );
    /// @notice A payer took an order back.
    event StandingOrderCancelled(uint256 indexed licenseId, address indexed holder, address indexed payer);
    /// @notice A subscription was renewed; `payer` paid `price` for it, and `tip` to `runner`.
    event StandingOrderRun(
        uint256 indexed licenseId,
        address indexed holder,
        address indexed payer,
        address runner,
        uint256 price,
        uint256 tip
    );

    /// @notice The payer has no order for this licence and its present holder, or it has ended.
    error StandingOrders_NoOrder(uint256 licenseId, address holder, address payer);
    /// @notice An order ends in the future, and renews between `MIN_AHEAD` and `MAX_AHEAD` before the end of the term
    /// and at most half a period; the tip is at most the price. `field` names the first that is wrong.
    error StandingOrders_BadOrder(string field);
    /// @notice The licence is not with the holder whom the payer means.
    error StandingOrders_NotHolder(uint256 licenseId, address expected, address holder);
    /// @notice The licence cannot be renewed by somebody else under this offer.
    error StandingOrders_NotRenewable(uint256 licenseId, Renewal reason);
    /// @notice The price is in native coin, which nobody can be allowed to take.
    error StandingOrders_NativeCoin();
    /// @notice The term ends too late for a renewal: it is due at `notBefore` (Unix time).
    error StandingOrders_NotDue(uint256 licenseId, uint256 notBefore);

    /// @notice Shortest time before the end of a term at which an order renews, in seconds.
    function MIN_AHEAD() external view returns (uint256);

    /// @notice Longest time before the end of a term at which an order renews, in seconds.
    function MAX_AHEAD() external view returns (uint256);

    /// @notice Allows renewals of a licence for as long as `holder` has it. Replaces the caller's earlier order for the
    /// two. Anyone may call, for any licence: the caller pays.
    /// @dev Approve this contract for price and tip of as many periods as are wanted. Price and tip can be checked here
    /// because the price of a licence never changes.
    /// - Reverts with {StandingOrders_NotHolder}, {StandingOrders_NotRenewable}, {StandingOrders_NativeCoin},
    ///   {StandingOrders_BadOrder}; with ERC-6093 `ERC721NonexistentToken` for an unknown licence.
    ///
    /// Emits {StandingOrderSet}.
    /// @param offer The offer that the licence was sold under.
    /// @param holder Who holds the licence: it may be sold before the transaction is mined.
    function set(Offer calldata offer, uint256 licenseId, address holder, StandingOrder calldata order) external;

    /// @notice Takes the caller's order for a licence and a holder back. Only the payer may call; the order is found
    /// under the caller.
    /// @dev Reverts with {StandingOrders_NoOrder}. Emits {StandingOrderCancelled}.
    function cancel(uint256 licenseId, address holder) external;

    /// @notice Renews a licence for one period, paid by `payer`, when it is due. Anyone may call, and receives the tip.
    /// @dev Also after the term has ended: a new period then begins now.
    /// - Reverts with {StandingOrders_NoOrder}, {StandingOrders_NotDue}; as `purchase` of the market does, with
    ///   {Subscriptions_NotRenewable} among others; and as the token does when allowance or balance do not suffice.
    ///
    /// Emits {StandingOrderRun}.
    /// @return expiresAt The new end of the term (Unix time).
    function run(Offer calldata offer, uint256 licenseId, address payer) external returns (uint256 expiresAt);

    /// @notice The order of a payer for a licence while `holder` has it.
    function orderOf(
        uint256 licenseId,
        address holder,
        address payer
    ) external view returns (StandingOrder memory order);
}
