// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Test} from "forge-std/Test.sol";

import {ReputationHandler} from "./handlers/ReputationHandler.sol";

/// @notice One campaign for reviews and metrics. What single actions may not do is checked by the handler.
contract ReputationInvariantTest is Test {
    ReputationHandler private _handler;

    function setUp() external {
        vm.warp(1_800_000_000);
        _handler = ReputationHandler(deployCode("ReputationHandler.sol:ReputationHandler"));
        targetContract(address(_handler));
        targetSelector(FuzzSelector({addr: address(_handler), selectors: _handler.actions()}));
    }

    /// @dev Every account to the wei, and the total of every model is the sum over its reviews.
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
    function invariant_TotalsAreSumsOverReviews() external view {
        _handler.checkLedger();
        _handler.checkTotals();
    }

    /// @dev At the end of a run: every review and every metric there ever was.
    function afterInvariant() external {
        for (uint256 i = 0; i < _handler.licenceCount(); ++i) _handler.checkReview(i);
        for (uint256 i = 0; i < _handler.statementCount(); ++i) _handler.checkStatement(i);
        _handler.report("REPUTATION");
    }
}
