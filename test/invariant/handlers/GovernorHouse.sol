// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";
import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";
import {StdConstants} from "forge-std/StdConstants.sol";
import {Authority} from "../../../contracts/governance/Authority.sol";
import {GovernanceToken} from "../../../contracts/governance/GovernanceToken.sol";
import {GuardianDesk} from "../../../contracts/governance/GuardianDesk.sol";
import {GovernorSetup, IsonomyGovernor} from "../../../contracts/governance/IsonomyGovernor.sol";
import {Timelock} from "../../../contracts/governance/Timelock.sol";
import {Treasury} from "../../../contracts/governance/Treasury.sol";
import {CitizenRegistry} from "../../../contracts/identity/CitizenRegistry.sol";
import {Artifacts} from "./Artifacts.sol";

/// @notice Deploys the governor with its timelock and the guardian's desk, with the times, bounds and roles of the deployment.
library GovernorHouse {
    /// @dev The timelock obeys the governor alone, which is deployed next by the same account.
    function build(
        Authority authority,
        GovernanceToken token,
        address treasury,
        address guardian,
        uint32 votingPeriod
    ) internal returns (Timelock timelock, IsonomyGovernor governor, GuardianDesk desk) {
        address[] memory only = new address[](1);
        only[0] = StdConstants.VM.computeCreateAddress(address(this), StdConstants.VM.getNonce(address(this)) + 1);
        timelock = Timelock(Artifacts.deploy("governance", "Timelock", abi.encode(2 days, only, only, address(0))));
        GovernorSetup memory setup = GovernorSetup({
            token: token,
            timelock: TimelockController(payable(timelock)),
            authority: IAccessManager(address(authority)),
            treasury: treasury,
            guardian: guardian,
            votingDelay: 2 days,
            votingPeriod: votingPeriod,
            proposalThreshold: 1e18,
            quorumPercent: 4
        });
        governor = IsonomyGovernor(Artifacts.deploy("governance", "IsonomyGovernor", abi.encode(setup)));
        require(address(governor) == only[0], "address not foreseen");
        desk = GuardianDesk(Artifacts.deploy("governance", "GuardianDesk", abi.encode(authority, governor)));
    }

    /// @dev The roles of the deployment, and what they open in the treasury and the registry: 1 sets numbers, 2 is the guardian's desk, 3 pays.
    function empower(
        Authority authority,
        Timelock timelock,
        GuardianDesk desk,
        Treasury treasury,
        CitizenRegistry registry
    ) internal {
        allow(authority, address(treasury), Treasury.pay.selector, 3);
        allow(authority, address(registry), CitizenRegistry.pauseIssuance.selector, 2);
        authority.grantRole(1, address(timelock), 0);
        authority.grantRole(3, address(timelock), 0);
        authority.grantRole(2, address(desk), 0);
    }

    function allow(Authority authority, address target, bytes4 selector, uint64 role) internal {
        bytes4[] memory selectors = new bytes4[](1);
        selectors[0] = selector;
        authority.setTargetFunctionRole(target, selectors, role);
    }

    /// @dev The last step of the deployment: the timelock is the Authority's admin, and the caller nobody.
    function resign(Authority authority, Timelock timelock) internal {
        authority.grantRole(0, address(timelock), 0);
        authority.renounceRole(0, address(this));
    }
}
