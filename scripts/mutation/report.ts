import type { Result } from "./journal";
import { OPERATORS, type Mutant, type Operator } from "./operators";

/** What somebody says of a survivor. */
export interface Explanation {
  readonly id: string;
  readonly file: string;
  /** The change, for readers of the list. */
  readonly change: string;
  /** equivalent: no input tells it from the contract, so it is not counted. accepted: it is counted as a survivor, and why is known. */
  readonly verdict: "equivalent" | "accepted";
  readonly reason: string;
}

export interface Outcome {
  readonly mutant: Mutant;
  readonly result: Result;
}

export interface Figures {
  readonly mutants: number;
  readonly killed: number;
  readonly survived: number;
  /** Found by the compiler, or argued. */
  readonly equivalent: number;
  readonly invalid: number;
}

/** Killed mutants among those that could be. */
export const scoreOf = ({ killed, survived }: Figures): number =>
  killed + survived === 0 ? 1 : killed / (killed + survived);

export const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;

export function figuresOf(outcomes: readonly Outcome[], explained: ReadonlyMap<string, Explanation>): Figures {
  const count = (matches: (outcome: Outcome) => boolean): number => outcomes.filter(matches).length;
  const survivor = ({ result }: Outcome): boolean => result.status === "survived";
  const isArgued = ({ mutant }: Outcome): boolean => explained.get(mutant.id)?.verdict === "equivalent";
  return {
    mutants: outcomes.length,
    killed: count(({ result }) => result.status === "killed" || result.status === "timeout"),
    survived: count((outcome) => survivor(outcome) && !isArgued(outcome)),
    equivalent: count((outcome) => outcome.result.status === "equivalent" || (survivor(outcome) && isArgued(outcome))),
    invalid: count(({ result }) => result.status === "invalid"),
  };
}

export const describeChange = ({ scope, statement, original, replacement }: Mutant): string =>
  `${scope}: ${short(statement)}: ${short(original)} → ${short(replacement) || "nothing"}`;

function short(text: string, longest = 110): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length <= longest ? line : `${line.slice(0, longest - 1)}…`;
}

const code = (text: string): string => `\`${text.replaceAll("|", "\\|").replaceAll("`", "'")}\``;

interface Page {
  readonly outcomes: readonly Outcome[];
  readonly explained: readonly Explanation[];
  /** Mutants that there are, by file. */
  readonly available: Readonly<Record<string, number>>;
  readonly seed: number;
  readonly sample: number;
  /** Mutants of the sample that are still to be tested. */
  readonly left: number;
}

/** What is said of outcomes: the figures, and what survived with the reason. */
function linesOf(outcomes: readonly Outcome[], explained: readonly Explanation[]) {
  const reasons = new Map(explained.map((one) => [one.id, one]));
  const all = figuresOf(outcomes, reasons);
  const alive = outcomes.filter(({ result }) => result.status === "survived");
  const isArgued = ({ mutant }: Outcome): boolean => reasons.get(mutant.id)?.verdict === "equivalent";
  const item = ({ mutant }: Outcome): string =>
    `- ${code(mutant.id)} ${mutant.file.replace(/^contracts\//, "")}, line ${mutant.line}, ${code(describeChange(mutant))}: ` +
    `${reasons.get(mutant.id)?.reason ?? "not explained."}`;
  const list = (part: readonly Outcome[]): string => (part.length === 0 ? "None." : part.map(item).join("\n"));
  const [argued, survivors] = [alive.filter(isArgued), alive.filter((outcome) => !isArgued(outcome))];
  const timeouts = outcomes.filter(({ result }) => result.status === "timeout").length;
  const tested = all.killed + all.survived;
  const figures = `- **${all.killed} of ${tested} killed: ${percent(scoreOf(all))}** (${timeouts} of them because a test ran into its time limit);
- ${all.survived} survived;
- ${all.equivalent} are equivalent: no input tells them from the contract (${argued.length} by argument, the others compile to the same code);
- ${all.invalid} do not compile and are not counted.`;
  return { figures, survivors: list(survivors), argued: list(argued) };
}

const PART = "## A sample of ";

/** The parts of a page that runs with `--operators` wrote, each under the names of its operators. */
const partsOf = (page: string): string[] => {
  const [, ...parts] = page.split(new RegExp(`^${PART}`, "m"));
  return parts.map((part) => `${PART}${part.trimEnd()}\n`);
};

/** The page of a full run, with the parts that were on the page before. */
export const withPartsOf = (page: string, before: string): string => [page, ...partsOf(before)].join("\n");

/** The page with the part of a run with `--operators`, instead of an earlier one with the same. */
export function withPart(before: string, page: Page & { readonly operators: readonly string[] }): string {
  const { outcomes, explained, available, seed, sample, left, operators } = page;
  const total = Object.values(available).reduce((sum, count) => sum + count, 0);
  const { figures, survivors, argued } = linesOf(outcomes, explained);
  const title = `${PART}${operators.join(", ")}\n`;
  const part = `${title}
\`npm run mutate -- --operators ${operators.join(",")}\` with seed ${seed} and a sample of ${sample}, drawn in the same way from what these
operators make. Of ${total} possible mutants it looked at ${outcomes.length}${left > 0 ? `, and ${left} are still to be tested` : ""}:

${figures}

Survivors:

${survivors}

Equivalent by argument:

${argued}
`;
  const parts = partsOf(before);
  const own = before.split(new RegExp(`^${PART}`, "m"))[0].trimEnd();
  const others = parts.filter((one) => !one.startsWith(title));
  return [`${own}\n`, ...others, part].join("\n");
}

/** `docs/mutation.md`. */
export function pageOf({ outcomes, explained, available, seed, sample, left }: Page): string {
  const reasons = new Map(explained.map((one) => [one.id, one]));
  const total = Object.values(available).reduce((sum, count) => sum + count, 0);
  const row = (name: string, there: number, part: readonly Outcome[]): string => {
    const figures = figuresOf(part, reasons);
    const cells = [there, figures.killed, figures.survived, figures.equivalent, figures.invalid];
    const score = figures.killed + figures.survived === 0 ? "–" : percent(scoreOf(figures));
    return `| ${name} | ${cells.join(" | ")} | ${score} |`;
  };
  const byFile = Object.keys(available)
    .sort()
    .map((file) =>
      row(
        code(file.replace(/^contracts\//, "")),
        available[file],
        outcomes.filter(({ mutant }) => mutant.file === file),
      ),
    );
  const byOperator = (Object.keys(OPERATORS) as Operator[]).map((operator) => {
    const part = outcomes.filter(({ mutant }) => mutant.operator === operator);
    const { killed, survived, equivalent } = figuresOf(part, reasons);
    return `| ${operator} | ${OPERATORS[operator]} | ${killed} | ${survived} | ${equivalent} |`;
  });
  const { figures, survivors, argued } = linesOf(outcomes, explained);

  return `# Mutation testing

<!-- Written by \`npm run mutate\`. -->

A mutant is a contract with one small mistake in it. If no test fails, nobody would notice the mistake in the real contract either.
\`npm run mutate\` makes mutants from the compiler's syntax tree, in memory, and runs the unit tests of the contract against each.
It resumes where it was interrupted, and repeats nothing that is still valid: a kill is valid while the function is the same, a survivor
while its tests are the same too; \`--fresh\` forgets everything. \`npm run mutate -- --help\` lists the options.

The last full run had seed ${seed} and a sample of ${sample}, drawn in proportion from every contract that has code. Of ${total} possible
mutants it looked at ${outcomes.length}${left > 0 ? `, and ${left} are still to be tested` : ""}:

${figures}

## By contract

| contract | possible | killed | survived | equivalent | not compiling | score |
| -------- | -------: | -----: | -------: | ---------: | ------------: | ----: |
${byFile.join("\n")}

## By operator

| operator | what it makes | killed | survived | equivalent |
| -------- | ------------- | -----: | -------: | ---------: |
${byOperator.join("\n")}

## Survivors

${survivors}

## Equivalent by argument

${argued}
`;
}
