// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {PriceOracle} from "./PriceOracle.sol";

/// @notice A pool: two packed words, then the ring of its oracle.
/// - `reservesWord`: reserve0 (112 bits), reserve1 (112), updatedAt (32, seconds; 0 while the pool does not exist).
/// - `sharesWord`: totalShares (112), lnCumulative (104, signed), observationCount (16), protocolShare (8, percent).
/// - `observations`: lnCumulative (104, signed) above a time (32).
/// @dev Packed by hand: the compiler reads and writes a struct's word once for each member, which costs every swap 800
/// gas.
struct Pool {
    uint256 reservesWord;
    uint256 sharesWord;
    uint256[512] observations;
}

/// @title PoolState
/// @notice Packs a pool and keeps its oracle. The logarithm of the price is summed over time to the second; the sum is
/// copied into the ring once in each period of 5 minutes, at its first touch, so that a swap in every block cannot push
/// history out of the ring. After a whole period without a touch the sum of the last touch before it is copied too: no
/// line between two records is then longer than two periods, except where the price did not change. Nothing that a
/// swap, a deposit or a withdrawal calls here can revert.
library PoolState {
    uint256 internal constant PERIOD = 300 seconds;
    uint256 internal constant RING = 512;

    uint256 private constant MASK_112 = type(uint112).max;
    uint256 private constant MASK_32 = type(uint32).max;
    uint256 private constant MASK_16 = type(uint16).max;

    function packReserves(uint256 reserve0, uint256 reserve1) internal view returns (uint256 word) {
        return reserve0 | (reserve1 << 112) | (block.timestamp << 224);
    }

    function reservesOf(uint256 word) internal pure returns (uint256 reserve0, uint256 reserve1) {
        return (word & MASK_112, (word >> 112) & MASK_112);
    }

    function updatedAt(uint256 word) internal pure returns (uint256) {
        return word >> 224;
    }

    function totalShares(uint256 word) internal pure returns (uint256) {
        return word & MASK_112;
    }

    function withTotalShares(uint256 word, uint256 shares) internal pure returns (uint256) {
        return (word & ~MASK_112) | shares;
    }

    function lnCumulative(uint256 word) internal pure returns (int256) {
        return int104(uint104(word >> 112));
    }

    function observationCount(uint256 word) internal pure returns (uint256) {
        return (word >> 216) & MASK_16;
    }

    function protocolShare(uint256 word) internal pure returns (uint256) {
        return (word >> 232) & 0xff;
    }

    function withProtocolShare(uint256 word, uint256 percent) internal pure returns (uint256) {
        return (word & ~(uint256(0xff) << 232)) | (percent << 232);
    }

    function _packSums(int256 cumulative, uint256 count) private pure returns (uint256) {
        return (uint256(uint104(int104(cumulative))) << 112) | (count << 216);
    }

    /// @notice Begins the history of a pool at its first deposit.
    function begin(Pool storage pool) internal returns (uint256 sharesWord) {
        pool.observations[0] = _packObservation(0, block.timestamp);
        return _packSums(0, 1);
    }

    /// @notice Adds the price since the last touch to the sum, before the reserves change.
    /// @return sharesWord The word as it is stored now.
    /// @dev Unchecked: a logarithm is below 2^67 and all time below 2^32, so the sum stays within 104 bits.
    /// Each period has at most one record: that of its own first touch, or, for the first of those that passed without
    /// one, that of the last touch before them. So the ring holds at least 511 periods.
    function touch(Pool storage pool, uint256 reservesWord) internal returns (uint256 sharesWord) {
        unchecked {
            sharesWord = pool.sharesWord;
            uint256 last = updatedAt(reservesWord);
            uint256 elapsed = (block.timestamp - last) & MASK_32;
            if (elapsed == 0) return sharesWord;

            (uint256 reserve0, uint256 reserve1) = reservesOf(reservesWord);
            int256 cumulative = lnCumulative(sharesWord) + PriceOracle.lnRatio(reserve0, reserve1) * int256(elapsed);
            uint256 count = observationCount(sharesWord);
            uint256 periods = (block.timestamp & MASK_32) / PERIOD - last / PERIOD;
            if (periods != 0) {
                if (periods != 1) count = _recordLast(pool, count, lnCumulative(sharesWord), last);
                count = _record(pool, count, cumulative, block.timestamp);
            }

            uint256 kept = sharesWord & (MASK_112 | (uint256(0xff) << 232));
            sharesWord = kept | _packSums(cumulative, count);
            pool.sharesWord = sharesWord;
        }
    }

    /// @notice Writes the next `places` unused places of the ring, so that the swaps which reach them pay less.
    function prepare(Pool storage pool, uint256 places) internal {
        uint256 next = observationCount(pool.sharesWord);
        uint256 end = next + places < RING ? next + places : RING;
        for (; next < end; ++next) pool.observations[next] = 1;
    }

    /// @notice The seconds of history a pool has, up to now.
    function historyOf(Pool storage pool) internal view returns (uint256 available) {
        uint256 count = observationCount(pool.sharesWord);
        if (count == 0) return 0;
        uint256 oldest = count < RING ? 0 : count % RING;
        (uint256 at, ) = _unpackObservation(pool.observations[oldest]);
        return (block.timestamp - at) & MASK_32;
    }

    /// @notice The mean logarithm of the price over the last `window` seconds, of which there must be history.
    function meanLn(Pool storage pool, uint256 window) internal view returns (int256) {
        int256 nowSum = _cumulativeNow(pool, block.timestamp);
        int256 thenSum = _cumulativeAt(pool, block.timestamp - window);
        return (nowSum - thenSum) / int256(window);
    }

    /// @dev The sum at a time not before the last touch.
    function _cumulativeNow(Pool storage pool, uint256 time) private view returns (int256) {
        uint256 word = pool.reservesWord;
        (uint256 reserve0, uint256 reserve1) = reservesOf(word);
        return lnCumulative(pool.sharesWord) + PriceOracle.lnRatio(reserve0, reserve1) * int256(time - updatedAt(word));
    }

    /// @dev The sum at a past time: exact after the last touch, else on the line between the two records around it.
    function _cumulativeAt(Pool storage pool, uint256 time) private view returns (int256) {
        uint256 laterAt = updatedAt(pool.reservesWord);
        if (time >= laterAt) return _cumulativeNow(pool, time);

        uint256 word = pool.sharesWord;
        int256 laterSum = lnCumulative(word);
        uint256 count = observationCount(word);
        uint256 oldest = count < RING ? 0 : count - RING;

        // Invariant: the record at `low` is not later than `time`, the one at `high` is; `high == count` means the sums
        // in the pool's own words.
        uint256 low = oldest;
        uint256 high = count;
        while (high - low > 1) {
            uint256 middle = (low + high) / 2;
            (uint256 at, int256 sum) = _unpackObservation(pool.observations[middle % RING]);
            if (at > time) (high, laterAt, laterSum) = (middle, at, sum);
            else low = middle;
        }

        (uint256 earlierAt, int256 earlierSum) = _unpackObservation(pool.observations[low % RING]);
        return earlierSum + ((laterSum - earlierSum) * int256(time - earlierAt)) / int256(laterAt - earlierAt);
    }

    /// @dev Records the sum of the last touch, unless that was the first of its period and is recorded already. Without
    /// it the line from the record before would lead past that touch, and a price that lasted a minute then would be
    /// spread over all the time until now.
    function _recordLast(Pool storage pool, uint256 count, int256 cumulative, uint256 last) private returns (uint256) {
        unchecked {
            (uint256 newest, ) = _unpackObservation(pool.observations[(count - 1) % RING]);
            return newest == last ? count : _record(pool, count, cumulative, last);
        }
    }

    /// @dev `count` turns from 1023 to 512, which names the same place of the ring and still says that it is full.
    function _record(Pool storage pool, uint256 count, int256 cumulative, uint256 time) private returns (uint256) {
        unchecked {
            pool.observations[count % RING] = _packObservation(cumulative, time);
            return count + 1 == 2 * RING ? RING : count + 1;
        }
    }

    function _packObservation(int256 cumulative, uint256 time) private pure returns (uint256) {
        return (uint256(uint104(int104(cumulative))) << 32) | (time & MASK_32);
    }

    function _unpackObservation(uint256 word) private pure returns (uint256 at, int256 cumulative) {
        return (word & MASK_32, int104(uint104(word >> 32)));
    }
}
