// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Test} from "forge-std/Test.sol";

import {EscrowHandler} from "./handlers/EscrowHandler.sol";

/// @notice One campaign for deals, disputes, complaints and bonds. What single acts may not do is checked by the handler.
contract EscrowInvariantTest is Test {
    EscrowHandler private _handler;

    function setUp() external {
        vm.warp(1_800_000_000);
        _handler = new EscrowHandler();
        targetContract(address(_handler));
        targetSelector(FuzzSelector({addr: address(_handler), selectors: _handler.actions()}));
    }

    /// @dev Every account to the wei, coin where the books say, and deals that change only by what their parties do.
    function invariant_DealsPayOutWhatTheyTookInOnce() external view {
        _handler.checkLedger();
        _handler.checkDeals();
    }

    /// @dev At the end of a run: every deal there ever was.
    function afterInvariant() external {
        uint256 count = _handler.dealCount();
        for (uint256 i = 0; i < count; ++i) _handler.checkDeal(i);
        _handler.checkOpenPrices();
        _handler.report("ESCROW");
    }
}
