// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ChaCha20} from "./ChaCha20.sol";
import {CurveProof} from "./CurveProof.sol";
import {Sha256Tree} from "./Sha256Tree.sol";

/**
 * @title ContentComplaint
 * @notice Decides, from one chunk of at most 1,024 bytes, whether a published file is not what its seller committed to.
 *
 * A version commits to `root` (the tree over all pairs of a content hash and an encrypted chunk), to `size` and to the
 * point `keyX` whose secret k opens the chunks. A complaint is true when, for one pair that is in the tree, the chunk
 * decrypted with k does not have the content hash. An honest file has no such chunk, so no false complaint exists.
 *
 * The complaint publishes k. That harms nobody but a seller already proven to cheat, provided that it is true: check it
 * off chain first and never by simulation at somebody else's node.
 */
library ContentComplaint {
    /// @notice What a version committed to when it was published.
    struct Commitment {
        bytes32 root;
        uint256 keyX;
        uint64 size;
    }

    /// @notice What the complainant shows.
    struct Evidence {
        uint256 key;
        uint64 index;
        bytes32 contentHash;
        bytes encryptedChunk;
        bytes32[] path;
    }

    /// @notice The scalar is not the secret of the version's key.
    error ContentComplaint_WrongKey(uint256 keyX);

    /// @notice The file has `count` chunks, numbered from 0, and `index` is none of them.
    error ContentComplaint_IndexOutOfRange(uint64 index, uint64 count);

    /// @notice Chunk `index` of the file has exactly `expected` bytes, not `actual`.
    error ContentComplaint_WrongChunkLength(uint64 index, uint256 actual, uint256 expected);

    /// @notice The content hash and the encrypted chunk are not leaf `index` under the version's root.
    error ContentComplaint_NotInTree(uint64 index, bytes32 root);

    bytes1 private constant CONTENT_PREFIX = 0x02;

    /**
     * @notice True when the chunk proves that the version is defective, false when the chunk is as committed.
     * @dev Reverts, in this order, when the evidence is about something else than the version:
     * - {ContentComplaint_IndexOutOfRange} when the file has no such chunk,
     * - {ContentComplaint_WrongChunkLength} when the chunk is not exactly as long as its place in the file says,
     * - {ContentComplaint_WrongKey} when `key` is not the secret of `keyX`,
     * - {ContentComplaint_NotInTree} when hash and chunk are not that leaf, or the path is longer or shorter than it
     *   is.
     */
    function proves(Commitment memory version, Evidence calldata evidence) internal pure returns (bool) {
        uint64 index = evidence.index;
        uint64 count = Sha256Tree.chunkCount(version.size);
        require(index < count, ContentComplaint_IndexOutOfRange(index, count));

        uint256 expected = Sha256Tree.chunkLength(version.size, index);
        uint256 actual = evidence.encryptedChunk.length;
        require(actual == expected, ContentComplaint_WrongChunkLength(index, actual, expected));

        uint256 key = evidence.key;
        require(CurveProof.isSecretOf(key, version.keyX, 0), ContentComplaint_WrongKey(version.keyX));

        bytes memory chunk = evidence.encryptedChunk;
        bytes32 leaf = Sha256Tree.leafHash(evidence.contentHash, chunk);
        require(
            Sha256Tree.verify(version.root, count, index, leaf, evidence.path),
            ContentComplaint_NotInTree(index, version.root)
        );

        bytes memory content = ChaCha20.xorChunk(streamKey(key), index, chunk);
        return contentHashOf(contentSalt(key), index, content) != evidence.contentHash;
    }

    /// @notice The ChaCha20 key that a version's secret opens.
    function streamKey(uint256 key) internal pure returns (bytes32) {
        return keccak256(abi.encode("isonomy.stream.v1", key));
    }

    /// @notice The salt of a version's content hashes, so that equal chunks of two models look different.
    function contentSalt(uint256 key) internal pure returns (bytes32) {
        return keccak256(abi.encode("isonomy.salt.v1", key));
    }

    /// @notice Hash of one chunk in the clear, bound to its place in the file.
    function contentHashOf(bytes32 salt, uint64 index, bytes memory content) internal pure returns (bytes32) {
        return sha256(abi.encodePacked(CONTENT_PREFIX, salt, index, content));
    }
}
