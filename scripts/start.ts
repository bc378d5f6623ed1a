// The main job: a local chain, the whole protocol, a real model listed, sold, used and paid for.
// `npm start` leaves the chain running; `npm start -- --exit` ends when the job is done. ISONOMY_PORT sets another port.
import { set, setting } from "../deploy/engine/environment";

set("HARDHAT_NETWORK", "localhost");

import { join } from "node:path";

import { EXIT_INTERRUPTED, STOP_SIGNALS } from "../sdk/src/cli/interruption";
import { decodeError, redactValue } from "../sdk/src/errors";
import { mainJob } from "./demo/job";
import type { JobContext } from "./demo/parts";
import { runSteps, writeReceipt } from "./demo/ui";
import { checkPortFree, startNode, type LocalNode } from "./lib/local-node";
import { readOptions } from "./lib/start-options";
import { catchTheRest, complain, restoreTerminal } from "./lib/terminal";

const ROOT = join(__dirname, "..");

async function main(): Promise<number> {
  const { stay, port } = readOptions(process.argv.slice(2), setting("ISONOMY_PORT"));
  set("LOCALHOST_RPC_URL", `http://127.0.0.1:${port}`);
  // Looked at before anything slow is done; the node's own start looks again.
  await checkPortFree(port);
  const context: JobContext = { root: ROOT, closing: [] };
  let node: LocalNode | undefined;
  let current = "starting";
  let done = false;

  const interrupted = new Promise<number>((resolve) => {
    const stop = (): void => {
      restoreTerminal();
      console.log(
        done ? "\nStopped." : `\nInterrupted while ${current}. Nothing is left behind: npm start begins again.`,
      );
      resolve(done ? 0 : EXIT_INTERRUPTED);
    };
    for (const name of STOP_SIGNALS) process.once(name, stop);
  });

  const work = async (): Promise<number> => {
    console.log("Isonomy: the right to a real model is listed, sold and used.\n");
    const openNode = async (): Promise<string> => {
      node = await startNode(port, join(ROOT, ".isonomy", "node.log"));
      return node.url;
    };
    const steps = await runSteps(mainJob(openNode), context, {
      live: process.stdout.isTTY,
      onStart: (title) => (current = `at "${title}"`),
    });
    const { receipt, tables } = await context.summary!(steps);
    const file = join(ROOT, ".isonomy", "receipt.json");
    writeReceipt(file, receipt);
    done = true;
    console.log(`\n${tables}\nThe receipt is in .isonomy/receipt.json.`);
    if (!stay) return 0;

    console.log(
      `Open ${context.page!.origin} in a browser. The chain answers at ${node!.url}, the model at ` +
        `${context.server!.origin}. Ctrl-C ends all three.`,
    );
    const reason = await node!.ended;
    if (reason === undefined) return 0;
    throw new Error(`The local node ended by itself. It said: ${reason} Run npm start again.`);
  };

  try {
    return await Promise.race([work(), interrupted]);
  } finally {
    for (const close of context.closing.reverse()) await close();
    await context.server?.close();
    await node?.stop();
  }
}

catchTheRest();
main().then(
  (status) => process.exit(status),
  (error: unknown) => {
    const explained = decodeError(error);
    // An unexpected failure is one of our own sentences, or a fault whose place matters.
    const sentence = explained.code === "UNEXPECTED" && error instanceof Error ? error.message : explained.explain();
    complain(`\n${sentence}`);
    if (setting("DEBUG") !== undefined) console.error(explained.cause ?? redactValue(error));
    process.exit(1);
  },
);
