import { domain } from "../domain";
import { governanceErrors } from "./errors";
import { governanceSentences } from "./sentences";

export const governance = domain("governance", {
  contracts: [
    "Authority",
    "Timelock",
    "GovernanceToken",
    "Treasury",
    "Directory",
    "IsonomyGovernor",
    "BallotBox",
    "ProposalRules",
    "GuardianDesk",
  ],
  permissions: [
    { contract: "Treasury", signature: "pay(address,address,uint256)", role: "MONEY" },
    { contract: "GovernanceToken", signature: "mint(address,uint256)", role: "ADMIN" },
    { contract: "GovernanceToken", signature: "setRegistry(address)", role: "ADMIN" },
    { contract: "Directory", signature: "set(bytes32,address)", role: "ADMIN" },
  ],
  reads: {
    Authority: [
      "function getTargetFunctionRole(address target, bytes4 selector) view returns (uint64)",
      "function isTargetClosed(address target) view returns (bool)",
      "function hasRole(uint64 roleId, address account) view returns (bool isMember, uint32 executionDelay)",
      "function PUBLIC_ROLE() view returns (uint64)",
      "event TargetFunctionRoleUpdated(address indexed target, bytes4 selector, uint64 indexed roleId)",
      "event RoleGranted(uint64 indexed roleId, address indexed account, uint32 delay, uint48 since, bool newMember)",
    ],
    Timelock: [
      "function getMinDelay() view returns (uint256)",
      "function hasRole(bytes32 role, address account) view returns (bool)",
      "event RoleGranted(bytes32 indexed role, address indexed account, address indexed sender)",
    ],
    IsonomyGovernor: [
      "function timelock() view returns (address)",
      "function proposalGuardian() view returns (address)",
      "function guardianMandateEndsAt() view returns (uint48)",
      "function PARAMETERS_DELAY() view returns (uint256)",
      "function MONEY_DELAY() view returns (uint256)",
      "function CONSTITUTION_DELAY() view returns (uint256)",
    ],
    ProposalRules: [
      "function classify(address[] targets, uint256[] values, bytes[] calldatas, uint8 phase) view returns (uint8)",
    ],
    BallotBox: ["function GOVERNOR() view returns (address)"],
    // its row follows from the governor alone
    GuardianDesk: [],
  },
  contractErrors: governanceSentences,
  clientErrors: governanceErrors,
  commands: ["delegate", "propose", "vote", "enact", "permissions"],
});
