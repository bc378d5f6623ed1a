// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ILicenseToken} from "../../../contracts/license/ILicenseToken.sol";
import {IRightsModule} from "../../../contracts/rights/IRightsModule.sol";
import {ISeats} from "../../../contracts/rights/ISeats.sol";
import {Channel, IUsageChannel, Voucher} from "../../../contracts/rights/IUsageChannel.sol";
import {Meter, Signer} from "./UsageBooks.sol";
import {UsageVouchers} from "./UsageVouchers.sol";

/// @notice Channels are opened, topped up, closed and finished; keys and seats are given and taken.
abstract contract UsageChannels is UsageVouchers {
    function _addChannelsActions() internal {
        _action(UsageChannels.open.selector, "open");
        // claim(attacks#licences-listings-offers-and-signatures): an old voucher redeemed again after units were added
        _action(UsageChannels.topUp.selector, "topUp");
        // claim(attacks#licences-listings-offers-and-signatures): a slot given to another key, whose vouchers begin
        //   anew
        _action(UsageChannels.setKey.selector, "setKey");
        // claim(attacks#licences-listings-offers-and-signatures): a voucher of a revoked key
        _action(UsageChannels.revokeKey.selector, "revokeKey");
        _action(UsageChannels.settleShares.selector, "settleShares");
        // claim(attacks#licences-listings-offers-and-signatures): a grace that is drawn out or cut short
        // claim(attacks#licences-listings-offers-and-signatures): a channel closed before the node has redeemed
        // claim(attacks#licences-listings-offers-and-signatures): units bought for a channel that is closed
        _action(UsageChannels.close.selector, "close");
        // claim(attacks#licences-listings-offers-and-signatures): a channel finished twice
        _action(UsageChannels.finish.selector, "finish");
        // claim(attacks#licences-listings-offers-and-signatures): units refunded after their licence was sold on
        _action(UsageChannels.handOver.selector, "handOver");
        _action(UsageChannels.seat.selector, "seat");
    }

    function open(uint256 seed) external counted {
        uint256 index = _openNew(seed, _buyer(seed), _buyer(_mix(seed, 1)));
        // of the same offer, while its creator holds the title
        uint256 offer = _meters[index].offer;
        _open(offer, _buyer(_mix(seed, 2)), _buyer(seed), 1, address(0), true);
        _done();
    }

    function topUp(uint256 seed) external counted {
        uint256 index = _find(seed, seed % 4 == 0 ? _isAny : _isOpen);
        Voucher memory old = _voucher(index, 0, _signers[index][0].redeemed, block.timestamp);
        _topUp(index, _buyer(_mix(seed, 1)), 1 + (_mix(seed, 2) % 3), _reasonAgainstUnits(index));
        assertFalse(_redeem(index, old, _buyer(seed)), "an old voucher was redeemed again");
        _done();
    }

    function setKey(uint256 seed) external counted {
        uint256 index = _find(seed, _isUnfinished);
        if (_meters[index].finished) return;
        uint256 slot = _giveKey(index, _mix(seed, 1) % 50);
        uint256 id = _meters[index].channel.licenseId;
        bytes memory data = abi.encodeCall(IUsageChannel.setKey, (id, uint16(slot), _buyer(seed), 50));
        bytes4 taken = IUsageChannel.UsageChannel_SlotTaken.selector;
        _refuse(_meters[index].owner, data, abi.encodeWithSelector(taken, id, slot));
        _refuse(_stranger(_meters[index].owner, seed), data, _notOwner(index, _stranger(_meters[index].owner, seed)));
        data = abi.encodeCall(IUsageChannel.setKey, (id, 0, _buyer(seed), 50));
        _refuse(_meters[index].owner, data, abi.encodeWithSelector(taken, id, 0));
        checkMeter(index);
        _done();
    }

    function revokeKey(uint256 seed) external counted {
        uint256 index = _find(seed, _hasUnits);
        if (!_hasUnits(index)) return;
        uint256 slot = _giveKey(index, 1_000);
        Signer storage key = _signers[index][slot];
        Channel memory channel = _meters[index].channel;
        bytes memory data = abi.encodeCall(IUsageChannel.revokeKey, (channel, uint16(slot)));
        address stranger = _stranger(_meters[index].owner, seed);
        _refuse(stranger, data, _notOwner(index, stranger));
        vm.prank(_meters[index].owner);
        usage.revokeKey(channel, uint16(slot));
        // whole minutes, rounded up
        uint256 until = block.timestamp + _tariffs[_meters[index].offer].grace;
        key.until = until % 60 == 0 ? until : until + 60 - (until % 60);
        bytes4 noKey = IUsageChannel.UsageChannel_NoKey.selector;
        _refuse(_meters[index].owner, data, abi.encodeWithSelector(noKey, channel.licenseId, slot));
        data = abi.encodeCall(IUsageChannel.revokeKey, (channel, 0));
        _refuse(_meters[index].owner, data, abi.encodeWithSelector(noKey, channel.licenseId, 0));

        _redeem(index, _next(index, slot, 1), _buyer(seed));
        if (seed % 2 == 0) {
            vm.warp(key.until);
            _redeem(index, _next(index, slot, 1), _buyer(seed));
            vm.warp(key.until + 1);
            assertFalse(_redeem(index, _next(index, slot, 1), _buyer(seed)), "a revoked key signs on");
        }
        checkMeter(index);
        _done();
    }

    function settleShares(uint256 seed) external counted {
        uint256 index = _find(seed, _isUnfinished);
        if (_meters[index].finished) return;
        _settle(index, _buyer(seed));
        _settle(index, _referrer(seed));
        _done();
    }

    function close(uint256 seed) external counted {
        uint256 index = _find(seed, _isOpen);
        Channel memory channel = _meters[index].channel;
        bytes memory data = abi.encodeCall(IUsageChannel.close, (channel));
        // neither the node nor who is paid
        _refuse(channel.payee, data, _notOwner(index, channel.payee));
        vm.prank(seed % 2 == 0 ? channel.payer : _meters[index].owner);
        usage.close(channel);
        _meters[index].closesAt = block.timestamp + _tariffs[_meters[index].offer].grace;
        _refuse(channel.payer, data, _closing(index));
        if (_meters[index].unitPrice != 0) _topUp(index, _buyer(seed), 1, _closing(index));
        _refuseFinish(index, seed);
        checkMeter(index);
        if (seed % 3 != 0) return _done();

        vm.warp(_meters[index].closesAt);
        _refuseFinish(index, seed);
        _redeem(index, _next(index, 0, _units(seed, index)), _buyer(seed));
        vm.warp(_meters[index].closesAt + 1);
        assertFalse(_redeem(index, _next(index, 0, 1), _buyer(seed)), "redeemed after the grace");
        _done();
    }

    function finish(uint256 seed) external counted {
        uint256 index = _find(seed, _isClosing);
        if (_meters[index].finished) return;
        if (_meters[index].closesAt == 0) _close(index);
        if (block.timestamp <= _meters[index].closesAt) vm.warp(_meters[index].closesAt + 1);
        _finish(index, _buyer(seed));
        Channel memory channel = _meters[index].channel;
        _refuse(_buyer(seed), abi.encodeCall(IUsageChannel.finish, (channel)), _unknown(index));
        _refuse(_buyer(seed), abi.encodeCall(IUsageChannel.settleShares, (channel)), _unknown(index));
        _refuse(channel.payer, abi.encodeCall(IUsageChannel.close, (channel)), _unknown(index));
        assertFalse(_redeem(index, _next(index, 0, 1), _buyer(seed)), "redeemed after the end");
        if (_meters[index].unitPrice != 0) _topUp(index, _buyer(seed), 1, _unknown(index));
        _done();
    }

    function handOver(uint256 seed) external counted {
        uint256 index = _find(seed, _isAny);
        address owner = _meters[index].owner;
        address next = _stranger(owner, seed);
        uint256 id = _meters[index].channel.licenseId;
        vm.prank(owner);
        try licenses.transferFrom(owner, next, id) {
            _never("a licence that can be turned into money changed hands");
        } catch (bytes memory reason) {
            assertEq(reason, abi.encodeWithSelector(ILicenseToken.LicenseToken_Soulbound.selector, id), "soulbound");
        }
        checkMeter(index);
        _done();
    }

    function seat(uint256 seed) external counted {
        uint256 index = _find(seed, _isOpen);
        Meter storage meter = _meters[index];
        address user = _stranger(meter.owner, seed);
        uint256 seats = _tariffs[meter.offer].seats;
        bytes memory data = abi.encodeCall(ISeats.giveSeat, (_offers[meter.offer], meter.channel.licenseId, user));
        if (_seated[index][user]) {
            vm.prank(meter.owner);
            usage.takeSeat(_offers[meter.offer], meter.channel.licenseId, user);
            --_given[index];
        } else if (_given[index] == seats) {
            bytes4 full = ISeats.Seats_Full.selector;
            _refuse(meter.owner, data, abi.encodeWithSelector(full, meter.channel.licenseId, seats));
            return _done();
        } else {
            _refuse(user, data, _notOwner(index, user));
            vm.prank(meter.owner);
            usage.giveSeat(_offers[meter.offer], meter.channel.licenseId, user);
            ++_given[index];
        }
        _seated[index][user] = !_seated[index][user];
        checkMeter(index);
        _done();
    }

    // ---- steps

    function _close(uint256 index) internal {
        Channel memory channel = _meters[index].channel;
        vm.prank(_meters[index].owner);
        usage.close(channel);
        _meters[index].closesAt = block.timestamp + _tariffs[_meters[index].offer].grace;
    }

    function _finish(uint256 index, address caller) internal {
        Meter storage meter = _meters[index];
        Channel memory channel = meter.channel;
        vm.prank(caller);
        uint256 returned = usage.finish(channel);
        (meter.finished, meter.settled) = (true, meter.redeemed);
        _bookShares(index);
        // claim(invariants#market-and-escrow): a channel never redeems more units than were bought, and what came out
        //   of one that is finished is what was paid in
        assertEq(returned, meter.paidIn - meter.redeemed * meter.unitPrice, "a channel returned something else");
        checkMeter(index);
    }

    function _refuseFinish(uint256 index, uint256 seed) private {
        Channel memory channel = _meters[index].channel;
        bytes memory expected = abi.encodeWithSelector(
            IUsageChannel.UsageChannel_TooEarly.selector,
            channel.licenseId,
            _meters[index].closesAt
        );
        _refuse(_buyer(seed), abi.encodeCall(IUsageChannel.finish, (channel)), expected);
    }

    function _notOwner(uint256 index, address caller) private view returns (bytes memory) {
        return
            abi.encodeWithSelector(
                IRightsModule.Rights_NotOwner.selector,
                _meters[index].channel.licenseId,
                caller,
                _meters[index].owner
            );
    }

    // ---- what a channel is fit for

    function _isUnfinished(uint256 index) internal view returns (bool) {
        return !_meters[index].finished;
    }

    function _isClosing(uint256 index) internal view returns (bool) {
        return !_meters[index].finished && _meters[index].closesAt != 0;
    }
}
