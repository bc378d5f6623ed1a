import { status } from "@nomicfoundation/ignition-core";
import Table from "cli-table3";
import { formatEther, formatUnits, getAddress, HDNodeWallet, Mnemonic } from "ethers";
import type { HardhatRuntimeEnvironment } from "hardhat/types";

import { addressKey } from "../../sdk/src/addresses/address";
import type { FeeLimits } from "../../sdk/src/chain/fees";
import { DEPLOY_FEE_LIMITS, feesNow } from "./fees";
import { CREATE_X, createXState, placeCreateX } from "./createx";
import { hasJournal, mendJournal } from "./journal";
import type { Network } from "./networks";
import { artifactsOf, planOf, shortId, type Plan } from "./plan";
import type { Rpc } from "./rpc";
import { addressesIn } from "./settings";
import type { System } from "./system";

/** Something that was looked at before anything is sent. */
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
const DEVELOPMENT_MNEMONIC = "test test test test test test test test test test test junk";
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

/** Looks at everything that can be known before the first transaction. Throws PreflightFailed with all checks when one fails. */
export async function preflight<P>(options: PreflightOptions<P>): Promise<Preflight> {
  const { hre, network, rpc, deployer, system, parameters, salt, folder, isOwnFolder, now = Date.now } = options;
  const checks: Check[] = [];
  const check = (title: string, passed: boolean, detail: string): void => void checks.push({ title, passed, detail });
  const ask = <T>(method: string, ...params: unknown[]): Promise<T> => rpc.request<T>({ method, params });

  // The chain: what does not hold here makes everything below meaningless.
  const from = Date.now();
  const chainId = Number(await ask<string>("eth_chainId"));
  check("endpoint", true, `${rpc.host} answers in ${Date.now() - from} ms`);
  check(
    "chain id",
    chainId === network.chainId,
    chainId === network.chainId
      ? `${chainId}, ${network.title}`
      : `the endpoint serves chain ${chainId}, and ${network.title} is ${network.chainId}. Correct ${network.rpcVariable} in .env.`,
  );
  if (chainId !== network.chainId) throw new PreflightFailed(checks);

  const version = await orElse(ask<string>("web3_clientVersion"), "");
  const isLocal = /anvil|hardhat|edr/i.test(version);
  const mines = isLocal && (await orElse(ask<boolean>("hardhat_getAutomine"), false));
  const syncing = await orElse(ask<unknown>("eth_syncing"), false);
  check(
    "node",
    syncing === false,
    syncing === false ? version || "unnamed" : "it is still syncing. Use another endpoint.",
  );
  const block = await ask<{ timestamp: string; gasLimit: string }>("eth_getBlockByNumber", "latest", false);
  const behind = Math.round(now() / 1_000) - Number(block.timestamp);
  const late = !isLocal && behind > CLOCK_BEHIND_S;
  check(
    "clock",
    behind >= -CLOCK_AHEAD_S && !late,
    behind < -CLOCK_AHEAD_S
      ? `the newest block is ${-behind} s in the future of this machine. Set its clock.`
      : late
        ? `the newest block is ${behind} s old. The endpoint lags, or this machine's clock is ahead.`
        : `the newest block is ${Math.max(0, behind)} s old`,
  );
  check(
    "folder",
    !(isLocal && network.isPublic && isOwnFolder),
    isLocal && network.isPublic && isOwnFolder
      ? `a development node stands in for ${network.title}. Keep its journal apart: --home FOLDER.`
      : folder,
  );

  // The factory of deterministic addresses.
  let factory = await createXState(rpc);
  if (factory === "missing" && isLocal) {
    await placeCreateX(rpc);
    factory = await createXState(rpc);
  }
  check(
    "factory",
    factory === "ready",
    factory === "ready"
      ? `CreateX at ${CREATE_X}`
      : factory === "missing"
        ? `CreateX is not on ${network.title}. Ask for it at createx.rocks, whose authors deploy it to any chain.`
        : `the code at ${CREATE_X} is not CreateX. Use another endpoint.`,
  );

  // The people.
  const named = addressesIn(parameters);
  const known = network.isPublic ? developmentAccounts() : new Map<string, number>();
  const unsafe = [deployer, ...named.keys()].filter((account) => known.has(addressKey(account)));
  check(
    "keys",
    unsafe.length === 0,
    unsafe.length === 0
      ? "none is a development account"
      : `${unsafe.map((account) => named.get(account) ?? "the deployer").join(", ")}: the key of this account is public. Choose another one.`,
  );
  const own = named.get(deployer);
  check(
    "separation",
    own === undefined,
    own === undefined
      ? "the deployer has no part in the parameters"
      : `${own} is the deployer, who is to end with nothing.`,
  );
  const codes = new Map<string, string>();
  for (const address of named.keys()) {
    const code = await ask<string>("eth_getCode", address, "latest");
    if (code !== "0x") codes.set(address, code);
  }
  const outside = system.outside(parameters);
  const empty = outside.filter((address) => !codes.has(getAddress(address)));
  check(
    "outside contracts",
    empty.length === 0,
    empty.length === 0
      ? `${outside.length} that the parameters name are there`
      : `there is no contract at ${empty.join(", ")} on ${network.title}. Correct ${empty.map((address) => named.get(getAddress(address))).join(", ")}.`,
  );
  if (checks.some(({ passed }) => !passed)) throw new PreflightFailed(checks);

  // What will be done, from a rehearsal, and what of it is done.
  const plan = await planOf(hre, { system, parameters, deployer, salt, codes }, folder);
  check("rehearsal", true, `${plan.steps.length} steps, ${gasText(plan.gas)} gas, nothing reverts`);
  const limit = [BigInt(block.gasLimit), TRANSACTION_GAS_LIMIT].reduce((a, b) => (a < b ? a : b));
  const large = plan.steps.filter(({ gas }) => gas > limit);
  check(
    "size of steps",
    large.length === 0,
    large.length === 0
      ? `each fits into ${gasText(limit)} gas`
      : `${large.map(({ title }) => title).join(", ")} needs more gas than a transaction may use.`,
  );

  let done = new Set<string>();
  if (hasJournal(folder)) {
    mendJournal(folder);
    const { successful } = await status(folder, artifactsOf(hre));
    done = new Set(successful.filter((id) => plan.steps.some((step) => step.id === id)));
    check(
      "existing deployment",
      true,
      `${done.size} of ${plan.steps.length} steps are done, by the journal in ${folder}`,
    );
  } else {
    const taken: string[] = [];
    for (const [name, { address }] of Object.entries(plan.contracts)) {
      if ((await ask<string>("eth_getCode", address, "latest")) !== "0x") taken.push(`${name} at ${address}`);
    }
    check(
      "existing deployment",
      taken.length === 0,
      taken.length === 0
        ? "none"
        : `this account has deployed these already: ${taken.join(", ")}. Bring back the journal (${folder}), or deploy another release: --release NAME.`,
    );
  }

  // The money.
  const largest = plan.steps.reduce((most, { gas }) => (gas > most ? gas : most), 0n);
  const [latest, pending] = await Promise.all([
    ask<string>("eth_getTransactionCount", deployer, "latest"),
    ask<string>("eth_getTransactionCount", deployer, "pending"),
  ]);
  const waiting = Number(pending) - Number(latest);
  check(
    "waiting transactions",
    waiting <= 0 || hasJournal(folder),
    waiting <= 0
      ? "none"
      : `${deployer} has ${waiting}, from nonce ${Number(latest)} on. Wait until they are confirmed, or replace them in the wallet that sent them.`,
  );
  const { tip, price: gasPrice } = await feesNow(rpc);
  const left = plan.steps.filter(({ id }) => !done.has(id)).reduce((sum, { gas }) => sum + gas, 0n);
  const cost = (left * gasPrice * BigInt(network.gasPercent)) / 100n;
  const { maxFee, maxTip } = options.limits ?? DEPLOY_FEE_LIMITS;
  const dearest = (largest * gasPrice * BigInt(network.gasPercent)) / 100n;
  check(
    "fees",
    tip <= maxTip && dearest <= maxFee,
    tip > maxTip
      ? `the endpoint asks for a tip of ${formatUnits(tip, "gwei")} gwei, and the limit is ${formatUnits(maxTip, "gwei")}. Compare with another endpoint; then wait, or raise DEPLOY_MAX_TIP.`
      : dearest > maxFee
        ? `the largest step would cost ${coin(dearest)}, and the limit is ${coin(maxFee)}. Compare the price of gas with another endpoint; then wait, or raise DEPLOY_MAX_FEE.`
        : `a step costs at most ${coin(dearest)}, and the tip is ${formatUnits(tip, "gwei")} gwei`,
  );
  const balance = BigInt(await ask<string>("eth_getBalance", deployer, "latest"));
  check(
    "balance",
    balance >= cost,
    balance >= cost
      ? `${coin(balance)}; the estimate is ${coin(cost)}`
      : `${deployer} has ${coin(balance)}, and the rest of the deployment costs about ${coin(cost)}. Send it ${coin(cost - balance)} or more.`,
  );
  if (checks.some(({ passed }) => !passed)) throw new PreflightFailed(checks);
  return { checks, plan, done, cost, gasPrice, isLocal, mines };
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

function developmentAccounts(): Map<string, number> {
  const root = HDNodeWallet.fromMnemonic(Mnemonic.fromPhrase(DEVELOPMENT_MNEMONIC), "m/44'/60'/0'/0");
  return new Map(Array.from({ length: DEVELOPMENT_ACCOUNTS }, (_, i) => [addressKey(root.deriveChild(i).address), i]));
}

/** For what not every endpoint answers. */
async function orElse<T>(question: Promise<T>, other: T): Promise<T> {
  try {
    return await question;
  } catch {
    return other;
  }
}
