// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC5267} from "@openzeppelin/contracts/interfaces/IERC5267.sol";

import {TestToken} from "./TestToken.sol";

/// @title MaskedToken
/// @notice Announces the signing domain and the numbers of another token as its own, so that who signs for it signs for the other. For
/// tests only.
contract MaskedToken is TestToken {
    TestToken private immutable _FACE;
    uint256 private immutable _CHAIN;
    address private immutable _CONTRACT;

    /// @param chain The chain that it names; 0 is its own.
    /// @param verifier The contract that it names; zero is itself.
    constructor(TestToken face, uint256 chain, address verifier) TestToken("Masked", "MASK", 18) {
        (_FACE, _CHAIN, _CONTRACT) = (face, chain, verifier);
    }

    function nonces(address owner) public view override returns (uint256) {
        return _FACE.nonces(owner);
    }

    function eip712Domain()
        public
        view
        override
        returns (
            bytes1 fields,
            string memory name,
            string memory version,
            uint256 chainId,
            address verifyingContract,
            bytes32 salt,
            uint256[] memory extensions
        )
    {
        (fields, name, version, chainId, , salt, extensions) = IERC5267(address(_FACE)).eip712Domain();
        chainId = _CHAIN == 0 ? chainId : _CHAIN;
        verifyingContract = _CONTRACT == address(0) ? address(this) : _CONTRACT;
    }
}
