import { build as esbuild } from "esbuild";
import { rmSync } from "node:fs";
import { mkdtemp, readdir, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

const ROOT = join(__dirname, "..", "..");
const SOURCES = ["sdk/src", "typechain-types"];

/** The command line as JavaScript, so that a test can start it as often as it likes. */
export interface BuiltCli {
  /** What `node` runs. */
  readonly bin: string;
}

let built: Promise<BuiltCli> | undefined;

/** The command line without the types of its sources, in a folder that goes with this process: all tests of a process start the same. */
export function buildCli(): Promise<BuiltCli> {
  return (built ??= build());
}

/** Strips the types of the sources into a folder of its own; what they import is found where it is installed. */
async function build(): Promise<BuiltCli> {
  const folder = await mkdtemp(join(tmpdir(), "isonomy-cli-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  const sources: string[] = [];
  for (const source of SOURCES) {
    for (const name of await readdir(join(ROOT, source), { recursive: true })) {
      if (name.endsWith(".ts") && !name.endsWith(".d.ts")) sources.push(join(ROOT, source, name));
    }
  }
  await esbuild({
    entryPoints: sources,
    outbase: ROOT,
    outdir: folder,
    format: "cjs",
    platform: "node",
    target: "es2022",
    // as the package has it: what is loaded later is found as what is loaded at once
    supported: { "dynamic-import": false },
    // the root's paths lead `isonomy/*` to the sources, which the package does not have
    tsconfigRaw: {},
    logLevel: "error",
  });
  await symlink(join(ROOT, "node_modules"), join(folder, "node_modules"));
  await symlink(join(ROOT, "sdk", "node_modules"), join(folder, "sdk", "node_modules"));
  return { bin: join(folder, "sdk", "src", "cli", "bin.js") };
}
