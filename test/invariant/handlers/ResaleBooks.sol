// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {DealStatus} from "../../../contracts/escrow/IEscrow.sol";
import {Ask} from "../../../contracts/resale/IResale.sol";
import {Resale} from "../../../contracts/resale/Resale.sol";
import {Subscriptions} from "../../../contracts/rights/Subscriptions.sol";
import {EscrowStage} from "./EscrowStage.sol";
import {Signatures} from "./Signatures.sol";

/// @notice What a licence was bought as.
enum Kind {
    Plain,
    Term,
    Delivered
}

/// @notice A licence that somebody holds, or that lies in the resale for a deal.
struct Piece {
    uint256 id;
    Kind kind;
    uint64 versionId;
    address owner;
    bool transferable;
    // of a term
    uint256 expiresAt;
    // one more than the index of the sale that it waits for; 0 when it waits for none
    uint256 sale;
}

/// @notice A sale with delivery.
struct Sale {
    uint256 piece;
    uint256 deal;
    bool closed;
}

/// @notice What the campaign knows of licences and asks: its own books, which no call to the resale fills.
abstract contract ResaleBooks is EscrowStage, Signatures {
    bytes32 private constant ASK_TYPE = keccak256(
        "Ask(uint256 licenseId,address seller,address payToken,uint128 price,uint40 expiresAt,address buyer,"
        "uint16 maxFeeBps,uint16 maxRoyaltyBps,uint64 versionId,uint32 deliveryWindow,uint32 complaintWindow,"
        "uint32 epoch,uint8 bit)"
    );
    uint256 internal constant BITS = 224;

    Resale public resale;
    Subscriptions public subscriptions;
    address internal _wallet;

    Piece[] internal _pieces;
    Sale[] internal _sales;
    mapping(uint48 modelId => address) internal _fixedPayee;
    mapping(uint48 modelId => uint16) internal _royaltyOf;
    mapping(address seller => uint32) internal _epochOf;
    mapping(address seller => uint224) internal _usedBits;
    /// @dev The protocol's fee and treasury for resales.
    uint16 internal _feeBps = 250;
    address internal _treasuryNow;

    function pieceCount() external view returns (uint256) {
        return _pieces.length;
    }

    function saleCount() external view returns (uint256) {
        return _sales.length;
    }

    // claim(invariants#market-and-escrow): an ask is used at most once
    /// @notice The bits of every seller, and what lies in the resale.
    function checkAsks() external view {
        uint256 waiting = 0;
        for (uint256 i = 0; i < _pieces.length; ++i) if (_pieces[i].sale != 0) ++waiting;
        // claim(invariants#market-and-escrow): the resale holds the licences of its open deals, and no other | a buyer
        //   or a reseller, with what belongs to nobody
        assertEq(
            licenses.balanceOf(address(resale)),
            waiting,
            "the resale holds something else than its deals' licences"
        );
        for (uint256 i = 0; i < people.length; ++i) {
            (uint32 epoch, uint224 used) = resale.bitsOf(people[i]);
            assertEq(epoch, _epochOf[people[i]], "an epoch was started by itself");
            assertEq(used, _usedBits[people[i]], "a bit was used or freed by itself");
        }
    }

    /// @notice One licence: who holds it, who may use it, and how long.
    function checkPiece(uint256 index) public view {
        Piece storage piece = _pieces[index];
        bool waits = piece.sale != 0;
        // claim(invariants#market-and-escrow): a licence that is resold is with its seller, with the resale while its
        //   deal is open, or with the buyer | a reseller who keeps what was paid for, or a buyer who was refunded
        assertEq(licenses.ownerOf(piece.id), waits ? address(resale) : piece.owner, "a licence is with somebody else");
        for (uint256 i = 0; i < BUYERS; ++i) {
            bool may = !waits && _buyer(i) == piece.owner && _isRunning(index);
            // claim(invariants#market-and-escrow): a licence that waits for a delivery serves nobody
            assertEq(licenses.isAuthorized(piece.id, _buyer(i)), may, "somebody else may use a licence");
        }
        if (piece.kind != Kind.Term) return;
        // claim(invariants#market-and-escrow): rights are the same before and after a resale
        assertEq(subscriptions.expiresAt(piece.id), piece.expiresAt, "a resale changed what is left of a licence");
    }

    /// @notice One sale with delivery: its deal, and where its licence is.
    function checkSale(uint256 index) public view {
        Sale storage sale = _sales[index];
        checkDeal(sale.deal);
        uint256 id = _deals[sale.deal].id;
        assertEq(resale.licenseOf(id), sale.closed ? 0 : _pieces[sale.piece].id, "a licence of a deal went out twice");
        // a refund returns the licence at once
        if (_books[sale.deal].status == DealStatus.Refunded) assertTrue(sale.closed, "a refund kept the licence");
    }

    // ---- what the documentation says

    function _hashOf(Ask memory ask) internal pure returns (bytes32) {
        return keccak256(abi.encode(ASK_TYPE, ask));
    }

    function _sign(Ask memory ask) internal view returns (bytes memory) {
        return _signAs(ask, _keyOf(ask.seller), block.chainid, address(resale));
    }

    function _signAs(Ask memory ask, uint256 key, uint256 chainId, address at) internal pure returns (bytes memory) {
        return _signed(key, _typedDigest("Isonomy Resale", chainId, at, _hashOf(ask)));
    }

    function _dealIdOf(Ask memory ask) internal pure returns (uint256) {
        return (uint256(uint160(ask.seller)) << 96) | (uint256(ask.epoch) << 8) | ask.bit;
    }

    function _payeeOf(uint64 versionId) internal view returns (address) {
        uint48 modelId = uint48(versionId >> 16);
        return _fixedPayee[modelId] == address(0) ? _titleOf[modelId] : _fixedPayee[modelId];
    }

    function _isRunning(uint256 index) internal view returns (bool) {
        return _pieces[index].kind != Kind.Term || block.timestamp <= _pieces[index].expiresAt;
    }

    function _use(address seller, uint8 bit) internal {
        _usedBits[seller] |= uint224(1) << bit;
    }
}
