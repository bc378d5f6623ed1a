// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Hop} from "../../../contracts/exchange/IExchange.sol";
import {Credit, IRevenueLedger} from "../../../contracts/ledger/IRevenueLedger.sol";
import {CartItem, IMarket, Offer, Order, SwapPayment} from "../../../contracts/market/IMarket.sol";
import {HookToken} from "../../contracts/tokens/HookToken.sol";
import {Way} from "./MarketBooks.sol";
import {MarketStage} from "./MarketStage.sol";

/// @notice Purchases in every way, those that the market must refuse included.
abstract contract MarketPurchases is MarketStage {
    function _addPurchasesActions() internal {
        _action(MarketPurchases.buyErc20.selector, "buyErc20");
        _action(MarketPurchases.buyNative.selector, "buyNative");
        _action(MarketPurchases.buyGift.selector, "buyGift");
        _action(MarketPurchases.buyReferred.selector, "buyReferred");
        // claim(attacks#escrow-dispute-and-arbiters): A contract of the protocol as the referrer of a sale, credits to
        //   the escrow without a deal, coin forced upon it: only the referrer's share or the giver's gift is lost
        _action(MarketPurchases.buyCareless.selector, "buyCareless");
        _action(MarketPurchases.buyPermit.selector, "buyPermit");
        _action(MarketPurchases.buySigned.selector, "buySigned");
        // claim(invariants#market-and-escrow): The payer pays the price and nothing else; the rest of a cart comes back
        _action(MarketPurchases.buyCart.selector, "buyCart");
        _action(MarketPurchases.buySwapped.selector, "buySwapped");
        _action(MarketPurchases.buyForwarded.selector, "buyForwarded");
        // claim(invariants#market-and-escrow): A revoked, expired, sold-out, repriced or moved offer is not sold, nor
        //   an offer in a token that is not on the list, or above the fee that the creator accepts
        _action(MarketPurchases.buyAsPredicted.selector, "buyAsPredicted");
        // claim(invariants#market-and-escrow): A token that charges for transfers buys nothing | a buyer who pays less
        //   than the price, at the cost of everybody in the ledger
        // claim(invariants#market-and-escrow): A revoked, expired, sold-out, repriced or moved offer is not sold, nor
        //   an offer in a token that is not on the list, or above the fee that the creator accepts
        _action(MarketPurchases.buyRefused.selector, "buyRefused");
        // claim(invariants#market-and-escrow): A token's callback cannot credit money to itself, buy inside a purchase
        //   or re-enter a withdrawal | the issuer of a malicious token
        // claim(invariants#market-and-escrow): A receiver's hook cannot buy inside its own purchase | a buyer who
        //   exceeds supply or price bound
        _action(MarketPurchases.reenter.selector, "reenter");
    }

    function buyErc20(uint256 seed) external counted {
        uint256 index = _pick(seed, tokens[1 + (seed % (tokens.length - 1))]);
        address payer = _payer(_offers[index], seed);
        _attempt(index, payer, payer, address(0), Way.Plain, 0);
        _done();
    }

    function buyNative(uint256 seed) external counted {
        uint256 index = _pick(seed, NATIVE);
        address payer = _payer(_offers[index], seed);
        _attempt(index, payer, payer, address(0), Way.Plain, 0);
        _done();
    }

    function buyGift(uint256 seed) external counted {
        uint256 index = _pick(seed, tokens[seed % tokens.length]);
        address payer = _payer(_offers[index], seed);
        _attempt(index, payer, _stranger(payer, seed), address(0), Way.Plain, 0);
        _done();
    }

    function buyReferred(uint256 seed) external counted {
        uint256 index = _pick(seed, tokens[seed % tokens.length]);
        address payer = _payer(_offers[index], seed);
        _attempt(index, payer, payer, _referrer(seed), Way.Plain, 0);
        _done();
    }

    /// @notice The referrer is the escrow, or another contract of the protocol: its share is nobody's from then on, and everybody else's is right.
    function buyCareless(uint256 seed) external counted {
        uint256 index = _pick(seed, tokens[seed % tokens.length]);
        address payer = _payer(_offers[index], seed);
        _attempt(index, payer, payer, _careless(seed), Way.Plain, 0);
        _done();
    }

    function buyPermit(uint256 seed) external counted {
        uint256 index = _pick(seed, address(honest));
        address payer = _payer(_offers[index], seed);
        _attempt(index, payer, payer, _referrer(seed), Way.Permitted, 0);
        _done();
    }

    function buySigned(uint256 seed) external counted {
        uint256 index = _sign(seed, tokens[seed % tokens.length]);
        address payer = _payer(_offers[index], seed);
        _attempt(index, payer, payer, _referrer(seed), Way.Plain, IMarket.Market_NotListed.selector);
        _attempt(index, payer, payer, _referrer(seed), Way.Signed, 0);
        _done();
    }

    /// @notice Coin for an offer in tokens, or tokens for one in coin, at exactly what the exchange quotes.
    function buySwapped(uint256 seed) external counted {
        bool inCoin = seed % 2 == 0;
        address tokenIn = inCoin ? NATIVE : address(honest);
        uint256 index = _pick(seed, inCoin ? address(honest) : NATIVE);
        Offer memory offer = _offers[index];
        address payer = _payer(offer, seed);
        Order memory order = _order(index, payer, _referrer(seed));
        SwapPayment memory payment = SwapPayment(tokenIn, seed % 1_000, block.timestamp, new Hop[](1));
        payment.hops[0] = Hop.wrap(uint256(uint160(offer.payToken)) | (POOL_FEE_BPS << 160));
        if (offer.price == 0) {
            bytes memory free = abi.encodeCall(IMarket.purchaseWithSwap, (offer, order, payment));
            _refuse(payer, inCoin ? payment.maxSpent : 0, free, IMarket.Market_WrongPath.selector);
            _done();
            return;
        }

        uint256 cost = exchange.quoteExactOut(tokenIn, payment.hops, offer.price);
        payment.maxSpent = cost - 1;
        vm.prank(payer);
        try market.purchaseWithSwap{value: inCoin ? payment.maxSpent : 0}(offer, order, payment) {
            _never("a swap cost more than its bound");
        } catch {}

        payment.maxSpent = cost + (seed % 1_000);
        uint256 before = _held(tokenIn, payer);
        vm.prank(payer);
        (uint256 id, uint256 spent) = market.purchaseWithSwap{value: inCoin ? payment.maxSpent : 0}(
            offer,
            order,
            payment
        );
        assertEq(spent, cost, "a swap cost something else than its quote");
        assertEq(_held(tokenIn, payer), before - cost, "the payer paid something else than the quote");
        assertEq(honest.allowance(address(market), address(exchange)), 0, "the market left an allowance behind");
        _sold(index, id, payer, order.referrer);
        _done();
    }

    function buyForwarded(uint256 seed) external counted {
        uint256 index = _pick(seed, tokens[seed % tokens.length]);
        address payer = _payer(_offers[index], seed);
        _attempt(index, payer, payer, _referrer(seed), Way.Forwarded, 0);
        _done();
    }

    /// @notice Any offer, any payer, in any state of the market: it goes through exactly when the handler's books say so.
    function buyAsPredicted(uint256 seed, uint256 pick) external counted {
        if (_offers.length == 0) _pick(seed, NATIVE);
        uint256 index = pick % _offers.length;
        address payer = _buyer(seed);
        Way way = listedOf[hashes[index]] ? Way.Plain : Way.Signed;
        bytes4 expected = _verdict(index, payer, way);
        _attempt(index, payer, _buyer(pick), _referrer(pick), way, expected);
        _done();
    }

    function buyRefused(uint256 seed) external counted {
        uint256 index = _pick(seed, tokens[seed % tokens.length]);
        Offer memory offer = _offers[index];
        address payer = _payer(offer, seed);
        Order memory order = _order(index, payer, address(0));
        uint256 value = offer.payToken == NATIVE ? offer.price : 0;

        order.termsHash = bytes32(uint256(order.termsHash) ^ 1);
        _refuse(payer, value, abi.encodeCall(IMarket.purchase, (offer, order)), IMarket.Market_TermsMismatch.selector);
        order = _order(index, payer, address(0));
        // the creator raises the price in front of the buyer: it is another offer
        offer.price += 1;
        _refuse(
            payer,
            value + (offer.payToken == NATIVE ? 1 : 0),
            abi.encodeCall(IMarket.purchase, (offer, order)),
            IMarket.Market_TermsMismatch.selector
        );
        offer.price -= 1;
        _refuse(payer, value + 1, abi.encodeCall(IMarket.purchase, (offer, order)), IMarket.Market_WrongValue.selector);
        if (offer.price != 0) {
            order.maxPrice = offer.price - 1;
            _refuse(
                payer,
                value,
                abi.encodeCall(IMarket.purchase, (offer, order)),
                IMarket.Market_PriceAboveBound.selector
            );
            order.maxPrice = offer.price;
        }
        order.pad = payer;
        _refuse(payer, value, abi.encodeCall(IMarket.purchase, (offer, order)), IMarket.Market_PadNotNeeded.selector);

        // what a token keeps for itself does not reach the ledger
        offer = _draft(seed, address(taking));
        offer.price += 1_000;
        offer.buyer = address(0);
        uint256 fee = _list(offer);
        order = _order(fee, payer, address(0));
        _refuse(
            payer,
            0,
            abi.encodeCall(IMarket.purchase, (offer, order)),
            IRevenueLedger.RevenueLedger_Unbacked.selector
        );
        _drop(fee);
        _done();
    }

    function buyCart(uint256 seed) external counted {
        _openIfClosed();
        uint256 count = 2 + (seed % 3);
        CartItem[] memory items = new CartItem[](count);
        uint256[] memory picked = new uint256[](count);
        uint256 value = 0;
        address payer = _buyer(seed);
        for (uint256 i = 0; i < count; ++i) {
            Offer memory offer = _draft(_mix(seed, i), tokens[_mix(seed, i) % tokens.length]);
            if (!allowed[offer.payToken]) _allow(offer.payToken, true);
            offer.buyer = address(0);
            bool signed = _mix(seed, i) % 5 == 0;
            picked[i] = signed ? _track(offer) : _list(offer);
            items[i] = CartItem(
                offer,
                _order(picked[i], _buyer(_mix(seed, i)), _referrer(i)),
                signed ? _signature(picked[i]) : bytes("")
            );
            if (offer.payToken == NATIVE) value += offer.price;
        }

        if (value != 0) {
            _refuse(
                payer,
                value - 1,
                abi.encodeCall(IMarket.purchaseCart, (items)),
                IMarket.Market_WrongValue.selector
            );
        }
        // one line that cannot be bought: nothing is
        items[count - 1].order.maxPrice = 0;
        bool free = items[count - 1].offer.price == 0;
        if (!free) {
            _refuse(
                payer,
                value,
                abi.encodeCall(IMarket.purchaseCart, (items)),
                IMarket.Market_PriceAboveBound.selector
            );
        }
        items[count - 1].order.maxPrice = items[count - 1].offer.price;

        uint256 before = payer.balance;
        vm.prank(payer);
        uint256[] memory ids = market.purchaseCart{value: value + (seed % 1_000)}(items);
        assertEq(payer.balance, before - value, "a cart kept more native coin than its lines cost");
        for (uint256 i = 0; i < count; ++i) _sold(picked[i], ids[i], items[i].order.recipient, items[i].order.referrer);
        _done();
    }

    /// @notice A token's callback and a receiver's hook try to take the money of a sale, or to buy inside it.
    function reenter(uint256 seed) external counted {
        uint256 index = _pick(seed, address(hooked));
        uint256 other = _pick(_mix(seed, 1), NATIVE);
        Offer memory offer = _offers[index];
        address payer = _payer(offer, seed);
        Order memory order = _order(index, payer, address(0));
        Credit[] memory steal = new Credit[](1);
        steal[0] = Credit(payer, offer.price);
        bytes memory theft = abi.encodeCall(ledger.credit, (address(hooked), steal));
        bytes memory again = abi.encodeCall(IMarket.purchase, (offer, order));

        if (offer.price != 0) {
            // the thief is credited with its own payment, and then the sale finds nothing to credit
            hooked.setHook(HookToken.When.After, address(ledger), theft, false);
            _refuse(payer, 0, again, IRevenueLedger.RevenueLedger_Unbacked.selector);
            // the refusal took the hook's own record back with it
            hooked.setHook(HookToken.When.Before, address(ledger), theft, false);
            _attempt(index, payer, payer, address(0), Way.Plain, 0);
            assertFalse(hooked.succeeded(), "a callback was credited with money that had not arrived");
        }
        hooked.setHook(HookToken.When.Never, address(0), "", false);
        if (_verdict(index, payer, Way.Plain) == 0 && offer.price != 0) {
            hooked.setHook(HookToken.When.After, address(market), again, false);
            _attempt(index, payer, payer, address(0), Way.Plain, 0);
            assertFalse(hooked.succeeded(), "a callback bought inside a purchase");
            hooked.setHook(HookToken.When.Never, address(0), "", false);
        }

        Offer memory native = _offers[other];
        greedy.prepare(again);
        uint256 received = greedy.received();
        _attempt(other, _payer(native, seed), address(greedy), address(0), Way.Plain, 0);
        assertEq(greedy.received(), received + 1, "the receiver's hook was not called once");
        assertFalse(greedy.reentered(), "a receiver bought inside its own purchase");
        _done();
    }
}
