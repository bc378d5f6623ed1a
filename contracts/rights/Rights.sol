// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ILicenseToken} from "../license/ILicenseToken.sol";
import {IMarket, Offer} from "../market/IMarket.sol";
import {OfferTerms} from "../market/OfferTerms.sol";
import {IRightsModule} from "./IRightsModule.sol";

/// @title Rights
/// @notice What every rights module shares: the market it serves, and the proof of a licence's terms.
/// @dev Nothing of a licence's terms is stored. The serial of a licence begins with the number of its offer, which the
/// market keeps: passing the offer proves the terms.
abstract contract Rights is IRightsModule {
    using OfferTerms for Offer;

    /// @notice Where holders and licences are read.
    ILicenseToken public immutable LICENSES;
    /// @notice The one market whose sales count. Another issuer could grant what nobody paid for.
    IMarket public immutable MARKET;

    modifier onlyMarket() {
        require(msg.sender == address(MARKET), Rights_NotMarket(msg.sender));
        _;
    }

    /// @param licenses Where holders and licences are read.
    /// @param market The market that the module serves.
    constructor(ILicenseToken licenses, IMarket market) {
        (LICENSES, MARKET) = (licenses, market);
        // reverts where there is no market
        market.epochOf(address(this));
    }

    /// @notice Does nothing, so it refuses no transfer: no module here is registered as guarded. Anyone may call.
    function beforeTransfer(uint256 licenseId, address from, address to) external {}

    function _checkOwner(uint256 licenseId) internal view {
        address owner = LICENSES.ownerOf(licenseId);
        require(msg.sender == owner, Rights_NotOwner(licenseId, msg.sender, owner));
    }

    /// @dev Says nothing of whether the licence exists: what needs a living one asks for its holder.
    function _checkOffer(Offer calldata offer, uint256 licenseId) internal view {
        require(_isItsOffer(offer, licenseId), Rights_NotItsOffer(licenseId, offer.hash()));
    }

    function _isItsOffer(Offer calldata offer, uint256 licenseId) internal view returns (bool) {
        (, , , , address issuer, address rights, ) = LICENSES.licenseInfo(licenseId);
        return issuer == address(MARKET) && rights == address(this) && MARKET.soldUnder(licenseId, offer.hash());
    }

    function _require(bool right, string memory field) internal pure {
        require(right, Rights_BadTerms(field));
    }
}
