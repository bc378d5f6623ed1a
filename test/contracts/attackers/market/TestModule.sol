// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ILicenseModule} from "../../../../contracts/license/ILicenseToken.sol";

import {MarketActor} from "./MarketActor.sol";

/// @title TestModule
/// @notice A licence module whose answers a test chooses.
contract TestModule is MarketActor, ILicenseModule {
    bool private _locked;
    bool private _usable;

    function setState(bool locked, bool usable) external {
        (_locked, _usable) = (locked, usable);
    }

    function soldUnder(uint256, bytes32) external pure returns (bool) {
        return false;
    }

    function licenseState(uint256) external view returns (bool locked, bool usable) {
        return (_locked, _usable);
    }
}
