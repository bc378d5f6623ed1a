// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Offer} from "../../../contracts/market/IMarket.sol";
import {Channel, ChannelState, Refusal} from "../../../contracts/rights/IUsageChannel.sol";
import {StandingOrders} from "../../../contracts/rights/StandingOrders.sol";
import {Subscriptions} from "../../../contracts/rights/Subscriptions.sol";
import {UsageChannel} from "../../../contracts/rights/UsageChannel.sol";
import {ProtocolHandler} from "./ProtocolHandler.sol";

/// @notice What an offer by the unit promises.
struct Tariff {
    uint256 units;
    uint256 grace;
    uint256 providerBps;
    address provider;
    uint256 seats;
}

/// @notice What somebody got out of a channel.
struct Paid {
    uint256 payee;
    uint256 provider;
    uint256 treasury;
    uint256 referrer;
    uint256 payer;
}

/// @notice A channel that was opened: its terms, its units and its money.
struct Meter {
    Channel channel;
    uint256 offer;
    address owner;
    uint256 unitPrice;
    uint256 feeBps;
    uint256 referrerBps;
    uint256 bought;
    uint256 added;
    uint256 redeemed;
    uint256 settled;
    uint256 closesAt;
    bool finished;
    // all that payers of the opening and of the renewals paid in
    uint256 paidIn;
    Paid out;
}

/// @notice A key of a channel: the one of slot 0 has no cap.
struct Signer {
    uint256 secret;
    uint256 cap;
    uint256 redeemed;
    uint256 until;
}

/// @notice What the campaign knows of channels: its own books, which no call to the module fills.
abstract contract UsageBooks is ProtocolHandler {
    uint256 internal constant BPS = 10_000;

    UsageChannel public usage;
    Subscriptions public subscriptions;
    StandingOrders public standing;

    Offer[] internal _offers;
    bytes32[] internal _hashes;
    Tariff[] internal _tariffs;
    Meter[] internal _meters;
    mapping(uint256 meter => Signer[]) internal _signers;
    mapping(uint256 meter => mapping(address user => bool)) internal _seated;
    mapping(uint256 meter => uint256) internal _given;

    uint48 internal _models;
    mapping(uint48 modelId => address) internal _titleOf;
    mapping(uint48 modelId => address) internal _fixedPayee;
    uint16 internal _feeBps = 250;
    address internal _treasuryNow;

    // ---- what holds between calls

    // claim(invariants#market-and-escrow): money of usage channels is what was paid in less what was credited
    /// @notice The account of the module is, token by token, what was paid into its channels and did not leave.
    function checkKept() external view {
        for (uint256 t = 0; t < tokens.length; ++t) {
            uint256 kept = 0;
            for (uint256 i = 0; i < _meters.length; ++i) {
                if (_meters[i].channel.payToken == tokens[t]) kept += _meters[i].paidIn - _paidOut(i);
            }
            assertEq(ledger.balanceOf(tokens[t], address(usage)), kept, "what is kept is not what is left of payments");
            // claim(invariants#market-and-escrow): standing orders keep no money and no allowance | the next caller
            assertEq(ledger.balanceOf(tokens[t], address(standing)), 0, "standing orders have something in the ledger");
        }
    }

    function meterCount() external view returns (uint256) {
        return _meters.length;
    }

    /// @notice One channel: its terms, its units, its money and its holder.
    function checkMeter(uint256 index) public view {
        Meter storage meter = _meters[index];
        uint256 id = meter.channel.licenseId;
        bytes32 expected = meter.finished ? bytes32(0) : keccak256(abi.encode(meter.channel));
        // claim(invariants#market-and-escrow): the terms of a channel are those of its opening, whatever changes since
        //   | a title's buyer, a voter or a node, with the rates of others
        assertEq(usage.commitmentOf(id), expected, "the terms of a channel changed");
        // claim(invariants#market-and-escrow): a licence by the unit never changes hands | its holder, who would be
        //   paid by a buyer and take the rest out as well
        assertEq(licenses.ownerOf(id), meter.owner, "a licence is with somebody else");
        _checkState(index);
        // claim(invariants#market-and-escrow): a channel never redeems more units than were bought, and what came out
        //   of one that is finished is what was paid in | a node, or a buyer, with the money of others
        assertLe(meter.redeemed, meter.bought + meter.added, "more was redeemed than was bought");
        uint256 left = meter.finished ? 0 : _worthLeft(index);
        assertEq(_paidOut(index) + left, meter.paidIn, "what came out and is kept is not what was paid in");
        _checkAccounts(index);
        _checkUsers(index);
        for (uint256 slot = 1; slot < _signers[index].length; ++slot) _checkKey(index, slot);
    }

    function _checkState(uint256 index) private view {
        Meter storage meter = _meters[index];
        ChannelState memory state = usage.stateOf(meter.channel.licenseId);
        assertEq(state.added, meter.added, "units were added by themselves");
        assertEq(state.redeemed, meter.redeemed, "units were redeemed by themselves");
        assertEq(state.first, _signers[index][0].redeemed, "units of the first key were redeemed by themselves");
        assertEq(state.closesAt, meter.closesAt, "a channel was closed or opened by itself");
        if (!meter.finished) assertEq(state.settled, meter.settled, "shares were settled by themselves");
    }

    function _checkAccounts(uint256 index) private view {
        Channel memory channel = _meters[index].channel;
        address[5] memory all = [channel.payee, channel.provider, channel.treasury, channel.referrer, channel.payer];
        for (uint256 i = 0; i < all.length; ++i) {
            // claim(invariants#market-and-escrow): a usage channel pays out of its own money alone
            assertEq(
                ledger.balanceOf(channel.payToken, all[i]),
                booked[channel.payToken][all[i]],
                "a channel did not pay what its units are worth"
            );
        }
    }

    function _checkUsers(uint256 index) private view {
        Meter storage meter = _meters[index];
        bool open = _isOpen(index) && meter.redeemed < meter.bought + meter.added;
        for (uint256 i = 0; i < BUYERS; ++i) {
            bool isUser = _buyer(i) == meter.owner || _seated[index][_buyer(i)];
            // claim(invariants#market-and-escrow): a licence by the unit is used by its holder and the users with a
            //   seat, while it is open and has units left | a user whose units are used up, or who closed the channel
            assertEq(
                licenses.isAuthorized(meter.channel.licenseId, _buyer(i)),
                open && isUser,
                "who may use a licence is not who has units"
            );
        }
    }

    function _checkKey(uint256 index, uint256 slot) private view {
        Signer storage key = _signers[index][slot];
        (address signer, uint32 cap, uint32 redeemed, uint40 until) = usage.keyOf(
            _meters[index].channel.licenseId,
            uint16(slot)
        );
        // claim(invariants#market-and-escrow): the key of a slot is given once, and signs for no more than its cap | a
        //   machine whose key was stolen
        assertEq(signer, vm.addr(key.secret), "a slot has another key");
        assertEq(cap, key.cap, "the cap of a key changed");
        assertEq(redeemed, key.redeemed, "units of a key were redeemed by themselves");
        assertLe(redeemed, cap, "a key signed for more than its cap");
        assertEq(until, key.until, "a key was revoked by itself");
    }

    // ---- what the documentation says

    /// @dev The first reason against a voucher, in the order of the documentation.
    function _refusalOf(
        uint256 index,
        uint256 slot,
        uint256 units,
        uint256 validUntil
    ) internal view returns (Refusal) {
        Meter storage meter = _meters[index];
        if (meter.finished) return Refusal.NotItsChannel;
        if (block.timestamp > validUntil) return Refusal.Expired;
        if (meter.closesAt != 0 && block.timestamp > meter.closesAt) return Refusal.AfterGrace;
        if (slot >= _signers[index].length) {
            if (units == 0) return Refusal.NotAboveLast;
            return meter.redeemed == meter.bought + meter.added ? Refusal.AboveBought : Refusal.KeyRefused;
        }
        Signer storage key = _signers[index][slot];
        if (units <= key.redeemed) return Refusal.NotAboveLast;
        if (meter.redeemed == meter.bought + meter.added) return Refusal.AboveBought;
        if (units > key.cap || (key.until != 0 && block.timestamp > key.until)) return Refusal.KeyRefused;
        return Refusal.None;
    }

    /// @dev Books what has left the channel by now, by the running totals of the documentation.
    function _bookShares(uint256 index) internal {
        Meter storage meter = _meters[index];
        Tariff storage tariff = _tariffs[meter.offer];
        uint256 gross = meter.redeemed * meter.unitPrice;
        uint256 settled = meter.settled * meter.unitPrice;
        uint256 net = gross - (gross * (meter.feeBps + meter.referrerBps)) / BPS;
        Paid memory due;
        due.provider = (net * tariff.providerBps) / BPS;
        due.payee = net - due.provider;
        due.treasury = (settled * meter.feeBps) / BPS;
        due.referrer = (settled * meter.referrerBps) / BPS;
        if (meter.finished) {
            // what the rounding of both shares left over
            due.payee = gross - due.provider - due.treasury - due.referrer;
            assertLe(due.payee - (net - due.provider), 1, "more than one unit of the token waited for the end");
            due.payer = (meter.bought + meter.added - meter.redeemed) * meter.unitPrice;
        }
        Channel memory channel = meter.channel;
        _leave(channel.payToken, channel.payee, due.payee - meter.out.payee);
        _leave(channel.payToken, channel.provider, due.provider - meter.out.provider);
        _leave(channel.payToken, channel.treasury, due.treasury - meter.out.treasury);
        _leave(channel.payToken, channel.referrer, due.referrer - meter.out.referrer);
        _leave(channel.payToken, channel.payer, due.payer - meter.out.payer);
        meter.out = due;
    }

    function _leave(address token, address to, uint256 amount) private {
        if (amount == 0) return;
        _unbook(token, address(usage), amount);
        _book(token, to, amount);
    }

    function _paidOut(uint256 index) internal view returns (uint256) {
        Paid storage out = _meters[index].out;
        return out.payee + out.provider + out.treasury + out.referrer + out.payer;
    }

    /// @dev What the units that were not redeemed cost, and the shares that wait.
    function _worthLeft(uint256 index) private view returns (uint256) {
        Meter storage meter = _meters[index];
        uint256 gross = meter.redeemed * meter.unitPrice;
        uint256 unused = (meter.bought + meter.added - meter.redeemed) * meter.unitPrice;
        uint256 waits = (gross * (meter.feeBps + meter.referrerBps)) / BPS;
        return unused + waits - meter.out.treasury - meter.out.referrer;
    }

    function _isOpen(uint256 index) internal view returns (bool) {
        return !_meters[index].finished && _meters[index].closesAt == 0;
    }

    function _payeeOf(uint48 modelId) internal view returns (address) {
        return _fixedPayee[modelId] == address(0) ? _titleOf[modelId] : _fixedPayee[modelId];
    }
}
