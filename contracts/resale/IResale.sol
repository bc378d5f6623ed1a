// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Deal, IDealOpener} from "../escrow/IEscrow.sol";
import {IMarketSettings} from "../market/IMarketSettings.sol";
import {Permit} from "../utils/Permit.sol";

/// @notice All terms on which a holder sells a licence. They are signed, and used at most once.
/// @param licenseId The licence.
/// @param seller Who sells it and signs: must hold it at the sale, and have approved the resale for it.
/// @param payToken Token of the price, from the allow-list; zero is the native coin.
/// @param price Price in the token's smallest unit. The seller receives what the fee and the royalty leave of it.
/// @param expiresAt Last second in which it can be bought; at most `MAX_AHEAD` after the sale.
/// @param buyer The only account that may pay; zero is anyone.
/// @param maxFeeBps The highest protocol fee that the seller accepts, in basis points.
/// @param maxRoyaltyBps The highest royalty that the seller accepts, in basis points.
/// @param versionId The version whose key the seller delivers; 0 for a sale at once. The licence must cover it.
/// @param deliveryWindow Seconds that the seller has to deliver the key to the file; 0 sells at once, without the
/// escrow.
/// @param complaintWindow Seconds that the recipient has to complain after delivery; 0 for a sale at once.
/// @param epoch The seller's signing epoch: the ask dies when the seller moves to another.
/// @param bit Which of the seller's 224 bits the ask uses up. Of several asks with one bit, one can be used.
struct Ask {
    uint256 licenseId;
    address seller;
    address payToken;
    uint128 price;
    uint40 expiresAt;
    address buyer;
    uint16 maxFeeBps;
    uint16 maxRoyaltyBps;
    uint64 versionId;
    uint32 deliveryWindow;
    uint32 complaintWindow;
    uint32 epoch;
    uint8 bit;
}

/// @notice What a buyer asks for.
/// @param minMeasure The least that must be left of the licence: the Unix time at which it expires, or units, as
/// {IRights-measure} says; 0 asks for nothing. A licence without a rights module does not run down.
/// @param recipient Who receives the licence. With delivery the hook of a contract is not called.
/// @param buyerKey With delivery: x coordinate of a fresh point `B`. Zero otherwise.
/// @param pad With delivery: the address that the delivered scalar is checked against. Zero otherwise.
struct Bid {
    uint256 minMeasure;
    address recipient;
    bytes32 buyerKey;
    address pad;
}

/// @title IResale
/// @notice Sells licences that somebody holds, on terms that the holder signed: at once, or through the escrow with a
/// new delivery of the file's key. The model's royalty and the protocol's fee are taken from the price.
/// @dev Glossary: *ask* - the signed terms of a holder; *reseller* - the holder who signed it; *bit* - what an ask uses
/// up, so that it is used once, also when the licence comes back to its seller.
///
/// At once, price and licence change hands in one call, and nobody delivers anything: who needs the file has to have
/// it already, or buys with delivery. With delivery the licence lies here while the deal is open, and nobody may use
/// it. The reseller, who knows the key, delivers it under the same proof as the creator of an offer. Such a deal has no
/// arbitrator and no bond; a version that is proven defective in time is refunded as always. A refund returns the
/// licence to the reseller; when the deal is settled, the licence goes to the recipient by `claim`.
///
/// What a refund gives back can be sold again by another ask, and asks for the same licence that were not used are
/// open again then, until they expire or are cancelled.
///
/// Trusted: the Authority, as by the market, with settings that are the resale's own. A pause stops new sales only.
interface IResale is IMarketSettings, IDealOpener {
    /// @notice A licence was sold at once. Who received it is in the licence's `Transfer`, who was credited, and in
    /// which token, in the ledger's {Credited}.
    event Resold(
        uint256 indexed licenseId,
        address indexed seller,
        address indexed payer,
        uint128 price,
        uint256 royalty
    );
    /// @notice A licence lies here until its deal ends. The escrow's {DealOpened} has the rest.
    event ResaleOpened(uint256 indexed dealId, uint256 indexed licenseId);
    /// @notice The licence of a deal went to `to`: the recipient, or after a refund the seller.
    event ResaleClosed(uint256 indexed dealId, uint256 indexed licenseId, address indexed to);
    /// @notice Asks of the seller's epoch with this bit can no longer be used: the seller cancelled them.
    event AskCancelled(address indexed seller, uint32 epoch, uint8 bit);
    /// @notice Asks that the seller signed for an earlier epoch can no longer be used; all bits are free again.
    event AskEpochStarted(address indexed seller, uint32 epoch);

    /// @notice Terms that no ask can have; `field` names the first that is wrong.
    error Resale_BadTerms(string field);
    /// @notice The bit was used up: the ask, or another with its bit, was used or cancelled.
    error Resale_Used(address seller, uint8 bit);
    /// @notice The seller has started another epoch since the ask was signed.
    error Resale_WrongEpoch(address seller, uint32 asked, uint32 current);
    /// @notice The licence could be bought until `expiresAt`.
    error Resale_Expired(uint40 expiresAt);
    /// @notice An ask ends at most `MAX_AHEAD` from now.
    error Resale_TooFarAhead(uint40 expiresAt, uint256 latest);
    /// @notice The ask is for another buyer.
    error Resale_NotTheBuyer(address caller, address buyer);
    /// @notice The protocol's fee is above what the seller accepts.
    error Resale_FeeAboveBound(uint256 feeBps, uint256 maxFeeBps);
    /// @notice The model's royalty is above what the seller accepts.
    error Resale_RoyaltyAboveBound(uint256 royaltyBps, uint256 maxRoyaltyBps);
    /// @notice The seller did not sign this ask for this contract on this chain.
    error Resale_BadSignature(bytes32 askHash, address seller);
    /// @notice Less is left of the licence than the buyer asks for.
    error Resale_Worn(uint256 licenseId, uint256 measure, uint256 minMeasure);
    /// @notice The version was proven defective: it is not sold any more.
    error Resale_VersionDefective(uint64 versionId);
    /// @notice The licence does not cover the version whose file the ask promises.
    error Resale_NotCovered(uint256 licenseId, uint64 versionId);
    /// @notice A sale at once needs no buyer's key and no pad.
    error Resale_PadNotNeeded();
    /// @notice The value sent is not the price.
    error Resale_WrongValue(uint256 sent, uint256 expected);
    /// @notice The deal is not of a resale, is still open, or its licence went out before.
    error Resale_NotClosed(uint256 dealId);
    /// @notice Only the escrow may report on deals.
    error Resale_NotEscrow(address caller);

    /// @notice How far ahead of a sale its ask may end, in seconds.
    function MAX_AHEAD() external view returns (uint256);

    /// @notice How many asks a seller can have used or cancelled in one epoch.
    function MAX_BITS() external view returns (uint256);

    /// @notice Buys a licence on the terms of a signed ask (EIP-712, or ERC-1271 by a contract). Callable by any payer
    /// the ask admits.
    /// @dev The price comes from the caller's allowance to this contract, or is the value sent. The royalty is that of
    /// ERC-2981, for the model's payee; royalty and fee are rounded down, in the seller's favour.
    /// - Reverts with {Market_Paused}, {Market_TokenNotListed}, {Resale_Expired}, {Resale_TooFarAhead},
    ///   {Resale_NotTheBuyer}, {Resale_FeeAboveBound}, {Resale_BadTerms}, {Resale_WrongEpoch}, {Resale_Used},
    ///   {Resale_BadSignature}, {Resale_VersionDefective}, {Resale_NotCovered}, {Resale_RoyaltyAboveBound},
    ///   {Resale_Worn}, {Resale_WrongValue}, {Resale_PadNotNeeded}.
    /// - Reverts as a transfer of the licence does when the seller no longer holds it, when it is soulbound or locked,
    ///   when this contract is not approved, and, at once, when the recipient is a contract without the receiver hook.
    /// - Reverts with {RevenueLedger_Unbacked} when the token charges for the transfer, and with delivery as `open` of
    ///   the escrow does.
    ///
    /// Emits {Resold} at once, and {ResaleOpened} with delivery. At once the recipient's hook is called last, after the
    /// money is accounted for.
    /// @return dealId The deal; 0 at once.
    function buy(
        Ask calldata ask,
        Bid calldata bid,
        bytes calldata signature
    ) external payable returns (uint256 dealId);

    /// @notice Like `buy`, with the caller's ERC-2612 permit in place of an allowance. Callable by any payer the ask
    /// admits.
    /// @dev A permit that was used or does not verify is ignored: the allowance decides, so a front-runner cannot stop
    /// the purchase. A deadline of 0 is no permit.
    function buyWithPermit(
        Ask calldata ask,
        Bid calldata bid,
        bytes calldata signature,
        Permit calldata permit
    ) external returns (uint256 dealId);

    /// @notice Hands out the licence of a deal that has ended: to the recipient when it was settled, and to the seller
    /// when it was refunded and the escrow's notice failed. Anyone may call.
    /// @dev Reverts with {Resale_NotClosed}, and as a transfer does when a guarded rights module refuses. Calls no hook
    /// of the receiver. Emits {ResaleClosed}.
    /// @param deal The deal as it is now: after a delivery with its `complainBy`.
    function claim(Deal calldata deal) external;

    /// @notice Cancels the caller's asks of the current epoch with this bit.
    /// @dev Reverts with {Resale_Used} when the bit was used up before, {Resale_BadTerms} for a bit of `MAX_BITS` or
    /// more. Emits {AskCancelled}.
    function cancel(uint8 bit) external;

    /// @notice Cancels everything that the caller signed so far, and frees all bits. Deals that are open go on.
    /// @dev Emits {AskEpochStarted}.
    function cancelAll() external;

    /// @notice A seller's epoch, and the bits that were used up in it.
    function bitsOf(address seller) external view returns (uint32 epoch, uint224 used);

    /// @notice The licence that lies here for a deal; 0 when none does.
    function licenseOf(uint256 dealId) external view returns (uint256 licenseId);

    /// @notice The id of the deal that an ask opens: seller, epoch and bit, which no other ask can use again.
    function dealIdOf(address seller, uint32 epoch, uint8 bit) external pure returns (uint256 dealId);

    /// @notice The EIP-712 struct hash of an ask; the `termsHash` of its deal.
    function hashAsk(Ask calldata ask) external pure returns (bytes32 askHash);

    /// @notice What a seller signs: the EIP-712 digest of an ask for this contract on this chain.
    function askDigest(Ask calldata ask) external view returns (bytes32);
}
