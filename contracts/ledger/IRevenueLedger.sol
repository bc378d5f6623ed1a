// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @notice An amount for an account, in the smallest unit of the token that the call names.
struct Credit {
    address account;
    uint256 amount;
}

/// @title IRevenueLedger
/// @notice Holds what people earned until they fetch it. Settlement credits; people withdraw. It has no owner, no
/// module list and no privileged function: every credit must be backed by tokens that are already here, so nobody can
/// create one, and a balance falls only by a call of the account that owns it.
/// @dev The native coin is `address(0)`. A token that takes a fee, rebases or lies about balances can hurt only holders
/// of that token.
///
/// Nobody checks that an account can withdraw. What is credited to a contract that never calls this ledger stays for
/// good: the market, the escrow, the exchange and this contract among them, as the referrer of a sale for example. No
/// other account loses by it.
///
/// Tokens that arrive without a credit belong to nobody: the next caller of `credit` may claim them. Send and credit in
/// one transaction.
interface IRevenueLedger {
    /// @notice `account` may withdraw `amount` more of `token`.
    event Credited(address indexed token, address indexed account, uint256 amount);

    /// @notice `from` gave up `amount` of its balance of `token` in favour of the accounts credited in the same call.
    event Moved(address indexed token, address indexed from, uint256 amount);

    /// @notice `account` took `amount` of `token` out, to `to`.
    event Withdrawn(address indexed token, address indexed account, address indexed to, uint256 amount);

    /// @notice The credits are not backed: with them the ledger would owe more than it holds. Fee-taking tokens end
    /// here.
    error RevenueLedger_Unbacked(address token, uint256 owed, uint256 held);
    /// @notice Native coin was sent along with credits in another token.
    error RevenueLedger_UnexpectedValue(uint256 value);
    /// @notice A credit names the zero address.
    error RevenueLedger_ZeroAccount();
    /// @notice The account has less than it wants to move or withdraw.
    error RevenueLedger_InsufficientBalance(address token, address account, uint256 balance, uint256 needed);
    /// @notice There is nothing to withdraw.
    error RevenueLedger_NothingToWithdraw(address token, address account);
    /// @notice The receiver refused the native coin. Withdraw to another address.
    error RevenueLedger_ReceiverRefused(address to, uint256 amount);

    /// @notice Credits accounts with tokens that arrived here before, in the same transaction. Anyone may call.
    /// @dev
    /// - Reverts with {RevenueLedger_Unbacked} when the ledger would owe more than it holds.
    /// - Reverts with {RevenueLedger_UnexpectedValue} when `token` is not native and value was sent.
    /// - Reverts with {RevenueLedger_ZeroAccount} for a credit to the zero address.
    ///
    /// Emits {Credited} for each credit. The loop is as long as the caller's own list.
    function credit(address token, Credit[] calldata credits) external payable;

    /// @notice Moves part of the caller's own balance to others, without any token leaving.
    /// @dev
    /// - Reverts with {RevenueLedger_InsufficientBalance} when the caller has less than the sum.
    /// - Reverts with {RevenueLedger_ZeroAccount} for a credit to the zero address.
    ///
    /// Emits {Moved} once and {Credited} for each credit.
    function move(address token, Credit[] calldata credits) external;

    /// @notice Pays the caller's whole balance of a token to the caller.
    /// @dev
    /// - Reverts with {RevenueLedger_NothingToWithdraw} when the balance is zero.
    /// - Reverts with {RevenueLedger_ReceiverRefused} when the caller cannot take native coin.
    ///
    /// Emits {Withdrawn}.
    /// @return amount What was paid, in the token's smallest unit.
    function withdraw(address token) external returns (uint256 amount);

    /// @notice Pays `amount` of the caller's balance to any address: a way round blacklists and contracts that refuse
    /// native coin.
    /// @dev
    /// - Reverts with {RevenueLedger_NothingToWithdraw} when `amount` is zero.
    /// - Reverts with {RevenueLedger_ZeroAccount} when `to` is the zero address.
    /// - Reverts with {RevenueLedger_InsufficientBalance} when the balance is smaller.
    /// - Reverts with {RevenueLedger_ReceiverRefused} when `to` cannot take native coin.
    ///
    /// Emits {Withdrawn}.
    function withdrawTo(address token, address to, uint256 amount) external;

    /// @notice What an account may withdraw, in the token's smallest unit.
    function balanceOf(address token, address account) external view returns (uint256);

    /// @notice The sum of all balances in a token. Never above what the ledger holds of it.
    function totalOwed(address token) external view returns (uint256);
}
