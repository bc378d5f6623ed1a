/** What a mutant changes, and how it is made from the syntax tree of a contract. */
import { createHash } from "node:crypto";

import { endOf, isNode, startOf, walk, type AstNode } from "./ast";
import { declarationsOf, neighboursAt, type Declarations } from "./neighbours";

export const OPERATORS = {
  arithmetic: "another arithmetic operator",
  bits: "another operator on bits",
  boundary: "a comparison that takes in its boundary or leaves it out",
  comparison: "the opposite comparison",
  logic: "and for or, or the reverse",
  negation: "a condition negated",
  check: "a requirement removed",
  modifier: "a modifier removed",
  arguments: "two neighbouring arguments of one type swapped",
  statement: "a statement removed",
  literal: "another constant",
  conjunct: "one part of a condition forgotten",
  variable: "another variable or member of the same type",
  rounding: "the smaller for the larger, up for down",
  write: "a neighbouring value written to the state",
  key: "a key of a mapping, or a hash, that forgets a part",
} as const;
export type Operator = keyof typeof OPERATORS;

/** One change of one place of a contract. */
export interface Mutant {
  /** The same as long as the statement and the place in it are the same, wherever they move in the file. */
  readonly id: string;
  readonly file: string;
  readonly line: number;
  /** The function that is changed, or the name of what is declared. */
  readonly scope: string;
  readonly operator: Operator;
  /** Bytes of the file that are replaced. */
  readonly start: number;
  readonly end: number;
  readonly original: string;
  readonly replacement: string;
  /** The statement or declaration around the change, on one line. */
  readonly statement: string;
  /** Fingerprint of the function or declaration that is changed: what is known of a mutant holds as long as it is the same. */
  readonly context: string;
}

export interface Change {
  readonly operator: Operator;
  readonly start: number;
  readonly end: number;
  readonly replacement: string;
}

const ARITHMETIC: Record<string, string> = { "+": "-", "-": "+", "*": "/", "/": "*", "%": "*", "**": "*" };
const BITS: Record<string, string> = { "&": "|", "|": "&", "^": "&", "<<": ">>", ">>": "<<" };
const BOUNDARY: Record<string, string> = { "<": "<=", "<=": "<", ">": ">=", ">=": ">" };
const OPPOSITE: Record<string, string> = { "<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "==" };
const LOGIC: Record<string, string> = { "&&": "||", "||": "&&" };
const UNARY: Record<string, string> = { "++": "--", "--": "++", "!": "", "~": "", "-": "" };
const YUL_ARITHMETIC: Record<string, string> = { add: "sub", sub: "add", mul: "div", div: "mul", mod: "mul" };
const YUL_BITS: Record<string, string> = { and: "or", or: "and", xor: "and", shl: "shr", shr: "shl" };
const YUL_COMPARISON: Record<string, string> = { lt: "gt", gt: "lt", slt: "sgt", sgt: "slt" };
/** Built-in functions of Yul whose two arguments are not interchangeable; those of a program's own never are. */
const YUL_ORDERED = new Set(["sub", "div", "mod", "lt", "gt", "slt", "sgt", "shl", "shr", "sar", "mstore", "sstore"]);
/** Built-in functions of Yul that have no name of their own to be mutated by a swap. */
const YUL_UNORDERED = new Set(
  "add mul and or xor eq keccak256 return revert log0 log1 log2 log3 log4 call staticcall byte tstore"
    .split(" ")
    .concat([
      "calldatacopy",
      "returndatacopy",
      "codecopy",
      "mcopy",
      "mstore8",
      "addmod",
      "mulmod",
      "create2",
      "signextend",
      "exp",
    ]),
);
const CONDITIONAL = new Set(["IfStatement", "Conditional", "WhileStatement", "DoWhileStatement", "ForStatement"]);
const COMPARED = new Set(Object.keys(OPPOSITE));

/** Every mutant of a source file; interfaces have none. `source` is the file's text, `ast` its syntax tree, `known` what its names refer to. */
export function mutantsOf(
  file: string,
  source: string,
  ast: AstNode,
  known: Declarations = declarationsOf([ast]),
): Mutant[] {
  const bytes = Buffer.from(source, "utf8");
  const text = (from: number, to: number): string => bytes.subarray(from, to).toString("utf8");
  const seen = new Set<string>();
  const ordinals = new Map<string, number>();
  const mutants: Mutant[] = [];

  for (const [node, above] of walk(ast)) {
    if (above.some(isIgnored)) continue;
    const changes = [...changesAt(node, above, text), ...neighboursAt(node, above, text, known)];
    for (const { operator, start, end, replacement } of changes) {
      const original = text(start, end);
      const place = `${start}:${end}:${replacement}`;
      if (original === replacement || seen.has(place)) continue;
      seen.add(place);

      const path = [...above, node];
      const scope = scopeOf(path);
      const whole = wholeAround(path);
      const context = createHash("sha256")
        .update(text(startOf(whole), endOf(whole)))
        .digest("hex")
        .slice(0, 16);
      const around = statementAround(path);
      const statement = oneLine(text(startOf(around), endOf(around)));
      // where in the statement: a name that moves with it
      const key = [file, scope, operator, statement, oneLine(original), oneLine(replacement)].join("\n");
      const ordinal = (ordinals.get(key) ?? 0) + 1;
      ordinals.set(key, ordinal);
      const id = createHash("sha256").update(`${key}\n${ordinal}`).digest("hex").slice(0, 12);
      const line = text(0, start).split("\n").length;
      mutants.push({ id, file, line, scope, operator, start, end, original, replacement, statement, context });
    }
  }
  return mutants;
}

/** The source with a mutant in it. */
export function apply(source: string, mutant: Pick<Mutant, "start" | "end" | "replacement">): string {
  const bytes = Buffer.from(source, "utf8");
  return Buffer.concat([
    bytes.subarray(0, mutant.start),
    Buffer.from(mutant.replacement, "utf8"),
    bytes.subarray(mutant.end),
  ]).toString("utf8");
}

/** Interfaces have no code; a type's length and the text of a declaration's type are no behaviour. */
function isIgnored(node: AstNode): boolean {
  return (
    (node.nodeType === "ContractDefinition" && node.contractKind === "interface") ||
    node.nodeType.endsWith("TypeName") ||
    node.nodeType === "ImportDirective"
  );
}

export type Text = (from: number, to: number) => string;

function changesAt(node: AstNode, above: readonly AstNode[], text: Text): Change[] {
  switch (node.nodeType) {
    case "BinaryOperation":
      return binary(node, text);
    case "UnaryOperation":
      return unary(node, text);
    case "Assignment":
      return compound(node, text);
    case "Literal":
      return literal(node, text);
    case "FunctionCall":
      return [...swaps(node, text), ...negatedRequirement(node, text)];
    case "FunctionDefinition":
      return modifiers(node);
    case "ExpressionStatement":
    case "EmitStatement":
    case "RevertStatement":
    case "Return":
    case "Continue":
    case "Break":
      return removal(node, above.at(-1), text);
    case "YulFunctionCall":
      return yulCall(node, text);
    case "YulLiteral":
      return yulLiteral(node, text);
    case "YulAssignment":
    case "YulExpressionStatement":
      return [{ operator: "statement", start: startOf(node), end: endOf(node), replacement: "{}" }];
    case "YulIf":
      return yulCondition(node, text);
    default:
      return CONDITIONAL.has(node.nodeType) ? negation(node.condition, text) : [];
  }
}

function binary(node: AstNode, text: Text): Change[] {
  const operator = node.operator as string;
  const [left, right] = [node.leftExpression as AstNode, node.rightExpression as AstNode];
  const at = endOf(left) + text(endOf(left), startOf(right)).indexOf(operator);
  const change = (kind: Operator, table: Record<string, string>): Change[] =>
    table[operator] === undefined
      ? []
      : [{ operator: kind, start: at, end: at + operator.length, replacement: table[operator] }];
  return [
    ...change("arithmetic", ARITHMETIC),
    ...change("bits", BITS),
    ...change("boundary", BOUNDARY),
    ...change("comparison", OPPOSITE),
    ...change("logic", LOGIC),
  ];
}

function unary(node: AstNode, text: Text): Change[] {
  const operator = node.operator as string;
  const replacement = UNARY[operator];
  if (replacement === undefined) return [];
  const start = node.prefix === true ? startOf(node) : endOf(node) - operator.length;
  if (text(start, start + operator.length) !== operator) return [];
  const kind: Operator = operator === "!" ? "negation" : operator === "~" ? "bits" : "arithmetic";
  return [{ operator: kind, start, end: start + operator.length, replacement }];
}

/** `+=` and its like. A plain assignment is mutated by removing it. */
function compound(node: AstNode, text: Text): Change[] {
  const operator = node.operator as string;
  const replacement = { ...ARITHMETIC, ...BITS }[operator.slice(0, -1)];
  if (operator === "=" || replacement === undefined) return [];
  const [left, right] = [node.leftHandSide as AstNode, node.rightHandSide as AstNode];
  const at = endOf(left) + text(endOf(left), startOf(right)).indexOf(operator);
  const kind: Operator = operator.slice(0, -1) in BITS ? "bits" : "arithmetic";
  return [{ operator: kind, start: at, end: at + operator.length, replacement: `${replacement}=` }];
}

function literal(node: AstNode, text: Text): Change[] {
  const [start, end] = [startOf(node), endOf(node)];
  const written = text(start, end);
  const change = (replacement: string): Change[] => [{ operator: "literal", start, end, replacement }];
  if (node.kind === "bool") return change(written === "true" ? "false" : "true");
  if (node.kind === "string") return written.length > 2 ? change(`${written.slice(0, -1)}~${written.at(-1)}`) : [];
  if (node.kind !== "number") return [];
  return change(`(${written} + 1${node.subdenomination ? ` ${node.subdenomination as string}` : ""})`);
}

/** Two neighbours of one type, of a function, an event, an error or a struct, named or not. */
function swaps(node: AstNode, text: Text): Change[] {
  if (node.kind === "typeConversion") return [];
  const given = node.arguments as AstNode[];
  const typeOf = (argument: AstNode): string =>
    (argument.typeDescriptions as { typeString?: string } | undefined)?.typeString ?? "";
  return given.slice(1).flatMap((second, index) => {
    const first = given[index];
    return typeOf(first) !== typeOf(second) ? [] : swap(first, second, text);
  });
}

function swap(first: AstNode, second: AstNode, text: Text): Change[] {
  const [one, other] = [text(startOf(first), endOf(first)), text(startOf(second), endOf(second))];
  if (one === other) return [];
  const between = text(endOf(first), startOf(second));
  return [{ operator: "arguments", start: startOf(first), end: endOf(second), replacement: other + between + one }];
}

const isCallOf = (node: AstNode, names: readonly string[]): boolean =>
  node.nodeType === "FunctionCall" && names.includes((node.expression as AstNode).name as string);

const negatedRequirement = (node: AstNode, text: Text): Change[] =>
  isCallOf(node, ["require", "assert"]) ? negation((node.arguments as AstNode[])[0], text) : [];

/** Comparisons have an opposite and `!` is taken away, so neither is negated once more. */
function negation(condition: unknown, text: Text): Change[] {
  if (!isNode(condition) || COMPARED.has(condition.operator as string) || condition.operator === "!") return [];
  const [start, end] = [startOf(condition), endOf(condition)];
  return [{ operator: "negation", start, end, replacement: `!(${text(start, end)})` }];
}

function modifiers(node: AstNode): Change[] {
  return (node.modifiers as AstNode[])
    .filter(({ kind }) => kind === "modifierInvocation")
    .map((modifier) => ({
      operator: "modifier",
      start: startOf(modifier),
      end: endOf(modifier),
      replacement: "",
    }));
}

/** Statements end before their semicolon; those in the head of a loop have none of their own. */
function removal(node: AstNode, parent: AstNode | undefined, text: Text): Change[] {
  if (node.nodeType === "Return" && !isNode(node.expression)) return [];
  const [start, end] = [startOf(node), endOf(node)];
  const checks =
    node.nodeType === "RevertStatement" ||
    (node.nodeType === "ExpressionStatement" && isCallOf(node.expression as AstNode, ["require", "assert", "revert"]));
  const operator: Operator = checks ? "check" : "statement";
  const inHead =
    parent?.nodeType === "ForStatement" && (parent.initializationExpression === node || parent.loopExpression === node);
  if (inHead) return [{ operator, start, end, replacement: "" }];
  const semicolon = /^\s*;/.exec(text(end, end + 40))?.[0].length ?? 0;
  return [{ operator, start, end: end + semicolon, replacement: "{}" }];
}

function yulCall(node: AstNode, text: Text): Change[] {
  const called = node.functionName as AstNode;
  const name = called.name as string;
  const renamed = (operator: Operator, table: Record<string, string>): Change[] =>
    table[name] === undefined
      ? []
      : [{ operator, start: startOf(called), end: endOf(called), replacement: table[name] }];
  const [start, end] = [startOf(node), endOf(node)];
  const negated: Change[] =
    name === "eq" ? [{ operator: "comparison", start, end, replacement: `iszero(${text(start, end)})` }] : [];
  const given = node.arguments as AstNode[];
  const ordered = YUL_ORDERED.has(name) || !YUL_UNORDERED.has(name);
  const swapped = ordered ? given.slice(1).flatMap((second, index) => swap(given[index], second, text)) : [];
  return [
    ...renamed("arithmetic", YUL_ARITHMETIC),
    ...renamed("bits", YUL_BITS),
    ...renamed("comparison", YUL_COMPARISON),
    ...negated,
    ...swapped,
  ];
}

function yulLiteral(node: AstNode, text: Text): Change[] {
  if (node.kind !== "number") return [];
  const [start, end] = [startOf(node), endOf(node)];
  const written = text(start, end);
  const next = BigInt(written) + 1n;
  const replacement = written.startsWith("0x") ? `0x${next.toString(16)}` : next.toString();
  return next >> 256n === 0n ? [{ operator: "literal", start, end, replacement }] : [];
}

function yulCondition(node: AstNode, text: Text): Change[] {
  const condition = node.condition as AstNode;
  const [start, end] = [startOf(condition), endOf(condition)];
  return [{ operator: "negation", start, end, replacement: `iszero(${text(start, end)})` }];
}

/** The function, the modifier or the declared constant that a node is in. */
const wholeAround = (path: readonly AstNode[]): AstNode =>
  path.findLast(({ nodeType }) => nodeType === "FunctionDefinition" || nodeType === "ModifierDefinition") ??
  path.find(({ nodeType }) => nodeType === "VariableDeclaration") ??
  path.at(-1)!;

function scopeOf(path: readonly AstNode[]): string {
  const named = path.filter(({ nodeType }) =>
    ["FunctionDefinition", "ModifierDefinition", "ContractDefinition"].includes(nodeType),
  );
  const scope = named.at(-1);
  if (scope === undefined) return "file";
  if (scope.nodeType !== "ContractDefinition") return (scope.name as string) || (scope.kind as string);
  const declared = path.find(({ nodeType }) => nodeType === "VariableDeclaration");
  return (declared?.name as string | undefined) ?? (scope.name as string);
}

/** The nearest statement that is no block, or else the declaration. */
function statementAround(path: readonly AstNode[]): AstNode {
  const statements = path.filter(
    ({ nodeType }) =>
      /Statement$|^Return$|^Continue$|^Break$|^Yul(Assignment|VariableDeclaration)$/.test(nodeType) &&
      !/^(If|For|While|DoWhile|Try)Statement$/.test(nodeType),
  );
  return (
    statements.at(-1) ??
    path.filter(({ nodeType }) => CONDITIONAL.has(nodeType) || nodeType === "YulIf").at(-1) ??
    path.findLast(({ nodeType }) => nodeType === "VariableDeclaration") ??
    path.at(-1)!
  );
}

const oneLine = (text: string): string => text.replace(/\s+/g, " ").trim();
