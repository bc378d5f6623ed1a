import { spawnSync } from "node:child_process";

import { buildCli } from "../../test/support/cliBuild";
import { compare } from "../lib/context";
import type { Entry } from "../lib/types";

const RUNS = 15;

/** Milliseconds from the start of `isonomy --help` to its end, not yet bundled: the quickest of fifteen, as others only add to it. */
export async function run(context: { say(message: string): void }): Promise<Entry[]> {
  context.say("starting the command line");
  const cli = await buildCli();
  const times = Array.from({ length: RUNS }, () => {
    const started = performance.now();
    const { status, stderr } = spawnSync(process.execPath, [cli.bin, "--help"], { encoding: "utf8" });
    if (status !== 0) throw new Error(`isonomy --help ended with ${status}: ${stderr}`);
    return performance.now() - started;
  });
  return compare("cli.start", Math.round(Math.min(...times)), {}, null, "ms");
}
