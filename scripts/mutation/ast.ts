/** A node of the compiler's syntax tree, Solidity's or Yul's. What else it carries depends on its type. */
export interface AstNode {
  readonly id?: number;
  readonly nodeType: string;
  /** `start:length:file`, in bytes. */
  readonly src: string;
  readonly [field: string]: unknown;
}

export const isNode = (value: unknown): value is AstNode =>
  typeof value === "object" && value !== null && typeof (value as AstNode).nodeType === "string";

/** The nodes right below a node, in the order of the source. */
export function childrenOf(node: AstNode): AstNode[] {
  const children: AstNode[] = [];
  for (const value of Object.values(node)) {
    if (isNode(value)) children.push(value);
    else if (Array.isArray(value)) children.push(...(value as unknown[]).filter(isNode));
  }
  return children.sort((a, b) => startOf(a) - startOf(b));
}

/** Every node from this one down, each with those above it, the nearest last: a list that keeps changing during the walk. */
export function* walk(node: AstNode, above: AstNode[] = []): Generator<[AstNode, readonly AstNode[]]> {
  yield [node, above];
  above.push(node);
  for (const child of childrenOf(node)) yield* walk(child, above);
  above.pop();
}

export const startOf = (node: AstNode): number => Number(node.src.split(":")[0]);
export const endOf = (node: AstNode): number => startOf(node) + Number(node.src.split(":")[1]);
