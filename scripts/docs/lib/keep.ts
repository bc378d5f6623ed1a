import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { format, resolveConfig } from "prettier";

import { setting } from "../../../deploy/engine/environment";

const ROOT = join(__dirname, "../../..");

/** Files that a script generates, by their path from the root. */
export type Generated = Readonly<Record<string, string>>;

/**
 * Writes what was generated, formatted as `npm run format` would. With CHECK=true it writes nothing and fails when a file is stale. Of a
 * folder that the script owns, pages that it generates no more are removed.
 */
export async function keep(files: Generated, command: string, owned?: string): Promise<void> {
  const checking = setting("CHECK") === "true";
  const stale = (file: string): Error => new Error(`${file} is stale. Run \`npm run ${command}\` and commit it.`);
  for (const [file, content] of Object.entries(files)) {
    const path = join(ROOT, file);
    const text = file.endsWith(".svg")
      ? content
      : await format(content, { ...(await resolveConfig(path)), filepath: path });
    if (existsSync(path) && readFileSync(path, "utf8") === text) {
      console.log(`${file} is up to date.`);
      continue;
    }
    if (checking) throw stale(file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    console.log(`${file} was written.`);
  }
  if (owned === undefined || !existsSync(join(ROOT, owned))) return;
  for (const name of readdirSync(join(ROOT, owned))) {
    const file = `${owned}/${name}`;
    if (file in files) continue;
    if (checking) throw stale(file);
    rmSync(join(ROOT, file));
    console.log(`${file} was removed.`);
  }
}

/** Runs a generator and reports its failure in one line. */
export function generate(work: () => Promise<void>): void {
  work().catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  });
}
