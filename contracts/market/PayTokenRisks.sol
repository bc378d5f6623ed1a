// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title PayTokenRisks
/// @notice What the DAO knows of a pay token when it allows it. Shown where a person chooses a token; none of it is
/// enforced.
library PayTokenRisks {
    /// @notice The issuer can freeze the balance of an account.
    uint8 internal constant FREEZABLE = 1;
    /// @notice The issuer can stop all transfers.
    uint8 internal constant PAUSABLE = 2;
    /// @notice The token's code can be replaced.
    uint8 internal constant UPGRADEABLE = 4;
    /// @notice The token can start to charge for transfers; purchases in it fail from then on.
    uint8 internal constant FEE_CAPABLE = 8;
}
