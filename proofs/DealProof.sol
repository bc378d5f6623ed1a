// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {DealBounds} from "../contracts/escrow/DealBounds.sol";
import {RevenueSplit} from "../contracts/ledger/RevenueSplit.sol";

/// @notice A payment is shared out without gaining or losing a unit, nobody takes more than the terms allow, and a deal pays out its price.
contract DealProof {
    // claim(invariants#market-and-escrow): The credits of a sale are its price, to the wei: creator, protocol, referrer
    function partsSumToThePayment(uint128 amount, uint16 protocolFeeBps, uint16 referrerBps) external pure {
        require(protocolFeeBps <= DealBounds.MAX_PROTOCOL_FEE_BPS && referrerBps <= DealBounds.MAX_REFERRER_BPS);

        (uint256 toPayee, uint256 toTreasury, uint256 toReferrer) = RevenueSplit.shares(
            amount,
            protocolFeeBps,
            referrerBps
        );

        assert(toPayee + toTreasury + toReferrer == amount);
    }

    // claim(invariants#market-and-escrow): The protocol takes at most a twentieth of a payment and the referrer at most
    //   half of it, each rounded down | the protocol or a referrer, out of the creator's share
    function feesStayWithinTheirBounds(uint128 amount, uint16 protocolFeeBps, uint16 referrerBps) external pure {
        require(protocolFeeBps <= DealBounds.MAX_PROTOCOL_FEE_BPS && referrerBps <= DealBounds.MAX_REFERRER_BPS);
        uint256 whole = amount;

        (uint256 toPayee, uint256 toTreasury, uint256 toReferrer) = RevenueSplit.shares(
            amount,
            protocolFeeBps,
            referrerBps
        );

        // Rounded down, each to less than a unit.
        assert(toTreasury * 10_000 <= whole * protocolFeeBps);
        assert((toTreasury + 1) * 10_000 > whole * protocolFeeBps);
        assert(toReferrer * 10_000 <= whole * referrerBps);
        // At most a twentieth and a half, so that the payee has nine twentieths at the least.
        assert(whole * protocolFeeBps <= whole * 500);
        assert(whole * referrerBps <= whole * 5_000);
        assert(toTreasury * 20 <= whole);
        assert(toReferrer * 2 <= whole);
        assert(toPayee * 20 >= whole * 9);
    }

    // claim(invariants#market-and-escrow): A deal pays out exactly what it took in, once
    /// @dev What `Escrow` does when a deal closes: the refund to the payer, the rest shared out under the deal's own terms.
    function aDealPaysOutItsPrice(
        uint128 price,
        uint128 refund,
        uint16 protocolFeeBps,
        uint16 referrerBps
    ) external pure {
        require(protocolFeeBps <= DealBounds.MAX_PROTOCOL_FEE_BPS && referrerBps <= DealBounds.MAX_REFERRER_BPS);
        require(refund <= price);

        (uint256 toPayee, uint256 toTreasury, uint256 toReferrer) = RevenueSplit.shares(
            price - refund,
            protocolFeeBps,
            referrerBps
        );

        assert(refund + toPayee + toTreasury + toReferrer == price);
        // Nothing is shared of a price that goes back whole, and nobody has more than what stays.
        assert(refund < price || toPayee + toTreasury + toReferrer == 0);
        assert(toPayee <= price - refund);
    }

    // claim(invariants#market-and-escrow): A refund is never more than the payment
    /// @dev The recipient's offer starts at the price and only falls, the seller's starts at nothing and only rises, and a deal whose offers
    /// cross closes: so much the escrow sees to.
    function aRefundLiesBetweenTheOffers(uint128 price, uint128 asked, uint128 offered) external pure {
        require(offered <= asked && asked <= price);

        uint256 sum = uint256(asked) + offered;

        uint256 refund = RevenueSplit.halfWay(asked, offered);

        assert(refund == sum / 2);
        assert(refund >= offered);
        assert(refund <= asked && refund <= price);
        // The odd unit is the payee's.
        assert(sum - refund == refund || sum - refund == refund + 1);
    }

    // claim(invariants#market-and-escrow): A bond is what its owner posted for one offer; the deals of that offer
    //   reserve their part of it, those of another offer never do, and a dispute never increases it
    /// @dev `left` is the fee that came back or was not spent: once the cost, or twice when the arbitrator returned it.
    function nobodyGainsFromADispute(uint96 bond, uint128 cost, bool returned) external pure {
        uint256 sellerHalf = bond < cost ? bond : cost;
        uint256 left = returned ? 2 * uint256(cost) : cost;
        uint256 prepaid = 2 * uint256(cost) - sellerHalf;

        uint256 toRecipient = RevenueSplit.sharedLeft(sellerHalf, left);

        assert(toRecipient <= left);
        assert(left - toRecipient <= sellerHalf);
        assert(toRecipient <= prepaid);
        assert(!returned || toRecipient == prepaid);
    }

    /// @dev The shares are written `unchecked` and proved checked: the product of 128 and 16 bits stays far below 256.
    function noShareOverflows() external pure {
        assert(type(uint128).max <= type(uint256).max / type(uint16).max);
    }
}
