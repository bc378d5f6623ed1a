// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";

/// @title SignatureAsker
/// @notice What the protocol's contracts ask about a signature. For tests only.
contract SignatureAsker {
    function accepts(address account, bytes32 hash, bytes calldata signature) external view returns (bool) {
        return SignatureChecker.isValidSignatureNowCalldata(account, hash, signature);
    }
}
