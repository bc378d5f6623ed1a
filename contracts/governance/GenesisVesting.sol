// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {VestingWallet} from "@openzeppelin/contracts/finance/VestingWallet.sol";
import {VestingWalletCliff} from "@openzeppelin/contracts/finance/VestingWalletCliff.sol";

/// @title GenesisVesting
/// @notice Holds an insider's part of the genesis supply and releases it: nothing before the cliff, then in proportion
/// to time.
/// @dev It has no function that delegates, so what is not released yet does not vote.
contract GenesisVesting is VestingWalletCliff {
    /// @param beneficiary Who receives what is released, and may sell the claim by transferring the ownership.
    /// @param start When vesting begins, in Unix time.
    /// @param duration How long it takes, in seconds.
    /// @param cliff How long nothing is released, in seconds, counted from the start.
    constructor(
        address beneficiary,
        uint64 start,
        uint64 duration,
        uint64 cliff
    ) VestingWallet(beneficiary, start, duration) VestingWalletCliff(cliff) {}
}
