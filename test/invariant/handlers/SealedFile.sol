// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ChaCha20} from "../../../contracts/registry/proof/ChaCha20.sol";
import {ContentComplaint} from "../../../contracts/registry/proof/ContentComplaint.sol";
import {Sha256Tree} from "../../../contracts/registry/proof/Sha256Tree.sol";

/// @notice A published file of one to three chunks, as the seller prepares it, and what anybody who has its key can show of a chunk.
library SealedFile {
    struct File {
        uint256 key;
        bytes32 keyX;
        uint64 size;
        bytes32 root;
        bytes32 contentRoot;
        bytes[] chunks;
        bytes32[] contentHashes;
        uint64 wrong;
    }

    uint64 internal constant NONE = type(uint64).max;

    /// @param wrong The chunk that is not what its hash says; `NONE` for an honest file.
    function seal(uint256 key, bytes32 keyX, uint64 size, uint64 wrong) internal pure returns (File memory file) {
        uint64 count = Sha256Tree.chunkCount(size);
        (file.key, file.keyX, file.size, file.wrong) = (key, keyX, size, wrong);
        file.chunks = new bytes[](count);
        file.contentHashes = new bytes32[](count);
        bytes32[] memory leaves = new bytes32[](count);
        bytes32[] memory contents = new bytes32[](count);
        for (uint64 i = 0; i < count; ++i) {
            bytes memory content = new bytes(Sha256Tree.chunkLength(size, i));
            content[0] = bytes1(uint8(i + 1));
            file.contentHashes[i] = ContentComplaint.contentHashOf(ContentComplaint.contentSalt(key), i, content);
            if (i == wrong) content[content.length - 1] ^= 0x01;
            file.chunks[i] = ChaCha20.xorChunk(ContentComplaint.streamKey(key), i, content);
            leaves[i] = Sha256Tree.leafHash(file.contentHashes[i], file.chunks[i]);
            contents[i] = sha256(abi.encodePacked(bytes1(0x00), file.contentHashes[i]));
        }
        (file.root, file.contentRoot) = (_root(leaves), _root(contents));
    }

    function evidence(File memory file, uint64 index) internal pure returns (ContentComplaint.Evidence memory shown) {
        shown.key = file.key;
        shown.index = index;
        shown.contentHash = file.contentHashes[index];
        shown.encryptedChunk = file.chunks[index];
        shown.path = _path(file, index);
    }

    /// @dev RFC 9162 for at most three leaves: the third stands alone on the right.
    function _root(bytes32[] memory leaves) private pure returns (bytes32) {
        if (leaves.length == 1) return leaves[0];
        bytes32 pair = _node(leaves[0], leaves[1]);
        return leaves.length == 2 ? pair : _node(pair, leaves[2]);
    }

    function _path(File memory file, uint64 index) private pure returns (bytes32[] memory path) {
        uint256 count = file.chunks.length;
        if (count == 1) return path;
        if (index == 2) {
            path = new bytes32[](1);
            path[0] = _node(_leaf(file, 0), _leaf(file, 1));
            return path;
        }
        path = new bytes32[](count - 1);
        path[0] = _leaf(file, 1 - index);
        if (count == 3) path[1] = _leaf(file, 2);
    }

    function _leaf(File memory file, uint64 index) private pure returns (bytes32) {
        return Sha256Tree.leafHash(file.contentHashes[index], file.chunks[index]);
    }

    function _node(bytes32 left, bytes32 right) private pure returns (bytes32) {
        return sha256(abi.encodePacked(bytes1(0x01), left, right));
    }
}
