// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Test} from "forge-std/Test.sol";

import {ResaleHandler} from "./handlers/ResaleHandler.sol";

/// @notice One campaign for licences that are sold on, at once and with a new delivery of the key. What single actions
/// may not do is checked by the handler.
contract ResaleInvariantTest is Test {
    ResaleHandler private _handler;

    function setUp() external {
        vm.warp(1_800_000_000);
        _handler = ResaleHandler(deployCode("ResaleHandler.sol:ResaleHandler"));
        targetContract(address(_handler));
        targetSelector(FuzzSelector({addr: address(_handler), selectors: _handler.actions()}));
    }

    /// @dev Every account to the wei, every ask used once, and no licence in the resale but those of open deals.
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
    function invariant_WhatIsSoldIsPaidForOnce() external view {
        _handler.checkLedger();
        _handler.checkAsks();
    }

    /// @dev At the end of a run: every licence and deal there ever was. Then all deals end: nothing is kept.
    function afterInvariant() external {
        for (uint256 i = 0; i < _handler.pieceCount(); ++i) _handler.checkPiece(i);
        for (uint256 i = 0; i < _handler.saleCount(); ++i) _handler.checkSale(i);
        _handler.checkOpenPrices();
        _handler.endAll();
        _handler.checkLedger();
        _handler.checkAsks();
        _handler.checkOpenPrices();
        _handler.report("RESALE");
    }
}
