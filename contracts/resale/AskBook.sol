// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";

import {MarketSettings} from "../market/MarketSettings.sol";
import {Ask, IResale} from "./IResale.sol";

/// @title AskBook
/// @notice Asks: signed, used once, cancelled one by one or all together.
/// @dev Invariant: of all asks of one seller, one epoch and one bit, at most one is used, once. A seller's epoch and
/// bits are one slot, so only the first ask of a seller pays for a new one.
abstract contract AskBook is IResale, MarketSettings, EIP712 {
    /// @dev One slot: 32 + 224 bits.
    struct Bits {
        uint32 epoch;
        uint224 used;
    }

    /// @dev EIP-712 type of an ask, in the order of its fields.
    bytes32 private constant TYPEHASH = keccak256(
        "Ask(uint256 licenseId,address seller,address payToken,uint128 price,uint40 expiresAt,address buyer,"
        "uint16 maxFeeBps,uint16 maxRoyaltyBps,uint64 versionId,uint32 deliveryWindow,uint32 complaintWindow,"
        "uint32 epoch,uint8 bit)"
    );

    /// @inheritdoc IResale
    uint256 public constant MAX_AHEAD = 180 days;
    /// @inheritdoc IResale
    uint256 public constant MAX_BITS = 224;

    /// @inheritdoc IResale
    mapping(address seller => Bits) public bitsOf;

    constructor() EIP712("Isonomy Resale", "1") {}

    /// @inheritdoc IResale
    function cancel(uint8 bit) external {
        address seller = _msgSender();
        uint32 epoch = bitsOf[seller].epoch;
        _useBit(seller, epoch, bit);
        emit AskCancelled(seller, epoch, bit);
    }

    /// @inheritdoc IResale
    function cancelAll() external {
        address seller = _msgSender();
        uint32 epoch = bitsOf[seller].epoch + 1;
        bitsOf[seller] = Bits(epoch, 0);
        emit AskEpochStarted(seller, epoch);
    }

    /// @inheritdoc IResale
    function askDigest(Ask calldata ask) external view returns (bytes32) {
        return _hashTypedDataV4(hashAsk(ask));
    }

    /// @inheritdoc IResale
    /// @dev Every field is a value type, so the encoding is the type hash and the struct's ABI encoding: 13 words
    /// without gaps, copied as they lie in the calldata. The plain `keccak256(abi.encode(TYPEHASH, ask))` costs 1,500
    /// gas more. A word with dirty upper bits only gives a hash that nobody signed; `buy` reads every field, and
    /// reading such a one reverts. Memory past the free pointer is scratch space, and nothing is allocated.
    function hashAsk(Ask calldata ask) public pure returns (bytes32 askHash) {
        bytes32 typehash = TYPEHASH;
        assembly ("memory-safe") {
            let pointer := mload(0x40)
            mstore(pointer, typehash)
            calldatacopy(add(pointer, 0x20), ask, 0x1a0)
            askHash := keccak256(pointer, 0x1c0)
        }
    }

    /// @inheritdoc IResale
    /// @dev 160 + 32 + 8 bits from the left. So the seller of a deal needs no storage of its own.
    function dealIdOf(address seller, uint32 epoch, uint8 bit) public pure returns (uint256 dealId) {
        return (uint256(uint160(seller)) << 96) | (uint256(epoch) << 8) | bit;
    }

    /// @dev Checks what the ask says of itself and who signed it, and uses its bit up.
    function _take(Ask calldata ask, address payer, bytes calldata signature) internal returns (bytes32 askHash) {
        (address seller, address buyer, uint40 expiresAt) = (ask.seller, ask.buyer, ask.expiresAt);
        require(block.timestamp <= expiresAt, Resale_Expired(expiresAt));
        uint256 latest = block.timestamp + MAX_AHEAD;
        require(expiresAt <= latest, Resale_TooFarAhead(expiresAt, latest));
        require(buyer == address(0) || buyer == payer, Resale_NotTheBuyer(payer, buyer));
        _useBit(seller, ask.epoch, ask.bit);

        askHash = hashAsk(ask);
        require(
            SignatureChecker.isValidSignatureNowCalldata(seller, _hashTypedDataV4(askHash), signature),
            Resale_BadSignature(askHash, seller)
        );
    }

    function _useBit(address seller, uint32 epoch, uint8 bit) private {
        require(bit < MAX_BITS, Resale_BadTerms("bit"));
        Bits storage entry = bitsOf[seller];
        Bits memory bits = entry;
        require(epoch == bits.epoch, Resale_WrongEpoch(seller, epoch, bits.epoch));
        uint224 mask = uint224(1) << bit;
        require(bits.used & mask == 0, Resale_Used(seller, bit));

        entry.used = bits.used | mask;
    }
}
