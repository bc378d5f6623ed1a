// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ITreasuryPointer} from "../utils/ITreasuryPointer.sol";

/// @title IMarketSettings
/// @notice What the Authority may set on a contract that sells licences: the protocol's fee, the treasury, the pay
/// tokens and pauses. The market and the resale have one each, and each its own values.
/// @dev The errors carry the market's name on every contract that has these settings.
interface IMarketSettings is ITreasuryPointer {
    /// @notice The protocol's fee for sales from now on.
    event ProtocolFeeSet(uint16 feeBps);
    /// @notice A pay token was allowed (with these risks) or taken off the list.
    event PayTokenSet(address indexed token, bool allowed, uint8 risks);
    /// @notice Purchases are paused until `until`.
    event PurchasesPaused(uint40 until);
    /// @notice A pause was ended early. When the next may start does not change.
    event PurchasesResumed();

    /// @notice The token is not on the list of pay tokens.
    error Market_TokenNotListed(address token);
    /// @notice Purchases are paused.
    error Market_Paused(uint40 until);
    /// @notice The fee is above its bound.
    error Market_ProtocolFeeTooHigh(uint256 feeBps, uint256 maximum);
    /// @notice A pay token must be a contract.
    error Market_NotAContract(address token);

    /// @notice Sets the fee for sales from now on, in basis points. Only through the Authority.
    /// @dev Reverts with `AccessManagedUnauthorized`, {Market_ProtocolFeeTooHigh}. Emits {ProtocolFeeSet}.
    function setProtocolFee(uint16 feeBps) external;

    /// @notice Allows a pay token, with what is known of its risks ({PayTokenRisks}), or takes it off the list. Only
    /// through the Authority. Never to be allowed: a token whose balances answer at a second address too, as some old
    /// tokens and the native coin of some chains do. An account could credit to itself what the ledger holds under the
    /// second address.
    /// @dev Reverts with `AccessManagedUnauthorized`, {Market_NotAContract} when it is not a contract. Emits
    /// {PayTokenSet}.
    function setPayToken(address token, bool allowed, uint8 risks) external;

    /// @notice Pauses purchases of new licences. Only through the Authority; renewals, listing, revoking, updates,
    /// refunds and withdrawals go on.
    /// @dev Each mandate may do so once in `PAUSE_COOLDOWN`, also with a pause of 0 seconds, and uses up nothing of
    /// another's: see {Mandates}. Reverts with `AccessManagedUnauthorized`, {BoundedPause_TooLong},
    /// {BoundedPause_TooSoon}. Emits {PurchasesPaused}.
    /// @param duration Seconds, at most `MAX_PAUSE`.
    function pausePurchases(uint40 duration) external;

    /// @notice Ends a pause early. Only through the Authority.
    /// @dev Reverts with `AccessManagedUnauthorized`. Emits {PurchasesResumed}.
    function resumePurchases() external;

    /// @notice The fee in basis points, the treasury, and the pause: its end and when the mandate that paused last may
    /// start the next.
    function config()
        external
        view
        returns (address treasury, uint16 protocolFeeBps, uint40 pausedUntil, uint40 nextPauseAt);

    /// @notice Whether a token may be used for prices, and its known risks as bits of {PayTokenRisks}.
    function payTokenRisks(address token) external view returns (bool allowed, uint8 risks);
}
