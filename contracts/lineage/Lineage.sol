// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";

import {IRevenueLedger} from "../ledger/IRevenueLedger.sol";
import {IModelRegistry} from "../registry/IModelRegistry.sol";
import {ILineage, OpenTerms, Parent} from "./ILineage.sol";
import {LineageArgs} from "./LineageArgs.sol";
import {Splitter} from "./Splitter.sol";

/// @title Lineage
/// @notice Models that were made from others, and the accounts that share their income. See {ILineage}.
/// @dev Invariants: a child has one lineage at most, for good; its parents are older than it, so the graph has no
/// cycle. Holds no money.
contract Lineage is ILineage, EIP712 {
    /// @dev EIP-712 type of a consent.
    bytes32 private constant TYPEHASH = keccak256("Consent(uint48 parent,uint48 child,uint16 bps,uint40 validUntil)");

    /// @inheritdoc ILineage
    uint256 public constant MAX_PARENTS = 8;
    /// @inheritdoc ILineage
    uint256 public constant MAX_BPS = 5_000;
    /// @inheritdoc ILineage
    uint256 public constant MAX_CONSENT = 365 days;

    /// @notice Where titles and payees are read.
    IModelRegistry public immutable REGISTRY;
    /// @notice What the accounts are clones of.
    Splitter public immutable SPLITTER;

    mapping(uint48 modelId => OpenTerms) private _openTerms;
    /// @inheritdoc ILineage
    mapping(uint48 modelId => address) public accountOf;
    /// @inheritdoc ILineage
    mapping(address account => uint48) public modelOf;

    /// @param registry Where titles and payees are read.
    /// @param ledger Where the accounts receive and pass on.
    constructor(IModelRegistry registry, IRevenueLedger ledger) EIP712("Isonomy Lineage", "1") {
        REGISTRY = registry;
        SPLITTER = new Splitter(registry, ledger);
    }

    /// @inheritdoc ILineage
    function setOpenTerms(uint48 modelId, uint16 minBps, uint40 until) external {
        _checkHolder(modelId);
        require(minBps <= MAX_BPS, Lineage_BadOpenTerms("minBps"));

        _openTerms[modelId] = OpenTerms(minBps, until);
        emit OpenTermsSet(modelId, minBps, until);
    }

    /// @inheritdoc ILineage
    function create(
        uint48 modelId,
        Parent[] calldata parents,
        bytes[] calldata consents
    ) external returns (address account) {
        _checkHolder(modelId);
        require(accountOf[modelId] == address(0), Lineage_Exists(modelId));
        _checkParents(modelId, parents);
        require(consents.length == parents.length, Lineage_BadParents("consents"));
        for (uint256 i = 0; i < parents.length; ++i) _checkConsent(parents[i], modelId, consents[i]);

        account = Clones.cloneDeterministicWithImmutableArgs(
            address(SPLITTER),
            LineageArgs.encode(modelId, parents),
            0
        );
        accountOf[modelId] = account;
        modelOf[account] = modelId;
        emit LineageCreated(modelId, account, parents);
    }

    /// @inheritdoc ILineage
    function predictAccount(uint48 modelId, Parent[] calldata parents) external view returns (address) {
        _checkParents(modelId, parents);
        bytes memory args = LineageArgs.encode(modelId, parents);
        return Clones.predictDeterministicAddressWithImmutableArgs(address(SPLITTER), args, 0);
    }

    /// @inheritdoc ILineage
    function parentsOf(uint48 modelId) external view returns (Parent[] memory parents) {
        address account = accountOf[modelId];
        if (account != address(0)) (, parents) = Splitter(payable(account)).lineage();
    }

    /// @inheritdoc ILineage
    function isInForce(uint48 modelId) external view returns (bool) {
        address account = accountOf[modelId];
        if (account == address(0)) return false;
        (, , , , bool isFixed) = REGISTRY.modelInfo(modelId);
        return isFixed && REGISTRY.payeeOfModel(modelId) == account;
    }

    /// @inheritdoc ILineage
    function openTerms(uint48 modelId) external view returns (uint16 minBps, uint40 until) {
        OpenTerms storage terms = _openTerms[modelId];
        return (terms.minBps, terms.until);
    }

    /// @inheritdoc ILineage
    function consentDigest(uint48 parent, uint48 child, uint16 bps, uint40 validUntil) public view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(TYPEHASH, parent, child, bps, validUntil)));
    }

    /// @dev By open terms, by the caller's own title, or by a signature.
    function _checkConsent(Parent calldata parent, uint48 child, bytes calldata consent) private view {
        address holder = REGISTRY.ownerOf(parent.modelId);
        if (holder == msg.sender) return;
        OpenTerms memory open = _openTerms[parent.modelId];
        if (open.minBps != 0 && parent.bps >= open.minBps && block.timestamp <= open.until) return;
        require(
            consent.length != 0 && _hasSigned(holder, parent, child, consent),
            Lineage_NoConsent(parent.modelId, child, parent.bps)
        );
    }

    function _hasSigned(
        address holder,
        Parent calldata parent,
        uint48 child,
        bytes calldata consent
    ) private view returns (bool) {
        (uint40 validUntil, bytes memory signature) = abi.decode(consent, (uint40, bytes));
        bytes32 digest = consentDigest(parent.modelId, child, parent.bps, validUntil);
        return
            block.timestamp <= validUntil &&
            validUntil <= block.timestamp + MAX_CONSENT &&
            SignatureChecker.isValidSignatureNow(holder, digest, signature);
    }

    function _checkHolder(uint48 modelId) private view {
        address holder = REGISTRY.ownerOf(modelId);
        require(msg.sender == holder, Lineage_NotTitleHolder(modelId, msg.sender, holder));
    }

    /// @dev Ids count up, so a parent with a smaller id is older, and no cycle can exist.
    function _checkParents(uint48 modelId, Parent[] calldata parents) private pure {
        require(parents.length != 0 && parents.length <= MAX_PARENTS, Lineage_BadParents("count"));
        uint256 sum = 0;
        uint48 last = 0;
        for (uint256 i = 0; i < parents.length; ++i) {
            (uint48 id, uint16 bps) = (parents[i].modelId, parents[i].bps);
            require(id > last, Lineage_BadParents("order"));
            require(id < modelId, Lineage_BadParents("modelId"));
            require(bps != 0 && bps <= MAX_BPS, Lineage_BadParents("bps"));
            (last, sum) = (id, sum + bps);
        }
        require(sum <= MAX_BPS, Lineage_BadParents("sum"));
    }
}
