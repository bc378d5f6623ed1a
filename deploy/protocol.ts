import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";
import { encodeBytes32String, id, parseEther } from "ethers";
import type { ProtocolParameters } from "./domains/parameters";
import { GRANTS, PERMISSIONS, ROLES, TIMELOCK_ROLES, type RoleName } from "../sdk/src/governance/roles";

/** The timelock's own admin role, by OpenZeppelin's AccessControl. */
const DEFAULT_ADMIN_ROLE = `0x${"0".repeat(64)}`;

/**
 * The whole protocol. The deployer is the admin of the Authority and of the timelock only while the tables of `roles.ts` are written; the last
 * steps make the timelock the Authority's admin and the governor the timelock's only proposer, canceller and executor, and renounce.
 */
export function protocolModule(parameters: ProtocolParameters) {
  const { timelock, guardian, governance, market, panel, metadata } = parameters;

  return buildModule("Isonomy", (m) => {
    const deployer = m.getAccount(0);
    const Timelock = m.contract("Timelock", [timelock.minDelay, [], [], deployer]);
    const Authority = m.contract("Authority", [deployer]);

    const genesis = governance.genesis.map((line) => ({ ...line, amount: parseEther(line.amount) }));
    const GovernanceToken = m.contract("GovernanceToken", [Authority, genesis]);
    const CitizenRegistry = m.contract("CitizenRegistry", [Authority, GovernanceToken]);
    const RevenueLedger = m.contract("RevenueLedger");
    const Treasury = m.contract("Treasury", [Authority, CitizenRegistry, RevenueLedger]);
    const Directory = m.contract("Directory", [Authority]);
    const setRegistry = m.call(GovernanceToken, "setRegistry", [CitizenRegistry]);
    const IsonomyGovernor = m.contract(
      "IsonomyGovernor",
      [
        {
          token: GovernanceToken,
          timelock: Timelock,
          authority: Authority,
          treasury: Treasury,
          guardian,
          votingDelay: governance.votingDelay,
          votingPeriod: governance.votingPeriod,
          proposalThreshold: parseEther(governance.proposalThreshold),
          quorumPercent: governance.quorumPercent,
        },
      ],
      { after: [setRegistry] },
    );
    const BallotBox = m.contractAt("BallotBox", m.staticCall(IsonomyGovernor, "BALLOTS"));
    const ProposalRules = m.contractAt("ProposalRules", m.staticCall(IsonomyGovernor, "RULES"));
    const GuardianDesk = m.contract("GuardianDesk", [Authority, IsonomyGovernor]);

    const ModelRegistry = m.contract("ModelRegistry", [Authority, metadata.titles]);
    const LicenseToken = m.contract("LicenseToken", [Authority, ModelRegistry, metadata.licenses]);
    const Escrow = m.contract("Escrow", [ModelRegistry, RevenueLedger]);
    const Panel = m.contract("Panel", [panel.arbiters, panel.threshold, BigInt(panel.feeWei), RevenueLedger]);
    const UpdateDesk = m.contract("UpdateDesk", [ModelRegistry, LicenseToken, Escrow]);
    const Exchange = m.contract("Exchange", [Authority, Treasury]);
    const Forwarder = m.contract("Forwarder");
    const Market = m.contract("Market", [
      Authority,
      Forwarder,
      ModelRegistry,
      LicenseToken,
      RevenueLedger,
      Escrow,
      Exchange,
      Treasury,
      market.protocolFeeBps,
    ]);
    const contracts = {
      Timelock,
      Authority,
      GovernanceToken,
      CitizenRegistry,
      Treasury,
      Directory,
      IsonomyGovernor,
      BallotBox,
      ProposalRules,
      GuardianDesk,
      ModelRegistry,
      LicenseToken,
      RevenueLedger,
      Escrow,
      Panel,
      UpdateDesk,
      Exchange,
      Forwarder,
      Market,
    };

    const wiring = [
      m.call(LicenseToken, "setModule", [Market, true]),
      ...market.payTokens.map(({ token, risks }, i) =>
        m.call(Market, "setPayToken", [token, true, risks], { id: `payToken${i}` }),
      ),
      ...Object.entries(contracts).map(([name, module]) =>
        m.call(Directory, "set", [encodeBytes32String(name), module], { id: `inForce_${name}` }),
      ),
    ];
    const roles = grouped().map(({ contract, role, selectors }) =>
      m.call(
        Authority,
        "setTargetFunctionRole",
        [contracts[contract as keyof typeof contracts], selectors, ROLES[role]],
        { id: `role_${contract}_${role}`, after: wiring },
      ),
    );
    const grants = GRANTS.map(({ role, holder, delay }) =>
      m.call(Authority, "grantRole", [ROLES[role], holder === "GuardianDesk" ? GuardianDesk : Timelock, delay], {
        id: `grant_${role}`,
        after: roles,
      }),
    );
    const orders = TIMELOCK_ROLES.map((role) =>
      m.call(Timelock, "grantRole", [id(role), IsonomyGovernor], { id: `timelock_${role}` }),
    );
    const last = m.call(Timelock, "renounceRole", [DEFAULT_ADMIN_ROLE, deployer], {
      id: "renounceTimelock",
      after: [...orders, ...grants],
    });
    m.call(Authority, "renounceRole", [ROLES.ADMIN, deployer], { id: "renounceAdmin", after: [last] });

    return contracts;
  });
}

/** The rows of the table of permissions that are not the admin's, by contract and role: one transaction each. */
function grouped(): { contract: string; role: RoleName; selectors: string[] }[] {
  const groups = new Map<string, { contract: string; role: RoleName; selectors: string[] }>();
  for (const { contract, signature, role } of PERMISSIONS) {
    if (role === "ADMIN") continue;
    const group = groups.get(`${contract} ${role}`) ?? { contract, role, selectors: [] };
    group.selectors.push(id(signature).slice(0, 10));
    groups.set(`${contract} ${role}`, group);
  }
  return [...groups.values()];
}
