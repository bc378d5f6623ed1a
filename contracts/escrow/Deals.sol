// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IRevenueLedger} from "../ledger/IRevenueLedger.sol";
import {CreditList, LedgerCall} from "../ledger/LedgerCall.sol";
import {RevenueSplit} from "../ledger/RevenueSplit.sol";
import {IModelRegistry} from "../registry/IModelRegistry.sol";
import {Bonds} from "./Bonds.sol";
import {DealCodec} from "./DealCodec.sol";
import {Deal, DealStatus, IDealOpener, IEscrow} from "./IEscrow.sol";

/// @title Deals
/// @notice What is kept of a deal, how one is found again, and how one is closed: settled or refunded, and paid out
/// once.
/// @dev Invariants: a deal pays out exactly its price, once; a refund never exceeds the price.
///
/// A deal is one slot: the first 31 bytes of its hash and the status. Finding two deals with the same commitment takes
/// about 2^124 hashes.
abstract contract Deals is Bonds {
    using DealCodec for Deal;

    uint256 private constant STATUS_MASK = 0x7f;
    /// @dev Beside the status of a refunded deal: it was paid, nothing was delivered in its window, and no miss was
    /// recorded yet.
    uint256 internal constant UNDELIVERED = 0x80;
    /// @dev Gas that an opener may spend when it is notified of a refund, and what must be left for that: 64/63 of it
    /// and some to finish.
    uint256 private constant OPENER_GAS = 200_000;
    uint256 private constant MIN_NOTIFY_GAS = 215_000;

    /// @notice Where versions and their defects are read.
    IModelRegistry public immutable REGISTRY;

    /// @dev First 31 bytes of the deal's hash, then the status.
    mapping(address opener => mapping(uint256 id => bytes32 commitmentAndStatus)) internal _deals;

    /// @param registry Where versions and their defects are read.
    /// @param ledger Where all money is credited.
    constructor(IModelRegistry registry, IRevenueLedger ledger) Bonds(ledger) {
        REGISTRY = registry;
    }

    /// @inheritdoc IEscrow
    function statusOf(address opener, uint256 id) public view returns (DealStatus) {
        return DealStatus(uint256(_deals[opener][id]) & STATUS_MASK);
    }

    /// @inheritdoc IEscrow
    function commitmentOf(address opener, uint256 id) external view returns (bytes31) {
        return bytes31(_deals[opener][id]);
    }

    /// @dev Loads a deal into memory. Reverts unless it is the one that was opened, in the expected status.
    function _load(Deal calldata source, DealStatus expected) internal view returns (Deal[] memory held) {
        held = source.load();
        DealStatus status = _known(held[0]);
        require(status == expected, Escrow_WrongStatus(held[0].id, status));
    }

    function _known(Deal memory deal) internal view returns (DealStatus status) {
        status = _statusOf(deal);
        require(status != DealStatus.None, Escrow_UnknownDeal(deal.opener, deal.id));
    }

    /// @dev Whether a proof made in this call refunds the deal under the terms given. A deal that was delivered
    /// meanwhile has other terms.
    function _isRefundable(Deal memory deal) internal view returns (bool) {
        DealStatus status = _statusOf(deal);
        if (status == DealStatus.Delivered) return block.timestamp <= deal.complainBy;
        return status == DealStatus.Open || status == DealStatus.Disputed;
    }

    /// @dev `None` unless the deal is the one that was opened, with the terms that it has now.
    function _statusOf(Deal memory deal) private view returns (DealStatus) {
        bytes32 slot = _deals[deal.opener][deal.id];
        return bytes31(slot) == deal.commitment() ? DealStatus(uint256(slot) & STATUS_MASK) : DealStatus.None;
    }

    /// @dev Changes the status of a deal that was loaded before, under the same commitment.
    function _mark(Deal memory deal, DealStatus status) internal {
        mapping(uint256 id => bytes32 commitmentAndStatus) storage deals = _deals[deal.opener];
        deals[deal.id] = _pack(bytes31(deals[deal.id]), status);
    }

    function _pack(bytes31 commitment, DealStatus status) internal pure returns (bytes32) {
        return bytes32(commitment) | bytes32(uint256(status));
    }

    /// @dev A proof outranks every judgement and every agreement: what is proven defective is refunded whole, or not
    /// closed at all.
    function _requireNotDefective(uint64 versionId) internal view {
        uint40 defectiveAt = REGISTRY.defectiveAt(versionId);
        require(defectiveAt == 0, Escrow_VersionDefective(versionId, defectiveAt));
    }

    function _settle(Deal memory deal) internal {
        _mark(deal, DealStatus.Settled);
        if (deal.bond != 0) _releaseBond(deal, 0);
        emit DealSettled(deal.opener, deal.id);

        _payOut(deal, 0);
    }

    function _refund(Deal memory deal, RefundCause cause, uint256 flag) internal {
        mapping(uint256 id => bytes32 commitmentAndStatus) storage deals = _deals[deal.opener];
        deals[deal.id] = _pack(bytes31(deals[deal.id]), DealStatus.Refunded) | bytes32(flag);
        if (deal.bond != 0) _releaseBond(deal, 0);
        emit DealRefunded(deal.opener, deal.id, cause);

        _payOut(deal, deal.price);
        _notifyOpener(deal);
    }

    function _payOut(Deal memory deal, uint128 refund) internal {
        if (deal.price == 0) return;
        (uint256 toPayee, uint256 toTreasury, uint256 toReferrer) = RevenueSplit.shares(
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

    /// @dev Notifies the opener of a refund. A failing opener cannot block it, and a working one always gets enough
    /// gas, so nobody can refund a deal and starve the burn of its licence.
    function _notifyOpener(Deal memory deal) internal {
        require(gasleft() >= MIN_NOTIFY_GAS, Escrow_TooLittleGas(gasleft(), MIN_NOTIFY_GAS));
        if (deal.opener.code.length != 0) {
            try IDealOpener(deal.opener).dealRefunded{gas: OPENER_GAS}(deal.id, deal.termsHash) {
                return;
            } catch {}
        }
        emit OpenerNotNotified(deal.opener, deal.id);
    }
}
