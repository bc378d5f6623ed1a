// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Parent} from "./ILineage.sol";

/// @title ISplitter
/// @notice The account of a child: receives its income in the ledger and passes it on, the parents' shares to their
/// payees and the rest to the holder of the child's title.
/// @dev Each share is of the running total, rounded down once. For an amount `a` after `D` was passed on it is
/// `floor((D + a) * bps / 10,000) - floor(D * bps / 10,000)`. So no schedule of calls changes what a parent receives in
/// all.
interface ISplitter {
    /// @notice `amount` was passed on, in the token's smallest unit.
    event Settled(address indexed token, uint256 amount);
    /// @notice `amount` that had come by a plain transfer was put into the account's ledger balance.
    event Gathered(address indexed token, uint256 amount);

    /// @notice Only the contract that the accounts are copies of has no model, and it shares nothing.
    error Splitter_NoModel();

    /// @notice Passes on what the account has in the ledger. Anyone may call.
    /// @dev A parent's payee may be an account too: shares climb one level with each call, made by anyone. What is not
    /// passed on when a title is sold goes to the new holder. Fewer than 16 units may wait for the next income, when
    /// more parents' shares reach a whole unit than there are units. Emits {Settled}, unless nothing was passed on.
    /// @param token The token; zero is the native coin.
    /// @return amount What was passed on, in its smallest unit; 0 when there was nothing, or too little.
    function settle(address token) external returns (uint256 amount);

    /// @notice Puts what came by a plain transfer, such as a royalty, into the account's ledger balance. Anyone may
    /// call.
    /// @dev Emits {Gathered}. Reverts with {RevenueLedger_Unbacked} when the token charges for the transfer.
    /// @param token The token; zero is the native coin.
    /// @return amount What was put there, in its smallest unit.
    function gather(address token) external returns (uint256 amount);

    /// @notice The child and its parents.
    function lineage() external view returns (uint48 modelId, Parent[] memory parents);

    /// @notice How much of a token was passed on in all, in its smallest unit.
    function distributed(address token) external view returns (uint256);
}
