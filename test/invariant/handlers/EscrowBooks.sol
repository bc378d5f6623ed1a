// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Vm} from "forge-std/Vm.sol";

import {Deal, DealStatus} from "../../../contracts/escrow/IEscrow.sol";
import {Offer} from "../../../contracts/market/IMarket.sol";
import {VersionData} from "../../../contracts/registry/IModelRegistry.sol";
import {ContentComplaint} from "../../../contracts/registry/proof/ContentComplaint.sol";
import {CurveProof} from "../../../contracts/registry/proof/CurveProof.sol";
import {ProtocolHandler} from "./ProtocolHandler.sol";
import {SealedFile} from "./SealedFile.sol";

/// @notice What can be done with a deal.
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

/// @notice What the campaign knows of a deal besides its terms.
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
    uint128 sellerHalf;
    // what the bond got back when the dispute ended
    uint128 sellerGot;
    address owner;
    uint256 disputeId;
    uint256 scalar;
}

/// @notice A file that is sold: its roots, and which chunk is wrong, if any.
struct FileInfo {
    uint256 key;
    bytes32 keyX;
    uint64 size;
    uint64 count;
    uint64 wrong;
    bytes32 root;
    bytes32 contentRoot;
}

/// @notice What the campaign knows of deals, bonds and files: its own books, and what they say about the contracts between calls.
abstract contract EscrowBooks is ProtocolHandler {
    using SealedFile for SealedFile.File;

    uint256 internal constant ACTS = 12;
    uint256 internal constant HONEST_FILES = 3;
    uint256 internal constant BUYER_KEYS = 8;
    uint16 internal constant FEE_BPS = 250;

    FileInfo[] internal _files;
    mapping(uint256 file => mapping(uint64 index => bytes)) internal _evidence;
    uint256[] internal _buyerSecrets;
    bytes32[] internal _buyerKeys;

    uint64[] internal _versions;
    mapping(uint64 versionId => uint256 file) internal _fileOf;
    mapping(uint48 modelId => address) internal _titleOf;
    mapping(uint48 modelId => uint16) internal _versionsOf;
    mapping(uint64 versionId => uint40) internal _defectiveAt;

    Offer[] internal _offers;
    mapping(bytes32 termsHash => uint32) internal _soldOf;
    Deal[] internal _deals;
    Book[] internal _books;

    mapping(bytes32 termsHash => uint256) internal _bondFree;
    mapping(bytes32 termsHash => uint256) internal _bondReserved;
    uint256 internal _bonds;
    /// @dev What careless parties had credited to the escrow.
    mapping(address token => uint256) internal _stray;
    mapping(address opener => mapping(address seller => uint256)) internal _missed;
    uint256 internal _advanced;
    uint256 internal _panelFees;
    uint64 internal _salt;

    // claim(invariants#market-and-escrow): A bond is what its owner posted for one offer; the deals of that offer
    //   reserve their part of it, those of another offer never do, and a dispute never increases it
    // claim(invariants#market-and-escrow): The escrow's coin is bonds and prepaid halves; the panel's is the fees of
    //   undecided disputes. Coin that is forced upon them belongs to nobody | the account that can withdraw the
    //   difference
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

    // claim(attacks#escrow-dispute-and-arbiters): The bond of an expensive offer used up by purchases of a cheap or a
    //   free one, with pads that nobody can open: each offer has a bond of its own, and a free one has none
    // claim(invariants#market-and-escrow): A bond is what its owner posted for one offer; the deals of that offer
    //   reserve their part of it, those of another offer never do, and a dispute never increases it | a seller who
    //   posts one wei and earns from settling; a rival who blocks an expensive offer by buying a cheap one
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

    // claim(invariants#market-and-escrow): An offer never sells more than its supply, and counts what it sold | the
    //   creator, who sells more scarce licences than promised
    // claim(invariants#market-and-escrow): No licence of a refunded deal exists | a buyer with both the money and the
    //   rights
    // claim(invariants#market-and-escrow): A licence has rights only while its deal is delivered, or closed in the
    //   seller's favour | a buyer who uses what was not delivered
    // claim(invariants#market-and-escrow): The terms of a deal never change, and every action refuses a deal under
    //   other terms | either side, with another price, deadline, party or fee
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

    // claim(invariants#market-and-escrow): A deal pays out exactly what it took in, once
    // claim(invariants#market-and-escrow): The escrow's ledger account is the sum of the prices of the open deals, and
    //   of what careless parties credited to the escrow itself, which stays there | as above
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

    function _checkMissed(address opener, address seller) internal view {
        assertEq(escrow.missedDeliveries(opener, seller), _missed[opener][seller], "the record of missed deliveries");
    }

    function dealCount() external view returns (uint256) {
        return _deals.length;
    }

    function _needed(Deal memory deal) internal pure returns (uint256) {
        return 2 * FEE - (deal.bond < FEE ? deal.bond : FEE);
    }

    function _isClosed(DealStatus status) internal pure returns (bool) {
        return status == DealStatus.Settled || status == DealStatus.Split || status == DealStatus.Refunded;
    }

    function _even(uint256 secret) internal returns (uint256, bytes32) {
        secret %= CurveProof.ORDER;
        Vm.Wallet memory wallet = vm.createWallet(secret);
        if (wallet.publicKeyY & 1 == 1) secret = CurveProof.ORDER - secret;
        return (secret, bytes32(wallet.publicKeyX));
    }

    function _seal(uint64 size, uint64 wrong) internal {
        uint256 number = _files.length;
        (uint256 key, bytes32 keyX) = _even(uint256(keccak256(abi.encode("file", number))));
        SealedFile.File memory file = SealedFile.seal(key, keyX, size, wrong);
        uint64 count = uint64(file.chunks.length);
        _files.push(FileInfo(key, keyX, size, count, wrong, file.root, file.contentRoot));
        for (uint64 i = 0; i < count; ++i) _evidence[number][i] = abi.encode(file.evidence(i));
    }

    function _shown(uint256 file, uint64 index) internal view returns (ContentComplaint.Evidence memory) {
        return abi.decode(_evidence[file][index], (ContentComplaint.Evidence));
    }

    function _data(uint256 file) internal view returns (VersionData memory) {
        FileInfo storage info = _files[file];
        return VersionData(keccak256("card"), info.root, info.contentRoot, info.keyX, info.size, "ipfs://card");
    }

    function _post(address seller, bytes32 termsHash, uint256 amount) internal {
        vm.prank(seller);
        escrow.postBond{value: amount}(address(market), seller, termsHash);
        _bondFree[termsHash] += amount;
        _bonds += amount;
    }
}
