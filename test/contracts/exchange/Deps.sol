// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";

/// @notice The authority of the unit tests.
contract TestAuthority is AccessManager {
    constructor(address admin) AccessManager(admin) {}
}
