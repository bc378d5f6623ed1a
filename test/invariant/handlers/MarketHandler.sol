// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC721Receiver} from "@openzeppelin/contracts/token/ERC721/IERC721Receiver.sol";
import {ERC2771Forwarder} from "@openzeppelin/contracts/metatx/ERC2771Forwarder.sol";
import {Vm} from "forge-std/Vm.sol";

import {Hop, PoolKey} from "../../../contracts/exchange/IExchange.sol";
import {ILicenseToken} from "../../../contracts/license/ILicenseToken.sol";
import {CartItem, IMarket, Offer, Order, SwapPayment} from "../../../contracts/market/IMarket.sol";
import {VersionData} from "../../../contracts/registry/IModelRegistry.sol";
import {Credit, IRevenueLedger} from "../../../contracts/ledger/IRevenueLedger.sol";
import {BoundedPause} from "../../../contracts/utils/BoundedPause.sol";
import {Permit} from "../../../contracts/utils/Permit.sol";
import {HookToken} from "../../contracts/tokens/HookToken.sol";
import {ProtocolHandler} from "./ProtocolHandler.sol";

/// @notice A receiver of licences that tries to buy again, and to take what lies in the ledger, before its own purchase is over.
contract Greedy is IERC721Receiver {
    address private immutable _MARKET;
    bytes private _purchase;

    uint256 public received;
    bool public reentered;

    constructor(address market) {
        _MARKET = market;
    }

    function prepare(bytes calldata purchase) external {
        _purchase = purchase;
    }

    function onERC721Received(address, address, uint256, bytes calldata) external returns (bytes4) {
        ++received;
        (bool ok, ) = _MARKET.call(_purchase);
        if (ok) reentered = true;
        return this.onERC721Received.selector;
    }
}

/// @notice Lists, sells, pays and governs. Before each purchase it says from its own books whether the market must refuse, and why.
contract MarketHandler is ProtocolHandler {
    bytes32 private constant PERMIT_TYPE = keccak256(
        "Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)"
    );
    bytes32 private constant REQUEST_TYPE = keccak256(
        "ForwardRequest(address from,address to,uint256 value,uint256 gas,uint256 nonce,uint48 deadline,bytes data)"
    );
    bytes32 private constant DOMAIN_TYPE = keccak256(
        "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
    );

    uint256 private constant POOL_FEE_BPS = 30;
    uint256 private constant POOL_DEPTH = 1e24;

    enum Way {
        Plain,
        Permitted,
        Signed,
        Forwarded
    }

    struct Sold {
        uint256 id;
        address owner;
        bool transferable;
    }

    Offer[] private _offers;
    bytes32[] public hashes;
    uint64[] public versions;
    Sold[] private _licenses;
    mapping(bytes32 termsHash => uint32) public soldOf;
    mapping(bytes32 termsHash => bool) public listedOf;
    mapping(bytes32 termsHash => bool) public revokedOf;
    mapping(uint48 modelId => address) public titleOf;
    mapping(uint48 modelId => uint16) public versionsOf;
    mapping(address token => bool) public allowed;
    mapping(address creator => uint64) public epochs;

    uint16 public feeBps = 250;
    address public treasury;
    uint256 public pausedUntil;
    uint256 public nextPauseAt;
    uint48 public models;
    Greedy public greedy;

    uint64 private _salt;

    constructor() {
        _deployProtocol();
        _openPool();
        treasury = _treasury(0);
        for (uint256 i = 0; i < tokens.length; ++i) allowed[tokens[i]] = true;
        allowed[address(taking)] = true;
        greedy = new Greedy(address(market));
        for (uint256 i = 0; i < CREATORS; ++i) _createModel(_creator(i));

        _action(MarketHandler.createModel.selector, "createModel");
        _action(MarketHandler.publishVersion.selector, "publishVersion");
        _action(MarketHandler.listOffer.selector, "listOffer");
        _action(MarketHandler.revokeOffer.selector, "revokeOffer");
        _action(MarketHandler.revokeAllSigned.selector, "revokeAllSigned");
        _action(MarketHandler.buyErc20.selector, "buyErc20");
        _action(MarketHandler.buyNative.selector, "buyNative");
        _action(MarketHandler.buyGift.selector, "buyGift");
        _action(MarketHandler.buyReferred.selector, "buyReferred");
        _action(MarketHandler.buyCareless.selector, "buyCareless");
        _action(MarketHandler.buyPermit.selector, "buyPermit");
        _action(MarketHandler.buySigned.selector, "buySigned");
        _action(MarketHandler.buyCart.selector, "buyCart");
        _action(MarketHandler.buySwapped.selector, "buySwapped");
        _action(MarketHandler.buyForwarded.selector, "buyForwarded");
        _action(MarketHandler.buyAsPredicted.selector, "buyAsPredicted");
        _action(MarketHandler.buyRefused.selector, "buyRefused");
        _action(MarketHandler.reenter.selector, "reenter");
        _action(MarketHandler.withdraw.selector, "withdraw");
        _action(MarketHandler.withdrawTo.selector, "withdrawTo");
        _action(MarketHandler.move.selector, "move");
        _action(MarketHandler.transferTitle.selector, "transferTitle");
        _action(MarketHandler.transferLicense.selector, "transferLicense");
        _action(MarketHandler.setFee.selector, "setFee");
        _action(MarketHandler.setTreasury.selector, "setTreasury");
        _action(MarketHandler.setPayToken.selector, "setPayToken");
        _action(MarketHandler.pause.selector, "pause");
        _action(MarketHandler.travel.selector, "travel");
    }

    function offerCount() external view returns (uint256) {
        return _offers.length;
    }

    function licenseCount() external view returns (uint256) {
        return _licenses.length;
    }

    function licenseAt(uint256 index) external view returns (Sold memory) {
        return _licenses[index];
    }

    function supplyAt(uint256 index) external view returns (uint32) {
        return _offers[index].supply;
    }

    // ---- listing

    function createModel(uint256 seed) external counted {
        _createModel(_creator(seed));
        _done();
    }

    function publishVersion(uint256 seed) external counted {
        uint48 modelId = _model(seed);
        address stranger = _stranger(titleOf[modelId], seed);
        vm.prank(stranger);
        try registry.publishVersion(modelId, _card(seed)) {
            _never("a stranger published a version");
        } catch {}

        vm.prank(titleOf[modelId]);
        uint64 versionId = registry.publishVersion(modelId, _card(seed));
        assertEq(versionId, (uint64(modelId) << 16) | ++versionsOf[modelId], "the version's number");
        versions.push(versionId);
        _done();
    }

    function listOffer(uint256 seed) external counted {
        _openIfClosed();
        Offer memory offer = _draft(seed, tokens[seed % tokens.length]);
        if (!allowed[offer.payToken]) _allow(offer.payToken, true);
        uint256 index = _list(offer);

        vm.prank(offer.creator);
        try market.createOffer(offer) {
            _never("an offer was listed twice");
        } catch (bytes memory reason) {
            assertEq(_selectorOf(reason), IMarket.Market_AlreadyListed.selector, "listed twice");
        }
        address stranger = _stranger(offer.creator, seed);
        offer.salt = ++_salt;
        vm.prank(stranger);
        try market.createOffer(offer) {
            _never("a stranger listed an offer");
        } catch (bytes memory reason) {
            assertEq(_selectorOf(reason), IMarket.Market_NotTitleHolder.selector, "listed by a stranger");
        }
        assertEq(hashes[index], market.hashOffer(_offers[index]), "terms of a listed offer changed");
        _done();
    }

    function revokeOffer(uint256 seed) external counted {
        uint256 index = _pick(seed, tokens[seed % tokens.length]);
        Offer memory offer = _offers[index];
        vm.prank(_stranger(offer.creator, seed));
        try market.revokeOffer(offer) {
            _never("a stranger revoked an offer");
        } catch {}

        vm.prank(offer.creator);
        market.revokeOffer(offer);
        revokedOf[hashes[index]] = true;
        _attempt(index, _payer(offer, seed), _buyer(seed), address(0), Way.Plain, IMarket.Market_OfferRevoked.selector);
        _done();
    }

    function revokeAllSigned(uint256 seed) external counted {
        uint256 index = _sign(seed, tokens[seed % tokens.length]);
        Offer memory offer = _offers[index];
        vm.prank(offer.creator);
        market.revokeAllSigned();
        ++epochs[offer.creator];
        _attempt(index, _payer(offer, seed), _buyer(seed), address(0), Way.Signed, IMarket.Market_WrongEpoch.selector);
        _done();
    }

    // ---- purchases

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

    // ---- money

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

    // ---- titles and licences

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
            assertTrue(licenses.isAuthorized(sold.id, sold.owner), "a licensee lost its rights");
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

    // ---- administration

    function setFee(uint256 seed) external counted {
        vm.prank(_buyer(seed));
        try market.setProtocolFee(1) {
            _never("a stranger set the fee");
        } catch {}
        try market.setProtocolFee(501) {
            _never("a fee above the bound");
        } catch (bytes memory reason) {
            assertEq(_selectorOf(reason), IMarket.Market_ProtocolFeeTooHigh.selector, "fee above the bound");
        }
        feeBps = uint16(seed % 501);
        market.setProtocolFee(feeBps);
        _done();
    }

    function setTreasury(uint256 seed) external counted {
        vm.prank(_buyer(seed));
        try market.setTreasury(_buyer(seed)) {
            _never("a stranger set the treasury");
        } catch {}
        treasury = _treasury(seed);
        market.setTreasury(treasury);
        _done();
    }

    function setPayToken(uint256 seed) external counted {
        address token = tokens[1 + (seed % (tokens.length - 1))];
        if (allowed[token]) {
            uint256 index = _pick(seed, token);
            _allow(token, false);
            address payer = _payer(_offers[index], seed);
            _attempt(index, payer, payer, address(0), Way.Plain, IMarket.Market_TokenNotListed.selector);
        } else {
            _allow(token, true);
        }
        _done();
    }

    function pause(uint256 seed) external counted {
        uint40 duration = uint40(_bound(seed, 1, 7 days));
        try market.pausePurchases(7 days + 1) {
            _never("a pause above the bound");
        } catch (bytes memory reason) {
            assertEq(_selectorOf(reason), BoundedPause.BoundedPause_TooLong.selector, "pause too long");
        }
        if (block.timestamp < nextPauseAt) {
            try market.pausePurchases(duration) {
                _never("a pause within the cooldown");
            } catch (bytes memory reason) {
                assertEq(_selectorOf(reason), BoundedPause.BoundedPause_TooSoon.selector, "pause too soon");
            }
            vm.warp(nextPauseAt);
        }
        uint256 index = _pick(seed, tokens[seed % tokens.length]);
        address payer = _payer(_offers[index], seed);
        market.pausePurchases(duration);
        pausedUntil = block.timestamp + duration;
        nextPauseAt = block.timestamp + 60 days;
        _attempt(index, payer, payer, address(0), Way.Plain, IMarket.Market_Paused.selector);
        if (seed % 3 == 0) {
            market.resumePurchases();
            pausedUntil = block.timestamp;
        }
        _done();
    }

    function travel(uint256 seed) external counted {
        vm.warp(block.timestamp + _bound(seed, 1, 10 days));
        _done();
    }

    // ---- what the market must say

    /// @dev The first reason to refuse a purchase for the price, in the order in which the market documents them; 0 when there is none.
    function _verdict(uint256 index, address payer, Way way) private view returns (bytes4) {
        Offer storage offer = _offers[index];
        bytes32 termsHash = hashes[index];
        if (block.timestamp < pausedUntil) return IMarket.Market_Paused.selector;
        if (revokedOf[termsHash]) return IMarket.Market_OfferRevoked.selector;
        if (soldOf[termsHash] >= offer.supply) return IMarket.Market_SoldOut.selector;
        if (offer.expiresAt != 0 && block.timestamp > offer.expiresAt) return IMarket.Market_OfferExpired.selector;
        if (offer.buyer != address(0) && offer.buyer != payer) return IMarket.Market_NotTheBuyer.selector;
        if (feeBps > offer.maxProtocolFeeBps) return IMarket.Market_FeeAboveBound.selector;
        if (!allowed[offer.payToken]) return IMarket.Market_TokenNotListed.selector;
        if (titleOf[uint48(offer.versionId >> 16)] != offer.creator) return IMarket.Market_TitleMoved.selector;
        if (listedOf[termsHash]) return 0;
        if (way != Way.Signed) return IMarket.Market_NotListed.selector;
        if (offer.epoch != epochs[offer.creator]) return IMarket.Market_WrongEpoch.selector;
        return 0;
    }

    /// @dev Buys and keeps the books, or makes sure that the market refused for the reason that was expected.
    function _attempt(
        uint256 index,
        address payer,
        address recipient,
        address referrer,
        Way way,
        bytes4 expected
    ) private {
        assertEq(_verdict(index, payer, way), expected, "the handler did not prepare what it meant to");
        Offer memory offer = _offers[index];
        Order memory order = _order(index, recipient, referrer);
        uint256 value = offer.payToken == NATIVE ? offer.price : 0;
        uint256 before = _held(offer.payToken, payer);

        // a forwarder does not hand the answer on: the event has the id
        if (way == Way.Forwarded) vm.recordLogs();
        (bool ok, bytes memory answer) = _send(index, offer, order, payer, value, way);
        if (expected != 0) {
            assertFalse(ok, "the market sold what it must refuse");
            // a forwarder does not hand the reason on
            if (way != Way.Forwarded) assertEq(_selectorOf(answer), expected, "refused for another reason");
            return;
        }
        assertTrue(ok, "the market refused a purchase that is in order");
        assertEq(_held(offer.payToken, payer), before - offer.price, "the payer paid something else than the price");
        uint256 id = way == Way.Forwarded ? _announcedId() : abi.decode(answer, (uint256));
        _sold(index, id, recipient, referrer);
    }

    function _send(
        uint256 index,
        Offer memory offer,
        Order memory order,
        address payer,
        uint256 value,
        Way way
    ) private returns (bool ok, bytes memory answer) {
        bytes memory data = abi.encodeCall(IMarket.purchase, (offer, order));
        if (way == Way.Signed) data = abi.encodeCall(IMarket.purchaseSigned, (offer, order, _signature(index)));
        if (way == Way.Permitted) {
            vm.prank(payer);
            honest.approve(address(market), 0);
            Permit memory permit = _permit(payer, offer.price);
            if (index % 2 == 0) {
                // somebody saw the permit and used it first
                honest.permit(payer, address(market), permit.value, permit.deadline, permit.v, permit.r, permit.s);
            }
            data = abi.encodeCall(IMarket.purchaseWithPermit, (offer, order, permit));
        }
        if (way == Way.Forwarded) return _forward(payer, value, data);

        vm.prank(payer);
        (ok, answer) = address(market).call{value: value}(data);
        if (way == Way.Permitted) {
            vm.prank(payer);
            honest.approve(address(market), type(uint256).max);
        }
    }

    function _refuse(address payer, uint256 value, bytes memory data, bytes4 expected) private {
        vm.prank(payer);
        (bool ok, bytes memory answer) = address(market).call{value: value}(data);
        assertFalse(ok, "the market accepted what it must refuse");
        assertEq(_selectorOf(answer), expected, "refused for another reason");
    }

    function _sold(uint256 index, uint256 id, address recipient, address referrer) private {
        Offer memory offer = _offers[index];
        bytes32 termsHash = hashes[index];
        _bookSale(
            offer.payToken,
            offer.price,
            feeBps,
            referrer == address(0) ? 0 : offer.referrerBps,
            [offer.creator, treasury, referrer]
        );
        soldOf[termsHash] += 1;
        _licenses.push(Sold(id, recipient, offer.transferable));
        assertEq(uint64(id >> 64), offer.versionId, "a licence is for another version than the offer");
        assertTrue(licenses.isAuthorized(id, recipient), "the licensee of a sale has no rights");
        (uint32 sold, , ) = market.offerState(termsHash);
        assertEq(sold, soldOf[termsHash], "the count of what was sold");
    }

    // ---- building blocks

    function _openPool() private {
        vm.deal(address(this), POOL_DEPTH);
        honest.mint(address(this), POOL_DEPTH);
        honest.approve(address(exchange), POOL_DEPTH);
        PoolKey memory key = PoolKey(NATIVE, address(honest), POOL_FEE_BPS);
        exchange.addLiquidity{value: POOL_DEPTH}(key, POOL_DEPTH, POOL_DEPTH, 0, address(1), block.timestamp);
    }

    function _createModel(address creator) private {
        vm.prank(creator);
        uint64 versionId = registry.createModel(_card(models), uint16(models % 1_001));
        assertEq(versionId, (uint64(++models) << 16) | 1, "the first version's id");
        titleOf[models] = creator;
        versionsOf[models] = 1;
        versions.push(versionId);
    }

    function _card(uint256 seed) private pure returns (VersionData memory data) {
        data.metadataHash = keccak256(abi.encode("card", seed));
        data.uri = "ipfs://card";
    }

    /// @dev An offer of whoever holds the title now.
    function _draft(uint256 seed, address token) private returns (Offer memory offer) {
        offer.versionId = versions[_mix(seed, 11) % versions.length];
        offer.creator = titleOf[uint48(offer.versionId >> 16)];
        offer.payToken = token;
        offer.price = seed % 13 == 0 ? 0 : uint128(_mix(seed, 12) % 1e12);
        offer.supply = uint32(1 + (_mix(seed, 13) % 4));
        offer.expiresAt = seed % 4 == 0 ? uint40(block.timestamp + 1 days) : 0;
        offer.buyer = seed % 5 == 0 ? _buyer(seed) : address(0);
        offer.referrerBps = uint16(_mix(seed, 14) % 5_001);
        offer.maxProtocolFeeBps = seed % 7 == 0 ? feeBps : 500;
        offer.transferable = _mix(seed, 15) % 2 == 0;
        offer.epoch = epochs[offer.creator];
        offer.salt = ++_salt;
    }

    function _track(Offer memory offer) private returns (uint256 index) {
        index = _offers.length;
        _offers.push(offer);
        hashes.push(market.hashOffer(offer));
    }

    function _list(Offer memory offer) private returns (uint256 index) {
        index = _track(offer);
        vm.prank(offer.creator);
        market.createOffer(offer);
        listedOf[hashes[index]] = true;
    }

    function _drop(uint256 index) private {
        Offer memory offer = _offers[index];
        vm.prank(offer.creator);
        market.revokeOffer(offer);
        revokedOf[hashes[index]] = true;
    }

    /// @dev A listed offer in `token` that can be bought now: one of the newest, or a new one.
    function _pick(uint256 seed, address token) private returns (uint256) {
        _openIfClosed();
        if (!allowed[token]) _allow(token, true);
        uint256 count = _offers.length;
        for (uint256 i = 0; i < 4 && i < count; ++i) {
            uint256 index = _mix(seed, i) % count;
            Offer storage offer = _offers[index];
            bool fits = offer.payToken == token && listedOf[hashes[index]];
            if (fits && _verdict(index, _payer(offer, seed), Way.Plain) == 0) return index;
        }
        return _list(_draft(seed, token));
    }

    function _sign(uint256 seed, address token) private returns (uint256) {
        _openIfClosed();
        if (!allowed[token]) _allow(token, true);
        return _track(_draft(seed, token));
    }

    /// @dev A purchase during a pause is refused; whoever must buy waits for its end.
    function _openIfClosed() private {
        if (block.timestamp < pausedUntil) vm.warp(pausedUntil);
    }

    function _allow(address token, bool allow) private {
        market.setPayToken(token, allow, 0);
        allowed[token] = allow;
    }

    function _order(uint256 index, address recipient, address referrer) private view returns (Order memory) {
        return Order(hashes[index], _offers[index].price, recipient, referrer, 0, address(0));
    }

    function _payer(Offer memory offer, uint256 seed) private view returns (address) {
        return offer.buyer == address(0) ? _buyer(seed) : offer.buyer;
    }

    function _model(uint256 seed) private view returns (uint48) {
        return uint48(1 + (seed % models));
    }

    function _stranger(address person, uint256 seed) private view returns (address stranger) {
        stranger = _buyer(seed);
        if (stranger == person) stranger = _buyer((seed % BUYERS) + 1);
    }

    function _announcedId() private returns (uint256) {
        Vm.Log[] memory logs = vm.getRecordedLogs();
        for (uint256 i = logs.length; i > 0; --i) {
            bool sale = logs[i - 1].topics[0] == IMarket.LicenseSold.selector;
            if (sale && logs[i - 1].emitter == address(market)) return uint256(logs[i - 1].topics[2]);
        }
        revert("no sale was announced");
    }

    function _signature(uint256 index) private view returns (bytes memory) {
        Offer memory offer = _offers[index];
        return _signed(_keyOf(offer.creator), market.offerDigest(offer));
    }

    function _permit(address payer, uint256 value) private view returns (Permit memory) {
        bytes32 content = keccak256(
            abi.encode(PERMIT_TYPE, payer, address(market), value, honest.nonces(payer), type(uint256).max)
        );
        bytes32 digest = keccak256(abi.encodePacked(hex"1901", honest.DOMAIN_SEPARATOR(), content));
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(_keyOf(payer), digest);
        return Permit(value, type(uint256).max, v, r, s);
    }

    function _forward(address payer, uint256 value, bytes memory data) private returns (bool ok, bytes memory answer) {
        uint48 deadline = uint48(block.timestamp + 1);
        bytes32 content = keccak256(
            abi.encode(
                REQUEST_TYPE,
                payer,
                address(market),
                value,
                uint256(2_000_000),
                forwarder.nonces(payer),
                deadline,
                keccak256(data)
            )
        );
        bytes32 domain = keccak256(
            abi.encode(DOMAIN_TYPE, keccak256("Isonomy Forwarder"), keccak256("1"), block.chainid, address(forwarder))
        );
        bytes memory signature = _signed(_keyOf(payer), keccak256(abi.encodePacked(hex"1901", domain, content)));
        // a sponsor relays it; where the price is coin that comes with the request, the payer does
        vm.prank(value == 0 ? _arbiter(payer.balance) : payer);
        (ok, answer) = address(forwarder).call{value: value}(
            abi.encodeCall(
                ERC2771Forwarder.execute,
                (
                    ERC2771Forwarder.ForwardRequestData({
                        from: payer,
                        to: address(market),
                        value: value,
                        gas: 2_000_000,
                        deadline: deadline,
                        data: data,
                        signature: signature
                    })
                )
            )
        );
    }

    function _signed(uint256 key, bytes32 digest) private pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        return abi.encodePacked(r, s, v);
    }
}
