// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Test} from "forge-std/Test.sol";

import {UsageHandler} from "./handlers/UsageHandler.sol";

/// @notice One campaign for licences by the unit and for standing orders. What single actions may not do is checked by
/// the handler.
contract UsageInvariantTest is Test {
    UsageHandler private _handler;

    function setUp() external {
        vm.warp(1_800_000_000);
        _handler = UsageHandler(deployCode("UsageHandler.sol:UsageHandler"));
        targetContract(address(_handler));
        targetSelector(FuzzSelector({addr: address(_handler), selectors: _handler.actions()}));
    }

    /// @dev Every account to the wei, and what is kept is what channels were paid and did not pay out.
    /// The books are kept for good, so what one call does wrong is still wrong at the next check; the last call of a
    /// run is always checked.
    /// forge-config: default.invariant.check-interval = 50
    /// forge-config: default.invariant.dictionary-weight = 0
    /// forge-config: default.invariant.include-storage = false
    /// forge-config: default.invariant.include-push-bytes = false
    /// forge-config: full.invariant.check-interval = 50
    /// forge-config: full.invariant.dictionary-weight = 0
    /// forge-config: full.invariant.include-storage = false
    /// forge-config: full.invariant.include-push-bytes = false
    /// forge-config: deep.invariant.check-interval = 50
    /// forge-config: deep.invariant.dictionary-weight = 0
    /// forge-config: deep.invariant.include-storage = false
    /// forge-config: deep.invariant.include-push-bytes = false
    function invariant_WhatIsKeptIsWhatChannelsOwe() external view {
        _handler.checkLedger();
        _handler.checkKept();
    }

    /// @dev At the end of a run: every channel and subscription there ever was. Then all channels end: nothing is kept.
    function afterInvariant() external {
        for (uint256 i = 0; i < _handler.meterCount(); ++i) _handler.checkMeter(i);
        for (uint256 i = 0; i < _handler.termCount(); ++i) _handler.checkTerm(i);
        _handler.endAll();
        _handler.checkLedger();
        _handler.checkKept();
        _handler.checkEmpty();
        _handler.report("USAGE");
    }
}
