// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {IRevenueLedger} from "../ledger/IRevenueLedger.sol";
import {IModelRegistry} from "../registry/IModelRegistry.sol";
import {ContentComplaint} from "../registry/proof/ContentComplaint.sol";
import {CurveProof} from "../registry/proof/CurveProof.sol";
import {NATIVE} from "../utils/Native.sol";
import {DealBounds} from "./DealBounds.sol";
import {DealCodec} from "./DealCodec.sol";
import {Deals} from "./Deals.sol";
import {Disputes} from "./Disputes.sol";
import {Deal, DealStatus, IEscrow} from "./IEscrow.sol";

/// @title Escrow
/// @notice Fair exchange with delivery verified on chain. See {IEscrow}.
/// @dev Invariants, besides those of {Bonds}, {Deals} and {Disputes}:
/// - the ledger's balance of this contract covers the prices of open deals, for every token; beyond them it holds only
///   what careless parties had credited to this contract, as the referrer of a sale for example, which is nobody's and
///   backs no deal;
/// - this contract's native balance covers all bonds, free and reserved, and what open disputes still hold; beyond them
///   there is only coin that was forced upon it, which is nobody's too.
contract Escrow is Disputes {
    using SafeCast for uint256;
    using DealCodec for Deal;

    /// @notice Shortest time for a delivery, in seconds.
    uint256 public constant MIN_DELIVERY_WINDOW = DealBounds.MIN_DELIVERY_WINDOW;
    /// @notice Longest time for a delivery, in seconds.
    uint256 public constant MAX_DELIVERY_WINDOW = DealBounds.MAX_DELIVERY_WINDOW;
    /// @notice Shortest time for a complaint, in seconds: longer than a rollup takes to include a forced transaction.
    uint256 public constant MIN_COMPLAINT_WINDOW = DealBounds.MIN_COMPLAINT_WINDOW;
    /// @notice Longest time for a complaint, in seconds.
    uint256 public constant MAX_COMPLAINT_WINDOW = DealBounds.MAX_COMPLAINT_WINDOW;
    /// @notice Highest share of the protocol, in basis points.
    uint256 public constant MAX_PROTOCOL_FEE_BPS = DealBounds.MAX_PROTOCOL_FEE_BPS;
    /// @notice Highest share of a referrer, in basis points.
    uint256 public constant MAX_REFERRER_BPS = DealBounds.MAX_REFERRER_BPS;

    /// @inheritdoc IEscrow
    mapping(address opener => mapping(address seller => uint256 count)) public missedDeliveries;

    /// @param registry Where versions and their defects are read.
    /// @param ledger Where all money is credited.
    constructor(IModelRegistry registry, IRevenueLedger ledger) Deals(registry, ledger) {}

    /// @inheritdoc IEscrow
    /// @dev Needs no guard (350 gas): all books are written before the one call that moves value, and that call goes to
    /// the ledger, which calls nobody back; coin that comes along goes on to the ledger, so a fee that is being
    /// reclaimed cannot be counted too high.
    function open(Deal calldata deal) external payable {
        Deal memory opened = deal.load()[0];
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
    /// @dev `nonReentrantView`, here and below: closed while another call is under way. The guard is not raised for its
    /// own (250 gas), because it calls nobody but the registry and the ledger, which call nobody back.
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
        require(msg.sender == opened.seller, Escrow_NotParty(opened.id, msg.sender));

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
        uint256 misses = ++missedDeliveries[closed.opener][closed.seller];
        emit DeliveryMissed(closed.opener, closed.seller, closed.id, misses);
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
        require(msg.sender == opened.seller, Escrow_NotParty(opened.id, msg.sender));

        _refund(opened, RefundCause.BySeller, 0);
    }

    /// @inheritdoc IEscrow
    function refundDefective(Deal calldata deal) external nonReentrant {
        _refundDefective(deal.load()[0]);
    }

    /// @inheritdoc IEscrow
    function proveAndRefund(
        Deal calldata deal,
        ContentComplaint.Evidence calldata evidence
    ) external nonReentrant returns (bool refunded) {
        // a proof that somebody else was faster with must not stop the refund
        bool proves = REGISTRY.defectiveAt(deal.versionId) == 0;
        if (proves) REGISTRY.proveDefective(deal.versionId, evidence);

        Deal memory opened = deal.load()[0];
        // and a deal that changed meanwhile must not take the proof back: a seller who sees it coming could close the
        // deal first
        refunded = !proves || _isRefundable(opened);
        if (refunded) _refundDefective(opened);
    }

    function _checkTerms(Deal memory deal) private view {
        require(msg.sender == deal.opener, Escrow_NotOpener(deal.opener, msg.sender));
        require(
            deal.payer != address(0) &&
                deal.recipient != address(0) &&
                deal.seller != address(0) &&
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
        require(deal.complainBy == 0, Escrow_ComplainBySet(deal.complainBy));
        require(
            deal.protocolFeeBps <= MAX_PROTOCOL_FEE_BPS && deal.referrerBps <= MAX_REFERRER_BPS,
            Escrow_SharesTooHigh(deal.protocolFeeBps, deal.referrerBps)
        );
        require(deal.referrer != address(0) || deal.referrerBps == 0, Escrow_ShareWithoutReferrer(deal.referrerBps));
        require(
            (deal.arbitrator == address(0)) == (deal.bond == 0),
            Escrow_BondWithoutArbitrator(deal.arbitrator, deal.bond)
        );
    }

    function _checkWindow(uint256 window, uint256 minimum, uint256 maximum) private pure {
        require(window >= minimum && window <= maximum, Escrow_WindowOutOfBounds(window, minimum, maximum));
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

    /// @dev Refunds a deal that was never delivered. When its window is over, the miss can be recorded, whatever the
    /// cause: otherwise a seller would choose the cause that hides it. Whether the seller could have delivered, only
    /// the buyer can show; a free deal is never held against anybody.
    function _refundOpen(Deal memory deal, RefundCause cause) private {
        bool missed = deal.price != 0 && block.timestamp > deal.deliverBy;
        _refund(deal, cause, missed ? UNDELIVERED : 0);
    }
}
