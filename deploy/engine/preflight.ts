import { status } from "@nomicfoundation/ignition-core";
import Table from "cli-table3";
import { formatEther, formatUnits, getAddress, HDNodeWallet, Mnemonic } from "ethers";
import type { HardhatRuntimeEnvironment } from "hardhat/types";

import { addressKey } from "../../sdk/src/addresses/address";
import type { FeeLimits } from "../../sdk/src/chain/fees";
import { DEPLOY_FEE_LIMITS, feesNow } from "./fees";
import { CREATE_X, createXState, placeCreateX } from "./createx";
import { hasJournal, repairJournal } from "./journal";
import { DEVELOPMENT_MNEMONIC } from "./keys";
import type { Network } from "./networks";
import { artifactsOf, planOf, shortId, type Plan } from "./plan";
import type { Rpc } from "./rpc";
import { addressesIn } from "./settings";
import type { System } from "./system";

/** A check made before anything is sent. */
export interface Check {
  readonly title: string;
  readonly passed: boolean;
  /** What was found; when it did not pass, also what to do. */
  readonly detail: string;
}

export interface Preflight {
  readonly checks: readonly Check[];
  readonly plan: Plan;
  /** Ids of the steps that an earlier run has done. */
  readonly done: ReadonlySet<string>;
  /** What the remaining steps cost, in wei. */
  readonly cost: bigint;
  /** What a unit of gas costs now, in wei. */
  readonly gasPrice: bigint;
  /** Whether the node is a development node. */
  readonly isLocal: boolean;
  /** Whether every transaction gets a block at once. */
  readonly mines: boolean;
}

export interface PreflightOptions<P = unknown> {
  readonly hre: HardhatRuntimeEnvironment;
  readonly network: Network;
  readonly rpc: Rpc;
  readonly deployer: string;
  readonly system: System<P>;
  readonly parameters: P;
  readonly salt: string;
  /** Where the journal is. */
  readonly folder: string;
  /** Whether the folder is the project's own, from which everybody's addresses come. */
  readonly isOwnFolder: boolean;
  /** What one transaction may cost in gas. */
  readonly limits?: FeeLimits;
  readonly now?: () => number;
}

const CLOCK_AHEAD_S = 30;
const CLOCK_BEHIND_S = 300;
/** What a single transaction may use since EIP-7825, whatever the block allows. */
const TRANSACTION_GAS_LIMIT = 16_777_216n;
const DEVELOPMENT_ACCOUNTS = 20;

/** A check that did not pass ends the deployment before anything is sent. */
export class PreflightFailed extends Error {
  constructor(readonly checks: readonly Check[]) {
    super(
      checks
        .filter(({ passed }) => !passed)
        .map(({ title, detail }) => `${title}: ${detail}`)
        .join("\n"),
    );
    this.name = "PreflightFailed";
  }
}

/** Checks everything that can be known before the first transaction. Throws PreflightFailed with all checks when one fails. */
export async function preflight<P>(options: PreflightOptions<P>): Promise<Preflight> {
  const { hre, network, rpc, deployer, system, parameters, salt, folder, now = Date.now } = options;
  const limits = options.limits ?? DEPLOY_FEE_LIMITS;
  const checks: Check[] = [];
  const requirePassed = (...more: Check[]): void => {
    checks.push(...more);
    if (checks.some(({ passed }) => !passed)) throw new PreflightFailed(checks);
  };

  // what does not hold here makes everything below meaningless
  requirePassed(...(await checkEndpoint(rpc, network)));

  const node = await nodeOf(rpc);
  const named = addressesIn(parameters);
  const codes = await codesAt(rpc, named.keys());
  requirePassed(
    checkNode(node),
    checkClock(node, now()),
    checkFolder(node, options),
    await checkFactory(node, options),
    checkKeys(named, options),
    checkSeparation(named, deployer),
    checkOutside(system.outside(parameters), codes, named, network),
  );

  const plan = await planOf(hre, { system, parameters, deployer, salt, codes }, folder);
  const { check: existing, done } = await checkExisting(plan, options);
  const { tip, price: gasPrice } = await feesNow(rpc);
  const price = (gas: bigint): bigint => (gas * gasPrice * BigInt(network.gasPercent)) / 100n;
  const cost = price(plan.steps.filter(({ id }) => !done.has(id)).reduce((sum, { gas }) => sum + gas, 0n));
  const largest = price(plan.steps.reduce((most, { gas }) => (gas > most ? gas : most), 0n));
  requirePassed(
    pass("rehearsal", `${plan.steps.length} steps, ${gasText(plan.gas)} gas, nothing reverts`),
    checkSizes(plan, node),
    existing,
    await checkWaiting(options),
    checkFees(tip, largest, limits),
    await checkBalance(cost, options),
  );
  return { checks, plan, done, cost, gasPrice, isLocal: node.isLocal, mines: node.mines };
}

/** What a node says of itself and of its newest block. */
interface Node {
  readonly version: string;
  readonly isLocal: boolean;
  readonly mines: boolean;
  readonly isSyncing: boolean;
  readonly block: { readonly timestamp: string; readonly gasLimit: string };
}

const pass = (title: string, detail: string): Check => ({ title, passed: true, detail });
const fail = (title: string, detail: string): Check => ({ title, passed: false, detail });

async function checkEndpoint(rpc: Rpc, network: Network): Promise<Check[]> {
  const from = Date.now();
  const chainId = Number(await rpc.request<string>({ method: "eth_chainId" }));
  const answered = pass("endpoint", `${rpc.host} answers in ${Date.now() - from} ms`);
  if (chainId === network.chainId) return [answered, pass("chain id", `${chainId}, ${network.title}`)];
  const reason = `the endpoint serves chain ${chainId}, and ${network.title} is ${network.chainId}.`;
  return [answered, fail("chain id", `${reason} Correct ${network.rpcVariable} in .env.`)];
}

async function nodeOf(rpc: Rpc): Promise<Node> {
  const version = await orElse(rpc.request<string>({ method: "web3_clientVersion" }), "");
  const isLocal = /anvil|hardhat|edr/i.test(version);
  return {
    version,
    isLocal,
    mines: isLocal && (await orElse(rpc.request<boolean>({ method: "hardhat_getAutomine" }), false)),
    isSyncing: (await orElse(rpc.request<unknown>({ method: "eth_syncing" }), false)) !== false,
    block: await rpc.request({ method: "eth_getBlockByNumber", params: ["latest", false] }),
  };
}

function checkNode({ version, isSyncing }: Node): Check {
  return isSyncing ? fail("node", "it is still syncing. Use another endpoint.") : pass("node", version || "unnamed");
}

function checkClock({ block, isLocal }: Node, now: number): Check {
  const behind = Math.round(now / 1_000) - Number(block.timestamp);
  if (behind < -CLOCK_AHEAD_S) {
    return fail("clock", `the newest block is ${-behind} s in the future of this machine. Set its clock.`);
  }
  // a development node makes blocks only when it is asked to
  if (!isLocal && behind > CLOCK_BEHIND_S) {
    return fail("clock", `the newest block is ${behind} s old. The endpoint lags, or this machine's clock is ahead.`);
  }
  return pass("clock", `the newest block is ${Math.max(0, behind)} s old`);
}

function checkFolder({ isLocal }: Node, { network, folder, isOwnFolder }: PreflightOptions): Check {
  if (!isLocal || !network.isPublic || !isOwnFolder) return pass("folder", folder);
  return fail("folder", `a development node replaces ${network.title}. Keep its journal separate: --home FOLDER.`);
}

/** The factory of deterministic addresses, which a development node gets here. */
async function checkFactory({ isLocal }: Node, { rpc, network }: PreflightOptions): Promise<Check> {
  let state = await createXState(rpc);
  if (state === "missing" && isLocal) {
    await placeCreateX(rpc);
    state = await createXState(rpc);
  }
  if (state === "ready") return pass("factory", `CreateX at ${CREATE_X}`);
  return fail(
    "factory",
    state === "missing"
      ? `CreateX is not on ${network.title}. Ask for it at createx.rocks, whose authors deploy it to any chain.`
      : `the code at ${CREATE_X} is not CreateX. Use another endpoint.`,
  );
}

type Named = ReadonlyMap<string, string>;

function checkKeys(named: Named, { network, deployer }: PreflightOptions): Check {
  const known = network.isPublic ? developmentAccounts() : new Set<string>();
  const unsafe = [deployer, ...named.keys()].filter((account) => known.has(addressKey(account)));
  if (unsafe.length === 0) return pass("keys", "none is a development account");
  const fields = unsafe.map((account) => named.get(account) ?? "the deployer").join(", ");
  return fail("keys", `${fields}: the key of this account is public. Choose another one.`);
}

function checkSeparation(named: Named, deployer: string): Check {
  const own = named.get(deployer);
  return own === undefined
    ? pass("separation", "the deployer has no part in the parameters")
    : fail("separation", `${own} is the deployer, who is to end with nothing.`);
}

/** The code at those of some addresses that have any. */
async function codesAt(rpc: Rpc, addresses: Iterable<string>): Promise<Map<string, string>> {
  const codes = new Map<string, string>();
  for (const address of addresses) {
    const code = await rpc.request<string>({ method: "eth_getCode", params: [address, "latest"] });
    if (code !== "0x") codes.set(address, code);
  }
  return codes;
}

function checkOutside(addresses: readonly string[], codes: Named, named: Named, { title }: Network): Check {
  const empty = addresses.map((address) => getAddress(address)).filter((address) => !codes.has(address));
  if (empty.length === 0) return pass("outside contracts", `${addresses.length} that the parameters name are there`);
  const fields = empty.map((address) => named.get(address)).join(", ");
  return fail("outside contracts", `there is no contract at ${empty.join(", ")} on ${title}. Correct ${fields}.`);
}

function checkSizes({ steps }: Plan, { block }: Node): Check {
  const limit = [BigInt(block.gasLimit), TRANSACTION_GAS_LIMIT].reduce((a, b) => (a < b ? a : b));
  const large = steps.filter(({ gas }) => gas > limit).map(({ title }) => title);
  return large.length === 0
    ? pass("size of steps", `each fits into ${gasText(limit)} gas`)
    : fail("size of steps", `${large.join(", ")} needs more gas than a transaction may use.`);
}

/** What an earlier run has done, by its journal; without one the addresses must be free. */
async function checkExisting(
  plan: Plan,
  { hre, rpc, folder }: PreflightOptions,
): Promise<{ readonly check: Check; readonly done: ReadonlySet<string> }> {
  const title = "existing deployment";
  if (hasJournal(folder)) {
    await repairJournal(folder);
    const { successful } = await status(folder, artifactsOf(hre));
    const done = new Set(successful.filter((id) => plan.steps.some((step) => step.id === id)));
    const detail = `${done.size} of ${plan.steps.length} steps are done, by the journal in ${folder}`;
    return { check: pass(title, detail), done };
  }
  const codes = await codesAt(
    rpc,
    Object.values(plan.contracts).map(({ address }) => address),
  );
  const taken = Object.entries(plan.contracts).flatMap(([name, { address }]) =>
    codes.has(address) ? [`${name} at ${address}`] : [],
  );
  const reason = `this account has deployed these already: ${taken.join(", ")}.`;
  const remedy = `Bring back the journal (${folder}), or deploy another release: --release NAME.`;
  return { check: taken.length === 0 ? pass(title, "none") : fail(title, `${reason} ${remedy}`), done: new Set() };
}

async function checkWaiting({ rpc, deployer, folder }: PreflightOptions): Promise<Check> {
  const [latest, pending] = await Promise.all(
    ["latest", "pending"].map(async (block) =>
      Number(await rpc.request<string>({ method: "eth_getTransactionCount", params: [deployer, block] })),
    ),
  );
  const waiting = pending! - latest!;
  if (waiting <= 0) return pass("waiting transactions", "none");
  const found = `${deployer} has ${waiting}, from nonce ${latest} on.`;
  // with a journal they may be our own
  return {
    ...fail(
      "waiting transactions",
      `${found} Wait until they are confirmed, or replace them in the wallet that sent them.`,
    ),
    passed: hasJournal(folder),
  };
}

function checkFees(tip: bigint, largest: bigint, { maxFee, maxTip }: FeeLimits): Check {
  const gwei = (value: bigint): string => `${formatUnits(value, "gwei")} gwei`;
  if (tip > maxTip) {
    const reason = `the endpoint asks for a tip of ${gwei(tip)}, and the limit is ${formatUnits(maxTip, "gwei")}.`;
    return fail("fees", `${reason} Compare with another endpoint; then wait, or raise DEPLOY_MAX_TIP.`);
  }
  if (largest > maxFee) {
    const reason = `the largest step would cost ${coin(largest)}, and the limit is ${coin(maxFee)}.`;
    return fail(
      "fees",
      `${reason} Compare the price of gas with another endpoint; then wait, or raise DEPLOY_MAX_FEE.`,
    );
  }
  return pass("fees", `a step costs at most ${coin(largest)}, and the tip is ${gwei(tip)}`);
}

async function checkBalance(cost: bigint, { rpc, deployer }: PreflightOptions): Promise<Check> {
  const balance = BigInt(await rpc.request<string>({ method: "eth_getBalance", params: [deployer, "latest"] }));
  if (balance >= cost) return pass("balance", `${coin(balance)}; the estimate is ${coin(cost)}`);
  const reason = `${deployer} has ${coin(balance)}, and the rest of the deployment costs about ${coin(cost)}.`;
  return fail("balance", `${reason} Send it ${coin(cost - balance)} or more.`);
}

/** The checks as lines. */
export function checksText(checks: readonly Check[]): string {
  const width = Math.max(...checks.map(({ title }) => title.length));
  return checks
    .map(({ title, passed, detail }) => `  ${passed ? "✓" : "✗"} ${title.padEnd(width)}  ${detail}`)
    .join("\n");
}

/** What will be sent, where it ends up and what it costs. */
export function planTable({ plan, done, gasPrice }: Preflight): string {
  const table = new Table({
    head: ["", "step", "address", "gas", "cost"],
    colAligns: ["right", "left", "left", "right", "right"],
    style: { head: [], border: [], compact: true },
  });
  plan.steps.forEach(({ id, title, creates, gas }, i) => {
    table.push([i + 1, title, creates ?? "", gasText(gas), done.has(id) ? "done" : coin(gas * gasPrice)]);
  });
  const others = Object.entries(plan.contracts).filter(([, { ownStep }]) => !ownStep);
  for (const [name, { address, id }] of others)
    table.push(["", `${name} (created by another: ${shortId(id)})`, address, "", ""]);
  table.push(["", "all", "", gasText(plan.gas), coin(plan.gas * gasPrice)]);
  return table.toString();
}

function gasText(gas: bigint): string {
  return gas.toLocaleString("en-GB");
}

function coin(wei: bigint): string {
  const text =
    wei < 10n ** 12n && wei > 0n ? `${formatUnits(wei, "gwei")} gwei` : `${Number(formatEther(wei)).toFixed(6)} ETH`;
  return wei === 0n ? "0 ETH" : text;
}

function developmentAccounts(): Set<string> {
  const root = HDNodeWallet.fromMnemonic(Mnemonic.fromPhrase(DEVELOPMENT_MNEMONIC), "m/44'/60'/0'/0");
  return new Set(Array.from({ length: DEVELOPMENT_ACCOUNTS }, (_, i) => addressKey(root.deriveChild(i).address)));
}

/** For methods that not every endpoint supports. */
async function orElse<T>(question: Promise<T>, other: T): Promise<T> {
  try {
    return await question;
  } catch {
    return other;
  }
}
