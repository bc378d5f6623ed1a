// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Deal, DealStatus, IEscrow} from "../../../contracts/escrow/IEscrow.sol";
import {Offer} from "../../../contracts/market/IMarket.sol";
import {Act, Book} from "./EscrowBooks.sol";
import {EscrowStage} from "./EscrowStage.sol";

/// @notice Acts by anyone: any turn of any deal, forged deals, transfers, withdrawals, and time.
abstract contract EscrowAnyone is EscrowStage {
    function _addAnyoneActions() internal {
        // claim(invariants#market-and-escrow): Every action succeeds exactly when the table of states allows it, for
        //   any caller at any time
        _action(EscrowAnyone.anyTurn.selector, "anyTurn");
        // claim(invariants#market-and-escrow): The terms of a deal never change, and every action refuses a deal under
        //   other terms
        _action(EscrowAnyone.forge.selector, "forge");
        _action(EscrowAnyone.transferLicense.selector, "transferLicense");
        _action(EscrowAnyone.withdraw.selector, "withdraw");
        _action(EscrowAnyone.withdrawBond.selector, "withdrawBond");
        _action(EscrowAnyone.travel.selector, "travel");
    }

    /// @notice Any act by anybody on any deal: it happens exactly when the table of states allows it.
    function anyTurn(uint256 seed, uint256 pick, uint128 refund) external counted {
        if (_deals.length == 0) _buy(seed, true, false, false);
        uint256 index = pick % _deals.length;
        Deal memory deal = _deals[index];
        address[4] memory callers = [deal.payer, deal.recipient, deal.seller, _buyer(seed)];
        Act act = Act(_mix(seed, 1) % ACTS);
        uint128 argument = act == Act.Concede ? uint128(_bound(refund, 0, deal.price)) : 0;
        _attemptAny(index, act, callers[_mix(seed, 2) % 4], argument);
        _done();
    }

    /// @notice A deal with other terms, or under another name, is nobody's deal.
    function forge(uint256 seed) external counted {
        uint256 index = _make(seed, DealStatus(1 + (seed % 3)), seed % 3 == 2, false, false);
        Deal memory deal = _deals[index];
        address thief = _buyer(seed);
        uint256 field = _mix(seed, 1) % 10;
        if (field == 0) deal.price += 1;
        if (field == 1) deal.payer = address(uint160(deal.payer) ^ 1);
        if (field == 2) deal.seller = address(uint160(deal.seller) ^ 1);
        if (field == 3) deal.complainBy += 1;
        if (field == 4) deal.deliverBy += 1;
        if (field == 5) deal.payToken = address(uint160(deal.payToken) ^ 1);
        if (field == 6) deal.bond += 1;
        if (field == 7) deal.keyX = bytes32(uint256(deal.keyX) ^ 1);
        if (field == 8) deal.protocolFeeBps += 1;
        if (field == 9) deal.payee = address(uint160(deal.payee) ^ 1);
        for (uint256 i = 0; i < ACTS; ++i) {
            (bool ok, bytes memory answer) = _call(deal, Act(i), thief, 0, _books[index].scalar);
            assertFalse(ok, "a deal was acted on under other terms");
            assertEq(_selectorOf(answer), IEscrow.Escrow_UnknownDeal.selector, "unknown deal");
        }
        _done();
    }

    function transferLicense(uint256 seed) external counted {
        if (_deals.length == 0) _buy(seed, true, false, false);
        uint256 index = seed % _deals.length;
        if (_books[index].update) index = _buy(seed, false, false, false);
        Deal memory deal = _deals[index];
        Book storage book = _books[index];
        address to = _stranger(book.owner, seed);
        bool free = book.status == DealStatus.Settled || book.status == DealStatus.Split;
        vm.prank(book.owner);
        try licenses.transferFrom(book.owner, to, deal.id) {
            assertTrue(free && book.transferable, "a locked, burned or soulbound licence changed hands");
            book.owner = to;
        } catch {
            assertFalse(free && book.transferable, "a licence is stuck after its deal");
        }
        _done();
    }

    function withdraw(uint256 seed) external counted {
        if (_takeOut(seed)) _done();
    }

    function withdrawBond(uint256 seed, uint128 amount) external counted {
        if (_offers.length == 0) _list(seed, true, false, false);
        Offer memory offer = _offers[seed % _offers.length];
        (address seller, bytes32 termsHash) = (offer.creator, market.hashOffer(offer));
        uint256 free = _bondFree[termsHash];
        if (free == 0) {
            _post(seller, termsHash, 1 + (seed % 5_000));
            free = _bondFree[termsHash];
        }
        vm.prank(seller);
        try escrow.withdrawBond(address(market), termsHash, uint128(free + 1)) {
            _never("a bond that deals hold was withdrawn");
        } catch (bytes memory reason) {
            assertEq(_selectorOf(reason), IEscrow.Escrow_BondExhausted.selector, "bond exhausted");
        }
        amount = uint128(_bound(amount, 1, free));
        vm.prank(seller);
        escrow.withdrawBond(address(market), termsHash, amount);
        _bondFree[termsHash] -= amount;
        _bonds -= amount;
        _book(NATIVE, seller, amount);
        _done();
    }

    function travel(uint256 seed) external counted {
        vm.warp(block.timestamp + _bound(seed, 1, 3 days));
        _done();
    }
}
