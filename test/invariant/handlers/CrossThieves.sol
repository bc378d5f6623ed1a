// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Hop, PoolKey} from "../../../contracts/exchange/IExchange.sol";
import {GovernanceToken} from "../../../contracts/governance/GovernanceToken.sol";
import {IMarket, Offer, Order} from "../../../contracts/market/IMarket.sol";
import {IMarketSettings} from "../../../contracts/market/IMarketSettings.sol";
import {Credit, IRevenueLedger} from "../../../contracts/ledger/IRevenueLedger.sol";
import {ITreasuryPointer} from "../../../contracts/utils/ITreasuryPointer.sol";
import {HookToken} from "../../contracts/tokens/HookToken.sol";
import {TestToken} from "../../contracts/tokens/TestToken.sol";
import {CrossGround} from "./CrossGround.sol";
import {Raider} from "./Raider.sol";

/// @notice What thieves try in the market, the Exchange and the government.
abstract contract CrossThieves is CrossGround {
    function _raidClosedToken(uint256 seed) internal {
        Offer memory offer = _draft(seed, address(honest), _anyVersion(seed), false, false);
        vm.prank(offer.creator);
        try market.createOffer(offer) {
            _never("an offer was listed in a token that is off the list");
        } catch (bytes memory reason) {
            assertEq(
                bytes32(_selectorOf(reason)),
                bytes32(IMarketSettings.Market_TokenNotListed.selector),
                "not listed"
            );
        }
        _done();
    }

    /// @dev A buyer pays in the token that calls back: the thieves' purchase inside it fails, and the credit of what is on its way too.
    function _reenterMarket(uint256 seed, Raider.Step[] memory steps) internal {
        if (!allowed[address(hooked)]) return;
        uint256 index = _pick(seed, address(hooked), false, false);
        uint256 other = _pick(_mix(seed, 1), NATIVE, false, false);
        (Order memory order, ) = _order(other, address(raider), address(0));
        uint256 price = _offers[other].price;
        vm.deal(address(raider), address(raider).balance + price);
        steps[0] = Raider.Step(address(market), price, abi.encodeCall(IMarket.purchase, (_offers[other], order)));
        // money that arrived is there to be credited before the market does it: then the purchase fails, and takes the theft back
        bool theft = _mix(seed, 2) % 2 == 0;
        if (!theft) steps[4] = steps[0];
        HookToken.When when = theft ? HookToken.When.After : HookToken.When.Before;
        hooked.setHook(when, address(raider), abi.encodeCall(Raider.strike, (steps)), true);
        if (theft) {
            Credit memory credit = Credit(address(raider), _offers[index].price);
            _refusedTheft(index, seed, credit, steps);
            return;
        }
        _buy(index, _buyer(seed), address(0));
        // claim(invariants#across-domains): a token's callback neither buys inside a purchase nor is credited with a
        //   buyer's money, nor enters a withdrawal | the issuer of a token that calls back
        assertEq(raider.done() & 0x11, 0, "a callback bought inside a purchase");
    }

    function _refusedTheft(uint256 index, uint256 seed, Credit memory credit, Raider.Step[] memory steps) internal {
        Credit[] memory credits = new Credit[](1);
        credits[0] = credit;
        steps[4] = _step(address(ledger), abi.encodeCall(ledger.credit, (address(hooked), credits)));
        hooked.setHook(HookToken.When.After, address(raider), abi.encodeCall(Raider.strike, (steps)), true);
        _refused(index, _buyer(seed), IRevenueLedger.RevenueLedger_Unbacked.selector);
        // claim(invariants#across-domains): a token's callback neither buys inside a purchase nor is credited with a
        //   buyer's money, nor enters a withdrawal
        _checkAccount(address(hooked), address(raider), "a callback was credited with a buyer's money");
    }

    /// @dev A withdrawal of the token that calls back: what leaves the ledger cannot be credited on its way.
    function _reenterLedger(uint256 seed) internal {
        address account = _creator(seed);
        uint256 amount = booked[address(hooked)][account];
        if (amount == 0) return;
        _withdraw(address(hooked), account, amount);
        // claim(invariants#across-domains): a token's callback neither buys inside a purchase nor is credited with a
        //   buyer's money, nor enters a withdrawal
        assertEq(raider.done() & 0x10, 0, "a withdrawal was entered again");
    }

    function _chargeInMarket(uint256 seed) internal {
        Offer memory offer = _draft(seed, address(taking), _anyVersion(seed), false, false);
        _waitForPause();
        uint256 index = _list(offer);
        _refused(index, _buyer(seed), IRevenueLedger.RevenueLedger_Unbacked.selector);
        _revoke(index);
    }

    /// @dev The Exchange counts what arrives, and gives nobody exactly what a charging token cannot bring.
    function _chargeInExchange(uint256 seed) internal {
        bool zeroIn = _pools[CHARGING].token0 == address(taking);
        _swapExactIn(maker, CHARGING, zeroIn, seed);
        (address tokenIn, Hop[] memory hops) = _path(CHARGING, zeroIn);
        uint256 cost = exchange.quoteExactOut(tokenIn, hops, 1e9);
        vm.prank(maker);
        try exchange.swapExactOut(tokenIn, hops, 1e9, 2 * cost, maker, block.timestamp) {
            // claim(invariants#across-domains): a token that charges for transfers buys nothing and pays no exact price
            //   in the exchange | a buyer who pays less than the price
            _never("a token that charges for transfers paid an exact price");
        } catch {}
    }

    /// @dev An issuer freezes a seller: its sales and deals go on, and only its own withdrawal waits.
    function _freeze(uint256 seed) internal {
        address token = address(freezing);
        uint256 index = allowed[token] ? _pick(seed, token, false, false) : _pick(seed, NATIVE, false, false);
        address seller = _offers[index].creator;
        freezing.freeze(seller, true);
        _buy(index, _buyer(seed), _referrer(seed));
        uint256 amount = booked[token][seller];
        vm.prank(seller);
        try ledger.withdraw(token) {
            // claim(invariants#across-domains): an issuer that freezes a seller blocks that seller's own withdrawal and
            //   nothing else | an issuer that blackmails
            _never("a frozen account was paid");
        } catch {}
        // claim(invariants#across-domains): an issuer that freezes a seller blocks that seller's own withdrawal and
        //   nothing else
        _checkAccount(token, seller, "a refused withdrawal took the account along");
        uint256 other = booked[token][_referrer(seed)];
        if (other != 0) _withdraw(token, _referrer(seed), other);
        freezing.freeze(seller, false);
        if (amount != 0) _withdraw(token, seller, amount);
    }

    /// @dev What happens before the victim's call, and what the victim is told then; 0 when it may buy all the same.
    function _overtake(uint256 way, uint256 seed, uint256 index) internal returns (bytes4) {
        Offer memory offer = _offers[index];
        address attacker = _buyer(_mix(seed, 3));
        if (way == 0) {
            _revoke(index);
            offer.price += 1;
            offer.salt += uint64(1) << 40;
            _list(offer);
            return IMarket.Market_OfferRevoked.selector;
        }
        if (way == 1) {
            // the title goes to another creator and back: only in between is the offer not its own
            uint48 modelId = uint48(offer.versionId >> 16);
            address next = _creator(seed) == offer.creator ? _creator((seed % CREATORS) + 1) : _creator(seed);
            vm.prank(offer.creator);
            registry.transferFrom(offer.creator, next, modelId);
            if (seed % 2 == 0) _refused(index, _buyer(seed), IMarket.Market_TitleMoved.selector);
            vm.prank(next);
            registry.transferFrom(next, offer.creator, modelId);
            return 0;
        }
        if (way == 2) {
            _buy(index, attacker, address(0));
            return IMarket.Market_SoldOut.selector;
        }
        if (way == 3) {
            _buy(index, attacker, address(0));
            _complain(_deals.length - 1);
            return IMarket.Market_VersionDefective.selector;
        }
        if (way == 4) {
            _swapExactIn(maker, VOTES, seed % 2 == 0, _mix(seed, 4));
            return 0;
        }
        _swapExactIn(maker, COIN, false, _mix(seed, 4));
        return 0;
    }

    function _purchaseBy(uint256 index, address payer) internal view returns (bytes memory data, uint256 scalar) {
        Order memory order;
        (order, scalar) = _order(index, payer, address(0));
        data = abi.encodeCall(IMarket.purchase, (_offers[index], order));
    }

    function _sendOvertaken(
        uint256 index,
        address victim,
        bytes memory data,
        uint256 scalar,
        bytes4 expected
    ) internal {
        (address token, uint256 price) = (_offers[index].payToken, _offers[index].price);
        uint256 before = _held(token, victim);
        vm.prank(victim);
        (bool ok, bytes memory answer) = address(market).call{value: token == NATIVE ? price : 0}(data);
        if (!ok) {
            assertEq(bytes32(_selectorOf(answer)), bytes32(expected), "an overtaken buyer was refused for no reason");
            assertEq(_held(token, victim), before, "a refused buyer paid");
            return;
        }
        // claim(invariants#across-domains): a call that others overtake costs at most its bound and returns what it
        //   named, or nothing happens | those who order transactions
        assertEq(uint32(expected), 0, "a buyer was sold what is no longer for sale");
        // claim(invariants#across-domains): a call that others overtake costs at most its bound and returns what it
        //   named, or nothing happens
        assertEq(_held(token, victim), before - price, "an overtaken buyer paid another price");
        (Order memory order, ) = _order(index, victim, address(0));
        _booked(index, abi.decode(answer, (uint256)), victim, order, scalar);
        _checkSale(index, address(0));
    }

    function _sendSandwiched(address victim, bytes memory data, bool zeroIn, uint256 amount, uint256 least) internal {
        PoolKey memory key = _pools[COIN];
        (address tokenIn, address tokenOut) = zeroIn ? (key.token0, key.token1) : (key.token1, key.token0);
        uint256 heldIn = _held(tokenIn, victim);
        uint256 heldOut = _held(tokenOut, victim);
        vm.prank(victim);
        (bool ok, ) = address(exchange).call{value: zeroIn ? amount : 0}(data);
        if (ok) {
            // claim(invariants#across-domains): a call that others overtake costs at most its bound and returns what it
            //   named, or nothing happens
            assertGe(_held(tokenOut, victim), heldOut + least, "a trader got less than its bound");
            assertEq(_held(tokenIn, victim), heldIn - amount, "a trader paid more than it said");
        } else {
            assertEq(_held(tokenOut, victim), heldOut, "a refused trade moved something");
            assertEq(_held(tokenIn, victim), heldIn, "a refused trade moved something");
        }
    }

    /// @dev Takes the units, tries all that units are good for and some more, and leaves them.
    function _usurpation(uint256 id, uint256 seed) internal view returns (Raider.Step[] memory steps) {
        (address[] memory targets, bytes[] memory calls) = (new address[](1), new bytes[](1));
        (targets[0], calls[0]) = (address(market), abi.encodeCall(ITreasuryPointer.setTreasury, (address(raider))));
        string memory mark = string.concat("mine#proposer=", vm.toString(address(raider)));
        steps = new Raider.Step[](9);
        steps[0] = _step(address(iso), abi.encodeCall(iso.delegate, (address(raider))));
        steps[1] = _step(address(governor), abi.encodeCall(governor.castVote, (id, uint8(seed % 2))));
        bytes memory split = abi.encodePacked(uint128(1), uint128(1), uint128(0));
        steps[2] = _step(address(governor), abi.encodeCall(governor.castVoteWithReasonAndParams, (id, 255, "", split)));
        steps[3] = _step(address(governor), abi.encodeCall(governor.propose, (targets, new uint256[](1), calls, mark)));
        steps[4] = _step(address(governor), abi.encodeWithSignature("cancel(uint256)", id));
        steps[5] = _step(address(ballots), abi.encodeCall(ballots.cast, (id, address(raider), 1, "", 0, 0)));
        steps[6] = _step(address(iso), abi.encodeCall(GovernanceToken.mint, (address(raider), 1)));
        steps[7] = _step(address(iso), abi.encodeCall(iso.reweigh, (address(raider))));
        steps[8] = _step(address(iso), abi.encodeCall(iso.delegate, (seed % 2 == 0 ? address(0) : address(raider))));
    }

    function _heist(
        Offer memory offer,
        Order memory order,
        uint256 mine
    ) internal view returns (Raider.Step[] memory steps) {
        Credit[] memory credit = new Credit[](1);
        credit[0] = Credit(address(raider), 1_000);

        steps = new Raider.Step[](7);
        steps[0] = _step(address(ledger), abi.encodeCall(ledger.credit, (address(honest), credit)));
        steps[1] = _step(address(market), abi.encodeCall(IMarket.purchase, (offer, order)));
        steps[2] = _step(
            address(ledger),
            abi.encodeCall(ledger.withdrawTo, (address(honest), address(raider), mine + 1))
        );
        steps[3] = _stepSell(COIN, false, 1_000_000);
        // tokens in the ledger that nobody is owed belong to the first who credits them: here to the thief
        steps[4] = _step(address(honest), abi.encodeCall(IERC20.transfer, (address(ledger), 1_000)));
        steps[5] = _step(address(ledger), abi.encodeCall(ledger.credit, (address(honest), credit)));
        steps[6] = _step(
            address(ledger),
            abi.encodeCall(ledger.withdrawTo, (address(honest), address(raider), mine + 1_000))
        );
    }

    function _plunder(uint256 seed, uint256 amount) internal view returns (Raider.Step[] memory steps) {
        steps = new Raider.Step[](6);
        steps[0] = _stepSell(QUARRY, seed % 2 == 0, _bound(amount, 1e12, 1e18));
        steps[1] = _stepDeposit(QUARRY, _bound(_mix(seed, 2), 1e12, 1e18));
        steps[2] = _stepSell(QUARRY, seed % 2 != 0, _bound(_mix(seed, 3), 1e12, 1e18));
        steps[3] = _stepSell(QUARRY, seed % 4 < 2, _bound(_mix(seed, 4), 1e12, 1e18));
        steps[4] = _step(address(raider), abi.encodeCall(raider.leave, (exchange, _pools[QUARRY])));
        steps[5] = _stepSell(QUARRY, seed % 8 < 4, _bound(_mix(seed, 5), 1e12, 1e18));
    }

    function _borrowBySwap(bool zeroIn, uint256 amount, Raider.Step[] memory steps) internal {
        (address tokenIn, Hop[] memory hops) = _path(QUARRY, zeroIn);
        (uint256 reserve0, uint256 reserve1, ) = _state(QUARRY);
        uint256 wanted = _bound(amount, 1, (zeroIn ? reserve1 : reserve0) / 2);
        // in a long run a thief has paid all that it had for its swaps
        uint256 cost = exchange.quoteExactOut(tokenIn, hops, wanted);
        if (_held(tokenIn, address(raider)) < cost) TestToken(tokenIn).mint(address(raider), cost);
        raider.borrowBySwap(exchange, tokenIn, hops, wanted, steps);
    }
}
