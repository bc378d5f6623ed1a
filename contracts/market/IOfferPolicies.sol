// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title IOfferPolicy
/// @notice What a market asks about a purchase of an offer that has a policy.
interface IOfferPolicy {
    /// @notice Returns when the purchase may go on, and reverts when it may not.
    /// @dev Asked in each purchase and each renewal, before any money moves. For a renewal it must require that
    /// `recipient` holds the licence: else a stranger who is cleared could lend a name to a holder who is not.
    /// @param policy The offer's.
    /// @param termsHash Hash of the offer.
    /// @param payer Who pays.
    /// @param recipient Who receives the licence, or whom the buyer names in a renewal.
    /// @param renews The licence that is renewed; 0 for a new one.
    function admit(bytes32 policy, bytes32 termsHash, address payer, address recipient, uint256 renews) external;
}

/// @title IOfferPolicies
/// @notice Admits buyers whom the issuer of a policy has cleared, for sellers who may not sell to everybody. The issuer
/// checks a person off chain, and signs a clearance of one account for one offer; nothing about the person is on chain.
/// @dev Glossary: *policy* - the issuer's address in the lower 160 bits and a number of the issuer's choice above it;
/// *clearance* - the issuer's word, until a time, that an account may receive licences of an offer.
///
/// A policy decides who receives a licence from the market, not to whom it goes from there: sell it as not
/// transferable. Trusted: the issuer that the seller's policy names, for that policy alone.
interface IOfferPolicies is IOfferPolicy {
    /// @notice `recipient` may receive licences of the offer until `validUntil` (Unix time, inclusive).
    event Cleared(bytes32 indexed policy, bytes32 indexed termsHash, address indexed recipient, uint40 validUntil);
    /// @notice The clearance was taken back; those with a nonce up to `nonce` are void.
    event ClearanceRevoked(bytes32 indexed policy, bytes32 indexed termsHash, address indexed recipient, uint64 nonce);

    /// @notice The recipient is not cleared for the offer; `validUntil` is the end of the last clearance, or 0.
    error OfferPolicies_NotCleared(bytes32 policy, bytes32 termsHash, address recipient, uint40 validUntil);
    /// @notice Only for its holder can a licence be renewed.
    error OfferPolicies_NotTheHolder(uint256 licenseId, address recipient, address holder);
    /// @notice The issuer that the policy names did not sign this clearance for this contract on this chain.
    error OfferPolicies_BadSignature(address issuer);
    /// @notice A clearance of the account with this nonce or a higher one came before, or was revoked.
    error OfferPolicies_OldNonce(uint64 nonce, uint64 last);
    /// @notice A clearance ends in the future, at most `MAX_VALIDITY` from now.
    error OfferPolicies_BadValidity(uint40 validUntil);
    /// @notice Only the issuer that the policy names can revoke.
    error OfferPolicies_NotIssuer(address caller, address issuer);

    /// @notice Longest time that a clearance can be valid from when it is presented, in seconds.
    function MAX_VALIDITY() external view returns (uint256);

    /// @notice Presents a clearance, before the purchase. Anyone may, for the recipient.
    /// @dev Signed by the issuer (EIP-712, or ERC-1271 by a contract), for this contract on this chain:
    /// `Clearance(bytes32 policy,bytes32 termsHash,address recipient,uint64 nonce,uint40 validUntil)`.
    /// - Reverts with {OfferPolicies_BadValidity}, {OfferPolicies_OldNonce}, {OfferPolicies_BadSignature}.
    ///
    /// Emits {Cleared}. It takes the place of the account's earlier clearance for the offer.
    /// @param nonce Above that of every earlier clearance of the account for the offer; the first is at least 1.
    /// @param validUntil Last second of the clearance (Unix time).
    function present(
        bytes32 policy,
        bytes32 termsHash,
        address recipient,
        uint64 nonce,
        uint40 validUntil,
        bytes calldata signature
    ) external;

    /// @notice Takes a clearance back, also one that was signed and not yet presented. Only the policy's issuer may
    /// call. Licences that were sold stay sold; they are not renewed.
    /// @dev Reverts with {OfferPolicies_NotIssuer}, {OfferPolicies_OldNonce} when `nonce` is below that of the last
    /// clearance. Emits {ClearanceRevoked}.
    /// @param nonce Clearances up to this nonce are void.
    function revoke(bytes32 policy, bytes32 termsHash, address recipient, uint64 nonce) external;

    /// @notice The last clearance of an account for an offer; `validUntil` is 0 when there is none or it was revoked.
    function clearanceOf(
        bytes32 policy,
        bytes32 termsHash,
        address recipient
    ) external view returns (uint64 nonce, uint40 validUntil);

    /// @notice What an issuer signs: the EIP-712 digest of a clearance for this contract on this chain.
    function clearanceDigest(
        bytes32 policy,
        bytes32 termsHash,
        address recipient,
        uint64 nonce,
        uint40 validUntil
    ) external view returns (bytes32);

    /// @notice The policy with a number of an issuer's choice.
    function policyOf(address issuer, uint96 number) external pure returns (bytes32);
}
