// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {DealBounds} from "../escrow/DealBounds.sol";
import {IMarket, Offer} from "./IMarket.sol";

/// @notice One line of a purchase: an offer and what becomes of it in this sale. Every field is set by `_takeOne`.
/// @param offer The terms, as they came.
/// @param draft Draft of the licence's id.
/// @param price The offer's price times the quantity.
/// @param payee Who is credited with what fee and referrer leave: the version's payee, or a rights module.
/// @param feeBps The protocol's fee; 0 when a rights module keeps the money.
/// @param referrerBps The referrer's share; 0 without a referrer, or when a rights module keeps the money.
/// @param escrowed Whether the escrow holds the price.
struct Line {
    Offer offer;
    uint256 draft;
    uint128 price;
    address payee;
    uint16 feeBps;
    uint16 referrerBps;
    bool escrowed;
}

/// @title OfferTerms
/// @notice Hash and bounds of an offer's terms.
library OfferTerms {
    /// @dev EIP-712 type of an offer, in the order of its fields.
    bytes32 internal constant TYPEHASH = keccak256(
        "Offer(uint64 versionId,address creator,address payToken,uint128 price,uint32 supply,uint40 expiresAt,"
        "address buyer,uint16 referrerBps,uint16 maxProtocolFeeBps,bool transferable,bool includesUpdates,"
        "uint32 deliveryWindow,uint32 complaintWindow,address arbitrator,uint96 bond,uint64 epoch,uint64 salt,"
        "uint32 rights,bytes32 rightsTerms,bytes32 policy)"
    );

    /// @dev Largest share of a referrer, in basis points, where a fixed payee that is not the title holder is paid.
    uint256 internal constant MAX_SHARED_REFERRER_BPS = 1_000;

    /// @notice EIP-712 struct hash: every field is a value type, so the encoding is the type hash and the struct's ABI
    /// encoding.
    /// @dev Copies the struct as it lies in the calldata; the plain `keccak256(abi.encode(TYPEHASH, offer))` costs
    /// 2,000 gas more. Safe: the struct is static, 20 words without gaps; a word with dirty upper bits only gives a
    /// hash that nobody listed or signed, and reading such a field reverts. Memory past the free pointer is scratch
    /// space, and nothing is allocated.
    function hash(Offer calldata offer) internal pure returns (bytes32 digest) {
        bytes32 typehash = TYPEHASH;
        assembly ("memory-safe") {
            let pointer := mload(0x40)
            mstore(pointer, typehash)
            calldatacopy(add(pointer, 0x20), offer, 0x280)
            digest := keccak256(pointer, 0x2a0)
        }
    }

    /// @notice Copies an offer from the calldata into a line, and returns its hash.
    /// @dev Calldata and memory hold the same 20 words. Reading a field from memory costs a third of reading it from
    /// the calldata, where its type is checked each time. `requireClean` does that for an offer that is listed or was
    /// signed; no other hash is ever sold.
    function load(Line memory line, Offer calldata source) internal pure returns (bytes32 digest) {
        bytes32 typehash = TYPEHASH;
        assembly ("memory-safe") {
            let pointer := mload(0x40)
            let offer := add(pointer, 0x20)
            mstore(pointer, typehash)
            calldatacopy(offer, source, 0x280)
            digest := keccak256(pointer, 0x2a0)
            mstore(line, offer)
            mstore(0x40, add(pointer, 0x2a0))
        }
    }

    /// @notice `count` lines whose every field is still to be set. `new Line[](count)` and a declared variable would
    /// first set each field to zero, those of the offer too (350 gas a line).
    function allocate(uint256 count) internal pure returns (Line[] memory lines) {
        assembly ("memory-safe") {
            lines := mload(0x40)
            mstore(lines, count)
            let entry := add(lines, 0x20)
            let end := add(entry, shl(5, count))
            let line := end
            for {} lt(entry, end) {
                entry := add(entry, 0x20)
                line := add(line, 0xe0)
            } {
                mstore(entry, line)
            }
            mstore(0x40, line)
        }
    }

    /// @notice Reverts without a reason, as the ABI decoder does, when a word of the offer holds more than its field's
    /// type.
    function requireClean(Offer memory offer) internal pure {
        assembly ("memory-safe") {
            // the fields of one width together: what lies above that width in any of them must be zero
            let addresses := or(
                or(mload(add(offer, 0x20)), mload(add(offer, 0x40))),
                or(mload(add(offer, 0xc0)), mload(add(offer, 0x1a0)))
            )
            let dirty := or(shr(160, addresses), shr(128, mload(add(offer, 0x60))))
            dirty := or(dirty, shr(96, mload(add(offer, 0x1c0))))
            dirty := or(dirty, shr(64, or(mload(offer), or(mload(add(offer, 0x1e0)), mload(add(offer, 0x200))))))
            dirty := or(dirty, shr(40, mload(add(offer, 0xa0))))
            dirty := or(
                dirty,
                shr(
                    32,
                    or(
                        or(mload(add(offer, 0x80)), mload(add(offer, 0x160))),
                        or(mload(add(offer, 0x180)), mload(add(offer, 0x220)))
                    )
                )
            )
            dirty := or(dirty, shr(16, or(mload(add(offer, 0xe0)), mload(add(offer, 0x100)))))
            dirty := or(dirty, shr(1, or(mload(add(offer, 0x120)), mload(add(offer, 0x140)))))
            if dirty {
                revert(0, 0)
            }
        }
    }

    /// @notice Checks what can be checked from the terms alone and the size of the version's file.
    /// @dev Reverts with {Market_BadTerms} and the first field that is wrong.
    function check(Offer memory offer, uint64 fileSize) internal pure {
        _check(offer.supply != 0, "supply");
        _check(offer.referrerBps <= DealBounds.MAX_REFERRER_BPS, "referrerBps");
        _check(offer.rights != 0 || offer.rightsTerms == 0, "rightsTerms");
        if (offer.deliveryWindow == 0) {
            _check(offer.complaintWindow == 0, "complaintWindow");
            _check(offer.arbitrator == address(0), "arbitrator");
            _check(offer.bond == 0, "bond");
        } else {
            _check(fileSize != 0, "versionId");
            _check(
                _within(offer.deliveryWindow, DealBounds.MIN_DELIVERY_WINDOW, DealBounds.MAX_DELIVERY_WINDOW),
                "deliveryWindow"
            );
            _check(
                _within(offer.complaintWindow, DealBounds.MIN_COMPLAINT_WINDOW, DealBounds.MAX_COMPLAINT_WINDOW),
                "complaintWindow"
            );
            _check((offer.arbitrator == address(0)) == (offer.bond == 0), "bond");
            // what costs nothing can be bought by anybody as often as they like, and would hold the bond back
            _check(offer.price != 0 || offer.bond == 0, "bond");
        }
    }

    /// @notice Checks the referrer's share of a model whose income goes to others than its title holder. The holder
    /// makes the offers and may well be the referrer: a large share would go past them.
    /// @dev Reverts with {Market_BadTerms} and "referrerBps".
    function checkReferrer(Offer memory offer, address holder, address payee) internal pure {
        // apart from `_check`, which would write the field's name into memory at each purchase
        require(
            offer.referrerBps <= MAX_SHARED_REFERRER_BPS || payee == holder,
            IMarket.Market_BadTerms("referrerBps")
        );
    }

    function _within(uint256 value, uint256 minimum, uint256 maximum) private pure returns (bool) {
        return value >= minimum && value <= maximum;
    }

    function _check(bool right, string memory field) private pure {
        require(right, IMarket.Market_BadTerms(field));
    }
}
