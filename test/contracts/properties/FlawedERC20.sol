// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

/// @title FlawedERC20
/// @notice A token of every ERC-20 extension with one flaw: flaw n breaks the n-th published property. 0 means no flaw.
/// @dev Anyone may mint and pause: the tests of the properties are its only users.
contract FlawedERC20 is IERC20 {
    uint256 private immutable FLAW;

    uint256 public totalSupply;
    bool public paused;
    mapping(address account => uint256) private _balances;
    mapping(address owner => mapping(address spender => uint256)) public allowance;

    error FlawedERC20_ZeroAddress();
    error FlawedERC20_Paused();
    error FlawedERC20_NotEnough();

    constructor(uint256 flaw) {
        FLAW = flaw;
    }

    function transfer(address to, uint256 amount) external returns (bool) {
        require(to != address(0) || FLAW == 5, FlawedERC20_ZeroAddress());
        require(!paused || FLAW == 22, FlawedERC20_Paused());
        if (FLAW == 7 && to == msg.sender) return _double(msg.sender, amount);
        if (FLAW == 9 && amount > _balances[msg.sender]) amount = _balances[msg.sender];
        if (FLAW == 11 && amount == 0 && _balances[msg.sender] > 0) amount = 1;
        _move(msg.sender, to, amount);
        if (FLAW == 1) --totalSupply;
        if (FLAW == 2) _balances[to] = totalSupply + 1;
        if (FLAW == 3) _balances[to] += 1;
        if (FLAW == 4) _balances[address(0)] += 1;
        if (FLAW == 13) _balances[to] -= amount / 2;
        return true;
    }

    function transferFrom(address from, address to, uint256 amount) external returns (bool) {
        require(to != address(0) || FLAW == 6, FlawedERC20_ZeroAddress());
        require(!paused || FLAW == 23, FlawedERC20_Paused());
        if (FLAW != 17) _spend(from, amount);
        if (FLAW == 8 && from == to) return _double(from, amount);
        if (FLAW == 10 && amount > _balances[from]) amount = _balances[from];
        if (FLAW == 12 && amount == 0) amount = 1;
        _move(from, to, amount);
        if (FLAW == 14) _balances[to] -= amount / 2;
        return true;
    }

    function approve(address spender, uint256 amount) external returns (bool) {
        uint256 before = FLAW == 16 ? allowance[msg.sender][spender] : 0;
        allowance[msg.sender][spender] = FLAW == 15 ? amount / 2 : before + amount;
        emit Approval(msg.sender, spender, amount);
        return true;
    }

    function burn(uint256 amount) external {
        _balances[msg.sender] -= amount;
        if (FLAW != 18) totalSupply -= amount;
    }

    function burnFrom(address from, uint256 amount) external {
        if (FLAW != 20) _spend(from, amount);
        if (FLAW != 19) _balances[from] -= amount;
        totalSupply -= amount;
    }

    function mint(address to, uint256 amount) external {
        _balances[to] += amount;
        if (FLAW != 21) totalSupply += amount;
    }

    function pause() external {
        paused = true;
    }

    function increaseAllowance(address spender, uint256 amount) external {
        allowance[msg.sender][spender] = FLAW == 24 ? amount : allowance[msg.sender][spender] + amount;
    }

    function decreaseAllowance(address spender, uint256 amount) external {
        if (FLAW != 25) allowance[msg.sender][spender] -= amount;
    }

    function balanceOf(address account) external view returns (uint256) {
        return _balances[account];
    }

    function _move(address from, address to, uint256 amount) private {
        require(_balances[from] >= amount, FlawedERC20_NotEnough());
        _balances[from] -= amount;
        _balances[to] += amount;
        emit Transfer(from, to, amount);
    }

    function _double(address account, uint256 amount) private returns (bool) {
        _balances[account] += amount;
        return true;
    }

    function _spend(address from, uint256 amount) private {
        uint256 allowed = allowance[from][msg.sender];
        require(allowed >= amount, FlawedERC20_NotEnough());
        if (allowed != type(uint256).max) allowance[from][msg.sender] = allowed - amount;
    }
}
