import { execFile } from "node:child_process";
import { JsonRpcProvider } from "ethers";
import { rmSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

import { namesIn } from "../../deploy/engine/addresses";
import { parseDeployment, type Deployment } from "../../sdk/src/addresses";
import { freePort, startNode, type LocalNode } from "../../scripts/lib/local-node";

const ROOT = join(__dirname, "..", "..");
const STRIP_TYPES = join(__dirname, "strip-types.cjs");

/** A chain in a process of its own, with the protocol that `scripts/deploy-local.ts` puts there. */
export interface SeparateNode {
  readonly node: LocalNode;
  readonly provider: JsonRpcProvider;
  readonly folder: string;
  readonly deployment: Deployment;
  /** Every address of it by name, with those of its tokens. */
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
  const env = { ...process.env, ...environment };
  delete env.HARDHAT_NETWORK;
  try {
    const { stdout, stderr } = await promisify(execFile)(
      process.execPath,
      ["--require", STRIP_TYPES, join(ROOT, "scripts", script), ...parameters],
      { cwd: ROOT, env },
    );
    return { status: 0, output: stdout + stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { status: code, output: stdout + stderr };
  }
}

/** A node with the protocol, as it was right after the deployment. */
interface Deployed {
  readonly node: LocalNode;
  readonly deployment: string;
  /** What the chain is put back to; each can be used once. */
  snapshot: string;
  ended: boolean;
}

/** The node of a test file that is done: the next file of this process puts it back, for a start and a deployment take ten seconds. */
let idle: Deployed | undefined;

async function start(): Promise<Deployed> {
  const folder = await mkdtemp(join(tmpdir(), "isonomy-node-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  const node = await startNode(await freePort(), join(folder, "node.log"));
  const file = join(folder, "deployment.json");
  const { status, output } = await runScript("deploy-local.ts", { LOCALHOST_RPC_URL: node.url, DEPLOYMENT_FILE: file });
  if (status !== 0) {
    await node.stop();
    throw new Error(`The deployment failed: ${output}`);
  }
  const deployed = { node, deployment: await readFile(file, "utf8"), snapshot: "", ended: false };
  void node.ended.then(() => (deployed.ended = true));
  return deployed;
}

/** A chain on a free port with the protocol, deployed by JSON-RPC. It has seen nothing else. */
export async function separateNode(): Promise<SeparateNode> {
  const kept = idle?.ended === false ? idle : undefined;
  idle = undefined;
  const deployed = kept ?? (await start());
  const provider = new JsonRpcProvider(deployed.node.url, undefined, { staticNetwork: true, cacheTimeout: -1 });
  provider.pollingInterval = 20;
  if (kept !== undefined) {
    await provider.send("evm_setAutomine", [true]);
    await provider.send("evm_setIntervalMining", [0]);
    if (!(await provider.send("evm_revert", [kept.snapshot]))) throw new Error("The chain could not be put back.");
  }
  deployed.snapshot = await provider.send("evm_snapshot", []);
  const folder = await mkdtemp(join(tmpdir(), "isonomy-chain-"));
  await writeFile(join(folder, "deployment.json"), deployed.deployment);
  const deployment = parseDeployment(deployed.deployment);
  return {
    ...{
      node: deployed.node,
      provider,
      folder,
      deployment,
      addresses: namesIn(deployment),
      fromBlock: deployment.block,
    },
    close: async () => {
      provider.destroy();
      await rm(folder, { recursive: true, force: true });
      if (idle === undefined && !deployed.ended) idle = deployed;
      else await deployed.node.stop();
    },
  };
}
