// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {RateLimiter} from "@openzeppelin/contracts/utils/RateLimiter.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

import {ICitizenRegistry, LAST_PHASE} from "../identity/ICitizenRegistry.sol";
import {BPS} from "../utils/Bps.sol";
import {NATIVE} from "../utils/Native.sol";
import {IIncomeSource, ITreasury} from "./ITreasury.sol";

/// @title Treasury
/// @notice See {ITreasury}: purpose, invariant, trusted parties.
contract Treasury is ITreasury, AccessManaged, ReentrancyGuardTransient {
    using RateLimiter for RateLimiter.SlidingWindow;
    using SafeERC20 for IERC20;

    /// @notice What may leave within the window while the DAO is young.
    uint256 public constant EARLY_LIMIT_BPS = 100;
    /// @notice The window of that limit.
    uint48 public constant EARLY_WINDOW = 30 days;

    /// @notice Says in which phase the DAO is.
    ICitizenRegistry public immutable REGISTRY;
    /// @notice Where the protocol credits its income.
    IIncomeSource public immutable LEDGER;

    RateLimiter.SlidingWindow private _paid;

    /// @param authority The Authority that says who may pay.
    /// @param registry The registry of citizens.
    /// @param ledger The ledger that holds the treasury's income.
    constructor(address authority, ICitizenRegistry registry, IIncomeSource ledger) AccessManaged(authority) {
        REGISTRY = registry;
        LEDGER = ledger;
        // the limit depends on the balance and is checked where money leaves; the window only counts
        _paid.updateSettings(EARLY_WINDOW, type(uint208).max);
    }

    /// @notice Takes native coin from anyone.
    receive() external payable {
        emit Received(msg.sender, msg.value);
    }

    /// @inheritdoc ITreasury
    function pay(address token, address to, uint256 amount) external restricted nonReentrant {
        require(to != address(0), Treasury_ZeroRecipient());
        uint256 held = _balanceOf(token);
        require(amount <= held, Treasury_InsufficientBalance(token, held, amount));
        if (REGISTRY.phase() < LAST_PHASE) {
            uint256 allowed = _allowed(token, held);
            require(amount <= allowed, Treasury_EarlyLimit(token, amount, allowed));
            _paid.consume(_keyOf(token), amount);
        }

        emit Paid(token, to, amount);
        if (token == NATIVE) {
            (bool sent, ) = to.call{value: amount}("");
            require(sent, Treasury_RecipientRefused(to, amount));
        } else {
            IERC20(token).safeTransfer(to, amount);
        }
    }

    /// @inheritdoc ITreasury
    function collect(address token) external nonReentrant returns (uint256 amount) {
        amount = LEDGER.withdraw(token);
        emit Collected(token, amount);
    }

    /// @inheritdoc ITreasury
    function available(address token) external view returns (uint256) {
        uint256 held = _balanceOf(token);
        return REGISTRY.phase() < LAST_PHASE ? _allowed(token, held) : held;
    }

    /// @dev One percent of what would be there without the window's payments, less those payments.
    function _allowed(address token, uint256 held) private view returns (uint256) {
        uint256 used = _paid.used(_keyOf(token));
        return Math.saturatingSub(((held + used) * EARLY_LIMIT_BPS) / BPS, used);
    }

    function _balanceOf(address token) private view returns (uint256) {
        return token == NATIVE ? address(this).balance : IERC20(token).balanceOf(address(this));
    }

    function _keyOf(address token) private pure returns (bytes32) {
        return bytes32(uint256(uint160(token)));
    }
}
