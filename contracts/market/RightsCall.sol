// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Offer} from "./IMarket.sol";
import {IRights, Sale} from "./IRights.sol";

/// @title RightsCall
/// @notice Hands an offer or a sale to a rights module without encoding it again.
/// @dev Both structs are static: words without gaps, the same in memory and in the calldata. Encoding them would take
/// 900 bytes of the market's code.
library RightsCall {
    uint256 private constant SALE_SIZE = 0x1e0;
    uint256 private constant OFFER_SIZE = 0x280;

    /// @notice A sale whose every field is still to be set, as the only element of an array: a variable would first be
    /// set to zero, field by field.
    function allocate() internal pure returns (Sale[] memory held) {
        assembly ("memory-safe") {
            held := mload(0x40)
            let sale := add(held, 0x40)
            mstore(held, 1)
            mstore(add(held, 0x20), sale)
            mstore(0x40, add(sale, SALE_SIZE))
        }
    }

    /// @notice `rights.grant(sale)`. Reverts with the module's reason, and without one when the module answers anything
    /// but one word. Any word but 1 means that the module keeps no money.
    function grant(Sale memory sale, address rights) internal returns (bool keepsMoney) {
        uint256 at;
        assembly ("memory-safe") {
            at := sale
        }
        return _send(rights, at, SALE_SIZE, IRights.grant.selector, 0x20) == 1;
    }

    /// @notice `rights.check(offer)`. Reverts with the module's reason, and without one when the module answers.
    function check(Offer memory offer, address rights) internal {
        uint256 at;
        assembly ("memory-safe") {
            at := offer
        }
        _send(rights, at, OFFER_SIZE, IRights.check.selector, 0);
    }

    /// @dev Rights modules are contracts: the licence token has checked.
    function _send(
        address rights,
        uint256 at,
        uint256 size,
        bytes4 selector,
        uint256 answerSize
    ) private returns (uint256 answer) {
        assembly ("memory-safe") {
            // the selector takes the place of the four bytes before the struct while the call is made
            let before := sub(at, 0x20)
            let kept := mload(before)
            mstore(before, shr(224, selector))
            // apart from the next line: the arguments of `and` are evaluated from the right, before the call
            let done := call(gas(), rights, 0, add(before, 0x1c), add(size, 4), 0, 0x20)
            if iszero(and(done, eq(returndatasize(), answerSize))) {
                // what a module answered is no reason
                let reasonSize := mul(iszero(done), returndatasize())
                returndatacopy(at, 0, reasonSize)
                revert(at, reasonSize)
            }
            mstore(before, kept)
            answer := mload(0)
        }
    }
}
