// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IDealOpener} from "./IEscrow.sol";

/// @title IUpdateDesk
/// @notice Delivers later versions to those whose licence includes them: each is a free deal with the escrow, under the
/// same proof as a sale.
/// @dev Holds nothing and has no privileged function; it opens deals of its own, so that no sale can be confused with
/// an update. A licence stays usable and free to move while its update is open. Nobody can pause it.
interface IUpdateDesk is IDealOpener {
    /// @notice A licensee asked for a later version. {DealOpened} of the escrow has the rest.
    event UpdateRequested(uint256 indexed licenseId, uint64 indexed versionId, uint256 indexed dealId);

    /// @notice The caller may not use this licence now.
    error UpdateDesk_NotLicensee(uint256 licenseId, address caller);
    /// @notice The licence does not cover this version by an update: another model, not later, or sold without updates.
    error UpdateDesk_NotAnUpdate(uint256 licenseId, uint64 versionId);
    /// @notice The version was proven defective.
    error UpdateDesk_VersionDefective(uint64 versionId);
    /// @notice The update was asked for before, and that deal was not refunded.
    error UpdateDesk_AlreadyRequested(uint256 licenseId, uint64 versionId, uint256 dealId);
    /// @notice Only the escrow may report on deals.
    error UpdateDesk_NotEscrow(address caller);

    /// @notice Opens a free deal for a later version, with the holder of the model's title. Only the
    /// holder of the licence can call, while the licence may be used.
    /// @dev
    /// - Reverts with {UpdateDesk_NotLicensee}, {UpdateDesk_NotAnUpdate}, {UpdateDesk_VersionDefective},
    ///   {UpdateDesk_AlreadyRequested}.
    /// - Reverts with {Escrow_WrongKey} when the version has no file, {Escrow_EmptyPad} without key or pad.
    ///
    /// Emits {UpdateRequested}. Each version is delivered once for a licence, to its holder at that time.
    /// @param licenseId A licence that includes updates.
    /// @param versionId The later version.
    /// @param buyerKey The x coordinate of the caller's fresh point `B`.
    /// @param pad What the delivered scalar is checked against.
    /// @return dealId Id of the deal with the escrow, under this contract as opener.
    function requestUpdate(
        uint256 licenseId,
        uint64 versionId,
        bytes32 buyerKey,
        address pad
    ) external returns (uint256 dealId);

    /// @notice The newest deal for an update; 0 when it was never asked for.
    function updateDeal(uint256 licenseId, uint64 versionId) external view returns (uint256 dealId);
}
