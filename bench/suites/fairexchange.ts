import { execFileSync } from "node:child_process";
import { createCipheriv } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import ts from "typescript";

interface Entry {
  id: string;
  unit: string;
  ours: number;
  peer: string | null;
  peerValue: number | null;
  ratio: number | null;
  floor: number | null;
}

interface Measured {
  seconds: number;
  peakBytes: number;
}

const ROOT = join(__dirname, "../..");
const FILE_BYTES = 2 ** 30;
const PIECE_BYTES = 2 ** 20;
const ROUNDS = 3;
/** The name that the bars know the bare pass by. */
const BARE = "bare ciphers in Node";
const SOURCES = ["sdk/src/base", "sdk/src/text", "sdk/src/files", "sdk/src/fairexchange", "bench/fairexchange"];

/** Sealing a file of 1 GiB: the time beside that of the bare ciphers, and the peak of the memory. */
export async function run(context: { say(message: string): void }): Promise<Entry[]> {
  const folder = mkdtempSync(join(tmpdir(), "isonomy-bench-"));
  try {
    const program = build(folder);
    const file = join(folder, "model.bin");
    context.say("writing a file of 1 GiB");
    await writeFile(file);

    const ours: Measured[] = [];
    const bare: Measured[] = [];
    // in turn, so that a busy moment of the machine falls on both
    for (let round = 1; round <= ROUNDS; round++) {
      context.say(`round ${round} of ${ROUNDS}`);
      bare.push(measure(program, "bare", file));
      ours.push(measure(program, "prepare", file));
    }
    return [
      entry("sdk.prepare", "s", best(ours), best(bare)),
      entry("sdk.prepare.memory", "MB", Math.max(...ours.map(({ peakBytes }) => peakBytes)) / 1e6),
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Plain JavaScript of what is measured: a compiler in the process would be measured too. */
function build(folder: string): string {
  for (const source of SOURCES) {
    mkdirSync(join(folder, source), { recursive: true });
    for (const name of readdirSync(join(ROOT, source)).filter((file) => file.endsWith(".ts"))) {
      const compilerOptions = {
        target: ts.ScriptTarget.ES2022,
        module: ts.ModuleKind.CommonJS,
        esModuleInterop: true,
      };
      const { outputText } = ts.transpileModule(readFileSync(join(ROOT, source, name), "utf8"), { compilerOptions });
      writeFileSync(join(folder, source, `${basename(name, ".ts")}.js`), outputText);
    }
  }
  // the packages as the sources find them
  for (const place of ["node_modules", "sdk/node_modules"]) {
    if (existsSync(join(ROOT, place))) symlinkSync(join(ROOT, place), join(folder, place), "dir");
  }
  return join(folder, "bench/fairexchange/measure.js");
}

async function writeFile(path: string): Promise<void> {
  const noise = createCipheriv("chacha20", Buffer.alloc(32, 1), Buffer.alloc(16));
  const zeros = Buffer.alloc(PIECE_BYTES);
  const file = await open(path, "w");
  for (let done = 0; done < FILE_BYTES; done += PIECE_BYTES) await file.write(noise.update(zeros));
  await file.close();
}

function measure(program: string, work: "bare" | "prepare", file: string): Measured {
  return JSON.parse(execFileSync(process.execPath, [program, work, file], { encoding: "utf8" })) as Measured;
}

function best(rounds: Measured[]): number {
  return Math.min(...rounds.map(({ seconds }) => seconds));
}

function entry(id: string, unit: string, ours: number, peerValue: number | null = null): Entry {
  const round = (value: number) => Math.round(value * 10_000) / 10_000;
  return {
    id,
    unit,
    ours: round(ours),
    peer: peerValue === null ? null : BARE,
    peerValue: peerValue === null ? null : round(peerValue),
    ratio: peerValue === null ? null : round(ours / peerValue),
    floor: null,
  };
}
