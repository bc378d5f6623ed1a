// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ILicenseToken} from "../license/ILicenseToken.sol";
import {LicenseIds} from "../license/LicenseIds.sol";
import {IMarket, Offer} from "../market/IMarket.sol";
import {IRights, Sale} from "../market/IRights.sol";
import {Rights} from "./Rights.sol";
import {Seats} from "./Seats.sol";

/// @title SeatLicenses
/// @notice Licences for a number of users, for ever: the holder and `seats` others, or as many times that as were
/// bought at once.
/// @dev `rightsTerms`: `seats` in bits 0 to 15, at least 1; `minStay` in seconds in bits 16 to 47; the rest is zero.
/// Keeps no money. Stores nothing for a licence that was bought once.
contract SeatLicenses is Seats {
    using LicenseIds for uint256;

    /// @notice Rights for ever are not renewed.
    error SeatLicenses_NotRenewable(uint256 licenseId);

    /// @dev How many times the offer was bought; 0 is once.
    mapping(uint256 licenseId => uint256) private _quantity;

    /// @param licenses Where holders and licences are read.
    /// @param market The market that the module serves.
    constructor(ILicenseToken licenses, IMarket market) Rights(licenses, market) {}

    /// @inheritdoc IRights
    function grant(Sale calldata sale) external onlyMarket returns (bool keepsMoney) {
        require(!sale.renewal, SeatLicenses_NotRenewable(sale.licenseId));
        _checkTerms(sale.terms);
        // the pad of a file's licence is the deal's
        _require(sale.key == address(0) || sale.licenseId.has(LicenseIds.ESCROWED), "pad");

        if (sale.quantity != 1) _quantity[sale.licenseId] = sale.quantity;
        return false;
    }

    /// @notice Whether the account holds the licence or has a seat.
    function mayUse(uint256 licenseId, address owner, address user) external view returns (bool) {
        return _isUser(licenseId, owner, user);
    }

    /// @notice The highest number: the rights end with the licence; 0 when there is no such licence.
    function measure(uint256 licenseId) external view returns (uint256) {
        (address owner, , ) = LICENSES.stateOf(licenseId);
        (, , , , , address rights, ) = LICENSES.licenseInfo(licenseId);
        return owner != address(0) && rights == address(this) ? type(uint256).max : 0;
    }

    /// @inheritdoc IRights
    function check(Offer calldata offer) external pure {
        _checkTerms(offer.rightsTerms);
    }

    function _seatTerms(
        bytes32 terms,
        uint256 licenseId
    ) internal view override returns (uint256 seats, uint256 minStay) {
        uint256 quantity = _quantity[licenseId];
        seats = uint16(uint256(terms));
        if (quantity != 0) seats *= quantity;
        return (seats, uint32(uint256(terms) >> 16));
    }

    function _checkTerms(bytes32 terms) private pure {
        _require(uint256(terms) >> 48 == 0, "rightsTerms");
        _require(uint16(uint256(terms)) != 0, "seats");
        _require(uint32(uint256(terms) >> 16) <= MAX_STAY, "minStay");
    }
}
