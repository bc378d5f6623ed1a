// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title IIncomeSource
/// @notice A ledger that holds the treasury's income until it fetches it.
interface IIncomeSource {
    /// @notice Pays the caller's whole balance of a token to the caller.
    function withdraw(address token) external returns (uint256 amount);
}

/// @title ITreasury
/// @notice The DAO's money, in any token. It leaves by `pay` alone, which a vote calls through the timelock.
///
/// Invariant: while the DAO is young (phases 0 and 1) at most 1 % of a token leaves within any 30 days, each token by
/// itself. It is 1 % of what is there and what left within those days, so income and gifts raise it by a hundredth of
/// theirs.
///
/// Trusted: the registry, for the phase; a token, for its balances. The limit counts units at one address: of a token
/// that multiplies balances (a rebase) what left before counts in the old units, so up to another 1 % may leave after
/// each rebase, and less after one that divides them; a token that answers at two addresses has the limit at each. The
/// native coin is `address(0)`.
interface ITreasury {
    /// @notice Native coin arrived.
    event Received(address indexed from, uint256 amount);
    /// @notice Income was fetched from the ledger.
    event Collected(address indexed token, uint256 amount);
    /// @notice The DAO paid.
    event Paid(address indexed token, address indexed to, uint256 amount);

    /// @notice A payment needs a recipient.
    error Treasury_ZeroRecipient();
    /// @notice The treasury holds less.
    error Treasury_InsufficientBalance(address token, uint256 balance, uint256 needed);
    /// @notice In this phase no more than `allowed` may leave now.
    error Treasury_EarlyLimit(address token, uint256 amount, uint256 allowed);
    /// @notice The recipient refused the native coin.
    error Treasury_RecipientRefused(address to, uint256 amount);

    /// @notice Pays `amount` of a token, in its smallest unit. Restricted: a vote about money.
    /// @dev
    /// - Reverts with {Treasury_ZeroRecipient} for the zero address.
    /// - Reverts with {Treasury_InsufficientBalance} when the treasury holds less.
    /// - Reverts with {Treasury_EarlyLimit} in phases 0 and 1 when more than 1 % of what was there would have left
    ///   within 30 days.
    /// - Reverts with {Treasury_RecipientRefused} when the recipient cannot take native coin.
    ///
    /// Emits {Paid}.
    function pay(address token, address to, uint256 amount) external;

    /// @notice Fetches the treasury's income in a token from the ledger. Anyone may call.
    /// @dev Reverts when the ledger does, for instance when there is none. Emits {Collected}.
    function collect(address token) external returns (uint256 amount);

    /// @notice What may be paid in a token at this moment, in its smallest unit.
    function available(address token) external view returns (uint256);
}
