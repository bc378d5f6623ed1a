// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {LicenseIds} from "../license/LicenseIds.sol";
import {Offer} from "../market/IMarket.sol";
import {IRights, Sale} from "../market/IRights.sol";
import {BPS} from "../utils/Bps.sol";
import {ChannelRates} from "./ChannelRates.sol";
import {Channel, ChannelState, IUsageChannel, Refusal, Voucher} from "./IUsageChannel.sol";
import {Seats} from "./Seats.sol";

/// @title Channels
/// @notice Channels as they are opened and topped up, their keys, and whether a voucher can be redeemed. See
/// {IUsageChannel}.
/// @dev Invariant: what was redeemed of a channel is never above what was bought.
abstract contract Channels is IUsageChannel, Seats, EIP712 {
    using ChannelRates for Channel;
    using ChannelRates for Sale;
    using ChannelRates for uint256;
    using LicenseIds for uint256;

    /// @dev One slot: 160 + 32 + 32 + 32 bits.
    struct Key {
        address signer;
        uint32 cap;
        uint32 redeemed;
        // end of the grace in whole minutes, so that 32 bits last; 0 while the key is not revoked
        uint32 untilMinute;
    }

    /// @dev EIP-712 type of a voucher.
    bytes32 private constant TYPEHASH = keccak256(
        "Voucher(uint256 licenseId,uint16 slot,uint48 units,uint40 validUntil)"
    );

    /// @inheritdoc IUsageChannel
    uint256 public constant MIN_GRACE = 1 hours;
    /// @inheritdoc IUsageChannel
    uint256 public constant MAX_GRACE = 30 days;
    /// @inheritdoc IUsageChannel
    /// @dev So that what the purchase and the renewals have bought, together, fits 48 bits.
    uint256 public constant MAX_UNITS = 2 ** 47 - 1;

    /// @inheritdoc IUsageChannel
    mapping(uint256 licenseId => bytes32) public commitmentOf;
    /// @dev One slot each: 4 * 48 + 40 + 8 bits. Written by the first voucher or renewal, not by the buyer.
    mapping(uint256 licenseId => ChannelState) internal _states;
    mapping(uint256 licenseId => mapping(uint16 slot => Key)) internal _keys;

    /// @inheritdoc IRights
    function grant(Sale calldata sale) external onlyMarket returns (bool keepsMoney) {
        if (sale.renewal) _topUp(sale);
        else _open(sale);
        return true;
    }

    /// @inheritdoc IUsageChannel
    function setKey(uint256 licenseId, uint16 slot, address signer, uint32 cap) external {
        _checkOwner(licenseId);
        require(commitmentOf[licenseId] != 0, UsageChannel_Unknown(licenseId));
        require(signer != address(0), UsageChannel_ZeroKey());
        Key storage key = _keys[licenseId][slot];
        require(slot != 0 && key.signer == address(0), UsageChannel_SlotTaken(licenseId, slot));

        (key.signer, key.cap) = (signer, cap);
        emit KeySet(licenseId, slot, signer, cap);
    }

    /// @inheritdoc IUsageChannel
    function revokeKey(Channel calldata channel, uint16 slot) external {
        uint256 licenseId = _known(channel);
        _checkOwner(licenseId);
        Key storage key = _keys[licenseId][slot];
        require(key.signer != address(0) && key.untilMinute == 0, UsageChannel_NoKey(licenseId, slot));
        // rounded up
        uint256 untilMinute = (block.timestamp + channel.grace() + 59) / 1 minutes;

        key.untilMinute = uint32(untilMinute);
        emit KeyRevoked(licenseId, slot, uint40(untilMinute * 1 minutes));
    }

    /// @notice Whether the channel is open and has units left, and the account holds the licence or has a seat.
    function mayUse(uint256 licenseId, address owner, address user) external view returns (bool) {
        return measure(licenseId) != 0 && _isUser(licenseId, owner, user);
    }

    /// @inheritdoc IUsageChannel
    function refusalOf(Channel calldata channel, Voucher calldata voucher) external view returns (Refusal refusal) {
        (refusal, , ) = _judge(channel, voucher);
    }

    /// @inheritdoc IUsageChannel
    function unitsLeft(Channel calldata channel) external view returns (uint256) {
        ChannelState memory state = _states[_known(channel)];
        return channel.bought(state) - state.redeemed;
    }

    /// @inheritdoc IUsageChannel
    function stateOf(uint256 licenseId) external view returns (ChannelState memory) {
        return _states[licenseId];
    }

    /// @inheritdoc IUsageChannel
    function keyOf(
        uint256 licenseId,
        uint16 slot
    ) external view returns (address signer, uint32 cap, uint32 redeemed, uint40 until) {
        Key memory key = _keys[licenseId][slot];
        return (key.signer, key.cap, key.redeemed, uint40(uint256(key.untilMinute) * 1 minutes));
    }

    /// @inheritdoc IRights
    function check(Offer calldata offer) external pure {
        _checkTerms(
            uint256(offer.rightsTerms),
            offer.price,
            offer.deliveryWindow != 0,
            offer.includesUpdates,
            offer.transferable
        );
    }

    /// @notice 1 while the channel is open and units are left, 0 otherwise. How many, `unitsLeft` says: the number that
    /// was bought is in the channel, of which the hash is stored.
    function measure(uint256 licenseId) public view returns (uint256) {
        if (commitmentOf[licenseId] == 0) return 0;
        ChannelState memory state = _states[licenseId];
        return state.closesAt == 0 && !state.exhausted ? 1 : 0;
    }

    /// @inheritdoc IUsageChannel
    function voucherDigest(
        uint256 licenseId,
        uint16 slot,
        uint48 units,
        uint40 validUntil
    ) public view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(TYPEHASH, licenseId, slot, units, validUntil)));
    }

    function _open(Sale calldata sale) private {
        uint256 licenseId = sale.licenseId;
        uint256 terms = uint256(sale.terms);
        _checkTerms(
            terms,
            sale.price / sale.quantity,
            licenseId.has(LicenseIds.ESCROWED),
            licenseId.has(LicenseIds.UPDATES),
            licenseId.has(LicenseIds.TRANSFERABLE)
        );
        uint256 units = terms.unitsOf() * sale.quantity;
        require(units <= MAX_UNITS, UsageChannel_TooManyUnits(licenseId, units));
        Channel memory channel = sale.open(units);

        commitmentOf[licenseId] = channel.hashMemory();
        emit ChannelOpened(licenseId, channel.payee, channel.provider, channel);
    }

    /// @dev A market takes any id that has the number of the offer: one that was never issued has no commitment. The
    /// offer is that of the opening, so its price is too.
    function _topUp(Sale calldata sale) private {
        uint256 licenseId = sale.licenseId;
        _require(sale.key == address(0), "pad");
        // what costs nothing is bought once: its renewals would be units without end
        _require(sale.price != 0, "price");
        require(commitmentOf[licenseId] != 0, UsageChannel_Unknown(licenseId));
        ChannelState storage state = _states[licenseId];
        require(state.closesAt == 0, UsageChannel_Closing(licenseId, state.closesAt));
        uint256 added = state.added + uint256(sale.terms).unitsOf() * sale.quantity;
        require(added <= MAX_UNITS, UsageChannel_TooManyUnits(licenseId, added));

        (state.added, state.exhausted) = (uint48(added), false);
        emit ToppedUp(licenseId, uint48(added));
    }

    /// @dev The state of the channel, and how many of its units will be redeemed in all; only when nothing is refused.
    function _judge(
        Channel calldata channel,
        Voucher calldata voucher
    ) internal view returns (Refusal refusal, ChannelState memory state, uint256 redeemed) {
        if (!_isKnown(channel)) return (Refusal.NotItsChannel, state, 0);
        if (block.timestamp > voucher.validUntil) return (Refusal.Expired, state, 0);
        state = _states[channel.licenseId];
        if (state.closesAt != 0 && block.timestamp > state.closesAt) return (Refusal.AfterGrace, state, 0);

        (address signer, uint256 last, bool refused) = _keyFor(channel, voucher, state);
        if (voucher.units <= last) return (Refusal.NotAboveLast, state, 0);
        uint256 total = channel.bought(state);
        if (state.redeemed == total) return (Refusal.AboveBought, state, 0);
        // the rest of a voucher counts when more is bought: a unit of another key must not void all of it
        redeemed = Math.min(state.redeemed + (voucher.units - last), total);
        if (refused) return (Refusal.KeyRefused, state, 0);
        if (!_isSigned(channel.licenseId, voucher, signer)) return (Refusal.BadSignature, state, 0);
    }

    function _known(Channel calldata channel) internal view returns (uint256 licenseId) {
        licenseId = channel.licenseId;
        require(_isKnown(channel), UsageChannel_Unknown(licenseId));
    }

    /// @dev The key of a voucher's slot, the units that were redeemed of it, and whether it may not sign the voucher.
    function _keyFor(
        Channel calldata channel,
        Voucher calldata voucher,
        ChannelState memory state
    ) private view returns (address signer, uint256 last, bool refused) {
        if (voucher.slot == 0) return (channel.key, state.first, false);
        Key memory key = _keys[channel.licenseId][voucher.slot];
        bool revoked = key.untilMinute != 0 && block.timestamp > uint256(key.untilMinute) * 1 minutes;
        // the cap of a slot without a key is 0
        return (key.signer, key.redeemed, revoked || voucher.units > key.cap);
    }

    function _isSigned(uint256 licenseId, Voucher calldata voucher, address signer) private view returns (bool) {
        bytes32 digest = voucherDigest(licenseId, voucher.slot, voucher.units, voucher.validUntil);
        (address recovered, ECDSA.RecoverError fault, ) = ECDSA.tryRecover(digest, voucher.r, voucher.vs);
        return fault == ECDSA.RecoverError.NoError && recovered == signer;
    }

    function _isKnown(Channel calldata channel) private view returns (bool) {
        return commitmentOf[channel.licenseId] == channel.hash();
    }

    function _seatTerms(bytes32 terms, uint256) internal pure override returns (uint256 seats, uint256 minStay) {
        return (uint256(terms).seatsOf(), 0);
    }

    /// @dev Every bit of the terms has a meaning.
    function _checkTerms(
        uint256 terms,
        uint256 price,
        bool escrowed,
        bool includesUpdates,
        bool transferable
    ) private pure {
        uint256 units = terms.unitsOf();
        _require(units != 0, "units");
        _require(price % units == 0, "price");
        _require(terms.graceOf() >= MIN_GRACE && terms.graceOf() <= MAX_GRACE, "grace");
        uint256 providerBps = terms.providerBps();
        _require(providerBps <= BPS, "providerBps");
        _require(providerBps == 0 || terms.provider() != address(0), "provider");
        _require(!escrowed, "deliveryWindow");
        _require(!includesUpdates, "includesUpdates");
        _require(!transferable, "transferable");
    }
}
