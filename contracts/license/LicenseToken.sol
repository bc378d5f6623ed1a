// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC2981} from "@openzeppelin/contracts/interfaces/IERC2981.sol";
import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {ERC721Utils} from "@openzeppelin/contracts/token/ERC721/utils/ERC721Utils.sol";
import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";

import {IModelRegistry, VersionData} from "../registry/IModelRegistry.sol";
import {VersionIds} from "../registry/VersionIds.sol";
import {BPS} from "../utils/Bps.sol";
import {ContractMetadata} from "../utils/ContractMetadata.sol";
import {ILicenseModule, ILicenseRights, ILicenseToken} from "./ILicenseToken.sol";
import {LicenseIds} from "./LicenseIds.sol";

/// @title LicenseToken
/// @notice Licences as ERC-721 tokens. See {ILicenseToken}.
/// @dev Invariants: an id has one holder at a time, and is issued once as long as its module keeps its word on serials;
/// a soulbound or locked licence never changes hands; only its issuer burns it; an index is given to one module, once.
contract LicenseToken is ERC721, ContractMetadata, ILicenseToken, IERC2981 {
    using LicenseIds for uint256;
    using VersionIds for uint64;

    /// @dev One slot: 32 + 8 bits.
    struct Module {
        uint32 index;
        bool minting;
    }

    /// @dev One slot: 160 + 8 + 8 bits.
    struct Rights {
        address module;
        bool open;
        bool guarded;
    }

    /// @notice Where versions, payees and royalties are read.
    IModelRegistry public immutable REGISTRY;

    uint32 private _moduleCount;
    mapping(address module => Module) private _modules;
    mapping(uint32 index => address module) private _moduleAt;
    uint32 private _rightsCount;
    mapping(uint32 index => Rights) private _rights;
    mapping(address module => uint32 index) private _rightsIndex;

    /// @param authority The AccessManager that names the modules.
    /// @param registry The registry whose versions the licences cover.
    /// @param contractUri ERC-7572 metadata of the collection.
    constructor(
        address authority,
        IModelRegistry registry,
        string memory contractUri
    ) ERC721("Isonomy Licences", "ISOL") ContractMetadata(authority, contractUri) {
        REGISTRY = registry;
    }

    /// @inheritdoc ILicenseToken
    function setModule(address module, bool minting) external restricted {
        require(module.code.length != 0, LicenseToken_NotAContract(module));
        Module storage entry = _modules[module];

        if (entry.index == 0) {
            // indices start at 1, so 0 means a stranger
            entry.index = ++_moduleCount;
            _moduleAt[entry.index] = module;
        }
        entry.minting = minting;

        emit ModuleSet(module, entry.index, minting);
    }

    /// @inheritdoc ILicenseToken
    function setRights(address module, bool open, bool guarded) external restricted {
        require(module.code.length != 0, LicenseToken_NotAContract(module));
        uint32 index = _rightsIndex[module];

        if (index == 0) {
            // indices start at 1, so 0 means that the holder alone may use a licence
            index = ++_rightsCount;
            _rightsIndex[module] = index;
            _rights[index] = Rights(module, open, guarded);
        } else {
            require(_rights[index].guarded == guarded, LicenseToken_GuardIsFixed(module, !guarded));
            _rights[index].open = open;
        }

        emit RightsSet(module, index, open, guarded);
    }

    /// @inheritdoc ILicenseToken
    function mint(address to, uint256 draft) external returns (uint256 licenseId) {
        Module memory module = _modules[msg.sender];
        require(module.minting, LicenseToken_NotMinter(msg.sender));
        require(draft & LicenseIds.RESERVED == 0, LicenseToken_ReservedBits(draft));
        uint32 index = draft.rightsOf();
        bool guarded = false;
        if (index != 0) {
            Rights memory rights = _rights[index];
            require(rights.open, LicenseToken_RightsClosed(index));
            guarded = rights.guarded;
        }

        licenseId = draft.complete(module.index, guarded);
        _mint(to, licenseId);

        ERC721Utils.checkOnERC721Received(msg.sender, address(0), to, licenseId, "");
    }

    /// @inheritdoc ILicenseToken
    function burn(uint256 licenseId) external {
        address issuer = _moduleAt[licenseId.moduleOf()];
        require(msg.sender == issuer, LicenseToken_NotIssuer(licenseId, msg.sender, issuer));

        _burn(licenseId);
    }

    /// @inheritdoc ILicenseToken
    function isAuthorized(uint256 licenseId, address user) external view returns (bool) {
        address owner = _ownerOf(licenseId);
        // the zero address owns every licence that does not exist
        if (owner == address(0) || user == address(0)) return false;
        uint32 rights = licenseId.rightsOf();
        if (rights == 0 ? owner != user : !_mayUse(_rights[rights].module, licenseId, owner, user)) return false;
        return !licenseId.has(LicenseIds.ESCROWED) || _isUsable(_moduleAt[licenseId.moduleOf()], licenseId);
    }

    /// @inheritdoc ILicenseToken
    function stateOf(uint256 licenseId) external view returns (address owner, bool locked, bool usable) {
        owner = _ownerOf(licenseId);
        if (owner == address(0)) return (owner, true, false);
        if (!licenseId.has(LicenseIds.ESCROWED)) return (owner, false, true);
        (locked, usable) = _issuerOf(licenseId).licenseState(licenseId);
    }

    /// @inheritdoc ILicenseToken
    function resolve(address issuer, uint256 draft) external view returns (uint256 licenseId, address rights) {
        require(draft & LicenseIds.RESERVED == 0, LicenseToken_ReservedBits(draft));
        uint32 index = draft.rightsOf();
        Rights memory entry = _rights[index];
        require(index == 0 || entry.module != address(0), LicenseToken_RightsClosed(index));
        return (draft.complete(_modules[issuer].index, entry.guarded), entry.module);
    }

    /// @inheritdoc ILicenseToken
    function openRights(uint32 index) external view returns (address module) {
        Rights memory entry = _rights[index];
        require(entry.open, LicenseToken_RightsClosed(index));
        return entry.module;
    }

    /// @inheritdoc ILicenseToken
    function rightsAt(uint32 index) external view returns (address module, bool open, bool guarded) {
        Rights memory entry = _rights[index];
        return (entry.module, entry.open, entry.guarded);
    }

    /// @inheritdoc ILicenseToken
    function covers(uint256 licenseId, uint64 versionId) external view returns (bool) {
        uint64 sold = licenseId.versionOf();
        if (_ownerOf(licenseId) == address(0)) return false;
        if (sold == versionId) return true;
        return
            licenseId.has(LicenseIds.UPDATES) &&
            sold.modelOf() == versionId.modelOf() &&
            versionId.numberOf() > sold.numberOf();
    }

    /// @inheritdoc ILicenseToken
    function licenseInfo(
        uint256 licenseId
    )
        external
        view
        returns (
            uint64 versionId,
            bool transferable,
            bool escrowed,
            bool updates,
            address module,
            address rights,
            uint56 note
        )
    {
        return (
            licenseId.versionOf(),
            licenseId.has(LicenseIds.TRANSFERABLE),
            licenseId.has(LicenseIds.ESCROWED),
            licenseId.has(LicenseIds.UPDATES),
            _moduleAt[licenseId.moduleOf()],
            _rights[licenseId.rightsOf()].module,
            licenseId.noteOf()
        );
    }

    /// @inheritdoc ILicenseToken
    function rightsInfo(address module) external view returns (uint32 index, bool open, bool guarded) {
        index = _rightsIndex[module];
        Rights memory entry = _rights[index];
        return (index, entry.open, entry.guarded);
    }

    /// @inheritdoc ILicenseToken
    function moduleInfo(address module) external view returns (uint32 index, bool minting) {
        Module storage entry = _modules[module];
        return (entry.index, entry.minting);
    }

    /// @notice The card of the version that the licence was sold for. Reverts with `ERC721NonexistentToken` for an
    /// unknown one.
    function tokenURI(uint256 tokenId) public view override returns (string memory) {
        _requireOwned(tokenId);
        (VersionData memory data, ) = REGISTRY.versionData(tokenId.versionOf());
        return data.uri;
    }

    /// @notice ERC-2981 for the resale of a licence: the royalty goes to the model's payee, rounded down.
    function royaltyInfo(uint256 tokenId, uint256 salePrice) external view returns (address receiver, uint256 amount) {
        _requireOwned(tokenId);
        uint64 versionId = tokenId.versionOf();
        (, uint16 royaltyBps, , , ) = REGISTRY.modelInfo(versionId.modelOf());
        return (REGISTRY.payeeOf(versionId), (salePrice * royaltyBps) / BPS);
    }

    /// @inheritdoc ERC721
    function supportsInterface(bytes4 interfaceId) public view override(ERC721, IERC165) returns (bool) {
        return interfaceId == type(IERC2981).interfaceId || super.supportsInterface(interfaceId);
    }

    /// @dev A licence changes hands only when it was sold as transferable, its deal is closed, and a rights module that
    /// is guarded agrees.
    function _update(address to, uint256 tokenId, address auth) internal override returns (address from) {
        from = super._update(to, tokenId, auth);
        if (from == address(0) || to == address(0)) return from;

        require(tokenId.has(LicenseIds.TRANSFERABLE), LicenseToken_Soulbound(tokenId));
        if (tokenId.has(LicenseIds.ESCROWED)) {
            (bool locked, ) = _issuerOf(tokenId).licenseState(tokenId);
            require(!locked, LicenseToken_Locked(tokenId));
        }
        if (tokenId.has(LicenseIds.GUARDED)) {
            ILicenseRights(_rights[tokenId.rightsOf()].module).beforeTransfer(tokenId, from, to);
        }
    }

    /// @dev No, unless the module answers one word of 1.
    function _mayUse(address module, uint256 licenseId, address owner, address user) private view returns (bool yes) {
        bytes memory question = abi.encodeCall(ILicenseRights.mayUse, (licenseId, owner, user));
        assembly ("memory-safe") {
            // apart from the next line: the arguments of `and` are evaluated from the right, before the call
            yes := staticcall(gas(), module, add(question, 0x20), mload(question), 0x00, 0x20)
            yes := and(yes, and(eq(returndatasize(), 0x20), eq(mload(0x00), 1)))
        }
    }

    /// @dev No, unless the module answers two words, the second of them 1.
    function _isUsable(address module, uint256 licenseId) private view returns (bool yes) {
        bytes memory question = abi.encodeCall(ILicenseModule.licenseState, (licenseId));
        assembly ("memory-safe") {
            yes := staticcall(gas(), module, add(question, 0x20), mload(question), 0x00, 0x40)
            yes := and(yes, and(eq(returndatasize(), 0x40), eq(mload(0x20), 1)))
        }
    }

    function _issuerOf(uint256 licenseId) private view returns (ILicenseModule) {
        return ILicenseModule(_moduleAt[licenseId.moduleOf()]);
    }
}
