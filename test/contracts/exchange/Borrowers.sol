// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC3156FlashBorrower} from "@openzeppelin/contracts/interfaces/IERC3156FlashBorrower.sol";

/// @notice Borrows and gives back, having approved the lender beforehand.
contract IdleBorrower is IERC3156FlashBorrower {
    bytes32 private constant SUCCESS = keccak256("ERC3156FlashBorrower.onFlashLoan");

    address private immutable _LENDER;

    constructor(address lender) {
        _LENDER = lender;
    }

    function approve(address token) external {
        IERC20(token).approve(_LENDER, type(uint256).max);
    }

    function onFlashLoan(address, address, uint256, uint256, bytes calldata) external pure returns (bytes32) {
        return SUCCESS;
    }
}
