import { mkdir, mkdtemp, readFile, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import ts from "typescript";

const ROOT = join(__dirname, "..", "..");
const SOURCES = ["sdk/src", "typechain-types"];

/** The command line as JavaScript, so that a test can start it as often as it likes. */
export interface BuiltCli {
  /** What `node` runs. */
  readonly bin: string;
  remove(): Promise<void>;
}

/** Strips the types of the sources into a folder of its own; what they import is found where it is installed. */
export async function buildCli(): Promise<BuiltCli> {
  const folder = await mkdtemp(join(tmpdir(), "isonomy-cli-"));
  const compilerOptions: ts.CompilerOptions = {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.CommonJS,
    esModuleInterop: true,
  };
  for (const source of SOURCES) {
    for (const name of await readdir(join(ROOT, source), { recursive: true })) {
      if (!name.endsWith(".ts") || name.endsWith(".d.ts")) continue;
      const text = await readFile(join(ROOT, source, name), "utf8");
      const out = join(folder, source, name.replace(/\.ts$/, ".js"));
      await mkdir(dirname(out), { recursive: true });
      await writeFile(out, ts.transpileModule(text, { compilerOptions }).outputText);
    }
  }
  await symlink(join(ROOT, "node_modules"), join(folder, "node_modules"));
  await symlink(join(ROOT, "sdk", "node_modules"), join(folder, "sdk", "node_modules"));
  return {
    bin: join(folder, "sdk", "src", "cli", "bin.js"),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
