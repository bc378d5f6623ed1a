// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

import {NATIVE} from "../utils/Native.sol";
import {Credit, IRevenueLedger} from "./IRevenueLedger.sol";

/// @title RevenueLedger
/// @notice Pull payments for the whole protocol. See {IRevenueLedger}.
/// @dev Invariants: `totalOwed(token)` is the sum of all balances and never above what is held, for every token that
/// keeps its balances; a balance falls only by `move` or `withdraw` of its own account. The guard matters: between the
/// books of a withdrawal and its transfer the tokens are unaccounted for, and a token's callback must not be able to
/// credit them to itself.
contract RevenueLedger is IRevenueLedger, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    mapping(address token => mapping(address account => uint256 amount)) private _balances;
    mapping(address token => uint256 amount) private _owed;

    /// @inheritdoc IRevenueLedger
    /// @dev `nonReentrantView`: closed while a withdrawal is under way. The guard is not raised for this call (250
    /// gas), because the only one that it makes is static.
    function credit(address token, Credit[] calldata credits) external payable nonReentrantView {
        require(msg.value == 0 || token == NATIVE, RevenueLedger_UnexpectedValue(msg.value));

        uint256 owed = _owed[token] + _add(token, credits);
        uint256 held = token == NATIVE ? address(this).balance : IERC20(token).balanceOf(address(this));
        require(owed <= held, RevenueLedger_Unbacked(token, owed, held));

        _owed[token] = owed;
    }

    /// @inheritdoc IRevenueLedger
    /// @dev `nonReentrantView`, because it makes no call.
    function move(address token, Credit[] calldata credits) external nonReentrantView {
        uint256 balance = _balances[token][msg.sender];
        uint256 sum = _add(token, credits);
        require(balance >= sum, RevenueLedger_InsufficientBalance(token, msg.sender, balance, sum));
        // read again: the caller may be among the credited
        _balances[token][msg.sender] -= sum;

        emit Moved(token, msg.sender, sum);
    }

    /// @inheritdoc IRevenueLedger
    function withdraw(address token) external nonReentrant returns (uint256 amount) {
        amount = _balances[token][msg.sender];
        _pay(token, msg.sender, amount);
    }

    /// @inheritdoc IRevenueLedger
    function withdrawTo(address token, address to, uint256 amount) external nonReentrant {
        require(to != address(0), RevenueLedger_ZeroAccount());
        _pay(token, to, amount);
    }

    /// @inheritdoc IRevenueLedger
    function balanceOf(address token, address account) external view returns (uint256) {
        return _balances[token][account];
    }

    /// @inheritdoc IRevenueLedger
    function totalOwed(address token) external view returns (uint256) {
        return _owed[token];
    }

    function _add(address token, Credit[] calldata credits) private returns (uint256 sum) {
        mapping(address account => uint256 amount) storage balances = _balances[token];
        uint256 count = credits.length;
        for (uint256 i = 0; i < count; ++i) {
            Credit calldata item = credits[i];
            (address account, uint256 amount) = (item.account, item.amount);
            require(account != address(0), RevenueLedger_ZeroAccount());
            sum += amount;
            balances[account] += amount;
            emit Credited(token, account, amount);
        }
    }

    function _subtract(address token, uint256 amount) private {
        uint256 balance = _balances[token][msg.sender];
        require(balance >= amount, RevenueLedger_InsufficientBalance(token, msg.sender, balance, amount));
        _balances[token][msg.sender] = balance - amount;
    }

    function _pay(address token, address to, uint256 amount) private {
        require(amount != 0, RevenueLedger_NothingToWithdraw(token, msg.sender));

        _subtract(token, amount);
        _owed[token] -= amount;
        emit Withdrawn(token, msg.sender, to, amount);

        if (token == NATIVE) {
            (bool accepted, ) = to.call{value: amount}("");
            require(accepted, RevenueLedger_ReceiverRefused(to, amount));
        } else {
            IERC20(token).safeTransfer(to, amount);
        }
    }
}
