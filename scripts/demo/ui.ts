import Table from "cli-table3";
import { formatUnits, type TransactionReceipt } from "ethers";
import { Listr } from "listr2";
import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

/** What a step tells while it runs. */
export interface Report {
  /** Says what came of the step, in a few words. */
  say(text: string): void;
  /** Counts the gas of a transaction as the step's. */
  spent(receipt: Pick<TransactionReceipt, "hash" | "gasUsed">): void;
  /** Counts gas that belongs to no single receipt. */
  spentGas(gas: bigint): void;
  /** Lines that stay below the step. */
  show(lines: readonly string[]): void;
}

export interface Step<Context> {
  readonly title: string;
  run(context: Context, report: Report): Promise<void>;
}

/** What a finished step cost, as the receipt keeps it. */
export interface StepRecord {
  readonly title: string;
  readonly result: string;
  readonly seconds: number;
  readonly gas: string;
  readonly transactions: readonly string[];
}

export interface RunOptions {
  /** Redraws the lines on a terminal; otherwise each step is printed once it is done. */
  readonly live: boolean;
  readonly print?: (line: string) => void;
  readonly onStart?: (title: string) => void;
}

/** Without a terminal a step is announced when it takes longer than this, so that nobody takes it for stuck. */
const NOTICE_MS = 2_000;

/** Runs steps one after another and shows each with its time and gas. Stops at the first that fails. */
export async function runSteps<Context>(
  steps: readonly Step<Context>[],
  context: Context,
  options: RunOptions,
): Promise<StepRecord[]> {
  const { live, print = console.log, onStart } = options;
  const records: StepRecord[] = [];
  const tasks = steps.map((step, index) => ({
    title: numbered(index, steps.length, step.title),
    task: async (_: unknown, task: { title: string }): Promise<void> => {
      onStart?.(step.title);
      const started = numbered(index, steps.length, `${step.title} ...`);
      const notice = live ? undefined : setTimeout(() => print(started), NOTICE_MS);
      const { record, lines } = await runStep(step, context).finally(() => clearTimeout(notice));
      records.push(record);
      const shown = [numbered(index, steps.length, describe(record)), ...lines.map((line) => `        ${line}`)];
      task.title = shown.join("\n");
      if (!live) shown.forEach((line) => print(line));
    },
  }));
  // Interrupts are the caller's, who has a node to stop.
  const common = { registerSignalListeners: false, concurrent: false } as const;
  const list = live
    ? new Listr(tasks, { ...common, renderer: "default", rendererOptions: { showErrorMessage: false } })
    : new Listr(tasks, { ...common, renderer: "silent" });
  await list.run();
  return records;
}

async function runStep<Context>(
  step: Step<Context>,
  context: Context,
): Promise<{ record: StepRecord; lines: readonly string[] }> {
  const startedAt = performance.now();
  let result = "";
  let gas = 0n;
  let lines: readonly string[] = [];
  const transactions: string[] = [];
  await step.run(context, {
    say: (text) => (result = text),
    spent: (receipt) => {
      gas += receipt.gasUsed;
      transactions.push(receipt.hash);
    },
    spentGas: (more) => (gas += more),
    show: (more) => (lines = more),
  });
  const seconds = Math.round(performance.now() - startedAt) / 1_000;
  return { record: { title: step.title, result, seconds, gas: gas.toString(), transactions }, lines };
}

function numbered(index: number, count: number, text: string): string {
  return `${String(index + 1).padStart(2)}/${count} ${text}`;
}

function describe({ title, result, seconds, gas }: StepRecord): string {
  const cost = gas === "0" ? "" : `, ${BigInt(gas).toLocaleString("en")} gas`;
  return `${title}${result === "" ? "" : `: ${result}`} (${seconds.toFixed(1)} s${cost})`;
}

/** A table with a heading for each column. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const colours = { style: process.stdout.isTTY ? { head: ["bold"], border: ["grey"] } : { head: [], border: [] } };
  const result = new Table({ head: [...head], ...colours });
  result.push(...rows.map((row) => [...row]));
  return result.toString();
}

/** An amount with its unit, for people: at least two decimals, at most six, never rounded up. */
export function amount(value: bigint, decimals: number, unit: string): string {
  const [whole, fraction = ""] = formatUnits(value, decimals).split(".");
  const digits = fraction.slice(0, 6).replace(/0+$/, "").padEnd(2, "0");
  return `${BigInt(whole!).toLocaleString("en")}.${digits} ${unit}`;
}

/** Writes a receipt whole or not at all, so that an interrupted run leaves the last good one. Numbers become text. */
export function writeReceipt(file: string, receipt: unknown): void {
  const asText = (_key: string, value: unknown): unknown => (typeof value === "bigint" ? value.toString() : value);
  const unfinished = `${file}.${process.pid}.part`;
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(unfinished, `${JSON.stringify(receipt, asText, 2)}\n`);
  renameSync(unfinished, file);
}
