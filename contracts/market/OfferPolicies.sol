// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";

import {ILicenseToken} from "../license/ILicenseToken.sol";
import {IOfferPolicies, IOfferPolicy} from "./IOfferPolicies.sol";

/// @title OfferPolicies
/// @notice Admits buyers whom the issuer of a policy has cleared. See {IOfferPolicies}.
/// @dev Invariant: a purchase is admitted only while the newest clearance of its recipient, for its offer and policy,
/// is valid. Holds no money and no power over anything.
contract OfferPolicies is IOfferPolicies, EIP712 {
    /// @dev One slot: 64 + 40 bits.
    struct Clearance {
        uint64 nonce;
        uint40 validUntil;
    }

    /// @dev EIP-712 type of a clearance.
    bytes32 private constant TYPEHASH = keccak256(
        "Clearance(bytes32 policy,bytes32 termsHash,address recipient,uint64 nonce,uint40 validUntil)"
    );

    /// @inheritdoc IOfferPolicies
    uint256 public constant MAX_VALIDITY = 365 days;

    /// @notice Where the holders of licences are read.
    ILicenseToken public immutable LICENSES;

    mapping(bytes32 policy => mapping(bytes32 termsHash => mapping(address recipient => Clearance))) private _cleared;

    /// @param licenses Where the holders of licences are read.
    constructor(ILicenseToken licenses) EIP712("Isonomy Policies", "1") {
        LICENSES = licenses;
    }

    /// @inheritdoc IOfferPolicies
    function present(
        bytes32 policy,
        bytes32 termsHash,
        address recipient,
        uint64 nonce,
        uint40 validUntil,
        bytes calldata signature
    ) external {
        require(
            validUntil >= block.timestamp && validUntil <= block.timestamp + MAX_VALIDITY,
            OfferPolicies_BadValidity(validUntil)
        );
        Clearance storage entry = _cleared[policy][termsHash][recipient];
        require(nonce > entry.nonce, OfferPolicies_OldNonce(nonce, entry.nonce));
        bytes32 digest = clearanceDigest(policy, termsHash, recipient, nonce, validUntil);
        address issuer = _issuerOf(policy);
        require(
            SignatureChecker.isValidSignatureNowCalldata(issuer, digest, signature),
            OfferPolicies_BadSignature(issuer)
        );

        (entry.nonce, entry.validUntil) = (nonce, validUntil);
        emit Cleared(policy, termsHash, recipient, validUntil);
    }

    /// @inheritdoc IOfferPolicies
    function revoke(bytes32 policy, bytes32 termsHash, address recipient, uint64 nonce) external {
        address issuer = _issuerOf(policy);
        require(msg.sender == issuer, OfferPolicies_NotIssuer(msg.sender, issuer));
        Clearance storage entry = _cleared[policy][termsHash][recipient];
        require(nonce >= entry.nonce, OfferPolicies_OldNonce(nonce, entry.nonce));

        (entry.nonce, entry.validUntil) = (nonce, 0);
        emit ClearanceRevoked(policy, termsHash, recipient, nonce);
    }

    /// @inheritdoc IOfferPolicy
    function admit(bytes32 policy, bytes32 termsHash, address, address recipient, uint256 renews) external view {
        uint40 validUntil = _cleared[policy][termsHash][recipient].validUntil;
        require(block.timestamp <= validUntil, OfferPolicies_NotCleared(policy, termsHash, recipient, validUntil));
        if (renews == 0) return;
        address holder = LICENSES.ownerOf(renews);
        require(holder == recipient, OfferPolicies_NotTheHolder(renews, recipient, holder));
    }

    /// @inheritdoc IOfferPolicies
    function clearanceOf(
        bytes32 policy,
        bytes32 termsHash,
        address recipient
    ) external view returns (uint64 nonce, uint40 validUntil) {
        Clearance storage entry = _cleared[policy][termsHash][recipient];
        return (entry.nonce, entry.validUntil);
    }

    /// @inheritdoc IOfferPolicies
    function policyOf(address issuer, uint96 number) external pure returns (bytes32) {
        return bytes32((uint256(number) << 160) | uint160(issuer));
    }

    /// @inheritdoc IOfferPolicies
    function clearanceDigest(
        bytes32 policy,
        bytes32 termsHash,
        address recipient,
        uint64 nonce,
        uint40 validUntil
    ) public view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(TYPEHASH, policy, termsHash, recipient, nonce, validUntil)));
    }

    function _issuerOf(bytes32 policy) private pure returns (address) {
        return address(uint160(uint256(policy)));
    }
}
