// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IMarket, Offer} from "./IMarket.sol";

/// @title OfferTerms
/// @notice Hash and bounds of an offer's terms.
library OfferTerms {
    /// @dev EIP-712 type of an offer, in the order of its fields.
    bytes32 internal constant TYPEHASH = keccak256(
        "Offer(uint64 versionId,address creator,address payToken,uint128 price,uint32 supply,uint40 expiresAt,address buyer,uint16 referrerBps,uint16 maxProtocolFeeBps,bool transferable,bool includesUpdates,uint32 deliveryWindow,uint32 complaintWindow,address arbitrator,uint96 bond,uint64 epoch,uint64 salt,bytes32 extension)"
    );

    uint256 internal constant MAX_REFERRER_BPS = 5_000;
    uint256 internal constant MIN_DELIVERY_WINDOW = 1 hours;
    uint256 internal constant MAX_DELIVERY_WINDOW = 7 days;
    uint256 internal constant MIN_COMPLAINT_WINDOW = 2 days;
    uint256 internal constant MAX_COMPLAINT_WINDOW = 30 days;

    /// @notice EIP-712 struct hash: every field is a value type, so the encoding is the type hash and the struct's ABI encoding.
    /// @dev Copies the struct as it lies in the calldata; the plain `keccak256(abi.encode(TYPEHASH, offer))` costs 2,000 gas more. Safe: the
    /// struct is static, 18 words without gaps; a word with dirty upper bits only gives a hash that nobody listed or signed, and reading such a
    /// field reverts. Memory past the free pointer is scratch space, and nothing is allocated.
    function hash(Offer calldata offer) internal pure returns (bytes32 digest) {
        bytes32 typehash = TYPEHASH;
        assembly ("memory-safe") {
            let pointer := mload(0x40)
            mstore(pointer, typehash)
            calldatacopy(add(pointer, 0x20), offer, 0x240)
            digest := keccak256(pointer, 0x260)
        }
    }

    /// @notice Checks what can be checked from the terms alone and the size of the version's file.
    /// @dev Reverts with `Market_BadTerms` and the first field that is wrong.
    function check(Offer calldata offer, uint64 fileSize) internal pure {
        _check(offer.supply != 0, "supply");
        _check(offer.referrerBps <= MAX_REFERRER_BPS, "referrerBps");
        _check(offer.extension == 0, "extension");
        if (offer.deliveryWindow == 0) {
            _check(offer.complaintWindow == 0, "complaintWindow");
            _check(offer.arbitrator == address(0), "arbitrator");
            _check(offer.bond == 0, "bond");
        } else {
            _check(fileSize != 0, "versionId");
            _check(_within(offer.deliveryWindow, MIN_DELIVERY_WINDOW, MAX_DELIVERY_WINDOW), "deliveryWindow");
            _check(_within(offer.complaintWindow, MIN_COMPLAINT_WINDOW, MAX_COMPLAINT_WINDOW), "complaintWindow");
            _check((offer.arbitrator == address(0)) == (offer.bond == 0), "bond");
        }
    }

    function _within(uint256 value, uint256 minimum, uint256 maximum) private pure returns (bool) {
        return value >= minimum && value <= maximum;
    }

    function _check(bool right, string memory field) private pure {
        require(right, IMarket.Market_BadTerms(field));
    }
}
