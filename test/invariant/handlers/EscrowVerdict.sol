// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Deal, DealStatus, IEscrow} from "../../../contracts/escrow/IEscrow.sol";
import {Act, Book, EscrowBooks} from "./EscrowBooks.sol";

/// @notice The published table of states: which act the escrow must allow, and who receives what.
abstract contract EscrowVerdict is EscrowBooks {
    // claim(invariants#market-and-escrow): Every action succeeds exactly when the table of states allows it, for any
    //   caller at any time | anyone who acts after a deadline or in somebody else's name
    // claim(invariants#market-and-escrow): While a version is proven defective, no deal of it closes except with the
    //   whole price for the payer, whatever was ruled or offered before; only a deal whose complaint window ended
    //   before the proof is still settled
    function _allows(uint256 index, Act act, address caller, uint128 refund) internal view returns (bool) {
        Deal storage deal = _deals[index];
        Book storage book = _books[index];
        DealStatus status = book.status;
        uint256 proven = _defectiveAt[deal.versionId];
        uint256 time = block.timestamp;
        // no scalar opens a worthless pad
        if (act == Act.Deliver) return status == DealStatus.Open && time <= deal.deliverBy && book.scalar != 0;
        if (act == Act.Decline) return status == DealStatus.Open && caller == deal.seller;
        if (act == Act.RefundUndelivered) return status == DealStatus.Open && time > deal.deliverBy;
        if (act == Act.Accept) return status == DealStatus.Delivered && caller == deal.recipient && proven == 0;
        if (act == Act.RefundBySeller) return status == DealStatus.Delivered && caller == deal.seller;
        if (act == Act.RefundDefective || act == Act.Settle) {
            bool refundable = proven != 0 && (status != DealStatus.Delivered || proven <= deal.complainBy);
            if (act == Act.RefundDefective) return refundable && status != DealStatus.None && !_isClosed(status);
            return status == DealStatus.Delivered && time > deal.complainBy && !refundable;
        }
        if (act == Act.Dispute) {
            return
                status == DealStatus.Delivered &&
                caller == deal.recipient &&
                deal.arbitrator != address(0) &&
                time <= deal.complainBy;
        }
        // the panel gives back what none of its arbiters has earned, and not before it is clear
        if (act == Act.ReclaimFee) return book.feeHeld && book.ruling == 0 && (book.voted || time > book.voteBy);
        if (status != DealStatus.Disputed || proven != 0) return false;
        if (act == Act.Concede) {
            if (book.ruled || time > book.ruleBy) return false;
            if (caller == deal.recipient) return refund < book.asked;
            return caller == deal.seller && refund > book.offered;
        }
        if (act == Act.ExecuteRuling) return book.ruling != 0;
        return book.ruling == 0 && (book.ruled || time > book.ruleBy);
    }

    function _attempt(uint256 index, Act act, address caller, uint128 argument, bool expected) internal {
        assertEq(_allows(index, act, caller, argument), expected, "the handler did not prepare what it meant to");
        _attemptAny(index, act, caller, argument);
    }

    function _attemptAny(uint256 index, Act act, address caller, uint128 argument) internal {
        Deal memory deal = _deals[index];
        bool allowed = _allows(index, act, caller, argument);
        (uint128 freeBefore, ) = escrow.bondOf(deal.opener, deal.seller, deal.termsHash);
        uint256 panelBefore = address(panel).balance;

        (bool ok, bytes memory answer) = _call(deal, act, caller, argument, _books[index].scalar);
        if (!allowed) {
            assertFalse(ok, "the escrow allowed what its table of states does not");
            return;
        }
        assertTrue(ok, string.concat("the escrow refused what its table of states allows: ", vm.toString(answer)));
        _bookAct(index, act, caller, argument, freeBefore, panelBefore);
    }

    function _bookAct(
        uint256 index,
        Act act,
        address caller,
        uint128 argument,
        uint256 freeBefore,
        uint256 panelBefore
    ) internal {
        Deal storage deal = _deals[index];
        Book storage book = _books[index];
        if (act == Act.Deliver) {
            book.status = DealStatus.Delivered;
            deal.complainBy = uint40(block.timestamp + deal.complaintWindow);
            return;
        }
        if (act == Act.Dispute) {
            (book.status, book.asked, book.ruleBy) = (
                DealStatus.Disputed,
                deal.price,
                uint40(block.timestamp + 90 days)
            );
            book.voteBy = uint40(block.timestamp + 30 days);
            book.sellerHalf = uint128(deal.bond < FEE ? deal.bond : FEE);
            book.disputeId = escrow.disputeOf(deal.opener, deal.id).disputeId;
            _advanced += FEE - book.sellerHalf;
            _panelFees += FEE;
            _book(NATIVE, caller, argument);
            return;
        }
        if (act == Act.Concede) {
            bool byRecipient = caller == deal.recipient;
            uint128 other = byRecipient ? book.offered : book.asked;
            if (byRecipient ? argument > other : argument < other) {
                if (byRecipient) book.asked = argument;
                else book.offered = argument;
                return;
            }
            uint256 toSeller = _endDispute(index, freeBefore, FEE);
            uint256 shared = book.sellerHalf < FEE / 2 ? book.sellerHalf : FEE / 2;
            assertEq(toSeller, shared, "settled: the seller gets back its half, or half of what is left");
            _close(index, other);
            return;
        }
        if (act == Act.ExecuteRuling) {
            uint256 toSeller = _endDispute(index, freeBefore, FEE);
            assertEq(
                toSeller,
                book.ruling == 1 ? 0 : book.sellerHalf,
                "the loser's half is spent, the winner's returns"
            );
            _close(index, book.ruling == 1 ? book.asked : book.offered);
            return;
        }
        if (act == Act.ResolveStale) {
            assertEq(panelBefore - address(panel).balance, FEE, "an undecided dispute's fee comes back");
            _panelFees -= FEE;
            uint256 toSeller = _endDispute(index, freeBefore, 2 * FEE);
            assertEq(toSeller, book.sellerHalf, "undecided: both halves return");
            _close(index, uint128((uint256(book.asked) + book.offered) / 2));
            return;
        }
        if (act == Act.ReclaimFee) {
            _reclaimed(index, freeBefore, panelBefore);
            return;
        }
        book.missable = book.status == DealStatus.Open && deal.price != 0 && block.timestamp > deal.deliverBy;
        if (book.status == DealStatus.Disputed) {
            uint256 returned = panelBefore - address(panel).balance;
            bool undecided = book.ruling == 0 && (book.voted || block.timestamp > book.voteBy);
            assertEq(returned, undecided ? FEE : 0, "a fee that nobody earned comes back");
            _panelFees -= returned;
            uint256 toSeller = _endDispute(index, freeBefore, FEE + returned);
            assertEq(toSeller, undecided ? book.sellerHalf : 0, "a cheat's half is spent where somebody judged");
        } else {
            _bondReserved[deal.termsHash] -= deal.bond;
            _bondFree[deal.termsHash] += deal.bond;
        }
        bool pays = act == Act.Accept || act == Act.Settle;
        _close(index, pays ? 0 : deal.price);
        book.status = pays ? DealStatus.Settled : DealStatus.Refunded;
    }

    // claim(invariants#market-and-escrow): A bond is what its owner posted for one offer; the deals of that offer
    //   reserve their part of it, those of another offer never do, and a dispute never increases it
    /// @dev Of what is left of both prepaid halves, the seller gets at most what its bond put in, and the recipient has the rest.
    function _endDispute(uint256 index, uint256 freeBefore, uint256 left) internal returns (uint256 toSeller) {
        Deal storage deal = _deals[index];
        Book storage book = _books[index];
        (uint128 freeAfter, ) = escrow.bondOf(deal.opener, deal.seller, deal.termsHash);
        toSeller = uint256(freeAfter) + book.sellerHalf - freeBefore - deal.bond;
        assertLe(toSeller, book.sellerHalf, "a seller's bond grew by a dispute");
        // one half is left where the arbitrator keeps its fee, both where it was given back
        book.feeHeld = left == FEE && book.ruling == 0;
        book.sellerGot = uint128(toSeller);

        _bondReserved[deal.termsHash] -= deal.bond;
        _bonds = _bonds + freeAfter - freeBefore - deal.bond;
        _bondFree[deal.termsHash] = freeAfter;
        _advanced -= FEE - book.sellerHalf;
        _book(NATIVE, deal.recipient, left - toSeller);
    }

    /// @dev Nobody judged, so nobody paid: each side has back what it prepaid, to the wei.
    function _reclaimed(uint256 index, uint256 freeBefore, uint256 panelBefore) internal {
        Deal storage deal = _deals[index];
        Book storage book = _books[index];
        (uint128 freeAfter, ) = escrow.bondOf(deal.opener, deal.seller, deal.termsHash);
        uint256 toSeller = freeAfter - freeBefore;
        assertEq(panelBefore - address(panel).balance, FEE, "a fee that nobody earned comes back whole");
        assertEq(book.sellerGot + toSeller, book.sellerHalf, "a fee that came late did not go to those who paid it");
        book.feeHeld = false;
        _panelFees -= FEE;
        _bonds += toSeller;
        _bondFree[deal.termsHash] = freeAfter;
        _book(NATIVE, deal.recipient, FEE - toSeller);
    }

    // claim(invariants#market-and-escrow): The credits of a sale are its price, to the wei: creator, protocol, referrer
    //   | the receiver of the odd unit, or a seller who is paid with somebody else's money
    // claim(invariants#market-and-escrow): A deal pays out exactly what it took in, once | a party that is paid twice,
    //   out of other people's deals
    // claim(invariants#market-and-escrow): A refund is never more than the payment | the payer
    /// @dev A deal pays out exactly what it took in, once. A buyer who is refunded in full loses the licence, and its
    /// supply returns.
    function _close(uint256 index, uint128 refund) internal {
        Deal memory deal = _deals[index];
        Book storage book = _books[index];
        assertFalse(book.paidOut, "a deal paid out twice");
        assertLe(refund, deal.price, "a refund is more than was paid");
        book.paidOut = true;
        bool whole = refund == deal.price && refund != 0;
        book.status = whole ? DealStatus.Refunded : DealStatus.Split;

        _unbook(deal.payToken, address(escrow), deal.price);
        _book(deal.payToken, deal.payer, refund);
        _bookSale(
            deal.payToken,
            deal.price - refund,
            deal.protocolFeeBps,
            deal.referrerBps,
            [deal.payee, deal.treasury, deal.referrer]
        );
        if (deal.referrer == address(escrow)) {
            _stray[deal.payToken] += (uint256(deal.price - refund) * deal.referrerBps) / 10_000;
        }
        if (book.update) return;
        DealStatus actual = escrow.statusOf(deal.opener, deal.id);
        if (actual == DealStatus.Refunded) --_soldOf[deal.termsHash];
    }

    function _call(
        Deal memory deal,
        Act act,
        address caller,
        uint128 argument,
        uint256 scalar
    ) internal returns (bool ok, bytes memory answer) {
        bytes memory data;
        uint256 value = 0;
        if (act == Act.Deliver) data = abi.encodeCall(IEscrow.deliver, (deal, scalar));
        if (act == Act.Decline) data = abi.encodeCall(IEscrow.decline, (deal));
        if (act == Act.RefundUndelivered) data = abi.encodeCall(IEscrow.refundUndelivered, (deal));
        if (act == Act.Accept) data = abi.encodeCall(IEscrow.accept, (deal));
        if (act == Act.Settle) data = abi.encodeCall(IEscrow.settle, (deal));
        if (act == Act.RefundBySeller) data = abi.encodeCall(IEscrow.refundBySeller, (deal));
        if (act == Act.RefundDefective) data = abi.encodeCall(IEscrow.refundDefective, (deal));
        if (act == Act.Dispute) {
            data = abi.encodeCall(IEscrow.dispute, (deal));
            value = _needed(deal) + argument;
        }
        if (act == Act.Concede) data = abi.encodeCall(IEscrow.concede, (deal, argument));
        if (act == Act.ExecuteRuling) data = abi.encodeCall(IEscrow.executeRuling, (deal));
        if (act == Act.ResolveStale) data = abi.encodeCall(IEscrow.resolveStale, (deal));
        if (act == Act.ReclaimFee) data = abi.encodeCall(IEscrow.reclaimFee, (deal));
        vm.prank(caller);
        (ok, answer) = address(escrow).call{value: value}(data);
    }
}
