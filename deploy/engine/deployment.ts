import { rmSync } from "node:fs";
import { join, resolve } from "node:path";

import { AbiCoder, type Wallet } from "ethers";
import type { HardhatRuntimeEnvironment } from "hardhat/types";

import { sameAddress } from "../../sdk/src/addresses/address";
import { settingOf, type Environment } from "../../sdk/src/text/settings";
import { HOME, bookFile, entriesOf, readBook, writeBook, type Book } from "./book";
import { checkDeployment, findingsText, type Finding } from "./check";
import { saltOf } from "./createx";
import { feeLimitsOf } from "./fees";
import { confirmedTransactions, hasJournal, repairJournal } from "./journal";
import { lock } from "./lock";
import { endpointAt, type Network } from "./networks";
import { Outbox } from "./outbox";
import { artifactsOf, rehearse } from "./plan";
import { checksText, planTable, preflight } from "./preflight";
import { Rpc } from "./rpc";
import { journalFolder, run } from "./run";
import { addressesIn } from "./settings";
import { publishSources } from "./sources";
import type { System } from "./system";

/** The file beside the journal with every transaction that was signed. */
export const OUTBOX = "outbox.jsonl";

export interface DeploymentOptions<P = unknown> {
  readonly system: System<P>;
  readonly hre: HardhatRuntimeEnvironment;
  readonly network: Network;
  readonly parameters: P;
  readonly wallet: Wallet;
  readonly environment: Environment;
  readonly home: string;
  /** Part of the salt: another release of the same code gets other addresses. */
  readonly release: string;
  readonly say: (sentence: string) => void;
  /** Whether to go on, once everything that will be done is on the table. */
  readonly confirm: () => Promise<boolean>;
  /** Whether the chain is a copy that is thrown away: then nobody is told of the sources. */
  readonly isRehearsal?: boolean;
}

/** A check that the finished deployment did not pass. */
export class DeploymentDiffers extends Error {
  constructor(readonly findings: readonly Finding[]) {
    super("The chain is not what was deployed; the lines marked ✗ say where.");
    this.name = "DeploymentDiffers";
  }
}

/** Deploys the protocol to a network, or resumes; undefined when the user said no. */
export async function deployTo<P>(options: DeploymentOptions<P>): Promise<Book<P> | undefined> {
  const { system, hre, network, parameters, wallet, environment, home, release, say, confirm } = options;
  const folder = journalFolder(home, network.name);
  const rpc = rpcOf(network, environment, say);
  const held = await lock(folder);
  try {
    if (!network.isPublic && (await isOfAnotherChain(rpc, folder))) {
      say("The local chain was restarted, so the journal of the deployment to its predecessor is dropped.\n");
      rmSync(folder, { recursive: true, force: true });
    }
    const salt = saltOf(wallet.address, `${system.name} ${release}`);
    const limits = feeLimitsOf(environment);
    const ready = await preflight({
      ...{ hre, network, rpc, system, parameters, salt, folder, limits },
      deployer: wallet.address,
      isOwnFolder: resolve(home) === HOME,
    });
    say(`${checksText(ready.checks)}\n\n${planTable(ready)}\n`);
    const left = ready.plan.steps.length - ready.done.size;
    if (left > 0 && !(await confirm())) return undefined;

    const bumpMs = number(environment, "DEPLOY_PATIENCE_SECONDS", 90) * 1_000;
    const outbox = new Outbox(rpc, wallet, network.chainId, join(folder, OUTBOX), say, bumpMs, limits, () =>
      held.requireHeld(),
    );
    const addresses = await run({
      ...{ outbox, salt, folder, say },
      module: system.module(parameters),
      artifacts: artifactsOf(hre),
      plan: ready.plan,
      confirmations: ready.mines ? 1 : network.confirmations,
      pollMs: ready.mines ? 30 : ready.isLocal ? 200 : 2_000,
    });
    const moved = Object.values(ready.plan.contracts).find(
      ({ id, address }) => addresses[id] === undefined || !sameAddress(addresses[id], address),
    );
    if (moved !== undefined)
      throw new Error(`${moved.contractName} is at ${addresses[moved.id]}, and not at ${moved.address} as predicted.`);

    const { book, files } = await writeBook({
      ...{ home, network, salt, release, addresses, parameters, folder },
      deployer: wallet.address,
      plan: ready.plan,
      reader: rpc,
      landed: (hash) => outbox.minedHash(hash),
    });
    const findings = await checkDeployment({ system, hre, reader: rpc, book, plan: ready.plan });
    say(`\nRead back from the chain:\n${findingsText(findings)}`);
    if (findings.some(({ problems }) => problems.length > 0)) throw new DeploymentDiffers(findings);
    if (options.isRehearsal === true) return book;
    say(`\nThe addresses are in ${files.join(", ")}.`);

    await publishSources({
      ...{ hre, network, book, environment, say },
      reader: rpc,
      constructorArguments: await constructorArgumentsOf(hre, rpc, book),
      folder: join(folder, "sources"),
    });
    return book;
  } finally {
    await held.release();
  }
}

export interface VerificationOptions<P = unknown> {
  readonly system: System<P>;
  readonly hre: HardhatRuntimeEnvironment;
  readonly network: Network;
  readonly environment: Environment;
  readonly home: string;
  readonly say: (sentence: string) => void;
  /** The command that deploys what is compared here. */
  readonly deployCommand?: string;
}

/** Compares the deployment in the address book with the chain as it is now. */
export async function verifyDeployment<P>({
  system,
  hre,
  network,
  environment,
  home,
  say,
  deployCommand = `npm run deploy -- --network ${network.name}`,
}: VerificationOptions<P>): Promise<Finding[]> {
  const file = bookFile(home, network, journalFolder(home, network.name));
  const book = readBook<P>(file);
  if (book === undefined) {
    throw new Error(
      `There is no deployment on ${network.title} in ${home}: ${file} does not exist. Deploy first: ${deployCommand}`,
    );
  }
  const rpc = rpcOf(network, environment, say);
  const chainId = Number(await rpc.request<string>({ method: "eth_chainId" }));
  if (chainId !== network.chainId) {
    throw new Error(
      `The endpoint serves chain ${chainId}, and ${network.title} is ${network.chainId}. Correct ${network.rpcVariable} in .env.`,
    );
  }
  const codes = new Map<string, string>();
  for (const address of addressesIn(book.parameters).keys()) {
    const code = await rpc.request<string>({ method: "eth_getCode", params: [address, "latest"] });
    if (code !== "0x") codes.set(address, code);
  }
  const { parameters, deployer, salt } = book;
  const plan = await rehearse(hre, { system, parameters, deployer, salt, codes });
  return checkDeployment({ system, hre, reader: rpc, book, plan });
}

/** The endpoint of a network, by the settings. */
export function rpcOf(network: Network, environment: Environment, say: (sentence: string) => void): Rpc {
  return new Rpc(endpointAt(network, environment), {
    timeoutMs: number(environment, "RPC_TIMEOUT_SECONDS", 20) * 1_000,
    attempts: Math.ceil(number(environment, "RPC_ATTEMPTS", 8)),
    onRetry: say,
  });
}

function number(environment: Environment, name: string, otherwise: number): number {
  const text = settingOf(environment, name);
  if (text === undefined) return otherwise;
  const value = Number(text);
  if (!(value > 0)) throw new Error(`${name} is "${text}", which is no number above 0.`);
  return value;
}

/** Whether the chain knows nothing of what the journal says was done: a local chain forgets everything when it ends. */
async function isOfAnotherChain(rpc: Rpc, folder: string): Promise<boolean> {
  if (!hasJournal(folder)) return false;
  await repairJournal(folder);
  const hashes = [...confirmedTransactions(folder).values()].map(({ hash }) => hash);
  for (const hash of hashes) {
    if ((await rpc.request({ method: "eth_getTransactionReceipt", params: [hash] })) !== null) return false;
  }
  return hashes.length > 0;
}

/** What follows the code in the transactions that created the contracts. */
async function constructorArgumentsOf(
  hre: HardhatRuntimeEnvironment,
  rpc: Rpc,
  book: Book,
): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const [name, { transaction }] of Object.entries(entriesOf(book))) {
    if (transaction === undefined) continue;
    const { input } = await rpc.request<{ input: string }>({
      method: "eth_getTransactionByHash",
      params: [transaction.hash],
    });
    const [, initCode] = AbiCoder.defaultAbiCoder().decode(["bytes32", "bytes"], `0x${input.slice(10)}`) as unknown as [
      string,
      string,
    ];
    const { bytecode } = await hre.artifacts.readArtifact(name);
    found[name] = initCode.slice(bytecode.length);
  }
  return found;
}
