// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @notice What OpenZeppelin's `Math` says of the functions our cores call, in place of how it computes them: assembly and shifts, which the
/// solver cannot follow. `scripts/prove.ts` puts this file where a proof imports that one.
library Math {
    function min(uint256 a, uint256 b) internal pure returns (uint256) {
        return a < b ? a : b;
    }

    /// @dev Any function of `a` that is the root rounded down: to the solver a hash is a number it knows nothing about.
    function sqrt(uint256 a) internal pure returns (uint256 root) {
        root = uint256(keccak256(abi.encode(a)));
        require(root < 1 << 128 && root * root <= a && a < (root + 1) * (root + 1));
    }
}
