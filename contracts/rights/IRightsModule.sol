// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IRights} from "../market/IRights.sol";

/// @title IRightsModule
/// @notice What every rights module of this folder refuses. Each serves one market.
interface IRightsModule is IRights {
    /// @notice Only the market that the module serves may grant rights.
    error Rights_NotMarket(address caller);
    /// @notice Only the holder of the licence may do this.
    error Rights_NotOwner(uint256 licenseId, address caller, address owner);
    /// @notice The licence is not one that the market sold under these terms with rights of this module.
    error Rights_NotItsOffer(uint256 licenseId, bytes32 termsHash);
    /// @notice The module cannot keep an offer's terms; `field` names the first that is wrong.
    error Rights_BadTerms(string field);
}
