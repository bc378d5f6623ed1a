// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Deal, DealStatus, IEscrow} from "../../../contracts/escrow/IEscrow.sol";
import {Credit} from "../../../contracts/ledger/IRevenueLedger.sol";
import {CurveProof} from "../../../contracts/registry/proof/CurveProof.sol";
import {Act, Book} from "./EscrowBooks.sol";
import {EscrowStage} from "./EscrowStage.sol";

/// @notice Listing and buying files, missed deliveries and updates.
abstract contract EscrowSales is EscrowStage {
    function _addSalesActions() internal {
        _action(EscrowSales.publish.selector, "publish");
        _action(EscrowSales.list.selector, "list");
        _action(EscrowSales.buy.selector, "buy");
        // claim(attacks#escrow-dispute-and-arbiters): A contract of the protocol as the referrer of a sale, credits to
        //   the escrow without a deal, coin forced upon it: only the referrer's share or the giver's gift is lost
        // claim(invariants#market-and-escrow): The escrow's ledger account is the sum of the prices of the open deals,
        //   and of what careless parties credited to the escrow itself, which stays there
        _action(EscrowSales.buyCareless.selector, "buyCareless");
        // claim(attacks#escrow-dispute-and-arbiters): Supply held by a purchase with a pad that nobody can open: it
        //   returns when the seller declines, which the seller's agent does by itself for every paid purchase, once it
        //   is final. What remains: until then, or without an agent until the delivery window ends, a buyer who pays
        //   the price of every remaining licence holds the supply and the bond of that one offer, gets the price back
        //   and loses the gas of the purchases; each decline costs the seller gas too. The supply of a free offer can
        //   be held for its whole delivery window
        // claim(invariants#market-and-escrow): A missed delivery is counted exactly for a paid deal that was still open
        //   after its window, however it closed, whose pad the seller could have answered, and only once
        _action(EscrowSales.buyWorthless.selector, "buyWorthless");
        // claim(attacks#escrow-dispute-and-arbiters): A seller's record spoilt by strangers: by deals that the seller
        //   never offered, by free deals, or by pads that nobody can open. A miss counts only for a paid deal, and only
        //   when the buyer's secret shows that key and pad belonged together
        // claim(invariants#market-and-escrow): A missed delivery is counted exactly for a paid deal that was still open
        //   after its window, however it closed, whose pad the seller could have answered, and only once | a rival, or
        //   somebody who extorts a seller
        _action(EscrowSales.recordMiss.selector, "recordMiss");
        // claim(attacks#escrow-dispute-and-arbiters): A seller's record spoilt by strangers: by deals that the seller
        //   never offered, by free deals, or by pads that nobody can open. A miss counts only for a paid deal, and only
        //   when the buyer's secret shows that key and pad belonged together
        // claim(invariants#market-and-escrow): A missed delivery is counted exactly for a paid deal that was still open
        //   after its window, however it closed, whose pad the seller could have answered, and only once
        _action(EscrowSales.refuseMiss.selector, "refuseMiss");
        _action(EscrowSales.requestUpdate.selector, "requestUpdate");
    }

    function publish(uint256 seed) external counted {
        _publish(seed, seed % _files.length);
        _done();
    }

    function list(uint256 seed) external counted {
        _list(seed, seed % 2 == 0, seed % 3 == 0, _mix(seed, 1) % 4 == 0);
        _done();
    }

    function buy(uint256 seed) external counted {
        _buy(seed, seed % 2 == 0, seed % 3 == 0, seed % 5 == 0);
        _done();
    }

    /// @notice A deal whose referrer is the escrow or another contract of the protocol is paid out, and somebody credits the escrow without a deal.
    function buyCareless(uint256 seed) external counted {
        uint256 found = _offerFor(seed, seed % 2 == 0, false, false);
        uint256 index = _deliver(_purchase(_offers[found], seed, _careless(seed), true));
        _attempt(index, Act.Accept, _deals[index].recipient, 0, true);

        uint256 amount = 1 + (seed % 1_000);
        Credit[] memory credits = new Credit[](1);
        credits[0] = Credit(address(escrow), amount);
        vm.prank(_buyer(seed));
        ledger.credit{value: amount}(NATIVE, credits);
        _book(NATIVE, address(escrow), amount);
        _stray[NATIVE] += amount;
        _done();
    }

    /// @notice A pad that nobody can open: no scalar delivers, bond and supply return when the seller declines, and the record is not touched.
    function buyWorthless(uint256 seed) external counted {
        uint256 found = _offerFor(seed, seed % 2 == 0, seed % 3 == 0, false);
        uint256 index = _purchase(_offers[found], seed, address(0), false);
        Deal memory deal = _deals[index];
        Book memory book = _books[index];
        (, uint256 scalar) = _pad(address(escrow), deal.versionId, deal.payer, _mix(seed, 3) % BUYER_KEYS);
        try escrow.deliver(deal, scalar) {
            _never("a pad was opened that nobody can open");
        } catch (bytes memory reason) {
            assertEq(_selectorOf(reason), IEscrow.Escrow_WrongScalar.selector, "wrong scalar");
        }
        if (seed % 5 < 3) {
            uint32 sold = _soldOf[deal.termsHash];
            _attempt(index, Act.Decline, deal.seller, 0, true);
            assertEq(_soldOf[deal.termsHash], sold - 1, "a declined licence did not return to its offer");
            _refuseMiss(index, book.secret, IEscrow.Escrow_NoMissToRecord.selector);
        } else if (seed % 5 == 3) {
            vm.warp(uint256(deal.deliverBy) + 1);
            _attempt(index, Act.RefundUndelivered, _buyer(seed), 0, true);
            bool paid = deal.price != 0;
            _refuseMiss(
                index,
                book.secret,
                paid ? IEscrow.Escrow_DishonestPad.selector : IEscrow.Escrow_NoMissToRecord.selector
            );
        }
        checkBond(found);
        _done();
    }

    /// @notice A paid deal with an honest pad whose window passes is counted, once, and only with the buyer's secret.
    function recordMiss(uint256 seed) external counted {
        uint256 index = _missable(seed);
        uint256 secret = _books[index].secret;
        _refuseMiss(index, CurveProof.ORDER - secret, IEscrow.Escrow_DishonestPad.selector);
        _refuseMiss(index, _mix(seed, 9) % CurveProof.ORDER, IEscrow.Escrow_DishonestPad.selector);
        _recordMiss(index, seed);
        _done();
    }

    /// @notice No deal counts that is open, was closed otherwise, or was free: whatever secret is shown.
    function refuseMiss(uint256 seed) external counted {
        if (_deals.length == 0) _buy(seed, false, false, false);
        uint256 index = seed % _deals.length;
        if (_books[index].missable) index = _buy(seed, false, false, false);
        bool refunded = _books[index].status == DealStatus.Refunded;
        _refuseMiss(
            index,
            _books[index].secret,
            refunded ? IEscrow.Escrow_NoMissToRecord.selector : IEscrow.Escrow_WrongStatus.selector
        );
        _done();
    }

    function requestUpdate(uint256 seed) external counted {
        uint256 index = _make(seed, DealStatus.Delivered, false, false, true);
        Deal memory deal = _deals[index];
        uint48 modelId = uint48(deal.versionId >> 16);
        uint64 versionId = _publishIn(modelId, seed % _files.length);
        uint256 key = seed % BUYER_KEYS;
        (address pad, uint256 scalar) = _pad(address(desk), versionId, deal.recipient, key);

        vm.prank(_stranger(deal.recipient, seed));
        try desk.requestUpdate(deal.id, versionId, _buyerKeys[key], pad) {
            _never("a stranger got an update");
        } catch {}
        vm.prank(_books[index].owner);
        uint256 id = desk.requestUpdate(deal.id, versionId, _buyerKeys[key], pad);

        Deal memory update;
        update.opener = address(desk);
        (update.id, update.versionId, update.keyX) = (id, versionId, _files[_fileOf[versionId]].keyX);
        (update.payer, update.recipient) = (_books[index].owner, _books[index].owner);
        (update.seller, update.payee) = (_titleOf[modelId], _titleOf[modelId]);
        update.treasury = _titleOf[modelId];
        update.deliverBy = uint40(block.timestamp + 7 days);
        update.complaintWindow = 30 days;
        (update.buyerKey, update.pad) = (_buyerKeys[key], pad);
        Book memory book;
        (book.status, book.update, book.scalar, book.secret) = (DealStatus.Open, true, scalar, _buyerSecrets[key]);
        _deals.push(update);
        _books.push(book);
        _done();
    }
}
