import hre from "hardhat";
import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BARS } from "./bars";
import { Chain } from "./lib/chain";
import { Context } from "./lib/context";
import { installPeers } from "./lib/install";
import { barsTable, entriesTable, figuresTable, judge } from "./lib/report";
import type { Entry, Suite } from "./lib/types";
import { PEERS } from "./peers";

const SUITES = join(__dirname, "suites");
const RESULTS = join(__dirname, "results.json");
const USAGE = `Usage: npm run bench -- [suite ...] [--strict]

  suite      the suites to run, all of them by default
  --strict   end with status 1 when a bar is missed, or when a full run leaves one unmeasured
  --peers    measure only the peers and hold each figure against the one known
  --list     name the suites and stop`;

const started = Date.now();

function say(message: string): void {
  const seconds = ((Date.now() - started) / 1000).toFixed(1).padStart(6);
  process.stderr.write(`${seconds} s  ${message}\n`);
}

function suiteNames(): string[] {
  return readdirSync(SUITES)
    .filter((file) => file.endsWith(".ts"))
    .map((file) => file.slice(0, -3))
    .sort();
}

async function load(name: string): Promise<Suite> {
  const loaded: { run?: Suite } = await import(join(SUITES, name));
  if (loaded.run === undefined) throw new Error(`bench/suites/${name}.ts exports no function named run.`);
  return loaded.run;
}

/** A partial run replaces what it measured, in its place, and keeps the rest. */
function merge(entries: Entry[], partial: boolean): Entry[] {
  if (!partial || !existsSync(RESULTS)) return entries;
  const known: Entry[] = JSON.parse(readFileSync(RESULTS, "utf8"));
  const fresh = new Set(entries.map(({ id }) => id));
  const place = new Map(known.map(({ id }, index) => [id, index]));
  return [...known.filter(({ id }) => !fresh.has(id)), ...entries].sort(
    (one, other) => (place.get(one.id) ?? known.length) - (place.get(other.id) ?? known.length),
  );
}

/** The peers' artifacts are pinned and the chain is deterministic, so a figure that moves is our mistake. */
async function peersOnly(context: Context): Promise<void> {
  const lines = [];
  for (const { name, measure, known } of PEERS) {
    const figures = await context.peer(name, measure);
    for (const [operation, gas] of Object.entries(figures))
      lines.push({ peer: name, operation, gas, known: known[operation] });
  }
  const moved = lines.filter(({ gas, known }) => known !== undefined && known !== gas);
  console.log(`\n${figuresTable(lines)}\n\n${lines.length} figures, ${moved.length} moved.`);
  if (moved.length > 0) process.exitCode = 1;
}

async function main(): Promise<void> {
  const args = process.argv.slice(2);
  const flags = args.filter((arg) => arg.startsWith("-"));
  const wanted = args.filter((arg) => !arg.startsWith("-"));
  const known = suiteNames();
  const unknown = [
    ...flags.filter((flag) => !["--strict", "--list", "--peers", "--help"].includes(flag)),
    ...wanted.filter((name) => !known.includes(name)),
  ];
  if (unknown.length > 0 || flags.includes("--help")) {
    console.log(`${unknown.map((arg) => `Not known: ${arg}\n`).join("")}${USAGE}\n\nSuites: ${known.join(", ")}`);
    process.exitCode = unknown.length > 0 ? 1 : 0;
    return;
  }
  if (flags.includes("--list")) {
    console.log(known.join("\n"));
    return;
  }

  installPeers(say);
  say("compiling");
  await hre.run("compile", { quiet: true });
  const context = new Context(new Chain(hre), say);
  if (flags.includes("--peers")) return peersOnly(context);
  const partial = wanted.length > 0;
  const entries: Entry[] = [];
  for (const name of partial ? wanted : known) {
    say(`suite ${name}`);
    const run = await load(name);
    await context.chain.reset();
    entries.push(...(await run(context)));
  }

  const all = merge(entries, partial);
  writeFileSync(RESULTS, `${JSON.stringify(all, null, 2)}\n`);
  const verdicts = judge(BARS, entries);
  const missed = verdicts.filter(({ actual, met }) => actual !== null && !met);
  const unmeasured = verdicts.filter(({ actual }) => actual === null);
  console.log(`\n${entriesTable(entries)}\n\n${barsTable(verdicts)}\n`);
  if (!partial && unmeasured.length > 0) {
    console.log(`Not measured: ${[...new Set(unmeasured.map(({ id }) => id))].join(", ")}`);
  }
  console.log(
    `${entries.length} comparisons, ${verdicts.length - unmeasured.length - missed.length} bars met, ${missed.length} missed. ` +
      `Written to bench/results.json after ${((Date.now() - started) / 1000).toFixed(0)} s.`,
  );
  if (flags.includes("--strict") && (missed.length > 0 || (!partial && unmeasured.length > 0))) process.exitCode = 1;
}

main().catch((error: Error) => {
  console.error(`\nThe benchmark stopped: ${error.message}`);
  process.exitCode = 1;
});
