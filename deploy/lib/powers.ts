import { AbiCoder, dataSlice, decodeBytes32String, getAddress, id, Interface, toQuantity } from "ethers";

import { addressKey } from "../../sdk/src/addresses/address";
import { RpcError, type RpcRequest } from "./rpc";

/** What it takes to read a chain. */
export interface Reader {
  request<T = unknown>(request: RpcRequest): Promise<T>;
}

/**
 * Every power that the deployment's contracts give, with contracts under their names: by the events of OpenZeppelin's AccessManager and
 * AccessControl, and by those of our own that name who issues licences, vouches for citizens or is paid. A line reads "Authority: role 0 is held
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
  "event ModuleSet(address indexed module, uint32 indexed index, bool minting)",
  "event ModuleSet(bytes32 indexed name, address indexed module, address indexed previous)",
  "event IssuerAppointed(uint32 indexed issuerId, address indexed signer, bytes32 indexed domain, bool adapter)",
  "event RegistrySet(address indexed registry)",
  "event PayTokenSet(address indexed token, bool allowed, uint8 risks)",
]);
/** One contract indexes the address and another does not. */
const TREASURY_SET = id("TreasurySet(address)");
const CONTROL = new Interface([
  "event RoleGranted(bytes32 indexed role, address indexed account, address indexed sender)",
  "event RoleRevoked(bytes32 indexed role, address indexed account, address indexed sender)",
]);
const TOPICS = [...topicsOf(EVENTS), ...topicsOf(CONTROL), TREASURY_SET];
/** Blocks that endpoints answer logs for in one go, tried from the largest; the smallest is what every public one allows. */
const SPAN_AT_LEAST = 500;
const REQUESTS_AT_MOST = 400;

interface Log {
  readonly address: string;
  readonly topics: string[];
  readonly data: string;
}

/** Reads who holds which power, from the block before the deployment to the newest. */
export async function readPowers(
  reader: Reader,
  contracts: Readonly<Record<string, { readonly address: string }>>,
  fromBlock: number,
): Promise<Powers> {
  const names = new Map(Object.entries(contracts).map(([name, { address }]) => [addressKey(address), name]));
  const nameOf = (address: string): string => names.get(addressKey(address)) ?? getAddress(address);
  const logs = await readLogs(reader, [...names.keys()], fromBlock);

  const settings = new Map<string, string>();
  const unless = (taken: boolean, what: string, value: string): unknown =>
    taken ? settings.delete(what) : settings.set(what, value);
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
    if (topics[0] === TREASURY_SET) {
      settings.set(`${from}: the treasury is`, nameOf(dataSlice(topics[1] ?? data, 12)));
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
        settings.set(`${from}: ${nameOf(String(args.target))} is closed`, String(args.closed));
        break;
      case "TargetFunctionRoleUpdated":
        settings.set(`${from}: ${nameOf(String(args.target))} ${args.selector} is for role`, String(args.roleId));
        break;
      case "TargetAdminDelayUpdated":
        settings.set(`${from}: seconds before the admin changes ${nameOf(String(args.target))}`, String(args.delay));
        break;
      case "AuthorityUpdated":
        settings.set(`${from}: authority`, nameOf(String(args.authority)));
        break;
      case "ModuleSet":
        if (managed.signature === "ModuleSet(address,uint32,bool)") {
          unless(!args.minting, `${from}: ${nameOf(String(args.module))}`, "may issue licences");
        } else {
          settings.set(`${from}: ${textOf(String(args.name))} is`, nameOf(String(args.module)));
        }
        break;
      case "IssuerAppointed":
        settings.set(`${from}: issuer ${args.issuerId} is`, nameOf(String(args.signer)));
        break;
      case "RegistrySet":
        settings.set(`${from}: the registry of citizens is`, nameOf(String(args.registry)));
        break;
      case "PayTokenSet":
        unless(!args.allowed, `${from}: ${nameOf(String(args.token))}`, "is a pay token");
        break;
      case "OwnershipTransferred":
        settings.set(`${from}: owner`, nameOf(String(args.newOwner)));
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
      // the contract has no such function
      if (error instanceof RpcError || /revert|recognized/i.test((error as Error).message)) return undefined;
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

/** A name of the directory; one that is no text, or fills all 32 bytes, as it is. */
function textOf(name: string): string {
  try {
    return decodeBytes32String(name);
  } catch {
    return name;
  }
}

/** Logs of some contracts in spans that shrink until the endpoint answers. */
async function readLogs(reader: Reader, addresses: string[], fromBlock: number): Promise<Log[]> {
  const last = Number(await reader.request<string>({ method: "eth_blockNumber" }));
  const logs: Log[] = [];
  let span = last - fromBlock + 1;
  let requests = 0;
  for (let from = fromBlock; from <= last;) {
    const to = Math.min(from + span - 1, last);
    if (++requests > REQUESTS_AT_MOST) {
      throw new Error(
        `The endpoint answers events only for ${span} blocks at a time, and the deployment is ${last - fromBlock} blocks old. ` +
          "Name an endpoint that answers for more in .env.",
      );
    }
    try {
      const filter = { address: addresses, topics: [TOPICS], fromBlock: toQuantity(from), toBlock: toQuantity(to) };
      logs.push(...(await reader.request<Log[]>({ method: "eth_getLogs", params: [filter] })));
      from = to + 1;
    } catch (error) {
      if (!(error instanceof RpcError) || span <= SPAN_AT_LEAST) throw error;
      span = Math.max(SPAN_AT_LEAST, Math.floor(span / 4));
    }
  }
  return logs;
}

function topicsOf(face: Interface): string[] {
  const topics: string[] = [];
  face.forEachEvent((event) => topics.push(event.topicHash));
  return topics;
}
