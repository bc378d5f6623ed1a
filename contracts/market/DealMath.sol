// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title DealMath
/// @notice How a payment is shared out. Used for sales settled at once and for deals alike.
library DealMath {
    uint256 private constant BPS = 10_000;

    /// @notice Splits `amount` into three parts whose sum is `amount`. Shares round down, in the payee's favour.
    /// @dev Both shares together are at most 10,000 basis points; callers bound them by constants.
    function shares(
        uint128 amount,
        uint16 protocolFeeBps,
        uint16 referrerBps
    ) internal pure returns (uint256 toPayee, uint256 toTreasury, uint256 toReferrer) {
        unchecked {
            // a product of 128 and 16 bits; what the checks cost is in the bench of `escrow.settle`
            toTreasury = (uint256(amount) * protocolFeeBps) / BPS;
            toReferrer = (uint256(amount) * referrerBps) / BPS;
        }
        toPayee = amount - toTreasury - toReferrer;
    }
}
