// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";
import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";
import {Vm} from "forge-std/Vm.sol";
import {Authority} from "../../../contracts/governance/Authority.sol";
import {GovernanceToken} from "../../../contracts/governance/GovernanceToken.sol";
import {GuardianDesk} from "../../../contracts/governance/GuardianDesk.sol";
import {IGuardianMandate} from "../../../contracts/governance/IGuardianDesk.sol";
import {GovernorSetup, IsonomyGovernor} from "../../../contracts/governance/IsonomyGovernor.sol";
import {Timelock} from "../../../contracts/governance/Timelock.sol";

/// @notice Deploys the governor with its timelock and the guardian's desk, with the times and bounds of the deployment.
library GovernorHouse {
    Vm private constant VM = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    /// @dev The timelock obeys the governor alone, which is deployed next by the same account.
    function build(
        Authority authority,
        GovernanceToken token,
        address treasury,
        address guardian
    ) internal returns (Timelock timelock, IsonomyGovernor governor, GuardianDesk desk) {
        address[] memory only = new address[](1);
        only[0] = VM.computeCreateAddress(address(this), VM.getNonce(address(this)) + 1);
        timelock = new Timelock(2 days, only, only, address(0));
        governor = new IsonomyGovernor(
            GovernorSetup({
                token: token,
                timelock: TimelockController(payable(timelock)),
                authority: IAccessManager(address(authority)),
                treasury: treasury,
                guardian: guardian,
                votingDelay: 2 days,
                votingPeriod: 3 days,
                proposalThreshold: 1e18,
                quorumPercent: 4
            })
        );
        require(address(governor) == only[0], "address not foreseen");
        desk = new GuardianDesk(IAccessManager(address(authority)), IGuardianMandate(address(governor)));
    }
}
