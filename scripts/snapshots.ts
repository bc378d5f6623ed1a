// Writes what an auditor compares between two versions to snapshots/: storage layouts, contract sizes, gas of operations.
// With CHECK=true it writes nothing, prints what differs from the committed files and fails when something does.
import hre from "hardhat";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { setting } from "../deploy/engine/environment";
import { gasReadings } from "./snapshots/gas";
import { contractSizes, deployedContracts, storageLayouts, type Readings } from "./snapshots/layout";

const FOLDER = "snapshots";

/** One line for each reading that is new, gone or another. */
function differences(before: Readings, after: Readings): string[] {
  const lines: string[] = [];
  for (const contract of [...new Set([...Object.keys(before), ...Object.keys(after)])].sort()) {
    const [old, now] = [before[contract] ?? {}, after[contract] ?? {}];
    for (const what of new Set([...Object.keys(old), ...Object.keys(now)])) {
      if (old[what] === now[what]) continue;
      const change = typeof old[what] === "number" && typeof now[what] === "number" ? now[what] - old[what] : undefined;
      if (what in old) lines.push(`  - ${contract}, ${what}: ${old[what]}`);
      if (what in now) lines.push(`  + ${contract}, ${what}: ${now[what]}${signed(change)}`);
    }
  }
  return lines;
}

function signed(change: number | undefined): string {
  if (change === undefined) return "";
  return ` (${change > 0 ? "+" : ""}${change})`;
}

async function main(): Promise<void> {
  const deployed = await deployedContracts(hre);
  const snapshots: readonly [file: string, readings: Readings][] = [
    ["storage.json", storageLayouts(deployed)],
    ["sizes.json", contractSizes(deployed)],
    ["gas.json", await gasReadings()],
  ];
  let stale = 0;
  for (const [file, after] of snapshots) {
    const path = join(hre.config.paths.root, FOLDER, file);
    const before: Readings = existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as Readings) : {};
    const lines = differences(before, after);
    const count = Object.values(after).reduce((sum, readings) => sum + Object.keys(readings).length, 0);
    if (lines.length === 0) {
      console.log(`  ${FOLDER}/${file}: ${count} readings, as committed.`);
      continue;
    }
    console.log(`  ${FOLDER}/${file}: ${lines.length} lines differ.\n${lines.join("\n")}`);
    if (setting("CHECK") === "true") {
      stale++;
      continue;
    }
    mkdirSync(join(hre.config.paths.root, FOLDER), { recursive: true });
    writeFileSync(path, `${JSON.stringify(after, null, 2)}\n`);
  }
  if (stale > 0) throw new Error("If these changes are intended, run `npm run snapshots` and commit what it writes.");
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
