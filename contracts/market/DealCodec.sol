// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Deal} from "./IEscrow.sol";

/// @title DealCodec
/// @notice Commitment and announcement of a deal, straight from the calldata.
/// @dev A `Deal` is static: 21 words without gaps, so its ABI encoding is what lies in the calldata. Copying it costs a tenth of what
/// `abi.encode` does (about 4,000 gas a call); tests hold every function here against the plain form. Memory past the free pointer is
/// scratch space, and nothing is allocated. Words with dirty upper bits never get as far as a commitment: `Escrow.open` reads every
/// field that is shorter than a word, and reading a dirty one reverts.
library DealCodec {
    uint256 private constant SIZE = 0x2a0;
    uint256 private constant KEY_FIELD = 0x60;
    uint256 private constant LAST_FIELD = 0x280;

    /// @notice The first 31 bytes of `keccak256(abi.encode(deal))`.
    function commitment(Deal calldata deal) internal pure returns (bytes31) {
        bytes32 digest;
        assembly ("memory-safe") {
            let pointer := mload(0x40)
            calldatacopy(pointer, deal, SIZE)
            digest := keccak256(pointer, SIZE)
        }
        return bytes31(digest);
    }

    /// @notice The commitment of the same deal with another `complainBy`, which is its last field.
    function commitmentWith(Deal calldata deal, uint40 complainBy) internal pure returns (bytes31) {
        bytes32 digest;
        assembly ("memory-safe") {
            let pointer := mload(0x40)
            calldatacopy(pointer, deal, SIZE)
            mstore(add(pointer, LAST_FIELD), complainBy)
            digest := keccak256(pointer, SIZE)
        }
        return bytes31(digest);
    }

    /// @notice Puts the version's key into the deal, emits `DealOpened(id, payee, deal)`, where `topic` is that event's selector, and
    /// returns the commitment.
    function announce(
        Deal calldata deal,
        bytes32 keyX,
        bytes32 topic,
        uint256 id,
        address payee
    ) internal returns (bytes31) {
        bytes32 digest;
        assembly ("memory-safe") {
            let pointer := mload(0x40)
            calldatacopy(pointer, deal, SIZE)
            mstore(add(pointer, KEY_FIELD), keyX)
            log3(pointer, SIZE, topic, id, payee)
            digest := keccak256(pointer, SIZE)
        }
        return bytes31(digest);
    }
}
