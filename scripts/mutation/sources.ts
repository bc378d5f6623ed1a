import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import solc from "solc";

import { isNode, walk, type AstNode } from "./ast";
import { declarationsOf, type Declarations } from "./neighbours";
import { mutantsOf, type Mutant } from "./operators";

const ROOT = join(__dirname, "..", "..");
/** Where the contracts that are deployed to tests come from. */
const FOLDERS = ["contracts", "test/contracts"];

/** A contract that can be deployed, as the compiler and Hardhat name it. */
export interface Deployable {
  readonly file: string;
  readonly name: string;
}

/** The creation and the runtime code of a contract. */
export interface Code {
  readonly creation: string;
  readonly runtime: string;
}

export interface CompilerSettings {
  readonly [setting: string]: unknown;
}

/** Mutants are compiled without the optimizer, which takes most of the compiler's time, and without metadata, which says nothing of behaviour. */
export const QUICK: CompilerSettings = {
  evmVersion: "cancun",
  optimizer: { enabled: false },
  metadata: { appendCBOR: false },
};

/** To see whether a survivor differs from the contract at all. */
export const OPTIMISED: CompilerSettings = { ...QUICK, optimizer: { enabled: true, runs: 200 } };

interface Output {
  readonly errors?: readonly { severity: string; formattedMessage: string }[];
  readonly sources?: Record<string, { ast: AstNode }>;
  readonly contracts?: Record<
    string,
    Record<string, { evm: Record<"bytecode" | "deployedBytecode", { object: string }> }>
  >;
}

const read = new Map<string, string>();

/** The text of a source file, from the project or a package. */
export function textOf(path: string): string {
  const known = read.get(path);
  if (known !== undefined) return known;
  const text = readFileSync(path.startsWith("@") ? join(ROOT, "node_modules", path) : join(ROOT, path), "utf8");
  read.set(path, text);
  return text;
}

/** Every source file below some folders, by the name that the compiler gives it. */
export function sourceFiles(folders: readonly string[] = FOLDERS): string[] {
  return folders
    .flatMap((folder) =>
      readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" }).map((file) => `${folder}/${file}`),
    )
    .map((file) => file.replaceAll("\\", "/"))
    .filter((file) => file.endsWith(".sol"))
    .sort();
}

function run(sources: Record<string, string>, settings: CompilerSettings, selection: unknown): Output {
  const input = {
    language: "Solidity",
    sources: Object.fromEntries(Object.entries(sources).map(([path, content]) => [path, { content }])),
    settings: { ...settings, outputSelection: selection },
  };
  const importer = (path: string): { contents: string } | { error: string } => {
    try {
      return { contents: textOf(path) };
    } catch (error) {
      return { error: (error as Error).message };
    }
  };
  return JSON.parse(solc.compile(JSON.stringify(input), { import: importer })) as Output;
}

function messages(output: Output): string[] {
  return (output.errors ?? []).filter(({ severity }) => severity === "error").map((error) => error.formattedMessage);
}

/** The code of some contracts; a list of the compiler's messages when it refuses. `changed` replaces the text of files. */
export function compile(
  contracts: readonly Deployable[],
  changed: Record<string, string> = {},
  settings: CompilerSettings = QUICK,
): Map<string, Code> | readonly string[] {
  const sources: Record<string, string> = {};
  const selection: Record<string, Record<string, string[]>> = {};
  for (const { file, name } of contracts) {
    sources[file] = changed[file] ?? textOf(file);
    (selection[file] ??= {})[name] = ["evm.bytecode.object", "evm.deployedBytecode.object"];
  }
  const output = run({ ...sources, ...changed }, settings, selection);
  const errors = messages(output);
  if (errors.length > 0) return errors;
  return new Map(
    contracts.map(({ file, name }) => {
      const { bytecode, deployedBytecode } = output.contracts![file][name].evm;
      return [name, { creation: bytecode.object, runtime: deployedBytecode.object }];
    }),
  );
}

/** The syntax trees of the project and of everything that it imports. */
export class Project {
  readonly #trees: Record<string, { ast: AstNode }>;
  readonly #nodes = new Map<number, { node: AstNode; file: string }>();
  readonly #uses = new Map<number, readonly number[]>();
  readonly #reached = new Map<number, ReadonlySet<string>>();

  /** `sources` are the texts of the files to look at; those that they import are found where the project has them. */
  constructor(sources: Record<string, string> = Object.fromEntries(sourceFiles().map((file) => [file, textOf(file)]))) {
    const output = run(sources, QUICK, { "*": { "": ["ast"] } });
    const errors = messages(output);
    if (errors.length > 0) throw new Error(`The contracts do not compile. The compiler said:\n${errors.join("\n")}`);
    this.#trees = output.sources!;
    for (const [file, { ast }] of Object.entries(this.#trees)) {
      for (const [node] of walk(ast)) if (node.id !== undefined) this.#nodes.set(node.id, { node, file });
    }
  }

  treeOf(file: string): AstNode {
    return this.#trees[file].ast;
  }

  /** What the names in any of the files refer to. */
  declarations(): Declarations {
    return declarationsOf(Object.values(this.#trees).map(({ ast }) => ast));
  }

  /** The mutants of every file that code is made from: constants that no contract uses are none. */
  mutants(): Map<string, Mutant[]> {
    const all = new Map<string, Mutant[]>();
    const known = this.declarations();
    for (const file of sourceFiles(["contracts"])) {
      const mutants = mutantsOf(file, textOf(file), this.treeOf(file), known);
      if (mutants.length > 0 && this.madeFrom(file).length > 0) all.set(file, mutants);
    }
    return all;
  }

  /** The contracts whose code is made from a file: its own, those that inherit from it, use its libraries or create its contracts. */
  madeFrom(file: string): Deployable[] {
    return Object.entries(this.#trees).flatMap(([at, { ast }]) =>
      (ast.nodes as AstNode[])
        .filter(({ nodeType, contractKind, abstract }) => {
          return nodeType === "ContractDefinition" && contractKind === "contract" && abstract !== true;
        })
        .filter(
          (contract) => FOLDERS.some((folder) => at.startsWith(`${folder}/`)) && this.#filesOf(contract).has(file),
        )
        .map((contract) => ({ file: at, name: contract.name as string })),
    );
  }

  /** The files whose code is part of a contract, followed from reference to reference. */
  #filesOf(contract: AstNode): ReadonlySet<string> {
    const known = this.#reached.get(contract.id!);
    if (known !== undefined) return known;
    const files = new Set<string>();
    const waiting = [contract.id!];
    const visited = new Set(waiting);
    while (waiting.length > 0) {
      const next = waiting.pop()!;
      files.add(this.#nodes.get(next)!.file);
      for (const id of this.#leadsTo(next)) {
        if (visited.has(id)) continue;
        visited.add(id);
        waiting.push(id);
      }
    }
    this.#reached.set(contract.id!, files);
    return files;
  }

  /** The code that a node uses: what it refers to, what it inherits, what it creates. */
  #leadsTo(id: number): readonly number[] {
    const known = this.#uses.get(id);
    if (known !== undefined) return known;
    const { node: start } = this.#nodes.get(id)!;
    const isKind = (target: number, kinds: ReadonlySet<string>): boolean => {
      const node = this.#nodes.get(target)?.node;
      return node !== undefined && kinds.has(node.nodeType) && !isOnlyDeclared(node);
    };
    const bases = (start.linearizedBaseContracts as number[] | undefined) ?? [];
    const uses = bases.filter((base) => isKind(base, CREATED));
    for (const [node] of walk(start)) {
      uses.push(...referencesOf(node).filter((target) => isKind(target, CODE)));
      if (node.nodeType !== "NewExpression") continue;
      const created = (node.typeName as AstNode).referencedDeclaration;
      if (typeof created === "number" && isKind(created, CREATED)) uses.push(created);
    }
    this.#uses.set(id, uses);
    return uses;
  }
}

const CODE: ReadonlySet<string> = new Set(["FunctionDefinition", "ModifierDefinition", "VariableDeclaration"]);
const CREATED: ReadonlySet<string> = new Set(["ContractDefinition"]);

/** What a node refers to, assembly included, whose references stand beside its tree. */
function referencesOf(node: AstNode): number[] {
  const references = [node.referencedDeclaration];
  if (isNode(node.function)) references.push(node.function.referencedDeclaration);
  for (const entry of (node.externalReferences as { declaration: number }[] | undefined) ?? []) {
    references.push(entry.declaration);
  }
  return references.filter((id): id is number => typeof id === "number");
}

/** Interfaces and functions without a body. */
const isOnlyDeclared = ({ nodeType, contractKind, implemented }: AstNode): boolean =>
  contractKind === "interface" || (nodeType === "FunctionDefinition" && implemented !== true);
