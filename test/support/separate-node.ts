import { execFile } from "node:child_process";
import { JsonRpcProvider } from "ethers";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

import { freePort, startNode, type LocalNode } from "../../scripts/lib/local-node";

const ROOT = join(__dirname, "..", "..");

/** A chain in a process of its own, with the protocol that `scripts/deploy-local.ts` puts there. */
export interface SeparateNode {
  readonly node: LocalNode;
  readonly provider: JsonRpcProvider;
  readonly folder: string;
  readonly addresses: Record<string, string>;
  readonly fromBlock: number;
  close(): Promise<void>;
}

/** Runs one of the project's scripts as a person does, in a process of its own. */
export async function runScript(
  script: string,
  environment: Record<string, string>,
  parameters: readonly string[] = [],
): Promise<{ status: number; output: string }> {
  const tsNode = require.resolve("ts-node/dist/bin.js");
  const env = { ...process.env, ...environment };
  delete env.HARDHAT_NETWORK;
  try {
    const { stdout, stderr } = await promisify(execFile)(
      process.execPath,
      [tsNode, "--transpile-only", join(ROOT, "scripts", script), ...parameters],
      { cwd: ROOT, env },
    );
    return { status: 0, output: stdout + stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { status: code, output: stdout + stderr };
  }
}

/** Starts a chain on a free port and deploys the protocol to it by JSON-RPC. */
export async function separateNode(): Promise<SeparateNode> {
  const folder = await mkdtemp(join(tmpdir(), "isonomy-node-"));
  const node = await startNode(await freePort(), join(folder, "node.log"));
  const file = join(folder, "deployment.json");
  const { status, output } = await runScript("deploy-local.ts", { LOCALHOST_RPC_URL: node.url, DEPLOYMENT_FILE: file });
  if (status !== 0) {
    await node.stop();
    throw new Error(`The deployment failed: ${output}`);
  }
  const provider = new JsonRpcProvider(node.url, undefined, { staticNetwork: true, cacheTimeout: -1 });
  provider.pollingInterval = 20;
  const deployment = JSON.parse(await readFile(file, "utf8")) as Pick<SeparateNode, "addresses" | "fromBlock">;
  return {
    node,
    provider,
    folder,
    ...deployment,
    close: async () => {
      provider.destroy();
      await node.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
