// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title IMandateHolder
/// @notice A member of the guardian's role that acts under one mandate after another.
interface IMandateHolder {
    /// @notice The mandate that lasts now or ended last: it changes with each vote that names a guardian, the same one
    /// included.
    function mandate() external view returns (bytes32);
}
