// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @notice A subscription that can be cancelled, by the words of the documentation: its time, its money and its fee.
library KeptTerm {
    struct Term {
        uint256 price;
        uint256 period;
        uint256 feeBps;
        uint256 expiresAt;
        uint256 releasedTo;
        uint256 keptTo;
        // of all that was bought and did not come back
        uint256 feeDue;
        uint256 toTreasury;
    }

    /// @notice What the time that is left is worth.
    function held(Term storage term) internal view returns (uint256) {
        return term.period == 0 ? 0 : (term.price * (term.expiresAt - term.releasedTo)) / term.period;
    }

    /// @notice Whether it lapsed with something that is not released yet.
    function hasEarned(Term storage term) internal view returns (bool) {
        return block.timestamp > term.expiresAt && term.releasedTo != term.expiresAt;
    }

    function endAfter(Term storage term, uint256 periods) internal view returns (uint256) {
        return (term.expiresAt < block.timestamp ? block.timestamp : term.expiresAt) + periods * term.period;
    }

    /// @notice Buys periods: at first, again after a lapse, or on top.
    function add(Term storage term, uint256 periods) internal {
        if (term.expiresAt < block.timestamp) {
            (term.expiresAt, term.releasedTo) = (block.timestamp, block.timestamp);
            // a thirtieth, and at least an hour, is paid for in any case
            term.keptTo = block.timestamp + (term.period < 30 hours ? 1 hours : term.period / 30);
        }
        uint256 before = held(term);
        term.expiresAt += periods * term.period;
        term.feeDue += feeOf(term, held(term)) - feeOf(term, before);
    }

    /// @notice Releases what the time up to now has earned, and ends the term now or when the part that is kept is over.
    /// @return amount What was released, the fee included.
    function pass(Term storage term, bool ends) internal returns (uint256 amount, uint256 fee, uint256 refund) {
        uint256 until = ends && block.timestamp < term.keptTo ? term.keptTo : block.timestamp;
        if (until > term.expiresAt) until = term.expiresAt;
        amount = held(term);
        if (until > term.releasedTo) term.releasedTo = until;
        uint256 left = held(term);
        amount -= left;
        if (ends) {
            (refund, term.expiresAt) = (left, term.releasedTo);
            term.feeDue -= feeOf(term, left);
        }
        // the treasury has the fee of what did not come back, less that of what is still held
        fee = term.feeDue - feeOf(term, held(term)) - term.toTreasury;
        term.toTreasury += fee;
    }

    function feeOf(Term storage term, uint256 amount) internal view returns (uint256) {
        return (amount * term.feeBps) / 10_000;
    }
}
