// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Test} from "forge-std/Test.sol";

import {CrossHandler} from "./handlers/CrossHandler.sol";

/// @notice One campaign across all domains: market, escrow, Exchange and government together, with thieves among them.
contract ProtocolInvariantTest is Test {
    CrossHandler private _handler;

    function setUp() external {
        vm.warp(1_800_000_000);
        _handler = CrossHandler(deployCode("CrossHandler.sol:CrossHandler"));
        targetContract(address(_handler));
        targetSelector(FuzzSelector({addr: address(_handler), selectors: _handler.actions()}));
    }

    /// @dev Money, deals, pools, votes and rules. The books are kept for good, so what one call does wrong is still wrong at the next check; the
    /// last call of a run is always checked.
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
    function invariant_NobodyGainsAcrossDomains() external view {
        _handler.checkLedger();
        _handler.checkMoney();
        _handler.checkOpenDeals();
        _handler.checkKept();
        _handler.checkMeters();
        _handler.checkExchange();
        _handler.checkVotes();
        _handler.checkRules();
    }

    function afterInvariant() external {
        _handler.report("CROSS");
    }
}
