// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IMarket, Order} from "../../../contracts/market/IMarket.sol";
import {CurveProof} from "../../../contracts/registry/proof/CurveProof.sol";
import {Channel, Claim, IUsageChannel, Refusal, Voucher} from "../../../contracts/rights/IUsageChannel.sol";
import {Meter, Signer} from "./UsageBooks.sol";
import {UsageStage} from "./UsageStage.sol";

/// @notice Vouchers are redeemed, one by one and in batches, and thieves try others.
abstract contract UsageVouchers is UsageStage {
    uint256 private constant FORGERIES = 11;

    function _addVouchersActions() internal {
        // claim(attacks#licences-listings-offers-and-signatures): a voucher redeemed twice
        // claim(attacks#licences-listings-offers-and-signatures): a voucher for more units than were bought
        _action(UsageVouchers.redeem.selector, "redeem");
        // claim(attacks#licences-listings-offers-and-signatures): a fee starved by many small vouchers
        _action(UsageVouchers.drip.selector, "drip");
        // claim(attacks#licences-listings-offers-and-signatures): a machine's key above its cap
        // claim(attacks#licences-listings-offers-and-signatures): a holder who voids a node's voucher with a unit of
        //   another key
        _action(UsageVouchers.redeemByKey.selector, "redeemByKey");
        // claim(attacks#licences-listings-offers-and-signatures): a batch of vouchers spoilt by a bad one
        // claim(attacks#licences-listings-offers-and-signatures): a voucher twice in one batch
        _action(UsageVouchers.redeemBatch.selector, "redeemBatch");
        // claim(attacks#licences-listings-offers-and-signatures): a voucher of another licence, chain or contract
        // claim(attacks#licences-listings-offers-and-signatures): a voucher that was altered
        // claim(attacks#licences-listings-offers-and-signatures): a channel with altered rates, payee or payer
        // claim(attacks#licences-listings-offers-and-signatures): a malleable or empty signature of a voucher
        _action(UsageVouchers.forgeVoucher.selector, "forgeVoucher");
        // claim(attacks#licences-listings-offers-and-signatures): units bought for a licence that was never issued
        // claim(attacks#licences-listings-offers-and-signatures): units of a cheaper offer for an expensive channel
        _action(UsageVouchers.forgeTopUp.selector, "forgeTopUp");
    }

    function redeem(uint256 seed) external counted {
        uint256 index = _find(seed, _hasUnits);
        Voucher memory voucher = _next(index, 0, _units(seed, index));
        assertTrue(_redeem(index, voucher, _buyer(seed)), "units that were bought were not redeemed");
        assertFalse(_redeem(index, voucher, _meters[index].channel.payee), "a voucher was redeemed twice");
        // more than is left counts up to what is left, and the rest once more is bought
        if (seed % 3 != 0) return _done();
        voucher = _next(index, 0, _meters[index].bought + _meters[index].added);
        _redeem(index, voucher, _buyer(seed));
        bytes memory refusal = _reasonAgainstUnits(index);
        _topUp(index, _buyer(_mix(seed, 1)), 1, refusal);
        _redeem(index, voucher, _buyer(seed));
        _done();
    }

    function drip(uint256 seed) external counted {
        uint256 index = _find(seed, _hasUnits);
        for (uint256 i = 0; i < 6; ++i) {
            _redeem(index, _next(index, 0, 1), _buyer(i));
            if (i == 3 && !_meters[index].finished) _settle(index, _buyer(seed));
        }
        _done();
    }

    function redeemByKey(uint256 seed) external counted {
        uint256 index = _find(seed, _hasUnits);
        if (_meters[index].finished) return;
        uint256 cap = 1 + (_mix(seed, 1) % 20);
        uint256 slot = _giveKey(index, cap);
        assertFalse(_redeem(index, _next(index, slot, cap + 1), _buyer(seed)), "a key signed above its cap");
        Meter storage meter = _meters[index];
        Voucher memory all = _next(index, 0, meter.bought + meter.added - meter.redeemed);
        // cut where less is left
        assertTrue(_redeem(index, _next(index, slot, 1 + (seed % cap)), _buyer(seed)), "a key's units");
        _redeem(index, _next(index, slot, cap - _signers[index][slot].redeemed), _buyer(seed));
        _redeem(index, _next(index, slot, 1), _buyer(seed));
        if (seed % 4 == 0) _redeem(index, all, _buyer(seed));
        _done();
    }

    /// @notice Of good and bad vouchers, each counts as if it had come alone.
    function redeemBatch(uint256 seed) external counted {
        Claim[] memory claims = new Claim[](2 + (seed % 5));
        uint256[] memory indexes = new uint256[](claims.length);
        for (uint256 i = 0; i < claims.length; ++i) {
            uint256 line = _mix(seed, i);
            if (i != 0 && line % 4 == 0) {
                // once more, or with a signature that is none
                (indexes[i], claims[i].channel) = (indexes[i - 1], claims[i - 1].channel);
                claims[i].voucher = _copy(claims[i - 1].voucher);
                if (line % 8 == 0) claims[i].voucher.r = bytes32(line);
                continue;
            }
            indexes[i] = _find(line, line % 3 == 0 ? _isAny : _hasUnits);
            claims[i].channel = _meters[indexes[i]].channel;
            uint256 slot = line % 5 == 0 ? line % (_signers[indexes[i]].length + 1) : 0;
            claims[i].voucher = _next(indexes[i], slot, line % 7 == 0 ? 0 : _units(line, indexes[i]));
        }
        vm.prank(_buyer(seed));
        usage.redeemBatch(claims);
        _bookBatch(claims, indexes);
        _done();
    }

    function forgeVoucher(uint256 seed) external counted {
        uint256 index = _find(seed, _hasUnits);
        if (!_hasUnits(index)) return;
        for (uint256 i = 0; i < 4; ++i) _forge(index, _mix(seed, i) % FORGERIES, _mix(seed, 10 + i));
        checkMeter(index);
        _done();
    }

    function forgeTopUp(uint256 seed) external counted {
        uint256 index = _find(seed, _isOpen);
        Meter storage meter = _meters[index];
        Order memory order = _order(meter.offer, meter.owner, 1);
        if (meter.unitPrice != 0) {
            // the count of an offer's licences never gets that far
            order.renews = meter.channel.licenseId | (1 << 31);
            _refuseOrder(
                meter.offer,
                order,
                abi.encodeWithSelector(IUsageChannel.UsageChannel_Unknown.selector, order.renews)
            );
        }
        uint256 other = _list(seed, _draw(seed), 1);
        order = _order(other, meter.owner, 1);
        order.renews = meter.channel.licenseId;
        _refuseOrder(
            other,
            order,
            abi.encodeWithSelector(IMarket.Market_NotItsOffer.selector, order.renews, order.termsHash)
        );
        checkMeter(index);
        _done();
    }

    // ---- steps

    /// @dev A voucher for that many units above the key's last.
    function _next(uint256 index, uint256 slot, uint256 more) internal view returns (Voucher memory) {
        uint256 last = slot < _signers[index].length ? _signers[index][slot].redeemed : 0;
        return _voucher(index, slot, last + more, block.timestamp);
    }

    function _units(uint256 seed, uint256 index) internal view returns (uint256) {
        Meter storage meter = _meters[index];
        uint256 left = meter.bought + meter.added - meter.redeemed;
        if (_mix(seed, 61) % 3 == 0) return 1 + (_mix(seed, 62) % 3);
        return 1 + (_mix(seed, 62) % (left + left / 4 + 1));
    }

    function _giveKey(uint256 index, uint256 cap) internal returns (uint256 slot) {
        uint256 secret = _newSecret();
        slot = _signers[index].length;
        uint256 id = _meters[index].channel.licenseId;
        vm.prank(_meters[index].owner);
        usage.setKey(id, uint16(slot), vm.addr(secret), uint32(cap));
        _signers[index].push(Signer(secret, cap, 0, 0));
    }

    function _settle(uint256 index, address caller) internal {
        Channel memory channel = _meters[index].channel;
        vm.prank(caller);
        usage.settleShares(channel);
        _meters[index].settled = _meters[index].redeemed;
        _bookShares(index);
        checkMeter(index);
    }

    function _reasonAgainstUnits(uint256 index) internal view returns (bytes memory) {
        Meter storage meter = _meters[index];
        if (meter.unitPrice == 0) return _badTerms("price");
        if (meter.finished) return _unknown(index);
        return meter.closesAt == 0 ? bytes("") : _closing(index);
    }

    function _badTerms(string memory field) internal pure returns (bytes memory) {
        return abi.encodeWithSignature("Rights_BadTerms(string)", field);
    }

    function _unknown(uint256 index) internal view returns (bytes memory) {
        uint256 id = _meters[index].channel.licenseId;
        return abi.encodeWithSelector(IUsageChannel.UsageChannel_Unknown.selector, id);
    }

    function _closing(uint256 index) internal view returns (bytes memory) {
        Meter storage meter = _meters[index];
        return
            abi.encodeWithSelector(
                IUsageChannel.UsageChannel_Closing.selector,
                meter.channel.licenseId,
                meter.closesAt
            );
    }

    function _refuseOrder(uint256 offer, Order memory order, bytes memory expected) private {
        (bool ok, bytes memory answer) = _pay(_offers[offer], order, _buyer(offer));
        assertFalse(ok, "units were sold that must be refused");
        assertEq(answer, expected, "units were refused for another reason");
    }

    function _bookBatch(Claim[] memory claims, uint256[] memory indexes) private {
        for (uint256 i = 0; i < claims.length; ++i) {
            Voucher memory voucher = claims[i].voucher;
            if (_refusalOf(indexes[i], voucher.slot, voucher.units, voucher.validUntil) != Refusal.None) continue;
            Voucher memory signed = _voucher(indexes[i], voucher.slot, voucher.units, voucher.validUntil);
            if (signed.r == voucher.r) _count(indexes[i], voucher);
        }
        for (uint256 i = 0; i < claims.length; ++i) _bookShares(indexes[i]);
        for (uint256 i = 0; i < claims.length; ++i) checkMeter(indexes[i]);
    }

    function _copy(Voucher memory voucher) private pure returns (Voucher memory) {
        return Voucher(voucher.slot, voucher.units, voucher.validUntil, voucher.r, voucher.vs);
    }

    // ---- thieves

    function _forge(uint256 index, uint256 way, uint256 seed) private {
        Channel memory channel = _meters[index].channel;
        Voucher memory voucher = _next(index, 0, 1 + (seed % 5));
        if (way < 5) return _forgeChannel(channel, voucher, way, seed);
        uint256 secret = _signers[index][0].secret;
        Refusal why = Refusal.BadSignature;
        if (way == 5) {
            voucher = _signedVoucher(secret, channel.licenseId ^ (1 << (seed % 200)), voucher);
        } else if (way == 6) {
            voucher = _voucherFor(secret, channel.licenseId, voucher, block.chainid + 1, address(usage));
        } else if (way == 7) {
            voucher = _voucherFor(secret, channel.licenseId, voucher, block.chainid, address(market));
        } else if (way == 8) {
            // what its key signed, and a word of it changed
            if (seed % 3 == 0) ++voucher.units;
            else if (seed % 3 == 1) ++voucher.validUntil;
            else voucher.vs ^= bytes32(uint256(1) << 255);
        } else if (way == 9) {
            (voucher, why) = (_voucher(index, 0, voucher.units, block.timestamp - 1), Refusal.Expired);
        } else if (seed % 3 == 0) {
            // the mirrored signature, as far as the short form holds it
            voucher.vs = bytes32(CurveProof.ORDER - ((uint256(voucher.vs) << 1) >> 1));
        } else {
            (voucher.r, voucher.vs) = (0, seed % 3 == 1 ? bytes32(0) : voucher.vs);
        }
        _refuseVoucher(channel, voucher, why, _buyer(seed));
    }

    /// @dev What was opened, with another payee, payer, price, share or key.
    function _forgeChannel(Channel memory channel, Voucher memory voucher, uint256 way, uint256 seed) private {
        if (way == 0) channel.payee = _buyer(seed);
        else if (way == 1) channel.payer = address(uint160(channel.payer) ^ 1);
        else if (way == 2) channel.rates += 1 << (seed % 240);
        else if (way == 3) (channel.provider, channel.treasury) = (_buyer(seed), _buyer(seed));
        else (channel.key, voucher) = (vm.addr(FIRST_KEY), _signedVoucher(FIRST_KEY, channel.licenseId, voucher));
        _refuseVoucher(channel, voucher, Refusal.NotItsChannel, _buyer(seed));
        _refuse(
            _buyer(seed),
            abi.encodeCall(IUsageChannel.settleShares, (channel)),
            abi.encodeWithSelector(IUsageChannel.UsageChannel_Unknown.selector, channel.licenseId)
        );
    }

    // ---- what a channel is fit for

    function _isAny(uint256) internal pure returns (bool) {
        return true;
    }

    /// @dev Vouchers of the first key are redeemed.
    function _hasUnits(uint256 index) internal view returns (bool) {
        return _refusalOf(index, 0, _signers[index][0].redeemed + 1, block.timestamp) == Refusal.None;
    }
}
