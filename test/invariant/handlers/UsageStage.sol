// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IMarket, Offer, Order} from "../../../contracts/market/IMarket.sol";
import {VersionData} from "../../../contracts/registry/IModelRegistry.sol";
import {Channel, IUsageChannel, Refusal, Voucher} from "../../../contracts/rights/IUsageChannel.sol";
import {Signatures} from "./Signatures.sol";
import {Meter, Signer, Tariff, UsageBooks} from "./UsageBooks.sol";

/// @notice Models, offers, channels and vouchers, and the steps that actions are made of.
abstract contract UsageStage is UsageBooks, Signatures {
    bytes32 private constant VOUCHER_TYPE = keccak256(
        "Voucher(uint256 licenseId,uint16 slot,uint48 units,uint40 validUntil)"
    );
    uint256 internal constant NO_CAP = type(uint256).max;
    uint256 private constant HALF_ORDER = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0;

    uint64 internal _salt;
    uint256 private _secrets;

    // ---- models and offers

    /// @param fixes Whether the creator fixes a payee.
    function _createModel(uint256 seed, bool fixes) internal {
        VersionData memory data;
        (data.metadataHash, data.uri) = (keccak256("card"), "ipfs://card");
        address creator = _creator(seed);
        vm.startPrank(creator);
        registry.createModel(data, 0);
        _titleOf[++_models] = creator;
        if (fixes) {
            registry.fixPayee(_models, _arbiter(seed));
            _fixedPayee[_models] = _arbiter(seed);
        }
        vm.stopPrank();
    }

    function _draw(uint256 seed) internal view returns (Tariff memory tariff) {
        tariff.units = _mix(seed, 31) % 2 == 0 ? 1 + (_mix(seed, 32) % 12) : 1 + (_mix(seed, 32) % type(uint32).max);
        tariff.grace = _bound(_mix(seed, 33), 1 hours, 30 days);
        uint256 size = _mix(seed, 34) % 4;
        tariff.providerBps =
            size == 0
                ? 0
                : size == 1
                    ? BPS
                    : _mix(seed, 35) % (BPS + 1);
        // the node may be the payee too
        if (tariff.providerBps != 0) tariff.provider = seed % 5 == 0 ? _creator(seed) : _arbiter(_mix(seed, 36));
        tariff.seats = _mix(seed, 37) % 3;
    }

    function _list(uint256 seed, Tariff memory tariff, uint256 unitPrice) internal returns (uint256 index) {
        uint48 modelId = uint48(1 + (_mix(seed, 38) % _models));
        Offer memory offer;
        (offer.versionId, offer.creator) = ((uint64(modelId) << 16) | 1, _titleOf[modelId]);
        offer.payToken = tokens[_mix(seed, 39) % tokens.length];
        (offer.price, offer.supply, offer.maxProtocolFeeBps) = (
            uint128(unitPrice * tariff.units),
            type(uint32).max,
            500
        );
        offer.referrerBps = uint16(_mix(seed, 40) % (_payeeOf(modelId) == offer.creator ? 5_001 : 1_001));
        (offer.rights, , ) = licenses.rightsInfo(address(usage));
        uint256 terms = tariff.units | (tariff.grace << 32) | (tariff.providerBps << 64);
        offer.rightsTerms = bytes32(terms | (uint256(uint160(tariff.provider)) << 80) | (tariff.seats << 240));
        offer.salt = ++_salt;
        index = _offers.length;
        _offers.push(offer);
        _tariffs.push(tariff);
        vm.prank(offer.creator);
        _hashes.push(market.createOffer(offer));
    }

    /// @dev Often so low that every share of it is rounded, and sometimes nothing.
    function _unitPrice(uint256 seed) internal pure returns (uint256) {
        if (seed % 13 == 0) return 0;
        return 1 + (_mix(seed, 41) % (_mix(seed, 42) % 2 == 0 ? 40 : 1e9));
    }

    // ---- channels

    /// @dev A channel that meters what is asked for: one of a few, or a new one.
    function _find(uint256 seed, function(uint256) view returns (bool) fits) internal returns (uint256) {
        uint256 count = _meters.length;
        for (uint256 i = 0; i < 8 && i < count; ++i) {
            uint256 index = _mix(seed, 50 + i) % count;
            if (fits(index)) return index;
        }
        return _openNew(seed, _buyer(seed), _buyer(_mix(seed, 51)));
    }

    function _openNew(uint256 seed, address payer, address recipient) internal returns (uint256) {
        uint256 offer = _list(seed, _draw(seed), _unitPrice(seed));
        address referrer = _mix(seed, 43) % 2 == 0 ? _referrer(seed) : address(0);
        return _open(offer, payer, recipient, 1 + (_mix(seed, 44) % 3), referrer, _mix(seed, 45) % 4 != 0);
    }

    /// @param session Whether slot 0 gets a key of its own; it is the recipient's otherwise.
    function _open(
        uint256 offer,
        address payer,
        address recipient,
        uint256 quantity,
        address referrer,
        bool session
    ) internal returns (uint256 index) {
        _waitForPause();
        uint256 secret = session ? _newSecret() : _keyOf(recipient);
        Order memory order = _order(offer, recipient, quantity);
        (order.referrer, order.pad) = (referrer, session ? vm.addr(secret) : address(0));
        (bool ok, bytes memory answer) = _pay(_offers[offer], order, payer);
        assertTrue(ok, "the market refused a purchase that is in order");

        index = _meters.length;
        Meter storage meter = _meters.push();
        Tariff memory tariff = _tariffs[offer];
        (meter.offer, meter.owner, meter.feeBps) = (offer, recipient, _feeBps);
        meter.unitPrice = _offers[offer].price / tariff.units;
        meter.referrerBps = referrer == address(0) ? 0 : _offers[offer].referrerBps;
        meter.bought = tariff.units * quantity;
        meter.paidIn = order.maxPrice;
        meter.channel = _channelOf(meter, abi.decode(answer, (uint256)), tariff);
        (meter.channel.payer, meter.channel.referrer, meter.channel.key) = (payer, referrer, vm.addr(secret));
        _signers[index].push(Signer(secret, NO_CAP, 0, 0));
        _book(_offers[offer].payToken, address(usage), order.maxPrice);
        checkMeter(index);
    }

    /// @dev The channel that the documentation promises for a purchase of now.
    function _channelOf(
        Meter storage meter,
        uint256 id,
        Tariff memory tariff
    ) private view returns (Channel memory channel) {
        (channel.licenseId, channel.payToken) = (id, _offers[meter.offer].payToken);
        channel.rates = meter.unitPrice | (meter.bought << 128) | (tariff.providerBps << 176);
        channel.rates |= (meter.feeBps << 192) | (meter.referrerBps << 208) | (tariff.grace << 224);
        channel.payee = _payeeOf(uint48(_offers[meter.offer].versionId >> 16));
        (channel.provider, channel.treasury) = (tariff.provider, _treasuryNow);
    }

    /// @dev Buys more units of a channel, or makes sure that it is refused for that reason.
    function _topUp(uint256 index, address payer, uint256 quantity, bytes memory expected) internal {
        Meter storage meter = _meters[index];
        Order memory order = _order(meter.offer, meter.owner, quantity);
        // a referrer that a renewal names gets nothing
        (order.renews, order.referrer) = (meter.channel.licenseId, _referrer(quantity));
        (bool ok, bytes memory answer) = _pay(_offers[meter.offer], order, payer);
        if (expected.length != 0) {
            assertFalse(ok, "units were sold that must be refused");
            return assertEq(answer, expected, "units were refused for another reason");
        }
        assertTrue(ok, "units that were promised were refused");
        meter.added += _tariffs[meter.offer].units * quantity;
        meter.paidIn += order.maxPrice;
        _book(meter.channel.payToken, address(usage), order.maxPrice);
        checkMeter(index);
    }

    function _order(uint256 offer, address recipient, uint256 quantity) internal view returns (Order memory order) {
        (order.termsHash, order.recipient) = (_hashes[offer], recipient);
        (order.maxPrice, order.quantity) = (uint256(_offers[offer].price) * quantity, uint32(quantity));
    }

    function _waitForPause() internal {
        (, , uint40 pausedUntil, ) = market.config();
        if (block.timestamp < pausedUntil) vm.warp(pausedUntil);
    }

    // ---- vouchers

    function _voucher(
        uint256 index,
        uint256 slot,
        uint256 units,
        uint256 validUntil
    ) internal view returns (Voucher memory) {
        uint256 secret = slot < _signers[index].length ? _signers[index][slot].secret : FIRST_KEY;
        uint256 id = _meters[index].channel.licenseId;
        return _signedVoucher(secret, id, Voucher(uint16(slot), uint48(units), uint40(validUntil), 0, 0));
    }

    function _signedVoucher(uint256 secret, uint256 id, Voucher memory voucher) internal view returns (Voucher memory) {
        return _voucherFor(secret, id, voucher, block.chainid, address(usage));
    }

    /// @dev By the words of the documentation, for any chain and contract.
    function _voucherFor(
        uint256 secret,
        uint256 id,
        Voucher memory voucher,
        uint256 chainId,
        address at
    ) internal pure returns (Voucher memory) {
        bytes32 content = keccak256(abi.encode(VOUCHER_TYPE, id, voucher.slot, voucher.units, voucher.validUntil));
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(secret, _typedDigest("Isonomy Usage", chainId, at, content));
        assertLe(uint256(s), HALF_ORDER, "a signature of the campaign is malleable");
        (voucher.r, voucher.vs) = (r, bytes32(uint256(s) | (uint256(v - 27) << 255)));
        return voucher;
    }

    /// @dev Redeems a voucher that its key signed, or makes sure that it is refused for the first reason in the
    /// documentation.
    function _redeem(uint256 index, Voucher memory voucher, address caller) internal returns (bool) {
        Refusal expected = _refusalOf(index, voucher.slot, voucher.units, voucher.validUntil);
        if (expected != Refusal.None) {
            _refuseVoucher(_meters[index].channel, voucher, expected, caller);
            return false;
        }
        Channel memory channel = _meters[index].channel;
        assertEq(uint8(usage.refusalOf(channel, voucher)), 0, "a voucher in order would be refused");
        vm.prank(caller);
        usage.redeem(channel, voucher);
        _count(index, voucher);
        _bookShares(index);
        checkMeter(index);
        return true;
    }

    /// @dev A voucher counts what it adds to those before, as far as units are left.
    function _count(uint256 index, Voucher memory voucher) internal {
        Meter storage meter = _meters[index];
        Signer storage key = _signers[index][voucher.slot];
        uint256 more = voucher.units - key.redeemed;
        uint256 left = meter.bought + meter.added - meter.redeemed;
        if (more > left) more = left;
        key.redeemed += more;
        meter.redeemed += more;
    }

    function _refuseVoucher(Channel memory channel, Voucher memory voucher, Refusal why, address caller) internal {
        assertEq(uint8(usage.refusalOf(channel, voucher)), uint8(why), "a voucher would be refused for another reason");
        bytes memory expected = abi.encodeWithSelector(
            IUsageChannel.UsageChannel_BadVoucher.selector,
            channel.licenseId,
            why
        );
        _refuse(caller, abi.encodeCall(IUsageChannel.redeem, (channel, voucher)), expected);
    }

    function _refuse(address caller, bytes memory data, bytes memory expected) internal {
        vm.prank(caller);
        (bool ok, bytes memory answer) = address(usage).call(data);
        assertFalse(ok, "the module did what it must refuse");
        assertEq(answer, expected, "refused for another reason");
    }

    function _newSecret() internal returns (uint256) {
        return uint256(keccak256(abi.encode("session", ++_secrets))) >> 1;
    }
}
