import { Contract, id, type InterfaceAbi, type Provider, type Result } from "ethers";

import { addressKey, canonicalAddress, isZeroAddress, sameAddress } from "../addresses/address";
import type { ContractName } from "../addresses/contracts";
import type { PartialDeployment } from "../addresses/deployment";
import { addressError } from "../addresses/errors";
import { checked } from "../base/checked";
import { Deployed } from "../chain/deployed";
import { decodingErrors } from "../errors/explain";
import { readEvents } from "../rpc/logs";
import { patient } from "../rpc/patient";
import { PERMISSIONS, ROLES, TIMELOCK_ROLES } from "./roles";

/** An account by the name of its contract in the deployment, or by its address. */
export interface Holder {
  readonly account: string;
  /** Seconds that a call has to be announced ahead, or that the kind of vote waits at least. */
  readonly waits: bigint;
}

/** One privileged function, as the chain has it. */
export interface PermissionRow {
  readonly contract: string;
  readonly signature: string;
  readonly role: string;
  readonly holders: readonly Holder[];
  /** What the chain says otherwise than the table of `roles.ts`; empty when they agree. */
  readonly differs: string;
}

/** A power that the Authority does not give, and who has it. */
export interface OtherPower {
  readonly contract: string;
  readonly power: string;
  readonly holders: readonly string[];
}

/** Everything that not everybody may do. */
export interface PermissionTable {
  readonly functions: readonly PermissionRow[];
  readonly others: readonly OtherPower[];
}

/** Where permissions are read. */
export interface PermissionSource {
  readonly provider: Provider;
  /** The ABI of each contract that has powers, by its name; `privilegedAbis` where nothing is compiled. */
  readonly abis: Readonly<Record<string, InterfaceAbi>>;
  /** Where each contract is, and the block where the search for events begins. */
  readonly deployment: PartialDeployment<ContractName>;
  /** How many blocks a node is asked for at once; most providers answer for 10,000. */
  readonly blocksAtOnce?: number;
}

const BLOCKS_AT_ONCE = 10_000;
const DEFAULT_ADMIN_ROLE = `0x${"0".repeat(64)}`;
const KINDS = ["NONE", "PARAMETERS", "MONEY", "CONSTITUTION"] as const;
/** In the last phase every kind of proposal is allowed, so every call has a kind. */
const LAST_PHASE = 2;
/** The contracts without which nothing can be said. */
const NEEDED = ["Authority", "Timelock", "IsonomyGovernor", "ProposalRules"] as const;

/**
 * Reads from the chain who can call what and after which delay. Nothing is taken from the table of the sources but names.
 * @throws `CONTRACT_MISSING` where a contract of the deployment is not there, and what a node fails with.
 * @example
 * ```ts
 * const table = await readPermissions({ provider, abis: privilegedAbis, deployment });
 * ```
 */
export const readPermissions = /* @__PURE__ */ checked(async (source: PermissionSource): Promise<PermissionTable> => {
  return decodingErrors(async () => {
    const reader = await Reader.of(source);
    return { functions: await reader.functions(), others: await reader.others() };
  });
});

/** A function that the Authority guards, before its role and holders are read. */
interface Guarded {
  readonly contract: string;
  /** Its contract's address: any contract of the chain may be given a role's functions. */
  readonly target: string;
  readonly signature: string;
  readonly selector: string;
  /** The role that the table names; null for a function that is not in it. */
  readonly expected: bigint | null;
}

class Reader {
  private constructor(
    private readonly _contracts: ReadonlyMap<string, Contract>,
    private readonly _names: ReadonlyMap<string, string>,
    private readonly _fromBlock: number,
    private readonly _toBlock: number,
    private readonly _blocksAtOnce: number,
  ) {}

  static async of({ provider, abis, deployment, blocksAtOnce }: PermissionSource): Promise<Reader> {
    // a page has no node of its own choice: this one may be busy, and read few blocks at a time
    patient(provider);
    const contracts = new Map<string, Contract>();
    const names = new Map<string, string>();
    for (const [name, address] of Object.entries(deployment.contracts)) {
      const abi = abis[name];
      if (abi === undefined) continue;
      contracts.set(name, new Contract(canonicalAddress(address, name), abi, provider));
      names.set(addressKey(address), name);
    }
    const needed = NEEDED.map((name) => ({
      name,
      address: String(deployment.contracts[name]),
      codeHash: deployment.codeHashes?.[name],
    }));
    await new Deployed(needed, deployment.chainId).require(provider);
    // one block for all of it, so that what changes meanwhile is seen in no event
    return new Reader(
      contracts,
      names,
      deployment.block ?? 0,
      await provider.getBlockNumber(),
      blocksAtOnce ?? BLOCKS_AT_ONCE,
    );
  }

  /** The functions that the Authority guards: those of the table, and any other that was given a role on the chain. */
  async functions(): Promise<PermissionRow[]> {
    const authority = this._get("Authority");
    const listed = PERMISSIONS.filter(({ contract }) => this._contracts.has(contract));
    const known = new Set(listed.map(({ contract, signature }) => `${contract}.${id(signature).slice(0, 10)}`));
    const rows = listed.map(({ contract, signature, role }): Guarded => ({
      contract,
      target: this._get(contract).target as string,
      signature,
      selector: id(signature).slice(0, 10),
      expected: ROLES[role],
    }));
    for (const { target, selector } of await this._events(authority, "TargetFunctionRoleUpdated")) {
      const contract = this._name(target as string);
      if (known.has(`${contract}.${selector}`)) continue;
      known.add(`${contract}.${selector}`);
      const signature = this._contracts
        .get(contract)
        ?.interface.getFunction(selector as string)
        ?.format("sighash");
      rows.push({
        contract,
        target: target as string,
        signature: signature ?? String(selector),
        selector: String(selector),
        expected: null,
      });
    }

    const members = await this._members();
    return Promise.all(rows.map((row) => this._row(row, members)));
  }

  /** What is guarded elsewhere than in the Authority. */
  async others(): Promise<OtherPower[]> {
    const [timelock, governor] = [this._get("Timelock"), this._get("IsonomyGovernor")];
    const powers: OtherPower[] = [];
    const add = (contract: string, power: string, holders: readonly string[]): number =>
      powers.push({ contract, power, holders });

    for (const role of [...TIMELOCK_ROLES, "DEFAULT_ADMIN_ROLE"]) {
      const key = role === "DEFAULT_ADMIN_ROLE" ? DEFAULT_ADMIN_ROLE : id(role);
      add("Timelock", role, await this._timelockHolders(timelock, key));
    }
    add("Timelock", `updateDelay, now ${waitText(await timelock.getMinDelay())}`, ["Timelock"]);
    add("Authority", "roles, targets, delays", await this._admins());
    const settings = "voting delay and period, threshold, quorum, guardian";
    add("IsonomyGovernor", settings, [this._name(await governor.timelock())]);
    const until = new Date(Number(await governor.guardianMandateEndsAt()) * 1_000).toISOString().slice(0, 10);
    add("IsonomyGovernor", `cancel, until ${until}`, [this._name(await governor.proposalGuardian())]);
    if (this._contracts.has("GuardianDesk")) {
      add("GuardianDesk", `the guardian's role, until ${until}`, [this._name(await governor.proposalGuardian())]);
    }
    const ballots = this._contracts.get("BallotBox");
    if (ballots !== undefined) add("BallotBox", "open and cast", [this._name(await ballots.GOVERNOR())]);
    const licenses = this._contracts.get("LicenseToken");
    if (licenses !== undefined) add("LicenseToken", "issue licences", await this._modules(licenses));
    return powers;
  }

  private async _row(
    { contract, target, signature, selector, expected }: Guarded,
    members: ReadonlyMap<bigint, ReadonlyMap<string, bigint>>,
  ): Promise<PermissionRow> {
    const authority = this._get("Authority");
    const [role, closed] = await Promise.all([
      authority.getTargetFunctionRole(target, selector) as Promise<bigint>,
      authority.isTargetClosed(target) as Promise<boolean>,
    ]);
    const timelock = await this._get("Timelock").getAddress();
    const holders: Holder[] = [];
    if (!closed) {
      for (const [account, delay] of members.get(role) ?? []) {
        const waits = sameAddress(account, timelock) ? delay + (await this._waitOfVote(target, selector)) : delay;
        holders.push({ account: this._name(account), waits });
      }
      if (role === (await authority.PUBLIC_ROLE())) holders.push({ account: "anyone", waits: 0n });
    }
    const differs =
      expected === null
        ? "not in the table of roles"
        : role !== expected
          ? `the table says ${roleName(expected)}`
          : closed
            ? "the target is closed"
            : "";
    return { contract, signature, role: roleName(role), holders, differs };
  }

  /** The shortest time between queueing and executing a vote about this call, from the governor's own rules and constants. */
  private async _waitOfVote(target: string, selector: string): Promise<bigint> {
    const [governor, rules] = [this._get("IsonomyGovernor"), this._get("ProposalRules")];
    const kind = await rules.classify([target], [0n], [selector], LAST_PHASE);
    return governor.getFunction(`${KINDS[Number(kind)]!}_DELAY`)();
  }

  /** The members of each role and their delays: events say who ever was one, the Authority who is. */
  private async _members(): Promise<Map<bigint, Map<string, bigint>>> {
    const authority = this._get("Authority");
    const members = new Map<bigint, Map<string, bigint>>();
    for (const { roleId, account } of await this._events(authority, "RoleGranted")) {
      const [isMember, delay] = await authority.hasRole(roleId, account);
      if (!isMember) continue;
      const role = members.get(roleId as bigint) ?? new Map<string, bigint>();
      members.set(roleId as bigint, role.set(account as string, delay));
    }
    return members;
  }

  private async _admins(): Promise<string[]> {
    const admins = (await this._members()).get(ROLES.ADMIN) ?? new Map<string, bigint>();
    return [...admins.keys()].map((account) => this._name(account));
  }

  private async _timelockHolders(timelock: Contract, role: string): Promise<string[]> {
    const holders = new Set<string>();
    for (const { role: granted, account } of await this._events(timelock, "RoleGranted")) {
      if (granted === role && (await timelock.hasRole(role, account))) holders.add(account as string);
    }
    return [...holders].map((account) => (isZeroAddress(account) ? "anyone" : this._name(account)));
  }

  private async _modules(licenses: Contract): Promise<string[]> {
    const modules = new Set<string>();
    for (const { module } of await this._events(licenses, "ModuleSet")) {
      if ((await licenses.moduleInfo(module)).minting) modules.add(module as string);
    }
    return [...modules].map((module) => this._name(module));
  }

  private async _events(contract: Contract, name: string): Promise<Record<string, unknown>[]> {
    const events: Record<string, unknown>[] = [];
    const { provider } = contract.runner as { provider: Provider };
    for (let from = this._fromBlock; from <= this._toBlock; from += this._blocksAtOnce) {
      const to = Math.min(from + this._blocksAtOnce - 1, this._toBlock);
      for (const log of await readEvents(contract, provider, name, from, to)) {
        events.push((log.args as unknown as Result).toObject());
      }
    }
    return events;
  }

  private _get(name: string): Contract {
    const contract = this._contracts.get(name);
    if (contract === undefined) throw addressError("ADDRESS_INVALID", { address: "undefined", name });
    return contract;
  }

  private _name(address: string): string {
    return this._names.get(addressKey(address)) ?? address;
  }
}

function roleName(role: bigint): string {
  return Object.entries(ROLES).find(([, number]) => number === role)?.[0] ?? `role ${role}`;
}

/**
 * Seconds as a person reads them.
 * @example
 * ```ts
 * const text = waitText(172_800n); // "2 days"
 * ```
 */
export const waitText = /* @__PURE__ */ checked((seconds: bigint): string => {
  if (seconds === 0n) return "at once";
  if (seconds % 86_400n === 0n) return `${seconds / 86_400n} days`;
  return `${seconds} s`;
});
