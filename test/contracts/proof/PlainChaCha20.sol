// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/**
 * @title PlainChaCha20
 * @notice The cipher of RFC 8439 as its text describes it, without assembly: the measure of the fast one.
 */
library PlainChaCha20 {
    function xorChunk(bytes32 key, uint64 index, bytes memory chunk) internal pure returns (bytes memory out) {
        out = new bytes(chunk.length);
        bytes12 nonce = bytes12(uint96(index >> 6));
        uint32 counter = uint32(16 * (index & 63));

        for (uint256 from = 0; from < chunk.length; from += 64) {
            bytes memory stream = block64(key, counter++, nonce);
            for (uint256 i = 0; i < 64 && from + i < chunk.length; ++i) {
                out[from + i] = chunk[from + i] ^ stream[i];
            }
        }
    }

    function block64(bytes32 key, uint32 counter, bytes12 nonce) internal pure returns (bytes memory stream) {
        uint32[16] memory start;
        start[0] = 0x61707865;
        start[1] = 0x3320646e;
        start[2] = 0x79622d32;
        start[3] = 0x6b206574;
        for (uint256 i = 0; i < 8; ++i) {
            start[4 + i] = _littleEndian(bytes4(key << (32 * i)));
        }
        start[12] = counter;
        for (uint256 i = 0; i < 3; ++i) {
            start[13 + i] = _littleEndian(bytes4(nonce << (32 * i)));
        }

        uint32[16] memory state;
        for (uint256 i = 0; i < 16; ++i) {
            state[i] = start[i];
        }
        for (uint256 i = 0; i < 10; ++i) {
            _quarterRound(state, 0, 4, 8, 12);
            _quarterRound(state, 1, 5, 9, 13);
            _quarterRound(state, 2, 6, 10, 14);
            _quarterRound(state, 3, 7, 11, 15);
            _quarterRound(state, 0, 5, 10, 15);
            _quarterRound(state, 1, 6, 11, 12);
            _quarterRound(state, 2, 7, 8, 13);
            _quarterRound(state, 3, 4, 9, 14);
        }

        stream = new bytes(64);
        for (uint256 i = 0; i < 16; ++i) {
            uint32 word = _add(state[i], start[i]);
            for (uint256 j = 0; j < 4; ++j) {
                stream[4 * i + j] = bytes1(uint8(word >> (8 * j)));
            }
        }
    }

    function _quarterRound(uint32[16] memory s, uint256 a, uint256 b, uint256 c, uint256 d) private pure {
        s[a] = _add(s[a], s[b]);
        s[d] = _rotateLeft(s[d] ^ s[a], 16);
        s[c] = _add(s[c], s[d]);
        s[b] = _rotateLeft(s[b] ^ s[c], 12);
        s[a] = _add(s[a], s[b]);
        s[d] = _rotateLeft(s[d] ^ s[a], 8);
        s[c] = _add(s[c], s[d]);
        s[b] = _rotateLeft(s[b] ^ s[c], 7);
    }

    function _add(uint32 x, uint32 y) private pure returns (uint32) {
        unchecked {
            return x + y;
        }
    }

    function _rotateLeft(uint32 x, uint32 bits) private pure returns (uint32) {
        return (x << bits) | (x >> (32 - bits));
    }

    function _littleEndian(bytes4 word) private pure returns (uint32) {
        return
            (uint32(uint8(word[3])) << 24) |
            (uint32(uint8(word[2])) << 16) |
            (uint32(uint8(word[1])) << 8) |
            uint32(uint8(word[0]));
    }
}
