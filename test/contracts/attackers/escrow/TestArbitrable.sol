// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IArbitrable} from "../../../../contracts/interfaces/IArbitration.sol";
import {Puppet} from "./Puppet.sol";

/// @title TestArbitrable
/// @notice Opens disputes and receives their rulings, or refuses ruling and fee. For tests only.
contract TestArbitrable is Puppet, IArbitrable {
    bool public refusesRuling;
    bool public takesCoin;
    uint256 public rulings;

    receive() external payable {
        require(takesCoin, Puppet_Refused());
        _reenter();
    }

    function configure(bool refusesRuling_, bool takesCoin_) external {
        (refusesRuling, takesCoin) = (refusesRuling_, takesCoin_);
    }

    function rule(uint256 disputeId, uint256 ruling) external {
        require(!refusesRuling, Puppet_Refused());
        ++rulings;
        emit Ruling(msg.sender, disputeId, ruling);
        _reenter();
    }
}
