/** Mistakes of a rule rather than of an operator: a condition forgotten, a neighbour used by mistake, a key that is too coarse. */
import { endOf, isNode, startOf, walk, type AstNode } from "./ast";
import type { Change, Text } from "./operators";

/** What names refer to, in every tree that a source can reach. */
export interface Declarations {
  readonly variables: ReadonlyMap<number, AstNode>;
  /** The members of the struct that a member belongs to, by the member. */
  readonly members: ReadonlyMap<number, readonly AstNode[]>;
  /** Functions that a rounding may be changed to. */
  readonly functions: ReadonlySet<string>;
}

export function declarationsOf(trees: Iterable<AstNode>): Declarations {
  const variables = new Map<number, AstNode>();
  const members = new Map<number, readonly AstNode[]>();
  const functions = new Set<string>();
  for (const tree of trees) {
    for (const [node] of walk(tree)) {
      if (node.nodeType === "VariableDeclaration") variables.set(node.id!, node);
      if (node.nodeType === "FunctionDefinition") functions.add(node.name as string);
      if (node.nodeType !== "StructDefinition") continue;
      for (const member of node.members as AstNode[]) members.set(member.id!, node.members as AstNode[]);
    }
  }
  return { variables, members, functions };
}

const typeOf = (node: AstNode): string =>
  (node.typeDescriptions as { typeString?: string } | undefined)?.typeString ?? "";
const isInteger = (type: string): boolean => /^u?int\d*$/.test(type);
/** Numbers that the compiler knows have types such as `int_const 7`, and are changed as literals. */
const isConstant = (type: string): boolean => type.startsWith("int_const") || type.startsWith("rational_const");
const replaced = (operator: Change["operator"], node: AstNode, replacement: string): Change => ({
  operator,
  start: startOf(node),
  end: endOf(node),
  replacement,
});
const textOf = (node: AstNode, text: Text): string => text(startOf(node), endOf(node));

/** Every such change at one node. */
export function neighboursAt(node: AstNode, above: readonly AstNode[], text: Text, known: Declarations): Change[] {
  switch (node.nodeType) {
    case "BinaryOperation":
      return [...conjuncts(node, text), ...roundedUp(node, text)];
    case "Identifier":
      return otherVariable(node, above, known);
    case "MemberAccess":
      return [...otherMember(node, known), ...otherRounding(node)];
    case "FunctionCall":
      return [...otherExtreme(node, text, known), ...shorterHash(node)];
    case "Assignment":
      return neighbouringValues(node, text, known);
    case "IndexAccess":
      return sharedKey(node, above);
    default:
      return [];
  }
}

/** One part of a condition is forgotten. A part that is a condition of the same kind loses its own parts one by one instead. */
function conjuncts(node: AstNode, text: Text): Change[] {
  const operator = node.operator as string;
  if (operator !== "&&" && operator !== "||") return [];
  const [left, right] = [node.leftExpression as AstNode, node.rightExpression as AstNode];
  const isOne = (part: AstNode): boolean => part.nodeType !== "BinaryOperation" || part.operator !== operator;
  return [
    ...(isOne(right) ? [replaced("conjunct", node, textOf(left, text))] : []),
    ...(isOne(left) ? [replaced("conjunct", node, textOf(right, text))] : []),
  ];
}

/** The variable of the same type that was declared next: of the function for one of the function's, of the contract for one of the contract's. */
function otherVariable(node: AstNode, above: readonly AstNode[], known: Declarations): Change[] {
  const declared = known.variables.get(node.referencedDeclaration as number);
  if (declared === undefined) return [];
  const candidates = declared.stateVariable === true ? stateVariables(declared, above) : locals(above);
  const name = next(declared, candidates);
  return name === undefined || name === node.name ? [] : [replaced("variable", node, name)];
}

function next(declared: AstNode, candidates: readonly AstNode[]): string | undefined {
  const alike = candidates.filter((one) => typeOf(one) === typeOf(declared) && one.name !== "");
  const at = alike.findIndex(({ id }) => id === declared.id);
  return at < 0 || alike.length < 2 ? undefined : (alike[(at + 1) % alike.length].name as string);
}

function stateVariables(declared: AstNode, above: readonly AstNode[]): AstNode[] {
  const contract = above.find(({ nodeType }) => nodeType === "ContractDefinition");
  return ((contract?.nodes as AstNode[] | undefined) ?? []).filter(
    ({ nodeType, mutability }) => nodeType === "VariableDeclaration" && mutability === declared.mutability,
  );
}

/** Parameters, results and what was declared before in the blocks around. */
function locals(above: readonly AstNode[]): AstNode[] {
  const found: AstNode[] = [];
  const declare = (statement: unknown): void => {
    if (!isNode(statement) || statement.nodeType !== "VariableDeclarationStatement") return;
    found.push(...(statement.declarations as (AstNode | null)[]).filter(isNode));
  };
  above.forEach((outer, index) => {
    const inner = above[index + 1];
    if (outer.nodeType === "FunctionDefinition" || outer.nodeType === "ModifierDefinition") {
      for (const list of [outer.parameters, outer.returnParameters]) {
        if (isNode(list)) found.push(...(list.parameters as AstNode[]));
      }
    } else if (outer.nodeType === "Block" || outer.nodeType === "UncheckedBlock") {
      for (const statement of outer.statements as AstNode[]) {
        if (statement === inner) break;
        declare(statement);
      }
    } else if (outer.nodeType === "ForStatement" && inner !== outer.initializationExpression) {
      declare(outer.initializationExpression);
    }
  });
  return found;
}

/** The next member of the same type of the same struct. */
function otherMember(node: AstNode, known: Declarations): Change[] {
  const members = known.members.get(node.referencedDeclaration as number);
  const declared = members?.find(({ id }) => id === node.referencedDeclaration);
  const name = declared && next(declared, members!);
  if (name === undefined) return [];
  const end = endOf(node);
  return [{ operator: "variable", start: end - (node.memberName as string).length, end, replacement: name }];
}

const ROUNDINGS: Record<string, string> = { Floor: "Ceil", Ceil: "Floor", Trunc: "Expand", Expand: "Trunc" };

/** Another rounding where one is named. */
function otherRounding(node: AstNode): Change[] {
  const name = node.memberName as string;
  if (ROUNDINGS[name] === undefined || !typeOf(node).endsWith("Math.Rounding")) return [];
  return [{ operator: "rounding", start: endOf(node) - name.length, end: endOf(node), replacement: ROUNDINGS[name] }];
}

/** A quotient of variables is rounded up. */
function roundedUp(node: AstNode, text: Text): Change[] {
  if (node.operator !== "/" || !/^uint\d*$/.test(typeOf(node)) || isConstant(typeOf(node))) return [];
  const [left, right] = [node.leftExpression as AstNode, node.rightExpression as AstNode];
  const [above, below] = [textOf(left, text), textOf(right, text)];
  return [replaced("rounding", node, `((${above} + ${below} - 1) / ${below})`)];
}

const EXTREMES: Record<string, string> = { min: "max", max: "min" };
/** Functions of OpenZeppelin that round down by default, with their number of arguments. */
const ROUNDED_DOWN: Record<string, number> = { mulDiv: 3, sqrt: 1, log2: 1, log10: 1, log256: 1 };

/** The smaller for the larger, up for down: by the name of the function, or by one argument more. */
function otherExtreme(node: AstNode, text: Text, known: Declarations): Change[] {
  const called = node.expression as AstNode;
  const name = (called.memberName ?? called.name) as string | undefined;
  if (node.kind !== "functionCall" || name === undefined) return [];
  const renamed = (to: string): Change[] => {
    const end = endOf(called);
    return [{ operator: "rounding", start: end - name.length, end, replacement: to }];
  };
  if (EXTREMES[name] !== undefined) return renamed(EXTREMES[name]);
  const given = node.arguments as AstNode[];
  const owner = called.nodeType === "MemberAccess" ? textOf(called.expression as AstNode, text) : "";
  if (name === "ceilDiv" && owner === "Math") {
    return [replaced("rounding", node, `((${textOf(given[0], text)}) / (${textOf(given[1], text)}))`)];
  }
  if (ROUNDED_DOWN[name] === given.length && owner === "Math") {
    const end = endOf(given.at(-1)!);
    return [{ operator: "rounding", start: end, end, replacement: ", Math.Rounding.Ceil" }];
  }
  const [, stem, side] = /^(.*)(Up|Down)$/.exec(name) ?? [];
  const other = stem === undefined ? "" : stem + (side === "Up" ? "Down" : "Up");
  return other !== "" && known.functions.has(other) ? renamed(other) : [];
}

/** What is written to the state is one more, or the other of two. */
function neighbouringValues(node: AstNode, text: Text, known: Declarations): Change[] {
  const [left, right] = [node.leftHandSide as AstNode, node.rightHandSide as AstNode];
  const [places, values] = [partsOf(left), partsOf(right)];
  if (places.length !== values.length) return [];
  return places.flatMap((place, index) =>
    place !== undefined && values[index] !== undefined && isState(place, known) ? neighbour(values[index], text) : [],
  );
}

const partsOf = (node: AstNode): (AstNode | undefined)[] =>
  node.nodeType === "TupleExpression" && (node.components as unknown[]).length > 1
    ? (node.components as unknown[]).map((part) => (isNode(part) ? part : undefined))
    : [node];

function neighbour(value: AstNode, text: Text): Change[] {
  if (value.nodeType === "FunctionCall" && value.kind === "structConstructorCall") {
    return (value.arguments as AstNode[]).flatMap((one) => neighbour(one, text));
  }
  // literals are changed as such
  if (value.nodeType === "Literal") return [];
  const written = textOf(value, text);
  if (typeOf(value) === "bool") return [replaced("write", value, `!(${written})`)];
  const whole = value.nodeType === "Conditional" ? `(${written})` : written;
  return isInteger(typeOf(value)) ? [replaced("write", value, `(${whole} + 1)`)] : [];
}

/** Whether a place is part of the storage: a variable of the contract, or what a pointer to storage leads to. */
function isState(place: AstNode, known: Declarations): boolean {
  const inner = (place.nodeType === "IndexAccess" ? place.baseExpression : place.expression) as AstNode | undefined;
  if (place.nodeType === "Identifier") {
    return known.variables.get(place.referencedDeclaration as number)?.stateVariable === true;
  }
  return isNode(inner) && (/ storage\b/.test(typeOf(inner)) || typeOf(inner).startsWith("mapping("));
}

const ZEROS: [RegExp, (type: string) => string][] = [
  [/^u?int\d*$/, () => "0"],
  [/^bytes\d+$/, (type) => `${type}(0)`],
  [/^address( payable)?$/, () => "address(0)"],
  [/^bool$/, () => "false"],
];

/** Of a mapping of mappings, one key is the same for all. */
function sharedKey(node: AstNode, above: readonly AstNode[]): Change[] {
  const base = node.baseExpression as AstNode;
  const mapped = (one: unknown): boolean => isNode(one) && typeOf(one).startsWith("mapping(");
  if (!mapped(base) || !isNode(node.indexExpression)) return [];
  const outer = above.at(-1);
  const isInner = outer?.nodeType === "IndexAccess" && outer.baseExpression === node && mapped(node);
  const isOuter = base.nodeType === "IndexAccess" && mapped(base.baseExpression);
  if (!isInner && !isOuter) return [];
  const [, keyType] = /^mapping\(([^ ]+)/.exec(typeOf(base)) ?? [];
  const zero = ZEROS.find(([matches]) => matches.test(keyType ?? ""))?.[1](keyType);
  return zero === undefined ? [] : [replaced("key", node.indexExpression, zero)];
}

/** What is hashed lacks one part. */
function shorterHash(node: AstNode): Change[] {
  const called = node.expression as AstNode;
  const given = node.arguments as AstNode[];
  if ((called.name as string | undefined) !== "keccak256" || given.length !== 1) return [];
  const encoded = given[0];
  const encoder = encoded.nodeType === "FunctionCall" ? (encoded.expression as AstNode) : undefined;
  if (!["encode", "encodePacked"].includes((encoder?.memberName as string | undefined) ?? "")) return [];
  const parts = encoded.arguments as AstNode[];
  if (parts.length < 2) return [];
  return parts.map((part, index): Change => {
    const [start, end] = index === 0 ? [startOf(part), startOf(parts[1])] : [endOf(parts[index - 1]), endOf(part)];
    return { operator: "key", start, end, replacement: "" };
  });
}
