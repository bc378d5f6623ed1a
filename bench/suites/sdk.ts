import { execFileSync } from "node:child_process";
import { join } from "node:path";

import { compare } from "../lib/context";
import type { Entry } from "../lib/types";
import { pageSize } from "../sdk/pageSize";

const ROOT = join(__dirname, "../..");

/**
 * Kilobytes (1,000 bytes), gzipped, that a page which buys loads before it runs: with ethers, and this package alone. What is
 * loaded later is not counted there: the sentences of nodes, wallets and contracts, which come with the first such error, are a
 * figure of their own. A page with viem has no ethers.
 */
export async function run(context: { say(message: string): void }): Promise<Entry[]> {
  context.say("building the package's modules");
  execFileSync(process.execPath, [join(ROOT, "sdk/build/build.mjs"), "esm"], { cwd: ROOT, stdio: "pipe" });
  context.say("bundling a page that buys");
  const { total, ours, onFailure } = await pageSize(ROOT);
  const viem = await pageSize(ROOT, "viem");
  if (viem.packages.includes("ethers")) throw new Error("The page with viem holds ethers.");
  const kilobytes = (bytes: number): number => Math.round(bytes / 100) / 10;
  return [
    ...compare("sdk.size", kilobytes(total), {}, null, "kB"),
    ...compare("sdk.size.own", kilobytes(ours), {}, null, "kB"),
    ...compare("sdk.size.errors", kilobytes(onFailure), {}, null, "kB"),
    ...compare("sdk.size.viem", kilobytes(viem.total), {}, null, "kB"),
    ...compare("sdk.size.viem.own", kilobytes(viem.ours), {}, null, "kB"),
  ];
}
