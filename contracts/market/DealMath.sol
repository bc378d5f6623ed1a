// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title DealMath
/// @notice How a payment is shared out. Used for sales settled at once and for deals alike.
library DealMath {
    uint256 private constant BPS = 10_000;

    /// @notice Splits `amount` into three parts whose sum is `amount`. Shares round down, in the payee's favour.
    /// @dev Both shares together are at most 10,000 basis points; callers bound them by constants.
    function shares(
        uint256 amount,
        uint256 protocolFeeBps,
        uint256 referrerBps
    ) internal pure returns (uint256 toPayee, uint256 toTreasury, uint256 toReferrer) {
        toTreasury = (amount * protocolFeeBps) / BPS;
        toReferrer = (amount * referrerBps) / BPS;
        toPayee = amount - toTreasury - toReferrer;
    }
}
