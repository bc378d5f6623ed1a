// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Deal, DealStatus} from "../../../contracts/escrow/IEscrow.sol";
import {IModelRegistry} from "../../../contracts/registry/IModelRegistry.sol";
import {ContentComplaint} from "../../../contracts/registry/proof/ContentComplaint.sol";
import {CurveProof} from "../../../contracts/registry/proof/CurveProof.sol";
import {Act, FileInfo} from "./EscrowBooks.sol";
import {EscrowStage} from "./EscrowStage.sol";

/// @notice What a buyer does: accept, complain, prove, and take money back.
abstract contract EscrowBuyers is EscrowStage {
    function _addBuyersActions() internal {
        _action(EscrowBuyers.refundUndelivered.selector, "refundUndelivered");
        _action(EscrowBuyers.accept.selector, "accept");
        _action(EscrowBuyers.settle.selector, "settle");
        // claim(invariants#market-and-escrow): A false complaint never succeeds, a true one never fails
        _action(EscrowBuyers.complainTruly.selector, "complainTruly");
        // claim(invariants#market-and-escrow): A false complaint never succeeds, a true one never fails | a buyer who
        //   wants file and money, or a seller of wrong bytes
        _action(EscrowBuyers.complainFalsely.selector, "complainFalsely");
        // claim(invariants#market-and-escrow): A false complaint never succeeds, a true one never fails
        _action(EscrowBuyers.refundDefective.selector, "refundDefective");
        _action(EscrowBuyers.proveAndRefund.selector, "proveAndRefund");
        // claim(attacks#escrow-dispute-and-arbiters): A ruling, a concession or the end of a dispute without a
        //   decision, carried out after the proof: only a full refund closes a deal of a version that is proven
        //   defective. A deal that closed before the proof stays closed: prove what can be proven, and dispute the rest
        // claim(invariants#market-and-escrow): While a version is proven defective, no deal of it closes except with
        //   the whole price for the payer, whatever was ruled or offered before; only a deal whose complaint window
        //   ended before the proof is still settled
        _action(EscrowBuyers.proveAfterRuling.selector, "proveAfterRuling");
        // claim(attacks#escrow-dispute-and-arbiters): A proof suppressed: the seller sees `proveAndRefund` coming and
        //   closes or delivers the deal first, so that the call fails and the proof with it. The proof stays on record;
        //   only the refund is not made
        // claim(invariants#market-and-escrow): A true proof stays on record whatever is sent just before it, and
        //   whatever became of the deal that it came with | a seller of wrong bytes who refunds the one buyer who
        //   noticed
        _action(EscrowBuyers.proveOvertaken.selector, "proveOvertaken");
    }

    function refundUndelivered(uint256 seed) external counted {
        uint256 index = _make(seed, DealStatus.Open, false, false, false);
        vm.warp(_deals[index].deliverBy);
        _attempt(index, Act.RefundUndelivered, _buyer(seed), 0, false);
        vm.warp(block.timestamp + 1);
        _attempt(index, Act.Deliver, _deals[index].seller, 0, false);
        _attempt(index, Act.RefundUndelivered, _buyer(seed), 0, true);
        _done();
    }

    function accept(uint256 seed) external counted {
        uint256 index = _make(seed, DealStatus.Delivered, false, false, false);
        _attempt(index, Act.Accept, _stranger(_deals[index].recipient, seed), 0, false);
        if (_defectiveAt[_deals[index].versionId] != 0) {
            _attempt(index, Act.Accept, _deals[index].recipient, 0, false);
            index = _deliver(_buy(seed, false, false, false));
        }
        _attempt(index, Act.Accept, _deals[index].recipient, 0, true);
        _done();
    }

    function settle(uint256 seed) external counted {
        uint256 index = _make(seed, DealStatus.Delivered, false, false, false);
        uint40 complainBy = _deals[index].complainBy;
        if (block.timestamp <= complainBy) {
            vm.warp(complainBy);
            _attempt(index, Act.Settle, _buyer(seed), 0, false);
            vm.warp(block.timestamp + 1);
        }
        uint40 proven = _defectiveAt[_deals[index].versionId];
        _attempt(index, Act.Settle, _buyer(seed), 0, proven == 0 || proven > complainBy);
        _done();
    }

    function complainTruly(uint256 seed) external counted {
        uint256 index = _make(seed, seed % 2 == 0 ? DealStatus.Open : DealStatus.Delivered, false, true, false);
        uint64 versionId = _deals[index].versionId;
        if (_defectiveAt[versionId] == 0) _complain(versionId, seed);

        vm.prank(_buyer(seed));
        try registry.proveDefective(versionId, _shown(_fileOf[versionId], _files[_fileOf[versionId]].wrong)) {
            _never("a version was proven defective twice");
        } catch (bytes memory reason) {
            assertEq(_selectorOf(reason), IModelRegistry.ModelRegistry_AlreadyDefective.selector, "proven twice");
        }
        _done();
    }

    /// @notice Every right chunk of an honest or a dishonest file, a chunk that is not in the tree, and the wrong key.
    function complainFalsely(uint256 seed) external counted {
        uint64 versionId = _versions[seed % _versions.length];
        if (_defectiveAt[versionId] != 0) versionId = _publish(seed, seed % _files.length);
        uint256 file = _fileOf[versionId];
        FileInfo memory info = _files[file];
        uint64 index = uint64(seed % info.count);
        if (index == info.wrong) index = uint64((index + 1) % info.count);
        ContentComplaint.Evidence memory shown = _shown(file, index);
        if (index != info.wrong) {
            _refuseComplaint(versionId, shown, IModelRegistry.ModelRegistry_ChunkIsRight.selector);
        }
        shown.encryptedChunk[seed % shown.encryptedChunk.length] ^= 0x01;
        _refuseComplaint(versionId, shown, ContentComplaint.ContentComplaint_NotInTree.selector);
        shown.key = addmod(shown.key, 1 + (seed % 1_000), CurveProof.ORDER);
        _refuseComplaint(versionId, shown, ContentComplaint.ContentComplaint_WrongKey.selector);
        shown.index = info.count;
        _refuseComplaint(versionId, shown, ContentComplaint.ContentComplaint_IndexOutOfRange.selector);
        assertEq(registry.defectiveAt(versionId), 0, "a false complaint succeeded");
        _done();
    }

    function refundDefective(uint256 seed) external counted {
        DealStatus status = DealStatus(1 + (seed % 3));
        uint256 index = _make(seed, status, status == DealStatus.Disputed, true, false);
        Deal memory deal = _deals[index];
        uint40 proven = _defectiveAt[deal.versionId];
        if (proven == 0) {
            _attempt(index, Act.RefundDefective, deal.payer, 0, false);
            // a proof in the last second of the time for complaints is one in time
            if (seed % 4 == 0 && block.timestamp < deal.complainBy) vm.warp(deal.complainBy);
            _complain(deal.versionId, seed);
            proven = uint40(block.timestamp);
        }
        if (seed % 2 == 0) {
            vm.warp(block.timestamp + 40 days);
            if (status == DealStatus.Delivered) _attempt(index, Act.Settle, deal.seller, 0, proven > deal.complainBy);
            if (_isClosed(_books[index].status)) return _done();
        }
        bool inTime = status != DealStatus.Delivered || proven <= deal.complainBy;
        _attempt(index, Act.RefundDefective, _buyer(seed), 0, inTime);
        _done();
    }

    /// @notice The proof and the refund in one call, in every state in which money waits.
    function proveAndRefund(uint256 seed) external counted {
        uint256 index = _buy(seed, seed % 3 == 2, true, false);
        if (seed % 3 != 0) _deliver(index);
        if (seed % 3 == 2) _attempt(index, Act.Dispute, _deals[index].recipient, 0, true);
        _proveAndRefund(index, seed);
        // for other deals of the version the proof is there already, and is left out
        uint64 versionId = _deals[index].versionId;
        for (uint256 i = 0; i < _deals.length; ++i) {
            if (_deals[i].versionId != versionId || _isClosed(_books[i].status)) continue;
            if (_allows(i, Act.RefundDefective, address(0), 0)) _proveAndRefund(i, seed);
        }
        _done();
    }

    /// @notice A ruling is given, then the version is proven defective: the ruling is never carried out, and neither side can agree past the proof.
    function proveAfterRuling(uint256 seed) external counted {
        uint256 index = _deliver(_buy(seed, true, true, false));
        _attempt(index, Act.Dispute, _deals[index].recipient, 0, true);
        Deal memory deal = _deals[index];
        if (seed % 2 == 0) _attemptAny(index, Act.Concede, deal.recipient, uint128(seed % (uint256(deal.price) + 1)));
        if (_isClosed(_books[index].status)) {
            index = _deliver(_buy(seed, true, true, false));
            _attempt(index, Act.Dispute, _deals[index].recipient, 0, true);
            deal = _deals[index];
        }
        if (seed % 4 != 3) _vote(index, seed % 3, seed);
        _complain(deal.versionId, seed);
        if (seed % 5 == 0) vm.warp(block.timestamp + 100 days);

        _attempt(index, Act.ExecuteRuling, deal.seller, 0, false);
        _attempt(index, Act.ResolveStale, deal.seller, 0, false);
        _attempt(index, Act.Concede, deal.seller, deal.price, false);
        _attempt(index, Act.Concede, deal.recipient, 0, false);
        _attempt(index, Act.RefundDefective, _buyer(seed), 0, true);
        _done();
    }

    /// @notice Somebody sees the proof coming and closes or delivers the deal first: the proof stays, and moves nothing of that deal.
    function proveOvertaken(uint256 seed) external counted {
        uint256 way = _mix(seed, 1) % 7;
        uint256 index = _buy(seed, way > 4, true, false);
        if (way > 1) _deliver(index);
        if (way > 4) _attempt(index, Act.Dispute, _deals[index].recipient, 0, true);
        Deal memory brought = _deals[index];
        if (way == 0) _attempt(index, Act.Decline, brought.seller, 0, true);
        if (way == 1) _deliver(index);
        if (way == 2) _attempt(index, Act.RefundBySeller, brought.seller, 0, true);
        if (way == 3) _attempt(index, Act.Accept, brought.recipient, 0, true);
        // nothing closes this one: only the time for complaints is over
        if (way == 4) vm.warp(uint256(brought.complainBy) + 1);
        if (way == 5) {
            _vote(index, 2, seed);
            _attempt(index, Act.ExecuteRuling, brought.seller, 0, true);
        }
        if (way == 6) _attempt(index, Act.Concede, brought.seller, brought.price, true);

        uint64 versionId = brought.versionId;
        ContentComplaint.Evidence memory shown = _shown(_fileOf[versionId], _files[_fileOf[versionId]].wrong);
        vm.prank(_buyer(seed));
        assertFalse(escrow.proveAndRefund(brought, shown), "a deal was refunded that the proof does not reach");
        _defectiveAt[versionId] = uint40(block.timestamp);
        assertEq(registry.defectiveAt(versionId), block.timestamp, "a proof was lost to what came in front of it");
        checkDeal(index);
        try escrow.proveAndRefund(brought, shown) returns (bool) {
            _never("a call that does nothing succeeded");
        } catch {}
        if (way == 1) _attempt(index, Act.RefundDefective, _buyer(seed), 0, true);
        if (way == 4) _attempt(index, Act.Settle, _buyer(seed), 0, true);
        _done();
    }
}
