// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Deal, DealStatus, IEscrow} from "../../../contracts/escrow/IEscrow.sol";
import {CurveProof} from "../../../contracts/registry/proof/CurveProof.sol";
import {Act} from "./EscrowBooks.sol";
import {EscrowStage} from "./EscrowStage.sol";

/// @notice What a seller does with an open deal.
abstract contract EscrowSellers is EscrowStage {
    function _addSellersActions() internal {
        // claim(invariants#market-and-escrow): Only the right scalar delivers, and it always does | a seller who is
        //   paid for a wrong key, or a buyer who claims that the right key is wrong
        _action(EscrowSellers.deliver.selector, "deliver");
        // claim(invariants#market-and-escrow): Only the right scalar delivers, and it always does
        _action(EscrowSellers.deliverWrong.selector, "deliverWrong");
        _action(EscrowSellers.decline.selector, "decline");
        // claim(attacks#escrow-dispute-and-arbiters): A missed delivery hidden by closing the deal in another way after
        //   its window: by declining late, or by a proof against the seller's own version
        // claim(invariants#market-and-escrow): However a paid deal that was still open after its window is closed, the
        //   miss can be counted | a seller who would choose a way to close that hides it
        _action(EscrowSellers.declineLate.selector, "declineLate");
        _action(EscrowSellers.refundBySeller.selector, "refundBySeller");
    }

    function deliver(uint256 seed) external counted {
        uint256 index = _make(seed, DealStatus.Open, false, false, false);
        _attempt(index, Act.Deliver, _buyer(seed), 0, true);
        _done();
    }

    function deliverWrong(uint256 seed, uint256 scalar) external counted {
        uint256 index = _make(seed, DealStatus.Open, false, false, false);
        Deal memory deal = _deals[index];
        uint256 right = _books[index].scalar;
        uint256[4] memory wrong = [scalar, 0, CurveProof.ORDER, CurveProof.ORDER - right];
        for (uint256 i = 0; i < wrong.length; ++i) {
            if (wrong[i] == right) continue;
            vm.prank(deal.seller);
            try escrow.deliver(deal, wrong[i]) {
                _never("a wrong key was delivered");
            } catch (bytes memory reason) {
                assertEq(_selectorOf(reason), IEscrow.Escrow_WrongScalar.selector, "wrong scalar");
            }
        }
        _done();
    }

    function decline(uint256 seed) external counted {
        uint256 index = _make(seed, DealStatus.Open, false, false, false);
        _attempt(index, Act.Decline, _deals[index].seller, 0, true);
        _done();
    }

    /// @notice A seller who let the window pass closes the deal otherwise: it is a miss all the same, as long as it was paid.
    function declineLate(uint256 seed) external counted {
        bool proves = seed % 3 == 0;
        uint256 index = _make(seed, DealStatus.Open, false, proves, false);
        Deal memory deal = _deals[index];
        vm.warp(uint256(deal.deliverBy) + 1);
        if (proves) {
            _proveAndRefund(index, seed);
        } else {
            vm.expectEmit(address(escrow));
            emit IEscrow.DealRefunded(deal.opener, deal.id, IEscrow.RefundCause.NotDelivered);
            _attempt(index, Act.Decline, deal.seller, 0, true);
        }
        if (deal.price != 0) _recordMiss(index, seed);
        else _refuseMiss(index, _books[index].secret, IEscrow.Escrow_NoMissToRecord.selector);
        _done();
    }

    function refundBySeller(uint256 seed) external counted {
        uint256 index = _make(seed, DealStatus.Delivered, false, false, false);
        _attempt(index, Act.RefundBySeller, _deals[index].seller, 0, true);
        _done();
    }
}
