// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IArbitrable} from "../../../../contracts/interfaces/IArbitration.sol";
import {Puppet} from "./Puppet.sol";

/// @title PlainArbitrator
/// @notice The least that ERC-792 asks for: it keeps its fee whatever happens, and rules when it is told to. For tests only.
contract PlainArbitrator is Puppet {
    uint256 public cost;
    uint256 public disputeCount;

    function setCost(uint256 cost_) external {
        cost = cost_;
    }

    function giveRuling(IArbitrable arbitrable, uint256 disputeId, uint256 ruling) external {
        arbitrable.rule(disputeId, ruling);
    }

    function createDispute(uint256, bytes calldata) external payable virtual returns (uint256 disputeId) {
        return ++disputeCount;
    }

    function arbitrationCost(bytes calldata) external view virtual returns (uint256) {
        return cost;
    }
}
