import { AbiCoder, getAddress, id, Interface, type Result } from "ethers";

import { addressKey } from "../../sdk/src/addresses/address";
import { LogPager } from "../../sdk/src/rpc/logs";
import type { ReadPatience } from "../../sdk/src/rpc/patient";
import { isRevert } from "../../sdk/src/errors/refusals";
import type { RpcRequest } from "./rpc";

/** Read access to a chain. */
export interface Reader {
  request<T = unknown>(request: RpcRequest): Promise<T>;
}

/**
 * Every power that the deployment's contracts give, with contracts under their names: by the events of OpenZeppelin's AccessManager and
 * AccessControl, and by those that the domains' manifests name. A line reads "Authority: role 0 is held
 * by Timelock, delay 0"; two deployments with equal lines give equal powers.
 */
export interface Powers {
  readonly lines: readonly string[];
  /** Accounts outside the deployment that hold a role. */
  readonly people: readonly string[];
  /** Roles by the contract that keeps them, each with its holders' addresses. */
  readonly roles: readonly Role[];
}

export interface Role {
  readonly contract: string;
  readonly address: string;
  readonly kind: "manager" | "control";
  readonly role: string;
  readonly holders: readonly string[];
}

const EVENTS = new Interface([
  "event RoleGranted(uint64 indexed roleId, address indexed account, uint32 delay, uint48 since, bool newMember)",
  "event RoleRevoked(uint64 indexed roleId, address indexed account)",
  "event RoleAdminChanged(uint64 indexed roleId, uint64 indexed admin)",
  "event RoleGuardianChanged(uint64 indexed roleId, uint64 indexed guardian)",
  "event RoleGrantDelayChanged(uint64 indexed roleId, uint32 delay, uint48 since)",
  "event TargetClosed(address indexed target, bool closed)",
  "event TargetFunctionRoleUpdated(address indexed target, bytes4 selector, uint64 indexed roleId)",
  "event TargetAdminDelayUpdated(address indexed target, uint32 delay, uint48 since)",
  "event AuthorityUpdated(address authority)",
  "event OwnershipTransferred(address indexed previousOwner, address indexed newOwner)",
]);
const CONTROL = new Interface([
  "event RoleGranted(bytes32 indexed role, address indexed account, address indexed sender)",
  "event RoleRevoked(bytes32 indexed role, address indexed account, address indexed sender)",
]);
/** How often an endpoint is asked for events, those requests included that it refused. */
const MAX_REQUESTS = 400;

interface Log {
  readonly address: string;
  readonly topics: readonly string[];
  readonly data: string;
}

/** An event by which a contract gives a power that the standards do not know. */
export interface PowerEvent {
  /** Name of the contract that emits it. */
  readonly contract: string;
  /** As ethers reads it, with its `indexed`. */
  readonly event: string;
  /**
   * What the event decides, and how: a later event with the same first text replaces it, and one without a second takes it back.
   * @param nameOf The name of one of the deployment's contracts by its address; of others the address.
   */
  says(args: Result, nameOf: (address: unknown) => string): readonly [what: string, value: string | undefined];
}

export interface PowersSource {
  readonly contracts: Readonly<Record<string, { readonly address: string }>>;
  /** The first block of the deployment, or one before it. */
  readonly fromBlock: number;
  /** Those of the system, see {@link PowerEvent}. */
  readonly events: readonly PowerEvent[];
}

/** Reads who holds which power, from the block before the deployment to the newest. */
export async function readPowers(
  reader: Reader,
  { contracts, fromBlock, events }: PowersSource,
  patience?: ReadPatience,
): Promise<Powers> {
  const names = new Map(Object.entries(contracts).map(([name, { address }]) => [addressKey(address), name]));
  const nameOf = (address: unknown): string => names.get(addressKey(String(address))) ?? getAddress(String(address));
  const own = new Map(
    events.map((event) => {
      const face = new Interface([event.event]);
      return [`${event.contract} ${topicsOf(face)[0]}`, { ...event, face }];
    }),
  );
  const topics = [
    ...topicsOf(EVENTS),
    ...topicsOf(CONTROL),
    ...[...own.values()].flatMap(({ face }) => topicsOf(face)),
  ];
  const logs = await readLogs(reader, [...names.keys()], [...new Set(topics)], fromBlock, patience);

  const settings = new Map<string, string>();
  const holders = new Map<string, Role & { delays: Map<string, string> }>();
  const roleOf = (address: string, kind: Role["kind"], role: string) => {
    const key = `${address} ${role}`;
    let entry = holders.get(key);
    if (entry === undefined) {
      entry = { contract: nameOf(address), address: getAddress(address), kind, role, holders: [], delays: new Map() };
      holders.set(key, entry);
    }
    return entry;
  };
  for (const { address, topics, data } of logs) {
    const from = nameOf(address);
    const given = own.get(`${from} ${topics[0]}`);
    if (given !== undefined) {
      const parsed = given.face.parseLog({ topics, data });
      if (parsed === null) throw new Error(`${from} has emitted another event than its manifest says: ${given.event}.`);
      const [what, value] = given.says(parsed.args, nameOf);
      if (value === undefined) settings.delete(`${from}: ${what}`);
      else settings.set(`${from}: ${what}`, value);
      continue;
    }
    const managed = EVENTS.parseLog({ topics, data });
    if (managed === null) {
      const control = CONTROL.parseLog({ topics, data });
      if (control === null) continue;
      const { delays } = roleOf(address, "control", String(control.args.role));
      if (control.name === "RoleGranted") delays.set(String(control.args.account), "0");
      else delays.delete(String(control.args.account));
      continue;
    }
    const { args } = managed;
    switch (managed.name) {
      case "RoleGranted":
        roleOf(address, "manager", String(args.roleId)).delays.set(String(args.account), String(args.delay));
        break;
      case "RoleRevoked":
        roleOf(address, "manager", String(args.roleId)).delays.delete(String(args.account));
        break;
      case "RoleAdminChanged":
        settings.set(`${from}: role ${args.roleId} is given by role`, String(args.admin));
        break;
      case "RoleGuardianChanged":
        settings.set(`${from}: calls of role ${args.roleId} are cancelled by role`, String(args.guardian));
        break;
      case "RoleGrantDelayChanged":
        settings.set(`${from}: seconds before role ${args.roleId} is given`, String(args.delay));
        break;
      case "TargetClosed":
        settings.set(`${from}: ${nameOf(args.target)} is closed`, String(args.closed));
        break;
      case "TargetFunctionRoleUpdated":
        settings.set(`${from}: ${nameOf(args.target)} ${args.selector} is for role`, String(args.roleId));
        break;
      case "TargetAdminDelayUpdated":
        settings.set(`${from}: seconds before the admin changes ${nameOf(args.target)}`, String(args.delay));
        break;
      case "AuthorityUpdated":
        settings.set(`${from}: authority`, nameOf(args.authority));
        break;
      case "OwnershipTransferred":
        settings.set(`${from}: owner`, nameOf(args.newOwner));
        break;
    }
  }

  const roles = [...holders.values()].map(({ delays, ...role }) => ({ ...role, holders: [...delays.keys()] }));
  const lines = [
    ...[...settings].map(([what, value]) => `${what} ${value}`),
    ...[...holders.values()].flatMap(({ contract, role, delays }) =>
      [...delays].map(([account, delay]) => `${contract}: role ${role} is held by ${nameOf(account)}, delay ${delay}`),
    ),
  ].sort();
  const people = new Set(roles.flatMap((role) => role.holders).filter((account) => !names.has(addressKey(account))));
  return { lines, people: [...people], roles };
}

/** The lines that only one of two readings has. */
export function comparePowers(expected: Powers, actual: Powers): { missing: string[]; unexpected: string[] } {
  return {
    missing: expected.lines.filter((line) => !actual.lines.includes(line)),
    unexpected: actual.lines.filter((line) => !expected.lines.includes(line)),
  };
}

const ACCOUNT_VIEWS = new Interface([
  "function balanceOf(address) view returns (uint256)",
  "function owner() view returns (address)",
  "function hasRole(uint64, address) view returns (bool, uint32)",
]);

/**
 * Asks every contract what an account has there: roles, by their own views and not by events, a balance, ownership.
 * @returns One sentence for each thing found, and how many questions were answered.
 */
export async function holdingsOf(
  reader: Reader,
  account: string,
  contracts: Readonly<Record<string, { readonly address: string }>>,
  roles: readonly Role[],
): Promise<{ found: string[]; asked: number }> {
  const found: string[] = [];
  let asked = 0;
  const call = async (to: string, data: string): Promise<string | undefined> => {
    try {
      const answer = await reader.request<string>({ method: "eth_call", params: [{ to, data }, "latest"] });
      if (answer === "0x") return undefined;
      asked++;
      return answer;
    } catch (error) {
      if (isReverted(error)) return undefined;
      throw error;
    }
  };
  const word = (answer: string): bigint => BigInt(answer.slice(0, 66));
  for (const [name, { address }] of Object.entries(contracts)) {
    const balance = await call(address, ACCOUNT_VIEWS.encodeFunctionData("balanceOf", [account]));
    if (balance !== undefined && word(balance) !== 0n) found.push(`a balance of ${word(balance)} in ${name}`);
    const owner = await call(address, ACCOUNT_VIEWS.encodeFunctionData("owner"));
    if (owner !== undefined && word(owner) === BigInt(account)) found.push(`the ownership of ${name}`);
  }
  for (const { contract, address, kind, role } of roles) {
    const data =
      kind === "manager"
        ? ACCOUNT_VIEWS.encodeFunctionData("hasRole", [role, account])
        : id("hasRole(bytes32,address)").slice(0, 10) +
          AbiCoder.defaultAbiCoder().encode(["bytes32", "address"], [role, account]).slice(2);
    const holds = await call(address, data);
    if (holds === undefined) throw new Error(`${contract} does not say who holds role ${role}.`);
    if (word(holds) !== 0n) found.push(`role ${role} of ${contract}`);
  }
  return { found, asked };
}

/** Whether the contract itself refused: it has no such function. A node that cannot answer says nothing about the contract. */
function isReverted(error: unknown): boolean {
  return isRevert(error as object) || /recognized/i.test((error as Error).message);
}

/** Events of some contracts, in ranges that the endpoint answers for. */
async function readLogs(
  reader: Reader,
  addresses: string[],
  topics: string[],
  fromBlock: number,
  patience?: ReadPatience,
): Promise<readonly Log[]> {
  const last = Number(await reader.request<string>({ method: "eth_blockNumber" }));
  let requests = 0;
  const source = { getBlockNumber: async () => last, getBlock: async () => null, getLogs: async () => [] };
  const pager = new LogPager(
    source,
    async ({ address, topics, ...range }) => {
      const { fromBlock: from, toBlock: to } = range as { fromBlock: string; toBlock: string };
      if (++requests > MAX_REQUESTS) throw new TooManyRanges(Number(to) - Number(from) + 1, last - fromBlock);
      const filter = { address, topics, fromBlock: from, toBlock: to };
      return (await reader.request({ method: "eth_getLogs", params: [filter] })) as never;
    },
    patience,
  );
  // eslint-disable-next-line no-restricted-syntax -- a pager's own: it pages
  return pager.getLogs({ address: addresses, topics: [topics], fromBlock, toBlock: last });
}

/** The endpoint answers for so few blocks at a time that the reading would not end. */
class TooManyRanges extends Error {
  /** As ethers names what no smaller range helps against. */
  readonly code = "NETWORK_ERROR";

  constructor(blocks: number, age: number) {
    super(
      `The endpoint answers events only for ${blocks} blocks at a time, and the deployment is ${age} blocks old. ` +
        "Name an endpoint that answers for more in .env.",
    );
    this.name = "TooManyRanges";
  }
}

function topicsOf(face: Interface): string[] {
  const topics: string[] = [];
  face.forEachEvent((event) => topics.push(event.topicHash));
  return topics;
}
