// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title ITreasuryPointer
/// @notice A contract that pays the protocol's part to a treasury.
interface ITreasuryPointer {
    /// @notice Who receives the protocol's part from now on.
    event TreasurySet(address indexed treasury);

    /// @notice The treasury cannot be the zero address.
    error TreasuryPointer_ZeroAddress();

    /// @notice Sets who receives the protocol's part from now on. Only through the Authority.
    /// @dev Reverts with `AccessManagedUnauthorized`, {TreasuryPointer_ZeroAddress}. Emits {TreasurySet}.
    function setTreasury(address treasury_) external;
}
