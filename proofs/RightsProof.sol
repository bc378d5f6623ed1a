// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {TermWorth} from "../contracts/rights/TermWorth.sol";
import {RunningShare} from "../contracts/utils/RunningShare.sol";

/// @notice What a cancellable subscription holds is what its time is worth, and comes out of it to the unit, by any
/// schedule of releases.
/// @dev Each function is one theorem over everything that Subscriptions lets through: prices of 128 bits, periods of 32
/// bits and terms that end at most 3,650 days ahead. The asserts before the last are lemmas, as in SwapProof.
contract RightsProof {
    uint256 private constant MAX_AHEAD = 3_650 days;
    uint256 private constant BPS = 10_000;

    // claim(invariants#market-and-escrow): a renewal adds exactly its price to what the time of a licence is worth |
    //   the payee or the holder, by the unit that rounding leaves
    function aRenewalIsWorthItsPrice(uint128 price, uint256 left, uint32 period, uint256 periods) external pure {
        require(period != 0 && left <= MAX_AHEAD && periods <= MAX_AHEAD);
        uint256 before = TermWorth.worth(price, left, period);

        uint256 afterwards = TermWorth.worth(price, left + periods * period, period);

        assert(price * (left + periods * period) == price * left + (periods * price) * period);
        assert(before * period <= uint256(price) * left && uint256(price) * left < (before + 1) * period);
        assert(afterwards == before + periods * price);
    }

    // claim(invariants#market-and-escrow): what the rest of a term is worth never rises as time passes | a holder who
    //   cancels later and gets more back
    function lessTimeIsNeverWorthMore(uint128 price, uint256 less, uint256 more, uint32 period) external pure {
        require(period != 0 && less <= more && more <= MAX_AHEAD);

        assert(uint256(price) * less <= uint256(price) * more);
        assert(TermWorth.worth(price, less, period) <= TermWorth.worth(price, more, period));
    }

    // claim(invariants#market-and-escrow): what a cancellable subscription released and refunded is what was paid for
    //   it, by any schedule of releases | a holder or a payee, with money that was paid for another licence
    /// @dev Two releases and a cancellation at any three moments; more of them are the same step again.
    function refundAndReleasedArePaid(
        uint128 price,
        uint32 period,
        uint256 periods,
        uint256 atFirst,
        uint256 atSecond,
        uint256 atEnd
    ) external pure {
        require(period != 0 && periods * period <= MAX_AHEAD);
        uint256 bought = periods * period;
        require(atEnd <= atSecond && atSecond <= atFirst && atFirst <= bought);
        uint256 paid = periods * price;
        assert(uint256(price) * bought == paid * period);
        uint256 first = TermWorth.worth(price, atFirst, period);
        uint256 second = TermWorth.worth(price, atSecond, period);
        uint256 refund = TermWorth.worth(price, atEnd, period);

        assert(TermWorth.worth(price, bought, period) == paid);
        assert(uint256(price) * atFirst <= uint256(price) * bought && first <= paid);
        assert(uint256(price) * atSecond <= uint256(price) * atFirst && second <= first);
        assert(uint256(price) * atEnd <= uint256(price) * atSecond && refund <= second);
        assert((paid - first) + (first - second) + (second - refund) + refund == paid);
    }

    // claim(invariants#market-and-escrow): the fees of any releases add up to the fee of one release of the same time |
    //   a payee who releases often, at the cost of the treasury
    function feesOfReleasesAddUp(uint256 low, uint256 middle, uint256 high, uint16 feeBps) external pure {
        require(low <= middle && middle <= high && high <= type(uint128).max * MAX_AHEAD);
        require(feeBps <= BPS);

        assert(low * feeBps <= middle * feeBps && middle * feeBps <= high * feeBps);
        uint256 once = RunningShare.growth(low, high, feeBps);
        assert(RunningShare.growth(low, middle, feeBps) + RunningShare.growth(middle, high, feeBps) == once);
        assert(RunningShare.growth(0, low, feeBps) + once == (high * feeBps) / BPS);
    }

    // claim(invariants#market-and-escrow): the fee of a release is at most what is released | the treasury, with money
    //   that is held for other licences
    function aFeeIsAtMostWhatIsReleased(uint256 low, uint256 high, uint16 feeBps) external pure {
        require(low <= high && high <= type(uint128).max * MAX_AHEAD && feeBps <= BPS);

        uint256 fee = RunningShare.growth(low, high, feeBps);

        assert((high - low) * feeBps <= (high - low) * BPS);
        assert(fee * BPS < (high - low) * feeBps + BPS);
        assert(fee <= high - low);
    }
}
