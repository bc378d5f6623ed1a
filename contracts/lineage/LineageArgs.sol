// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Parent} from "./ILineage.sol";

/// @title LineageArgs
/// @notice A child and its parents as an account carries them in its code: the child's id in 6 bytes, then 8 bytes for
/// each parent, 6 of its id and 2 of its share.
library LineageArgs {
    uint256 private constant HEAD = 6;
    uint256 private constant ENTRY = 8;

    /// @notice What an account is made with.
    function encode(uint48 modelId, Parent[] memory parents) internal pure returns (bytes memory args) {
        args = abi.encodePacked(modelId);
        for (uint256 i = 0; i < parents.length; ++i) {
            args = abi.encodePacked(args, parents[i].modelId, parents[i].bps);
        }
    }

    /// @notice The child.
    function modelOf(bytes memory args) internal pure returns (uint48 modelId) {
        assembly ("memory-safe") {
            modelId := shr(208, mload(add(args, 0x20)))
        }
    }

    /// @notice How many parents it has.
    function countOf(bytes memory args) internal pure returns (uint256) {
        return (args.length - HEAD) / ENTRY;
    }

    /// @notice The parent at an index, which must be below the count. An array of all of them would cost 4,000 gas
    /// more.
    function parentAt(bytes memory args, uint256 index) internal pure returns (uint48 modelId, uint256 bps) {
        uint256 entry;
        assembly ("memory-safe") {
            entry := shr(192, mload(add(add(args, add(0x20, HEAD)), mul(index, ENTRY))))
        }
        return (uint48(entry >> 16), uint16(entry));
    }
}
