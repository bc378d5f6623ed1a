import { spawn, type ChildProcess } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { id, Interface, toQuantity, Wallet } from "ethers";

import { bookFile, type Book } from "../../deploy/engine/book";
import { CREATE_X } from "../../deploy/engine/createx";
import { networkOf, type Network } from "../../deploy/engine/networks";
import { readParameters, type ProtocolParameters } from "../../deploy/protocol";
import { journalFolder } from "../../deploy/engine/run";
import { addressesIn } from "../../deploy/engine/settings";
import { startAnvil, type Anvil, type AnvilOptions } from "./anvil";
import { startRpcProxy, type RpcProxy } from "./rpcProxy";

const ROOT = join(__dirname, "..", "..");
const FACTORY = new Interface(["event ContractCreation(address indexed newContract, bytes32 indexed salt)"]);

/** One run of a command. */
export interface Run {
  readonly child: ChildProcess;
  /** Settles when the process has ended, with its status (null when it was killed) and all that it said. */
  readonly ended: Promise<{ status: number | null; output: string }>;
}

/** A chain with a network's id, a proxy before it, an account with money, and a folder of its own. */
export interface Site {
  readonly network: Network;
  readonly node: Anvil;
  readonly proxy: RpcProxy;
  readonly wallet: Wallet;
  readonly home: string;
  readonly parameters: ProtocolParameters;
  readonly environment: Record<string, string>;
  start(script: "deploy" | "verify-deployment", args?: readonly string[], environment?: Record<string, string>): Run;
  deploy(environment?: Record<string, string>): Promise<{ status: number | null; output: string }>;
  verify(): Promise<{ status: number | null; output: string }>;
  book(): Promise<Book>;
  /** What the account's transactions did, counted on the chain. */
  census(): Promise<Census>;
  close(): Promise<void>;
}

export interface Census {
  /** Successful and failed transactions of the account. */
  readonly succeeded: number;
  readonly failed: number;
  /** Addresses at which the factory created something, as often as it did. */
  readonly created: readonly string[];
}

/** Parameters with accounts that nobody has the keys of, the same for the same seed. */
export function strangersIn(parameters: ProtocolParameters, seed: string): ProtocolParameters {
  let text = JSON.stringify(parameters);
  for (const address of addressesIn(parameters).keys()) {
    text = text.replaceAll(address, new Wallet(id(`${seed} ${address}`)).address);
  }
  return JSON.parse(text) as ProtocolParameters;
}

/** Prepares everything that a deployment to a network needs, with a development node in the network's place. */
export async function startSite(
  name: string,
  options: Partial<AnvilOptions> & { readonly key?: string; readonly parameters?: ProtocolParameters } = {},
): Promise<Site> {
  const { key, parameters = strangersIn(readParameters("localhost"), "isonomy"), ...anvil } = options;
  const network = networkOf(name);
  const node = await startAnvil({ chainId: network.chainId, ...anvil });
  const proxy = await startRpcProxy(node.url);
  const home = await mkdtemp(join(tmpdir(), "isonomy-deploy-"));
  const wallet = key === undefined ? new Wallet(id("a deployer")) : new Wallet(key);
  await node.send("anvil_setBalance", [wallet.address, toQuantity(10n ** 21n)]);
  const file = join(home, "parameters.json");
  await writeFile(file, JSON.stringify(parameters));
  const environment = {
    [network.rpcVariable]: proxy.url,
    DEPLOYER_PRIVATE_KEY: wallet.privateKey,
    // nothing on this machine listens there, and nothing beyond it is asked
    SOURCIFY_URL: "http://127.0.0.1:9",
    EXPLORER_API_URL: "http://127.0.0.1:9",
  };
  const runs = new Set<ChildProcess>();

  const start: Site["start"] = (script, args = [], more = {}) => {
    const child = spawn(
      process.execPath,
      [
        "--require",
        join(__dirname, "strip-types.cjs"),
        join(ROOT, "scripts", `${script}.ts`),
        ...["--network", name, "--home", home, "--no-compile"],
        ...args,
      ],
      { cwd: ROOT, env: { ...bare(), ...environment, ...more }, stdio: ["ignore", "pipe", "pipe"] },
    );
    runs.add(child);
    let output = "";
    child.stdout!.on("data", (chunk) => (output += String(chunk)));
    child.stderr!.on("data", (chunk) => (output += String(chunk)));
    const ended = new Promise<{ status: number | null; output: string }>((resolve) =>
      child.once("close", (status) => {
        runs.delete(child);
        resolve({ status, output });
      }),
    );
    return { child, ended };
  };

  return {
    ...{ network, node, proxy, wallet, home, parameters, environment, start },
    deploy: (more = {}) => start("deploy", ["--yes", "--parameters", file], more).ended,
    verify: () => start("verify-deployment").ended,
    async book() {
      const file = bookFile(home, network, journalFolder(home, network.name));
      return JSON.parse(await readFile(file, "utf8")) as Book;
    },
    async census() {
      const last = Number(await node.send<string>("eth_blockNumber"));
      let succeeded = 0;
      let failed = 0;
      const created: string[] = [];
      for (let number = 0; number <= last; number++) {
        const block = await node.send<{ transactions: { hash: string; from: string }[] }>("eth_getBlockByNumber", [
          toQuantity(number),
          true,
        ]);
        for (const { hash, from } of block.transactions) {
          if (from.toLowerCase() !== wallet.address.toLowerCase()) continue;
          const receipt = await node.send<{
            status: string;
            logs: { address: string; topics: string[]; data: string }[];
          }>("eth_getTransactionReceipt", [hash]);
          if (Number(receipt.status) === 1) succeeded++;
          else failed++;
          for (const log of receipt.logs) {
            if (log.address.toLowerCase() !== CREATE_X.toLowerCase()) continue;
            const event = FACTORY.parseLog(log);
            if (event !== null) created.push(String(event.args.newContract));
          }
        }
      }
      return { succeeded, failed, created };
    },
    async close() {
      for (const child of runs) child.kill("SIGKILL");
      await proxy.close();
      await node.stop();
      await rm(home, { recursive: true, force: true });
    },
  };
}

/** What of a book must be equal, however the deployment went: not the hashes and blocks of its transactions. */
export function outcomeOf({ block: _block, transactions: _transactions, ...book }: Book): unknown {
  return book;
}

/** This machine's environment without what a person may have set for real deployments. */
export function bare(): NodeJS.ProcessEnv {
  const environment: NodeJS.ProcessEnv = { ...process.env, HARDHAT_DISABLE_TELEMETRY_PROMPT: "true" };
  for (const name of Object.keys(environment)) {
    if (/^(DEPLOYER_|SIGNER_|ETHERSCAN_|HARDHAT_NETWORK$|HARDHAT_VAR_)|_RPC_URL$/.test(name)) delete environment[name];
  }
  return environment;
}
