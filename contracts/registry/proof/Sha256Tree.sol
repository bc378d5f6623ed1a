// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/**
 * @title Sha256Tree
 * @notice Inclusion in a Merkle tree of SHA-256 hashes, as RFC 9162 (section 2.1) defines it, over a file cut in
 * chunks.
 *
 * The shape of the tree follows from the number of leaves alone. A leaf is hashed behind the byte 0x00 and a node
 * behind 0x01, so neither can be taken for the other, and no leaf is ever duplicated to fill a level: two files never
 * share a root. A path with one hash too many or too few is refused.
 */
library Sha256Tree {
    /// @notice Bytes in every chunk of a file but the last.
    uint256 internal constant CHUNK_BYTES = 1024;

    bytes1 private constant LEAF_PREFIX = 0x00;
    bytes1 private constant NODE_PREFIX = 0x01;

    /**
     * @notice Number of chunks in a file of `size` bytes, rounded up: 0 for an empty file.
     */
    function chunkCount(uint64 size) internal pure returns (uint64) {
        // below 2^54 + 1, so the cast keeps every bit
        return uint64((uint256(size) + CHUNK_BYTES - 1) / CHUNK_BYTES);
    }

    /**
     * @notice Exact length in bytes of chunk `index` of a file of `size` bytes: 0 when there is no such chunk.
     */
    function chunkLength(uint64 size, uint64 index) internal pure returns (uint256) {
        uint256 start = uint256(index) * CHUNK_BYTES;
        if (start >= size) return 0;

        uint256 rest = size - start;
        return rest < CHUNK_BYTES ? rest : CHUNK_BYTES;
    }

    /**
     * @notice Hash of the leaf that holds `head || body`.
     */
    function leafHash(bytes32 head, bytes memory body) internal pure returns (bytes32) {
        return sha256(abi.encodePacked(LEAF_PREFIX, head, body));
    }

    /**
     * @notice Whether `leaf` is leaf number `index` of the tree with `count` leaves and the given root.
     * @dev The algorithm of RFC 9162, section 2.1.3.2. `node` is the position on the level the climb has reached,
     * `last` the position of the last node there. At most 54 levels exist for a 64-bit size, and a longer path stops
     * the loop as soon as the root's level is reached.
     * @param leaf Hash of the leaf, prefix included.
     * @param path Siblings from the leaf's level upwards.
     */
    function verify(
        bytes32 root,
        uint64 count,
        uint64 index,
        bytes32 leaf,
        bytes32[] memory path
    ) internal pure returns (bool) {
        if (index >= count) return false;

        uint64 node = index;
        uint64 last = count - 1;
        bytes32 hash = leaf;

        for (uint256 i = 0; i < path.length; ++i) {
            if (last == 0) return false;

            if (node & 1 == 1 || node == last) {
                hash = sha256(abi.encodePacked(NODE_PREFIX, path[i], hash));

                // a last node without a right neighbour rises unchanged until it is somebody's right child
                while (node & 1 == 0 && node != 0) {
                    node >>= 1;
                    last >>= 1;
                }
            } else {
                hash = sha256(abi.encodePacked(NODE_PREFIX, hash, path[i]));
            }

            node >>= 1;
            last >>= 1;
        }

        return last == 0 && hash == root;
    }
}
