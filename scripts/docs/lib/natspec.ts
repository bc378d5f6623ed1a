import type { ContractDefinition } from "solidity-ast";
import type { Node } from "solidity-ast/node";

import { selectorOf, type Callable, type Program } from "./program";

/** What is written above a declaration. */
export interface Doc {
  readonly notice: string;
  readonly dev: string;
  readonly params: ReadonlyMap<string, string>;
  readonly returns: readonly string[];
  /** The declaration that the text is written above: an interface's, or OpenZeppelin's, where it is inherited. */
  readonly from: Node;
}

interface Tag {
  readonly tag: string;
  readonly text: string;
}

/** The text above a declaration as it was written, line by line. The tree has it without its empty lines. */
function textAbove(program: Program, node: Node): string {
  const { documentation } = node as { documentation?: Node | null };
  if (documentation === null || documentation === undefined) return "";
  return program
    .textOf(documentation)
    .replace(/^\/\*\*|\*\/$/g, "")
    .replace(/^[ \t]*(?:\/\/\/|\*)/gm, "")
    .trim();
}

function tagsOf(text: string): Tag[] {
  const tags: { tag: string; lines: string[] }[] = [];
  for (const line of text.split("\n").map((one) => one.trim())) {
    const [, tag, rest] = /^@([a-z]+(?::[a-z-]+)?)\s*(.*)$/.exec(line) ?? [];
    if (tag !== undefined) tags.push({ tag, lines: [rest!] });
    else if (tags.length > 0) tags.at(-1)!.lines.push(line);
    else if (line !== "") tags.push({ tag: "notice", lines: [line] });
  }
  return tags.map(({ tag, lines }) => ({ tag, text: lines.join("\n").trim() }));
}

const joined = (tags: readonly Tag[], tag: string): string =>
  tags
    .filter((one) => one.tag === tag)
    .map(({ text }) => text)
    .join("\n\n");

/** The text above something that inherits none: a struct, an event, an error, a contract. */
export function plainDoc(program: Program, node: Node): Doc {
  const tags = tagsOf(textAbove(program, node));
  const params = new Map(
    tags
      .filter(({ tag }) => tag === "param")
      .map(({ text }) => [text.split(/\s/, 1)[0]!, text.replace(/^\S+\s+/, "")] as const),
  );
  return {
    notice: joined(tags, "notice"),
    dev: joined(tags, "dev"),
    params,
    returns: tags.filter(({ tag }) => tag === "return").map(({ text }) => text),
    from: node,
  };
}

/** The text of a function: its own, that which `@inheritdoc` names, or, where it has none, that of what it overrides. */
export function docOf(program: Program, contract: ContractDefinition, callable: Callable): Doc {
  const own = plainDoc(program, callable);
  const [, heir] = /@inheritdoc\s+(\w+)/.exec(textAbove(program, callable)) ?? [];
  if (heir === undefined && (own.notice !== "" || own.dev !== "")) return own;

  const bases = program.linear(contract).filter(({ name }) => heir === undefined || name === heir);
  for (const base of bases) {
    const overridden = base.nodes.find((node) => node !== callable && selectorOf(node) === selectorOf(callable));
    if (overridden === undefined || textAbove(program, overridden) === "") continue;
    const inherited = docOf(program, base, overridden as Callable);
    return {
      notice: inherited.notice,
      dev: [inherited.dev, own.dev].filter((text) => text !== "").join("\n\n"),
      params: new Map([...inherited.params, ...own.params]),
      returns: inherited.returns.length > 0 ? inherited.returns : own.returns,
      from: inherited.from,
    };
  }
  return own;
}

/** The same text as Markdown: names in braces as code, and a list apart from the paragraph before it. */
export function asMarkdown(text: string): string {
  const lines: string[] = [];
  let inList = false;
  for (const line of text.replace(/\{([A-Za-z_][\w.-]*)\}/g, "`$1`").split("\n")) {
    const isItem = line.startsWith("- ");
    if (isItem && !inList && lines.length > 0 && lines.at(-1) !== "") lines.push("");
    inList = line !== "" && (inList || isItem);
    lines.push(line);
  }
  return lines.join("\n").trim();
}

/** One paragraph on one line. */
export function inline(text: string): string {
  return asMarkdown(text).replace(/\s*\n\s*/g, " ");
}
