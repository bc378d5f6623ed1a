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
import {ILicenseModule, ILicenseToken} from "./ILicenseToken.sol";
import {LicenseIds} from "./LicenseIds.sol";

/// @title LicenseToken
/// @notice Licences as ERC-721 tokens. See {ILicenseToken}.
/// @dev Invariants: an id has one holder at a time, and is issued once as long as its module keeps its word on serials;
/// a soulbound or locked licence never changes hands; only its issuer burns it.
contract LicenseToken is ERC721, ContractMetadata, ILicenseToken, IERC2981 {
    using LicenseIds for uint256;
    using VersionIds for uint64;

    /// @dev One slot: 32 + 8 bits.
    struct Module {
        uint32 index;
        bool minting;
    }

    /// @notice Where versions and royalties are read.
    IModelRegistry public immutable REGISTRY;

    uint32 private _moduleCount;
    mapping(address module => Module) private _modules;
    mapping(uint32 index => address module) private _moduleAt;

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
    function mint(address to, uint64 versionId, uint8 flags, uint64 serial) external returns (uint256 licenseId) {
        Module memory module = _modules[msg.sender];
        require(module.minting, LicenseToken_NotMinter(msg.sender));

        licenseId = LicenseIds.encode(module.index, flags, versionId, serial);
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
        // the zero address owns every licence that does not exist
        if (user == address(0) || _ownerOf(licenseId) != user) return false;
        if (!licenseId.has(LicenseIds.ESCROWED)) return true;
        (, bool usable) = _issuerOf(licenseId).licenseState(licenseId);
        return usable;
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
    ) external view returns (uint64 versionId, bool transferable, bool escrowed, bool updates, address module) {
        return (
            licenseId.versionOf(),
            licenseId.has(LicenseIds.TRANSFERABLE),
            licenseId.has(LicenseIds.ESCROWED),
            licenseId.has(LicenseIds.UPDATES),
            _moduleAt[licenseId.moduleOf()]
        );
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

    /// @notice ERC-2981 for the resale of a licence: the royalty goes to the holder of the model's title, rounded down.
    function royaltyInfo(uint256 tokenId, uint256 salePrice) external view returns (address receiver, uint256 amount) {
        _requireOwned(tokenId);
        uint48 modelId = tokenId.versionOf().modelOf();
        (, uint16 royaltyBps, ) = REGISTRY.modelInfo(modelId);
        return (REGISTRY.ownerOf(modelId), (salePrice * royaltyBps) / BPS);
    }

    /// @inheritdoc ERC721
    function supportsInterface(bytes4 interfaceId) public view override(ERC721, IERC165) returns (bool) {
        return interfaceId == type(IERC2981).interfaceId || super.supportsInterface(interfaceId);
    }

    /// @dev A licence changes hands only when it was sold as transferable and its deal is closed.
    function _update(address to, uint256 tokenId, address auth) internal override returns (address from) {
        from = super._update(to, tokenId, auth);
        if (from == address(0) || to == address(0)) return from;

        require(tokenId.has(LicenseIds.TRANSFERABLE), LicenseToken_Soulbound(tokenId));
        if (tokenId.has(LicenseIds.ESCROWED)) {
            (bool locked, ) = _issuerOf(tokenId).licenseState(tokenId);
            require(!locked, LicenseToken_Locked(tokenId));
        }
    }

    function _issuerOf(uint256 licenseId) private view returns (ILicenseModule) {
        return ILicenseModule(_moduleAt[licenseId.moduleOf()]);
    }
}
