// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {DealCodec} from "../../contracts/escrow/DealCodec.sol";
import {RevenueSplit} from "../../contracts/ledger/RevenueSplit.sol";
import {Deal} from "../../contracts/escrow/IEscrow.sol";

/// @title SdkHarness
/// @notice The libraries that the SDK repeats off chain, and many views in one call.
contract SdkHarness {
    function commitment(Deal calldata deal) external pure returns (bytes31) {
        return DealCodec.commitment(deal);
    }

    function shares(
        uint128 amount,
        uint16 protocolFeeBps,
        uint16 referrerBps
    ) external pure returns (uint256 toPayee, uint256 toTreasury, uint256 toReferrer) {
        return RevenueSplit.shares(amount, protocolFeeBps, referrerBps);
    }

    /// @notice What each call answers; empty where it reverts.
    function each(address target, bytes[] calldata calls) external view returns (bytes[] memory answers) {
        answers = new bytes[](calls.length);
        for (uint256 i = 0; i < calls.length; ++i) {
            (bool done, bytes memory answer) = target.staticcall(calls[i]);
            if (done) answers[i] = answer;
        }
    }
}
