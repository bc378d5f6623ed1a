// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {TransientSlot} from "@openzeppelin/contracts/utils/TransientSlot.sol";

import {IArbitrator, IRefundingArbitrator} from "../interfaces/IArbitration.sol";
import {RevenueSplit} from "../ledger/RevenueSplit.sol";
import {DealCodec} from "./DealCodec.sol";
import {Deals} from "./Deals.sol";
import {Deal, DealStatus, Dispute, IEscrow} from "./IEscrow.sol";

/// @title Disputes
/// @notice Deals before an arbitrator (ERC-792): opened by the recipient, conceded by either side, ruled on, or out of
/// time; and the fee.
/// @dev Invariant: the native balance covers what open disputes hold besides all bonds.
abstract contract Disputes is Deals {
    using SafeCast for uint256;
    using DealCodec for Deal;
    using TransientSlot for *;

    /// @dev Which deal a dispute belongs to.
    struct DisputeKey {
        address opener;
        uint256 id;
    }

    /// @notice How long an arbitrator may take, in seconds.
    uint256 public constant RULING_WINDOW = 90 days;

    uint256 private constant CHOICES = 2;
    uint8 private constant RULING_RECIPIENT = 1;
    /// @dev Enough for an arbitrator to send a fee back, too little to make a time-out unaffordable.
    uint256 private constant RECLAIM_GAS = 150_000;
    /// @dev Transient: the arbitrator whose refund is awaited. keccak256("isonomy.escrow.reclaiming").
    bytes32 private constant RECLAIMING = keccak256("isonomy.escrow.reclaiming");

    mapping(address opener => mapping(uint256 id => Dispute)) private _disputes;
    mapping(address arbitrator => mapping(uint256 disputeId => DisputeKey)) private _disputeKeys;

    /// @notice Takes native coin only from an arbitrator whose fee is being reclaimed.
    receive() external payable {
        require(msg.sender == RECLAIMING.asAddress().tload(), Escrow_UnexpectedCoin(msg.sender));
    }

    /// @inheritdoc IEscrow
    function dispute(Deal calldata deal) external payable nonReentrant {
        Deal memory opened = _load(deal, DealStatus.Delivered)[0];
        require(msg.sender == opened.recipient, Escrow_NotParty(opened.id, msg.sender));
        require(opened.arbitrator != address(0), Escrow_NoArbitrator(opened.id));
        require(block.timestamp <= opened.complainBy, Escrow_TooLate(opened.id, opened.complainBy));
        uint128 cost = IArbitrator(opened.arbitrator).arbitrationCost("").toUint128();
        uint128 sellerHalf = uint128(Math.min(opened.bond, cost));
        // both halves together are twice the cost; the recipient advances what the bond does not cover
        uint256 needed = 2 * uint256(cost) - sellerHalf;
        require(msg.value >= needed, Escrow_HalfTooSmall(msg.value, needed));

        uint40 ruleBy = (block.timestamp + RULING_WINDOW).toUint40();
        Dispute storage entry = _disputes[opened.opener][opened.id];
        entry.ruleBy = ruleBy;
        entry.refundAsked = opened.price;
        entry.cost = cost;
        entry.sellerHalf = sellerHalf;
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
        require(byRecipient || msg.sender == opened.seller, Escrow_NotParty(opened.id, msg.sender));
        Dispute storage entry = _disputes[opened.opener][opened.id];
        Dispute memory disputed = entry;
        require(!disputed.ruled, Escrow_AlreadyRuled(opened.id, disputed.ruling));
        require(block.timestamp <= disputed.ruleBy, Escrow_TooLate(opened.id, disputed.ruleBy));
        _requireNotDefective(opened.versionId);

        uint128 own = byRecipient ? disputed.refundAsked : disputed.refundOffered;
        uint128 other = byRecipient ? disputed.refundOffered : disputed.refundAsked;
        require(byRecipient ? refund < own : refund > own, Escrow_NotAConcession(opened.id, refund, own));
        emit OfferConceded(opened.opener, opened.id, msg.sender, refund);

        if (byRecipient ? refund <= other : refund >= other) {
            uint256 toRecipient = RevenueSplit.sharedLeft(disputed.sellerHalf, disputed.cost);
            _closeDisputed(opened, disputed, other, toRecipient, RefundCause.Ruled);
        } else if (byRecipient) {
            entry.refundAsked = refund;
        } else {
            entry.refundOffered = refund;
        }
    }

    /// @notice Records a ruling; carrying it out is a call of its own, so that an arbitrator never moves money. Only
    /// the arbitrator that the dispute was opened with may call.
    /// @dev
    /// - Reverts with {Escrow_UnknownDispute} unless the caller is the arbitrator of such a dispute.
    /// - Reverts with {Escrow_RulingOutOfRange} above 2, {Escrow_WrongStatus} when the deal is closed,
    ///   {Escrow_AlreadyRuled} the second time, {Escrow_TooLate} after `ruleBy`.
    ///
    /// Emits {Ruling}. Open while another call is under way: an arbitrator that goes on when its ruling is refused
    /// could otherwise be made to rule just then. Safe, because it calls nobody, and the dispute of a call that is
    /// under way has no id yet, is closed, out of time, or about to be refunded whole whatever is ruled.
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
            // the seller's half returns; what the recipient advanced of it is the recipient's
            uint256 advanced = disputed.cost - disputed.sellerHalf;
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
        uint128 refund = uint128(RevenueSplit.halfWay(disputed.refundAsked, disputed.refundOffered));
        uint256 returned = _reclaim(opened.arbitrator, disputed);
        uint256 left = disputed.cost + returned;
        _closeWithLeft(
            opened,
            disputed,
            refund,
            RevenueSplit.sharedLeft(disputed.sellerHalf, left),
            left,
            RefundCause.Ruled
        );
    }

    /// @inheritdoc IEscrow
    function reclaimFee(Deal calldata deal) external nonReentrant {
        Deal memory closed = deal.load()[0];
        _known(closed);
        Dispute storage entry = _disputes[closed.opener][closed.id];
        Dispute memory disputed = entry;
        require(disputed.feeHeld, Escrow_NoFeeToReclaim(closed.id));
        entry.feeHeld = false;
        uint256 returned = _reclaim(closed.arbitrator, disputed);
        require(returned != 0, Escrow_FeeNotReturned(closed.id, closed.arbitrator));

        // first what the recipient paid of it, then what the bond did; the bond never gets more than that
        uint256 ofRecipient = Math.min(returned, disputed.cost - disputed.feeOfSeller);
        uint256 toSeller = Math.min(returned - ofRecipient, disputed.feeOfSeller);
        emit DisputeFeeReturned(closed.opener, closed.id, returned - toSeller, toSeller);
        if (toSeller != 0) {
            Bond storage bond = _bondFor(closed);
            bond.free += toSeller.toUint128();
            emit BondChanged(closed.opener, closed.seller, closed.termsHash, bond.free, bond.reserved);
        }
        _creditNative(closed.recipient, returned - toSeller);
    }

    /// @inheritdoc IEscrow
    function disputeOf(address opener, uint256 id) external view returns (Dispute memory) {
        return _disputes[opener][id];
    }

    /// @dev The seller is proven to have cheated: the fee is paid from its half, and the recipient gets back what it
    /// prepaid. Where nobody was paid, because the arbitrator has not decided and gives its fee back, that fee returns
    /// to the bond. An arbitrator whose time is not over keeps it until `reclaimFee`.
    function _refundDisputed(Deal memory deal) internal {
        Dispute memory disputed = _disputes[deal.opener][deal.id];
        uint256 left = disputed.cost;
        if (disputed.ruling == 0) left += _reclaim(deal.arbitrator, disputed);
        uint256 prepaid = 2 * uint256(disputed.cost) - disputed.sellerHalf;
        uint256 toSeller = left > prepaid ? Math.min(left - prepaid, disputed.sellerHalf) : 0;
        _closeWithLeft(deal, disputed, deal.price, left - toSeller, left, RefundCause.Defective);
    }

    /// @dev Closes a dispute whose arbitrator was paid: `disputed.cost` is left of both halves.
    function _closeDisputed(
        Deal memory deal,
        Dispute memory disputed,
        uint128 refund,
        uint256 toRecipient,
        RefundCause cause
    ) private {
        _closeWithLeft(deal, disputed, refund, toRecipient, disputed.cost, cause);
    }

    /// @dev `left` is what is here of both halves; the recipient gets `toRecipient` of it, the bond the rest. `cause`
    /// counts when the whole price goes back. A deal that has a dispute was paid, because a free one has no arbitrator.
    function _closeWithLeft(
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
        if (whole) _notifyOpener(deal);
    }

    function _returnHalves(Deal memory deal, Dispute memory disputed, uint256 toRecipient, uint256 left) private {
        uint256 toSeller = left - toRecipient;
        // nobody has earned the fee, and it is not here: what each side would get of it is kept for `reclaimFee`
        if (disputed.ruling == 0 && left == disputed.cost && left != 0) {
            Dispute storage entry = _disputes[deal.opener][deal.id];
            entry.feeHeld = true;
            // no more than the seller's half
            entry.feeOfSeller = uint128(disputed.sellerHalf - toSeller);
        }
        _releaseBond(deal, int256(toSeller) - int256(uint256(disputed.sellerHalf)));
        _creditNative(deal.recipient, toRecipient);
    }

    /// @dev What the arbitrator gave back. Starving the inner call leaves too little gas to finish, so a caller cannot
    /// make it fail.
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
}
