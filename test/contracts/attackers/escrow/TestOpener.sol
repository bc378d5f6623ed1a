// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IDealOpener} from "../../../../contracts/escrow/IEscrow.sol";
import {Puppet} from "./Puppet.sol";

/// @title TestOpener
/// @notice Opens deals of any shape and hears of their refunds, honestly or not. For tests only.
contract TestOpener is Puppet, IDealOpener {
    /// @notice What it does when it hears of a refund.
    enum OnRefund {
        Listen,
        Refuse,
        BurnGas,
        Reenter
    }

    /// @notice It was told of a refund.
    event RefundHeard(uint256 id, bytes32 termsHash);

    OnRefund public onRefund;

    receive() external payable {}

    function setOnRefund(OnRefund what) external {
        onRefund = what;
    }

    function dealRefunded(uint256 id, bytes32 termsHash) external {
        require(onRefund != OnRefund.Refuse, Puppet_Refused());
        if (onRefund == OnRefund.BurnGas) _burnGas();
        if (onRefund == OnRefund.Reenter) _reenter();
        emit RefundHeard(id, termsHash);
    }
}
