import { createRequire } from "node:module";

const { cellsOf, slug } = createRequire(__filename)("../../check/markdown.cjs") as {
  cellsOf(line: string): string[];
  slug(heading: string): string;
};

/** What a test holds, as the comment above it says. */
export interface Claim {
  /** `docs/attacks.md` is "attacks". */
  readonly page: string;
  /** The heading's anchor. */
  readonly section: string;
  readonly sentence: string;
  /** Who would profit if it did not hold; said once of each invariant. */
  readonly profits: string | undefined;
  readonly path: string;
  /** Of the test, of the assertion, or of the function where there is neither. */
  readonly title: string;
}

const CLAIM = /^\s*\/\/ claim\(([a-z]+)#([a-z0-9-]+)\): (\S.*)$/;
const CONTINUED = /^\s*\/\/ {3}(\S.*)$/;
const COMMENT = /^\s*(\/\/|\/\*|\*)/;

/**
 * The claims in a file. Each is a comment above a test, an assertion or a function; further lines of it are indented by three spaces. Behind
 * a bar it says who would profit:
 *
 *     // claim(invariants#exchange): no swap gains both tokens | the trader, at the cost of the pool
 *     it("gives nothing back for nothing", ...
 */
export function claimsIn(path: string, source: string): Claim[] {
  const lines = source.split("\n");
  const claims: Claim[] = [];
  for (let i = 0; i < lines.length; i++) {
    const found = CLAIM.exec(lines[i]!);
    if (found === null) {
      if (/^\s*\/\/ ?claim\b/.test(lines[i]!))
        throw new Error(`${path}:${i + 1}: write "// claim(PAGE#SECTION): SENTENCE".`);
      continue;
    }
    const [, page, section, first] = found as unknown as [string, string, string, string];
    let end = i + 1;
    let text = first;
    for (let more = CONTINUED.exec(lines[end] ?? ""); more !== null; more = CONTINUED.exec(lines[++end] ?? "")) {
      text += ` ${more[1]!}`;
    }
    const [sentence, profits] = text.split(" | ") as [string, string | undefined];
    while (COMMENT.test(lines[end] ?? "")) end++;
    const title = titleOf(lines.slice(end).join("\n"), path.endsWith(".sol"));
    if (title === undefined) throw new Error(`${path}:${i + 1}: no test, assertion or function follows this claim.`);
    claims.push({ page, section, sentence, profits, path, title });
  }
  return claims;
}

/** The first text in quotes, with what is joined to it; in Solidity only of the next statement, and else the name of the next function. */
function titleOf(code: string, isSolidity: boolean): string | undefined {
  const name = /^\s*function\s+(\w+)/.exec(code)?.[1];
  if (isSolidity && name !== undefined) return name;
  const statement = isSolidity ? statementOf(code) : code;
  const first = QUOTED.exec(statement);
  if (first === null) return undefined;
  let title = unquoted(first[0]);
  let rest = statement.slice(first.index + first[0].length);
  for (let more = JOINED.exec(rest); more !== null; more = JOINED.exec(rest)) {
    title += unquoted(more[1]!);
    rest = rest.slice(more[0].length);
  }
  return title;
}

/** Code up to the end of its first statement; a loop's own semicolons stand in brackets. */
function statementOf(code: string): string {
  let depth = 0;
  for (const { 0: part, index } of code.matchAll(new RegExp(`${QUOTED.source}|[([\\])};]`, "g"))) {
    if (part === "(" || part === "[") depth++;
    else if (part === ")" || part === "]") depth--;
    else if (part === "}" || (part === ";" && depth === 0)) return code.slice(0, index);
  }
  return "";
}

const QUOTED = /"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`/;
const JOINED = new RegExp(`^\\s*\\+\\s*(${QUOTED.source})`);
/** A literal as it reads; what is put into a template is left out. */
const unquoted = (literal: string): string =>
  (literal.startsWith("`") ? literal.replace(/\$\{[^}]*\}/g, "…") : literal).slice(1, -1).replace(/\\(.)/g, "$1");

/**
 * A page of claims with its tables written anew: a row for each sentence, with every test that holds it. Headings and prose stay, and so do the
 * rows whose last cell says why an attack cannot apply. Rows keep their places; new ones come last.
 */
export function pageOfClaims(name: string, page: string, claims: readonly Claim[]): string {
  const mine = claims.filter((claim) => claim.page === name);
  const sections = new Set<string>();
  const parts = page.split(/^(?=## )/m).map((part) => {
    const section = slug(/^## (.*)$/m.exec(part)?.[1] ?? "");
    const table = /^\|.*\| held by +\|\n\|[\s:|-]+\|\n(?:\|.*\n)*/im.exec(part);
    if (table === null) return part;
    sections.add(section);
    const [head, line, ...rows] = table[0].trimEnd().split("\n") as [string, string, ...string[]];
    const written = rowsOf(
      rows,
      mine.filter((claim) => claim.section === section),
      cellsOf(head).length > 2,
    );
    return part.replace(table[0], () => `${[head, line, ...written].join("\n")}\n`);
  });
  const lost = mine.find(({ section }) => !sections.has(section));
  if (lost !== undefined) {
    throw new Error(
      `${lost.path}: docs/${name}.md has no table in a section "${lost.section}" for "${lost.sentence}".`,
    );
  }
  return parts.join("");
}

function rowsOf(before: readonly string[], claims: readonly Claim[], withProfits: boolean): string[] {
  const held = new Map<string, { readonly proofs: Set<string>; profits: string | undefined }>();
  for (const { sentence, profits, path, title } of claims) {
    const entry = held.get(sentence) ?? { proofs: new Set(), profits: undefined };
    entry.proofs.add(`\`${path}\` › ${title}`);
    if (profits !== undefined && entry.profits !== undefined && profits !== entry.profits) {
      throw new Error(`${path}: "${sentence}" names others who profit than elsewhere: ${profits}.`);
    }
    entry.profits ??= profits;
    held.set(sentence, entry);
  }
  const rowOf = (sentence: string): string => {
    const { proofs, profits } = held.get(sentence)!;
    held.delete(sentence);
    if (withProfits !== (profits !== undefined)) {
      throw new Error(
        withProfits
          ? `No claim says who profits when this does not hold: "${sentence}". Add it behind a bar.`
          : `An attack has no part behind a bar: "${sentence} | ${profits}".`,
      );
    }
    const cells = [sentence, ...(profits === undefined ? [] : [profits]), [...proofs].join("; ")];
    return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  };
  const rows = before.flatMap((row) => {
    const cells = cellsOf(row);
    if (/^cannot apply: .{20,}/i.test(cells.at(-1)!)) return [row];
    return held.has(cells[0]!) ? [rowOf(cells[0]!)] : [];
  });
  return [...rows, ...[...held.keys()].map(rowOf)];
}
