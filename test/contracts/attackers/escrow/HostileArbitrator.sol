// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IArbitrable} from "../../../../contracts/court/IArbitration.sol";
import {PlainArbitrator} from "./PlainArbitrator.sol";

/// @title HostileArbitrator
/// @notice An arbitrator with every bad habit, one at a time. For tests only.
contract HostileArbitrator is PlainArbitrator {
    /// @notice What it does when a dispute is opened.
    enum OnCreate {
        Obey,
        OldId,
        RuleAtOnce,
        Refuse,
        Reenter
    }

    /// @notice What it does when its fee is reclaimed.
    enum OnReclaim {
        KeepAll,
        Return,
        BurnGas,
        Refuse,
        Reenter,
        ReturnThroughAnother
    }

    OnCreate public onCreate;
    OnReclaim public onReclaim;
    uint256 public returned;
    bool public costFails;

    receive() external payable {}

    function setOnCreate(OnCreate what) external {
        onCreate = what;
    }

    /// @param amount What it gives back, in wei, if it does.
    function setOnReclaim(OnReclaim what, uint256 amount) external {
        (onReclaim, returned) = (what, amount);
    }

    function setCostFails(bool fails) external {
        costFails = fails;
    }

    function reclaimFee(uint256) external {
        require(onReclaim != OnReclaim.Refuse, "refused");
        if (onReclaim == OnReclaim.BurnGas) _burnGas();
        if (onReclaim == OnReclaim.Reenter) _reenter();
        if (onReclaim == OnReclaim.Return) _send(msg.sender, returned);
        if (onReclaim == OnReclaim.ReturnThroughAnother) new Messenger{value: returned}(msg.sender);
    }

    function createDispute(uint256, bytes calldata) external payable override returns (uint256 disputeId) {
        require(onCreate != OnCreate.Refuse, "refused");
        if (onCreate == OnCreate.OldId) return disputeCount;
        disputeId = ++disputeCount;
        if (onCreate == OnCreate.Reenter) _reenter();
        if (onCreate == OnCreate.RuleAtOnce) {
            (reentered, answer) = msg.sender.call(abi.encodeCall(IArbitrable.rule, (disputeId, 1)));
        }
    }

    function arbitrationCost(bytes calldata) external view override returns (uint256) {
        require(!costFails, "no cost");
        return cost;
    }

    function _send(address to, uint256 amount) private {
        (bool accepted, ) = to.call{value: amount}("");
        require(accepted, "coin refused");
    }
}

/// @title Messenger
/// @notice Passes coin on while it is created, so that the coin comes from an address that nobody named. For tests only.
contract Messenger {
    constructor(address to) payable {
        (bool accepted, ) = to.call{value: msg.value}("");
        require(accepted, "coin refused");
    }
}
