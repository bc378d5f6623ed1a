// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

import {Hop, IExchange} from "../exchange/IExchange.sol";
import {IRevenueLedger} from "../ledger/IRevenueLedger.sol";
import {CreditList, LedgerCall} from "../ledger/LedgerCall.sol";
import {NATIVE} from "../utils/Native.sol";
import {SwapPayment} from "./IMarket.sol";
import {OfferBook, Parts} from "./OfferBook.sol";
import {Line} from "./OfferTerms.sol";

/// @title Checkout
/// @notice How a price reaches the ledger: from an allowance, by permit, out of another token, or as native coin; and
/// how change returns.
/// @dev Invariant: no token and no coin of a purchase stays here between calls. What is sent outside of a purchase
/// belongs to nobody.
abstract contract Checkout is OfferBook {
    using SafeERC20 for IERC20;

    /// @notice Where income is credited.
    IRevenueLedger public immutable LEDGER;
    /// @notice Where other tokens are turned into an offer's.
    IExchange public immutable EXCHANGE;

    /// @param parts The contracts that a sale goes through.
    constructor(Parts memory parts) {
        (LEDGER, EXCHANGE) = (parts.ledger, parts.exchange);
        // reverts where there is no ledger: later calls skip the check that there is code
        parts.ledger.totalOwed(NATIVE);
    }

    /// @notice Accepts native coin only from the exchange: the proceeds of a swap, or its change.
    receive() external payable {
        require(msg.sender == address(EXCHANGE), Market_UnexpectedCoin(msg.sender));
    }

    /// @dev Moves the price to the ledger, which refuses to credit more than arrived.
    function _collect(address token, address payer, uint256 amount) internal {
        if (amount != 0) IERC20(token).safeTransferFrom(payer, address(LEDGER), amount);
    }

    /// @dev Swaps another token into the offer's price: ERC-20 straight to the ledger, native coin to this contract,
    /// which credits it.
    function _swap(Line memory line, SwapPayment calldata payment, address payer) internal returns (uint256 spent) {
        (address payToken, uint256 price) = (line.offer.payToken, line.price);
        require(price != 0 && _endsIn(payToken, payment.hops), Market_WrongPath(payToken));
        uint256 bound = payment.tokenIn == NATIVE ? payment.maxSpent : 0;
        require(msg.value == bound, Market_WrongValue(msg.value, bound));

        if (payment.tokenIn != NATIVE) bound = _pullForSwap(price, payment, payer);
        spent = EXCHANGE.swapExactOut{value: msg.value}(
            payment.tokenIn,
            payment.hops,
            price,
            bound,
            payToken == NATIVE ? address(this) : address(LEDGER),
            payment.deadline
        );
        if (payment.tokenIn != NATIVE && spent < bound) _returnUnspent(payment.tokenIn, payer, bound - spent);
    }

    function _endsIn(address token, Hop[] calldata hops) private pure returns (bool) {
        return hops.length != 0 && address(uint160(Hop.unwrap(hops[hops.length - 1]))) == token;
    }

    /// @dev What the quote says is what the swap takes, unless the token itself moves the pool in between.
    function _pullForSwap(uint256 price, SwapPayment calldata payment, address payer) private returns (uint256 needed) {
        IERC20 token = IERC20(payment.tokenIn);
        needed = EXCHANGE.quoteExactOut(address(token), payment.hops, price);
        require(needed <= payment.maxSpent, Market_SwapAboveBound(needed, payment.maxSpent));

        token.safeTransferFrom(payer, address(this), needed);
        token.forceApprove(address(EXCHANGE), needed);
    }

    /// @dev A token that calls its holder back can make the pool cheaper between the quote and the swap.
    function _returnUnspent(address token, address payer, uint256 amount) private {
        IERC20(token).forceApprove(address(EXCHANGE), 0);
        IERC20(token).safeTransfer(payer, amount);
    }

    /// @dev Change that the payer rejects is credited to their ledger balance.
    function _returnNative(address payer, uint256 amount) internal {
        (bool accepted, ) = payer.call{value: amount}("");
        if (accepted) return;
        CreditList credits = LedgerCall.allocate(1);
        credits.add(payer, amount);
        credits.credit(LEDGER, NATIVE, amount);
    }
}
