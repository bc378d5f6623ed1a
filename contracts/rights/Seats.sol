// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Offer} from "../market/IMarket.sol";
import {ISeats} from "./ISeats.sol";
import {Rights} from "./Rights.sol";

/// @title Seats
/// @notice Users of a licence beside its holder. See {ISeats}.
/// @dev Invariant: a holder has given at most as many seats of a licence as it has.
abstract contract Seats is ISeats, Rights {
    /// @inheritdoc ISeats
    uint256 public constant MAX_STAY = 30 days;

    /// @inheritdoc ISeats
    mapping(uint256 licenseId => mapping(address owner => uint256)) public seatsUsed;
    /// @inheritdoc ISeats
    mapping(uint256 licenseId => mapping(address owner => mapping(address user => uint256))) public seatedSince;

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

    /// @dev Whether the account is the holder or has a seat of the holder.
    function _isUser(uint256 licenseId, address owner, address user) internal view returns (bool) {
        return user == owner || seatedSince[licenseId][owner][user] != 0;
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
}
