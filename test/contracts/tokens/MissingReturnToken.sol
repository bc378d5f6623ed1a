// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title MissingReturnToken
/// @notice A token of the years before ERC-20 was final: `transfer`, `transferFrom` and `approve` return nothing.
contract MissingReturnToken {
    mapping(address account => uint256) public balanceOf;
    mapping(address owner => mapping(address spender => uint256)) public allowance;

    error MissingReturnToken_TooLittle(uint256 has, uint256 needed);

    function mint(address to, uint256 amount) external {
        balanceOf[to] += amount;
    }

    function approve(address spender, uint256 amount) external {
        allowance[msg.sender][spender] = amount;
    }

    function transfer(address to, uint256 amount) external {
        _move(msg.sender, to, amount);
    }

    function transferFrom(address from, address to, uint256 amount) external {
        uint256 allowed = allowance[from][msg.sender];
        require(allowed >= amount, MissingReturnToken_TooLittle(allowed, amount));
        if (allowed != type(uint256).max) allowance[from][msg.sender] = allowed - amount;
        _move(from, to, amount);
    }

    function _move(address from, address to, uint256 amount) private {
        uint256 balance = balanceOf[from];
        require(balance >= amount, MissingReturnToken_TooLittle(balance, amount));
        balanceOf[from] = balance - amount;
        balanceOf[to] += amount;
    }
}
