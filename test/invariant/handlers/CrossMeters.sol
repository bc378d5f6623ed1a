// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IMarket, Offer, Order} from "../../../contracts/market/IMarket.sol";
import {Ask, Bid, IResale} from "../../../contracts/resale/IResale.sol";
import {Channel, IUsageChannel, Voucher} from "../../../contracts/rights/IUsageChannel.sol";
import {HookToken} from "../../contracts/tokens/HookToken.sol";
import {CrossRooms} from "./CrossRooms.sol";
import {Book} from "./Deployment.sol";
import {Raider} from "./Raider.sol";

/// @notice Licences by the unit and resales, among everything else.
abstract contract CrossMeters is CrossRooms {
    struct Meter {
        Channel channel;
        Offer offer;
        uint256 unitPrice;
        uint256 feeBps;
        uint256 units;
        uint256 redeemed;
        uint256 closesAt;
        bool finished;
    }

    uint256 private constant BPS = 10_000;
    /// @dev Key of slot 0 of every channel.
    uint256 private constant SECRET = 0x5e55;
    uint256 private constant GRACE = 1 hours;
    uint256 private constant BITS = 224;

    IUsageChannel public usage;
    IResale public resale;
    Meter[] private _meters;
    mapping(address seller => uint256) private _asks;
    uint64 private _salt = 1 << 49;

    function _addMetersActions() internal {
        // claim(invariants#across-domains): a channel is topped up, redeemed and finished under its own terms, whatever
        //   has been voted, paused and executed since | voters who change the rules while others have paid
        _action(CrossMeters.useMeter.selector, "useMeter");
        _action(CrossMeters.stealUnits.selector, "stealUnits");
        _action(CrossMeters.resell.selector, "resell");
    }

    function _openMeters() internal {
        Book memory book;
        book.json = vm.readFile("cache/campaigns/protocol.json");
        (usage, resale) = (IUsageChannel(book.at("UsageChannel")), IResale(book.at("Resale")));
        for (uint256 i = 1; i < tokens.length; ++i) {
            _byVote();
            resale.setPayToken(tokens[i], true, 0);
        }
        for (uint256 i = 0; i < BUYERS; ++i) {
            vm.startPrank(_buyer(i));
            licenses.setApprovalForAll(address(resale), true);
            honest.approve(address(resale), type(uint256).max);
            silent.approve(address(resale), type(uint256).max);
            hooked.approve(address(resale), type(uint256).max);
            freezing.approve(address(resale), type(uint256).max);
            vm.stopPrank();
        }
    }

    function _kept(address token) internal view override returns (uint256) {
        return super._kept(token) + booked[token][address(usage)];
    }

    /// @notice What is kept for channels is what their units and the shares that wait are worth, in every token.
    function checkMeters() external view {
        for (uint256 t = 0; t < tokens.length; ++t) {
            uint256 kept = 0;
            for (uint256 i = 0; i < _meters.length; ++i) {
                if (_meters[i].channel.payToken == tokens[t]) kept += _left(_meters[i]);
            }
            // claim(invariants#across-domains): what is kept for channels is what was paid in and is not credited, with
            //   all domains at work | a buyer or a node, with others' money
            assertEq(ledger.balanceOf(tokens[t], address(usage)), kept, "what is kept is not what channels are owed");
        }
    }

    // ---- actions

    function useMeter(uint256 seed) external counted {
        uint256 index = _meters.length == 0 ? 0 : _meters.length - 1 - (_mix(seed, 1) % _meters.length);
        uint256 way = seed % 5;
        if (way == 0 || _meters.length == 0 || _meters[index].finished) {
            index = _openMeter(seed, _payToken(seed), _buyer(seed), _arbiter(seed));
        }
        Meter storage one = _meters[index];
        if (way == 1 && one.closesAt == 0) {
            // neither a pause nor a token that was voted off the list nor a higher fee stops what was promised
            _payUnits(one, _buyer(seed), one.channel.licenseId);
        } else if (way == 2) {
            _finish(one, seed);
        } else if (one.redeemed < one.units && (one.closesAt == 0 || block.timestamp <= one.closesAt)) {
            _redeem(one, 1 + (_mix(seed, 2) % (one.units - one.redeemed)), _buyer(seed));
        }
        _done();
    }

    /// @notice Thieves redeem, close and withdraw inside the payment of their units, when the money is not there yet.
    function stealUnits(uint256 seed) external counted {
        if (!allowed[address(hooked)]) return;
        // others have paid, too
        _openMeter(_mix(seed, 8), address(hooked), _buyer(seed), _arbiter(seed));
        Meter storage one = _meters[_openMeter(seed, address(hooked), address(raider), address(raider))];
        uint256 added = _unitsOf(one.offer);
        uint256 before = _worth(one);
        Raider.Step[] memory steps = new Raider.Step[](3);
        Voucher memory voucher = _voucher(one, one.units + added);
        steps[0] = _step(address(usage), abi.encodeCall(IUsageChannel.redeem, (one.channel, voucher)));
        steps[1] = _step(address(usage), abi.encodeCall(IUsageChannel.close, (one.channel)));
        steps[2] = _step(address(ledger), abi.encodeCall(ledger.withdraw, (address(hooked))));
        HookToken.When when = seed % 2 == 0 ? HookToken.When.Before : HookToken.When.After;
        hooked.setHook(when, address(raider), abi.encodeCall(Raider.strike, (steps)), true);
        Order memory order = _orderOf(one, one.channel.licenseId);
        vm.prank(address(raider));
        market.purchase(one.offer, order);
        hooked.setHook(HookToken.When.Never, address(0), "", false);

        _bookUnits(one);
        if (raider.done() & 0x1 != 0) _bookRedeemed(one, one.units - one.redeemed);
        if (raider.done() & 0x2 != 0) one.closesAt = block.timestamp + GRACE;
        if (raider.done() & 0x4 != 0) {
            takenOut[address(hooked)] += booked[address(hooked)][address(raider)];
            _unbook(address(hooked), address(raider), booked[address(hooked)][address(raider)]);
        }
        // claim(invariants#across-domains): units that are redeemed inside their own payment give no more than was paid
        //   for them | thieves, with what is kept for others
        assertLe(_worth(one), before, "thieves were paid for units that others had paid");
        _checkAccount(address(hooked), address(raider), "thieves have something in the ledger that nobody paid");
        _check();
        _done();
    }

    /// @notice What was bought is sold on, whatever was voted about the market.
    function resell(uint256 seed) external counted {
        _waitForPause();
        address token = _payToken(seed);
        Ask memory ask;
        ask.seller = _buyer(seed);
        uint64 versionId = _anyVersion(seed);
        ask.licenseId = _buy(_list(_draft(seed, token, versionId, false, false)), ask.seller, address(0));
        (ask.payToken, ask.price) = (tokens[_mix(seed, 3) % tokens.length], uint128(_mix(seed, 4) % 1e12));
        (ask.expiresAt, ask.maxFeeBps) = (uint40(block.timestamp), 500);
        (ask.epoch, ask.bit) = (uint32(_asks[ask.seller] / BITS), uint8(_asks[ask.seller] % BITS));
        Bid memory bid;
        bid.recipient = _stranger(ask.seller, seed);
        bytes memory signature = _signAsk(ask);
        uint256 before = _held(ask.payToken, bid.recipient);
        vm.prank(bid.recipient);
        resale.buy{value: ask.payToken == NATIVE ? ask.price : 0}(ask, bid, signature);
        assertEq(_held(ask.payToken, bid.recipient), before - ask.price, "a resale cost something else than its price");
        assertEq(licenses.ownerOf(ask.licenseId), bid.recipient, "a licence that was sold is with somebody else");
        _bookResale(ask, versionId);
        _done();
    }

    // ---- steps

    function _bookResale(Ask memory ask, uint64 versionId) private {
        // the models of the campaign have no royalty, and the resale has a fee and a treasury of its own
        address[3] memory who = [ask.seller, address(treasury), registry.payeeOf(versionId)];
        _bookSale(ask.payToken, ask.price, 250, 0, who);
        paid[ask.payToken] += ask.price;
        _checkAccount(ask.payToken, ask.seller, "a reseller was credited something else than the price leaves");
        _checkAccount(ask.payToken, address(treasury), "a resale did not pay its fee");
        if (++_asks[ask.seller] % BITS != 0) return;
        vm.prank(ask.seller);
        resale.cancelAll();
    }

    function _signAsk(Ask memory ask) private view returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(_keyOf(ask.seller), resale.askDigest(ask));
        return abi.encodePacked(r, s, v);
    }

    function _openMeter(uint256 seed, address token, address payer, address provider) private returns (uint256 index) {
        _waitForPause();
        uint256 units = 1 + (_mix(seed, 5) % 1_000);
        Offer memory offer = _draft(seed, token, _anyVersion(seed), false, false);
        (offer.price, offer.supply, offer.transferable) = (uint128(units * (1 + (_mix(seed, 6) % 1e6))), 1, false);
        (offer.rights, , ) = licenses.rightsInfo(address(usage));
        uint256 share = _mix(seed, 7) % (BPS + 1);
        offer.rightsTerms = bytes32(units | (GRACE << 32) | (share << 64) | (uint256(uint160(provider)) << 80));
        offer.salt = ++_salt;
        vm.prank(offer.creator);
        market.createOffer(offer);

        index = _meters.length;
        Meter storage one = _meters.push();
        (one.offer, one.unitPrice, one.feeBps) = (offer, offer.price / units, feeBps);
        one.channel.licenseId = _payUnits(one, payer, 0);
        one.channel.rates = one.unitPrice | (units << 128) | (share << 176) | (one.feeBps << 192) | (GRACE << 224);
        (one.channel.payToken, one.channel.payer, one.channel.payee) = (token, payer, _payeeOf(offer));
        (one.channel.provider, one.channel.treasury, one.channel.key) = (provider, treasuryNow, vm.addr(SECRET));
    }

    /// @dev Buys or tops up, and books.
    function _payUnits(Meter storage one, address payer, uint256 renews) private returns (uint256 id) {
        Offer memory offer = one.offer;
        uint256 before = _held(offer.payToken, payer);
        Order memory order = _orderOf(one, renews);
        if (renews == 0) (order.recipient, order.pad) = (payer, vm.addr(SECRET));
        vm.prank(payer);
        id = market.purchase{value: offer.payToken == NATIVE ? offer.price : 0}(offer, order);
        assertEq(_held(offer.payToken, payer), before - offer.price, "units cost something else than their price");
        _bookUnits(one);
    }

    function _orderOf(Meter storage one, uint256 renews) private view returns (Order memory order) {
        (order.termsHash, order.maxPrice) = (market.hashOffer(one.offer), one.offer.price);
        (order.recipient, order.renews) = (one.channel.payer, renews);
    }

    function _bookUnits(Meter storage one) private {
        one.units += _unitsOf(one.offer);
        paid[one.offer.payToken] += one.offer.price;
        _book(one.offer.payToken, address(usage), one.offer.price);
    }

    function _redeem(Meter storage one, uint256 units, address caller) private {
        Voucher memory voucher = _voucher(one, one.redeemed + units);
        vm.prank(caller);
        usage.redeem(one.channel, voucher);
        _bookRedeemed(one, units);
        _checkAccount(one.channel.payToken, one.channel.payee, "a voucher did not pay the payee");
        _checkAccount(one.channel.payToken, one.channel.provider, "a voucher did not pay the node");
    }

    function _bookRedeemed(Meter storage one, uint256 units) private {
        Channel memory channel = one.channel;
        uint256 share = uint16(channel.rates >> 176);
        uint256 before = _net(one);
        one.redeemed += units;
        uint256 net = _net(one);
        uint256 toProvider = (net * share) / BPS - (before * share) / BPS;
        _unbook(channel.payToken, address(usage), net - before);
        _book(channel.payToken, channel.provider, toProvider);
        _book(channel.payToken, channel.payee, net - before - toProvider);
    }

    function _finish(Meter storage one, uint256 seed) private {
        Channel memory channel = one.channel;
        if (one.closesAt == 0) {
            vm.prank(channel.payer);
            usage.close(channel);
            one.closesAt = block.timestamp + GRACE;
        }
        if (block.timestamp <= one.closesAt) vm.warp(one.closesAt + 1);
        uint256 left = _left(one);
        uint256 unused = (one.units - one.redeemed) * one.unitPrice;
        vm.prank(_buyer(seed));
        assertEq(usage.finish(channel), unused, "a channel returned something else than is left");
        one.finished = true;
        _unbook(channel.payToken, address(usage), left);
        _book(channel.payToken, channel.payer, unused);
        _book(channel.payToken, channel.treasury, left - unused);
        _checkAccount(channel.payToken, channel.payer, "a channel returned something else than is left");
        _checkAccount(channel.payToken, channel.treasury, "a channel did not pay its fee");
    }

    function _voucher(Meter storage one, uint256 units) private view returns (Voucher memory) {
        uint40 until = uint40(block.timestamp);
        bytes32 digest = usage.voucherDigest(one.channel.licenseId, 0, uint48(units), until);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(SECRET, digest);
        return Voucher(0, uint48(units), until, r, bytes32(uint256(s) | (uint256(v - 27) << 255)));
    }

    function _unitsOf(Offer memory offer) private pure returns (uint256) {
        return uint32(uint256(offer.rightsTerms));
    }

    /// @dev What payee and node have for the units that were redeemed.
    function _net(Meter storage one) private view returns (uint256) {
        uint256 gross = one.redeemed * one.unitPrice;
        return gross - (gross * one.feeBps) / BPS;
    }

    /// @dev What is kept for a channel.
    function _left(Meter storage one) private view returns (uint256) {
        return one.finished ? 0 : one.units * one.unitPrice - _net(one);
    }

    /// @dev What the thieves have, with what is kept for them.
    function _worth(Meter storage one) private view returns (uint256) {
        address token = address(hooked);
        return _held(token, address(raider)) + ledger.balanceOf(token, address(raider)) + _left(one);
    }
}
