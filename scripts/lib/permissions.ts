import { id } from "ethers";
import type { Protocol } from "../../deploy/lib/deploy";
import { PERMISSIONS, ROLES, type RoleName } from "../../deploy/lib/roles";

/** One privileged function, as the chain answers. */
export interface PermissionRow {
  contract: string;
  signature: string;
  role: string;
  /** Accounts that hold the role, each with the seconds its calls wait. */
  holders: { account: string; delay: number }[];
}

/** A contract that a module-to-module list names, which no role decides. */
export interface ModuleRow {
  list: string;
  module: string;
  allowed: boolean;
}

/** Reads from the chain who may call each privileged function, and which modules the licence token listens to. */
export async function readPermissions(
  contracts: Protocol,
): Promise<{ permissions: PermissionRow[]; modules: ModuleRow[]; holders: Map<bigint, string[]> }> {
  const { Authority, LicenseToken } = contracts;
  const holders = await roleHolders(contracts);
  const permissions = await Promise.all(
    PERMISSIONS.map(async ({ contract, signature }) => {
      const target = contracts[contract as keyof Protocol];
      const role = await Authority.getTargetFunctionRole(target, id(signature).slice(0, 10));
      const accounts = holders.get(role) ?? [];
      return {
        contract,
        signature,
        role: roleName(role),
        holders: await Promise.all(
          accounts.map(async (account) => {
            const [, delay] = await Authority.hasRole(role, account);
            return { account, delay: Number(delay) };
          }),
        ),
      };
    }),
  );

  const sets = await LicenseToken.queryFilter(LicenseToken.filters.ModuleSet());
  const newest = new Map(sets.map(({ args }) => [args.module, args.minting]));
  const modules = [...newest].map(([module, allowed]) => ({ list: "LicenseToken may issue", module, allowed }));
  return { permissions, modules, holders };
}

/** Every account that was ever granted a role and still holds it. */
async function roleHolders({ Authority }: Protocol): Promise<Map<bigint, string[]>> {
  const granted = await Authority.queryFilter(Authority.filters.RoleGranted());
  const holders = new Map<bigint, string[]>();
  for (const { args } of granted) {
    const [holds] = await Authority.hasRole(args.roleId, args.account);
    const known = holders.get(args.roleId) ?? [];
    if (holds && !known.includes(args.account)) holders.set(args.roleId, [...known, args.account]);
  }
  return holders;
}

function roleName(role: bigint): string {
  const found = (Object.keys(ROLES) as RoleName[]).find((name) => ROLES[name] === role);
  return found ?? `role ${role}`;
}
