// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";

import {ContentComplaint} from "./proof/ContentComplaint.sol";

/// @notice What a version commits to. Nothing of it can change once it is published.
/// @param metadataHash SHA-256 of the model card's canonical bytes; never zero.
/// @param root Root of the encrypted file's tree (leaf: content hash and ciphertext); zero when no file is sold.
/// @param contentRoot Root of the tree over the salted content hashes alone; zero when no file is sold.
/// @param keyX The x coordinate of the key point `Y = kG` with even y; zero when no file is sold.
/// @param size Length of the plain file in bytes; 0 when no file is sold.
/// @param uri Where the model card is found; any content-addressed scheme.
struct VersionData {
    bytes32 metadataHash;
    bytes32 root;
    bytes32 contentRoot;
    bytes32 keyX;
    uint64 size;
    string uri;
}

/// @title IModelRegistry
/// @notice ERC-721 titles of models and their immutable versions. The holder of a title publishes versions, opens
/// offers and receives the income of sales. Nobody else, the DAO included, can change a model, a version or a title.
/// @dev Glossary: *title* - the token whose id is the model's id; *version* - an immutable statement of what is sold;
/// *defective* - a version whose file was proven on chain to differ from its roots.
interface IModelRegistry is IERC721 {
    /// @notice A model was created; its first version is announced by a {VersionPublished} of its own.
    event ModelCreated(uint48 indexed modelId, address indexed creator, uint16 royaltyBps);

    /// @notice A version was published. All of its data is in the event, the uri included.
    event VersionPublished(uint48 indexed modelId, uint64 indexed versionId, VersionData data);

    /// @notice A version's file was proven to differ from its roots. Its sales stop and its open deals refund.
    event VersionDefective(uint64 indexed versionId, address indexed prover, uint256 key, uint64 chunkIndex);

    /// @notice The version has no card: `metadataHash` is zero or `uri` is empty.
    error ModelRegistry_EmptyCard();
    /// @notice The uri is longer than `MAX_URI_BYTES`.
    error ModelRegistry_UriTooLong(uint256 length, uint256 maximum);
    /// @notice File fields must be all zero (no file) or all set, with `keyX` the x of a point on secp256k1.
    error ModelRegistry_BadFile(bytes32 root, bytes32 contentRoot, bytes32 keyX, uint64 size);
    /// @notice The royalty is above `MAX_ROYALTY_BPS`.
    error ModelRegistry_RoyaltyTooHigh(uint256 royaltyBps, uint256 maximum);
    /// @notice Only the holder of the title may do this.
    error ModelRegistry_NotTitleHolder(uint48 modelId, address caller, address holder);
    /// @notice No such version was published.
    error ModelRegistry_UnknownVersion(uint64 versionId);
    /// @notice The model has `MAX_VERSIONS` versions already.
    error ModelRegistry_TooManyVersions(uint48 modelId);
    /// @notice The version was proven defective before.
    error ModelRegistry_AlreadyDefective(uint64 versionId, uint40 defectiveAt);
    /// @notice The proof holds, but what it shows is a chunk that decrypts to what was promised.
    error ModelRegistry_ChunkIsRight(uint64 versionId, uint64 index);

    /// @notice Longest uri of a card, in bytes.
    function MAX_URI_BYTES() external view returns (uint256);

    /// @notice Highest resale royalty, in basis points.
    function MAX_ROYALTY_BPS() external view returns (uint256);

    /// @notice Creates a model and publishes its first version. Anyone may call; the caller holds the title.
    /// @dev Does not call the caller's ERC-721 receiver hook: a contract that calls this function knows what it gets.
    /// - Reverts with {ModelRegistry_EmptyCard}, {ModelRegistry_UriTooLong}, {ModelRegistry_BadFile} for a bad version.
    /// - Reverts with {ModelRegistry_RoyaltyTooHigh} when `royaltyBps > MAX_ROYALTY_BPS`.
    ///
    /// Emits `Transfer`, {ModelCreated} and {VersionPublished}. Irreversible: titles and versions cannot be deleted.
    /// @param data What the first version commits to.
    /// @param royaltyBps Resale royalty in basis points: of the title to its creator, of licences to the title's
    /// holder.
    /// @return versionId Id of the first version; the model's id is `versionId >> 16`.
    function createModel(VersionData calldata data, uint16 royaltyBps) external returns (uint64 versionId);

    /// @notice Publishes the next version of a model. Only the holder of its title may call.
    /// @dev
    /// - Reverts with {ModelRegistry_NotTitleHolder} for anyone else.
    /// - Reverts with {ModelRegistry_TooManyVersions} past 65,535 versions.
    /// - Reverts with {ModelRegistry_EmptyCard}, {ModelRegistry_UriTooLong}, {ModelRegistry_BadFile} for a bad version.
    ///
    /// Emits {VersionPublished} and ERC-4906 `MetadataUpdate` (the title shows its newest version). Irreversible.
    /// @return versionId Id of the new version.
    function publishVersion(uint48 modelId, VersionData calldata data) external returns (uint64 versionId);

    /// @notice Proves that a version's file is not what its roots promise, and marks the version defective. Final.
    /// Anyone who holds the key may call.
    /// @dev
    /// - Reverts with {ModelRegistry_UnknownVersion} when there is no such version or it has no file.
    /// - Reverts with {ModelRegistry_AlreadyDefective} when it was proven before.
    /// - Reverts with {ContentComplaint_IndexOutOfRange}, {ContentComplaint_WrongChunkLength},
    ///   {ContentComplaint_WrongKey} or {ContentComplaint_NotInTree} when the evidence is about something else than
    ///   this version.
    /// - Reverts with {ModelRegistry_ChunkIsRight} when the chunk is what was promised.
    ///
    /// Emits {VersionDefective} and ERC-4906 `MetadataUpdate`. Irreversible. The proof publishes the key: check it
    /// locally before it is sent, never by simulation through somebody else's node.
    function proveDefective(uint64 versionId, ContentComplaint.Evidence calldata evidence) external;

    /// @notice What a sale needs to know of a version, in one call.
    /// @dev Reverts with {ModelRegistry_UnknownVersion} when the version was never published.
    /// @return titleHolder Who receives the income.
    /// @return defectiveAt Time of the proof that it is defective; 0 when there is none.
    /// @return size Length of its file in bytes; 0 when it has none.
    function saleInfo(uint64 versionId) external view returns (address titleHolder, uint40 defectiveAt, uint64 size);

    /// @notice The x coordinate of a version's key point; zero when it has no file or does not exist.
    function keyOf(uint64 versionId) external view returns (bytes32);

    /// @notice Time at which a version was proven defective; 0 when it was not or does not exist.
    function defectiveAt(uint64 versionId) external view returns (uint40);

    /// @notice Everything a version commits to, and when it was published, in Unix time.
    /// @dev Reverts with {ModelRegistry_UnknownVersion}.
    function versionData(uint64 versionId) external view returns (VersionData memory data, uint40 publishedAt);

    /// @notice Who created a model, its royalty in basis points, and how many versions it has; all zero when unknown.
    function modelInfo(uint48 modelId) external view returns (address creator, uint16 royaltyBps, uint16 versionCount);

    /// @notice How many models exist; ids run from 1 to this number.
    function modelCount() external view returns (uint48);
}
