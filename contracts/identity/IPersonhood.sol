// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title IPersonhood
/// @notice An adapter by which an external proof-of-personhood system (a passport chip, a World ID, a club) becomes an
/// issuer.
/// @dev Trusted by the DAO that appoints it, and by nobody for more than the registry's limits let an issuer do.
interface IPersonhood {
    /// @notice Checks a proof of personhood made for `account`. Called by the registry only.
    /// @dev Must revert when the proof is invalid, and when it was made for another account, contract or chain.
    /// @param account The account that asks for the credential.
    /// @param proof What the system's own verifier needs.
    /// @return nullifier The same value whenever the same person proves anything to this adapter, and nothing about the
    /// person.
    /// @return validUntil When the person has to prove again, in Unix time.
    function verify(address account, bytes calldata proof) external returns (bytes32 nullifier, uint48 validUntil);
}
