// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title VersionIds
/// @notice How a version's id carries its model: `versionId = modelId << 16 | number`, numbers start at 1.
/// @dev The model of a version is known without a storage read, and a licence that carries a version id carries both.
library VersionIds {
    uint256 private constant NUMBER_BITS = 16;

    /// @notice The id of version `number` of model `modelId`.
    function encode(uint48 modelId, uint16 number) internal pure returns (uint64) {
        // 48 + 16 bits fit
        return uint64((uint256(modelId) << NUMBER_BITS) | number);
    }

    /// @notice The model that a version belongs to.
    function modelOf(uint64 versionId) internal pure returns (uint48) {
        return uint48(versionId >> NUMBER_BITS);
    }

    /// @notice The place of a version in its model's sequence, from 1.
    function numberOf(uint64 versionId) internal pure returns (uint16) {
        // the low 16 bits are the number by construction
        return uint16(versionId);
    }
}
