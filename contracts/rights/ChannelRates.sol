// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {CreditList} from "../ledger/LedgerCall.sol";
import {Sale} from "../market/IRights.sol";
import {BPS} from "../utils/Bps.sol";
import {Channel, ChannelState} from "./IUsageChannel.sol";

/// @title ChannelRates
/// @notice Hash of a channel, what its rates say, and how its units are shared out. See {IUsageChannel}.
/// @dev A `Channel` is static: 9 words without gaps, the same in memory, in the calldata and as `abi.encode` has them.
/// With a word that holds more than its field's type, the hash is another than that of any channel that was opened.
///
/// A unit's price has 128 bits, units have 48 and shares 16: no product overflows, and their checks would take 600 gas
/// of a voucher.
library ChannelRates {
    uint256 private constant SIZE = 0x120;
    uint256 private constant UNITS_AT = 128;
    uint256 private constant PROVIDER_AT = 176;
    uint256 private constant FEE_AT = 192;
    uint256 private constant REFERRER_AT = 208;
    uint256 private constant GRACE_AT = 224;

    /// @notice The channel that a sale of `units` opens.
    function open(Sale calldata sale, uint256 units) internal pure returns (Channel memory channel) {
        uint256 terms = uint256(sale.terms);
        channel.licenseId = sale.licenseId;
        channel.payToken = sale.payToken;
        channel.rates =
            (sale.price / units) |
            (units << UNITS_AT) |
            (providerBps(terms) << PROVIDER_AT) |
            (uint256(sale.protocolFeeBps) << FEE_AT) |
            (uint256(sale.referrerBps) << REFERRER_AT) |
            (graceOf(terms) << GRACE_AT);
        (channel.payer, channel.payee) = (sale.payer, sale.payee);
        channel.provider = provider(terms);
        (channel.treasury, channel.referrer) = (sale.treasury, sale.referrer);
        channel.key = sale.key == address(0) ? sale.recipient : sale.key;
    }

    /// @notice `keccak256(abi.encode(channel))`; encoding it would take 600 gas.
    function hash(Channel calldata channel) internal pure returns (bytes32 digest) {
        assembly ("memory-safe") {
            // behind what is allocated, where nothing lies
            let at := mload(0x40)
            calldatacopy(at, channel, SIZE)
            digest := keccak256(at, SIZE)
        }
    }

    /// @notice The same of a channel in memory.
    function hashMemory(Channel memory channel) internal pure returns (bytes32 digest) {
        assembly ("memory-safe") {
            digest := keccak256(channel, SIZE)
        }
    }

    /// @notice Units of one purchase under these terms.
    function unitsOf(uint256 terms) internal pure returns (uint256) {
        return uint32(terms);
    }

    /// @notice Grace under these terms, in seconds.
    function graceOf(uint256 terms) internal pure returns (uint256) {
        return uint32(terms >> 32);
    }

    /// @notice The provider's share under these terms, in basis points.
    function providerBps(uint256 terms) internal pure returns (uint256) {
        return uint16(terms >> 64);
    }

    /// @notice The node that serves under these terms.
    function provider(uint256 terms) internal pure returns (address) {
        return address(uint160(terms >> 80));
    }

    /// @notice Seats under these terms.
    function seatsOf(uint256 terms) internal pure returns (uint256) {
        return terms >> 240;
    }

    /// @notice Grace of a channel, in seconds.
    function grace(Channel calldata channel) internal pure returns (uint256) {
        return channel.rates >> GRACE_AT;
    }

    /// @notice All units that were bought for a channel.
    function bought(Channel calldata channel, ChannelState memory state) internal pure returns (uint256) {
        return uint256(uint48(channel.rates >> UNITS_AT)) + state.added;
    }

    /// @notice What units of a channel cost.
    function worth(Channel calldata channel, uint256 units) internal pure returns (uint256) {
        unchecked {
            return units * uint128(channel.rates);
        }
    }

    /// @notice What the units from `from` up to `to` are worth to payee and provider: differences of totals that never
    /// fall.
    function shares(
        Channel calldata channel,
        uint256 from,
        uint256 to
    ) internal pure returns (uint256 toPayee, uint256 toProvider) {
        (uint256 before, uint256 net) = (_net(channel, from), _net(channel, to));
        toProvider = _part(channel, net, PROVIDER_AT) - _part(channel, before, PROVIDER_AT);
        toPayee = net - before - toProvider;
    }

    /// @notice Adds what treasury and referrer get of the units from `from` up to `to`.
    function addShares(Channel calldata channel, CreditList credits, uint256 from, uint256 to) internal pure {
        (uint256 before, uint256 total) = (worth(channel, from), worth(channel, to));
        credits.add(channel.treasury, _part(channel, total, FEE_AT) - _part(channel, before, FEE_AT));
        credits.add(channel.referrer, _part(channel, total, REFERRER_AT) - _part(channel, before, REFERRER_AT));
    }

    /// @notice What nobody was credited with of `units` that were redeemed and settled: 0 or 1.
    function remainder(Channel calldata channel, uint256 units) internal pure returns (uint256) {
        uint256 total = worth(channel, units);
        return _both(channel, total) - _part(channel, total, FEE_AT) - _part(channel, total, REFERRER_AT);
    }

    function _net(Channel calldata channel, uint256 units) private pure returns (uint256) {
        uint256 total = worth(channel, units);
        return total - _both(channel, total);
    }

    /// @dev Fee and referrer's share together, rounded down once: each on its own, they can both grow by one with a
    /// single unit of the token, and the rest would fall.
    function _both(Channel calldata channel, uint256 total) private pure returns (uint256) {
        uint256 rates = channel.rates;
        unchecked {
            return (total * (uint256(uint16(rates >> FEE_AT)) + uint16(rates >> REFERRER_AT))) / BPS;
        }
    }

    function _part(Channel calldata channel, uint256 total, uint256 at) private pure returns (uint256) {
        unchecked {
            return (total * uint16(channel.rates >> at)) / BPS;
        }
    }
}
