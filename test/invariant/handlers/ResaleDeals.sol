// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Deal, DealStatus, IEscrow} from "../../../contracts/escrow/IEscrow.sol";
import {IResale} from "../../../contracts/resale/IResale.sol";
import {CurveProof} from "../../../contracts/registry/proof/CurveProof.sol";
import {Act} from "./EscrowBooks.sol";
import {Kind} from "./ResaleBooks.sol";
import {ResaleSales} from "./ResaleSales.sol";

/// @notice Resales with a new delivery of the key: delivered, accepted, settled, refunded, claimed; and claimed by
/// thieves.
abstract contract ResaleDeals is ResaleSales {
    function _addDealsActions() internal {
        _action(ResaleDeals.open.selector, "open");
        // claim(attacks#escrow-dispute-and-arbiters): a reseller who delivers another key than the version's
        _action(ResaleDeals.deliver.selector, "deliver");
        _action(ResaleDeals.accept.selector, "accept");
        _action(ResaleDeals.settle.selector, "settle");
        // claim(invariants#market-and-escrow): a refunded resale returns the licence to the reseller
        _action(ResaleDeals.refund.selector, "refund");
        _action(ResaleDeals.refundDelivered.selector, "refundDelivered");
        _action(ResaleDeals.defect.selector, "defect");
        // claim(attacks#licences-listings-offers-and-signatures): a stranger who claims the licence of a resale
        // claim(attacks#licences-listings-offers-and-signatures): the licence of a later resale claimed with an older
        //   deal
        _action(ResaleDeals.steal.selector, "steal");
    }

    function open(uint256 seed) external counted {
        _openNew(seed);
        _done();
    }

    function deliver(uint256 seed) external counted {
        uint256 index = _saleIn(seed, DealStatus.Open);
        Deal memory deal = _deals[_sales[index].deal];
        uint256 right = _books[_sales[index].deal].scalar;
        uint256[3] memory wrong = [addmod(right, 1 + (seed % 1_000), CurveProof.ORDER), 0, CurveProof.ORDER - right];
        for (uint256 i = 0; i < wrong.length; ++i) {
            vm.prank(deal.seller);
            try escrow.deliver(deal, wrong[i]) {
                _never("a wrong key was delivered");
            } catch (bytes memory reason) {
                assertEq(_selectorOf(reason), IEscrow.Escrow_WrongScalar.selector, "wrong scalar");
            }
        }
        _deliver(_sales[index].deal);
        _refuseClaim(index, _deals[_sales[index].deal]);
        checkPiece(_sales[index].piece);
        _done();
    }

    function accept(uint256 seed) external counted {
        uint256 index = _saleIn(seed, DealStatus.Delivered);
        Deal memory deal = _deals[_sales[index].deal];
        _attempt(_sales[index].deal, Act.Accept, _stranger(deal.recipient, seed), 0, false);
        _attempt(_sales[index].deal, Act.Accept, deal.recipient, 0, true);
        _checkPaid(deal.payToken, [deal.payee, deal.treasury, deal.referrer]);
        checkPiece(_sales[index].piece);
        _claim(index, _buyer(_mix(seed, 1)));
        _done();
    }

    function settle(uint256 seed) external counted {
        uint256 index = _saleIn(seed, DealStatus.Delivered);
        uint256 sold = _sales[index].deal;
        if (block.timestamp <= _deals[sold].complainBy) {
            vm.warp(_deals[sold].complainBy);
            _attempt(sold, Act.Settle, _deals[sold].seller, 0, false);
            vm.warp(block.timestamp + 1);
        }
        _attempt(sold, Act.Settle, _buyer(seed), 0, true);
        _checkPaid(_deals[sold].payToken, [_deals[sold].payee, _deals[sold].treasury, _deals[sold].referrer]);
        // some leave their licence there until the end
        if (seed % 3 != 0) _claim(index, _referrer(seed));
        checkSale(index);
        _done();
    }

    function refund(uint256 seed) external counted {
        uint256 index = _saleIn(seed, DealStatus.Open);
        uint256 sold = _sales[index].deal;
        _attempt(sold, Act.Decline, _deals[sold].recipient, 0, _deals[sold].recipient == _deals[sold].seller);
        if (_books[sold].status == DealStatus.Open) {
            if (seed % 2 == 0) {
                _attempt(sold, Act.Decline, _deals[sold].seller, 0, true);
            } else {
                vm.warp(uint256(_deals[sold].deliverBy) + 1);
                _attempt(sold, Act.Deliver, _deals[sold].seller, 0, false);
                _attempt(sold, Act.RefundUndelivered, _buyer(seed), 0, true);
            }
        }
        _returned(index);
        _done();
    }

    function refundDelivered(uint256 seed) external counted {
        uint256 index = _saleIn(seed, DealStatus.Delivered);
        _attempt(_sales[index].deal, Act.RefundBySeller, _stranger(_deals[_sales[index].deal].seller, seed), 0, false);
        _refundBySeller(index);
        _done();
    }

    /// @notice A version that is proven defective is refunded, and not sold again.
    function defect(uint256 seed) external counted {
        _waitForPause();
        uint64 versionId = _version(seed, true);
        uint256 piece = _newPiece(seed, Kind(seed % 2), versionId, true);
        uint256 other = _newPiece(_mix(seed, 1), Kind.Plain, versionId, true);
        uint256 index = _buyAsk(_trade(piece, seed, true));
        uint256 sold = _sales[index].deal;
        if (_mix(seed, 2) % 2 == 0) _deliver(sold);
        _complain(versionId, seed);
        if (_books[sold].status == DealStatus.Delivered) _attempt(sold, Act.Accept, _deals[sold].recipient, 0, false);
        _attempt(sold, Act.RefundDefective, _buyer(seed), 0, true);
        _returned(index);
        Trade memory trade = _trade(other, _mix(seed, 3), seed % 4 < 2);
        _refuse(trade, abi.encodeWithSelector(IResale.Resale_VersionDefective.selector, versionId));
        _done();
    }

    /// @notice Deals that are open, altered, over, or reported by somebody else than the escrow.
    function steal(uint256 seed) external counted {
        uint256 index = _saleIn(seed, seed % 2 == 0 ? DealStatus.Open : DealStatus.Delivered);
        uint256 sold = _sales[index].deal;
        Deal memory deal = _deals[sold];
        _refuseClaim(index, deal);
        vm.prank(_buyer(seed));
        try resale.dealRefunded(deal.id, deal.termsHash) {
            _never("a thief reported a refund");
        } catch (bytes memory reason) {
            bytes4 notEscrow = IResale.Resale_NotEscrow.selector;
            assertEq(reason, abi.encodeWithSelector(notEscrow, _buyer(seed)), "not the escrow");
        }
        if (_books[sold].status == DealStatus.Open) _deliver(sold);
        _attempt(sold, Act.Accept, deal.recipient, 0, true);
        Deal memory forged = _deals[sold];
        forged.recipient = _stranger(deal.recipient, seed);
        _refuseClaim(index, forged);
        // the deal before its delivery is another one
        _refuseClaim(index, deal.complainBy == 0 ? deal : forged);
        forged = _deals[sold];
        forged.id ^= 1 << (seed % 8);
        _refuseClaim(index, forged);
        _claim(index, _stranger(deal.recipient, seed));
        _done();
    }

    function _refundBySeller(uint256 index) internal override {
        uint256 sold = _sales[index].deal;
        if (_books[sold].status == DealStatus.Open) _deliver(sold);
        _attempt(sold, Act.RefundBySeller, _deals[sold].seller, 0, true);
        _checkPaid(_deals[sold].payToken, [_deals[sold].payer, _deals[sold].treasury, _deals[sold].referrer]);
        _returned(index);
    }
}
