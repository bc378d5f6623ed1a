import { spawn, type ChildProcess } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { dirname, join } from "node:path";

import { inherited } from "../../deploy/engine/environment";
import { endpointOf } from "../../sdk/src/rpc";

const ROOT = join(__dirname, "..", "..");
const HOST = "127.0.0.1";
const READY_MS = 180_000;
const POLL_MS = 100;
const STOP_MS = 3_000;

/** A local chain in a process of its own. */
export interface LocalNode {
  readonly url: string;
  /** Settles when the node ends, with what it said last unless it was told to stop. */
  readonly ended: Promise<string | undefined>;
  stop(): Promise<void>;
}

/** Another chain, as it was in one block. Without a number a fork would begin 128 blocks in the past. */
export interface Fork {
  readonly url: string;
  readonly block: number;
  /** The id of that chain, which the fork has too: signatures name it. */
  readonly chainId: number;
}

/** Throws a sentence that says what to do when something else listens on the port. */
export async function checkPortFree(port: number): Promise<void> {
  const server = createServer();
  try {
    await new Promise<void>((resolve, reject) => server.once("error", reject).listen(port, HOST, resolve));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "EADDRINUSE") throw error;
    throw new Error(
      `Port ${port} on ${HOST} is taken. Another node or an earlier \`npm start\` uses it: ` +
        "press Ctrl-C where it runs, or choose another port, such as `ISONOMY_PORT=8600 npm start`.",
    );
  }
  await new Promise((resolve) => server.close(resolve));
}

/** A port that nothing listens on now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(0, HOST, resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("The system gave no port.");
  return address.port;
}

/**
 * Starts a Hardhat node and waits until it answers. It ends with this process at the latest. With `fork` it begins with what
 * another node's chain holds in that block; nothing that is done here reaches it.
 */
export async function startNode(port: number, logFile: string, fork?: Fork): Promise<LocalNode> {
  await checkPortFree(port);
  mkdirSync(dirname(logFile), { recursive: true });
  const log = openSync(logFile, "w", 0o600);
  const child = spawn(
    process.execPath,
    [
      "--require",
      join(__dirname, "leave-with-parent.cjs"),
      require.resolve("hardhat/internal/cli/bootstrap.js"),
      "node",
      "--hostname",
      HOST,
      "--port",
      String(port),
    ],
    { cwd: ROOT, env: childEnvironment(fork), stdio: ["ignore", log, log, "ipc"] },
  );
  closeSync(log);
  // The channel only tells the child that we are gone; it must not keep us alive.
  child.channel?.unref();
  child.unref();

  let stopping = false;
  const ended = new Promise<string | undefined>((resolve) => {
    child.once("error", (error) => resolve(error.message));
    child.once("exit", () => resolve(stopping ? undefined : lastLines(logFile)));
  });
  const node: LocalNode = {
    url: `http://${HOST}:${port}`,
    ended,
    stop: async () => {
      stopping = true;
      await stopChild(child);
    },
  };
  await untilReady(node, logFile);
  return node;
}

async function untilReady(node: LocalNode, logFile: string): Promise<void> {
  let over = false;
  let late: Error | undefined;
  const failed = node.ended.then((reason) => {
    over = true;
    if (late !== undefined) throw late;
    throw new Error(`The local node ended before it was ready. It said: ${reason ?? "nothing"} (see ${logFile}).`);
  });
  const ready = async (): Promise<void> => {
    const giveUpAt = Date.now() + READY_MS;
    while (!over) {
      if (await answers(node.url)) return;
      if (Date.now() > giveUpAt) {
        late = new Error(`The local node was not ready after ${READY_MS / 1_000} s. Read ${logFile} and try again.`);
        await node.stop();
        throw late;
      }
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  };
  await Promise.race([ready(), failed]);
  failed.catch(() => undefined);
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "eth_chainId", params: [] }),
      signal: AbortSignal.timeout(2_000),
    });
    return response.ok;
  } catch {
    return false;
  }
}

async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = new Promise((resolve) => child.once("exit", resolve));
  child.ref();
  child.kill("SIGTERM");
  const force = setTimeout(() => child.kill("SIGKILL"), STOP_MS);
  await exited;
  clearTimeout(force);
}

/** The node is a network of its own, whatever network this process talks to. */
function childEnvironment(fork?: Fork): NodeJS.ProcessEnv {
  const environment = inherited({ HARDHAT_DISABLE_TELEMETRY_PROMPT: "true" });
  delete environment.HARDHAT_NETWORK;
  delete environment.ISONOMY_FORK;
  if (fork !== undefined) {
    // not as an argument: everybody on the machine can list those
    const { url, headers } = endpointOf(fork.url);
    const forking = { url, httpHeaders: headers, blockNumber: fork.block };
    environment.ISONOMY_FORK = JSON.stringify({ chainId: fork.chainId, forking });
  }
  return environment;
}

function lastLines(file: string): string {
  return readFileSync(file, "utf8").trim().split("\n").slice(-3).join(" ");
}
