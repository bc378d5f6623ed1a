import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BENCH_ROOT, PEER_MODULES } from "./artifacts";

const LOCK = join(BENCH_ROOT, "package-lock.json");
const STAMP = join(PEER_MODULES, ".isonomy-lock");

/**
 * Installs the peers' packages on first use, and again when their lock file changed. They are about 270 MB,
 * which is why nobody pays for them who does not measure.
 */
export function installPeers(say: (message: string) => void): void {
  const wanted = createHash("sha256").update(readFileSync(LOCK)).digest("hex");
  if (existsSync(STAMP) && readFileSync(STAMP, "utf8") === wanted) return;
  say("installing the peers' packages into bench/node_modules (once, about 270 MB)");
  const npm = process.platform === "win32" ? "npm.cmd" : "npm";
  const { status, error } = spawnSync(
    npm,
    ["ci", "--prefix", BENCH_ROOT, "--ignore-scripts", "--no-audit", "--no-fund"],
    {
      stdio: ["ignore", "inherit", "inherit"],
      shell: process.platform === "win32",
    },
  );
  if (error !== undefined || status !== 0) {
    throw new Error(
      `The peers' packages could not be installed (${error?.message ?? `npm ended with status ${status}`}). ` +
        `Check that the npm registry can be reached, then run "npm ci --prefix bench" to see npm's own message.`,
    );
  }
  // the contracts of EAS depend on Hardhat, which the lock file replaces by nothing: here it would be found before our own
  rmSync(join(PEER_MODULES, "hardhat"), { recursive: true, force: true });
  writeFileSync(STAMP, wanted);
}
