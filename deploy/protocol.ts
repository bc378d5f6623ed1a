import { encodeBytes32String, id } from "ethers";

import { GRANTS, PERMISSIONS, ROLES, TIMELOCK_ROLES, type RoleName } from "../sdk/src/governance/roles";
import { court } from "./domains/court";
import { escrow } from "./domains/escrow";
import { exchange } from "./domains/exchange";
import { governance } from "./domains/governance";
import { identity } from "./domains/identity";
import { ledger } from "./domains/ledger";
import { license } from "./domains/license";
import { lineage } from "./domains/lineage";
import { market } from "./domains/market";
import { registry } from "./domains/registry";
import { resale } from "./domains/resale";
import { reputation } from "./domains/reputation";
import { rights } from "./domains/rights";
import { loadParameters } from "./engine/settings";
import { systemOf, type ContractNames, type ParametersOf } from "./engine/system";

/** Every domain. A new one has a manifest in `deploy/domains/`, and a place in this list. */
export const DOMAINS = [
  ...[ledger, registry, license, escrow, market, rights, lineage, resale, reputation],
  ...[court, exchange, governance, identity],
] as const;

/** Everything that a deployment decides: one file per network, in `deploy/parameters/`. */
export type ProtocolParameters = ParametersOf<typeof DOMAINS>;

/** The names of the contracts. */
export type ContractName = ContractNames<typeof DOMAINS>;

/** The timelock's own admin role, by OpenZeppelin's AccessControl. */
const DEFAULT_ADMIN_ROLE = `0x${"0".repeat(64)}`;

/**
 * The whole protocol. The deployer is the admin of the Authority and of the timelock only while the tables of `roles.ts` are written; the last
 * steps make the timelock the Authority's admin and the governor the timelock's only proposer, canceller and executor, and renounce.
 */
export const protocol = systemOf("Isonomy", DOMAINS, (m, contracts, wiring) => {
  const { Authority, Directory, GuardianDesk, IsonomyGovernor, Timelock } = contracts;
  const deployer = m.getAccount(0);
  const entries = Object.entries(contracts).map(([name, contract]) =>
    m.call(Directory, "set", [encodeBytes32String(name), contract], { id: `inForce_${name}` }),
  );
  const roles = grouped().map(({ contract, role, selectors }) =>
    m.call(
      Authority,
      "setTargetFunctionRole",
      [contracts[contract as keyof typeof contracts], selectors, ROLES[role]],
      { id: `role_${contract}_${role}`, after: [...wiring, ...entries] },
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
});

/** The parameters of a network: see {@link loadParameters}. */
export function readParameters(
  network: string,
  environment: Readonly<Record<string, string | undefined>> = {},
  file?: string,
): ProtocolParameters {
  return loadParameters(protocol, network, environment, file);
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
