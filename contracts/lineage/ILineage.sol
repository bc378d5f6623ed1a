// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @notice A model that another was made from, and its share.
/// @param modelId The parent.
/// @param bps Its share of the child's income, in basis points.
struct Parent {
    uint48 modelId;
    uint16 bps;
}

/// @notice On what terms anybody may name a model as a parent.
/// @param minBps Smallest share, in basis points; 0 means that consent is needed.
/// @param until Last second of the terms (Unix time).
struct OpenTerms {
    uint16 minBps;
    uint40 until;
}

/// @title ILineage
/// @notice Models that were made from others, and the accounts that share a child's income with its parents. Shares are
/// fixed when a lineage is created, and are of the child's own income: what a parent's parents receive is their share
/// of what reaches the parent.
/// @dev Glossary: *parent* - a model that another was made from; *account* - the contract that receives a child's
/// income and passes it on, one for each child; *open terms* - a parent's standing consent to every child that gives
/// enough; *in force* - the child's payee, fixed in the registry, is its account: the lineage alone moves no money.
///
/// A parent is always older than its child, so no cycle can exist.
///
/// Income is what reaches the child's account: of a sale, what the protocol's fee and the referrer leave. The holder of
/// the title decides what a referrer gets, up to half, and may be one.
///
/// Trusted parties: none.
interface ILineage {
    /// @notice A child's lineage was created, for good.
    event LineageCreated(uint48 indexed modelId, address account, Parent[] parents);
    /// @notice On what terms anybody may name the model as a parent from now on.
    event OpenTermsSet(uint48 indexed modelId, uint16 minBps, uint40 until);

    /// @notice Parents that no lineage can have; `field` names what is wrong.
    error Lineage_BadParents(string field);
    /// @notice Open terms that no model can have; `field` names what is wrong.
    error Lineage_BadOpenTerms(string field);
    /// @notice Only the holder of the model's title may do this.
    error Lineage_NotTitleHolder(uint48 modelId, address caller, address holder);
    /// @notice The parent's open terms do not cover the share, and its holder's consent did not come along.
    error Lineage_NoConsent(uint48 parent, uint48 child, uint16 bps);
    /// @notice The child has a lineage already.
    error Lineage_Exists(uint48 modelId);

    /// @notice Maximum number of parents; bounds the loops.
    function MAX_PARENTS() external view returns (uint256);

    /// @notice Highest share of one parent, and of all together, in basis points.
    function MAX_BPS() external view returns (uint256);

    /// @notice How far ahead of now a consent can end, in seconds.
    function MAX_CONSENT() external view returns (uint256);

    /// @notice Sets on what terms anybody may name a model as a parent. Only the holder of its title may call.
    /// @dev Lineages that were created keep their shares. Reverts with {Lineage_NotTitleHolder},
    /// {Lineage_BadOpenTerms}. Emits {OpenTermsSet}.
    /// @param minBps Smallest share in basis points, at most `MAX_BPS`; 0 closes.
    /// @param until Last second of the terms (Unix time).
    function setOpenTerms(uint48 modelId, uint16 minBps, uint40 until) external;

    /// @notice Creates a child's lineage and its account. Only the holder of the child's title may call, once. It takes
    /// effect when the creator fixes the account as the model's payee in the registry, in the model's first
    /// week.
    /// @dev A parent consents by its open terms, by its title being held by the caller, or by a signature of its
    /// holder (EIP-712, or ERC-1271 by a contract) for this contract on this chain:
    /// `Consent(uint48 parent,uint48 child,uint16 bps,uint40 validUntil)`.
    /// - Reverts with {Lineage_NotTitleHolder}, {Lineage_Exists}, {Lineage_BadParents}, {Lineage_NoConsent}; with
    ///   ERC-6093 `ERC721NonexistentToken` when there is no such child, and without a reason when a consent does not
    ///   decode.
    ///
    /// Emits {LineageCreated}. Irreversible.
    /// @param parents 1 to `MAX_PARENTS`, in ascending order, each older than the child.
    /// @param consents For each parent `abi.encode(uint40 validUntil, bytes signature)`, or nothing.
    function create(
        uint48 modelId,
        Parent[] calldata parents,
        bytes[] calldata consents
    ) external returns (address account);

    /// @notice The account of a child; zero when it has no lineage.
    function accountOf(uint48 modelId) external view returns (address);

    /// @notice The account that a lineage with these parents would have. Credits may wait there before it is created.
    /// @dev Reverts with {Lineage_BadParents}.
    function predictAccount(uint48 modelId, Parent[] calldata parents) external view returns (address);

    /// @notice The child whose account this is; 0 when it is none.
    function modelOf(address account) external view returns (uint48);

    /// @notice The parents of a child with their shares, in ascending order; empty when it has no lineage.
    function parentsOf(uint48 modelId) external view returns (Parent[] memory);

    /// @notice Whether a child's income goes to its account: its payee was fixed to be it.
    function isInForce(uint48 modelId) external view returns (bool);

    /// @notice On what terms anybody may name the model as a parent.
    function openTerms(uint48 modelId) external view returns (uint16 minBps, uint40 until);

    /// @notice What a parent's holder signs: the EIP-712 digest of a consent for this contract on this chain.
    function consentDigest(uint48 parent, uint48 child, uint16 bps, uint40 validUntil) external view returns (bytes32);
}
