// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/**
 * @title CurveProof
 * @notice Equations on secp256k1, checked with the `ecrecover` precompile as a multiplier (about 3,600 gas each).
 *
 * A point is named by its x coordinate and the parity of its y. Keys of versions always have an even y, so that their
 * x alone names them. `addr(P)` is the Ethereum address of the point P: the last 20 bytes of `keccak256(x || y)`.
 *
 * How the precompile multiplies: for a signature (r, s, v) over z it returns `addr(r^-1 * (s*R - z*G))`, where R is the
 * point with x = r and the parity that v names. Put r = x of Q, s = a*r and z = -c*r: what comes back is `addr(aQ +
 * cG)`.
 *
 * None of these functions reverts: each says in its return value that an argument is out of range, so that the caller
 * chooses the error. They hold no state and trust nobody.
 */
library CurveProof {
    /// @notice Order of the group: scalars run from 0 to ORDER - 1.
    uint256 internal constant ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141;

    /// @notice x coordinate of the generator G, whose y is even.
    uint256 internal constant GENERATOR_X = 0x79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798;

    uint256 private constant EVEN = 0;

    /**
     * @notice The address of `aQ + cG`, or the zero address on failure.
     * @dev The zero address is a failure always and never a result: a caller that compares must refuse it on both
     * sides. It is returned when
     * - `qx` is 0 or not below the order (one point in 2^128 has such an x: no key may be one),
     * - `odd` is neither 0 nor 1,
     * - `a` is 0 or not below the order, or `c` is not below the order,
     * - no point of the curve has the x coordinate `qx`,
     * - the sum is the point at infinity.
     * @param qx x coordinate of Q.
     * @param odd Parity of the y coordinate of Q: 0 for even, 1 for odd.
     * @param a Multiplier of Q.
     * @param c Multiplier of the generator.
     */
    function lin(uint256 qx, uint256 odd, uint256 a, uint256 c) internal pure returns (address) {
        if (qx == 0 || qx >= ORDER || odd > 1 || a == 0 || a >= ORDER || c >= ORDER) return address(0);

        // ORDER - c is in 1..ORDER, and mulmod reduces ORDER itself to 0
        uint256 z = mulmod(ORDER - c, qx, ORDER);

        // a and qx are units of a prime field, so s is never 0
        uint256 s = mulmod(a, qx, ORDER);

        return ecrecover(bytes32(z), uint8(27 + odd), bytes32(qx), bytes32(s));
    }

    /**
     * @notice Whether `keyX` can be a version's key: in range, and the x coordinate of a point of the curve.
     */
    function isKey(uint256 keyX) internal pure returns (bool) {
        return lin(keyX, EVEN, 1, 0) != address(0);
    }

    /**
     * @notice Whether the scalar `c` opens `pad` to the key `keyX`: `addr(cG - Y) == pad`.
     * @dev An account that knows h with `addr(hG) == pad` then knows the secret of the key: `c - h` modulo the order.
     * False for a pad of zero, for a scalar that is not below the order and for a key out of range or off the curve.
     */
    function verifyDelivery(uint256 keyX, address pad, uint256 c) internal pure returns (bool) {
        return pad != address(0) && lin(keyX, EVEN, ORDER - 1, c) == pad;
    }

    /**
     * @notice Whether `k` is the discrete logarithm of the point Q.
     * @dev Comparing `addr(kG)` with `addr(Q)` would leave the maker of Q free to look for two scalars with one
     * address, which takes only about 2^80 steps. Both sides are therefore moved by t, which depends on everything
     * compared: `addr((k - t)G) == addr(Q - tG)`. False for a scalar of 0 or not below the order, and for a point out
     * of range or off the curve.
     * @param k The claimed logarithm.
     * @param qx x coordinate of Q.
     * @param odd Parity of the y coordinate of Q: 0 for even, 1 for odd.
     */
    function isSecretOf(uint256 k, uint256 qx, uint256 odd) internal pure returns (bool) {
        if (k == 0 || k >= ORDER) return false;

        uint256 t = uint256(keccak256(abi.encode("isonomy.dlog.v1", k, qx, odd))) % ORDER;
        uint256 minusT = t == 0 ? 0 : ORDER - t;
        address left = lin(GENERATOR_X, EVEN, addmod(k, minusT, ORDER), 0);

        return left != address(0) && left == lin(qx, odd, 1, minusT);
    }

    /**
     * @notice Whether the buyer's secret `b` shows that `pad` is the one that the protocol asks for: `B = bG` has the x
     * coordinate `buyerX` and an even y, and `pad == addr(hG)` with `h = keccak256(abi.encode(context, addr(bY))) mod
     * n`. The seller computes the same h from its own secret, so it could have delivered.
     * @dev `addr(bY)` is the Diffie-Hellman secret of the two sides: the call makes it public, which is harmless only
     * when nothing was delivered and nothing will be. False for every other secret, that of the mirrored point too, and
     * for an argument out of range or off the curve.
     * @param context Hash of what the pad is bound to: chain, escrow, version, payer and `buyerX`.
     */
    function isHonestPad(
        address pad,
        uint256 buyerX,
        uint256 keyX,
        bytes32 context,
        uint256 b
    ) internal pure returns (bool) {
        if (!isSecretOf(b, buyerX, EVEN)) return false;
        address shared = lin(keyX, EVEN, b, 0);
        if (shared == address(0)) return false;
        uint256 h = uint256(keccak256(abi.encode(context, shared))) % ORDER;
        return pad != address(0) && lin(GENERATOR_X, EVEN, h, 0) == pad;
    }
}
