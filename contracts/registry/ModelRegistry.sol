// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC2981} from "@openzeppelin/contracts/interfaces/IERC2981.sol";
import {IERC4906} from "@openzeppelin/contracts/interfaces/IERC4906.sol";
import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {BPS} from "../utils/Bps.sol";
import {ContractMetadata} from "../utils/ContractMetadata.sol";
import {IModelRegistry, VersionData} from "./IModelRegistry.sol";
import {ContentComplaint} from "./proof/ContentComplaint.sol";
import {CurveProof} from "./proof/CurveProof.sol";
import {VersionIds} from "./VersionIds.sol";

/// @title ModelRegistry
/// @notice Titles of models and their versions. See {IModelRegistry}.
/// @dev Invariants: ids are never reused; a version's data never changes; `defectiveAt` is written once, by a proof.
/// Trusted parties: none. The only privileged function sets the collection's display metadata.
contract ModelRegistry is ERC721, ContractMetadata, IModelRegistry, IERC2981, IERC4906 {
    using VersionIds for uint64;

    /// @dev One slot: 160 + 16 + 16 bits.
    struct Model {
        address creator;
        uint16 royaltyBps;
        uint16 versionCount;
    }

    /// @dev Slot 0: metadataHash. Slot 1: size, publishedAt, defectiveAt. Slots 2-4: file. Slot 5: uri.
    struct Version {
        bytes32 metadataHash;
        uint64 size;
        uint40 publishedAt;
        uint40 defectiveAt;
        bytes32 root;
        bytes32 contentRoot;
        bytes32 keyX;
        string uri;
    }

    /// @inheritdoc IModelRegistry
    uint256 public constant MAX_URI_BYTES = 256;
    /// @inheritdoc IModelRegistry
    uint256 public constant MAX_ROYALTY_BPS = 1_000;

    /// @inheritdoc IModelRegistry
    uint48 public modelCount;

    mapping(uint48 modelId => Model) private _models;
    mapping(uint64 versionId => Version) private _versions;

    /// @param authority The AccessManager that guards the display metadata.
    /// @param contractUri ERC-7572 metadata of the collection.
    constructor(
        address authority,
        string memory contractUri
    ) ERC721("Isonomy Model Titles", "ISOM") ContractMetadata(authority, contractUri) {}

    /// @inheritdoc IModelRegistry
    function createModel(VersionData calldata data, uint16 royaltyBps) external returns (uint64 versionId) {
        require(royaltyBps <= MAX_ROYALTY_BPS, ModelRegistry_RoyaltyTooHigh(royaltyBps, MAX_ROYALTY_BPS));

        uint48 modelId = ++modelCount;
        _models[modelId] = Model({creator: msg.sender, royaltyBps: royaltyBps, versionCount: 1});
        _mint(msg.sender, modelId);
        emit ModelCreated(modelId, msg.sender, royaltyBps);

        return _publish(modelId, 1, data);
    }

    /// @inheritdoc IModelRegistry
    function publishVersion(uint48 modelId, VersionData calldata data) external returns (uint64 versionId) {
        address holder = _ownerOf(modelId);
        require(msg.sender == holder, ModelRegistry_NotTitleHolder(modelId, msg.sender, holder));
        uint16 count = _models[modelId].versionCount;
        require(count != type(uint16).max, ModelRegistry_TooManyVersions(modelId));

        _models[modelId].versionCount = count + 1;
        emit MetadataUpdate(modelId);

        return _publish(modelId, count + 1, data);
    }

    /// @inheritdoc IModelRegistry
    function proveDefective(uint64 versionId, ContentComplaint.Evidence calldata evidence) external {
        Version storage version = _versions[versionId];
        require(version.size != 0, ModelRegistry_UnknownVersion(versionId));
        require(version.defectiveAt == 0, ModelRegistry_AlreadyDefective(versionId, version.defectiveAt));
        bool wrong = ContentComplaint.proves(
            ContentComplaint.Commitment({root: version.root, keyX: uint256(version.keyX), size: version.size}),
            evidence
        );
        require(wrong, ModelRegistry_ChunkIsRight(versionId, evidence.index));

        version.defectiveAt = SafeCast.toUint40(block.timestamp);
        emit VersionDefective(versionId, msg.sender, evidence.key, evidence.index);
        emit MetadataUpdate(versionId.modelOf());
    }

    /// @inheritdoc IModelRegistry
    function saleInfo(
        uint64 versionId
    ) external view returns (address titleHolder, uint40 defectiveSince, uint64 size) {
        Version storage version = _versions[versionId];
        // one slot, read in one go
        (uint40 publishedAt, uint40 defectiveAt_, uint64 size_) = (
            version.publishedAt,
            version.defectiveAt,
            version.size
        );
        require(publishedAt != 0, ModelRegistry_UnknownVersion(versionId));
        return (_ownerOf(versionId.modelOf()), defectiveAt_, size_);
    }

    /// @inheritdoc IModelRegistry
    function keyOf(uint64 versionId) external view returns (bytes32) {
        return _versions[versionId].keyX;
    }

    /// @inheritdoc IModelRegistry
    function defectiveAt(uint64 versionId) external view returns (uint40) {
        return _versions[versionId].defectiveAt;
    }

    /// @inheritdoc IModelRegistry
    function versionData(uint64 versionId) external view returns (VersionData memory data, uint40 publishedAt) {
        Version storage version = _versions[versionId];
        publishedAt = version.publishedAt;
        require(publishedAt != 0, ModelRegistry_UnknownVersion(versionId));
        data = VersionData({
            metadataHash: version.metadataHash,
            root: version.root,
            contentRoot: version.contentRoot,
            keyX: version.keyX,
            size: version.size,
            uri: version.uri
        });
    }

    /// @inheritdoc IModelRegistry
    function modelInfo(uint48 modelId) external view returns (address creator, uint16 royaltyBps, uint16 versionCount) {
        Model storage model = _models[modelId];
        return (model.creator, model.royaltyBps, model.versionCount);
    }

    /// @notice The card of a model's newest version. Reverts with ERC-6093 `ERC721NonexistentToken` for an unknown
    /// model.
    function tokenURI(uint256 tokenId) public view override returns (string memory) {
        _requireOwned(tokenId);
        // an owned id was minted from a uint48 counter
        uint48 modelId = uint48(tokenId);
        return _versions[VersionIds.encode(modelId, _models[modelId].versionCount)].uri;
    }

    /// @notice ERC-2981 for the sale of a title: the royalty goes to the model's creator, rounded down.
    function royaltyInfo(uint256 tokenId, uint256 salePrice) external view returns (address receiver, uint256 amount) {
        _requireOwned(tokenId);
        Model storage model = _models[uint48(tokenId)];
        return (model.creator, (salePrice * model.royaltyBps) / BPS);
    }

    /// @inheritdoc ERC721
    function supportsInterface(bytes4 interfaceId) public view override(ERC721, IERC165) returns (bool) {
        return
            interfaceId == type(IERC2981).interfaceId ||
            // ERC-4906 adds no function; its id is fixed by the standard
            interfaceId == bytes4(0x49064906) ||
            super.supportsInterface(interfaceId);
    }

    function _publish(uint48 modelId, uint16 number, VersionData calldata data) private returns (uint64 versionId) {
        uint256 uriLength = bytes(data.uri).length;
        require(data.metadataHash != 0 && uriLength != 0, ModelRegistry_EmptyCard());
        require(uriLength <= MAX_URI_BYTES, ModelRegistry_UriTooLong(uriLength, MAX_URI_BYTES));
        require(
            _isFile(data) || _isNoFile(data),
            ModelRegistry_BadFile(data.root, data.contentRoot, data.keyX, data.size)
        );

        versionId = VersionIds.encode(modelId, number);
        Version storage version = _versions[versionId];
        version.metadataHash = data.metadataHash;
        version.uri = data.uri;
        version.size = data.size;
        version.publishedAt = SafeCast.toUint40(block.timestamp);
        if (data.size != 0) {
            version.root = data.root;
            version.contentRoot = data.contentRoot;
            version.keyX = data.keyX;
        }

        emit VersionPublished(modelId, versionId, data);
    }

    function _isFile(VersionData calldata data) private pure returns (bool) {
        return data.size != 0 && data.root != 0 && data.contentRoot != 0 && CurveProof.isKey(uint256(data.keyX));
    }

    function _isNoFile(VersionData calldata data) private pure returns (bool) {
        return data.size == 0 && data.root == 0 && data.contentRoot == 0 && data.keyX == 0;
    }
}
