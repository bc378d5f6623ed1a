// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";

import {MarketActor} from "./MarketActor.sol";

/// @title ContractSigner
/// @notice An ERC-1271 signer that is honest, or fails in one of the ways in which signers fail.
contract ContractSigner is MarketActor, IERC1271 {
    enum Mode {
        Honest,
        Reverting,
        Garbage,
        Short,
        Dirty,
        Burning
    }

    Mode public mode;
    mapping(bytes32 hash => bool) public approved;

    error ContractSigner_No();

    function setMode(Mode mode_) external {
        mode = mode_;
    }

    function approveHash(bytes32 hash, bool approved_) external {
        approved[hash] = approved_;
    }

    function isValidSignature(bytes32 hash, bytes calldata) external view returns (bytes4) {
        Mode current = mode;
        if (current == Mode.Honest) return approved[hash] ? IERC1271.isValidSignature.selector : bytes4(0xffffffff);
        require(current != Mode.Reverting, ContractSigner_No());
        if (current == Mode.Garbage) _answer(uint256(keccak256("garbage")), 32);
        // the magic value, but shorter than a word
        if (current == Mode.Short) _answer(uint256(bytes32(IERC1271.isValidSignature.selector)), 4);
        // the magic value with bits behind it
        if (current == Mode.Dirty) _answer(uint256(bytes32(IERC1271.isValidSignature.selector)) | 1, 32);
        while (gasleft() != 0) {}
        return 0;
    }

    function _answer(uint256 word, uint256 length) private pure {
        assembly ("memory-safe") {
            mstore(0x00, word)
            return(0x00, length)
        }
    }
}
