// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IDealOpener} from "../../../../contracts/escrow/IEscrow.sol";

import {MarketActor} from "./MarketActor.sol";

/// @title FalseOpener
/// @notice Opens deals with the escrow that nobody agreed to.
contract FalseOpener is MarketActor, IDealOpener {
    function dealRefunded(uint256, bytes32) external {}
}
