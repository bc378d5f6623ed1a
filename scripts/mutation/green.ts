import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { fingerprint } from "./journal";
import type { Assignment } from "./worker-protocol";

const ROOT = join(__dirname, "..", "..");
const FOLDER = join(ROOT, "cache", "mutation", "green");
/** Whatever decides about whether tests pass. */
const WATCHED = ["contracts", "test", "deploy", "sdk/src", "scripts"];

let tree: string | undefined;

function fingerprintOfTree(): string {
  const files = WATCHED.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
      .filter((file) => /\.(sol|[cm]?[jt]s|json5?)$/.test(file))
      .map((file) => join(ROOT, folder, file)),
  );
  return fingerprint(...files.sort().map((file) => `${file}\n${readFileSync(file, "utf8")}`));
}

/**
 * Tests that passed need not pass once more before the next mutants, as long as no file of the project changed. What is remembered is the
 * contracts that they deploy.
 */
export function greenFor({ tests, contracts }: Assignment) {
  tree ??= fingerprintOfTree();
  const names = contracts.map(({ name }) => name).sort();
  const file = join(FOLDER, `${fingerprint(tree, ...tests, ...names)}.json`);
  return {
    known: existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as string[]) : undefined,
    remember: (deployed: readonly string[]): void => {
      mkdirSync(FOLDER, { recursive: true });
      writeFileSync(file, JSON.stringify(deployed));
    },
  };
}

export const forgetGreen = (): void => rmSync(FOLDER, { recursive: true, force: true });
