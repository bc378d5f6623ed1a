import type { BuildInfo } from "hardhat/types";
import type {
  ContractDefinition,
  FunctionDefinition,
  ModifierDefinition,
  SourceUnit,
  VariableDeclaration,
} from "solidity-ast";
import type { Node } from "solidity-ast/node";
import { findAll } from "solidity-ast/utils";

import type { Builds } from "../../../deploy/engine/builds";

/** Something with a selector: a function, or a public variable with its getter. */
export type Callable = FunctionDefinition | VariableDeclaration;

/** The syntax trees of one run of the compiler, and the text that they were made from. */
export class Program {
  readonly #nodes = new Map<number, Node>();
  readonly #paths = new Map<number, string>();
  readonly #texts = new Map<string, Buffer>();

  constructor(
    trees: Readonly<Record<string, { ast: SourceUnit }>>,
    texts: Readonly<Record<string, { content: string }>>,
  ) {
    for (const [path, { ast }] of Object.entries(trees)) {
      this.#texts.set(path, Buffer.from(texts[path]!.content));
      for (const node of findAll("*", ast)) {
        this.#nodes.set(node.id, node);
        this.#paths.set(node.id, path);
      }
    }
  }

  /** A declaration by its number; the compiler's own, such as `require`, have none. */
  node(id: number | null | undefined): Node | undefined {
    return id === null || id === undefined ? undefined : this.#nodes.get(id);
  }

  /** The file that contains a declaration. */
  pathOf({ id }: Node): string {
    return this.#paths.get(id)!;
  }

  /** Something as it is written; the compiler counts bytes. */
  textOf(node: Node): string {
    const [start, length] = node.src.split(":").map(Number) as [number, number];
    return this.#texts
      .get(this.pathOf(node))!
      .subarray(start, start + length)
      .toString("utf8");
  }

  /** The comment behind something, on the same line. */
  besides(node: Node): string {
    const [start, length] = node.src.split(":").map(Number) as [number, number];
    const text = this.#texts.get(this.pathOf(node))!;
    const rest = text.subarray(start + length, text.indexOf("\n", start + length)).toString("utf8");
    return /^;\s*\/\/\s*(.*)$/.exec(rest)?.[1] ?? "";
  }

  contract(path: string, name: string): ContractDefinition {
    for (const node of this.#nodes.values()) {
      if (node.nodeType === "ContractDefinition" && node.name === name && this.pathOf(node) === path) return node;
    }
    throw new Error(`${path} has no contract ${name}.`);
  }

  /** A contract and what it inherits from, the most derived first. */
  linear({ linearizedBaseContracts }: ContractDefinition): ContractDefinition[] {
    return linearizedBaseContracts.map((id) => this.node(id) as ContractDefinition);
  }

  /** The names of the contracts that a contract creates with `new`, in its own code or in what it inherits. */
  createdBy(contract: ContractDefinition): string[] {
    return this.linear(contract).flatMap((base) =>
      [...findAll("NewExpression", base)].flatMap(({ typeName }) => {
        const created =
          typeName.nodeType === "UserDefinedTypeName" ? this.node(typeName.referencedDeclaration) : undefined;
        return created?.nodeType === "ContractDefinition" ? [created.name] : [];
      }),
    );
  }

  /** The contract that something is declared in. */
  homeOf(declared: FunctionDefinition | ModifierDefinition | VariableDeclaration): ContractDefinition | undefined {
    const home = this.node((declared as { scope?: number }).scope);
    if (home?.nodeType === "ContractDefinition") return home;
    for (const node of this.#nodes.values()) {
      if (node.nodeType === "ContractDefinition" && node.nodes.some(({ id }) => id === declared.id)) return node;
    }
    return undefined;
  }

  /** Every event, or every error, that the sources declare. */
  declared(nodeType: "EventDefinition" | "ErrorDefinition"): Node[] {
    return [...this.#nodes.values()].filter((node) => node.nodeType === nodeType);
  }

  /** What can be called from outside, by selector: the most derived declaration of each. */
  callables(contract: ContractDefinition): Map<string, Callable> {
    const found = new Map<string, Callable>();
    for (const base of this.linear(contract)) {
      for (const node of base.nodes) {
        const selector = selectorOf(node);
        if (selector !== undefined && !found.has(selector)) found.set(selector, node as Callable);
      }
    }
    return found;
  }
}

export function selectorOf(node: Node): string | undefined {
  if (node.nodeType !== "FunctionDefinition" && node.nodeType !== "VariableDeclaration") return undefined;
  return node.functionSelector === undefined ? undefined : `0x${node.functionSelector}`;
}

/** The trees that contracts were compiled from, one program for all contracts of one run of the compiler. */
export class Programs {
  readonly #made = new Map<BuildInfo, Program>();

  constructor(private readonly builds: Builds) {}

  async of(fullName: string): Promise<Program> {
    const { info } = await this.builds.of(fullName);
    const program = this.#made.get(info) ?? new Program(info.output.sources as never, info.input.sources);
    this.#made.set(info, program);
    return program;
  }
}
