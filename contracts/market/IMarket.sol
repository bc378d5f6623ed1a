// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IDealOpener} from "../escrow/IEscrow.sol";
import {Hop} from "../exchange/IExchange.sol";
import {ILicenseModule} from "../license/ILicenseToken.sol";
import {Permit} from "../utils/Permit.sol";
import {IMarketSettings} from "./IMarketSettings.sol";

/// @notice All terms of an offer. An offer has no other terms, and none of them can change: its id is the hash of all
/// of them.
/// @param versionId The version whose licence is sold.
/// @param creator Who offers: must hold the model's title, at the offer and at every sale of a new licence. Is paid,
/// unless the model has a fixed payee. A renewal asks for no title, and pays the version's payee of that day.
/// @param payToken Token of the price, from the allow-list; zero is the native coin.
/// @param price Price of one licence, in the token's smallest unit.
/// @param supply How many licences may be sold.
/// @param expiresAt Last second in which a new licence can be bought; 0 is never. Renewals go on.
/// @param buyer The only account that may pay for a new licence; zero is anyone.
/// @param referrerBps The referrer's share, in basis points: at most 5,000, and at most 1,000 where the income of the
/// model goes to a fixed payee that is not the title holder. It goes to the payee when there is no referrer.
/// @param maxProtocolFeeBps The highest protocol fee that the creator accepts, in basis points. A higher one stops new
/// sales; of renewals only this much is taken.
/// @param transferable Whether the licensee may give the licence away.
/// @param includesUpdates Whether the licence covers later versions of the model.
/// @param deliveryWindow Seconds that the creator has to deliver the key to the file; 0 settles at once, without the
/// escrow.
/// @param complaintWindow Seconds that the licensee has to complain after delivery; 0 without the escrow.
/// @param arbitrator ERC-792 arbitrator; zero when there is none.
/// @param bond The creator's half of an arbitration's cost, in wei, reserved for each open deal; 0 without an
/// arbitrator.
/// @param epoch The creator's signing epoch: a signed offer dies when the creator moves to another. Listed offers
/// ignore it.
/// @param salt Distinguishes offers that are alike in everything else.
/// @param rights Index of the rights module that says who may use a licence; 0: its holder alone.
/// @param rightsTerms What the rights module promises, in its own form; zero without one.
/// @param policy Who may buy, in the form of {IOfferPolicies}; zero: anybody.
struct Offer {
    uint64 versionId;
    address creator;
    address payToken;
    uint128 price;
    uint32 supply;
    uint40 expiresAt;
    address buyer;
    uint16 referrerBps;
    uint16 maxProtocolFeeBps;
    bool transferable;
    bool includesUpdates;
    uint32 deliveryWindow;
    uint32 complaintWindow;
    address arbitrator;
    uint96 bond;
    uint64 epoch;
    uint64 salt;
    uint32 rights;
    bytes32 rightsTerms;
    bytes32 policy;
}

/// @notice What a buyer asks for.
/// @param termsHash Hash of the offer that the buyer saw.
/// @param maxPrice The most that the buyer pays, in the smallest unit of the offer's token.
/// @param recipient Who receives a new licence. In a renewal nobody receives anything: a policy of the offer asks for
/// the holder's name here.
/// @param referrer Who sent the buyer; zero when nobody did.
/// @param buyerKey With the escrow: x coordinate of a fresh point `B`. Zero otherwise.
/// @param pad With the escrow: the address that the delivered scalar is checked against. Otherwise a key that the
/// rights module asks for, and zero without a module.
/// @param renews The licence that is renewed; 0 for a new one.
/// @param quantity How many times the offer is bought for the one licence; 0 and 1 are the same, more needs a rights
/// module.
struct Order {
    bytes32 termsHash;
    uint256 maxPrice;
    address recipient;
    address referrer;
    bytes32 buyerKey;
    address pad;
    uint256 renews;
    uint32 quantity;
}

/// @notice One item of a cart.
/// @param offer The terms.
/// @param order What the buyer asks for.
/// @param signature The creator's signature of the offer; empty when it is listed.
struct CartItem {
    Offer offer;
    Order order;
    bytes signature;
}

/// @notice How a buyer pays in another token than the offer's.
/// @param tokenIn What the buyer pays in; zero is the native coin.
/// @param maxSpent The most that is spent, in its smallest unit.
/// @param deadline Last second for the swap.
/// @param hops The exchange's pools from `tokenIn` to the offer's token.
struct SwapPayment {
    address tokenIn;
    uint256 maxSpent;
    uint256 deadline;
    Hop[] hops;
}

/// @title IMarket
/// @notice Sells licences: for offers that were listed on chain and for offers that their creator signed, one or many
/// at a time, at once or through the escrow. Holds no money and no licence between calls.
/// @dev Glossary: *listed* - the creator announced the offer in a transaction; *signed* - the creator signed it off
/// chain (EIP-712). Both are identified by the same hash and share one count of what was sold.
///
/// Trusted: the Authority sets the protocol's fee (at most `MAX_PROTOCOL_FEE_BPS`), the treasury, the pay tokens and
/// pauses purchases (at most `MAX_PAUSE` in any `PAUSE_COOLDOWN` for each mandate of a guardian; a mandate takes a
/// vote). None of it touches a licence that was sold or a deal that is open.
///
/// A pay token's issuer may freeze balances, stop transfers or start to charge for them; `payTokenRisks` says what is
/// known of each.
interface IMarket is IMarketSettings, IDealOpener, ILicenseModule {
    /// @notice An offer was listed. All of its terms are in the event.
    event OfferListed(bytes32 indexed termsHash, uint64 indexed versionId, address indexed creator, Offer offer);
    /// @notice An offer, listed or signed, can no longer be bought.
    event OfferRevoked(bytes32 indexed termsHash, address indexed creator);
    /// @notice All offers that `creator` signed for an earlier epoch can no longer be bought.
    event EpochStarted(address indexed creator, uint64 epoch);
    /// @notice A licence was sold, or renewed: then the licence is an older one. Who received it is in the licence's
    /// `Transfer`, who was credited in the ledger's {Credited}; with the escrow {DealOpened} has the rest.
    event LicenseSold(bytes32 indexed termsHash, uint256 indexed licenseId, address indexed payer, uint256 price);

    /// @notice Terms that no offer can have; `field` names the first that is wrong.
    error Market_BadTerms(string field);
    /// @notice Only the holder of the title can offer licences of its versions.
    error Market_NotTitleHolder(uint64 versionId, address caller, address holder);
    /// @notice Only its creator can revoke an offer.
    error Market_NotCreator(address caller, address creator);
    /// @notice The version was proven defective: it is not sold any more.
    error Market_VersionDefective(uint64 versionId);
    /// @notice The offer is listed already.
    error Market_AlreadyListed(bytes32 termsHash);
    /// @notice The offer was revoked.
    error Market_OfferRevoked(bytes32 termsHash);
    /// @notice The offer was never listed, and no signature came with it.
    error Market_NotListed(bytes32 termsHash);
    /// @notice The offer that came is not the one whose hash the buyer agreed to.
    error Market_TermsMismatch(bytes32 expected, bytes32 actual);
    /// @notice The creator did not sign these terms for this market on this chain.
    error Market_BadSignature(bytes32 termsHash, address creator);
    /// @notice The creator has started another epoch since the offer was signed.
    error Market_WrongEpoch(address creator, uint64 offered, uint64 current);
    /// @notice The offer could be bought until `expiresAt`.
    error Market_OfferExpired(bytes32 termsHash, uint40 expiresAt);
    /// @notice All licences of the offer are sold.
    error Market_SoldOut(bytes32 termsHash, uint32 supply);
    /// @notice The offer is for another buyer.
    error Market_NotTheBuyer(address caller, address buyer);
    /// @notice The price is above the buyer's bound.
    error Market_PriceAboveBound(uint256 price, uint256 maxPrice);
    /// @notice The protocol's fee is above what the creator accepts of a new sale.
    error Market_FeeAboveBound(uint256 feeBps, uint256 maxFeeBps);
    /// @notice The creator no longer holds the title: the offer is dead.
    error Market_TitleMoved(uint64 versionId, address creator, address holder);
    /// @notice A licence sold at once needs no buyer's key, and a pad only where a rights module asks for one.
    error Market_PadNotNeeded();
    /// @notice The licence was not sold under these terms, or has no rights that can be renewed.
    error Market_NotItsOffer(uint256 licenseId, bytes32 termsHash);
    /// @notice Only rights that a module counts are sold several at a time.
    error Market_SoldSingly(uint32 quantity);
    /// @notice The value sent is not the price.
    error Market_WrongValue(uint256 sent, uint256 expected);
    /// @notice The pools do not lead to the offer's token, or the offer is free and needs no swap.
    error Market_WrongPath(address payToken);
    /// @notice The swap would cost more than the buyer's bound.
    error Market_SwapAboveBound(uint256 needed, uint256 maxSpent);
    /// @notice Native coin comes with a purchase, or back from the exchange.
    error Market_UnexpectedCoin(address sender);
    /// @notice A cart has 1 to `MAX_CART_ITEMS` items.
    error Market_BadCart(uint256 items);
    /// @notice Only the escrow may report on deals.
    error Market_NotEscrow(address caller);

    /// @notice Lists an offer. Only the holder of the version's title may call, as the offer's creator. Value sent
    /// becomes bond.
    /// @dev
    /// - Reverts with {Market_NotTitleHolder}, {Market_VersionDefective}, {Market_BadTerms}, {Market_TokenNotListed},
    ///   {Market_OfferExpired}, {Market_AlreadyListed}, {Market_OfferRevoked}.
    ///
    /// Emits {OfferListed}.
    /// @return termsHash The id of the offer.
    function createOffer(Offer calldata offer) external payable returns (bytes32 termsHash);

    /// @notice Revokes an offer, listed or signed. Final. Only its creator may call; what was sold stays sold.
    /// @dev Reverts with {Market_NotCreator} unless the creator calls. Emits {OfferRevoked}.
    function revokeOffer(Offer calldata offer) external;

    /// @notice Revokes everything that the caller signed so far. Listed offers are not touched.
    /// @dev Emits {EpochStarted}.
    function revokeAllSigned() external;

    /// @notice Buys one licence of a listed offer. Callable by any payer the offer admits.
    /// @dev The price comes from the caller's allowance to this contract, or is the value sent.
    /// - Reverts with {Market_Paused}, {Market_TermsMismatch}, {Market_NotListed}, {Market_OfferRevoked},
    ///   {Market_OfferExpired}, {Market_SoldOut}, {Market_NotTheBuyer}, {Market_PriceAboveBound},
    ///   {Market_FeeAboveBound}, {Market_TokenNotListed}, {Market_VersionDefective}, {Market_TitleMoved},
    ///   {Market_PadNotNeeded}, {Market_SoldSingly}, {Market_NotItsOffer}, {Market_WrongValue}.
    /// - Reverts with {Market_BadTerms} and "referrerBps" when a payee was fixed since the offer was listed, and the
    ///   referrer's share is above 1,000 basis points.
    /// - Reverts with {RevenueLedger_Unbacked} when the token charges for the transfer.
    /// - Reverts with ERC-6093 `ERC721InvalidReceiver` when the recipient is a contract without the receiver hook.
    ///
    /// Emits {LicenseSold}. The recipient's hook is called after the money is accounted for.
    /// @return licenseId The licence.
    function purchase(Offer calldata offer, Order calldata order) external payable returns (uint256 licenseId);

    /// @notice Like `purchase`, with the caller's ERC-2612 permit in place of an allowance. Callable by any payer the
    /// offer admits.
    /// @dev A permit that was used or does not verify is ignored: the allowance decides, so a front-runner cannot stop
    /// the purchase. A deadline of 0 is no permit.
    function purchaseWithPermit(
        Offer calldata offer,
        Order calldata order,
        Permit calldata permit
    ) external returns (uint256 licenseId);

    /// @notice Like `purchase`, for an offer that its creator signed (EIP-712, or ERC-1271 by a contract) and never
    /// listed. Callable by any payer the offer admits.
    /// @dev Reverts with {Market_BadSignature}, {Market_WrongEpoch} and {Market_BadTerms} besides. The offer's supply
    /// counts its uses.
    function purchaseSigned(
        Offer calldata offer,
        Order calldata order,
        bytes calldata signature
    ) external payable returns (uint256 licenseId);

    /// @notice Buys several licences, all or none. Consecutive items in the same token are paid with one transfer.
    /// Callable by any payer the offers admit.
    /// @dev Value above the sum goes back to the caller, or to the caller's ledger balance when it is refused.
    /// - Reverts with {Market_BadCart}, {Market_WrongValue} when the value does not cover the items in native coin, and
    ///   as the single purchases do.
    function purchaseCart(CartItem[] calldata items) external payable returns (uint256[] memory licenseIds);

    /// @notice Like `purchase`, paid in any token that the exchange can turn into the offer's, in one transaction.
    /// Callable by any payer the offer admits.
    /// @dev Takes from the caller's allowance to this contract exactly what the swap needs; native coin beyond it goes
    /// back to the caller, or to the caller's ledger balance when it is refused. No allowance is left behind.
    /// - Reverts with {Market_WrongPath}, {Market_SwapAboveBound}, {Market_WrongValue} when the value is not `maxSpent`
    ///   of native coin, as `purchase` does, and as `swapExactOut` of the exchange does.
    /// @return licenseId The licence.
    /// @return spent What was spent of `tokenIn`, in its smallest unit.
    function purchaseWithSwap(
        Offer calldata offer,
        Order calldata order,
        SwapPayment calldata payment
    ) external payable returns (uint256 licenseId, uint256 spent);

    /// @notice The id of an offer: its EIP-712 struct hash.
    function hashOffer(Offer calldata offer) external pure returns (bytes32 termsHash);

    /// @notice What a creator signs: the EIP-712 digest of an offer for this market on this chain.
    function offerDigest(Offer calldata offer) external view returns (bytes32);

    /// @notice The state of an offer: licences sold and not refunded, whether it is listed, whether it was revoked.
    function offerState(bytes32 termsHash) external view returns (uint32 sold, bool listed, bool revoked);

    /// @notice The epoch for which a creator's signatures count now.
    function epochOf(address creator) external view returns (uint64);
}
