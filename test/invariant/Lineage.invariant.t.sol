// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Test} from "forge-std/Test.sol";

import {LineageHandler} from "./handlers/LineageHandler.sol";

/// @notice One campaign for families of models and the accounts that share their income. What single actions may not do
/// is checked by the handler.
contract LineageInvariantTest is Test {
    LineageHandler private _handler;

    function setUp() external {
        vm.warp(1_800_000_000);
        _handler = LineageHandler(deployCode("LineageHandler.sol:LineageHandler"));
        targetContract(address(_handler));
        targetSelector(FuzzSelector({addr: address(_handler), selectors: _handler.actions()}));
    }

    /// @dev Every account to the wei: those of the children, of their parents' payees and of the holders of titles.
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
    function invariant_EveryUnitOfIncomeIsAccountedFor() external view {
        _handler.checkLedger();
    }

    /// @dev At the end of a run: every model and lineage there ever was, and all income arrives.
    function afterInvariant() external {
        _handler.endAll();
        _handler.checkLedger();
        for (uint256 i = 0; i < _handler.childCount(); ++i) _handler.checkChild(i);
        for (uint48 modelId = 1; modelId <= _handler.modelCount(); ++modelId) _handler.checkPayee(modelId);
        _handler.report("LINEAGE");
    }
}
