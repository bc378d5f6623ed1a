// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title LicenseIds
/// @notice What a licence's id says about it. Whatever never changes lives in the id, so that it costs no storage:
///
/// | bits      | meaning                                                     |
/// |-----------|-------------------------------------------------------------|
/// | 0 - 63    | serial, different for every licence of its module            |
/// | 64 - 127  | version the licence was sold for                             |
/// | 128 - 135 | flags                                                        |
/// | 136 - 167 | index of the module that issued it and keeps power over it   |
library LicenseIds {
    /// @notice The holder may give the licence to somebody else.
    uint8 internal constant TRANSFERABLE = 1;
    /// @notice The licence was sold through the escrow: its module says whether it is locked and usable.
    uint8 internal constant ESCROWED = 2;
    /// @notice The licence covers later versions of its model too.
    uint8 internal constant UPDATES = 4;

    /// @notice Packs the four parts into an id.
    function encode(uint32 module, uint8 flags, uint64 versionId, uint64 serial) internal pure returns (uint256) {
        return (uint256(module) << 136) | (uint256(flags) << 128) | (uint256(versionId) << 64) | serial;
    }

    /// @notice Index of the issuing module.
    function moduleOf(uint256 licenseId) internal pure returns (uint32) {
        return uint32(licenseId >> 136);
    }

    /// @notice Version that the licence was sold for.
    function versionOf(uint256 licenseId) internal pure returns (uint64) {
        return uint64(licenseId >> 64);
    }

    /// @notice Whether every bit of `flag` is set.
    function has(uint256 licenseId, uint8 flag) internal pure returns (bool) {
        return (licenseId >> 128) & flag == flag;
    }
}
