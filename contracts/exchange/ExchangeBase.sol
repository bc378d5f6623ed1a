// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ERC6909} from "@openzeppelin/contracts/token/ERC6909/ERC6909.sol";
import {IERC3156FlashBorrower} from "@openzeppelin/contracts/interfaces/IERC3156FlashBorrower.sol";
import {LowLevelCall} from "@openzeppelin/contracts/utils/LowLevelCall.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

import {NATIVE} from "../utils/Native.sol";
import {ExchangeSettings} from "./ExchangeSettings.sol";
import {IExchange, PoolKey} from "./IExchange.sol";
import {Pool} from "./PoolState.sol";

/// @title ExchangeBase
/// @notice What swaps, liquidity and loans share: where a pool lies, and how tokens come in and go out.
abstract contract ExchangeBase is ExchangeSettings, ERC6909, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    /// @dev Highest reserve of a pool.
    uint256 internal constant MAX_RESERVE = type(uint112).max;

    bytes32 private constant CALLBACK_SUCCESS = keccak256("ERC3156FlashBorrower.onFlashLoan");

    mapping(address token => uint256 amount) internal _protocolOwed;

    modifier valid(address recipient, uint256 deadline) {
        _requireValid(recipient, deadline);
        _;
    }

    /// @inheritdoc IExchange
    function poolIdOf(PoolKey calldata key) public pure returns (uint256 poolId) {
        return _poolId(key.token0, key.token1, key.feeBps);
    }

    function _poolId(address token0, address token1, uint256 feeBps) internal pure returns (uint256) {
        return uint256(keccak256(abi.encode(token0, token1, feeBps)));
    }

    /// @dev A pool lies at the slot that its id names: the id is a hash of three words, which no mapping here hashes,
    /// so that going through one would only cost two more hashes for each hop.
    function _poolAt(uint256 poolId) internal pure returns (Pool storage pool) {
        assembly ("memory-safe") {
            pool.slot := poolId
        }
    }

    /// @dev Takes `amount` from the caller, as value or by allowance, and returns what arrived.
    function _take(address token, uint256 amount) internal returns (uint256 received) {
        uint256 value = token == NATIVE ? amount : 0;
        require(msg.value == value, Exchange_WrongValue(msg.value, value));
        received = token == NATIVE ? amount : _pull(token, msg.sender, amount);
        require(received != 0, Exchange_ZeroAmount());
    }

    /// @dev Never credits more than was asked for: a surplus that arrives during the call is credited to nobody.
    function _pull(address token, address payer, uint256 amount) internal returns (uint256 received) {
        (received, ) = _pullAndMeasure(token, payer, amount);
    }

    function _pullExactly(address token, address payer, uint256 amount) internal returns (uint256 balance) {
        uint256 received;
        (received, balance) = _pullAndMeasure(token, payer, amount);
        require(received == amount, Exchange_TokenTookFee(token, received, amount));
    }

    function _pullAndMeasure(
        address token,
        address payer,
        uint256 amount
    ) private returns (uint256 received, uint256 balance) {
        uint256 balanceBefore = _balanceOf(token);
        IERC20(token).safeTransferFrom(payer, address(this), amount);
        balance = _balanceOf(token);
        received = balance > balanceBefore ? Math.min(balance - balanceBefore, amount) : 0;
    }

    function _send(address token, address recipient, uint256 amount) internal {
        if (token != NATIVE) {
            IERC20(token).safeTransfer(recipient, amount);
        } else {
            bool sent = LowLevelCall.callNoReturn(recipient, amount, "");
            require(sent, Exchange_NativeTransferFailed(recipient, amount));
        }
    }

    function _callBack(
        IERC3156FlashBorrower receiver,
        address token,
        uint256 amount,
        uint256 fee,
        bytes memory data
    ) internal {
        bytes32 answer = receiver.onFlashLoan(msg.sender, token, amount, fee, data);
        require(answer == CALLBACK_SUCCESS, Exchange_CallbackRefused(address(receiver)));
    }

    function _requireValid(address recipient, uint256 deadline) private view {
        require(block.timestamp <= deadline, Exchange_Expired(deadline, block.timestamp));
        require(recipient != address(0) && recipient != address(this), Exchange_BadRecipient(recipient));
    }

    function _balanceOf(address token) internal view returns (uint256) {
        return IERC20(token).balanceOf(address(this));
    }
}
