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
/// @dev Invariants: ids are never reused; a version's data never changes; `defectiveAt` is written once, by a proof; a
/// model's payee is fixed in its first week or never, and then for all of its versions.
/// Trusted parties: none. The only privileged function sets the collection's display metadata.
contract ModelRegistry is ERC721, ContractMetadata, IModelRegistry, IERC2981, IERC4906 {
    using VersionIds for uint64;

    /// @dev One slot: 160 + 16 + 16 + 40 + 8 bits.
    struct Model {
        address creator;
        uint16 royaltyBps;
        uint16 versionCount;
        uint40 createdAt;
        bool payeeFixed;
    }

    /// @dev Slot 0: metadataHash. Slot 1: payee, size, defectiveAt, published. Slots 2-4: file. Slot 5: uri.
    struct Version {
        bytes32 metadataHash;
        // zero unless the model's payee was fixed; a copy of the first version's, so that a sale reads one slot
        address payee;
        uint48 size;
        uint40 defectiveAt;
        bool published;
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
    uint256 public constant PAYEE_WINDOW = 7 days;

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
        _models[modelId] = Model({
            creator: msg.sender,
            royaltyBps: royaltyBps,
            versionCount: 1,
            createdAt: SafeCast.toUint40(block.timestamp),
            payeeFixed: false
        });
        _mint(msg.sender, modelId);
        emit ModelCreated(modelId, msg.sender, royaltyBps);

        return _publish(modelId, 1, data, address(0));
    }

    /// @inheritdoc IModelRegistry
    function publishVersion(uint48 modelId, VersionData calldata data) external returns (uint64 versionId) {
        address holder = _ownerOf(modelId);
        require(msg.sender == holder, ModelRegistry_NotTitleHolder(modelId, msg.sender, holder));
        Model storage model = _models[modelId];
        uint16 count = model.versionCount;
        require(count != type(uint16).max, ModelRegistry_TooManyVersions(modelId));

        model.versionCount = count + 1;
        emit MetadataUpdate(modelId);

        return _publish(modelId, count + 1, data, model.payeeFixed ? _fixedPayeeOf(modelId) : address(0));
    }

    /// @inheritdoc IModelRegistry
    function fixPayee(uint48 modelId, address payee) external {
        address holder = _ownerOf(modelId);
        require(msg.sender == holder, ModelRegistry_NotTitleHolder(modelId, msg.sender, holder));
        Model memory model = _models[modelId];
        require(msg.sender == model.creator, ModelRegistry_NotCreator(modelId, msg.sender, model.creator));
        require(!model.payeeFixed, ModelRegistry_PayeeFixed(modelId, _fixedPayeeOf(modelId)));
        require(
            model.versionCount == 1 && block.timestamp <= model.createdAt + PAYEE_WINDOW,
            ModelRegistry_PayeeWindowOver(modelId)
        );
        require(payee != address(0), ModelRegistry_ZeroPayee());

        _models[modelId].payeeFixed = true;
        _versions[VersionIds.encode(modelId, 1)].payee = payee;
        emit PayeeFixed(modelId, payee);
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
    ) external view returns (address titleHolder, uint40 defectiveSince, uint64 size, address payee) {
        Version storage version = _versions[versionId];
        // one slot, read in one go
        bool published;
        (published, defectiveSince, size, payee) = (
            version.published,
            version.defectiveAt,
            version.size,
            version.payee
        );
        require(published, ModelRegistry_UnknownVersion(versionId));
        titleHolder = _ownerOf(versionId.modelOf());
        if (payee == address(0)) payee = titleHolder;
    }

    /// @inheritdoc IModelRegistry
    function payeeOf(uint64 versionId) external view returns (address) {
        return _payeeOf(versionId);
    }

    /// @inheritdoc IModelRegistry
    function payeeOfModel(uint48 modelId) external view returns (address) {
        return _payeeOf(VersionIds.encode(modelId, 1));
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
    function versionData(uint64 versionId) external view returns (VersionData memory data, address payee) {
        payee = _payeeOf(versionId);
        Version storage version = _versions[versionId];
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
    function modelInfo(
        uint48 modelId
    )
        external
        view
        returns (address creator, uint16 royaltyBps, uint16 versionCount, uint40 createdAt, bool payeeFixed)
    {
        Model storage model = _models[modelId];
        return (model.creator, model.royaltyBps, model.versionCount, model.createdAt, model.payeeFixed);
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

    /// @dev `payee` is zero while the model's was not fixed.
    function _publish(
        uint48 modelId,
        uint16 number,
        VersionData calldata data,
        address payee
    ) private returns (uint64 versionId) {
        uint256 uriLength = bytes(data.uri).length;
        require(data.metadataHash != 0 && uriLength != 0, ModelRegistry_EmptyCard());
        require(uriLength <= MAX_URI_BYTES, ModelRegistry_UriTooLong(uriLength, MAX_URI_BYTES));
        require(
            _isFile(data) || _isNoFile(data),
            ModelRegistry_BadFile(data.root, data.contentRoot, data.keyX, data.size)
        );
        require(data.size <= type(uint48).max, ModelRegistry_FileTooLarge(data.size));

        versionId = VersionIds.encode(modelId, number);
        Version storage version = _versions[versionId];
        version.metadataHash = data.metadataHash;
        version.uri = data.uri;
        (version.payee, version.size, version.published) = (payee, uint48(data.size), true);
        if (data.size != 0) {
            version.root = data.root;
            version.contentRoot = data.contentRoot;
            version.keyX = data.keyX;
        }

        emit VersionPublished(modelId, versionId, data);
    }

    function _payeeOf(uint64 versionId) private view returns (address payee) {
        Version storage version = _versions[versionId];
        require(version.published, ModelRegistry_UnknownVersion(versionId));
        payee = version.payee;
        if (payee == address(0)) payee = _ownerOf(versionId.modelOf());
    }

    /// @dev What {fixPayee} wrote; every later version has a copy.
    function _fixedPayeeOf(uint48 modelId) private view returns (address) {
        return _versions[VersionIds.encode(modelId, 1)].payee;
    }

    function _isFile(VersionData calldata data) private pure returns (bool) {
        return data.size != 0 && data.root != 0 && data.contentRoot != 0 && CurveProof.isKey(uint256(data.keyX));
    }

    function _isNoFile(VersionData calldata data) private pure returns (bool) {
        return data.size == 0 && data.root == 0 && data.contentRoot == 0 && data.keyX == 0;
    }
}
