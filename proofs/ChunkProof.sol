// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Sha256Tree} from "../contracts/market/proof/Sha256Tree.sol";

/// @notice Every byte of a published file lies in exactly one chunk, so that a seller can be shown to have cheated at any of them.
contract ChunkProof {
    function chunksCoverTheFile(uint64 size, uint64 index) external pure {
        require(size > 0);

        uint256 count = Sha256Tree.chunkCount(size);
        uint256 length = Sha256Tree.chunkLength(size, index);

        assert(count * 1024 >= size && (count - 1) * 1024 < size);
        assert((index < count) == (length > 0));
        assert(length <= 1024);
        assert(index + 1 >= count || length == 1024);
        assert(index + 1 != count || uint256(index) * 1024 + length == size);
    }
}
