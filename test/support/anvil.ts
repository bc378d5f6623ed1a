import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { join } from "node:path";

import { freePort } from "../../scripts/lib/local-node";

const LAUNCHER = join(__dirname, "..", "..", "scripts", "tools", "anvil.cjs");
const READY_MS = 60_000;

/** A chain of anvil in a process of its own. */
export interface Anvil {
  readonly url: string;
  /** One JSON-RPC call; throws what the node answers as an error. */
  send<T = unknown>(method: string, params?: readonly unknown[]): Promise<T>;
  stop(): Promise<void>;
}

export interface AnvilOptions {
  readonly chainId: number;
  /** Seconds between blocks; every transaction has a block of its own when it is left out. */
  readonly blockTime?: number;
  /** The rules of the chain; those that the contracts are compiled for when it is left out. */
  readonly hardfork?: string;
  readonly arguments?: readonly string[];
}

/** Starts anvil on a free port of this machine and waits until it listens. It ends with this process at the latest. */
export async function startAnvil({
  chainId,
  blockTime,
  hardfork = "cancun",
  arguments: more = [],
}: AnvilOptions): Promise<Anvil> {
  const port = await freePort();
  const child = spawn(
    process.execPath,
    [
      LAUNCHER,
      ...["--host", "127.0.0.1", "--port", String(port), "--chain-id", String(chainId), "--hardfork", hardfork],
      ...(blockTime === undefined ? [] : ["--block-time", String(blockTime)]),
      ...more,
    ],
    { stdio: ["ignore", "pipe", "pipe", "ipc"] },
  );
  const said: string[] = [];
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`anvil was not ready after ${READY_MS} ms.`)), READY_MS);
    createInterface({ input: child.stderr! }).on("line", (line) => said.push(line));
    createInterface({ input: child.stdout! }).on("line", (line) => {
      if (!line.startsWith("Listening on ")) return;
      clearTimeout(timer);
      resolve();
    });
    child.once("exit", () => {
      clearTimeout(timer);
      reject(new Error(`anvil ended before it was ready: ${said.join(" ")}`));
    });
  });
  child.unref();
  child.channel?.unref();

  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    async send<T>(method: string, params: readonly unknown[] = []): Promise<T> {
      const response = await fetch(url, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
      });
      const { result, error } = (await response.json()) as { result: T; error?: { message: string } };
      if (error !== undefined) throw new Error(`${method}: ${error.message}`);
      return result;
    },
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.ref();
      child.kill("SIGTERM");
      await exited;
    },
  };
}
