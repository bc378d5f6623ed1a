// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title LicenseIds
/// @notice What a licence's id says about it. Whatever never changes lives in the id, so that it costs no storage:
///
/// | bits      | meaning                                                                            |
/// |-----------|------------------------------------------------------------------------------------|
/// | 0 - 63    | serial, different for every licence of its module                                  |
/// | 64 - 127  | version the licence was sold for                                                   |
/// | 128 - 135 | flags                                                                              |
/// | 136 - 167 | index of the module that issued it and keeps power over it                         |
/// | 168 - 199 | index of the rights module that says who may use it; 0: the holder alone           |
/// | 200 - 255 | note of the issuing module; the market's: its fee at the sale, in basis points     |
///
/// A *draft* is an id as the issuing module writes it: the licence token fills in the reserved bits.
library LicenseIds {
    /// @notice The holder may give the licence to somebody else.
    uint8 internal constant TRANSFERABLE = 1;
    /// @notice The licence was sold through the escrow: its module says whether it is locked and usable.
    uint8 internal constant ESCROWED = 2;
    /// @notice The licence covers later versions of its model too.
    uint8 internal constant UPDATES = 4;
    /// @notice The rights module is asked before each transfer. Set by the licence token.
    uint8 internal constant GUARDED = 8;

    /// @notice The bits that the licence token fills in: the issuing module's index and {GUARDED}.
    uint256 internal constant RESERVED = (uint256(type(uint32).max) << 136) | (uint256(GUARDED) << 128);

    /// @notice Packs what the issuing module decides into a draft.
    function draft(
        uint56 note,
        uint32 rights,
        uint8 flags,
        uint64 versionId,
        uint64 serial
    ) internal pure returns (uint256) {
        return
            (uint256(note) << 200) |
            (uint256(rights) << 168) |
            (uint256(flags) << 128) |
            (uint256(versionId) << 64) |
            serial;
    }

    /// @notice The id that becomes of a draft.
    function complete(uint256 draft_, uint32 module, bool guarded) internal pure returns (uint256) {
        return draft_ | (uint256(module) << 136) | (guarded ? uint256(GUARDED) << 128 : 0);
    }

    /// @notice Index of the issuing module.
    function moduleOf(uint256 licenseId) internal pure returns (uint32) {
        return uint32(licenseId >> 136);
    }

    /// @notice Index of the rights module; 0 when there is none.
    function rightsOf(uint256 licenseId) internal pure returns (uint32) {
        return uint32(licenseId >> 168);
    }

    /// @notice What the issuing module noted.
    function noteOf(uint256 licenseId) internal pure returns (uint56) {
        return uint56(licenseId >> 200);
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
