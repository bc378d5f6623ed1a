// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ILicenseToken} from "../license/ILicenseToken.sol";
import {IMarket, Offer} from "../market/IMarket.sol";
import {OfferTerms} from "../market/OfferTerms.sol";
import {ISeats} from "./ISeats.sol";

/// @title Seats
/// @notice What every rights module shares: the market it serves, the proof of a licence's terms, and seats. See
/// {ISeats}.
/// @dev Invariant: a holder has given at most as many seats of a licence as it has.
///
/// Nothing of a licence's terms is stored. The serial of a licence begins with the number of its offer, which the market
/// keeps: whoever brings the offer proves the terms.
abstract contract Seats is ISeats {
    using OfferTerms for Offer;

    /// @inheritdoc ISeats
    uint256 public constant MAX_STAY = 30 days;

    /// @notice Where holders and licences are read.
    ILicenseToken public immutable LICENSES;
    /// @notice The one market whose sales count. Another issuer could grant what nobody paid for.
    IMarket public immutable MARKET;

    /// @inheritdoc ISeats
    mapping(uint256 licenseId => mapping(address owner => uint256)) public seatsUsed;
    /// @inheritdoc ISeats
    mapping(uint256 licenseId => mapping(address owner => mapping(address user => uint256))) public seatedSince;

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

    /// @inheritdoc ISeats
    function giveSeat(Offer calldata offer, uint256 licenseId, address user) external {
        _checkOwner(licenseId);
        (uint256 seats, ) = _provenSeatTerms(offer, licenseId);
        require(user != address(0), Seats_ZeroUser());
        require(!_isUser(licenseId, msg.sender, user), Seats_AlreadySeated(licenseId, user));
        uint256 used = seatsUsed[licenseId][msg.sender];
        require(used < seats, Seats_Full(licenseId, seats));

        seatsUsed[licenseId][msg.sender] = used + 1;
        seatedSince[licenseId][msg.sender][user] = block.timestamp;
        emit SeatGiven(licenseId, msg.sender, user);
    }

    /// @inheritdoc ISeats
    function takeSeat(Offer calldata offer, uint256 licenseId, address user) external {
        _checkOwner(licenseId);
        (, uint256 minStay) = _provenSeatTerms(offer, licenseId);
        uint256 since = seatedSince[licenseId][msg.sender][user];
        require(since != 0, Seats_NotSeated(licenseId, user));
        require(block.timestamp >= since + minStay, Seats_MinimumStay(licenseId, user, since + minStay));

        --seatsUsed[licenseId][msg.sender];
        delete seatedSince[licenseId][msg.sender][user];
        emit SeatTaken(licenseId, msg.sender, user);
    }

    /// @inheritdoc ISeats
    function seatTerms(Offer calldata offer, uint256 licenseId) external view returns (uint256 seats, uint256 minStay) {
        return _provenSeatTerms(offer, licenseId);
    }

    /// @notice Refuses nothing: no module here is registered as guarded.
    function beforeTransfer(uint256 licenseId, address from, address to) external {}

    /// @dev Whether the account is the holder or has a seat of the holder.
    function _isUser(uint256 licenseId, address owner, address user) internal view returns (bool) {
        return user == owner || seatedSince[licenseId][owner][user] != 0;
    }

    function _checkOwner(uint256 licenseId) internal view {
        address owner = LICENSES.ownerOf(licenseId);
        require(msg.sender == owner, Rights_NotOwner(licenseId, msg.sender, owner));
    }

    /// @dev The id is one that exists or existed: an id that was never issued has an index or a serial that the market
    /// never gave out, or no holder. What needs a living licence asks for its holder.
    function _checkOffer(Offer calldata offer, uint256 licenseId) internal view {
        require(_isItsOffer(offer, licenseId), Rights_NotItsOffer(licenseId, offer.hash()));
    }

    function _isItsOffer(Offer calldata offer, uint256 licenseId) internal view returns (bool) {
        (, , , , address issuer, address rights, ) = LICENSES.licenseInfo(licenseId);
        return issuer == address(MARKET) && rights == address(this) && MARKET.soldUnder(licenseId, offer.hash());
    }

    function _provenSeatTerms(
        Offer calldata offer,
        uint256 licenseId
    ) private view returns (uint256 seats, uint256 minStay) {
        _checkOffer(offer, licenseId);
        return _seatTerms(offer.rightsTerms, licenseId);
    }

    function _seatTerms(
        bytes32 terms,
        uint256 licenseId
    ) internal view virtual returns (uint256 seats, uint256 minStay);

    function _require(bool right, string memory field) internal pure {
        require(right, Rights_BadTerms(field));
    }
}
