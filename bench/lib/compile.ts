import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Artifact, BENCH_ROOT } from "./artifacts";

const ROOT = join(BENCH_ROOT, "..");
const SOURCES = join(BENCH_ROOT, "contracts");
const CACHE = join(ROOT, "cache", "bench");
const settings = (runs: number) => ({
  evmVersion: "cancun",
  optimizer: { enabled: true, runs },
  metadata: { bytecodeHash: "none" },
  outputSelection: { "*": { "*": ["abi", "evm.bytecode.object"] } },
});

interface Output {
  errors?: { severity: string; formattedMessage: string }[];
  contracts: Record<string, Record<string, { abi: Artifact["abi"]; evm: { bytecode: { object: string } } }>>;
}

interface Solc {
  version(): string;
  compile(input: string, callbacks: { import: (path: string) => { contents: string } | { error: string } }): string;
}

/** Resolves an import like the compiler of the project does: from the root's packages. */
function read(path: string): { contents: string } | { error: string } {
  const file = join(ROOT, "node_modules", path);
  return existsSync(file) ? { contents: readFileSync(file, "utf8") } : { error: `${file} does not exist` };
}

/**
 * Compiles a peer that is published as source, with our compiler and our settings, so that the comparison is
 * between designs. `file` is a path in `bench/contracts` or in a package, `runs` are those of the contract of ours that is
 * measured against it; the result is cached.
 */
export async function compile(file: string, { runs = 1_000_000 } = {}): Promise<Artifact> {
  const contract = file.replace(/^.*\//, "").replace(/\.sol$/, "");
  const own = join(SOURCES, file);
  const source = readFileSync(existsSync(own) ? own : join(ROOT, "node_modules", file), "utf8");
  const solc = (await import("solc")).default as Solc;
  const packageFile = join(ROOT, "node_modules", "@openzeppelin", "contracts", "package.json");
  const version: string = JSON.parse(readFileSync(packageFile, "utf8")).version;
  const key = createHash("sha256")
    .update(JSON.stringify([source, contract, settings(runs), solc.version(), version]))
    .digest("hex");
  const cached = join(CACHE, `${contract}-${key.slice(0, 16)}.json`);
  if (existsSync(cached)) return JSON.parse(readFileSync(cached, "utf8"));

  const input = { language: "Solidity", sources: { [file]: { content: source } }, settings: settings(runs) };
  const output: Output = JSON.parse(solc.compile(JSON.stringify(input), { import: read }));
  const failed = (output.errors ?? []).filter(({ severity }) => severity === "error");
  if (failed.length > 0) throw new Error(failed.map(({ formattedMessage }) => formattedMessage).join("\n"));
  const { abi, evm } = output.contracts[file][contract];
  const artifact: Artifact = { name: contract, abi, bytecode: `0x${evm.bytecode.object}` };
  mkdirSync(CACHE, { recursive: true });
  writeFileSync(cached, JSON.stringify(artifact));
  return artifact;
}
