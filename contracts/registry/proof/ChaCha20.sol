// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/**
 * @title ChaCha20
 * @notice The stream cipher of RFC 8439 over one chunk of a file, at most 1,024 bytes.
 *
 * Chunk i of a file uses the nonce `uint96(i >> 6)`, big-endian, and the block counter from `16 * (i & 63)`: a nonce
 * for each 64 KiB. A counter therefore never passes 1,023, and the places where implementations disagree about what
 * happens when it wraps are never reached.
 *
 * Eight blocks are computed at once, because a word of the machine is 256 bits and a word of the cipher 32. Sixteen
 * machine words hold the state: word w holds word w of blocks 0 to 7 in its eight lanes, block 0 in the highest.
 * One block at a time, in plain Solidity, costs some twenty times as much.
 */
library ChaCha20 {
    /// @notice Bytes in the longest chunk: sixteen blocks of the cipher.
    uint256 internal constant MAX_CHUNK_BYTES = 1024;

    /// @notice A chunk has at most {MAX_CHUNK_BYTES} bytes, not `length`.
    error ChaCha20_ChunkTooLong(uint256 length);

    /**
     * @notice Encrypts or decrypts chunk `index` of a file, which is the same operation.
     * @dev Reverts with {ChaCha20_ChunkTooLong} above 1,024 bytes. The argument is left as it was.
     *
     * Why the assembly is memory-safe: it writes to `out`, which Solidity allocated with room for a whole number of
     * 32-byte words, and to the 1,024 bytes behind the free memory pointer, as scratch that nobody reads afterwards.
     * It reads `chunk` in whole words up to the end of its allocation, and what lies behind the last byte in `out` is
     * cleared again.
     *
     * Why the lanes never disturb one another:
     * - a sum adds the lower 31 bits of each lane, which cannot carry out of it, and then sets the top bits by xor;
     * - a rotation masks the bits that would cross into a neighbour before it shifts left and after it shifts right;
     * - a counter is at most 1,023, so writing eight of them by multiplication and addition carries nowhere.
     */
    function xorChunk(bytes32 key, uint64 index, bytes memory chunk) internal pure returns (bytes memory out) {
        uint256 length = chunk.length;
        require(length <= MAX_CHUNK_BYTES, ChaCha20_ChunkTooLong(length));

        out = new bytes(length);

        // widening clears whatever the upper bits of the argument held
        uint256 position = index;

        assembly ("memory-safe") {
            // the sum in each lane, modulo 2^32
            function addLanes(x, y) -> z {
                z := xor(
                    add(
                        and(x, 0x7fffffff7fffffff7fffffff7fffffff7fffffff7fffffff7fffffff7fffffff),
                        and(y, 0x7fffffff7fffffff7fffffff7fffffff7fffffff7fffffff7fffffff7fffffff)
                    ),
                    and(xor(x, y), 0x8000000080000000800000008000000080000000800000008000000080000000)
                )
            }

            // each lane with its four bytes in the opposite order
            function swapBytes(x) -> y {
                y := or(
                    shl(8, and(x, 0x00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff)),
                    and(shr(8, x), 0x00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff)
                )
                y := or(
                    shl(16, and(y, 0x0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff)),
                    and(shr(16, y), 0x0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff)
                )
            }

            // the quarter round of RFC 8439, section 2.1, on the words at four places in memory
            function quarterRound(atA, atB, atC, atD) {
                let b := mload(atB)
                let d := mload(atD)

                let a := addLanes(mload(atA), b)
                d := xor(d, a)
                d := or(
                    shl(16, and(d, 0x0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff)),
                    and(shr(16, d), 0x0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff)
                )

                let c := addLanes(mload(atC), d)
                b := xor(b, c)
                b := or(
                    shl(12, and(b, 0x000fffff000fffff000fffff000fffff000fffff000fffff000fffff000fffff)),
                    and(shr(20, b), 0x00000fff00000fff00000fff00000fff00000fff00000fff00000fff00000fff)
                )

                a := addLanes(a, b)
                d := xor(d, a)
                d := or(
                    shl(8, and(d, 0x00ffffff00ffffff00ffffff00ffffff00ffffff00ffffff00ffffff00ffffff)),
                    and(shr(24, d), 0x000000ff000000ff000000ff000000ff000000ff000000ff000000ff000000ff)
                )

                c := addLanes(c, d)
                b := xor(b, c)
                b := or(
                    shl(7, and(b, 0x01ffffff01ffffff01ffffff01ffffff01ffffff01ffffff01ffffff01ffffff)),
                    and(shr(25, b), 0x0000007f0000007f0000007f0000007f0000007f0000007f0000007f0000007f)
                )

                mstore(atA, a)
                mstore(atB, b)
                mstore(atC, c)
                mstore(atD, d)
            }

            // swaps the masked parts of row p with the parts of row q that lie `width` bits higher
            function exchange(p, q, width, mask) {
                let x := mload(p)
                let y := mload(q)
                let difference := and(xor(x, shr(width, y)), mask)
                mstore(p, xor(x, difference))
                mstore(q, xor(y, shl(width, difference)))
            }

            let ones := 0x0000000100000001000000010000000100000001000000010000000100000001
            let start := mload(0x40)
            let work := add(start, 0x200)

            // words 0 to 3: "expand 32-byte k"
            mstore(start, mul(0x61707865, ones))
            mstore(add(start, 0x20), mul(0x3320646e, ones))
            mstore(add(start, 0x40), mul(0x79622d32, ones))
            mstore(add(start, 0x60), mul(0x6b206574, ones))

            // words 4 to 11: the key, read as little-endian words
            let swapped := swapBytes(key)
            for {
                let i := 0
            } lt(i, 8) {
                i := add(i, 1)
            } {
                let word := and(shr(sub(224, shl(5, i)), swapped), 0xffffffff)
                mstore(add(start, add(0x80, shl(5, i))), mul(word, ones))
            }

            // words 13 to 15: the nonce, whose first four bytes are 0 because an index has 64 bits
            swapped := swapBytes(shr(6, position))
            mstore(add(start, 0x1a0), 0)
            mstore(add(start, 0x1c0), mul(shr(32, swapped), ones))
            mstore(add(start, 0x1e0), mul(and(swapped, 0xffffffff), ones))

            // each pass makes 512 bytes of key stream
            for {
                let done := 0
            } lt(done, length) {
                done := add(done, 0x200)
            } {
                // word 12: the counters of eight blocks, one in each lane
                let counter := add(shl(4, and(position, 63)), shr(6, done))
                mstore(
                    add(start, 0x180),
                    add(mul(counter, ones), 0x0000000000000001000000020000000300000004000000050000000600000007)
                )
                mcopy(work, start, 0x200)

                for {
                    let i := 0
                } lt(i, 10) {
                    i := add(i, 1)
                } {
                    quarterRound(work, add(work, 0x80), add(work, 0x100), add(work, 0x180))
                    quarterRound(add(work, 0x20), add(work, 0xa0), add(work, 0x120), add(work, 0x1a0))
                    quarterRound(add(work, 0x40), add(work, 0xc0), add(work, 0x140), add(work, 0x1c0))
                    quarterRound(add(work, 0x60), add(work, 0xe0), add(work, 0x160), add(work, 0x1e0))
                    quarterRound(work, add(work, 0xa0), add(work, 0x140), add(work, 0x1e0))
                    quarterRound(add(work, 0x20), add(work, 0xc0), add(work, 0x160), add(work, 0x180))
                    quarterRound(add(work, 0x40), add(work, 0xe0), add(work, 0x100), add(work, 0x1a0))
                    quarterRound(add(work, 0x60), add(work, 0x80), add(work, 0x120), add(work, 0x1c0))
                }

                for {
                    let offset := 0
                } lt(offset, 0x200) {
                    offset := add(offset, 0x20)
                } {
                    let place := add(work, offset)
                    mstore(place, swapBytes(addLanes(mload(place), mload(add(start, offset)))))
                }

                // words 0 to 7 form a square of lanes, words 8 to 15 another: transposed, their rows are half blocks
                for {
                    let half := work
                } lt(half, add(work, 0x200)) {
                    half := add(half, 0x100)
                } {
                    for {
                        let p := half
                    } lt(p, add(half, 0x80)) {
                        p := add(p, 0x20)
                    } {
                        exchange(p, add(p, 0x80), 128, 0xffffffffffffffffffffffffffffffff)
                    }
                    for {
                        let p := half
                    } lt(p, add(half, 0x100)) {
                        p := add(p, 0x80)
                    } {
                        let mask := 0x0000000000000000ffffffffffffffff0000000000000000ffffffffffffffff
                        exchange(p, add(p, 0x40), 64, mask)
                        exchange(add(p, 0x20), add(p, 0x60), 64, mask)
                    }
                    for {
                        let p := half
                    } lt(p, add(half, 0x100)) {
                        p := add(p, 0x40)
                    } {
                        exchange(
                            p,
                            add(p, 0x20),
                            32,
                            0x00000000ffffffff00000000ffffffff00000000ffffffff00000000ffffffff
                        )
                    }
                }

                let take := sub(length, done)
                if gt(take, 0x200) {
                    take := 0x200
                }
                for {
                    let offset := 0
                } lt(offset, take) {
                    offset := add(offset, 0x20)
                } {
                    // block offset/64 is row offset/64, and its second half lies in the second square
                    let row := add(work, add(shr(1, and(offset, 0x1c0)), shl(3, and(offset, 0x20))))
                    let place := add(0x20, add(done, offset))
                    mstore(add(out, place), xor(mload(add(chunk, place)), mload(row)))
                }
            }

            // what follows the last byte in its word is cleared, as Solidity leaves it
            let rest := and(length, 31)
            if rest {
                let place := add(out, add(0x20, sub(length, rest)))
                mstore(place, and(mload(place), not(shr(shl(3, rest), not(0)))))
            }
        }
    }
}
