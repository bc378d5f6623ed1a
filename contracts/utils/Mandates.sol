// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Hashes} from "@openzeppelin/contracts/utils/cryptography/Hashes.sol";

import {IMandateHolder} from "./IMandateHolder.sol";

/// @title Mandates
/// @notice Distinguishes the mandates under which an account pauses, so that no guardian uses up its successor's pause.
/// @dev A pause is limited once in some time for each mandate. The guardian's desk says under which mandate it calls,
/// and a mandate takes a vote; for any other member of the role the account is the mandate. Both are named by the
/// member of the role, which is trusted for no more than that: a member that made up mandates could pause again and
/// again, so the role is for contracts of known code.
library Mandates {
    /// @notice A key for the mandate under which `user` acts now: another one for each account, and for each mandate
    /// that it holds.
    /// @param user The account that calls a function of the guardian's role.
    function keyOf(address user) internal view returns (bytes32 key) {
        bytes32 mandate = 0;
        // an account without code answers nothing, and neither does a contract that knows no mandates
        (bool success, bytes memory answer) = user.staticcall(abi.encodeCall(IMandateHolder.mandate, ()));
        if (success && answer.length == 32) mandate = abi.decode(answer, (bytes32));
        return Hashes.efficientKeccak256(bytes32(uint256(uint160(user))), mandate);
    }
}
