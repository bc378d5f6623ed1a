// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Vm} from "forge-std/Vm.sol";

import {Escrow} from "../../../contracts/escrow/Escrow.sol";
import {Deal, DealStatus, IEscrow} from "../../../contracts/escrow/IEscrow.sol";
import {IMarket, Offer, Order} from "../../../contracts/market/IMarket.sol";
import {IModelRegistry, VersionData} from "../../../contracts/registry/IModelRegistry.sol";
import {Credit} from "../../../contracts/ledger/IRevenueLedger.sol";
import {ContentComplaint} from "../../../contracts/registry/proof/ContentComplaint.sol";
import {CurveProof} from "../../../contracts/registry/proof/CurveProof.sol";
import {ProtocolHandler} from "./ProtocolHandler.sol";
import {SealedFile} from "./SealedFile.sol";

/// @notice Sells files and plays every party of their deals. Before each act it says from the published table of states whether the escrow
/// must allow it, and afterwards it books what the table says who receives.
contract EscrowHandler is ProtocolHandler {
    using SealedFile for SealedFile.File;

    enum Act {
        Deliver,
        Decline,
        RefundUndelivered,
        Accept,
        Settle,
        RefundBySeller,
        RefundDefective,
        Dispute,
        Concede,
        ExecuteRuling,
        ResolveStale,
        ReclaimFee
    }

    /// @dev What the handler knows of a deal besides its terms.
    struct Book {
        DealStatus status;
        bool update;
        bool transferable;
        bool updates;
        bool paidOut;
        // open until after its window, paid, and not counted as missed yet
        bool missable;
        // closed undecided, while the panel kept its fee
        bool feeHeld;
        uint256 secret;
        bool ruled;
        uint8 ruling;
        uint40 ruleBy;
        uint40 voteBy;
        bool voted;
        uint128 asked;
        uint128 offered;
        uint128 payeeHalf;
        // what the bond got back when the dispute ended
        uint128 payeeGot;
        address owner;
        uint256 disputeId;
        uint256 scalar;
    }

    struct FileInfo {
        uint256 key;
        bytes32 keyX;
        uint64 size;
        uint64 count;
        uint64 wrong;
        bytes32 root;
        bytes32 contentRoot;
    }

    uint256 private constant ACTS = 12;
    uint256 private constant HONEST_FILES = 3;
    uint256 private constant BUYER_KEYS = 8;
    uint16 private constant FEE_BPS = 250;

    FileInfo[] private _files;
    mapping(uint256 file => mapping(uint64 index => bytes)) private _evidence;
    uint256[] private _buyerSecrets;
    bytes32[] private _buyerKeys;

    uint64[] private _versions;
    mapping(uint64 versionId => uint256 file) private _fileOf;
    mapping(uint48 modelId => address) private _titleOf;
    mapping(uint48 modelId => uint16) private _versionsOf;
    mapping(uint64 versionId => uint40) private _defectiveAt;

    Offer[] private _offers;
    mapping(bytes32 termsHash => uint32) private _soldOf;
    Deal[] private _deals;
    Book[] private _books;

    mapping(bytes32 termsHash => uint256) private _bondFree;
    mapping(bytes32 termsHash => uint256) private _bondReserved;
    uint256 private _bonds;
    /// @dev What careless parties had credited to the escrow.
    mapping(address token => uint256) private _stray;
    mapping(address opener => mapping(address payee => uint256)) private _missed;
    uint256 private _advanced;
    uint256 private _panelFees;
    uint64 private _salt;

    constructor() {
        _deployProtocol();
        for (uint256 i = 0; i < BUYER_KEYS; ++i) {
            (uint256 secret, bytes32 x) = _even(uint256(keccak256(abi.encode("buyer", i))));
            _buyerSecrets.push(secret);
            _buyerKeys.push(x);
        }
        // three honest files and four with a wrong chunk: the only, the first, the last, the middle one
        _seal(77, SealedFile.NONE);
        _seal(1_064, SealedFile.NONE);
        _seal(2_057, SealedFile.NONE);
        _seal(77, 0);
        _seal(1_064, 0);
        _seal(1_064, 1);
        _seal(2_057, 2);
        for (uint256 i = 0; i < 6; ++i) _createModel(_creator(i), i);

        _action(EscrowHandler.publish.selector, "publish");
        _action(EscrowHandler.list.selector, "list");
        _action(EscrowHandler.buy.selector, "buy");
        _action(EscrowHandler.buyCareless.selector, "buyCareless");
        _action(EscrowHandler.buyWorthless.selector, "buyWorthless");
        _action(EscrowHandler.recordMiss.selector, "recordMiss");
        _action(EscrowHandler.refuseMiss.selector, "refuseMiss");
        _action(EscrowHandler.deliver.selector, "deliver");
        _action(EscrowHandler.deliverWrong.selector, "deliverWrong");
        _action(EscrowHandler.decline.selector, "decline");
        _action(EscrowHandler.declineLate.selector, "declineLate");
        _action(EscrowHandler.refundUndelivered.selector, "refundUndelivered");
        _action(EscrowHandler.accept.selector, "accept");
        _action(EscrowHandler.settle.selector, "settle");
        _action(EscrowHandler.refundBySeller.selector, "refundBySeller");
        _action(EscrowHandler.complainTruly.selector, "complainTruly");
        _action(EscrowHandler.complainFalsely.selector, "complainFalsely");
        _action(EscrowHandler.refundDefective.selector, "refundDefective");
        _action(EscrowHandler.proveAndRefund.selector, "proveAndRefund");
        _action(EscrowHandler.proveAfterRuling.selector, "proveAfterRuling");
        _action(EscrowHandler.proveOvertaken.selector, "proveOvertaken");
        _action(EscrowHandler.dispute.selector, "dispute");
        _action(EscrowHandler.concede.selector, "concede");
        _action(EscrowHandler.rule.selector, "rule");
        _action(EscrowHandler.executeRuling.selector, "executeRuling");
        _action(EscrowHandler.fallSilent.selector, "fallSilent");
        _action(EscrowHandler.reclaimLate.selector, "reclaimLate");
        _action(EscrowHandler.anyTurn.selector, "anyTurn");
        _action(EscrowHandler.forge.selector, "forge");
        _action(EscrowHandler.requestUpdate.selector, "requestUpdate");
        _action(EscrowHandler.transferLicense.selector, "transferLicense");
        _action(EscrowHandler.withdraw.selector, "withdraw");
        _action(EscrowHandler.withdrawBond.selector, "withdrawBond");
        _action(EscrowHandler.travel.selector, "travel");
    }

    // ---- what holds between calls

    /// @notice Coin lies where the books say; the deals opened last, and a few others, are as the books say.
    function checkDeals() external view {
        assertEq(address(escrow).balance, _bonds + _advanced, "the escrow's coin is not bonds and prepaid halves");
        assertEq(address(panel).balance, _panelFees, "the panel's coin is not the fees of undecided disputes");

        uint256 count = _deals.length;
        for (uint256 i = 0; i < 6 && i < count; ++i) {
            checkDeal(i < 3 ? count - 1 - i : _mix(block.timestamp, count + i) % count);
        }
        count = _offers.length;
        for (uint256 i = 0; i < 6 && i < count; ++i) {
            checkBond(i < 3 ? count - 1 - i : _mix(block.timestamp, count + i) % count);
        }
    }

    /// @notice The bond of one offer is what its owner posted for it, and its deals hold their part of it.
    function checkBond(uint256 offer) public view {
        bytes32 termsHash = market.hashOffer(_offers[offer]);
        (uint128 free, uint128 reserved) = escrow.bondOf(address(market), _offers[offer].creator, termsHash);
        assertEq(free, _bondFree[termsHash], "a free bond is not what its owner posted");
        assertEq(reserved, _bondReserved[termsHash], "a reserved bond is not that of the open deals");
    }

    function offerCount() external view returns (uint256) {
        return _offers.length;
    }

    /// @notice Terms, state and licence of one deal.
    function checkDeal(uint256 index) public view {
        Deal memory deal = _deals[index];
        Book memory book = _books[index];
        assertEq(
            escrow.commitmentOf(deal.opener, deal.id),
            bytes31(keccak256(abi.encode(deal))),
            "the terms of a deal changed"
        );
        assertEq(
            uint8(escrow.statusOf(deal.opener, deal.id)),
            uint8(book.status),
            "a deal changed its state by itself"
        );
        bool closed = _isClosed(book.status);
        assertEq(book.paidOut, closed, "a deal is paid out exactly when it is closed");
        if (book.update) return;

        bool usable =
            book.status == DealStatus.Delivered || book.status == DealStatus.Settled || book.status == DealStatus.Split;
        if (book.status == DealStatus.Refunded) {
            try licenses.ownerOf(deal.id) {
                _never("a licence of a refunded deal exists");
            } catch {}
        } else {
            assertEq(licenses.ownerOf(deal.id), book.owner, "a licence is with somebody else");
        }
        assertEq(licenses.isAuthorized(deal.id, book.owner), usable, "rights do not follow the state of the deal");
        (uint32 sold, , ) = market.offerState(deal.termsHash);
        assertEq(sold, _soldOf[deal.termsHash], "the count of what was sold");
    }

    /// @notice The escrow's account in the ledger is the sum of the prices of the deals that are open, token by token, and what careless parties
    /// had credited to it besides.
    function checkOpenPrices() external view {
        for (uint256 t = 0; t < tokens.length; ++t) {
            uint256 sum = 0;
            for (uint256 i = 0; i < _deals.length; ++i) {
                if (_deals[i].payToken == tokens[t] && !_isClosed(_books[i].status)) sum += _deals[i].price;
            }
            assertEq(
                ledger.balanceOf(tokens[t], address(escrow)),
                sum + _stray[tokens[t]],
                "the escrow does not hold its open deals' prices"
            );
        }
        for (uint256 i = 0; i < CREATORS; ++i) {
            _checkMissed(address(market), _creator(i));
            _checkMissed(address(desk), _creator(i));
        }
    }

    function _checkMissed(address opener, address payee) private view {
        assertEq(escrow.missedDeliveries(opener, payee), _missed[opener][payee], "the record of missed deliveries");
    }

    function dealCount() external view returns (uint256) {
        return _deals.length;
    }

    // ---- listing and buying

    function publish(uint256 seed) external counted {
        _publish(seed, seed % _files.length);
        _done();
    }

    function list(uint256 seed) external counted {
        _list(seed, seed % 2 == 0, seed % 3 == 0, _mix(seed, 1) % 4 == 0);
        _done();
    }

    function buy(uint256 seed) external counted {
        _buy(seed, seed % 2 == 0, seed % 3 == 0, seed % 5 == 0);
        _done();
    }

    /// @notice A deal whose referrer is the escrow or another contract of the protocol is paid out, and somebody credits the escrow without a deal.
    function buyCareless(uint256 seed) external counted {
        uint256 found = _offerFor(seed, seed % 2 == 0, false, false);
        uint256 index = _deliver(_purchase(_offers[found], seed, _careless(seed), true));
        _attempt(index, Act.Accept, _deals[index].recipient, 0, true);

        uint256 amount = 1 + (seed % 1_000);
        Credit[] memory credits = new Credit[](1);
        credits[0] = Credit(address(escrow), amount);
        vm.prank(_buyer(seed));
        ledger.credit{value: amount}(NATIVE, credits);
        _book(NATIVE, address(escrow), amount);
        _stray[NATIVE] += amount;
        _done();
    }

    /// @notice A pad that nobody can open: no scalar delivers, bond and supply return when the seller declines, and the record is not touched.
    function buyWorthless(uint256 seed) external counted {
        uint256 found = _offerFor(seed, seed % 2 == 0, seed % 3 == 0, false);
        uint256 index = _purchase(_offers[found], seed, address(0), false);
        Deal memory deal = _deals[index];
        Book memory book = _books[index];
        (, uint256 scalar) = _pad(address(escrow), deal.versionId, deal.payer, _mix(seed, 3) % BUYER_KEYS);
        try escrow.deliver(deal, scalar) {
            _never("a pad was opened that nobody can open");
        } catch (bytes memory reason) {
            assertEq(_selectorOf(reason), IEscrow.Escrow_WrongScalar.selector, "wrong scalar");
        }
        if (seed % 5 < 3) {
            uint32 sold = _soldOf[deal.termsHash];
            _attempt(index, Act.Decline, deal.payee, 0, true);
            assertEq(_soldOf[deal.termsHash], sold - 1, "a declined licence did not return to its offer");
            _refuseMiss(index, book.secret, IEscrow.Escrow_NoMissToRecord.selector);
        } else if (seed % 5 == 3) {
            vm.warp(uint256(deal.deliverBy) + 1);
            _attempt(index, Act.RefundUndelivered, _buyer(seed), 0, true);
            bool paid = deal.price != 0;
            _refuseMiss(
                index,
                book.secret,
                paid ? IEscrow.Escrow_DishonestPad.selector : IEscrow.Escrow_NoMissToRecord.selector
            );
        }
        checkBond(found);
        _done();
    }

    /// @notice A paid deal with an honest pad whose window passes is counted, once, and only with the buyer's secret.
    function recordMiss(uint256 seed) external counted {
        uint256 index = _missable(seed);
        uint256 secret = _books[index].secret;
        _refuseMiss(index, CurveProof.ORDER - secret, IEscrow.Escrow_DishonestPad.selector);
        _refuseMiss(index, _mix(seed, 9) % CurveProof.ORDER, IEscrow.Escrow_DishonestPad.selector);
        _recordMiss(index, seed);
        _done();
    }

    /// @notice No deal counts that is open, was closed otherwise, or was free: whatever secret is shown.
    function refuseMiss(uint256 seed) external counted {
        if (_deals.length == 0) _buy(seed, false, false, false);
        uint256 index = seed % _deals.length;
        if (_books[index].missable) index = _buy(seed, false, false, false);
        bool refunded = _books[index].status == DealStatus.Refunded;
        _refuseMiss(
            index,
            _books[index].secret,
            refunded ? IEscrow.Escrow_NoMissToRecord.selector : IEscrow.Escrow_WrongStatus.selector
        );
        _done();
    }

    function requestUpdate(uint256 seed) external counted {
        uint256 index = _make(seed, DealStatus.Delivered, false, false, true);
        Deal memory deal = _deals[index];
        uint48 modelId = uint48(deal.versionId >> 16);
        uint64 versionId = _publishIn(modelId, seed % _files.length);
        uint256 key = seed % BUYER_KEYS;
        (address pad, uint256 scalar) = _pad(address(desk), versionId, deal.recipient, key);

        vm.prank(_stranger(deal.recipient, seed));
        try desk.requestUpdate(deal.id, versionId, _buyerKeys[key], pad) {
            _never("a stranger got an update");
        } catch {}
        vm.prank(_books[index].owner);
        uint256 id = desk.requestUpdate(deal.id, versionId, _buyerKeys[key], pad);

        Deal memory update;
        update.opener = address(desk);
        (update.id, update.versionId, update.keyX) = (id, versionId, _files[_fileOf[versionId]].keyX);
        (update.payer, update.recipient) = (_books[index].owner, _books[index].owner);
        (update.payee, update.treasury) = (_titleOf[modelId], _titleOf[modelId]);
        update.deliverBy = uint40(block.timestamp + 7 days);
        update.complaintWindow = 30 days;
        (update.buyerKey, update.pad) = (_buyerKeys[key], pad);
        Book memory book;
        (book.status, book.update, book.scalar, book.secret) = (DealStatus.Open, true, scalar, _buyerSecrets[key]);
        _deals.push(update);
        _books.push(book);
        _done();
    }

    // ---- the seller's side

    function deliver(uint256 seed) external counted {
        uint256 index = _make(seed, DealStatus.Open, false, false, false);
        _attempt(index, Act.Deliver, _buyer(seed), 0, true);
        _done();
    }

    function deliverWrong(uint256 seed, uint256 scalar) external counted {
        uint256 index = _make(seed, DealStatus.Open, false, false, false);
        Deal memory deal = _deals[index];
        uint256 right = _books[index].scalar;
        uint256[4] memory wrong = [scalar, 0, CurveProof.ORDER, CurveProof.ORDER - right];
        for (uint256 i = 0; i < wrong.length; ++i) {
            if (wrong[i] == right) continue;
            vm.prank(deal.payee);
            try escrow.deliver(deal, wrong[i]) {
                _never("a wrong key was delivered");
            } catch (bytes memory reason) {
                assertEq(_selectorOf(reason), IEscrow.Escrow_WrongScalar.selector, "wrong scalar");
            }
        }
        _done();
    }

    function decline(uint256 seed) external counted {
        uint256 index = _make(seed, DealStatus.Open, false, false, false);
        _attempt(index, Act.Decline, _deals[index].payee, 0, true);
        _done();
    }

    /// @notice A seller who let the window pass closes the deal otherwise: it is a miss all the same, as long as it was paid.
    function declineLate(uint256 seed) external counted {
        bool proves = seed % 3 == 0;
        uint256 index = _make(seed, DealStatus.Open, false, proves, false);
        Deal memory deal = _deals[index];
        vm.warp(uint256(deal.deliverBy) + 1);
        if (proves) {
            _proveAndRefund(index, seed);
        } else {
            vm.expectEmit(address(escrow));
            emit IEscrow.DealRefunded(deal.opener, deal.id, IEscrow.RefundCause.NotDelivered);
            _attempt(index, Act.Decline, deal.payee, 0, true);
        }
        if (deal.price != 0) _recordMiss(index, seed);
        else _refuseMiss(index, _books[index].secret, IEscrow.Escrow_NoMissToRecord.selector);
        _done();
    }

    function refundBySeller(uint256 seed) external counted {
        uint256 index = _make(seed, DealStatus.Delivered, false, false, false);
        _attempt(index, Act.RefundBySeller, _deals[index].payee, 0, true);
        _done();
    }

    // ---- the buyer's side

    function refundUndelivered(uint256 seed) external counted {
        uint256 index = _make(seed, DealStatus.Open, false, false, false);
        vm.warp(_deals[index].deliverBy);
        _attempt(index, Act.RefundUndelivered, _buyer(seed), 0, false);
        vm.warp(block.timestamp + 1);
        _attempt(index, Act.Deliver, _deals[index].payee, 0, false);
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
            if (status == DealStatus.Delivered) _attempt(index, Act.Settle, deal.payee, 0, proven > deal.complainBy);
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

        _attempt(index, Act.ExecuteRuling, deal.payee, 0, false);
        _attempt(index, Act.ResolveStale, deal.payee, 0, false);
        _attempt(index, Act.Concede, deal.payee, deal.price, false);
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
        if (way == 0) _attempt(index, Act.Decline, brought.payee, 0, true);
        if (way == 1) _deliver(index);
        if (way == 2) _attempt(index, Act.RefundBySeller, brought.payee, 0, true);
        if (way == 3) _attempt(index, Act.Accept, brought.recipient, 0, true);
        // nothing closes this one: only the time for complaints is over
        if (way == 4) vm.warp(uint256(brought.complainBy) + 1);
        if (way == 5) {
            _vote(index, 2, seed);
            _attempt(index, Act.ExecuteRuling, brought.payee, 0, true);
        }
        if (way == 6) _attempt(index, Act.Concede, brought.payee, brought.price, true);

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

    // ---- disputes

    function dispute(uint256 seed) external counted {
        uint256 index = _make(seed, DealStatus.Delivered, true, false, false);
        if (block.timestamp > _deals[index].complainBy) {
            _attempt(index, Act.Dispute, _deals[index].recipient, 0, false);
            index = _deliver(_buy(seed, true, false, false));
        }
        Deal memory deal = _deals[index];
        _attempt(index, Act.Dispute, deal.payee, 0, false);
        uint256 tooLittle = _needed(deal) - 1;
        vm.prank(deal.recipient);
        try escrow.dispute{value: tooLittle}(deal) {
            _never("a dispute was opened for less than its half");
        } catch (bytes memory reason) {
            assertEq(_selectorOf(reason), IEscrow.Escrow_HalfTooSmall.selector, "half too small");
        }
        _attempt(index, Act.Dispute, deal.recipient, uint128(seed % 5), true);
        _done();
    }

    function concede(uint256 seed, uint128 refund) external counted {
        uint256 index = _undecided(seed);
        Deal memory deal = _deals[index];
        Book memory book = _books[index];
        bool byRecipient = seed % 2 == 0;
        // a third of the offers cross the other side's
        refund = seed % 3 == 0 ? (byRecipient ? book.offered : book.asked) : uint128(_bound(refund, 0, deal.price));
        _attemptAny(index, Act.Concede, byRecipient ? deal.recipient : deal.payee, refund);
        _done();
    }

    function rule(uint256 seed) external counted {
        uint256 index = _undecided(seed);
        if (block.timestamp > _books[index].voteBy) index = _disputed(seed);
        _vote(index, 1 + (seed % 2), seed);
        if (_isClosed(_books[index].status)) _never("a ruling closed a deal");
        _done();
    }

    function executeRuling(uint256 seed) external counted {
        uint256 index = _ruled(seed);
        _attempt(index, Act.ResolveStale, _buyer(seed), 0, false);
        _attempt(index, Act.ExecuteRuling, _buyer(seed), 0, true);
        _done();
    }

    /// @notice The arbiters cannot agree, let their time pass, or are never heard of again.
    function fallSilent(uint256 seed) external counted {
        uint256 index = _undecided(seed);
        if (block.timestamp > _books[index].voteBy) index = _disputed(seed);
        Book storage book = _books[index];
        _attempt(index, Act.ResolveStale, _buyer(seed), 0, false);
        if (seed % 3 == 0) {
            _vote(index, 0, seed);
        } else if (seed % 3 == 1) {
            vm.warp(book.voteBy + 1);
            panel.expire(book.disputeId);
            (book.voted, book.ruled) = (true, true);
        } else {
            vm.warp(book.ruleBy);
            _attempt(index, Act.ResolveStale, _buyer(seed), 0, false);
            vm.warp(block.timestamp + 1);
        }
        _attempt(index, Act.ExecuteRuling, _buyer(seed), 0, false);
        _attempt(index, Act.ResolveStale, _buyer(seed), 0, true);
        _done();
    }

    /// @notice A deal is closed while the arbiters are at work: the fee comes back when they do not decide, and both sides are whole then.
    function reclaimLate(uint256 seed) external counted {
        uint256 index = _feeHeld(seed);
        Book storage book = _books[index];
        if (block.timestamp <= book.voteBy && !book.voted) {
            _attempt(index, Act.ReclaimFee, _buyer(seed), 0, false);
            if (seed % 5 < 2) _vote(index, _mix(seed, 1) % 3, seed);
            else vm.warp(uint256(book.voteBy) + 1);
        }
        // arbiters who decided after the deal was closed have earned the fee
        _attempt(index, Act.ReclaimFee, _buyer(seed), 0, book.ruling == 0);
        _attempt(index, Act.ReclaimFee, _buyer(seed), 0, false);
        _done();
    }

    // ---- anybody

    /// @notice Any act by anybody on any deal: it happens exactly when the table of states allows it.
    function anyTurn(uint256 seed, uint256 pick, uint128 refund) external counted {
        if (_deals.length == 0) _buy(seed, true, false, false);
        uint256 index = pick % _deals.length;
        Deal memory deal = _deals[index];
        address[4] memory callers = [deal.payer, deal.recipient, deal.payee, _buyer(seed)];
        Act act = Act(_mix(seed, 1) % ACTS);
        uint128 argument = act == Act.Concede ? uint128(_bound(refund, 0, deal.price)) : 0;
        _attemptAny(index, act, callers[_mix(seed, 2) % 4], argument);
        _done();
    }

    /// @notice A deal with other terms, or under another name, is nobody's deal.
    function forge(uint256 seed) external counted {
        uint256 index = _make(seed, DealStatus(1 + (seed % 3)), seed % 3 == 2, false, false);
        Deal memory deal = _deals[index];
        address thief = _buyer(seed);
        uint256 field = _mix(seed, 1) % 9;
        if (field == 0) deal.price += 1;
        if (field == 1) deal.payer = address(uint160(deal.payer) ^ 1);
        if (field == 2) deal.payee = address(uint160(deal.payee) ^ 1);
        if (field == 3) deal.complainBy += 1;
        if (field == 4) deal.deliverBy += 1;
        if (field == 5) deal.payToken = address(uint160(deal.payToken) ^ 1);
        if (field == 6) deal.bond += 1;
        if (field == 7) deal.keyX = bytes32(uint256(deal.keyX) ^ 1);
        if (field == 8) deal.protocolFeeBps += 1;
        for (uint256 i = 0; i < ACTS; ++i) {
            (bool ok, bytes memory answer) = _call(deal, Act(i), thief, 0, _books[index].scalar);
            assertFalse(ok, "a deal was acted on under other terms");
            assertEq(_selectorOf(answer), IEscrow.Escrow_UnknownDeal.selector, "unknown deal");
        }
        _done();
    }

    function transferLicense(uint256 seed) external counted {
        if (_deals.length == 0) _buy(seed, true, false, false);
        uint256 index = seed % _deals.length;
        if (_books[index].update) index = _buy(seed, false, false, false);
        Deal memory deal = _deals[index];
        Book storage book = _books[index];
        address to = _stranger(book.owner, seed);
        bool free = book.status == DealStatus.Settled || book.status == DealStatus.Split;
        vm.prank(book.owner);
        try licenses.transferFrom(book.owner, to, deal.id) {
            assertTrue(free && book.transferable, "a locked, burned or soulbound licence changed hands");
            book.owner = to;
        } catch {
            assertFalse(free && book.transferable, "a licence is stuck after its deal");
        }
        _done();
    }

    function withdraw(uint256 seed) external counted {
        (address token, address account, uint256 amount) = _rich(seed);
        if (account == address(0)) return;
        uint256 before = _held(token, account);
        vm.prank(account);
        ledger.withdraw(token);
        assertEq(_held(token, account), before + amount, "a withdrawal arrives in full");
        _unbook(token, account, amount);
        _done();
    }

    function withdrawBond(uint256 seed, uint128 amount) external counted {
        if (_offers.length == 0) _list(seed, true, false, false);
        Offer memory offer = _offers[seed % _offers.length];
        (address payee, bytes32 termsHash) = (offer.creator, market.hashOffer(offer));
        uint256 free = _bondFree[termsHash];
        if (free == 0) {
            _post(payee, termsHash, 1 + (seed % 5_000));
            free = _bondFree[termsHash];
        }
        vm.prank(payee);
        try escrow.withdrawBond(address(market), termsHash, uint128(free + 1)) {
            _never("a bond that deals hold was withdrawn");
        } catch (bytes memory reason) {
            assertEq(_selectorOf(reason), IEscrow.Escrow_BondExhausted.selector, "bond exhausted");
        }
        amount = uint128(_bound(amount, 1, free));
        vm.prank(payee);
        escrow.withdrawBond(address(market), termsHash, amount);
        _bondFree[termsHash] -= amount;
        _bonds -= amount;
        _book(NATIVE, payee, amount);
        _done();
    }

    function travel(uint256 seed) external counted {
        vm.warp(block.timestamp + _bound(seed, 1, 3 days));
        _done();
    }

    // ---- the table of states

    function _allows(uint256 index, Act act, address caller, uint128 refund) private view returns (bool) {
        Deal storage deal = _deals[index];
        Book storage book = _books[index];
        DealStatus status = book.status;
        uint256 proven = _defectiveAt[deal.versionId];
        uint256 time = block.timestamp;
        // no scalar opens a worthless pad
        if (act == Act.Deliver) return status == DealStatus.Open && time <= deal.deliverBy && book.scalar != 0;
        if (act == Act.Decline) return status == DealStatus.Open && caller == deal.payee;
        if (act == Act.RefundUndelivered) return status == DealStatus.Open && time > deal.deliverBy;
        if (act == Act.Accept) return status == DealStatus.Delivered && caller == deal.recipient && proven == 0;
        if (act == Act.RefundBySeller) return status == DealStatus.Delivered && caller == deal.payee;
        if (act == Act.RefundDefective || act == Act.Settle) {
            bool refundable = proven != 0 && (status != DealStatus.Delivered || proven <= deal.complainBy);
            if (act == Act.RefundDefective) return refundable && status != DealStatus.None && !_isClosed(status);
            return status == DealStatus.Delivered && time > deal.complainBy && !refundable;
        }
        if (act == Act.Dispute) {
            return
                status == DealStatus.Delivered &&
                caller == deal.recipient &&
                deal.arbitrator != address(0) &&
                time <= deal.complainBy;
        }
        // the panel gives back what none of its arbiters has earned, and not before it is clear
        if (act == Act.ReclaimFee) return book.feeHeld && book.ruling == 0 && (book.voted || time > book.voteBy);
        if (status != DealStatus.Disputed || proven != 0) return false;
        if (act == Act.Concede) {
            if (book.ruled || time > book.ruleBy) return false;
            if (caller == deal.recipient) return refund < book.asked;
            return caller == deal.payee && refund > book.offered;
        }
        if (act == Act.ExecuteRuling) return book.ruling != 0;
        return book.ruling == 0 && (book.ruled || time > book.ruleBy);
    }

    function _attempt(uint256 index, Act act, address caller, uint128 argument, bool expected) private {
        assertEq(_allows(index, act, caller, argument), expected, "the handler did not prepare what it meant to");
        _attemptAny(index, act, caller, argument);
    }

    function _attemptAny(uint256 index, Act act, address caller, uint128 argument) private {
        Deal memory deal = _deals[index];
        bool allowed = _allows(index, act, caller, argument);
        (uint128 freeBefore, ) = escrow.bondOf(deal.opener, deal.payee, deal.termsHash);
        uint256 panelBefore = address(panel).balance;

        (bool ok, bytes memory answer) = _call(deal, act, caller, argument, _books[index].scalar);
        if (!allowed) {
            assertFalse(ok, "the escrow allowed what its table of states does not");
            return;
        }
        assertTrue(ok, string.concat("the escrow refused what its table of states allows: ", vm.toString(answer)));
        _bookAct(index, act, caller, argument, freeBefore, panelBefore);
    }

    function _bookAct(
        uint256 index,
        Act act,
        address caller,
        uint128 argument,
        uint256 freeBefore,
        uint256 panelBefore
    ) private {
        Deal storage deal = _deals[index];
        Book storage book = _books[index];
        if (act == Act.Deliver) {
            book.status = DealStatus.Delivered;
            deal.complainBy = uint40(block.timestamp + deal.complaintWindow);
            return;
        }
        if (act == Act.Dispute) {
            (book.status, book.asked, book.ruleBy) = (
                DealStatus.Disputed,
                deal.price,
                uint40(block.timestamp + 90 days)
            );
            book.voteBy = uint40(block.timestamp + 30 days);
            book.payeeHalf = uint128(deal.bond < FEE ? deal.bond : FEE);
            book.disputeId = escrow.disputeOf(deal.opener, deal.id).disputeId;
            _advanced += FEE - book.payeeHalf;
            _panelFees += FEE;
            _book(NATIVE, caller, argument);
            return;
        }
        if (act == Act.Concede) {
            bool byRecipient = caller == deal.recipient;
            uint128 other = byRecipient ? book.offered : book.asked;
            if (byRecipient ? argument > other : argument < other) {
                if (byRecipient) book.asked = argument;
                else book.offered = argument;
                return;
            }
            uint256 toPayee = _endDispute(index, freeBefore, FEE);
            uint256 shared = book.payeeHalf < FEE / 2 ? book.payeeHalf : FEE / 2;
            assertEq(toPayee, shared, "settled: the payee gets back its half, or half of what is left");
            _close(index, other);
            return;
        }
        if (act == Act.ExecuteRuling) {
            uint256 toPayee = _endDispute(index, freeBefore, FEE);
            assertEq(toPayee, book.ruling == 1 ? 0 : book.payeeHalf, "the loser's half is spent, the winner's returns");
            _close(index, book.ruling == 1 ? book.asked : book.offered);
            return;
        }
        if (act == Act.ResolveStale) {
            assertEq(panelBefore - address(panel).balance, FEE, "an undecided dispute's fee comes back");
            _panelFees -= FEE;
            uint256 toPayee = _endDispute(index, freeBefore, 2 * FEE);
            assertEq(toPayee, book.payeeHalf, "undecided: both halves return");
            _close(index, uint128((uint256(book.asked) + book.offered) / 2));
            return;
        }
        if (act == Act.ReclaimFee) {
            _reclaimed(index, freeBefore, panelBefore);
            return;
        }
        book.missable = book.status == DealStatus.Open && deal.price != 0 && block.timestamp > deal.deliverBy;
        if (book.status == DealStatus.Disputed) {
            uint256 returned = panelBefore - address(panel).balance;
            bool undecided = book.ruling == 0 && (book.voted || block.timestamp > book.voteBy);
            assertEq(returned, undecided ? FEE : 0, "a fee that nobody earned comes back");
            _panelFees -= returned;
            uint256 toPayee = _endDispute(index, freeBefore, FEE + returned);
            assertEq(toPayee, undecided ? book.payeeHalf : 0, "a cheat's half is spent where somebody judged");
        } else {
            _bondReserved[deal.termsHash] -= deal.bond;
            _bondFree[deal.termsHash] += deal.bond;
        }
        bool pays = act == Act.Accept || act == Act.Settle;
        _close(index, pays ? 0 : deal.price);
        book.status = pays ? DealStatus.Settled : DealStatus.Refunded;
    }

    /// @dev Of what is left of both prepaid halves, the payee gets at most what its bond put in, and the recipient has the rest.
    function _endDispute(uint256 index, uint256 freeBefore, uint256 left) private returns (uint256 toPayee) {
        Deal storage deal = _deals[index];
        Book storage book = _books[index];
        (uint128 freeAfter, ) = escrow.bondOf(deal.opener, deal.payee, deal.termsHash);
        toPayee = uint256(freeAfter) + book.payeeHalf - freeBefore - deal.bond;
        assertLe(toPayee, book.payeeHalf, "a payee's bond grew by a dispute");
        // one half is left where the arbitrator keeps its fee, both where it was given back
        book.feeHeld = left == FEE && book.ruling == 0;
        book.payeeGot = uint128(toPayee);

        _bondReserved[deal.termsHash] -= deal.bond;
        _bonds = _bonds + freeAfter - freeBefore - deal.bond;
        _bondFree[deal.termsHash] = freeAfter;
        _advanced -= FEE - book.payeeHalf;
        _book(NATIVE, deal.recipient, left - toPayee);
    }

    /// @dev Nobody judged, so nobody paid: each side has back what it prepaid, to the wei.
    function _reclaimed(uint256 index, uint256 freeBefore, uint256 panelBefore) private {
        Deal storage deal = _deals[index];
        Book storage book = _books[index];
        (uint128 freeAfter, ) = escrow.bondOf(deal.opener, deal.payee, deal.termsHash);
        uint256 toPayee = freeAfter - freeBefore;
        assertEq(panelBefore - address(panel).balance, FEE, "a fee that nobody earned comes back whole");
        assertEq(book.payeeGot + toPayee, book.payeeHalf, "a fee that came late did not go to those who paid it");
        book.feeHeld = false;
        _panelFees -= FEE;
        _bonds += toPayee;
        _bondFree[deal.termsHash] = freeAfter;
        _book(NATIVE, deal.recipient, FEE - toPayee);
    }

    /// @dev A deal pays out exactly what it took in, once. Whoever is refunded whole loses the licence, and its supply returns.
    function _close(uint256 index, uint128 refund) private {
        Deal memory deal = _deals[index];
        Book storage book = _books[index];
        assertFalse(book.paidOut, "a deal paid out twice");
        assertLe(refund, deal.price, "a refund is more than was paid");
        book.paidOut = true;
        bool whole = refund == deal.price && refund != 0;
        book.status = whole ? DealStatus.Refunded : DealStatus.Split;

        _unbook(deal.payToken, address(escrow), deal.price);
        _book(deal.payToken, deal.payer, refund);
        _bookSale(
            deal.payToken,
            deal.price - refund,
            deal.protocolFeeBps,
            deal.referrerBps,
            [deal.payee, deal.treasury, deal.referrer]
        );
        if (deal.referrer == address(escrow)) {
            _stray[deal.payToken] += (uint256(deal.price - refund) * deal.referrerBps) / 10_000;
        }
        if (book.update) return;
        DealStatus actual = escrow.statusOf(deal.opener, deal.id);
        if (actual == DealStatus.Refunded) --_soldOf[deal.termsHash];
    }

    function _call(
        Deal memory deal,
        Act act,
        address caller,
        uint128 argument,
        uint256 scalar
    ) private returns (bool ok, bytes memory answer) {
        bytes memory data;
        uint256 value = 0;
        if (act == Act.Deliver) data = abi.encodeCall(IEscrow.deliver, (deal, scalar));
        if (act == Act.Decline) data = abi.encodeCall(IEscrow.decline, (deal));
        if (act == Act.RefundUndelivered) data = abi.encodeCall(IEscrow.refundUndelivered, (deal));
        if (act == Act.Accept) data = abi.encodeCall(IEscrow.accept, (deal));
        if (act == Act.Settle) data = abi.encodeCall(IEscrow.settle, (deal));
        if (act == Act.RefundBySeller) data = abi.encodeCall(IEscrow.refundBySeller, (deal));
        if (act == Act.RefundDefective) data = abi.encodeCall(IEscrow.refundDefective, (deal));
        if (act == Act.Dispute) {
            data = abi.encodeCall(IEscrow.dispute, (deal));
            value = _needed(deal) + argument;
        }
        if (act == Act.Concede) data = abi.encodeCall(IEscrow.concede, (deal, argument));
        if (act == Act.ExecuteRuling) data = abi.encodeCall(IEscrow.executeRuling, (deal));
        if (act == Act.ResolveStale) data = abi.encodeCall(IEscrow.resolveStale, (deal));
        if (act == Act.ReclaimFee) data = abi.encodeCall(IEscrow.reclaimFee, (deal));
        vm.prank(caller);
        (ok, answer) = address(escrow).call{value: value}(data);
    }

    // ---- bringing a deal to where an action needs it

    /// @dev A deal of that status: one there is, or a new one. An open one can still be delivered.
    function _make(
        uint256 seed,
        DealStatus status,
        bool arbitrated,
        bool wrong,
        bool updates
    ) private returns (uint256 index) {
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

    function _deliver(uint256 index) private returns (uint256) {
        _attempt(index, Act.Deliver, _deals[index].payee, 0, true);
        return index;
    }

    function _disputed(uint256 seed) private returns (uint256 index) {
        index = _deliver(_buy(seed, true, seed % 4 == 0, false));
        _attempt(index, Act.Dispute, _deals[index].recipient, 0, true);
    }

    /// @dev A dispute in which offers still count.
    function _undecided(uint256 seed) private returns (uint256 index) {
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
    function _feeHeld(uint256 seed) private returns (uint256 index) {
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
        else _attempt(index, Act.Concede, deal.payee, deal.price, true);
    }

    function _ruled(uint256 seed) private returns (uint256 index) {
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
    function _vote(uint256 index, uint256 ruling, uint256 seed) private {
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

    function _complain(uint64 versionId, uint256 seed) private {
        uint256 file = _fileOf[versionId];
        vm.prank(_buyer(seed));
        registry.proveDefective(versionId, _shown(file, _files[file].wrong));
        _defectiveAt[versionId] = uint40(block.timestamp);
        assertEq(registry.defectiveAt(versionId), block.timestamp, "a true complaint failed");
    }

    function _proveAndRefund(uint256 index, uint256 seed) private {
        Deal memory deal = _deals[index];
        (uint128 freeBefore, ) = escrow.bondOf(deal.opener, deal.payee, deal.termsHash);
        uint256 panelBefore = address(panel).balance;
        uint256 file = _fileOf[deal.versionId];
        vm.prank(_buyer(seed));
        assertTrue(escrow.proveAndRefund(deal, _shown(file, _files[file].wrong)), "a proof did not refund");
        if (_defectiveAt[deal.versionId] == 0) _defectiveAt[deal.versionId] = uint40(block.timestamp);
        assertEq(registry.defectiveAt(deal.versionId), _defectiveAt[deal.versionId], "a true complaint failed");
        _bookAct(index, Act.RefundDefective, deal.payer, 0, freeBefore, panelBefore);
    }

    function _refuseComplaint(uint64 versionId, ContentComplaint.Evidence memory shown, bytes4 expected) private {
        try registry.proveDefective(versionId, shown) {
            _never("a false complaint succeeded");
        } catch (bytes memory reason) {
            assertEq(_selectorOf(reason), expected, "refused for another reason");
        }
    }

    // ---- building blocks

    function _buy(uint256 seed, bool arbitrated, bool wrong, bool updates) private returns (uint256 index) {
        uint256 found = _offerFor(seed, arbitrated, wrong, updates);
        return _purchase(_offers[found], seed, seed % 2 == 0 ? _referrer(seed) : address(0), true);
    }

    /// @dev A refunded deal whose miss can be recorded: one there is, or a new one whose window passes.
    function _missable(uint256 seed) private returns (uint256 index) {
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

    function _recordMiss(uint256 index, uint256 seed) private {
        Deal memory deal = _deals[index];
        uint256 secret = _books[index].secret;
        vm.prank(_buyer(seed));
        escrow.recordMissedDelivery(deal, secret);
        ++_missed[deal.opener][deal.payee];
        _books[index].missable = false;
        _checkMissed(deal.opener, deal.payee);
        _refuseMiss(index, secret, IEscrow.Escrow_NoMissToRecord.selector);
        assertEq(uint8(escrow.statusOf(deal.opener, deal.id)), uint8(DealStatus.Refunded), "a record changed a state");
    }

    function _refuseMiss(uint256 index, uint256 secret, bytes4 expected) private {
        Deal memory deal = _deals[index];
        try escrow.recordMissedDelivery(deal, secret) {
            _never("a miss was recorded that nobody could have avoided, or that was none");
        } catch (bytes memory reason) {
            assertEq(_selectorOf(reason), expected, "refused for another reason");
        }
        assertEq(escrow.missedDeliveries(deal.opener, deal.payee), _missed[deal.opener][deal.payee], "the record");
    }

    function _offerFor(uint256 seed, bool arbitrated, bool wrong, bool updates) private returns (uint256 found) {
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
    ) private returns (uint256 index) {
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
        Order memory order = Order(deal.termsHash, offer.price, deal.recipient, deal.referrer, deal.buyerKey, deal.pad);
        vm.prank(deal.payer);
        deal.id = market.purchase{value: offer.payToken == NATIVE ? offer.price : 0}(offer, order);

        deal.opener = address(market);
        (deal.versionId, deal.keyX) = (offer.versionId, _files[_fileOf[offer.versionId]].keyX);
        (deal.payee, deal.treasury) = (offer.creator, _treasury(0));
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

    function _list(uint256 seed, bool arbitrated, bool wrong, bool updates) private returns (uint256 index) {
        return _createOffer(_draft(seed, arbitrated, wrong, updates));
    }

    function _draft(uint256 seed, bool arbitrated, bool wrong, bool updates) private returns (Offer memory offer) {
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
    function _createOffer(Offer memory offer) private returns (uint256 index) {
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

    function _post(address payee, bytes32 termsHash, uint256 amount) private {
        vm.prank(payee);
        escrow.postBond{value: amount}(address(market), payee, termsHash);
        _bondFree[termsHash] += amount;
        _bonds += amount;
    }

    function _version(uint256 seed, bool wrong) private returns (uint64 versionId) {
        for (uint256 i = 0; i < 4; ++i) {
            versionId = _versions[_mix(seed, i) % _versions.length];
            if (wrong == (_fileOf[versionId] >= HONEST_FILES) && _defectiveAt[versionId] == 0) return versionId;
        }
        uint256 others = _files.length - HONEST_FILES;
        return _publish(seed, wrong ? HONEST_FILES + (seed % others) : seed % HONEST_FILES);
    }

    function _createModel(address creator, uint256 file) private {
        vm.prank(creator);
        uint64 versionId = registry.createModel(_data(file), 0);
        uint48 modelId = uint48(versionId >> 16);
        (_titleOf[modelId], _versionsOf[modelId]) = (creator, 1);
        _fileOf[versionId] = file;
        _versions.push(versionId);
    }

    function _publish(uint256 seed, uint256 file) private returns (uint64) {
        return _publishIn(uint48(1 + (seed % registry.modelCount())), file);
    }

    function _publishIn(uint48 modelId, uint256 file) private returns (uint64 versionId) {
        vm.prank(_titleOf[modelId]);
        versionId = registry.publishVersion(modelId, _data(file));
        _fileOf[versionId] = file;
        _versions.push(versionId);
    }

    function _data(uint256 file) private view returns (VersionData memory) {
        FileInfo storage info = _files[file];
        return VersionData(keccak256("card"), info.root, info.contentRoot, info.keyX, info.size, "ipfs://card");
    }

    function _seal(uint64 size, uint64 wrong) private {
        uint256 number = _files.length;
        (uint256 key, bytes32 keyX) = _even(uint256(keccak256(abi.encode("file", number))));
        SealedFile.File memory file = SealedFile.seal(key, keyX, size, wrong);
        uint64 count = uint64(file.chunks.length);
        _files.push(FileInfo(key, keyX, size, count, wrong, file.root, file.contentRoot));
        for (uint64 i = 0; i < count; ++i) _evidence[number][i] = abi.encode(file.evidence(i));
    }

    function _shown(uint256 file, uint64 index) private view returns (ContentComplaint.Evidence memory) {
        return abi.decode(_evidence[file][index], (ContentComplaint.Evidence));
    }

    /// @dev What the buyer computes: the pad from a fresh secret, and the scalar that the seller will compute from the pad's other end.
    function _pad(
        address opener,
        uint64 versionId,
        address payer,
        uint256 key
    ) private view returns (address pad, uint256 scalar) {
        uint256 secret = _files[_fileOf[versionId]].key;
        bytes32 context = keccak256(
            abi.encode("isonomy.pad.v1", block.chainid, opener, versionId, payer, _buyerKeys[key])
        );
        address shared = vm.addr(mulmod(_buyerSecrets[key], secret, CurveProof.ORDER));
        uint256 h = uint256(keccak256(abi.encode(context, shared))) % CurveProof.ORDER;
        return (vm.addr(h), addmod(secret, h, CurveProof.ORDER));
    }

    function _even(uint256 secret) private returns (uint256, bytes32) {
        secret %= CurveProof.ORDER;
        Vm.Wallet memory wallet = vm.createWallet(secret);
        if (wallet.publicKeyY & 1 == 1) secret = CurveProof.ORDER - secret;
        return (secret, bytes32(wallet.publicKeyX));
    }

    function _needed(Deal memory deal) private pure returns (uint256) {
        return 2 * FEE - (deal.bond < FEE ? deal.bond : FEE);
    }

    function _isClosed(DealStatus status) private pure returns (bool) {
        return status == DealStatus.Settled || status == DealStatus.Split || status == DealStatus.Refunded;
    }

    function _stranger(address person, uint256 seed) private view returns (address stranger) {
        stranger = _buyer(seed);
        if (stranger == person) stranger = _buyer((seed % BUYERS) + 1);
    }
}
