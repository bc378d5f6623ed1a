// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IArbitrable} from "../interfaces/IArbitration.sol";
import {ContentComplaint} from "../registry/proof/ContentComplaint.sol";

/// @notice Everything that a deal was opened with. The escrow keeps its hash; every call passes the whole deal.
/// @param opener The contract that opened the deal and issued its licence; it is notified when the deal is refunded.
/// @param id The deal's id with its opener. The market uses the id of the licence that it sold.
/// @param versionId The version whose key is delivered.
/// @param keyX The version's key point. `open` takes it from the registry and expects 0 in its place.
/// @param termsHash Hash of all terms of the offer.
/// @param payer Who paid: receives refunds.
/// @param recipient Who holds the licence: accepts, disputes, concedes.
/// @param seller Who held the title at the purchase: delivers, declines, concedes, and posts the bond.
/// @param payee Who is paid when the deal settles; often the seller.
/// @param referrer Who receives the referrer's share; zero when there is none, and then the share is 0.
/// @param treasury Who receives the protocol's fee.
/// @param payToken Token that was paid; zero is the native coin.
/// @param price What was paid, in the token's smallest unit.
/// @param protocolFeeBps The protocol's share of what the payee is paid.
/// @param referrerBps The referrer's share of what the payee is paid.
/// @param deliverBy Last second in which the key may be delivered.
/// @param complaintWindow Seconds after delivery in which the recipient may dispute.
/// @param arbitrator ERC-792 arbitrator; zero when there is none.
/// @param bond The seller's part of an arbitration's cost, in wei, reserved for this deal.
/// @param buyerKey The x coordinate of the buyer's fresh point `B`.
/// @param pad `addr(hG)`, what the delivered scalar is checked against.
/// @param complainBy Last second for a dispute; 0 until the key is delivered.
struct Deal {
    address opener;
    uint256 id;
    uint64 versionId;
    bytes32 keyX;
    bytes32 termsHash;
    address payer;
    address recipient;
    address seller;
    address payee;
    address referrer;
    address treasury;
    address payToken;
    uint128 price;
    uint16 protocolFeeBps;
    uint16 referrerBps;
    uint40 deliverBy;
    uint32 complaintWindow;
    address arbitrator;
    uint96 bond;
    bytes32 buyerKey;
    address pad;
    uint40 complainBy;
}

/// @notice The status of a deal. A deal that was ever opened is never `None` again.
enum DealStatus {
    None,
    Open,
    Delivered,
    Disputed,
    Settled,
    Split,
    Refunded
}

/// @notice The current state of a dispute.
/// @param disputeId The arbitrator's id of it.
/// @param ruleBy Last second for a ruling.
/// @param ruling The ruling that was given: 1 the recipient's offer, 2 the seller's; 0 is no decision.
/// @param ruled Whether a ruling was given.
/// @param feeHeld Whether the deal was closed while the arbitrator kept its fee and had ruled neither 1 nor 2:
/// `reclaimFee` may fetch it.
/// @param feeOfSeller The part of such a fee that the seller's bond gets, in wei, after the recipient has got the rest.
/// @param refundAsked The refund that the recipient would settle for.
/// @param refundOffered The refund that the seller would settle for.
/// @param cost What the arbitrator was paid, in wei.
/// @param sellerHalf The part of both prepaid halves that came from the seller's bond, in wei.
struct Dispute {
    uint256 disputeId;
    uint40 ruleBy;
    uint8 ruling;
    bool ruled;
    bool feeHeld;
    uint128 feeOfSeller;
    uint128 refundAsked;
    uint128 refundOffered;
    uint128 cost;
    uint128 sellerHalf;
}

/// @title IDealOpener
/// @notice How the escrow notifies the contract that opened a deal.
interface IDealOpener {
    /// @notice The deal ended with the whole price going back. The opener takes the licence back, with at most 200,000
    /// gas. Only the escrow may call.
    function dealRefunded(uint256 id, bytes32 termsHash) external;
}

/// @title IEscrow
/// @notice Holds the price of a model until the key to its file is proven to be delivered. One `ecrecover` at delivery
/// decides whether the scalar opens to the version's key; a wrong key cannot be delivered. It has no owner and no
/// privileged function, nothing in it can be paused, and nobody can change a deal that is open.
/// @dev Money of deals lies in the revenue ledger, in this contract's name. Only bonds and prepaid halves of disputes,
/// in native coin, lie here.
///
/// Anyone may open deals for licences of their own; what the escrow promises to payer, seller and payee holds
/// for any opener, what it says of a licence holds as far as its opener does. Ids are kept apart by opener, so that
/// nobody can take another's.
///
/// Acts of a party are allowed until and including a deadline; time-outs start the second after. Times are Unix times.
interface IEscrow is IArbitrable {
    /// @notice A deal was opened. The whole deal is in the event: it is the preimage that every later call needs.
    event DealOpened(uint256 indexed id, address indexed seller, Deal deal);
    /// @notice The key was delivered. The buyer's secret turns `c` into the version's key. From now on the deal carries
    /// `complainBy`.
    event KeyDelivered(address indexed opener, uint256 indexed id, uint256 c, uint40 complainBy);
    /// @notice The deal ended and the payee's side was paid in full.
    event DealSettled(address indexed opener, uint256 indexed id);
    /// @notice The deal ended with a part of the price going back to the payer.
    event DealSplit(address indexed opener, uint256 indexed id, uint128 refund);
    /// @notice The deal ended with the whole price going back to the payer.
    event DealRefunded(address indexed opener, uint256 indexed id, RefundCause cause);
    /// @notice The recipient opened a dispute and prepaid a half of its cost.
    event DealDisputed(
        address indexed opener,
        uint256 indexed id,
        address indexed arbitrator,
        uint256 disputeId,
        uint40 ruleBy
    );
    /// @notice A party moved its offer towards the other's.
    event OfferConceded(address indexed opener, uint256 indexed id, address indexed party, uint128 refund);
    /// @notice An arbitrator gave back the fee of a deal that was closed before: to the recipient's account in the
    /// ledger, and to the seller's bond.
    event DisputeFeeReturned(address indexed opener, uint256 indexed id, uint256 toRecipient, uint256 toSeller);
    /// @notice A seller's bond for one offer of an opener changed.
    event BondChanged(
        address indexed opener,
        address indexed seller,
        bytes32 indexed termsHash,
        uint128 free,
        uint128 reserved
    );
    /// @notice It was shown that a seller let the delivery window of a paid deal pass although it could have delivered;
    /// the `count`-th time.
    event DeliveryMissed(address indexed opener, address indexed seller, uint256 indexed id, uint256 count);

    /// @notice The opener failed when it was notified of a refund. The money went back all the same.
    event OpenerNotNotified(address indexed opener, uint256 indexed id);

    /// @notice Why a deal was refunded.
    enum RefundCause {
        Declined,
        NotDelivered,
        BySeller,
        Defective,
        Ruled
    }

    /// @notice Only the opener that the deal names may open it.
    error Escrow_NotOpener(address opener, address caller);
    /// @notice The opener opened a deal with this id before.
    error Escrow_DealExists(address opener, uint256 id);
    /// @notice A party of the deal is the zero address.
    error Escrow_ZeroParty();
    /// @notice The version has no file whose key could be delivered, or the deal came with a key of its own.
    error Escrow_WrongKey(uint64 versionId, bytes32 keyX);
    /// @notice The pad or the buyer's key is zero.
    error Escrow_EmptyPad();
    /// @notice A window is outside its bounds.
    error Escrow_WindowOutOfBounds(uint256 window, uint256 minimum, uint256 maximum);
    /// @notice The deal names the end of its complaints, which is not known before the delivery.
    error Escrow_ComplainBySet(uint256 complainBy);
    /// @notice A share is set for a referrer, and there is none.
    error Escrow_ShareWithoutReferrer(uint256 referrerBps);
    /// @notice The shares of protocol and referrer are above their bound.
    error Escrow_SharesTooHigh(uint256 protocolFeeBps, uint256 referrerBps);
    /// @notice A deal has an arbitrator exactly when it has a bond.
    error Escrow_BondWithoutArbitrator(address arbitrator, uint96 bond);
    /// @notice A deal that costs nothing has no bond and no arbitrator.
    error Escrow_FreeDealWithBond(uint256 id, uint96 bond);
    /// @notice The seller's free bond for this offer does not cover one more deal, or what is withdrawn.
    error Escrow_BondExhausted(address opener, address seller, bytes32 termsHash, uint256 free, uint256 needed);
    /// @notice The deal was free, was delivered, or closed before its delivery window was over; or its miss was
    /// recorded before.
    error Escrow_NoMissToRecord(uint256 id);
    /// @notice The secret does not show that the deal's pad could be answered.
    error Escrow_DishonestPad(uint256 id);
    /// @notice Native coin was sent that the deal does not call for.
    error Escrow_WrongValue(uint256 sent, uint256 expected);
    /// @notice The deal that was passed is not the one that was opened.
    error Escrow_UnknownDeal(address opener, uint256 id);
    /// @notice The deal is not in a state that allows this.
    error Escrow_WrongStatus(uint256 id, DealStatus actual);
    /// @notice The caller is not the party who may do this.
    error Escrow_NotParty(uint256 id, address caller);
    /// @notice The deadline has passed.
    error Escrow_TooLate(uint256 id, uint256 deadline);
    /// @notice The deadline has not passed yet.
    error Escrow_TooEarly(uint256 id, uint256 deadline);
    /// @notice The scalar does not open to the version's key.
    error Escrow_WrongScalar(uint256 id, uint256 c);
    /// @notice The version was proven defective: its deals refund.
    error Escrow_VersionDefective(uint64 versionId, uint40 defectiveAt);
    /// @notice The version was not proven defective in time for this deal.
    error Escrow_NotDefective(uint64 versionId, uint40 defectiveAt);
    /// @notice The deal has no arbitrator.
    error Escrow_NoArbitrator(uint256 id);
    /// @notice Less was sent than this party's half of the dispute's cost.
    error Escrow_HalfTooSmall(uint256 sent, uint256 needed);
    /// @notice The arbitrator gave an id that it gave before.
    error Escrow_DisputeExists(address arbitrator, uint256 disputeId);
    /// @notice The caller is not the arbitrator of such a dispute.
    error Escrow_UnknownDispute(address arbitrator, uint256 disputeId);
    /// @notice There are two choices; 0 is no decision.
    error Escrow_RulingOutOfRange(uint256 ruling);
    /// @notice A ruling was given before.
    error Escrow_AlreadyRuled(uint256 id, uint8 ruling);
    /// @notice No ruling was given that could be carried out.
    error Escrow_NotRuled(uint256 id);
    /// @notice The deal is not closed, had no dispute, its arbitrator ruled 1 or 2, or its fee came back before.
    error Escrow_NoFeeToReclaim(uint256 id);
    /// @notice The arbitrator gave nothing back: its time is not over, it was paid for a decision meanwhile, or it
    /// never returns a fee.
    error Escrow_FeeNotReturned(uint256 id, address arbitrator);
    /// @notice An offer may only concede: the recipient lowers the refund, the seller raises it.
    error Escrow_NotAConcession(uint256 id, uint128 refund, uint128 current);
    /// @notice A refund needs this much gas at the end, so that its opener can take the licence back. Send more.
    error Escrow_TooLittleGas(uint256 left, uint256 needed);
    /// @notice The escrow takes native coin only with a deal, a bond, a dispute, or as a fee that it reclaims.
    error Escrow_UnexpectedCoin(address sender);

    /// @notice Opens a deal whose price arrived in the revenue ledger in this transaction, or is sent along in native
    /// coin. The opener calls.
    /// @dev Pulls the price into the ledger's account of this contract; fails there when the money did not arrive.
    /// - Reverts with {Escrow_NotOpener}, {Escrow_DealExists}, {Escrow_ZeroParty}, {Escrow_WrongKey},
    ///   {Escrow_EmptyPad}, {Escrow_WindowOutOfBounds}, {Escrow_ComplainBySet}, {Escrow_SharesTooHigh},
    ///   {Escrow_ShareWithoutReferrer}, {Escrow_BondWithoutArbitrator},
    ///   {Escrow_FreeDealWithBond}, {Escrow_BondExhausted}, {Escrow_WrongValue}.
    /// - Reverts with {RevenueLedger_Unbacked} when less than the price arrived.
    ///
    /// Emits {DealOpened}. `deal.keyX` and `deal.complainBy` must be 0; the key in the event is the registry's.
    function open(Deal calldata deal) external payable;

    /// @notice Delivers the scalar `c = k + h mod n`. Anyone may call: only the right scalar passes.
    /// @dev
    /// - Reverts with {Escrow_WrongStatus} unless the deal is open, {Escrow_TooLate} after `deliverBy`.
    /// - Reverts with {Escrow_WrongScalar} when `c` is not the one that the pad asks for.
    ///
    /// Emits {KeyDelivered}. Irreversible: it gives the buyer the key.
    function deliver(Deal calldata deal, uint256 c) external;

    /// @notice The seller gives the money back instead of delivering; nobody else may call. Not held against anybody
    /// until `deliverBy`; after it, the delivery was missed, and the miss can be recorded.
    /// @dev Reverts with {Escrow_WrongStatus} unless open, {Escrow_NotParty} unless the seller calls. Emits
    /// {DealRefunded}, after `deliverBy` with the cause `NotDelivered`.
    function decline(Deal calldata deal) external;

    /// @notice Gives the payer the money back when nothing was delivered in time. Anyone may call.
    /// @dev Reverts with {Escrow_WrongStatus} unless open, {Escrow_TooEarly} until `deliverBy` is over. Emits
    /// {DealRefunded}. Is not held against the seller by itself: a pad that nobody can open is refunded this way too.
    function refundUndelivered(Deal calldata deal) external;

    /// @notice Counts a missed delivery of a paid deal that was still open when its window passed, by whatever call it
    /// was refunded then. Anyone who has the buyer's secret of the deal may call: it shows that the key and the pad
    /// belonged together, so that the seller could have delivered.
    /// @dev
    /// - Reverts with {Escrow_WrongStatus} unless refunded, {Escrow_NoMissToRecord} when it was delivered, closed in
    ///   its window, free, or counted before, {Escrow_DishonestPad} when the secret is not that of the deal's key or
    ///   does not lead to its pad.
    ///
    /// Emits {DeliveryMissed}. Irreversible, and publishes the secret: with it anybody can read the version's key out
    /// of a scalar that the seller has sent for this deal too late, or for another deal with the same buyer's key.
    function recordMissedDelivery(Deal calldata deal, uint256 buyerSecret) external;

    /// @notice The recipient is content: the payee is paid at once. Only the recipient may call.
    /// @dev Reverts with {Escrow_WrongStatus} unless delivered, {Escrow_NotParty} unless the recipient calls,
    /// {Escrow_VersionDefective} when the version was proven defective. Emits {DealSettled}.
    function accept(Deal calldata deal) external;

    /// @notice Pays the payee when the time for complaints is over. Anyone may call.
    /// @dev Reverts with {Escrow_WrongStatus} unless delivered, {Escrow_TooEarly} until `complainBy` is over,
    /// {Escrow_VersionDefective} when the deal can be refunded as defective. Emits {DealSettled}.
    function settle(Deal calldata deal) external;

    /// @notice The seller gives the money back after delivery; nobody else may call.
    /// @dev Reverts with {Escrow_WrongStatus} unless delivered, {Escrow_NotParty} unless the seller calls. Emits
    /// {DealRefunded}.
    function refundBySeller(Deal calldata deal) external;

    /// @notice Gives the payer the money back because the version was proven defective. Anyone may call.
    /// @dev Open and disputed deals at any time; delivered ones when the proof came until `complainBy`, however late
    /// this call is. Of a dispute the recipient's prepaid half returns and the seller's is spent. Of a dispute without
    /// a ruling of 1 or 2 the fee returns too, as far as the arbitrator gives it back.
    /// - Reverts with {Escrow_WrongStatus} when the deal is closed, {Escrow_NotDefective} when there is no such proof.
    ///
    /// Emits {DealRefunded}. From the proof on no other call closes such a deal but with the whole price for the payer.
    /// A deal that was closed before the proof stays closed, by a ruling too.
    function refundDefective(Deal calldata deal) external;

    /// @notice Proves in the registry that the deal's version is defective, and refunds the deal, in one transaction,
    /// so that no ruling or settlement comes in between. Anyone who holds the key may call.
    /// @dev Leaves the proof out when the version was proven defective before: a copy of it that is sent first stops
    /// nothing. Leaves the refund out when the deal is not (or no longer) one that the proof refunds: closing or
    /// delivering the deal first does not stop the proof.
    /// - Reverts as `proveDefective` of the registry; as `refundDefective` only when the version was proven defective
    ///   before.
    ///
    /// Emits {VersionDefective} of the registry, with this contract as the prover, when it proves, and {DealRefunded}
    /// when it refunds. A deal that was delivered in front of this call is refunded by `refundDefective` afterwards,
    /// with its new `complainBy`. The proof publishes the key: check it locally before it is sent, never by simulation
    /// through somebody else's node.
    /// @return refunded Whether the deal was refunded; false when the call only left the proof.
    function proveAndRefund(
        Deal calldata deal,
        ContentComplaint.Evidence calldata evidence
    ) external returns (bool refunded);

    /// @notice The recipient takes the deal to its arbitrator, prepaying a half; nobody else may call. The seller's
    /// half comes from the bond.
    /// @dev Each half is the arbitrator's cost now. Where the bond is smaller, the recipient advances the rest; what
    /// was sent above the need is credited back. The loser's half is spent, the winner's returns.
    /// - Reverts with {Escrow_WrongStatus} unless delivered, {Escrow_NotParty} unless the recipient calls,
    ///   {Escrow_NoArbitrator}, {Escrow_TooLate} after `complainBy`, {Escrow_HalfTooSmall}, {Escrow_DisputeExists}.
    ///
    /// Emits {DealDisputed}. Trusts the arbitrator that both sides agreed to, for the ruling only.
    function dispute(Deal calldata deal) external payable;

    /// @notice A party moves its offer towards the other's; where they meet, the deal is split at the other's last
    /// offer. Only the recipient and the seller may call.
    /// @dev Both offers are refunds: the recipient starts at the whole price and lowers, the seller starts at 0 and
    /// raises.
    /// - Reverts with {Escrow_WrongStatus} unless disputed, {Escrow_NotParty} for others, {Escrow_AlreadyRuled} after a
    ///   ruling, {Escrow_TooLate} after `ruleBy`, {Escrow_VersionDefective} when the version was proven defective,
    ///   {Escrow_NotAConcession} when the offer does not move towards the other.
    function concede(Deal calldata deal, uint128 refund) external;

    /// @notice Carries out a ruling of 1 or 2: the chosen side's last offer. Anyone may call.
    /// @dev Reverts with {Escrow_WrongStatus} unless disputed, {Escrow_NotRuled} without such a ruling,
    /// {Escrow_VersionDefective} when the version was proven defective: a proof outranks a ruling that was not carried
    /// out yet.
    function executeRuling(Deal calldata deal) external;

    /// @notice Ends a dispute that was not decided, at the midpoint of the last offers. Anyone may call.
    /// @dev Halves return as far as the arbitrator gives its fee back. Reverts with {Escrow_WrongStatus} unless
    /// disputed, {Escrow_TooEarly} while a ruling may still come, {Escrow_AlreadyRuled} when 1 or 2 was ruled,
    /// {Escrow_VersionDefective} when the version was proven defective.
    function resolveStale(Deal calldata deal) external;

    /// @notice Fetches the fee of a deal that was closed while its arbitrator had not decided: by a proof, by offers
    /// that met, or because the arbitrator was silent. Anyone may call.
    /// @dev The recipient gets what it paid of the fee first, in the ledger; then the seller's bond for the offer gets
    /// its part, and never more. May be tried again as long as the arbitrator refuses, and succeeds once.
    /// - Reverts with {Escrow_UnknownDeal}, {Escrow_NoFeeToReclaim} when no fee is out, {Escrow_FeeNotReturned} when
    ///   the arbitrator keeps it: a {Panel} until its time for votes is over, and for ever when its arbiters decide
    ///   meanwhile.
    ///
    /// Emits {DisputeFeeReturned}, and {BondChanged} when the bond gets a part.
    function reclaimFee(Deal calldata deal) external;

    /// @notice Adds to the caller's or somebody's bond for one offer of an opener. Anyone may pay.
    /// @dev Reverts with {Escrow_ZeroParty} for the zero address. Emits {BondChanged}. Only the seller can take it
    /// back.
    /// @param termsHash The offer: what its deals carry as their `termsHash`. Each offer has a bond of its own.
    function postBond(address opener, address seller, bytes32 termsHash) external payable;

    /// @notice Takes a free part of the caller's bond for one offer back, into the ledger.
    /// @dev Reverts with {Escrow_BondExhausted} when less is free. Emits {BondChanged}.
    function withdrawBond(address opener, bytes32 termsHash, uint128 amount) external;

    /// @notice The status of a deal.
    function statusOf(address opener, uint256 id) external view returns (DealStatus);

    /// @notice The first 31 bytes of the hash of a deal, as its last change left it; zero when unknown.
    function commitmentOf(address opener, uint256 id) external view returns (bytes31);

    /// @notice The dispute of a deal; all zero when there was none.
    function disputeOf(address opener, uint256 id) external view returns (Dispute memory);

    /// @notice A seller's bond for one offer of an opener, in wei: what is free and what open deals hold.
    function bondOf(
        address opener,
        address seller,
        bytes32 termsHash
    ) external view returns (uint128 free, uint128 reserved);

    /// @notice How often it was shown that a seller let the delivery window of a paid deal pass although it could have
    /// delivered. Kept apart by opener: anyone may open deals in anyone's name.
    function missedDeliveries(address opener, address seller) external view returns (uint256);
}
