// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";

import {BoundedPause} from "../utils/BoundedPause.sol";
import {TreasuryPointer} from "../utils/TreasuryPointer.sol";
import {IExchange} from "./IExchange.sol";

/// @title ExchangeSettings
/// @notice What the Authority may set on the Exchange: tiers, the protocol share, the flash fee, the treasury and
/// pauses.
/// @dev One word, so that the creation of a pool reads the list of tiers and the first deposit reads the share in one
/// go.
abstract contract ExchangeSettings is TreasuryPointer, BoundedPause, IExchange {
    /// @notice Highest fee tier, in basis points.
    uint256 public constant MAX_TIER_BPS = 100;
    /// @notice Highest protocol share, in percent of a swap's fee.
    uint256 public constant MAX_PROTOCOL_SHARE_PERCENT = 20;
    /// @notice Highest fee of a flash loan, in millionths.
    uint256 public constant MAX_FLASH_FEE_PIPS = 500;

    /// @dev tiers: bit n is the tier of n basis points; nextPauseAt: of the mandate that paused last. 128 + 40 + 40 +
    /// 16 + 8 bits, one slot.
    struct Settings {
        uint128 tiers;
        uint40 pausedUntil;
        uint40 nextPauseAt;
        uint16 flashFeePips;
        uint8 protocolShare;
    }

    Settings internal _settings;

    /// @inheritdoc IExchange
    address public treasury;

    constructor(address authority, address treasury_) AccessManaged(authority) {
        _setTreasury(treasury_);
        _listTier(1);
        _listTier(5);
        _listTier(30);
        _listTier(100);
    }

    /// @inheritdoc IExchange
    function listTier(uint256 feeBps) external restricted {
        _listTier(feeBps);
    }

    /// @inheritdoc IExchange
    function setProtocolShare(uint256 percent) external restricted {
        require(
            percent <= MAX_PROTOCOL_SHARE_PERCENT,
            Exchange_SettingAboveMaximum(percent, MAX_PROTOCOL_SHARE_PERCENT)
        );
        _settings.protocolShare = uint8(percent);
        emit ProtocolShareSet(percent);
    }

    /// @inheritdoc IExchange
    function setFlashFee(uint256 feePips) external restricted {
        require(feePips <= MAX_FLASH_FEE_PIPS, Exchange_SettingAboveMaximum(feePips, MAX_FLASH_FEE_PIPS));
        _settings.flashFeePips = uint16(feePips);
        emit FlashFeeSet(feePips);
    }

    /// @inheritdoc IExchange
    function pauseDeposits() external restricted {
        (uint256 until, uint256 nextAt) = _startPause(msg.sender, MAX_PAUSE);
        (_settings.pausedUntil, _settings.nextPauseAt) = (uint40(until), uint40(nextAt));
        emit DepositsPaused(until);
    }

    /// @inheritdoc IExchange
    function resumeDeposits() external restricted {
        _settings.pausedUntil = uint40(block.timestamp);
        emit DepositsResumed();
    }

    /// @inheritdoc IExchange
    function isTierListed(uint256 feeBps) public view returns (bool) {
        return feeBps <= MAX_TIER_BPS && (_settings.tiers >> feeBps) & 1 == 1;
    }

    /// @inheritdoc IExchange
    function settings()
        external
        view
        returns (uint256 protocolShare, uint256 flashFeePips, uint256 pausedUntil, uint256 nextPauseAt)
    {
        Settings memory s = _settings;
        return (s.protocolShare, s.flashFeePips, s.pausedUntil, s.nextPauseAt);
    }

    function _listTier(uint256 feeBps) private {
        require(feeBps != 0 && feeBps <= MAX_TIER_BPS, Exchange_TierOutOfRange(feeBps, MAX_TIER_BPS));
        _settings.tiers |= uint128(1) << uint128(feeBps);
        emit TierListed(feeBps);
    }

    function _storeTreasury(address treasury_) internal override {
        treasury = treasury_;
    }
}
