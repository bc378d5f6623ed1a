// Deploys the protocol as `deploy/` does it, with the parameters of the campaigns, and writes the state of the chain for forge.
import { set } from "../../deploy/engine/environment";

set("HARDHAT_NETWORK", "localhost");

import { mkdirSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { gunzipSync } from "node:zlib";

import { addressKey } from "../../sdk/src/addresses/address";
import { replaceFile } from "../../sdk/src/files";
import { PARAMETERS } from "../../test/invariant/parameters";
import { startAnvil } from "../../test/support/anvil";
import { catchTheRest, fail } from "../lib/terminal";

// eslint-disable-next-line @typescript-eslint/no-require-imports
const { ALLOCS, BOOK, hashOf } = require("./dump.cjs") as {
  ALLOCS: string;
  BOOK: string;
  hashOf: (path: string) => string | undefined;
};

const ROOT = join(__dirname, "../..");

/** Handlers begin at 1,800,000,000: no block of the deployment may be later. */
const FIRST_BLOCK = 1_799_999_000;

/** What anvil keeps of an account. */
interface Account {
  readonly nonce: number;
  readonly balance: string;
  readonly code: string;
  readonly storage: Readonly<Record<string, string>>;
}

async function main(): Promise<void> {
  const anvil = await startAnvil({ chainId: 31_337, arguments: ["--timestamp", String(FIRST_BLOCK)] });
  try {
    set("LOCALHOST_RPC_URL", anvil.url);
    // the same state every time
    await anvil.send("anvil_setBlockTimestampInterval", [1]);
    const before = Object.keys(await stateOf(anvil));
    const hre = await import("hardhat");
    const { deployProtocol } = await import("../../deploy/local");
    const protocol = await deployProtocol(hre, PARAMETERS);

    const contracts: Record<string, string> = {};
    const artifacts: string[] = [];
    for (const [name, contract] of Object.entries(protocol)) {
      contracts[name] = await contract.getAddress();
      const { sourceName } = await hre.artifacts.readArtifact(name);
      artifacts.push(join(hre.config.paths.artifacts, sourceName, `${name}.json`));
    }
    // the accounts that anvil begins with and the proposer of its blocks are no part of the deployment
    const created = Object.entries(await stateOf(anvil)).filter(
      ([address, { code }]) => code !== "0x" && !before.includes(address),
    );
    const known = new Set(created.map(([address]) => addressKey(address)));
    const missing = Object.keys(contracts).find((name) => !known.has(addressKey(contracts[name]!)));
    if (missing !== undefined) throw new Error(`The dump of the chain does not have ${missing}.`);

    mkdirSync(dirname(BOOK), { recursive: true });
    await replaceFile(ALLOCS, JSON.stringify(Object.fromEntries(created)), 0o644);
    const madeOf = Object.fromEntries(
      [...loadedFiles(), ...artifacts].sort().map((file) => [pathOf(file), hashOf(pathOf(file))]),
    );
    await replaceFile(BOOK, JSON.stringify({ contracts, madeOf }, null, 2), 0o644);
  } finally {
    await anvil.stop();
  }
}

/** All accounts of the chain. */
async function stateOf(anvil: { send<T>(method: string): Promise<T> }): Promise<Record<string, Account>> {
  const dump = await anvil.send<string>("anvil_dumpState");
  const state = JSON.parse(gunzipSync(Buffer.from(dump.slice(2), "hex")).toString()) as {
    accounts: Record<string, Account>;
  };
  return state.accounts;
}

/** The project's own files that this process has loaded: the deployment, and what it imports. */
function loadedFiles(): string[] {
  const own = (file: string): boolean => !pathOf(file).startsWith("..") && !file.split(sep).includes("node_modules");
  return Object.keys(require.cache).filter(own);
}

/** From the root, with `/` on every platform. */
function pathOf(file: string): string {
  return relative(ROOT, file).split(sep).join("/");
}

catchTheRest();
main().catch(fail);
