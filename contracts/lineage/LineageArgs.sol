// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Parent} from "./ILineage.sol";

/// @title LineageArgs
/// @notice A child and its parents as an account carries them in its code: the child's id in 6 bytes, then 8 bytes for
/// each parent, 6 of its id and 2 of its share.
library LineageArgs {
    uint256 private constant HEAD = 6;
    uint256 private constant ENTRY = 8;

    function encode(uint48 modelId, Parent[] memory parents) internal pure returns (bytes memory args) {
        args = abi.encodePacked(modelId);
        for (uint256 i = 0; i < parents.length; ++i) {
            args = abi.encodePacked(args, parents[i].modelId, parents[i].bps);
        }
    }

    function decode(bytes memory args) internal pure returns (uint48 modelId, Parent[] memory parents) {
        uint256 count = (args.length - HEAD) / ENTRY;
        parents = new Parent[](count);
        assembly ("memory-safe") {
            modelId := shr(208, mload(add(args, 0x20)))
        }
        for (uint256 i = 0; i < count; ++i) {
            uint64 entry;
            assembly ("memory-safe") {
                entry := shr(192, mload(add(add(args, add(0x20, HEAD)), mul(i, ENTRY))))
            }
            parents[i] = Parent(uint48(entry >> 16), uint16(entry));
        }
    }
}
