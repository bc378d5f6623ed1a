// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Credit, IRevenueLedger} from "../../../contracts/ledger/IRevenueLedger.sol";
import {ILicenseToken} from "../../../contracts/license/ILicenseToken.sol";
import {IMarket, Offer} from "../../../contracts/market/IMarket.sol";
import {HookToken} from "../../contracts/tokens/HookToken.sol";
import {Sold, Way} from "./MarketBooks.sol";
import {MarketStage} from "./MarketStage.sol";

/// @notice What was earned and what was bought changes hands: the ledger, titles and licences.
abstract contract MarketMoney is MarketStage {
    function _addMoneyActions() internal {
        // claim(invariants#market-and-escrow): A ledger account falls only by a withdrawal or a move of its owner
        // claim(invariants#market-and-escrow): A token's callback cannot credit money to itself, buy inside a purchase
        //   or re-enter a withdrawal
        _action(MarketMoney.withdraw.selector, "withdraw");
        // claim(invariants#market-and-escrow): A ledger account falls only by a withdrawal or a move of its owner
        _action(MarketMoney.withdrawTo.selector, "withdrawTo");
        // claim(invariants#market-and-escrow): A ledger account falls only by a withdrawal or a move of its owner
        _action(MarketMoney.move.selector, "move");
        // claim(invariants#market-and-escrow): A revoked, expired, sold-out, repriced or moved offer is not sold, nor
        //   an offer in a token that is not on the list, or above the fee that the creator accepts
        // claim(invariants#market-and-escrow): Nobody sells a version whose title somebody else holds
        _action(MarketMoney.transferTitle.selector, "transferTitle");
        // claim(invariants#market-and-escrow): A soulbound licence never changes hands; a transferable one always can,
        //   once its deal is closed | a licensee who resells what was sold to one person
        _action(MarketMoney.transferLicense.selector, "transferLicense");
    }

    function withdraw(uint256 seed) external counted {
        (address token, address account, uint256 amount) = _rich(seed);
        if (account == address(0)) return;
        Credit[] memory steal = new Credit[](1);
        steal[0] = Credit(account, amount);
        if (token == address(hooked)) {
            hooked.setHook(
                seed % 2 == 0 ? HookToken.When.Before : HookToken.When.After,
                address(ledger),
                abi.encodeCall(ledger.credit, (token, steal)),
                false
            );
        }
        uint256 before = _held(token, account);
        vm.prank(account);
        uint256 paid = ledger.withdraw(token);
        assertEq(paid, amount, "a withdrawal is the whole balance");
        assertEq(_held(token, account), before + amount, "a withdrawal arrives in full");
        if (token == address(hooked)) assertFalse(hooked.succeeded(), "a withdrawal was entered again");
        hooked.setHook(HookToken.When.Never, address(0), "", false);
        _unbook(token, account, amount);

        vm.prank(account);
        try ledger.withdraw(token) {
            _never("withdrawn twice");
        } catch (bytes memory reason) {
            assertEq(_selectorOf(reason), IRevenueLedger.RevenueLedger_NothingToWithdraw.selector, "withdrawn twice");
        }
        _done();
    }

    function withdrawTo(uint256 seed, uint256 part) external counted {
        (address token, address account, uint256 amount) = _rich(seed);
        if (account == address(0)) return;
        address to = people[part % people.length];
        vm.prank(account);
        try ledger.withdrawTo(token, to, amount + 1) {
            _never("more was withdrawn than there is");
        } catch (bytes memory reason) {
            assertEq(_selectorOf(reason), IRevenueLedger.RevenueLedger_InsufficientBalance.selector, "too much");
        }
        part = _bound(part, 1, amount);
        uint256 before = _held(token, to);
        vm.prank(account);
        ledger.withdrawTo(token, to, part);
        assertEq(_held(token, to), before + part, "a withdrawal arrives in full");
        _unbook(token, account, part);
        _done();
    }

    function move(uint256 seed, uint256 part) external counted {
        (address token, address account, uint256 amount) = _rich(seed);
        if (account == address(0)) return;
        Credit[] memory credits = new Credit[](2);
        credits[0] = Credit(people[part % people.length], amount + 1);
        credits[1] = Credit(people[seed % people.length], 0);
        vm.prank(account);
        try ledger.move(token, credits) {
            _never("more was moved than there is");
        } catch (bytes memory reason) {
            assertEq(_selectorOf(reason), IRevenueLedger.RevenueLedger_InsufficientBalance.selector, "too much");
        }
        credits[0].amount = _bound(part, 0, amount);
        credits[1].amount = amount - credits[0].amount;
        vm.prank(account);
        ledger.move(token, credits);
        _unbook(token, account, amount);
        for (uint256 i = 0; i < 2; ++i) _book(token, credits[i].account, credits[i].amount);
        _done();
    }

    function transferTitle(uint256 seed) external counted {
        uint256 index = _pick(seed, tokens[seed % tokens.length]);
        Offer memory offer = _offers[index];
        uint48 modelId = uint48(offer.versionId >> 16);
        address next = _creator(seed);
        if (next == offer.creator) next = _creator((seed % CREATORS) + 1);
        vm.prank(offer.creator);
        registry.transferFrom(offer.creator, next, modelId);
        titleOf[modelId] = next;
        _attempt(index, _payer(offer, seed), _buyer(seed), address(0), Way.Plain, IMarket.Market_TitleMoved.selector);
        _done();
    }

    function transferLicense(uint256 seed) external counted {
        if (_licenses.length == 0) this.buyNativeFor(seed);
        Sold storage sold = _licenses[seed % _licenses.length];
        address to = _stranger(sold.owner, seed);
        vm.prank(sold.owner);
        try licenses.transferFrom(sold.owner, to, sold.id) {
            assertTrue(sold.transferable, "a soulbound licence changed hands");
            assertFalse(licenses.isAuthorized(sold.id, sold.owner), "who gave a licence away still has its rights");
            sold.owner = to;
        } catch (bytes memory reason) {
            assertFalse(sold.transferable, "a transferable licence is stuck");
            assertEq(_selectorOf(reason), ILicenseToken.LicenseToken_Soulbound.selector, "soulbound");
        }
        if (sold.owner != address(greedy)) {
            assertEq(licenses.isAuthorized(sold.id, sold.owner), isUsable(sold), "a licensee lost its rights");
        }
        _done();
    }

    /// @notice Not an action: a purchase on behalf of an action that needs a licence.
    function buyNativeFor(uint256 seed) external {
        require(msg.sender == address(this), "not an action");
        uint256 index = _pick(seed, NATIVE);
        address payer = _payer(_offers[index], seed);
        _attempt(index, payer, payer, address(0), Way.Plain, 0);
    }
}
