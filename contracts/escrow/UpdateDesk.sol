// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {ILicenseToken} from "../license/ILicenseToken.sol";
import {LicenseIds} from "../license/LicenseIds.sol";
import {IModelRegistry} from "../registry/IModelRegistry.sol";
import {Deal, DealStatus, IEscrow} from "./IEscrow.sol";
import {IUpdateDesk} from "./IUpdateDesk.sol";

/// @title UpdateDesk
/// @notice Free deals for later versions. See {IUpdateDesk}.
/// @dev Invariant: for a licence and a version at most one deal is not refunded.
contract UpdateDesk is IUpdateDesk {
    using SafeCast for uint256;
    using LicenseIds for uint256;

    /// @notice Window for the delivery, in seconds: the longest that the escrow allows, because nothing is held
    /// meanwhile.
    uint256 public constant DELIVERY_WINDOW = 7 days;
    /// @notice Window for complaints, in seconds: the longest that the escrow allows.
    uint32 public constant COMPLAINT_WINDOW = 30 days;

    /// @notice Where versions and titles are read.
    IModelRegistry public immutable REGISTRY;
    /// @notice Where licences are read.
    ILicenseToken public immutable LICENSES;
    /// @notice Where the deals are opened.
    IEscrow public immutable ESCROW;

    /// @inheritdoc IUpdateDesk
    mapping(uint256 licenseId => mapping(uint64 versionId => uint256 dealId)) public updateDeal;

    /// @param registry Where versions and titles are read.
    /// @param licenses Where licences are read.
    /// @param escrow Where the deals are opened.
    constructor(IModelRegistry registry, ILicenseToken licenses, IEscrow escrow) {
        (REGISTRY, LICENSES, ESCROW) = (registry, licenses, escrow);
    }

    /// @inheritdoc IUpdateDesk
    function requestUpdate(
        uint256 licenseId,
        uint64 versionId,
        bytes32 buyerKey,
        address pad
    ) external returns (uint256 dealId) {
        // a user with a seat could take the one update of a version away from the holder
        require(
            LICENSES.isAuthorized(licenseId, msg.sender) && LICENSES.ownerOf(licenseId) == msg.sender,
            UpdateDesk_NotLicensee(licenseId, msg.sender)
        );
        require(
            versionId != licenseId.versionOf() && LICENSES.covers(licenseId, versionId),
            UpdateDesk_NotAnUpdate(licenseId, versionId)
        );
        (address holder, uint40 defectiveAt, , ) = REGISTRY.saleInfo(versionId);
        require(defectiveAt == 0, UpdateDesk_VersionDefective(versionId));
        uint256 previous = updateDeal[licenseId][versionId];
        require(
            previous == 0 || ESCROW.statusOf(address(this), previous) == DealStatus.Refunded,
            UpdateDesk_AlreadyRequested(licenseId, versionId, previous)
        );

        // each attempt has an id of its own, because the id of a deal is never used again
        dealId = uint256(keccak256(abi.encode(licenseId, versionId, previous)));
        updateDeal[licenseId][versionId] = dealId;
        emit UpdateRequested(licenseId, versionId, dealId);

        Deal memory deal;
        deal.opener = address(this);
        (deal.id, deal.versionId) = (dealId, versionId);
        (deal.payer, deal.recipient) = (msg.sender, msg.sender);
        (deal.seller, deal.payee) = (holder, holder);
        // nothing is paid, so nobody receives a fee; the escrow wants every party named
        deal.treasury = holder;
        deal.deliverBy = (block.timestamp + DELIVERY_WINDOW).toUint40();
        deal.complaintWindow = COMPLAINT_WINDOW;
        (deal.buyerKey, deal.pad) = (buyerKey, pad);
        ESCROW.open(deal);
    }

    /// @notice The escrow ended an update's deal without a delivery: it may be asked for again. Only the escrow may
    /// call.
    /// @dev Reverts with {UpdateDesk_NotEscrow} for anyone else. Touches no licence.
    function dealRefunded(uint256, bytes32) external view {
        require(msg.sender == address(ESCROW), UpdateDesk_NotEscrow(msg.sender));
    }
}
