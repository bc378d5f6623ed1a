// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @title TwoDoorToken
/// @notice A token whose balances answer at two addresses, as those of some old tokens and of the coin of some chains do. For tests only.
contract TwoDoorToken is ERC20 {
    /// @notice The second address.
    SecondDoor public immutable SECOND;

    /// @notice Only the second address may move what the first holds for others.
    error TwoDoorToken_NotTheSecond();

    constructor() ERC20("Two Doors", "DOOR") {
        SECOND = new SecondDoor(this);
    }

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    function move(address from, address to, uint256 amount) external {
        require(msg.sender == address(SECOND), TwoDoorToken_NotTheSecond());
        _transfer(from, to, amount);
    }
}

/// @title SecondDoor
/// @notice The second address of a token. For tests only.
contract SecondDoor {
    TwoDoorToken public immutable FIRST;

    constructor(TwoDoorToken first) {
        FIRST = first;
    }

    function transfer(address to, uint256 amount) external returns (bool) {
        FIRST.move(msg.sender, to, amount);
        return true;
    }

    function balanceOf(address account) external view returns (uint256) {
        return FIRST.balanceOf(account);
    }
}
