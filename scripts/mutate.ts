/** npm run mutate: how many small mistakes in the contracts would the unit tests notice? `--help` lists the options. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { format, resolveConfig } from "prettier";

import { setting } from "../deploy/engine/environment";
import { compileContracts } from "./lib/compile";
import { Journal } from "./mutation/journal";
import { OPERATORS, type Mutant } from "./mutation/operators";
import {
  describeChange,
  figuresOf,
  pageOf,
  percent,
  scoreOf,
  withPart,
  withPartsOf,
  type Explanation,
  type Outcome,
} from "./mutation/report";
import { isTested, runPlans, type Plan } from "./mutation/run";
import { quotas } from "./mutation/sample";
import { Project } from "./mutation/sources";
import { requireTests, testsOf } from "./mutation/tests";

const ROOT = join(__dirname, "..");
const JOURNAL = join(ROOT, "cache", "mutation", "journal.jsonl");
const PAGE = join(ROOT, "docs", "mutation.md");
/** What is known of survivors; written by hand. */
const EXPLAINED = join(__dirname, "mutation", "explained.json");
const FLOOR = 0.9;
const HELP = `npm run mutate -- [options]

  --sample N     test N mutants, in proportion from every contract (600); "all" for every one
  --seed S       another sample of the same size (1)
  --files GLOB   only contracts whose path matches, such as "contracts/market/**"
  --operators A,B  only mutants that these make, such as "conjunct,key"; writes a part of the page
  --ids A,B      only these mutants
  --workers N    processes that test (2)
  --list         print the mutants and test none
  --report       write docs/mutation.md from what earlier runs found, and test none
  --fresh        forget what earlier runs found`;

interface Settings {
  readonly sample: number;
  readonly seed: number;
  readonly workers: number;
  readonly files: string | undefined;
  readonly operators: ReadonlySet<string> | undefined;
  readonly ids: ReadonlySet<string> | undefined;
  readonly list: boolean;
  readonly report: boolean;
  readonly fresh: boolean;
}

function readSettings(): Settings | undefined {
  const { values } = parseArgs({
    options: {
      sample: { type: "string", default: "600" },
      seed: { type: "string", default: "1" },
      files: { type: "string" },
      operators: { type: "string" },
      ids: { type: "string" },
      workers: { type: "string", default: "2" },
      list: { type: "boolean", default: false },
      report: { type: "boolean", default: false },
      fresh: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return undefined;
  const known = (names: readonly string[]): ReadonlySet<string> => {
    const unknown = names.filter((name) => !(name in OPERATORS));
    if (unknown.length === 0) return new Set(names);
    throw new Error(`--operators names ${unknown.join(", ")}; there are ${Object.keys(OPERATORS).join(", ")}.`);
  };
  const whole = (name: string, text: string): number => {
    if (!/^\d+$/.test(text)) throw new Error(`--${name} is "${text}", which is no whole number.`);
    return Number(text);
  };
  return {
    sample: values.sample === "all" ? Infinity : whole("sample", values.sample),
    seed: whole("seed", values.seed),
    workers: Math.max(1, whole("workers", values.workers)),
    files: values.files,
    operators: values.operators === undefined ? undefined : known(values.operators.split(",")),
    ids: values.ids === undefined ? undefined : new Set(values.ids.split(",")),
    list: values.list,
    report: values.report,
    fresh: values.fresh,
  };
}

/** `*` matches anything but a slash, `**` anything. */
function globbed(glob: string): RegExp {
  const escaped = glob.replace(/[.+?^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`^${escaped.replace(/\*\*|\*/g, (stars) => (stars === "**" ? ".*" : "[^/]*"))}$`);
}

async function main(): Promise<number> {
  const settings = readSettings();
  if (settings === undefined) {
    console.log(HELP);
    return 0;
  }
  console.log("Reading the contracts.");
  const project = new Project();
  const every = project.mutants();
  requireTests([...every.keys()]);
  const made = ({ operator }: Mutant): boolean => settings.operators?.has(operator) ?? true;
  const all = new Map([...every].map(([file, mutants]) => [file, mutants.filter(made)]));
  const explained = JSON.parse(readFileSync(EXPLAINED, "utf8")) as Explanation[];
  const available = Object.fromEntries([...all].map(([file, mutants]) => [file, mutants.length]));
  const quota = quotas(available, settings.sample);
  const chosen = [...all].filter(([file]) => settings.files === undefined || globbed(settings.files).test(file));
  const plans: Plan[] = chosen
    .map(([file, mutants]) => {
      const wanted = settings.ids === undefined ? mutants : mutants.filter(({ id }) => settings.ids!.has(id));
      return {
        file,
        tests: testsOf(file),
        contracts: wanted.length === 0 ? [] : project.madeFrom(file),
        mutants: wanted,
        quota: settings.ids === undefined ? quota[file] : wanted.length,
      };
    })
    .filter(({ mutants }) => mutants.length > 0);
  if (plans.length === 0) {
    // "0 of 0 killed" would look like a clean sample
    console.error(
      "No mutant fits --files, --operators and --ids. A glob has * and **, such as contracts/market/*.sol.",
    );
    return 1;
  }
  const total = plans.reduce((sum, plan) => sum + plan.quota, 0);
  console.log(
    `${plans.length} files, ${plans.reduce((sum, plan) => sum + plan.mutants.length, 0)} mutants, ${total} to test.`,
  );
  if (settings.list) {
    for (const plan of plans) {
      for (const mutant of plan.mutants) {
        console.log(`${mutant.id} ${mutant.file}:${mutant.line} ${mutant.operator}: ${describeChange(mutant)}`);
      }
    }
    return 0;
  }

  // the contracts that are not mutated are deployed as Hardhat left them
  if (!settings.report) await compileContracts({ all: true });
  const journal = new Journal(JOURNAL);
  if (settings.fresh) journal.forget();
  const reasons = new Map(explained.map((one) => [one.id, one]));
  const outcomes: Outcome[] = [];
  let [tested, newlyTested, lastLine] = [0, 0, 0];
  const started = Date.now();
  const progress = (): void => {
    lastLine = Date.now();
    const { killed, survived } = figuresOf(outcomes, reasons);
    const each = (Date.now() - started) / Math.max(1, newlyTested);
    const left = Math.ceil(((total - tested) * each) / 60_000);
    console.log(`  ${tested} of ${total}: ${killed} killed, ${survived} survived; about ${left} min left`);
  };

  const left = await runPlans(plans, {
    seed: settings.seed,
    workers: settings.report ? 0 : settings.workers,
    journal,
    onNotGreen: (message) => console.error(`  ${message}`),
    onStart: ({ file, quota: size }, tests) => console.log(`${file}: ${size} mutants, ${tests} tests`),
    onResult: (mutant, result, isNew) => {
      outcomes.push({ mutant, result });
      if (isTested(result)) tested++;
      if (isTested(result) && isNew) newlyTested++;
      if (result.status === "survived" && !reasons.has(mutant.id)) {
        console.log(
          `  survived: ${mutant.id} ${mutant.file}:${mutant.line} ${mutant.operator}: ${describeChange(mutant)}`,
        );
      }
      if (isNew && Date.now() - lastLine > 10_000) progress();
    },
  });

  const figures = figuresOf(outcomes, reasons);
  const score = scoreOf(figures);
  console.log(
    `${figures.killed} of ${figures.killed + figures.survived} killed: ${percent(score)}. ${figures.survived} survived, ` +
      `${figures.equivalent} equivalent, ${figures.invalid} did not compile. ${((Date.now() - started) / 60_000).toFixed(1)} min.`,
  );
  if (settings.files === undefined && settings.ids === undefined) {
    const found = { outcomes, explained, available, seed: settings.seed, sample: total, left };
    const before = readFileSync(PAGE, "utf8");
    const page =
      settings.operators === undefined
        ? withPartsOf(pageOf(found), before)
        : withPart(before, { ...found, operators: [...settings.operators] });
    writeFileSync(PAGE, await format(page, { ...(await resolveConfig(PAGE)), filepath: PAGE }));
    console.log("The figures are in docs/mutation.md.");
  }
  if (score >= FLOOR) return 0;
  console.error(`The floor is ${percent(FLOOR)}.`);
  return 1;
}

main().then(
  (status) => process.exit(status),
  (error: unknown) => {
    console.error(`\n${error instanceof Error ? error.message : String(error)}`);
    if (setting("DEBUG") !== undefined) console.error(error);
    process.exit(1);
  },
);
