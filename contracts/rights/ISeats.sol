// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Offer} from "../market/IMarket.sol";
import {IRightsModule} from "./IRightsModule.sol";

/// @title ISeats
/// @notice Users of a licence beside its holder, who gives and takes their seats. Seats belong to a holder: a licence
/// that is transferred leaves its users behind, and they are there again if it comes back.
/// @dev A user is an address. A device is the last 20 bytes of `keccak256` of its ERC-7913 signer: a verifier's address
/// and a key.
///
/// The caller passes the offer that the licence was sold under: it says how many seats there are.
interface ISeats is IRightsModule {
    /// @notice `user` may use the licence while `owner` holds it.
    event SeatGiven(uint256 indexed licenseId, address indexed owner, address indexed user);
    /// @notice `user` has no seat any more.
    event SeatTaken(uint256 indexed licenseId, address indexed owner, address indexed user);

    /// @notice All seats are given.
    error Seats_Full(uint256 licenseId, uint256 seats);
    /// @notice The user has a seat, or needs none: the holder always may use the licence.
    error Seats_AlreadySeated(uint256 licenseId, address user);
    /// @notice The user has no seat.
    error Seats_NotSeated(uint256 licenseId, address user);
    /// @notice A seat is kept for the minimum stay: it can be taken from `notBefore` (Unix time) on.
    error Seats_MinimumStay(uint256 licenseId, address user, uint256 notBefore);
    /// @notice A seat is for an account or a device.
    error Seats_ZeroUser();

    /// @notice Longest minimum stay that an offer can have, in seconds.
    function MAX_STAY() external view returns (uint256);

    /// @notice Gives a user a seat. Only the holder of the licence may call.
    /// @dev Reverts with {Rights_NotOwner}, {Rights_NotItsOffer}, {Seats_ZeroUser}, {Seats_AlreadySeated},
    /// {Seats_Full}; with ERC-6093 `ERC721NonexistentToken` for an unknown licence. Emits {SeatGiven}.
    function giveSeat(Offer calldata offer, uint256 licenseId, address user) external;

    /// @notice Takes a user's seat, after the minimum stay. Only the holder of the licence may call.
    /// @dev The stay stops one seat from serving a crowd by turns. Reverts with {Rights_NotOwner},
    /// {Rights_NotItsOffer}, {Seats_NotSeated}, {Seats_MinimumStay}; with ERC-6093 `ERC721NonexistentToken` for an
    /// unknown licence. Emits {SeatTaken}.
    function takeSeat(Offer calldata offer, uint256 licenseId, address user) external;

    /// @notice How many seats a holder of a licence has given.
    function seatsUsed(uint256 licenseId, address owner) external view returns (uint256);

    /// @notice Unix time since which a user has a seat of a holder; 0 without one.
    function seatedSince(uint256 licenseId, address owner, address user) external view returns (uint256);

    /// @notice How many seats a licence that is sold under an offer has, and the minimum stay in seconds.
    function seatTerms(Offer calldata offer, uint256 licenseId) external view returns (uint256 seats, uint256 minStay);
}
