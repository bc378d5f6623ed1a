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
/// offers and receives the income of sales, unless the creator fixed a payee. Nobody else, the DAO included, can change
/// a model, a version or a title.
/// @dev Glossary: *title* - the token whose id is the model's id; *version* - an immutable statement of what is sold;
/// *payee* - who is paid for licences: the holder of the title, or the account that the creator fixed in the first
/// week; *defective* - a version whose file was proven on chain to differ from its roots.
interface IModelRegistry is IERC721 {
    /// @notice A model was created; its first version is announced by a {VersionPublished} of its own.
    event ModelCreated(uint48 indexed modelId, address indexed creator, uint16 royaltyBps);

    /// @notice A version was published. All of its data is in the event, the uri included.
    event VersionPublished(uint48 indexed modelId, uint64 indexed versionId, VersionData data);

    /// @notice `payee` is paid for the licences of all versions, in the hands of every holder of the title. Final.
    event PayeeFixed(uint48 indexed modelId, address indexed payee);

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
    /// @notice Only the creator may do this, and only while holding the title.
    error ModelRegistry_NotCreator(uint48 modelId, address caller, address creator);
    /// @notice The payee was fixed before.
    error ModelRegistry_PayeeFixed(uint48 modelId, address payee);
    /// @notice The model is older than `PAYEE_WINDOW`, or has a second version.
    error ModelRegistry_PayeeWindowOver(uint48 modelId);
    /// @notice The payee must be an account.
    error ModelRegistry_ZeroPayee();
    /// @notice A file has at most 2^48 - 1 bytes.
    error ModelRegistry_FileTooLarge(uint64 size);
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

    /// @notice How long after its creation the payee of a model can be fixed, in seconds.
    function PAYEE_WINDOW() external view returns (uint256);

    /// @notice Creates a model and publishes its first version. Anyone may call; the caller holds the title.
    /// @dev Does not call the caller's ERC-721 receiver hook: a contract that calls this function knows what it gets.
    /// - Reverts with {ModelRegistry_EmptyCard}, {ModelRegistry_UriTooLong}, {ModelRegistry_BadFile},
    ///   {ModelRegistry_FileTooLarge} for a bad version.
    /// - Reverts with {ModelRegistry_RoyaltyTooHigh} when `royaltyBps > MAX_ROYALTY_BPS`.
    ///
    /// Emits `Transfer`, {ModelCreated} and {VersionPublished}. Irreversible: titles and versions cannot be deleted.
    /// @param data What the first version commits to.
    /// @param royaltyBps Resale royalty in basis points: of the title to its creator, of licences to the model's payee.
    /// @return versionId Id of the first version; the model's id is `versionId >> 16`.
    function createModel(VersionData calldata data, uint16 royaltyBps) external returns (uint64 versionId);

    /// @notice Publishes the next version of a model. Only the holder of its title may call.
    /// @dev
    /// - Reverts with {ModelRegistry_NotTitleHolder} for anyone else.
    /// - Reverts with {ModelRegistry_TooManyVersions} past 65,535 versions.
    /// - Reverts with {ModelRegistry_EmptyCard}, {ModelRegistry_UriTooLong}, {ModelRegistry_BadFile},
    ///   {ModelRegistry_FileTooLarge} for a bad version.
    ///
    /// Emits {VersionPublished} and ERC-4906 `MetadataUpdate` (the title shows its newest version). Irreversible.
    /// @return versionId Id of the new version.
    function publishVersion(uint48 modelId, VersionData calldata data) external returns (uint64 versionId);

    /// @notice Fixes who is paid for the licences of a model, for all of its versions and under every holder of the
    /// title. Only the creator may call, while holding the title, in the first `PAYEE_WINDOW`, before a second version.
    /// Irrevocable.
    /// @dev So a title that is older than a week cannot lose its income to a payee named in the block before its sale;
    /// and an account that shares income with others, such as the ancestors of a model, cannot be taken out of the way.
    /// - Reverts with {ModelRegistry_NotTitleHolder} unless the holder calls, {ModelRegistry_NotCreator} unless the
    ///   holder is the creator.
    /// - Reverts with {ModelRegistry_PayeeFixed} the second time, {ModelRegistry_PayeeWindowOver} too late,
    ///   {ModelRegistry_ZeroPayee} without an account.
    ///
    /// Emits {PayeeFixed}.
    /// @param payee Who is paid what the protocol's fee and a referrer leave. It may be a contract, also one whose code
    /// does not exist yet: it is credited in the ledger and never called.
    function fixPayee(uint48 modelId, address payee) external;

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
    /// @return titleHolder Who may offer licences of it.
    /// @return defectiveAt Time of the proof that it is defective; 0 when there is none.
    /// @return size Length of its file in bytes; 0 when it has none.
    /// @return payee Who is paid: the payee that was fixed, else the holder of the title.
    function saleInfo(
        uint64 versionId
    ) external view returns (address titleHolder, uint40 defectiveAt, uint64 size, address payee);

    /// @notice Who is paid for licences of a version: the payee that was fixed, else the holder of the title.
    /// @dev Reverts with {ModelRegistry_UnknownVersion}.
    function payeeOf(uint64 versionId) external view returns (address);

    /// @notice Who is paid for licences of a model: the payee that was fixed, else the holder of the title.
    /// @dev Reverts with {ModelRegistry_UnknownVersion}, with the first version, when there is no such model.
    function payeeOfModel(uint48 modelId) external view returns (address);

    /// @notice The x coordinate of a version's key point; zero when it has no file or does not exist.
    function keyOf(uint64 versionId) external view returns (bytes32);

    /// @notice Time at which a version was proven defective; 0 when it was not or does not exist.
    function defectiveAt(uint64 versionId) external view returns (uint40);

    /// @notice Everything a version commits to, and who is paid for its licences. It was published at the time of the
    /// block that has its {VersionPublished}.
    /// @dev Reverts with {ModelRegistry_UnknownVersion}.
    function versionData(uint64 versionId) external view returns (VersionData memory data, address payee);

    /// @notice Who created a model and when (Unix time), its royalty in basis points, how many versions it has, and
    /// whether its payee was fixed; all zero when unknown.
    function modelInfo(
        uint48 modelId
    )
        external
        view
        returns (address creator, uint16 royaltyBps, uint16 versionCount, uint40 createdAt, bool payeeFixed);

    /// @notice How many models exist; ids run from 1 to this number.
    function modelCount() external view returns (uint48);
}
