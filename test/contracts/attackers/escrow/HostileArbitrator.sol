// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IArbitrable} from "../../../../contracts/interfaces/IArbitration.sol";
import {Messenger} from "./Messenger.sol";
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

    /// @notice Makes a call, and sends one wei to the same contract in the same transaction.
    function executeThenPay(address target, bytes calldata data) external payable {
        (bool done, ) = target.call(data);
        require(done, Puppet_Refused());
        (bool accepted, bytes memory refusal) = target.call{value: 1}("");
        if (!accepted) {
            assembly ("memory-safe") {
                revert(add(refusal, 0x20), mload(refusal))
            }
        }
    }

    function reclaimFee(uint256) external {
        require(onReclaim != OnReclaim.Refuse, Puppet_Refused());
        if (onReclaim == OnReclaim.BurnGas) _burnGas();
        if (onReclaim == OnReclaim.Reenter) _reenter();
        if (onReclaim == OnReclaim.Return) _send(msg.sender, returned);
        if (onReclaim == OnReclaim.ReturnThroughAnother) new Messenger{value: returned}(msg.sender);
    }

    function createDispute(uint256, bytes calldata) external payable override returns (uint256 disputeId) {
        require(onCreate != OnCreate.Refuse, Puppet_Refused());
        if (onCreate == OnCreate.OldId) return disputeCount;
        disputeId = ++disputeCount;
        if (onCreate == OnCreate.Reenter) _reenter();
        if (onCreate == OnCreate.RuleAtOnce) {
            (reentered, answer) = msg.sender.call(abi.encodeCall(IArbitrable.rule, (disputeId, 1)));
        }
    }

    function arbitrationCost(bytes calldata) external view override returns (uint256) {
        require(!costFails, Puppet_Refused());
        return cost;
    }

    function _send(address to, uint256 amount) private {
        (bool accepted, ) = to.call{value: amount}("");
        require(accepted, Puppet_Refused());
    }
}
