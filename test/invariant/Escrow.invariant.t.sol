// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Test} from "forge-std/Test.sol";

import {EscrowHandler} from "./handlers/EscrowHandler.sol";

/// @notice One campaign for deals, disputes, complaints and bonds. What single acts may not do is checked by the handler.
contract EscrowInvariantTest is Test {
    EscrowHandler private _handler;

    function setUp() external {
        vm.warp(1_800_000_000);
        _handler = EscrowHandler(deployCode("EscrowHandler.sol:EscrowHandler"));
        targetContract(address(_handler));
        targetSelector(FuzzSelector({addr: address(_handler), selectors: _handler.actions()}));
    }

    /// @dev Every account to the wei, coin where the books say, and deals that change only by what their parties do.
    /// The books are kept for good, so what one call does wrong is still wrong at the next check; the last call of a run is always checked.
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
    function invariant_DealsPayOutWhatTheyTookInOnce() external view {
        _handler.checkLedger();
        _handler.checkDeals();
    }

    /// @dev At the end of a run: every deal there ever was.
    function afterInvariant() external {
        uint256 count = _handler.dealCount();
        for (uint256 i = 0; i < count; ++i) _handler.checkDeal(i);
        for (uint256 i = 0; i < _handler.offerCount(); ++i) _handler.checkBond(i);
        _handler.checkOpenPrices();
        _handler.report("ESCROW");
    }
}
