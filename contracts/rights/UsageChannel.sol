// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

import {IRevenueLedger} from "../ledger/IRevenueLedger.sol";
import {CreditList, LedgerCall} from "../ledger/LedgerCall.sol";
import {ILicenseToken} from "../license/ILicenseToken.sol";
import {IMarket} from "../market/IMarket.sol";
import {ChannelRates} from "./ChannelRates.sol";
import {Channels} from "./Channels.sol";
import {Channel, ChannelState, Claim, IUsageChannel, Refusal, Voucher} from "./IUsageChannel.sol";
import {Rights} from "./Rights.sol";

/// @title UsageChannel
/// @notice Licences by the unit, prepaid. See {IUsageChannel}.
/// @dev Invariants: that of {Channels}; the ledger balance of this contract in a token is at least the sum, over its
/// channels that are not finished, of what was paid in less what was credited; a finished channel has credited what
/// was paid in.
contract UsageChannel is Channels {
    using ChannelRates for Channel;

    /// @dev The credits of a batch, and the sums of the last payee and provider, which are not among them yet.
    struct Run {
        CreditList credits;
        address payee;
        address provider;
        uint256 toPayee;
        uint256 toProvider;
    }

    /// @inheritdoc IUsageChannel
    uint256 public constant MAX_CLAIMS = 64;

    /// @notice Where the price of units waits, in this contract's account.
    IRevenueLedger public immutable LEDGER;

    /// @param licenses Where holders and licences are read.
    /// @param market The market that the module serves.
    /// @param ledger Where the price of units waits.
    constructor(
        ILicenseToken licenses,
        IMarket market,
        IRevenueLedger ledger
    ) Rights(licenses, market) EIP712("Isonomy Usage", "1") {
        LEDGER = ledger;
        // reverts where there is no ledger: later calls skip the check that there is code
        ledger.totalOwed(address(0));
    }

    /// @inheritdoc IUsageChannel
    function redeem(Channel calldata channel, Voucher calldata voucher) external {
        (Refusal refusal, uint256 toPayee, uint256 toProvider) = _take(channel, voucher);
        require(refusal == Refusal.None, UsageChannel_BadVoucher(channel.licenseId, refusal));

        CreditList credits = LedgerCall.allocate(2);
        credits.add(channel.payee, toPayee);
        credits.add(channel.provider, toProvider);
        credits.move(LEDGER, channel.payToken);
    }

    /// @inheritdoc IUsageChannel
    function redeemBatch(Claim[] calldata claims) external {
        uint256 count = claims.length;
        require(count != 0 && count <= MAX_CLAIMS, UsageChannel_BadBatch(count));
        for (uint256 start = 0; start < count;) {
            start = _redeemRun(claims, start);
        }
    }

    /// @inheritdoc IUsageChannel
    function settleShares(Channel calldata channel) external {
        uint256 licenseId = _known(channel);
        ChannelState storage state = _states[licenseId];
        uint48 redeemed = state.redeemed;
        CreditList credits = LedgerCall.allocate(2);
        channel.addShares(credits, state.settled, redeemed);

        state.settled = redeemed;
        emit SharesSettled(licenseId, redeemed);
        credits.move(LEDGER, channel.payToken);
    }

    /// @inheritdoc IUsageChannel
    function close(Channel calldata channel) external {
        uint256 licenseId = _known(channel);
        if (msg.sender != channel.payer) _checkOwner(licenseId);
        ChannelState storage state = _states[licenseId];
        require(state.closesAt == 0, UsageChannel_Closing(licenseId, state.closesAt));
        uint40 closesAt = uint40(block.timestamp + channel.grace());

        state.closesAt = closesAt;
        emit Closing(licenseId, closesAt);
    }

    /// @inheritdoc IUsageChannel
    function finish(Channel calldata channel) external returns (uint256 returned) {
        uint256 licenseId = _known(channel);
        ChannelState memory state = _states[licenseId];
        uint40 closesAt = state.closesAt;
        require(closesAt != 0 && block.timestamp > closesAt, UsageChannel_TooEarly(licenseId, closesAt));
        returned = channel.worth(channel.bought(state) - state.redeemed);
        CreditList credits = LedgerCall.allocate(4);
        channel.addShares(credits, state.settled, state.redeemed);
        credits.add(channel.payee, channel.remainder(state.redeemed));
        credits.add(channel.payer, returned);

        delete commitmentOf[licenseId];
        emit Finished(licenseId, returned);
        credits.move(LEDGER, channel.payToken);
    }

    /// @dev Redeems the claims from `start` on that are paid in the same token, with one call of the ledger, which
    /// itself calls nobody. Returns the index after the last.
    function _redeemRun(Claim[] calldata claims, uint256 start) private returns (uint256 end) {
        address token = claims[start].channel.payToken;
        Run memory run = Run(LedgerCall.allocate(2 * (claims.length - start)), address(0), address(0), 0, 0);
        for (end = start; end < claims.length && claims[end].channel.payToken == token; ++end) {
            _redeemOne(claims[end].channel, claims[end].voucher, run);
        }

        run.credits.add(run.payee, run.toPayee);
        run.credits.add(run.provider, run.toProvider);
        run.credits.move(LEDGER, token);
    }

    function _redeemOne(Channel calldata channel, Voucher calldata voucher, Run memory run) private {
        (Refusal refusal, uint256 toPayee, uint256 toProvider) = _take(channel, voucher);
        if (refusal != Refusal.None) {
            emit Skipped(channel.licenseId, voucher.slot, voucher.units, refusal);
            return;
        }

        if (channel.payee != run.payee) {
            run.credits.add(run.payee, run.toPayee);
            (run.payee, run.toPayee) = (channel.payee, 0);
        }
        if (channel.provider != run.provider) {
            run.credits.add(run.provider, run.toProvider);
            (run.provider, run.toProvider) = (channel.provider, 0);
        }
        run.toPayee += toPayee;
        run.toProvider += toProvider;
    }

    /// @dev Counts a voucher as redeemed. Returns what it adds to those before; nothing when it is refused.
    function _take(
        Channel calldata channel,
        Voucher calldata voucher
    ) private returns (Refusal, uint256 toPayee, uint256 toProvider) {
        (Refusal refusal, ChannelState memory state, uint256 redeemed) = _judge(channel, voucher);
        if (refusal != Refusal.None) return (refusal, 0, 0);
        (toPayee, toProvider) = channel.shares(state.redeemed, redeemed);

        uint256 licenseId = channel.licenseId;
        uint48 units = uint48(redeemed) - state.redeemed;
        if (voucher.slot == 0) {
            state.first = units = state.first + units;
        } else {
            // at most the key's cap
            units += _keys[licenseId][voucher.slot].redeemed;
            _keys[licenseId][voucher.slot].redeemed = uint32(units);
        }
        state.redeemed = uint48(redeemed);
        state.exhausted = redeemed == channel.bought(state);
        _states[licenseId] = state;
        emit Redeemed(licenseId, voucher.slot, units);
        return (refusal, toPayee, toProvider);
    }
}
