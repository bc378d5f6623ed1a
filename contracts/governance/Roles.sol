// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title Roles
/// @notice The roles of the Authority. The governor reads a proposal's type from the first two, so what a role is
/// granted for decides how hard it is to vote for.
library Roles {
    /// @notice Setters of a number that the called contract bounds by a constant. Never an address, never a forwarder.
    uint64 internal constant PARAMETER_ROLE = 1;
    /// @notice Functions that move money of the DAO.
    uint64 internal constant MONEY_ROLE = 3;
    /// @notice The brief pauses of the guardian.
    uint64 internal constant GUARDIAN_ROLE = 2;
}
