// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";

/// @title KeyDelegate
/// @notice Code for an account by EIP-7702 that takes the account's own key for its signer. For tests only.
contract KeyDelegate is IERC1271 {
    function isValidSignature(bytes32 hash, bytes calldata signature) external view returns (bytes4) {
        (address signer, ECDSA.RecoverError problem, ) = ECDSA.tryRecover(hash, signature);
        return
            problem == ECDSA.RecoverError.NoError && signer == address(this)
                ? this.isValidSignature.selector
                : bytes4(0);
    }
}
