// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Deal, DealStatus, IEscrow} from "../../../contracts/escrow/IEscrow.sol";
import {IMarket, Offer, Order} from "../../../contracts/market/IMarket.sol";
import {ContentComplaint} from "../../../contracts/registry/proof/ContentComplaint.sol";
import {CurveProof} from "../../../contracts/registry/proof/CurveProof.sol";
import {Act, Book} from "./EscrowBooks.sol";
import {EscrowVerdict} from "./EscrowVerdict.sol";

/// @notice Models, offers and deals in the state that an action needs.
abstract contract EscrowStage is EscrowVerdict {
    /// @dev A deal of that status: one there is, or a new one. An open one can still be delivered.
    function _make(
        uint256 seed,
        DealStatus status,
        bool arbitrated,
        bool wrong,
        bool updates
    ) internal returns (uint256 index) {
        uint256 count = _deals.length;
        for (uint256 i = 0; i < count; ++i) {
            index = ((seed % count) + i) % count;
            Book storage book = _books[index];
            if (book.status != status || (updates && (!book.updates || book.update))) continue;
            Deal storage deal = _deals[index];
            if (status == DealStatus.Open && (block.timestamp > deal.deliverBy || book.scalar == 0)) continue;
            if (arbitrated && deal.arbitrator == address(0)) continue;
            if (wrong && _fileOf[deal.versionId] < HONEST_FILES) continue;
            return index;
        }
        index = _buy(seed, arbitrated || status == DealStatus.Disputed, wrong, updates);
        if (status != DealStatus.Open) _deliver(index);
        if (status == DealStatus.Disputed) _attempt(index, Act.Dispute, _deals[index].recipient, 0, true);
    }

    function _deliver(uint256 index) internal returns (uint256) {
        _attempt(index, Act.Deliver, _deals[index].seller, 0, true);
        return index;
    }

    function _disputed(uint256 seed) internal returns (uint256 index) {
        index = _deliver(_buy(seed, true, seed % 4 == 0, false));
        _attempt(index, Act.Dispute, _deals[index].recipient, 0, true);
    }

    /// @dev A dispute in which offers still count.
    function _undecided(uint256 seed) internal returns (uint256 index) {
        uint256 count = _deals.length;
        for (uint256 i = 0; i < count; ++i) {
            index = ((seed % count) + i) % count;
            Book storage book = _books[index];
            if (_defectiveAt[_deals[index].versionId] != 0) continue;
            if (book.status == DealStatus.Disputed && !book.ruled && block.timestamp <= book.ruleBy) return index;
        }
        return _disputed(seed);
    }

    /// @dev A deal that was closed while its arbiters were at work: one there is, or a new one, by a proof or by an agreement.
    function _feeHeld(uint256 seed) internal returns (uint256 index) {
        uint256 count = _deals.length;
        for (uint256 i = 0; i < count; ++i) {
            index = ((seed % count) + i) % count;
            Book storage book = _books[index];
            if (book.feeHeld && book.ruling == 0) return index;
        }
        bool proves = seed % 2 == 0;
        index = _deliver(_buy(seed, true, proves, false));
        Deal memory deal = _deals[index];
        _attempt(index, Act.Dispute, deal.recipient, 0, true);
        if (proves) _proveAndRefund(index, seed);
        else if (seed % 3 == 0) _attempt(index, Act.Concede, deal.recipient, 0, true);
        else _attempt(index, Act.Concede, deal.seller, deal.price, true);
    }

    function _ruled(uint256 seed) internal returns (uint256 index) {
        uint256 count = _deals.length;
        for (uint256 i = 0; i < count; ++i) {
            index = ((seed % count) + i) % count;
            if (_defectiveAt[_deals[index].versionId] != 0) continue;
            if (_books[index].status == DealStatus.Disputed && _books[index].ruling != 0) return index;
        }
        index = _disputed(seed);
        _vote(index, 1 + (seed % 2), seed);
    }

    /// @dev Two of three arbiters agree. Those who voted for a side are paid.
    function _vote(uint256 index, uint256 ruling, uint256 seed) internal {
        Book storage book = _books[index];
        (address first, address second) = (_arbiter(seed), _arbiter((seed % ARBITERS) + 1));
        vm.prank(first);
        panel.vote(book.disputeId, ruling);
        vm.prank(second);
        panel.vote(book.disputeId, ruling);
        (book.voted, book.ruled, book.ruling) = (true, true, uint8(ruling));
        if (ruling == 0) return;
        _panelFees -= FEE;
        _book(NATIVE, first, FEE / 2);
        _book(NATIVE, second, FEE - FEE / 2);
    }

    function _complain(uint64 versionId, uint256 seed) internal {
        uint256 file = _fileOf[versionId];
        vm.prank(_buyer(seed));
        registry.proveDefective(versionId, _shown(file, _files[file].wrong));
        _defectiveAt[versionId] = uint40(block.timestamp);
        assertEq(registry.defectiveAt(versionId), block.timestamp, "a true complaint failed");
    }

    function _proveAndRefund(uint256 index, uint256 seed) internal {
        Deal memory deal = _deals[index];
        (uint128 freeBefore, ) = escrow.bondOf(deal.opener, deal.seller, deal.termsHash);
        uint256 panelBefore = address(panel).balance;
        uint256 file = _fileOf[deal.versionId];
        vm.prank(_buyer(seed));
        assertTrue(escrow.proveAndRefund(deal, _shown(file, _files[file].wrong)), "a proof did not refund");
        if (_defectiveAt[deal.versionId] == 0) _defectiveAt[deal.versionId] = uint40(block.timestamp);
        assertEq(registry.defectiveAt(deal.versionId), _defectiveAt[deal.versionId], "a true complaint failed");
        _bookAct(index, Act.RefundDefective, deal.payer, 0, freeBefore, panelBefore);
    }

    function _refuseComplaint(uint64 versionId, ContentComplaint.Evidence memory shown, bytes4 expected) internal {
        try registry.proveDefective(versionId, shown) {
            _never("a false complaint succeeded");
        } catch (bytes memory reason) {
            assertEq(_selectorOf(reason), expected, "refused for another reason");
        }
    }

    function _buy(uint256 seed, bool arbitrated, bool wrong, bool updates) internal returns (uint256 index) {
        uint256 found = _offerFor(seed, arbitrated, wrong, updates);
        return _purchase(_offers[found], seed, seed % 2 == 0 ? _referrer(seed) : address(0), true);
    }

    /// @dev A refunded deal whose miss can be recorded: one there is, or a new one whose window passes.
    function _missable(uint256 seed) internal returns (uint256 index) {
        uint256 count = _deals.length;
        for (uint256 i = 0; i < count; ++i) {
            index = ((seed % count) + i) % count;
            if (_books[index].missable && _books[index].scalar != 0) return index;
        }
        Offer memory offer = _draft(seed, seed % 2 == 0, false, false);
        if (offer.price == 0) offer.price = 1;
        index = _purchase(_offers[_createOffer(offer)], seed, address(0), true);
        vm.warp(uint256(_deals[index].deliverBy) + 1);
        _attempt(index, Act.RefundUndelivered, _buyer(seed), 0, true);
    }

    function _recordMiss(uint256 index, uint256 seed) internal {
        Deal memory deal = _deals[index];
        uint256 secret = _books[index].secret;
        vm.prank(_buyer(seed));
        escrow.recordMissedDelivery(deal, secret);
        ++_missed[deal.opener][deal.seller];
        _books[index].missable = false;
        _checkMissed(deal.opener, deal.seller);
        _refuseMiss(index, secret, IEscrow.Escrow_NoMissToRecord.selector);
        assertEq(uint8(escrow.statusOf(deal.opener, deal.id)), uint8(DealStatus.Refunded), "a record changed a state");
    }

    function _refuseMiss(uint256 index, uint256 secret, bytes4 expected) internal {
        Deal memory deal = _deals[index];
        try escrow.recordMissedDelivery(deal, secret) {
            _never("a miss was recorded that nobody could have avoided, or that was none");
        } catch (bytes memory reason) {
            assertEq(_selectorOf(reason), expected, "refused for another reason");
        }
        assertEq(escrow.missedDeliveries(deal.opener, deal.seller), _missed[deal.opener][deal.seller], "the record");
    }

    function _offerFor(uint256 seed, bool arbitrated, bool wrong, bool updates) internal returns (uint256 found) {
        found = _offers.length;
        for (uint256 i = 0; i < 3 && _offers.length != 0; ++i) {
            uint256 candidate = _mix(seed, i) % _offers.length;
            Offer storage known = _offers[candidate];
            bool fits = (!arbitrated || known.arbitrator != address(0)) && (!updates || known.includesUpdates);
            if (wrong != (_fileOf[known.versionId] >= HONEST_FILES)) fits = false;
            if (fits && _defectiveAt[known.versionId] == 0 && _soldOf[market.hashOffer(known)] < known.supply) {
                found = candidate;
                break;
            }
        }
        if (found == _offers.length) found = _list(seed, arbitrated, wrong, updates);
    }

    function _purchase(
        Offer memory offer,
        uint256 seed,
        address referrer,
        bool honestPad
    ) internal returns (uint256 index) {
        bytes32 termsHash = market.hashOffer(offer);
        if (_bondFree[termsHash] < offer.bond) _post(offer.creator, termsHash, offer.bond);
        Deal memory deal;
        deal.payer = _buyer(seed);
        deal.recipient = seed % 3 == 0 ? _buyer((seed % BUYERS) + 1) : deal.payer;
        deal.referrer = referrer;
        uint256 key = _mix(seed, 3) % BUYER_KEYS;
        uint256 scalar;
        (deal.pad, scalar) = _pad(address(escrow), offer.versionId, deal.payer, key);
        // a pad that looks like any other, and leads to no key
        if (!honestPad) (deal.pad, scalar) = (address(uint160(deal.pad) ^ 1), 0);
        deal.buyerKey = _buyerKeys[key];
        deal.termsHash = termsHash;
        Order memory order = Order(
            deal.termsHash,
            offer.price,
            deal.recipient,
            deal.referrer,
            deal.buyerKey,
            deal.pad,
            0,
            0
        );
        vm.prank(deal.payer);
        deal.id = market.purchase{value: offer.payToken == NATIVE ? offer.price : 0}(offer, order);

        deal.opener = address(market);
        (deal.versionId, deal.keyX) = (offer.versionId, _files[_fileOf[offer.versionId]].keyX);
        (deal.seller, deal.payee, deal.treasury) = (offer.creator, offer.creator, address(treasury));
        (deal.payToken, deal.price) = (offer.payToken, offer.price);
        deal.protocolFeeBps = FEE_BPS;
        deal.referrerBps = deal.referrer == address(0) ? 0 : offer.referrerBps;
        deal.deliverBy = uint40(block.timestamp + offer.deliveryWindow);
        deal.complaintWindow = offer.complaintWindow;
        (deal.arbitrator, deal.bond) = (offer.arbitrator, offer.bond);

        Book memory book;
        (book.status, book.owner, book.scalar) = (DealStatus.Open, deal.recipient, scalar);
        book.secret = _buyerSecrets[key];
        (book.transferable, book.updates) = (offer.transferable, offer.includesUpdates);
        index = _deals.length;
        _deals.push(deal);
        _books.push(book);
        ++_soldOf[deal.termsHash];
        _bondFree[termsHash] -= offer.bond;
        _bondReserved[termsHash] += offer.bond;
        _book(offer.payToken, address(escrow), offer.price);
    }

    function _list(uint256 seed, bool arbitrated, bool wrong, bool updates) internal returns (uint256 index) {
        return _createOffer(_draft(seed, arbitrated, wrong, updates));
    }

    function _draft(uint256 seed, bool arbitrated, bool wrong, bool updates) internal returns (Offer memory offer) {
        offer.versionId = _version(seed, wrong);
        offer.creator = _titleOf[uint48(offer.versionId >> 16)];
        offer.payToken = tokens[_mix(seed, 4) % tokens.length];
        offer.price = _mix(seed, 5) % 11 == 0 ? 0 : uint128(_mix(seed, 5) % 1e12);
        offer.supply = uint32(1 + (_mix(seed, 6) % 3));
        offer.referrerBps = uint16(_mix(seed, 7) % 5_001);
        offer.maxProtocolFeeBps = 500;
        (offer.transferable, offer.includesUpdates) = (_mix(seed, 8) % 2 == 0, updates);
        offer.deliveryWindow = uint32(_bound(_mix(seed, 9), 1 hours, 7 days));
        offer.complaintWindow = uint32(_bound(_mix(seed, 10), 2 days, 30 days));
        if (arbitrated) {
            offer.arbitrator = address(panel);
            // a bond may be far below the half that it stands for, or above it
            offer.bond = uint96([uint256(1), FEE / 3, FEE, FEE, 3 * FEE][_mix(seed, 11) % 5]);
        }
        offer.salt = ++_salt;
    }

    /// @dev Lists an offer and posts the bond that it asks for. A bond where nothing is paid is refused: the offer is listed for one unit.
    function _createOffer(Offer memory offer) internal returns (uint256 index) {
        if (offer.price == 0 && offer.bond != 0) {
            vm.prank(offer.creator);
            try market.createOffer{value: offer.bond}(offer) {
                _never("an offer that costs nothing has a bond");
            } catch (bytes memory reason) {
                assertEq(_selectorOf(reason), IMarket.Market_BadTerms.selector, "a bond for nothing");
            }
            offer.price = 1;
        }
        index = _offers.length;
        _offers.push(offer);
        vm.prank(offer.creator);
        market.createOffer{value: offer.bond}(offer);
        _bondFree[market.hashOffer(offer)] += offer.bond;
        _bonds += offer.bond;
    }

    function _version(uint256 seed, bool wrong) internal returns (uint64 versionId) {
        for (uint256 i = 0; i < 4; ++i) {
            versionId = _versions[_mix(seed, i) % _versions.length];
            if (wrong == (_fileOf[versionId] >= HONEST_FILES) && _defectiveAt[versionId] == 0) return versionId;
        }
        uint256 others = _files.length - HONEST_FILES;
        return _publish(seed, wrong ? HONEST_FILES + (seed % others) : seed % HONEST_FILES);
    }

    function _createModel(address creator, uint256 file) internal {
        vm.prank(creator);
        uint64 versionId = registry.createModel(_data(file), 0);
        uint48 modelId = uint48(versionId >> 16);
        (_titleOf[modelId], _versionsOf[modelId]) = (creator, 1);
        _fileOf[versionId] = file;
        _versions.push(versionId);
    }

    function _publish(uint256 seed, uint256 file) internal returns (uint64) {
        return _publishIn(uint48(1 + (seed % registry.modelCount())), file);
    }

    function _publishIn(uint48 modelId, uint256 file) internal returns (uint64 versionId) {
        vm.prank(_titleOf[modelId]);
        versionId = registry.publishVersion(modelId, _data(file));
        _fileOf[versionId] = file;
        _versions.push(versionId);
    }

    /// @dev What the buyer computes: the pad from a fresh secret, and the scalar that the seller will compute from the pad's other end.
    function _pad(
        address opener,
        uint64 versionId,
        address payer,
        uint256 key
    ) internal view returns (address pad, uint256 scalar) {
        uint256 secret = _files[_fileOf[versionId]].key;
        bytes32 context = keccak256(
            abi.encode("isonomy.pad.v1", block.chainid, opener, versionId, payer, _buyerKeys[key])
        );
        address shared = vm.addr(mulmod(_buyerSecrets[key], secret, CurveProof.ORDER));
        uint256 h = uint256(keccak256(abi.encode(context, shared))) % CurveProof.ORDER;
        return (vm.addr(h), addmod(secret, h, CurveProof.ORDER));
    }
}
