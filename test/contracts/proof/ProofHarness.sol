// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ChaCha20} from "../../../contracts/registry/proof/ChaCha20.sol";
import {ContentComplaint} from "../../../contracts/registry/proof/ContentComplaint.sol";
import {CurveProof} from "../../../contracts/registry/proof/CurveProof.sol";
import {Sha256Tree} from "../../../contracts/registry/proof/Sha256Tree.sol";
import {PlainChaCha20} from "./PlainChaCha20.sol";

/**
 * @title ProofHarness
 * @notice Opens the internal proof libraries to the tests, many inputs in each call.
 */
contract ProofHarness {
    struct LinInput {
        uint256 qx;
        uint256 odd;
        uint256 a;
        uint256 c;
    }

    struct SecretInput {
        uint256 k;
        uint256 qx;
        uint256 odd;
    }

    struct DeliveryInput {
        uint256 keyX;
        address pad;
        uint256 c;
    }

    struct PadInput {
        address pad;
        uint256 buyerX;
        uint256 keyX;
        bytes32 context;
        uint256 b;
    }

    struct ChunkInput {
        bytes32 key;
        uint64 index;
        bytes chunk;
    }

    struct PathInput {
        bytes32 root;
        uint64 count;
        uint64 index;
        bytes32 leaf;
        bytes32[] path;
    }

    struct HashInput {
        uint256 key;
        uint64 index;
        bytes content;
    }

    /// @notice A transaction's worth of one complaint, to be measured.
    event ComplaintDecided(bool proven);

    /// @notice What follows the last byte of `chunk` in its word must be zero.
    error ProofHarness_DirtyTail(uint256 length);

    function lin(LinInput[] calldata inputs) external pure returns (address[] memory results) {
        results = new address[](inputs.length);
        for (uint256 i = 0; i < inputs.length; ++i) {
            results[i] = CurveProof.lin(inputs[i].qx, inputs[i].odd, inputs[i].a, inputs[i].c);
        }
    }

    function isKey(uint256[] calldata inputs) external pure returns (bool[] memory results) {
        results = new bool[](inputs.length);
        for (uint256 i = 0; i < inputs.length; ++i) {
            results[i] = CurveProof.isKey(inputs[i]);
        }
    }

    function isSecretOf(SecretInput[] calldata inputs) external pure returns (bool[] memory results) {
        results = new bool[](inputs.length);
        for (uint256 i = 0; i < inputs.length; ++i) {
            results[i] = CurveProof.isSecretOf(inputs[i].k, inputs[i].qx, inputs[i].odd);
        }
    }

    function isHonestPad(PadInput[] calldata inputs) external pure returns (bool[] memory results) {
        results = new bool[](inputs.length);
        for (uint256 i = 0; i < inputs.length; ++i) {
            PadInput calldata input = inputs[i];
            results[i] = CurveProof.isHonestPad(input.pad, input.buyerX, input.keyX, input.context, input.b);
        }
    }

    function verifyDelivery(DeliveryInput[] calldata inputs) external pure returns (bool[] memory results) {
        results = new bool[](inputs.length);
        for (uint256 i = 0; i < inputs.length; ++i) {
            results[i] = CurveProof.verifyDelivery(inputs[i].keyX, inputs[i].pad, inputs[i].c);
        }
    }

    function xorChunks(ChunkInput[] calldata inputs) external pure returns (bytes[] memory results) {
        results = new bytes[](inputs.length);
        for (uint256 i = 0; i < inputs.length; ++i) {
            bytes memory result = ChaCha20.xorChunk(inputs[i].key, inputs[i].index, inputs[i].chunk);
            _requireCleanTail(result);
            results[i] = result;
        }
    }

    function xorChunksPlain(ChunkInput[] calldata inputs) external pure returns (bytes[] memory results) {
        results = new bytes[](inputs.length);
        for (uint256 i = 0; i < inputs.length; ++i) {
            results[i] = PlainChaCha20.xorChunk(inputs[i].key, inputs[i].index, inputs[i].chunk);
        }
    }

    function blockPlain(bytes32 key, uint32 counter, bytes12 nonce) external pure returns (bytes memory) {
        return PlainChaCha20.block64(key, counter, nonce);
    }

    /// @notice The argument must come back as it was, beside the result.
    function xorChunkKeepsArgument(ChunkInput calldata input) external pure returns (bytes memory, bytes memory) {
        bytes memory chunk = input.chunk;
        bytes memory result = ChaCha20.xorChunk(input.key, input.index, chunk);
        return (chunk, result);
    }

    /// @notice Gas of one chunk inside the library.
    function gasOfChunk(ChunkInput calldata input) external view returns (uint256 spent) {
        bytes memory chunk = input.chunk;
        uint256 before = gasleft();
        ChaCha20.xorChunk(input.key, input.index, chunk);
        spent = before - gasleft();
    }

    /// @notice Gas of one check of a delivery.
    function gasOfDelivery(DeliveryInput calldata input) external view returns (uint256 spent) {
        uint256 before = gasleft();
        CurveProof.verifyDelivery(input.keyX, input.pad, input.c);
        spent = before - gasleft();
    }

    function verifyPaths(PathInput[] calldata inputs) external pure returns (bool[] memory results) {
        results = new bool[](inputs.length);
        for (uint256 i = 0; i < inputs.length; ++i) {
            PathInput calldata input = inputs[i];
            results[i] = Sha256Tree.verify(input.root, input.count, input.index, input.leaf, input.path);
        }
    }

    function contentHashes(HashInput[] calldata inputs) external pure returns (bytes32[] memory results) {
        results = new bytes32[](inputs.length);
        for (uint256 i = 0; i < inputs.length; ++i) {
            bytes32 salt = ContentComplaint.contentSalt(inputs[i].key);
            results[i] = ContentComplaint.contentHashOf(salt, inputs[i].index, inputs[i].content);
        }
    }

    function streamKey(uint256 key) external pure returns (bytes32) {
        return ContentComplaint.streamKey(key);
    }

    function leafHash(bytes32 head, bytes calldata body) external pure returns (bytes32) {
        return Sha256Tree.leafHash(head, body);
    }

    function shape(uint64 size, uint64 index) external pure returns (uint64 count, uint256 length) {
        return (Sha256Tree.chunkCount(size), Sha256Tree.chunkLength(size, index));
    }

    function proves(
        ContentComplaint.Commitment calldata version,
        ContentComplaint.Evidence calldata evidence
    ) external pure returns (bool) {
        return ContentComplaint.proves(version, evidence);
    }

    /// @notice The same as a transaction, so that its whole cost can be read from a receipt.
    function decide(
        ContentComplaint.Commitment calldata version,
        ContentComplaint.Evidence calldata evidence
    ) external {
        emit ComplaintDecided(ContentComplaint.proves(version, evidence));
    }

    function _requireCleanTail(bytes memory data) private pure {
        uint256 length = data.length;
        uint256 tail;
        if (length % 32 != 0) {
            assembly ("memory-safe") {
                tail := shl(shl(3, and(length, 31)), mload(add(data, add(32, sub(length, and(length, 31))))))
            }
        }
        require(tail == 0, ProofHarness_DirtyTail(length));
    }
}
