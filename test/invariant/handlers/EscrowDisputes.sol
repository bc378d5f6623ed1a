// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Deal, DealStatus, IEscrow} from "../../../contracts/escrow/IEscrow.sol";
import {Act, Book} from "./EscrowBooks.sol";
import {EscrowStage} from "./EscrowStage.sol";

/// @notice Disputes, rulings, silence, and fees that come back.
abstract contract EscrowDisputes is EscrowStage {
    function _addDisputesActions() internal {
        _action(EscrowDisputes.dispute.selector, "dispute");
        // claim(invariants#market-and-escrow): A refund is never more than the payment
        // claim(invariants#market-and-escrow): An undecided dispute returns both halves as far as the arbitrator gives
        //   its fee back, however late; if the sides agree, the seller gets its half or half of what is left, whichever
        //   is less, and the recipient the rest
        _action(EscrowDisputes.concede.selector, "concede");
        _action(EscrowDisputes.rule.selector, "rule");
        _action(EscrowDisputes.executeRuling.selector, "executeRuling");
        // claim(invariants#market-and-escrow): An undecided dispute returns both halves as far as the arbitrator gives
        //   its fee back, however late; if the sides agree, the seller gets its half or half of what is left, whichever
        //   is less, and the recipient the rest | the side that profits from silence
        _action(EscrowDisputes.fallSilent.selector, "fallSilent");
        // claim(attacks#escrow-dispute-and-arbiters): The fee of a dispute that ended while the arbiters were voting
        //   stuck in the panel for ever: by a proof, by offers that met, or by an arbitrator that kept it when first
        //   asked. Anyone can ask again
        // claim(invariants#market-and-escrow): An undecided dispute returns both halves as far as the arbitrator gives
        //   its fee back, however late; if the sides agree, the seller gets its half or half of what is left, whichever
        //   is less, and the recipient the rest
        _action(EscrowDisputes.reclaimLate.selector, "reclaimLate");
    }

    function dispute(uint256 seed) external counted {
        uint256 index = _make(seed, DealStatus.Delivered, true, false, false);
        if (block.timestamp > _deals[index].complainBy) {
            _attempt(index, Act.Dispute, _deals[index].recipient, 0, false);
            index = _deliver(_buy(seed, true, false, false));
        }
        Deal memory deal = _deals[index];
        _attempt(index, Act.Dispute, deal.seller, 0, false);
        uint256 tooLittle = _needed(deal) - 1;
        vm.prank(deal.recipient);
        try escrow.dispute{value: tooLittle}(deal) {
            _never("a dispute was opened for less than its half");
        } catch (bytes memory reason) {
            assertEq(_selectorOf(reason), IEscrow.Escrow_HalfTooSmall.selector, "half too small");
        }
        _attempt(index, Act.Dispute, deal.recipient, uint128(seed % 5), true);
        _done();
    }

    function concede(uint256 seed, uint128 refund) external counted {
        uint256 index = _undecided(seed);
        Deal memory deal = _deals[index];
        Book memory book = _books[index];
        bool byRecipient = seed % 2 == 0;
        // a third of the offers cross the other side's
        refund = seed % 3 == 0 ? (byRecipient ? book.offered : book.asked) : uint128(_bound(refund, 0, deal.price));
        _attemptAny(index, Act.Concede, byRecipient ? deal.recipient : deal.seller, refund);
        _done();
    }

    function rule(uint256 seed) external counted {
        uint256 index = _undecided(seed);
        if (block.timestamp > _books[index].voteBy) index = _disputed(seed);
        _vote(index, 1 + (seed % 2), seed);
        if (_isClosed(_books[index].status)) _never("a ruling closed a deal");
        _done();
    }

    function executeRuling(uint256 seed) external counted {
        uint256 index = _ruled(seed);
        _attempt(index, Act.ResolveStale, _buyer(seed), 0, false);
        _attempt(index, Act.ExecuteRuling, _buyer(seed), 0, true);
        _done();
    }

    /// @notice The arbiters cannot agree, let their time pass, or are never heard of again.
    function fallSilent(uint256 seed) external counted {
        uint256 index = _undecided(seed);
        if (block.timestamp > _books[index].voteBy) index = _disputed(seed);
        Book storage book = _books[index];
        _attempt(index, Act.ResolveStale, _buyer(seed), 0, false);
        if (seed % 3 == 0) {
            _vote(index, 0, seed);
        } else if (seed % 3 == 1) {
            vm.warp(book.voteBy + 1);
            panel.expire(book.disputeId);
            (book.voted, book.ruled) = (true, true);
        } else {
            vm.warp(book.ruleBy);
            _attempt(index, Act.ResolveStale, _buyer(seed), 0, false);
            vm.warp(block.timestamp + 1);
        }
        _attempt(index, Act.ExecuteRuling, _buyer(seed), 0, false);
        _attempt(index, Act.ResolveStale, _buyer(seed), 0, true);
        _done();
    }

    /// @notice A deal is closed while the arbiters are at work: the fee comes back when they do not decide, and both sides are whole then.
    function reclaimLate(uint256 seed) external counted {
        uint256 index = _feeHeld(seed);
        Book storage book = _books[index];
        if (block.timestamp <= book.voteBy && !book.voted) {
            _attempt(index, Act.ReclaimFee, _buyer(seed), 0, false);
            if (seed % 5 < 2) _vote(index, _mix(seed, 1) % 3, seed);
            else vm.warp(uint256(book.voteBy) + 1);
        }
        // arbiters who decided after the deal was closed have earned the fee
        _attempt(index, Act.ReclaimFee, _buyer(seed), 0, book.ruling == 0);
        _attempt(index, Act.ReclaimFee, _buyer(seed), 0, false);
        _done();
    }
}
