// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @title FallbackToken
/// @notice Like the first wrapped coins: it has no `permit`, yet a call of it succeeds, because the fallback takes anything.
contract FallbackToken is ERC20 {
    constructor() ERC20("Fallback", "FALL") {}

    fallback() external {}

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }
}
