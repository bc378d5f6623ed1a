// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Sha256Tree} from "../contracts/registry/proof/Sha256Tree.sol";

/// @notice Every byte of a published file lies in exactly one chunk, so that a seller can be shown to have cheated at any of them.
contract ChunkProof {
    // claim(invariants#market-and-escrow): Every byte of a published file is in exactly one chunk about which a buyer
    //   can complain | a seller who cheats where nobody can prove it
    function everyByteLiesInOneChunk(uint64 size, uint64 index, uint64 position) external pure {
        uint256 start = uint256(index) * 1024;

        uint256 length = Sha256Tree.chunkLength(size, index);

        assert(length <= 1024);
        assert(length == 0 || start + length <= size);
        assert((position >= start && position < start + length) == (position < size && position / 1024 == index));
    }
}
