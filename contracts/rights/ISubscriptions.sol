// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Offer} from "../market/IMarket.sol";
import {ISeats} from "./ISeats.sol";

/// @notice Whether a subscription can be renewed now, and otherwise why not.
enum Renewal {
    Possible,
    /// The licence was not sold under these terms.
    NotItsOffer,
    /// No such subscription was bought, or its purchase was refunded.
    Unknown,
    /// Its deal is open: it is renewed when the file is delivered and accepted.
    Locked,
    /// The seller promised renewals until a time that is past.
    PromiseOver,
    /// One that can be cancelled is renewed by its holder alone.
    HolderOnly,
    /// One that can be cancelled has lapsed, and what it earned is not released yet.
    ReleaseFirst,
    /// The version was proven defective.
    VersionDefective,
    /// One more period would end more than `MAX_AHEAD` from now.
    TooFarAhead
}

/// @title ISubscriptions
/// @notice Licences for a time, renewed under the terms and at the price of the first purchase for as long as the
/// seller promised. A lapsed one is renewed like a running one. Seats as in {ISeats}.
/// @dev Glossary: *term* - the time until which a licence may be used; *period* - what one purchase of the offer adds.
///
/// `rightsTerms`, from the lowest bit: `period` (32 bits, seconds), `renewUntil` (40 bits, Unix time; 0: never;
/// 2^40 - 1: for as long as the chain stands), `cancellable` (8 bits, 0 or 1), `seats` (16 bits), `minStay` (32 bits,
/// seconds); the rest is zero.
///
/// The price of a cancellable subscription stays with the module and is released as time passes; its holder can cancel,
/// and what is left comes back at once. Its first `period / KEPT_PART`, at least `MIN_PERIOD`, is paid for in any case:
/// a cancellation ends the term no earlier. The worth of `u` seconds is `V(u) = floor(price * u / period)`. A renewal
/// adds whole periods at the same price, so `V(u + k * period) = V(u) + k * price` exactly, and no schedule of releases
/// loses or gains a unit. The protocol's fee is a share of what is held, rounded down: each purchase and each
/// cancellation rounds it by less than one unit, and no schedule of releases does.
///
/// A right that its holder can turn back into money is soulbound, and only its holder pays for it.
interface ISubscriptions is ISeats {
    /// @notice A subscription was bought or renewed, until `expiresAt` (Unix time, inclusive).
    event TermSet(uint256 indexed licenseId, uint40 expiresAt);
    /// @notice What the time that passed has earned was credited: to the payee, less the fee to the treasury.
    event Released(uint256 indexed licenseId, uint256 amount);
    /// @notice The holder ended the subscription, and was credited with the time that was left. It ends when it is
    /// released: see `expiresAt`.
    event Cancelled(uint256 indexed licenseId, uint256 refund);

    /// @notice The subscription cannot be renewed; `reason` says why not.
    error Subscriptions_NotRenewable(uint256 licenseId, Renewal reason);
    /// @notice The term would end more than `MAX_AHEAD` from now.
    error Subscriptions_TooFarAhead(uint256 licenseId, uint256 expiresAt);
    /// @notice The subscription was sold as one that cannot be cancelled: nothing of it is kept here.
    error Subscriptions_NotCancellable(uint256 licenseId);
    /// @notice A cancellable subscription is bought by the one who receives it.
    error Subscriptions_NotAGift(address payer, address recipient);

    /// @notice Shortest period of an offer, in seconds.
    function MIN_PERIOD() external view returns (uint256);

    /// @notice Longest period of an offer, and how far ahead of now a term can end, in seconds.
    function MAX_AHEAD() external view returns (uint256);

    /// @notice The first period divided by this is paid for in any case, and at least `MIN_PERIOD` of it.
    function KEPT_PART() external view returns (uint256);

    /// @notice Credits what the time that has passed of a cancellable subscription earned. Anyone may call.
    /// @dev To the payee that the version has now, and the fee of the first purchase to the treasury that the
    /// market names now. Reverts with {Rights_NotItsOffer}, {Subscriptions_NotCancellable}. Emits {Released}.
    /// @return amount What was credited, in the token's smallest unit; 0 when there was nothing.
    function release(Offer calldata offer, uint256 licenseId) external returns (uint256 amount);

    /// @notice Ends a cancellable subscription now, or when the first part of its period, which is kept, is over. Only
    /// its holder may call.
    /// @dev Releases what the time up to that end earned, and credits the holder with the rest, rounded down.
    /// - Reverts with {Rights_NotOwner}, {Rights_NotItsOffer}, {Subscriptions_NotCancellable}.
    ///
    /// Emits {Released} and {Cancelled}. The licence stays, and can be renewed while the seller's promise lasts.
    /// @return refund What the holder was credited with, in the token's smallest unit.
    function cancel(Offer calldata offer, uint256 licenseId) external returns (uint256 refund);

    /// @notice Last second in which a licence may be used (Unix time); 0 for one that was never sold. In the shape of
    /// ERC-5643.
    function expiresAt(uint256 licenseId) external view returns (uint64);

    /// @notice Until when a cancellable subscription's price was released (Unix time; to come after a cancellation in
    /// the part that is kept), and the fee of its first purchase in basis points; 0 for others.
    function releasedTo(uint256 licenseId) external view returns (uint40 until, uint16 feeBps);

    /// @notice Whether a licence could be renewed now by `payer`, and if not, the first reason. A policy of the offer
    /// is not asked, nor whether the payer has the money.
    function isRenewable(
        Offer calldata offer,
        uint256 licenseId,
        address payer
    ) external view returns (bool possible, Renewal reason);

    /// @notice The holder, while the term runs; zero otherwise. In the shape of ERC-4907; users with seats may use the
    /// licence as well.
    function userOf(uint256 licenseId) external view returns (address);

    /// @notice As `expiresAt`, in the shape of ERC-4907.
    function userExpires(uint256 licenseId) external view returns (uint256);
}
