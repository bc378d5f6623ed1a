import { expect } from "chai";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";

import { freePort } from "../../scripts/lib/local-node";
import { runProgram } from "../support/program";

const ROOT = join(__dirname, "..", "..");
/** Packages that carry Node itself, with a lock of their own. */
const NODES = join(ROOT, "scripts", "tests", "nodes");
const RECEIPT = join(ROOT, ".isonomy", "receipt.json");
const PLATFORM = `${process.platform}-${process.arch}`;

const { packages } = JSON.parse(readFileSync(join(NODES, "package-lock.json"), "utf8")) as {
  packages: Record<string, { version: string; bin: { node: string } }>;
};

/** The version of a major that a package has for this platform, and its program. */
function nodeOf(major: number): { version: string; program: string } | undefined {
  const folder = `node_modules/node-${major}-${PLATFORM}`;
  const found = packages[folder];
  return found && { version: found.version, program: join(NODES, folder, found.bin.node) };
}

function isInstalled({ version, program }: { version: string; program: string }): boolean {
  return existsSync(program) && execFileSync(program, ["--version"], { encoding: "utf8" }).trim() === `v${version}`;
}

async function install(): Promise<void> {
  const npm = process.platform === "win32" ? "npm.cmd" : "npm";
  const args = ["ci", "--prefix", NODES, "--ignore-scripts", "--no-audit", "--no-fund"];
  await runProgram(npm, args, { shell: process.platform === "win32" });
}

/** Runs a script of the package as `npm start` does, under another Node. */
async function runUnder(program: string, script: readonly string[], env: Record<string, string>): Promise<string> {
  const { stdout } = await runProgram(program, script, {
    cwd: ROOT,
    env: { ...process.env, ...env, HARDHAT_NETWORK: "" },
  });
  return stdout;
}

// the lines with long-term support; the other tests run under the Node that is installed
describe("npm start -- --exit under other versions of Node", function () {
  this.timeout(600_000);

  for (const major of [24, 26]) {
    const node = nodeOf(major);
    if (node === undefined) {
      it.skip(`is not tried under Node ${major}: no package of the npm registry carries it for ${PLATFORM}`);
      continue;
    }
    it(`does the main job under Node ${node.version}`, async () => {
      if (!isInstalled(node)) await install();
      expect(isInstalled(node), `npm left no Node ${node.version} at ${node.program}`).to.equal(true);
      await runUnder(node.program, [join(ROOT, "scripts", "check-node.cjs")], {});
      await rm(RECEIPT, { force: true });
      const output = await runUnder(
        node.program,
        [require.resolve("ts-node/dist/bin.js"), "--transpile-only", join(ROOT, "scripts", "start.ts"), "--exit"],
        { ISONOMY_PORT: String(await freePort()) },
      );
      expect(output).to.match(/The receipt is in .isonomy\/receipt.json/);
      const receipt = JSON.parse(await readFile(RECEIPT, "utf8")) as Record<string, Record<string, unknown>>;
      expect(receipt.inference!.equalToOriginal).to.equal(true);
      expect(receipt.income!.creator).to.equal("21875000");
      expect(receipt.fileSale!.creatorPaid).to.equal("39000000");
    });
  }
});
