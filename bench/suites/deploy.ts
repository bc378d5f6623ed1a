import { JsonRpcProvider, Wallet, id } from "ethers";
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { sameAddress } from "../../sdk/src/addresses/address";
import { freePort, startNode } from "../../scripts/lib/local-node";
import { compare, type Context } from "../lib/context";
import type { Entry } from "../lib/types";

const ROOT = join(__dirname, "../..");

/** The whole protocol by the command that a person runs, on a local node: what it burns, and how long the person waits. */
export async function run(context: Context): Promise<Entry[]> {
  const folder = mkdtempSync(join(tmpdir(), "isonomy-bench-"));
  const node = await startNode(await freePort(), join(folder, "node.log"));
  const provider = new JsonRpcProvider(node.url, undefined, { staticNetwork: true, cacheTimeout: -1 });
  try {
    const deployer = new Wallet(id("isonomy.deployer"));
    await provider.send("hardhat_setBalance", [deployer.address, "0x3635c9adc5dea00000"]);
    context.say("deploying the protocol by its command");
    const from = Date.now();
    await promisify(execFile)(
      process.execPath,
      [
        require.resolve("ts-node/dist/bin.js"),
        "--transpile-only",
        join(ROOT, "scripts", "deploy.ts"),
        ...["--network", "localhost", "--yes", "--no-compile", "--home", folder],
      ],
      {
        cwd: ROOT,
        env: { ...process.env, LOCALHOST_RPC_URL: node.url, DEPLOYER_PRIVATE_KEY: deployer.privateKey },
        maxBuffer: 16_777_216,
      },
    );
    const seconds = Math.round((Date.now() - from) / 100) / 10;
    return [
      ...compare("deploy.gas", await gasOf(provider, deployer.address)),
      ...compare("deploy.seconds", seconds, {}, null, "s"),
    ];
  } finally {
    provider.destroy();
    await node.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Gas of every transaction of an account. */
async function gasOf(provider: JsonRpcProvider, account: string): Promise<number> {
  let gas = 0n;
  const last = await provider.getBlockNumber();
  for (let number = 1; number <= last; number++) {
    const block = await provider.getBlock(number, true);
    for (const transaction of block?.prefetchedTransactions ?? []) {
      if (!sameAddress(transaction.from, account)) continue;
      gas += (await provider.getTransactionReceipt(transaction.hash))?.gasUsed ?? 0n;
    }
  }
  return Number(gas);
}
