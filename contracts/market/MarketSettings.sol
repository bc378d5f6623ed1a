// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {ERC2771Context} from "@openzeppelin/contracts/metatx/ERC2771Context.sol";
import {Context} from "@openzeppelin/contracts/utils/Context.sol";

import {DealBounds} from "../escrow/DealBounds.sol";
import {BoundedPause} from "../utils/BoundedPause.sol";
import {NATIVE} from "../utils/Native.sol";
import {TreasuryPointer} from "../utils/TreasuryPointer.sol";
import {IMarketSettings} from "./IMarketSettings.sol";

/// @title MarketSettings
/// @notice What the Authority may set on a contract that sells licences. See {IMarketSettings}.
/// @dev The first of the market's four parts: {MarketSettings}, {OfferBook}, {Checkout}, {Market}. The resale has the
/// same settings. It also decides who counts as the caller: the account that an ERC-2771 forwarder names; for the
/// Authority, only the account that really calls.
abstract contract MarketSettings is IMarketSettings, TreasuryPointer, BoundedPause, ERC2771Context {
    /// @dev One slot: 160 + 16 + 40 + 40 bits. What a purchase needs to know.
    struct Config {
        address treasury;
        uint16 protocolFeeBps;
        uint40 pausedUntil;
        // how often the list of pay tokens changed, from 1; while unchanged, a purchase need not check its token again
        uint40 tokenChanges;
    }

    /// @dev One slot: 8 + 8 bits.
    struct PayToken {
        bool allowed;
        uint8 risks;
    }

    /// @notice Highest protocol fee, in basis points.
    uint256 public constant MAX_PROTOCOL_FEE_BPS = DealBounds.MAX_PROTOCOL_FEE_BPS;

    Config internal _config;
    mapping(address token => PayToken) internal _payTokens;
    uint40 private _nextPauseAt; // of the mandate that paused last

    /// @param authority The AccessManager that guards the settings.
    /// @param forwarder ERC-2771 forwarder whose word on the sender is taken.
    /// @param treasury Who receives the protocol's fee.
    /// @param protocolFeeBps The protocol's fee in basis points.
    constructor(
        address authority,
        address forwarder,
        address treasury,
        uint16 protocolFeeBps
    ) AccessManaged(authority) ERC2771Context(forwarder) {
        _setTreasury(treasury);
        _setProtocolFee(protocolFeeBps);
        // the native coin is always allowed; it has no issuer
        _payTokens[NATIVE].allowed = true;
        _config.tokenChanges = 1;
    }

    /// @inheritdoc IMarketSettings
    function setProtocolFee(uint16 feeBps) external restricted {
        _setProtocolFee(feeBps);
    }

    /// @inheritdoc IMarketSettings
    function setPayToken(address token, bool allowed, uint8 risks) external restricted {
        require(token.code.length != 0, Market_NotAContract(token));

        _payTokens[token] = PayToken(allowed, risks);
        ++_config.tokenChanges;
        emit PayTokenSet(token, allowed, risks);
    }

    /// @inheritdoc IMarketSettings
    function pausePurchases(uint40 duration) external restricted {
        (uint256 until, uint256 nextAt) = _startPause(_msgSender(), duration);
        (_config.pausedUntil, _nextPauseAt) = (uint40(until), uint40(nextAt));
        emit PurchasesPaused(uint40(until));
    }

    /// @inheritdoc IMarketSettings
    function resumePurchases() external restricted {
        _config.pausedUntil = uint40(block.timestamp);
        emit PurchasesResumed();
    }

    /// @inheritdoc IMarketSettings
    function config()
        external
        view
        returns (address treasury, uint16 protocolFeeBps, uint40 pausedUntil, uint40 nextPauseAt)
    {
        Config storage current = _config;
        return (current.treasury, current.protocolFeeBps, current.pausedUntil, _nextPauseAt);
    }

    /// @inheritdoc IMarketSettings
    function payTokenRisks(address token) external view returns (bool allowed, uint8 risks) {
        PayToken storage entry = _payTokens[token];
        return (entry.allowed, entry.risks);
    }

    function _checkToken(address token) internal view {
        require(_payTokens[token].allowed, Market_TokenNotListed(token));
    }

    /// @dev The Authority is asked about the account that really calls, never about one that a forwarder names.
    function _checkCanCall(address, bytes calldata) internal override {
        super._checkCanCall(msg.sender, msg.data);
    }

    function _msgSender() internal view override(Context, ERC2771Context) returns (address) {
        return ERC2771Context._msgSender();
    }

    function _msgData() internal view override(Context, ERC2771Context) returns (bytes calldata) {
        return ERC2771Context._msgData();
    }

    function _contextSuffixLength() internal view override(Context, ERC2771Context) returns (uint256) {
        return ERC2771Context._contextSuffixLength();
    }

    function _setProtocolFee(uint16 feeBps) private {
        require(feeBps <= MAX_PROTOCOL_FEE_BPS, Market_ProtocolFeeTooHigh(feeBps, MAX_PROTOCOL_FEE_BPS));
        _config.protocolFeeBps = feeBps;
        emit ProtocolFeeSet(feeBps);
    }

    function _storeTreasury(address treasury) internal override {
        _config.treasury = treasury;
    }
}
