// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {TransientSlot} from "@openzeppelin/contracts/utils/TransientSlot.sol";

import {IArbitrator, IRefundingArbitrator} from "../court/IArbitration.sol";
import {DealBounds} from "./DealBounds.sol";
import {DealCodec} from "./DealCodec.sol";
import {DealMath} from "./DealMath.sol";
import {Deal, DealStatus, Dispute, IDealOpener, IEscrow} from "./IEscrow.sol";
import {IModelRegistry} from "./IModelRegistry.sol";
import {IRevenueLedger} from "./IRevenueLedger.sol";
import {CreditList, LedgerCall} from "./LedgerCall.sol";
import {ContentComplaint} from "./proof/ContentComplaint.sol";
import {CurveProof} from "./proof/CurveProof.sol";

/// @title Escrow
/// @notice Fair exchange with delivery verified on chain. See `IEscrow`.
/// @dev Invariants:
/// - a deal pays out exactly its price, once;
/// - a refund never exceeds the price;
/// - the ledger's balance of this contract covers the prices of open deals, for every token; beyond them it holds only what careless parties
///   had credited to this contract, as the referrer of a sale for example, which is nobody's and backs no deal;
/// - this contract's native balance covers all bonds, free and reserved, and what open disputes still hold; beyond them there is only coin that
///   was forced upon it, which is nobody's too.
///
/// A deal is one slot: the first 31 bytes of its hash and the status. Half of 248 bits is what finding two deals with one commitment costs.
contract Escrow is IEscrow, ReentrancyGuardTransient {
    using SafeCast for uint256;
    using DealCodec for Deal;
    using TransientSlot for *;

    /// @dev One slot. Both in wei.
    struct Bond {
        uint128 free;
        uint128 reserved;
    }

    /// @dev Which deal a dispute belongs to.
    struct DisputeKey {
        address opener;
        uint256 id;
    }

    /// @notice Shortest time for a delivery, in seconds.
    uint256 public constant MIN_DELIVERY_WINDOW = DealBounds.MIN_DELIVERY_WINDOW;
    /// @notice Longest time for a delivery, in seconds.
    uint256 public constant MAX_DELIVERY_WINDOW = DealBounds.MAX_DELIVERY_WINDOW;
    /// @notice Shortest time for a complaint, in seconds: longer than a rollup takes to include a forced transaction.
    uint256 public constant MIN_COMPLAINT_WINDOW = DealBounds.MIN_COMPLAINT_WINDOW;
    /// @notice Longest time for a complaint, in seconds.
    uint256 public constant MAX_COMPLAINT_WINDOW = DealBounds.MAX_COMPLAINT_WINDOW;
    /// @notice How long an arbitrator may take, in seconds.
    uint256 public constant RULING_WINDOW = 90 days;
    /// @notice Highest share of the protocol, in basis points.
    uint256 public constant MAX_PROTOCOL_FEE_BPS = DealBounds.MAX_PROTOCOL_FEE_BPS;
    /// @notice Highest share of a referrer, in basis points.
    uint256 public constant MAX_REFERRER_BPS = DealBounds.MAX_REFERRER_BPS;

    address private constant NATIVE = address(0);
    uint256 private constant STATUS_MASK = 0x7f;
    /// @dev Beside the status of a refunded deal: it was paid, nothing was delivered in its window, and no miss was recorded yet.
    uint256 private constant UNDELIVERED = 0x80;
    uint256 private constant CHOICES = 2;
    uint8 private constant RULING_RECIPIENT = 1;
    /// @dev Enough for an arbitrator to send a fee back, too little to make a time-out unaffordable.
    uint256 private constant RECLAIM_GAS = 150_000;
    /// @dev What an opener may spend when it is told of a refund, and what must be left for that: 64/63 of it and some to finish.
    uint256 private constant OPENER_GAS = 200_000;
    uint256 private constant MIN_GAS_TO_TELL = 215_000;
    /// @dev Transient: the arbitrator whose refund is awaited. keccak256("isonomy.escrow.reclaiming").
    bytes32 private constant RECLAIMING = keccak256("isonomy.escrow.reclaiming");

    /// @notice Where versions and their defects are read.
    IModelRegistry public immutable REGISTRY;
    /// @notice Where all money is credited.
    IRevenueLedger public immutable LEDGER;

    /// @dev First 31 bytes of the deal's hash, then the status.
    mapping(address opener => mapping(uint256 id => bytes32 commitmentAndStatus)) private _deals;
    mapping(address opener => mapping(uint256 id => Dispute)) private _disputes;
    mapping(address arbitrator => mapping(uint256 disputeId => DisputeKey)) private _disputeKeys;
    /// @dev Kept apart by offer, so that nobody can use up the bond of a dear one by buying a cheap one.
    mapping(address opener => mapping(address payee => mapping(bytes32 termsHash => Bond))) private _bonds;

    /// @inheritdoc IEscrow
    mapping(address opener => mapping(address payee => uint256 count)) public missedDeliveries;

    /// @param registry Where versions and their defects are read.
    /// @param ledger Where all money is credited.
    constructor(IModelRegistry registry, IRevenueLedger ledger) {
        REGISTRY = registry;
        LEDGER = ledger;
        // fails where there is no ledger: later calls do not look whether it has code
        ledger.totalOwed(NATIVE);
    }

    /// @notice Takes native coin only from an arbitrator whose fee is being reclaimed.
    receive() external payable {
        require(msg.sender == RECLAIMING.asAddress().tload(), Escrow_UnexpectedCoin(msg.sender));
    }

    /// @inheritdoc IEscrow
    /// @dev Needs no guard (350 gas): all books are written before the one call that moves value, and that call goes to the ledger, which calls
    /// nobody back; coin that comes along goes on to the ledger, so a fee that is being reclaimed cannot be counted too high.
    function open(Deal calldata deal) external payable {
        Deal memory opened = deal.bring()[0];
        opened.requireClean();
        _checkTerms(opened);
        mapping(uint256 id => bytes32 commitmentAndStatus) storage deals = _deals[msg.sender];
        require(deals[opened.id] == 0, Escrow_DealExists(msg.sender, opened.id));
        uint256 expected = opened.payToken == NATIVE ? opened.price : 0;
        require(msg.value == expected, Escrow_WrongValue(msg.value, expected));

        bytes32 keyX = REGISTRY.keyOf(opened.versionId);
        require(keyX != 0 && opened.keyX == 0, Escrow_WrongKey(opened.versionId, opened.keyX));

        opened.keyX = keyX;
        deals[opened.id] = _pack(opened.commitment(), DealStatus.Open);
        opened.announce();
        if (opened.bond != 0) _reserveBond(opened);

        if (opened.price != 0) _credit(opened.payToken, address(this), opened.price, msg.value);
    }

    /// @inheritdoc IEscrow
    /// @dev `nonReentrantView`, here and below: closed while another call is under way. The guard is not raised for its own (250 gas), because
    /// it calls nobody but the registry and the ledger, which call nobody back.
    function deliver(Deal calldata deal, uint256 c) external nonReentrantView {
        Deal memory opened = _load(deal, DealStatus.Open)[0];
        require(block.timestamp <= opened.deliverBy, Escrow_TooLate(opened.id, opened.deliverBy));
        require(CurveProof.verifyDelivery(uint256(opened.keyX), opened.pad, c), Escrow_WrongScalar(opened.id, c));

        uint40 complainBy = (block.timestamp + opened.complaintWindow).toUint40();
        opened.complainBy = complainBy;
        _deals[opened.opener][opened.id] = _pack(opened.commitment(), DealStatus.Delivered);
        emit KeyDelivered(opened.opener, opened.id, c, complainBy);
    }

    /// @inheritdoc IEscrow
    function decline(Deal calldata deal) external nonReentrant {
        Deal memory opened = _load(deal, DealStatus.Open)[0];
        require(msg.sender == opened.payee, Escrow_NotParty(opened.id, msg.sender));

        // after the window the seller gives nothing up by declining: the delivery was missed
        _refundOpen(opened, block.timestamp > opened.deliverBy ? RefundCause.NotDelivered : RefundCause.Declined);
    }

    /// @inheritdoc IEscrow
    function refundUndelivered(Deal calldata deal) external nonReentrant {
        Deal memory opened = _load(deal, DealStatus.Open)[0];
        require(block.timestamp > opened.deliverBy, Escrow_TooEarly(opened.id, opened.deliverBy));

        _refundOpen(opened, RefundCause.NotDelivered);
    }

    /// @inheritdoc IEscrow
    /// @dev `nonReentrantView`, because it makes no call but to a precompile.
    function recordMissedDelivery(Deal calldata deal, uint256 buyerSecret) external nonReentrantView {
        Deal memory closed = _load(deal, DealStatus.Refunded)[0];
        mapping(uint256 id => bytes32 commitmentAndStatus) storage deals = _deals[closed.opener];
        uint256 slot = uint256(deals[closed.id]);
        require(slot & UNDELIVERED != 0, Escrow_NoMissToRecord(closed.id));
        bytes32 context = keccak256(
            abi.encode("isonomy.pad.v1", block.chainid, address(this), closed.versionId, closed.payer, closed.buyerKey)
        );
        require(
            CurveProof.isHonestPad(closed.pad, uint256(closed.buyerKey), uint256(closed.keyX), context, buyerSecret),
            Escrow_DishonestPad(closed.id)
        );

        deals[closed.id] = bytes32(slot & ~UNDELIVERED);
        uint256 misses = ++missedDeliveries[closed.opener][closed.payee];
        emit DeliveryMissed(closed.opener, closed.payee, closed.id, misses);
    }

    /// @inheritdoc IEscrow
    function accept(Deal calldata deal) external nonReentrantView {
        Deal memory opened = _load(deal, DealStatus.Delivered)[0];
        require(msg.sender == opened.recipient, Escrow_NotParty(opened.id, msg.sender));
        _requireNotDefective(opened.versionId);

        _settle(opened);
    }

    /// @inheritdoc IEscrow
    function settle(Deal calldata deal) external nonReentrantView {
        Deal memory opened = _load(deal, DealStatus.Delivered)[0];
        require(block.timestamp > opened.complainBy, Escrow_TooEarly(opened.id, opened.complainBy));
        uint40 defectiveAt = REGISTRY.defectiveAt(opened.versionId);
        require(
            defectiveAt == 0 || defectiveAt > opened.complainBy,
            Escrow_VersionDefective(opened.versionId, defectiveAt)
        );

        _settle(opened);
    }

    /// @inheritdoc IEscrow
    function refundBySeller(Deal calldata deal) external nonReentrant {
        Deal memory opened = _load(deal, DealStatus.Delivered)[0];
        require(msg.sender == opened.payee, Escrow_NotParty(opened.id, msg.sender));

        _refund(opened, RefundCause.BySeller, 0);
    }

    /// @inheritdoc IEscrow
    function refundDefective(Deal calldata deal) external nonReentrant {
        _refundDefective(deal.bring()[0]);
    }

    /// @inheritdoc IEscrow
    function proveAndRefund(
        Deal calldata deal,
        ContentComplaint.Evidence calldata evidence
    ) external nonReentrant returns (bool refunded) {
        // a proof that somebody else was faster with must not stop the refund
        bool proves = REGISTRY.defectiveAt(deal.versionId) == 0;
        if (proves) REGISTRY.proveDefective(deal.versionId, evidence);

        Deal memory opened = deal.bring()[0];
        // and a deal that changed meanwhile must not take the proof back: a seller who sees it coming could close the deal first
        refunded = !proves || _isRefundable(opened);
        if (refunded) _refundDefective(opened);
    }

    /// @inheritdoc IEscrow
    function dispute(Deal calldata deal) external payable nonReentrant {
        Deal memory opened = _load(deal, DealStatus.Delivered)[0];
        require(msg.sender == opened.recipient, Escrow_NotParty(opened.id, msg.sender));
        require(opened.arbitrator != address(0), Escrow_NoArbitrator(opened.id));
        require(block.timestamp <= opened.complainBy, Escrow_TooLate(opened.id, opened.complainBy));
        uint128 cost = IArbitrator(opened.arbitrator).arbitrationCost("").toUint128();
        uint128 payeeHalf = uint128(Math.min(opened.bond, cost));
        // both halves together are twice the cost; the recipient advances what the bond does not cover
        uint256 needed = 2 * uint256(cost) - payeeHalf;
        require(msg.value >= needed, Escrow_HalfTooSmall(msg.value, needed));

        uint40 ruleBy = (block.timestamp + RULING_WINDOW).toUint40();
        Dispute storage entry = _disputes[opened.opener][opened.id];
        entry.ruleBy = ruleBy;
        entry.refundAsked = opened.price;
        entry.cost = cost;
        entry.payeeHalf = payeeHalf;
        _mark(opened, DealStatus.Disputed);

        uint256 disputeId = IArbitrator(opened.arbitrator).createDispute{value: cost}(CHOICES, "");
        DisputeKey storage key = _disputeKeys[opened.arbitrator][disputeId];
        require(key.opener == address(0), Escrow_DisputeExists(opened.arbitrator, disputeId));
        entry.disputeId = disputeId;
        (key.opener, key.id) = (opened.opener, opened.id);
        emit DealDisputed(opened.opener, opened.id, opened.arbitrator, disputeId, ruleBy);

        _creditNative(msg.sender, msg.value - needed);
    }

    /// @inheritdoc IEscrow
    function concede(Deal calldata deal, uint128 refund) external nonReentrant {
        Deal memory opened = _load(deal, DealStatus.Disputed)[0];
        bool byRecipient = msg.sender == opened.recipient;
        require(byRecipient || msg.sender == opened.payee, Escrow_NotParty(opened.id, msg.sender));
        Dispute storage entry = _disputes[opened.opener][opened.id];
        Dispute memory disputed = entry;
        require(!disputed.ruled, Escrow_AlreadyRuled(opened.id, disputed.ruling));
        require(block.timestamp <= disputed.ruleBy, Escrow_TooLate(opened.id, disputed.ruleBy));
        _requireNotDefective(opened.versionId);

        uint128 standing = byRecipient ? disputed.refundAsked : disputed.refundOffered;
        uint128 other = byRecipient ? disputed.refundOffered : disputed.refundAsked;
        require(
            byRecipient ? refund < standing : refund > standing,
            Escrow_NotAConcession(opened.id, refund, standing)
        );
        emit OfferConceded(opened.opener, opened.id, msg.sender, refund);

        if (byRecipient ? refund <= other : refund >= other) {
            uint256 toRecipient = DealMath.sharedLeft(disputed.payeeHalf, disputed.cost);
            _closeDisputed(opened, disputed, other, toRecipient, RefundCause.Ruled);
        } else if (byRecipient) {
            entry.refundAsked = refund;
        } else {
            entry.refundOffered = refund;
        }
    }

    /// @notice Records a ruling; carrying it out is a call of its own, so that an arbitrator never moves money. Only the arbitrator that
    /// the dispute was opened with may call.
    /// @dev
    /// - Reverts with `Escrow_UnknownDispute` unless the caller is the arbitrator of such a dispute.
    /// - Reverts with `Escrow_RulingOutOfRange` above 2, `Escrow_WrongStatus` when the deal is closed, `Escrow_AlreadyRuled` the second time,
    ///   `Escrow_TooLate` after `ruleBy`.
    ///
    /// Emits `Ruling`. Open while another call is under way: an arbitrator that goes on when its ruling is refused could otherwise be made to
    /// rule just then. Safe, because it calls nobody, and the dispute of a call that is under way has no id yet, is closed, out of time, or about
    /// to be refunded whole whatever is ruled.
    function rule(uint256 disputeId, uint256 ruling) external {
        DisputeKey memory key = _disputeKeys[msg.sender][disputeId];
        require(key.opener != address(0), Escrow_UnknownDispute(msg.sender, disputeId));
        require(ruling <= CHOICES, Escrow_RulingOutOfRange(ruling));
        DealStatus status = statusOf(key.opener, key.id);
        require(status == DealStatus.Disputed, Escrow_WrongStatus(key.id, status));
        Dispute storage entry = _disputes[key.opener][key.id];
        require(!entry.ruled, Escrow_AlreadyRuled(key.id, entry.ruling));
        require(block.timestamp <= entry.ruleBy, Escrow_TooLate(key.id, entry.ruleBy));

        entry.ruled = true;
        // at most CHOICES
        entry.ruling = uint8(ruling);
        emit Ruling(msg.sender, disputeId, ruling);
    }

    /// @inheritdoc IEscrow
    function executeRuling(Deal calldata deal) external nonReentrant {
        Deal memory opened = _load(deal, DealStatus.Disputed)[0];
        Dispute memory disputed = _disputes[opened.opener][opened.id];
        require(disputed.ruling != 0, Escrow_NotRuled(opened.id));
        _requireNotDefective(opened.versionId);

        if (disputed.ruling == RULING_RECIPIENT) {
            _closeDisputed(opened, disputed, disputed.refundAsked, disputed.cost, RefundCause.Ruled);
        } else {
            // the payee's half returns; what the recipient advanced of it is the recipient's
            uint256 advanced = disputed.cost - disputed.payeeHalf;
            _closeDisputed(opened, disputed, disputed.refundOffered, advanced, RefundCause.Ruled);
        }
    }

    /// @inheritdoc IEscrow
    function resolveStale(Deal calldata deal) external nonReentrant {
        Deal memory opened = _load(deal, DealStatus.Disputed)[0];
        Dispute memory disputed = _disputes[opened.opener][opened.id];
        require(disputed.ruling == 0, Escrow_AlreadyRuled(opened.id, disputed.ruling));
        require(disputed.ruled || block.timestamp > disputed.ruleBy, Escrow_TooEarly(opened.id, disputed.ruleBy));
        _requireNotDefective(opened.versionId);

        // a mean of 128 bits has as many
        uint128 refund = uint128(DealMath.halfWay(disputed.refundAsked, disputed.refundOffered));
        uint256 returned = _reclaim(opened.arbitrator, disputed);
        uint256 left = disputed.cost + returned;
        _closeDisputed(
            opened,
            disputed,
            refund,
            DealMath.sharedLeft(disputed.payeeHalf, left),
            left,
            RefundCause.Ruled
        );
    }

    /// @inheritdoc IEscrow
    function reclaimFee(Deal calldata deal) external nonReentrant {
        Deal memory closed = deal.bring()[0];
        _known(closed);
        Dispute storage entry = _disputes[closed.opener][closed.id];
        Dispute memory disputed = entry;
        require(disputed.feeHeld, Escrow_NoFeeToReclaim(closed.id));
        entry.feeHeld = false;
        uint256 returned = _reclaim(closed.arbitrator, disputed);
        require(returned != 0, Escrow_FeeNotReturned(closed.id, closed.arbitrator));

        // first what the recipient paid of it, then what the bond did; the bond never gets more than that
        uint256 ofRecipient = Math.min(returned, disputed.cost - disputed.feeOfPayee);
        uint256 toPayee = Math.min(returned - ofRecipient, disputed.feeOfPayee);
        emit DisputeFeeReturned(closed.opener, closed.id, returned - toPayee, toPayee);
        if (toPayee != 0) {
            Bond storage bond = _bondFor(closed);
            bond.free += toPayee.toUint128();
            emit BondChanged(closed.opener, closed.payee, closed.termsHash, bond.free, bond.reserved);
        }
        _creditNative(closed.recipient, returned - toPayee);
    }

    /// @inheritdoc IEscrow
    function postBond(address opener, address payee, bytes32 termsHash) external payable nonReentrantView {
        require(opener != address(0) && payee != address(0), Escrow_ZeroParty());
        Bond storage bond = _bonds[opener][payee][termsHash];
        bond.free += msg.value.toUint128();
        emit BondChanged(opener, payee, termsHash, bond.free, bond.reserved);
    }

    /// @inheritdoc IEscrow
    function withdrawBond(address opener, bytes32 termsHash, uint128 amount) external nonReentrantView {
        Bond storage bond = _bonds[opener][msg.sender][termsHash];
        require(bond.free >= amount, Escrow_BondExhausted(opener, msg.sender, termsHash, bond.free, amount));

        bond.free -= amount;
        emit BondChanged(opener, msg.sender, termsHash, bond.free, bond.reserved);

        _creditNative(msg.sender, amount);
    }

    /// @inheritdoc IEscrow
    function statusOf(address opener, uint256 id) public view returns (DealStatus) {
        return DealStatus(uint256(_deals[opener][id]) & STATUS_MASK);
    }

    /// @inheritdoc IEscrow
    function commitmentOf(address opener, uint256 id) external view returns (bytes31) {
        return bytes31(_deals[opener][id]);
    }

    /// @inheritdoc IEscrow
    function disputeOf(address opener, uint256 id) external view returns (Dispute memory) {
        return _disputes[opener][id];
    }

    /// @inheritdoc IEscrow
    function bondOf(
        address opener,
        address payee,
        bytes32 termsHash
    ) external view returns (uint128 free, uint128 reserved) {
        Bond storage bond = _bonds[opener][payee][termsHash];
        return (bond.free, bond.reserved);
    }

    function _checkTerms(Deal memory deal) private view {
        require(msg.sender == deal.opener, Escrow_NotOpener(deal.opener, msg.sender));
        require(
            deal.payer != address(0) &&
                deal.recipient != address(0) &&
                deal.payee != address(0) &&
                deal.treasury != address(0),
            Escrow_ZeroParty()
        );
        require(deal.buyerKey != 0 && deal.pad != address(0), Escrow_EmptyPad());
        uint256 deliverBy = deal.deliverBy;
        _checkWindow(
            deliverBy > block.timestamp ? deliverBy - block.timestamp : 0,
            MIN_DELIVERY_WINDOW,
            MAX_DELIVERY_WINDOW
        );
        _checkWindow(deal.complaintWindow, MIN_COMPLAINT_WINDOW, MAX_COMPLAINT_WINDOW);
        require(deal.complainBy == 0, Escrow_WindowOutOfBounds(deal.complainBy, 0, 0));
        require(
            deal.protocolFeeBps <= MAX_PROTOCOL_FEE_BPS && deal.referrerBps <= MAX_REFERRER_BPS,
            Escrow_SharesTooHigh(deal.protocolFeeBps, deal.referrerBps)
        );
        require(deal.referrer != address(0) || deal.referrerBps == 0, Escrow_ZeroParty());
        require(
            (deal.arbitrator == address(0)) == (deal.bond == 0),
            Escrow_BondWithoutArbitrator(deal.arbitrator, deal.bond)
        );
    }

    function _checkWindow(uint256 window, uint256 minimum, uint256 maximum) private pure {
        require(window >= minimum && window <= maximum, Escrow_WindowOutOfBounds(window, minimum, maximum));
    }

    /// @dev Brings a deal into memory, if it is the one that was opened and stands where it should.
    function _load(Deal calldata brought, DealStatus expected) private view returns (Deal[] memory held) {
        held = brought.bring();
        DealStatus status = _known(held[0]);
        require(status == expected, Escrow_WrongStatus(held[0].id, status));
    }

    function _known(Deal memory deal) private view returns (DealStatus) {
        bytes32 slot = _deals[deal.opener][deal.id];
        require(slot != 0 && bytes31(slot) == deal.commitment(), Escrow_UnknownDeal(deal.opener, deal.id));
        return DealStatus(uint256(slot) & STATUS_MASK);
    }

    /// @dev Whether a proof that came in this call refunds the deal, as it was brought. One that was delivered meanwhile is another deal.
    function _isRefundable(Deal memory deal) private view returns (bool) {
        bytes32 slot = _deals[deal.opener][deal.id];
        if (slot == 0 || bytes31(slot) != deal.commitment()) return false;
        DealStatus status = DealStatus(uint256(slot) & STATUS_MASK);
        if (status == DealStatus.Delivered) return block.timestamp <= deal.complainBy;
        return status == DealStatus.Open || status == DealStatus.Disputed;
    }

    /// @dev Changes the status of a deal that was loaded before, under the same commitment.
    function _mark(Deal memory deal, DealStatus status) private {
        mapping(uint256 id => bytes32 commitmentAndStatus) storage deals = _deals[deal.opener];
        deals[deal.id] = _pack(bytes31(deals[deal.id]), status);
    }

    function _pack(bytes31 commitment, DealStatus status) private pure returns (bytes32) {
        return bytes32(commitment) | bytes32(uint256(status));
    }

    /// @dev A proof outranks every judgement and every agreement: what is proven defective is refunded whole, or not closed at all.
    function _requireNotDefective(uint64 versionId) private view {
        uint40 defectiveAt = REGISTRY.defectiveAt(versionId);
        require(defectiveAt == 0, Escrow_VersionDefective(versionId, defectiveAt));
    }

    function _refundDefective(Deal memory opened) private {
        DealStatus status = _known(opened);
        require(
            status == DealStatus.Open || status == DealStatus.Delivered || status == DealStatus.Disputed,
            Escrow_WrongStatus(opened.id, status)
        );
        uint40 defectiveAt = REGISTRY.defectiveAt(opened.versionId);
        bool inTime = status != DealStatus.Delivered || defectiveAt <= opened.complainBy;
        require(defectiveAt != 0 && inTime, Escrow_NotDefective(opened.versionId, defectiveAt));

        if (status == DealStatus.Disputed) _refundDisputed(opened);
        else if (status == DealStatus.Open) _refundOpen(opened, RefundCause.Defective);
        else _refund(opened, RefundCause.Defective, 0);
    }

    /// @dev The seller is proven to have cheated: the fee is paid from its half, and the recipient gets back what it prepaid. Where nobody was
    /// paid, because the arbitrator has not decided and gives its fee back, that fee returns to the bond. An arbitrator whose time is not over
    /// keeps it until `reclaimFee`.
    function _refundDisputed(Deal memory deal) private {
        Dispute memory disputed = _disputes[deal.opener][deal.id];
        uint256 left = disputed.cost;
        if (disputed.ruling == 0) left += _reclaim(deal.arbitrator, disputed);
        uint256 prepaid = 2 * uint256(disputed.cost) - disputed.payeeHalf;
        uint256 toPayee = left > prepaid ? Math.min(left - prepaid, disputed.payeeHalf) : 0;
        _closeDisputed(deal, disputed, deal.price, left - toPayee, left, RefundCause.Defective);
    }

    function _settle(Deal memory deal) private {
        _mark(deal, DealStatus.Settled);
        if (deal.bond != 0) _releaseBond(deal, 0);
        emit DealSettled(deal.opener, deal.id);

        _payOut(deal, 0);
    }

    /// @dev Refunds a deal that was never delivered. When its window is over, the miss can be recorded, whatever the cause: otherwise a seller
    /// would choose the cause that hides it. Whether the seller could have delivered, only the buyer can show; a free deal is never held
    /// against anybody.
    function _refundOpen(Deal memory deal, RefundCause cause) private {
        bool missed = deal.price != 0 && block.timestamp > deal.deliverBy;
        _refund(deal, cause, missed ? UNDELIVERED : 0);
    }

    function _refund(Deal memory deal, RefundCause cause, uint256 flag) private {
        mapping(uint256 id => bytes32 commitmentAndStatus) storage deals = _deals[deal.opener];
        deals[deal.id] = _pack(bytes31(deals[deal.id]), DealStatus.Refunded) | bytes32(flag);
        if (deal.bond != 0) _releaseBond(deal, 0);
        emit DealRefunded(deal.opener, deal.id, cause);

        _payOut(deal, deal.price);
        _tellOpener(deal);
    }

    /// @dev Closes a dispute whose arbitrator was paid: `disputed.cost` is left of both halves.
    function _closeDisputed(
        Deal memory deal,
        Dispute memory disputed,
        uint128 refund,
        uint256 toRecipient,
        RefundCause cause
    ) private {
        _closeDisputed(deal, disputed, refund, toRecipient, disputed.cost, cause);
    }

    /// @dev `left` is what is here of both halves; the recipient gets `toRecipient` of it, the bond the rest. `cause` counts when the whole
    /// price goes back. A deal that has a dispute was paid, because a free one has no arbitrator.
    function _closeDisputed(
        Deal memory deal,
        Dispute memory disputed,
        uint128 refund,
        uint256 toRecipient,
        uint256 left,
        RefundCause cause
    ) private {
        bool whole = refund == deal.price;
        _mark(deal, whole ? DealStatus.Refunded : DealStatus.Split);
        _returnHalves(deal, disputed, toRecipient, left);
        if (whole) {
            emit DealRefunded(deal.opener, deal.id, cause);
        } else {
            emit DealSplit(deal.opener, deal.id, refund);
        }

        _payOut(deal, refund);
        if (whole) _tellOpener(deal);
    }

    function _returnHalves(Deal memory deal, Dispute memory disputed, uint256 toRecipient, uint256 left) private {
        uint256 toPayee = left - toRecipient;
        // nobody has earned the fee, and it is not here: what each side would get of it is kept for `reclaimFee`
        if (disputed.ruling == 0 && left == disputed.cost && left != 0) {
            Dispute storage entry = _disputes[deal.opener][deal.id];
            entry.feeHeld = true;
            // no more than the payee's half
            entry.feeOfPayee = uint128(disputed.payeeHalf - toPayee);
        }
        _releaseBond(deal, int256(toPayee) - int256(uint256(disputed.payeeHalf)));
        _creditNative(deal.recipient, toRecipient);
    }

    /// @dev Tells the opener of a refund. An opener that fails cannot hold the money; one that works always gets the gas it needs, so
    /// that nobody can refund a deal and starve the call that takes the licence back.
    function _tellOpener(Deal memory deal) private {
        require(gasleft() >= MIN_GAS_TO_TELL, Escrow_TooLittleGas(gasleft(), MIN_GAS_TO_TELL));
        if (deal.opener.code.length != 0) {
            try IDealOpener(deal.opener).dealRefunded{gas: OPENER_GAS}(deal.id, deal.termsHash) {
                return;
            } catch {}
        }
        emit OpenerNotTold(deal.opener, deal.id);
    }

    function _reserveBond(Deal memory deal) private {
        // nothing is paid, so nothing could be awarded; a bond would only be held back by somebody who pays nothing
        require(deal.price != 0, Escrow_FreeDealWithBond(deal.id, deal.bond));
        Bond storage bond = _bondFor(deal);
        require(
            bond.free >= deal.bond,
            Escrow_BondExhausted(deal.opener, deal.payee, deal.termsHash, bond.free, deal.bond)
        );
        bond.free -= deal.bond;
        bond.reserved += deal.bond;
        emit BondChanged(deal.opener, deal.payee, deal.termsHash, bond.free, bond.reserved);
    }

    function _bondFor(Deal memory deal) private view returns (Bond storage) {
        return _bonds[deal.opener][deal.payee][deal.termsHash];
    }

    /// @dev `change` is what a dispute took from the bond (negative) or leaves with it.
    function _releaseBond(Deal memory deal, int256 change) private {
        Bond storage bond = _bondFor(deal);
        bond.reserved -= deal.bond;
        bond.free = uint256(int256(uint256(bond.free)) + int256(uint256(deal.bond)) + change).toUint128();
        emit BondChanged(deal.opener, deal.payee, deal.termsHash, bond.free, bond.reserved);
    }

    /// @dev What the arbitrator gave back. Starving the inner call leaves too little gas to finish, so a caller cannot make it fail.
    function _reclaim(address arbitrator, Dispute memory disputed) private returns (uint256) {
        // an address whose code went away would make the call below fail as a whole
        if (arbitrator.code.length == 0) return 0;
        uint256 before = address(this).balance;
        RECLAIMING.asAddress().tstore(arbitrator);
        // an arbitrator without this function, or one that fails, keeps the fee and holds nothing up
        try IRefundingArbitrator(arbitrator).reclaimFee{gas: RECLAIM_GAS}(disputed.disputeId) {} catch {}
        RECLAIMING.asAddress().tstore(address(0));
        return address(this).balance - before;
    }

    function _payOut(Deal memory deal, uint128 refund) private {
        if (deal.price == 0) return;
        (uint256 toPayee, uint256 toTreasury, uint256 toReferrer) = DealMath.shares(
            deal.price - refund,
            deal.protocolFeeBps,
            deal.referrerBps
        );

        CreditList credits = LedgerCall.allocate(4);
        credits.add(deal.payer, refund);
        credits.add(deal.payee, toPayee);
        credits.add(deal.treasury, toTreasury);
        credits.add(deal.referrer, toReferrer);
        credits.move(LEDGER, deal.payToken);
    }

    function _creditNative(address account, uint256 amount) private {
        if (amount != 0) _credit(NATIVE, account, amount, amount);
    }

    function _credit(address token, address account, uint256 amount, uint256 value) private {
        CreditList credits = LedgerCall.allocate(1);
        credits.add(account, amount);
        credits.credit(LEDGER, token, value);
    }
}
