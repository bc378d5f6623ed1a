// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";

import {ITreasuryPointer} from "./ITreasuryPointer.sol";

/// @title TreasuryPointer
/// @notice Changes the treasury of a contract. See {ITreasuryPointer}.
/// @dev The contract itself keeps the address, in whichever slot it reads anyway.
abstract contract TreasuryPointer is AccessManaged, ITreasuryPointer {
    /// @inheritdoc ITreasuryPointer
    function setTreasury(address treasury_) external restricted {
        _setTreasury(treasury_);
    }

    function _setTreasury(address treasury_) internal {
        require(treasury_ != address(0), TreasuryPointer_ZeroAddress());
        _storeTreasury(treasury_);
        emit TreasurySet(treasury_);
    }

    function _storeTreasury(address treasury_) internal virtual;
}
