// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Test} from "forge-std/Test.sol";

import {RightsHandler} from "./handlers/RightsHandler.sol";

/// @notice One campaign for subscriptions and seats. What single actions may not do is checked by the handler.
contract RightsInvariantTest is Test {
    RightsHandler private _handler;

    function setUp() external {
        vm.warp(1_800_000_000);
        _handler = RightsHandler(deployCode("RightsHandler.sol:RightsHandler"));
        targetContract(address(_handler));
        targetSelector(FuzzSelector({addr: address(_handler), selectors: _handler.actions()}));
    }

    /// @dev Every account to the wei, and what is kept is what the time that is left is worth.
    /// The books are kept for good, so what one call does wrong is still wrong at the next check; the last call of a run
    /// is always checked.
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
    function invariant_WhatIsKeptIsWhatTimeIsWorth() external view {
        _handler.checkLedger();
        _handler.checkKept();
    }

    /// @dev At the end of a run: every licence there ever was, and every model. Then all terms end: nothing is kept.
    function afterInvariant() external {
        for (uint256 i = 0; i < _handler.rightCount(); ++i) {
            _handler.checkRight(i);
            _handler.checkUsers(i);
        }
        for (uint48 modelId = 1; modelId <= _handler.modelCount(); ++modelId) _handler.checkPayee(modelId);
        _handler.endAll();
        _handler.checkLedger();
        _handler.checkKept();
        _handler.checkEmpty();
        _handler.report("RIGHTS");
    }
}
