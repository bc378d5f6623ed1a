// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";

/// @title Authority
/// @notice The one place that says who may call which privileged function of the protocol, and after which delay.
/// @dev OpenZeppelin's AccessManager, unchanged. Its admin is the timelock from the first deployment on.
contract Authority is AccessManager {
    /// @param initialAdmin The account that holds ADMIN_ROLE while the deployment grants the roles.
    constructor(address initialAdmin) AccessManager(initialAdmin) {}
}
