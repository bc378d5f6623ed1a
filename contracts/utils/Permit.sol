// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {LowLevelCall} from "@openzeppelin/contracts/utils/LowLevelCall.sol";

/// @notice An ERC-2612 permit for the contract that is called to spend the payer's tokens.
/// @param value The allowance that it gives.
/// @param deadline Last second in which it can be used, in Unix time; 0 when there is no permit.
/// @param v Recovery id of the signature.
/// @param r First word of the signature.
/// @param s Second word of the signature.
struct Permit {
    uint256 value;
    uint256 deadline;
    uint8 v;
    bytes32 r;
    bytes32 s;
}

using Permits for Permit global;

/// @title Permits
/// @notice Uses a permit that may have been used already.
library Permits {
    /// @notice Gives this contract the owner's allowance. Never reverts: a permit that somebody else submitted first
    /// has already set the allowance, so the transfer that follows decides. A deadline of 0 is no permit; the native
    /// coin and an account without code ignore one.
    function tryUse(Permit calldata permit, address token, address owner) internal {
        if (permit.deadline == 0) return;
        LowLevelCall.callNoReturn(
            token,
            abi.encodeCall(
                IERC20Permit.permit,
                (owner, address(this), permit.value, permit.deadline, permit.v, permit.r, permit.s)
            )
        );
    }
}
