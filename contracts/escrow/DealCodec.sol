// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Deal, IEscrow} from "./IEscrow.sol";

/// @title DealCodec
/// @notice Loads a deal from the calldata into memory, commits to it, announces it and passes it on, without encoding
/// it again.
/// @dev A `Deal` is static: 22 words without gaps. So its ABI encoding, what lies in the calldata and what lies in
/// memory are the same 704 bytes. One copy costs a twentieth of what decoding or `abi.encode` does (about 1,500 gas
/// each); tests hold the commitments against the plain form. Every word of a deal that was opened is clean
/// (`requireClean`), so every word with the same commitment is.
library DealCodec {
    uint256 private constant SIZE = 0x2c0;

    /// @notice A deal as it lies in the calldata, as the only element of an array: a variable or a returned struct
    /// would first be set to zero, field by field (250 gas). Before its fields are used, `requireClean` or a comparison
    /// of its commitment.
    function load(Deal calldata source) internal pure returns (Deal[] memory held) {
        held = allocate();
        assembly ("memory-safe") {
            calldatacopy(mload(add(held, 0x20)), source, SIZE)
        }
    }

    /// @notice A deal whose every field is still to be set, as the only element of an array.
    function allocate() internal pure returns (Deal[] memory held) {
        assembly ("memory-safe") {
            held := mload(0x40)
            let deal := add(held, 0x40)
            mstore(held, 1)
            mstore(add(held, 0x20), deal)
            mstore(0x40, add(deal, SIZE))
        }
    }

    /// @notice Reverts without a reason, as the ABI decoder does, when a word of the deal holds more than its field's
    /// type.
    function requireClean(Deal memory deal) internal pure {
        assembly ("memory-safe") {
            // the fields of one width together: what lies above that width in any of them must be zero
            let addresses := or(
                or(mload(deal), mload(add(deal, 0xa0))),
                or(mload(add(deal, 0xc0)), mload(add(deal, 0xe0)))
            )
            addresses := or(addresses, or(mload(add(deal, 0x100)), mload(add(deal, 0x120))))
            addresses := or(addresses, or(mload(add(deal, 0x140)), mload(add(deal, 0x160))))
            addresses := or(addresses, or(mload(add(deal, 0x220)), mload(add(deal, 0x280))))
            let dirty := or(shr(160, addresses), shr(128, mload(add(deal, 0x180))))
            dirty := or(dirty, or(shr(64, mload(add(deal, 0x40))), shr(96, mload(add(deal, 0x240)))))
            dirty := or(dirty, shr(16, or(mload(add(deal, 0x1a0)), mload(add(deal, 0x1c0)))))
            dirty := or(dirty, shr(40, or(mload(add(deal, 0x1e0)), mload(add(deal, 0x2a0)))))
            dirty := or(dirty, shr(32, mload(add(deal, 0x200))))
            if dirty {
                revert(0, 0)
            }
        }
    }

    /// @notice The first 31 bytes of `keccak256(abi.encode(deal))`.
    function commitment(Deal memory deal) internal pure returns (bytes31) {
        bytes32 digest;
        assembly ("memory-safe") {
            digest := keccak256(deal, SIZE)
        }
        return bytes31(digest);
    }

    /// @notice `escrow.open{value: value}(deal)`. Skips the code-size check; the market's constructor has made it.
    function open(Deal memory deal, IEscrow escrow, uint256 value) internal {
        bytes4 selector = IEscrow.open.selector;
        assembly ("memory-safe") {
            // the selector takes the place of the four bytes before the deal while the call is made
            let before := sub(deal, 0x20)
            let kept := mload(before)
            mstore(before, shr(224, selector))
            if iszero(call(gas(), escrow, value, add(before, 0x1c), add(SIZE, 4), 0, 0)) {
                returndatacopy(deal, 0, returndatasize())
                revert(deal, returndatasize())
            }
            mstore(before, kept)
        }
    }

    /// @notice Emits `DealOpened(id, seller, deal)`.
    function announce(Deal memory deal) internal {
        bytes32 topic = IEscrow.DealOpened.selector;
        (uint256 id, address seller) = (deal.id, deal.seller);
        assembly ("memory-safe") {
            log3(deal, SIZE, topic, id, seller)
        }
    }
}
