// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {BPS} from "../utils/Bps.sol";

/// @title RevenueSplit
/// @notice How a payment is shared out, for sales settled at once and for deals alike, and how a dispute without a
/// winner is.
library RevenueSplit {
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

    /// @notice The refund half way between what the recipient asks and what the seller offers. Rounds down: the odd
    /// unit stays with the payee.
    function halfWay(uint128 asked, uint128 offered) internal pure returns (uint256 refund) {
        refund = (uint256(asked) + offered) / 2;
    }

    /// @notice The recipient's part of what is left of both prepaid halves when nobody won: each side bears a half, the
    /// seller never more than its bond paid.
    function sharedLeft(uint256 sellerHalf, uint256 left) internal pure returns (uint256 toRecipient) {
        toRecipient = left - Math.min(sellerHalf, left / 2);
    }
}
