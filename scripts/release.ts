// Publishes the package, after checking everything that can be checked: npm run release -- --dry-run
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { inherited } from "../deploy/engine/environment";
import { checksText, type Check } from "../deploy/engine/preflight";
import { quoted } from "../sdk/src/cli/quoted";
import { ask } from "./lib/prompt";
import { canAsk } from "./lib/key-sources";
import * as release from "./lib/release";
import { catchTheRest, fail, print, printLines, stopAtSignals } from "./lib/terminal";

const ROOT = join(__dirname, "..");
const USAGE = `npm run release -- [options]

  --dry-run   check everything, show what would be published and run, and publish nothing
  --reserve   publish an empty package, so that nobody else takes the name
  --help

Without --dry-run it asks before anything is published. docs/release.md says what comes before and after.`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { "dry-run": { type: "boolean" }, reserve: { type: "boolean" }, help: { type: "boolean" } },
  });
  if (values.help === true) return console.log(USAGE);
  const isDry = values["dry-run"] === true;
  if (!isDry && !canAsk()) {
    throw new Error("Nobody can be asked whether to publish. Run it on a terminal, or with --dry-run.");
  }
  stopAtSignals(() => "what was published before stays published; see above.");
  return values.reserve === true ? reserve(isDry) : publish(isDry);
}

async function publish(isDry: boolean): Promise<void> {
  print("Building and packing the package, which takes about a minute.");
  const packed = await release.pack(ROOT);
  const checks = [
    ...(await release.checkTree(ROOT)),
    release.checkContents(packed),
    ...(await release.checkName(ROOT)),
  ];
  printLines(`\nThe package would hold:\n${release.contentsText(packed)}\n\n${checksText(checks)}`);
  const commands = release.releaseCommands(ROOT, `./${packed.filename}`);
  await runAll(commands, checks, isDry, `Publish ${release.PACKAGE} ${release.manifestOf(ROOT).version}?`);
}

/** The smallest package that npm takes. It is under a tag of its own, so that nobody installs it by the name alone. */
async function reserve(isDry: boolean): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "isonomy-reserve-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  const manifest = {
    name: release.PACKAGE,
    version: "0.0.0",
    description: "Reserved. The first release follows.",
    license: "MIT",
  };
  writeFileSync(join(folder, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
  writeFileSync(
    join(folder, "README.md"),
    `# ${release.PACKAGE}\n\nThis name is reserved. The first release follows.\n`,
  );
  const commands = [["npm", "publish", folder, "--access", "public", "--tag", "reserved"]];
  await runAll(commands, [], isDry, `Publish an empty ${release.PACKAGE}, which takes the name for ever?`);
}

async function runAll(
  commands: readonly string[][],
  checks: readonly Check[],
  isDry: boolean,
  question: string,
): Promise<void> {
  const lines = commands.map((words) => `  ${words.map((word) => quoted(word)).join(" ")}`);
  printLines(`\n${isDry ? "It would run:" : "It will run:"}\n${lines.join("\n")}\n`);
  const open = checks.filter(({ passed }) => !passed).length;
  if (open > 0)
    throw new Error(`Nothing is published: ${open} of ${checks.length} checks did not pass, marked ✗ above.`);
  if (isDry) return print("Everything is ready. Nothing was published: npm run release");
  if (!/^y(es)?$/i.test((await ask(`${question} It cannot be taken back. (yes or no) `)).trim())) {
    return print("Nothing was published.");
  }
  for (const [index, words] of commands.entries()) {
    const status = await statusOf(words);
    if (status === 0) continue;
    const left = lines.slice(index).join("\n");
    throw new Error(`${words.slice(0, 2).join(" ")} ended with status ${status}. What was left to do:\n${left}`);
  }
  print("Done.");
}

/** Runs a command on this terminal: npm asks for a second factor there. */
function statusOf([program, ...args]: readonly string[]): Promise<number> {
  const options = { cwd: ROOT, env: inherited(), stdio: "inherit", shell: process.platform === "win32" } as const;
  return new Promise((resolve, reject) => {
    const child = spawn(program!, args, options);
    child.once("error", reject);
    child.once("close", (status) => resolve(status ?? 1));
  });
}

catchTheRest();
main().catch(fail);
