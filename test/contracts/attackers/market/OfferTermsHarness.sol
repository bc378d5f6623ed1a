// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Offer} from "../../../../contracts/market/IMarket.sol";
import {LicenseIds} from "../../../../contracts/license/LicenseIds.sol";
import {Line, OfferTerms} from "../../../../contracts/market/OfferTerms.sol";
import {VersionIds} from "../../../../contracts/registry/VersionIds.sol";

/// @title OfferTermsHarness
/// @notice The libraries of the market as functions, beside the plain versions that they are measured against.
contract OfferTermsHarness {
    function hash(Offer calldata offer) external pure returns (bytes32) {
        return OfferTerms.hash(offer);
    }

    /// @notice Hashes with something in memory before and behind, and gives back what is left of it.
    function hashBesideMemory(
        Offer calldata offer,
        bytes calldata before
    ) external pure returns (bytes32 digest, bytes memory kept, bytes memory later) {
        kept = before;
        digest = OfferTerms.hash(offer);
        later = new bytes(1_024);
    }

    function plainHash(Offer calldata offer) external pure returns (bytes32) {
        return keccak256(abi.encode(OfferTerms.TYPEHASH, offer));
    }

    function typehash() external pure returns (bytes32) {
        return OfferTerms.TYPEHASH;
    }

    function check(Offer calldata offer, uint64 fileSize) external pure {
        OfferTerms.check(offer, fileSize);
    }

    /// @notice Loads an offer as the market does, checks its words, and gives back what the line has of it.
    function loadClean(Offer calldata source) external pure returns (Offer memory offer, bytes32 digest) {
        Line memory line = OfferTerms.allocate(1)[0];
        digest = OfferTerms.load(line, source);
        offer = line.offer;
        OfferTerms.requireClean(offer);
    }

    function licenseDraft(
        uint56 note,
        uint32 rights,
        uint8 flags,
        uint64 versionId,
        uint64 serial
    ) external pure returns (uint256) {
        return LicenseIds.draft(note, rights, flags, versionId, serial);
    }

    function licenseId(uint256 draft, uint32 module, bool guarded) external pure returns (uint256) {
        return LicenseIds.complete(draft, module, guarded);
    }

    function reservedBits() external pure returns (uint256) {
        return LicenseIds.RESERVED;
    }

    function licenseParts(
        uint256 id
    ) external pure returns (uint56 note, uint32 rights, uint32 module, uint64 versionId, bool[8] memory flags) {
        (note, rights, module) = (LicenseIds.noteOf(id), LicenseIds.rightsOf(id), LicenseIds.moduleOf(id));
        versionId = LicenseIds.versionOf(id);
        for (uint8 i = 0; i < 8; ++i) flags[i] = LicenseIds.has(id, uint8(1 << i));
    }

    function hasFlags(uint256 id, uint8 flags) external pure returns (bool) {
        return LicenseIds.has(id, flags);
    }

    function versionParts(
        uint48 modelId,
        uint16 number
    ) external pure returns (uint64 versionId, uint48 modelOf, uint16 numberOf) {
        versionId = VersionIds.encode(modelId, number);
        return (versionId, VersionIds.modelOf(versionId), VersionIds.numberOf(versionId));
    }
}
