// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IERC3156FlashBorrower} from "@openzeppelin/contracts/interfaces/IERC3156FlashBorrower.sol";
import {IERC3156FlashLender} from "@openzeppelin/contracts/interfaces/IERC3156FlashLender.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {NATIVE} from "../utils/Native.sol";
import {ExchangeBase} from "./ExchangeBase.sol";

/// @title ExchangeLoans
/// @notice Flash loans (ERC-3156) of all that the Exchange holds of a token. The fee belongs to the protocol.
abstract contract ExchangeLoans is ExchangeBase {
    using SafeERC20 for IERC20;

    uint256 private constant PIPS = 1_000_000;

    /// @inheritdoc IERC3156FlashLender
    /// @dev Anyone may call, on a receiver that agrees. Reverts with {Exchange_LoanAboveBalance},
    /// {Exchange_ZeroAmount}, {Exchange_CallbackRefused}, with {Exchange_TokenTookFee} when less than loan and fee is
    /// pulled, and with {Exchange_LoanNotRepaid} when the balance has not grown by the fee. Emits {FlashFeePaid} when
    /// there is a fee; a loan without one shows in the token's own events.
    function flashLoan(
        IERC3156FlashBorrower receiver,
        address token,
        uint256 amount,
        bytes calldata data
    ) external nonReentrant returns (bool) {
        uint256 fee = flashFee(token, amount);
        uint256 balance = _balanceOf(token);
        require(amount != 0, Exchange_ZeroAmount());
        require(amount <= balance, Exchange_LoanAboveBalance(token, amount, balance));

        if (fee != 0) {
            _protocolOwed[token] += fee;
            emit FlashFeePaid(address(receiver), token, amount, fee);
        }

        IERC20(token).safeTransfer(address(receiver), amount);
        _callBack(receiver, token, amount, fee, data);
        uint256 balanceAfter = _pullExactly(token, address(receiver), amount + fee);
        require(balanceAfter >= balance + fee, Exchange_LoanNotRepaid(token, balanceAfter, balance + fee));
        return true;
    }

    /// @inheritdoc IERC3156FlashLender
    /// @dev Rounded up. Reverts with {Exchange_NativeNotAccepted} for the native coin.
    function flashFee(address token, uint256 amount) public view returns (uint256) {
        require(token != NATIVE, Exchange_NativeNotAccepted());
        uint256 feePips = _settings.flashFeePips;
        return feePips == 0 ? 0 : Math.mulDiv(amount, feePips, PIPS, Math.Rounding.Ceil);
    }

    /// @inheritdoc IERC3156FlashLender
    /// @dev All that the Exchange holds of the token; 0 for the native coin and during a callback.
    function maxFlashLoan(address token) external view returns (uint256) {
        if (token.code.length == 0 || _reentrancyGuardEntered()) return 0;
        return _balanceOf(token);
    }
}
