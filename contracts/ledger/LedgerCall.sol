// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IRevenueLedger} from "./IRevenueLedger.sol";

/// @notice Memory pointer to a list of credits under construction.
type CreditList is uint256;

using LedgerCall for CreditList global;

/// @title LedgerCall
/// @notice Collects credits and sends them to the ledger in one call.
/// @dev The list is laid out as the calldata of the call: a word for the selector, the token, the offset of the array,
/// its length, and two words for each credit. An array of structs would be allocated, filled and then encoded: 700 gas
/// a credit, where this takes 60. The first word counts only with its last four bytes, so that the call starts inside
/// it.
library LedgerCall {
    /// @notice An empty list. At most `capacity` credits may be added to it.
    function allocate(uint256 capacity) internal pure returns (CreditList list) {
        assembly ("memory-safe") {
            list := mload(0x40)
            mstore(add(list, 0x60), 0)
            mstore(0x40, add(add(list, 0x80), shl(6, capacity)))
        }
    }

    /// @notice Adds a credit; one of nothing is left out.
    function add(CreditList list, address account, uint256 amount) internal pure {
        assembly ("memory-safe") {
            if amount {
                let lengthAt := add(list, 0x60)
                let length := mload(lengthAt)
                let entry := add(add(list, 0x80), shl(6, length))
                mstore(entry, shr(96, shl(96, account)))
                mstore(add(entry, 0x20), amount)
                mstore(lengthAt, add(length, 1))
            }
        }
    }

    /// @notice `ledger.credit{value: value}(token, list)`.
    function credit(CreditList list, IRevenueLedger ledger, address token, uint256 value) internal {
        _send(list, address(ledger), IRevenueLedger.credit.selector, token, value);
    }

    /// @notice `ledger.move(token, list)`.
    function move(CreditList list, IRevenueLedger ledger, address token) internal {
        _send(list, address(ledger), IRevenueLedger.move.selector, token, 0);
    }

    /// @dev Reverts with the ledger's reason. Skips the code-size check; the callers' constructors have made it.
    function _send(CreditList list, address ledger, bytes4 selector, address token, uint256 value) private {
        assembly ("memory-safe") {
            mstore(list, shr(224, selector))
            mstore(add(list, 0x20), shr(96, shl(96, token)))
            mstore(add(list, 0x40), 0x40)
            let size := add(0x64, shl(6, mload(add(list, 0x60))))
            if iszero(call(gas(), ledger, value, add(list, 0x1c), size, 0, 0)) {
                returndatacopy(list, 0, returndatasize())
                revert(list, returndatasize())
            }
        }
    }
}
