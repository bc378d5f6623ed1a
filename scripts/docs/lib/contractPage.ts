import { EventFragment, FunctionFragment, Interface, type ErrorFragment, type Fragment } from "ethers";
import type {
  ContractDefinition,
  EnumDefinition,
  FunctionDefinition,
  ParameterList,
  StructDefinition,
  UserDefinedValueTypeDefinition,
  VariableDeclaration,
} from "solidity-ast";
import type { Node } from "solidity-ast/node";
import { findAll } from "solidity-ast/utils";

import { contractErrors } from "../../../sdk/src/errors";
import { callerOf, guardsOf, readsOnly } from "./callers";
import { asMarkdown, docOf, inline, plainDoc, type Doc } from "./natspec";
import type { Callable, Program } from "./program";
import { reachOf, type Reach } from "./reach";

const OWN = "contracts/";

export interface Compiled {
  readonly program: Program;
  readonly contract: ContractDefinition;
  readonly abi: readonly Fragment[];
}

/** Names that a text may speak of: errors and events of any contract. */
export interface Vocabulary {
  readonly errors: ReadonlySet<string>;
  readonly events: ReadonlySet<string>;
}

type TypeDefinition = StructDefinition | EnumDefinition | UserDefinedValueTypeDefinition;

/** Types that a page has to explain, by name. */
export type Types = Map<string, { program: Program; definition: TypeDefinition }>;

/** One contract of a page, and what is missing in its sources. */
export function contractSection(compiled: Compiled, vocabulary: Vocabulary, types: Types, missing: string[]): string[] {
  const { program, contract } = compiled;
  const { notice, dev } = plainDoc(program, contract);
  const path = program.pathOf(contract);
  const values = valueTable(compiled, missing);
  const entries = functionsOf(compiled, vocabulary, types, missing);
  const inherited = inheritedOf(compiled);
  return [
    `## ${contract.name}`,
    "",
    ...[notice, ...introduction(program, contract), dev]
      .filter((text) => text !== "")
      .flatMap((text) => [asMarkdown(text), ""]),
    `Source: ${sources(program, contract, path)}.`,
    "",
    ...constructorOf(program, contract, types),
    ...values,
    ...(entries.length === 0
      ? []
      : [
          "| function | selector | who may call |",
          "| --- | --- | --- |",
          ...entries.map(
            ({ name, selector, caller }) =>
              `| [\`${name}\`](#${`${contract.name}${name}`.toLowerCase()}) | ${selector} | ${cell(caller)} |`,
          ),
          "",
          ...entries.flatMap(({ lines }) => lines),
        ]),
    ...inherited,
    ...eventTable(compiled),
    ...errorTable(compiled),
  ];
}

interface Entry {
  readonly name: string;
  readonly selector: string;
  readonly caller: string;
  readonly lines: readonly string[];
}

/** What our own sources declare, in the order of the sources. */
function functionsOf(compiled: Compiled, vocabulary: Vocabulary, types: Types, missing: string[]): Entry[] {
  const { program, contract } = compiled;
  const interfaceOnly = contract.contractKind === "interface";
  const abi = new Interface(compiled.abi);
  const entries = [...program.callables(contract)]
    .filter(([, callable]) => isOurs(program, callable) && !isValue(callable))
    .map(([selector, callable]): Entry => {
      const fragment = abi.getFunction(selector)!;
      const signature = fragment.format("sighash");
      const name = callable.name!;
      const where = `${contract.name}.${signature}`;
      const doc = docOf(program, contract, callable);
      if (doc.notice === "" && doc.dev === "") missing.push(`${where} has no NatSpec`);
      const said = callerOf(contract.name, signature, callable, doc);
      if (said === undefined && !interfaceOnly) missing.push(`${where} does not say who may call it`);
      const reach = reachOf(program, contract, callable);
      const lines = [
        `### ${contract.name}.${name}`,
        "",
        ...declaration(doc.from.nodeType === "FunctionDefinition" ? doc.from : callable, fragment),
        `Selector \`${selector}\` of \`${signature}\`.`,
        "",
        ...texts(doc),
        ...parameters(doc, callable, types, program),
        ...outcomes(doc, reach, vocabulary, where, missing),
      ];
      return { name, selector: `\`${selector}\``, caller: inline(said ?? "as its text says"), lines };
    });
  return [...entries, ...receiveOf(program, contract, missing)];
}

/** A value that never changes, which needs no explanation of how it is called. */
function isValue(callable: Callable): callable is VariableDeclaration {
  return callable.nodeType === "VariableDeclaration" && callable.mutability !== "mutable";
}

/** Public constants and what is fixed at the creation. */
function valueTable({ program, contract }: Compiled, missing: string[]): string[] {
  const rows = [...program.callables(contract)].flatMap(([selector, callable]) => {
    if (!isOurs(program, callable) || !isValue(callable)) return [];
    const { notice, dev } = docOf(program, contract, callable);
    if (notice === "" && dev === "") missing.push(`${contract.name}.${callable.name} has no NatSpec`);
    const value = valueOf(program, callable);
    const written = value === undefined ? "fixed when it is created" : `\`${value}\``;
    return [
      `| \`${callable.name}\` | \`${selector}\` | \`${typeName(callable)}\` | ${written} | ${cell(inline(notice || dev))} |`,
    ];
  });
  if (rows.length === 0) return [];
  return ["| value | selector | type | is | meaning |", "| --- | --- | --- | --- | --- |", ...rows, ""];
}

/** What a constant is, as it is written; one that names another is what that one is. */
function valueOf(program: Program, { value }: VariableDeclaration): string | undefined {
  if (value === null || value === undefined) return undefined;
  const named =
    value.nodeType === "MemberAccess" || value.nodeType === "Identifier"
      ? program.node(value.referencedDeclaration)
      : undefined;
  const other = named?.nodeType === "VariableDeclaration" ? valueOf(program, named) : undefined;
  return other ?? program.textOf(value);
}

function receiveOf(program: Program, contract: ContractDefinition, missing: string[]): Entry[] {
  const found = program
    .linear(contract)
    .flatMap(({ nodes }) => nodes)
    .find((node): node is FunctionDefinition => node.nodeType === "FunctionDefinition" && node.kind === "receive");
  if (found === undefined || !isOurs(program, found)) return [];
  const { notice } = plainDoc(program, found);
  if (notice === "") missing.push(`${contract.name}.receive has no NatSpec`);
  const lines = [`### ${contract.name}.receive`, "", asMarkdown(notice), ""];
  return [{ name: "receive", selector: "", caller: inline(notice), lines }];
}

function isOurs(program: Program, node: Node): boolean {
  return program.pathOf(node).startsWith(OWN);
}

function declaration(node: Node, fragment: FunctionFragment): string[] {
  const code =
    node.nodeType === "FunctionDefinition"
      ? `function ${node.name}(${list(node.parameters)}) ${attributes(fragment)}${results(node.returnParameters)};`
      : `function ${fragment.name}(${fragment.inputs.map(({ type, name }) => `${type} ${name}`.trim()).join(", ")}) ${attributes(fragment)} returns (${fragment.outputs.map(({ type, name }) => `${type} ${name}`.trim()).join(", ")});`;
  return ["```solidity", code, "```", ""];
}

function attributes({ stateMutability }: FunctionFragment): string {
  return stateMutability === "nonpayable" ? "external" : `external ${stateMutability}`;
}

function results(returned: ParameterList): string {
  return returned.parameters.length === 0 ? "" : ` returns (${list(returned)})`;
}

function list({ parameters: all }: ParameterList): string {
  return all.map((one) => [typeName(one), location(one), one.name].filter((part) => part !== "").join(" ")).join(", ");
}

function location({ storageLocation }: VariableDeclaration): string {
  return storageLocation === "default" ? "" : storageLocation;
}

function typeName({ typeDescriptions }: VariableDeclaration): string {
  return (typeDescriptions.typeString ?? "").replace(/\b(struct|contract|enum) /g, "");
}

function texts({ notice, dev }: Doc): string[] {
  return [notice, dev].filter((text) => text !== "").flatMap((text) => [asMarkdown(text), ""]);
}

/** What goes in and what comes out, in the words of the sources; the types they name go into the page's own list. */
function parameters(doc: Doc, callable: Callable, types: Types, program: Program): string[] {
  if (callable.nodeType === "VariableDeclaration") {
    if (callable.typeName) gather(callable.typeName, types, program);
    return [];
  }
  const source = doc.from.nodeType === "FunctionDefinition" ? doc.from : callable;
  gather(callable.parameters, types, program);
  gather(callable.returnParameters, types, program);
  const taken = source.parameters.parameters
    .filter(({ name }) => doc.params.has(name))
    .map(({ name }) => `- \`${name}\`: ${inline(doc.params.get(name)!)}`);
  const given = doc.returns.map((text, i) => {
    const name = source.returnParameters.parameters[i]?.name ?? "";
    const said = name !== "" && text.startsWith(`${name} `) ? text.slice(name.length + 1) : text;
    return `- ${name === "" ? "returns" : `returns \`${name}\``}: ${inline(said)}`;
  });
  const lines = [...taken, ...given];
  return lines.length === 0 ? [] : [...lines, ""];
}

function gather(within: Node, types: Types, program: Program): void {
  for (const { referencedDeclaration } of findAll("UserDefinedTypeName", within)) {
    const definition = program.node(referencedDeclaration);
    if (definition === undefined || !isOurs(program, definition)) continue;
    if (
      definition.nodeType !== "StructDefinition" &&
      definition.nodeType !== "EnumDefinition" &&
      definition.nodeType !== "UserDefinedValueTypeDefinition"
    )
      continue;
    if (types.has(definition.name)) continue;
    types.set(definition.name, { program, definition });
    gather(definition, types, program);
  }
}

/** The errors and events of a call: those that the sources lead to, and those of other contracts that the text names. */
function outcomes(doc: Doc, reach: Reach, vocabulary: Vocabulary, where: string, missing: string[]): string[] {
  const text = `${doc.notice}\n${doc.dev}`;
  const named = [...text.matchAll(/[`{]([A-Z]\w+)[`}]/g)].map(([, name]) => name!);
  for (const name of named) {
    if (/^[A-Z][A-Za-z]+_[A-Z]\w+$/.test(name) && !/^[A-Z_]+$/.test(name) && !vocabulary.errors.has(name)) {
      missing.push(`${where} speaks of ${name}, which no contract raises`);
    }
  }
  const errors = sorted(
    [...reach.errors].map(({ name }) => name),
    named.filter((name) => vocabulary.errors.has(name)),
  );
  const emitted = [...text.matchAll(/Emits ((?:[^.]|\.(?=\w))*)/g)].map(([, said]) => said!).join(" ");
  const events = sorted(
    [...reach.events].map(({ name }) => name),
    [...emitted.matchAll(/[`{]([A-Z]\w+)[`}]/g)].map(([, name]) => name!).filter((name) => vocabulary.events.has(name)),
  );
  return [
    ...(errors.length === 0 ? [] : [`Errors: ${errors.map((name) => `\`${name}\``).join(", ")}.`, ""]),
    ...(events.length === 0 ? [] : [`Events: ${events.map((name) => `\`${name}\``).join(", ")}.`, ""]),
  ];
}

function sorted(...names: string[][]): string[] {
  return [...new Set(names.flat())].sort();
}

/** What the interface says of the contract, where the contract refers to it. */
function introduction(program: Program, contract: ContractDefinition): string[] {
  const main = mainInterface(program, contract);
  if (main === undefined) return [];
  const { notice, dev } = plainDoc(program, main);
  return [notice, dev].filter((text) => text !== "");
}

function mainInterface(program: Program, contract: ContractDefinition): ContractDefinition | undefined {
  return program.linear(contract).find(({ name }) => name === `I${contract.name}`);
}

function sources(program: Program, contract: ContractDefinition, path: string): string {
  const link = (name: string, file: string): string => `[\`${name}\`](../../${file})`;
  const main = mainInterface(program, contract);
  return main === undefined
    ? link(contract.name, path)
    : `${link(contract.name, path)}, interface ${link(main.name, program.pathOf(main))}`;
}

function constructorOf(program: Program, contract: ContractDefinition, types: Types): string[] {
  const made = contract.nodes.find(
    (node): node is FunctionDefinition => node.nodeType === "FunctionDefinition" && node.kind === "constructor",
  );
  if (made === undefined || made.parameters.parameters.length === 0) return [];
  gather(made.parameters, types, program);
  const { params } = plainDoc(program, made);
  const lines = made.parameters.parameters.map((one) => {
    const said = params.get(one.name);
    return `- \`${one.name}\` (\`${typeName(one)}\`)${said === undefined ? "" : `: ${inline(said)}`}`;
  });
  return ["Created with:", "", ...lines, ""];
}

/** What OpenZeppelin's contracts add: named, not explained again. */
function inheritedOf({ program, contract, abi }: Compiled): string[] {
  const known = new Interface(abi);
  const rows = [...program.callables(contract)]
    .filter(([, callable]) => !isOurs(program, callable))
    .map(([selector, callable]) => {
      const guards = guardsOf(callable);
      const who =
        guards.length > 0
          ? guards.map((one) => `\`${one}\``).join(", ")
          : readsOnly(callable)
            ? "anyone: it only reads"
            : "as its own documentation says";
      const home = program.homeOf(callable as FunctionDefinition)!.name;
      return `| \`${known.getFunction(selector)!.format("sighash")}\` | \`${selector}\` | \`${home}\` | ${who} |`;
    })
    .sort();
  if (rows.length === 0) return [];
  return [
    `### ${contract.name}: inherited from OpenZeppelin`,
    "",
    "| function | selector | of | who may call |",
    "| --- | --- | --- | --- |",
    ...rows,
    "",
  ];
}

function eventTable(compiled: Compiled): string[] {
  const rows = new Interface(compiled.abi).fragments
    .filter((one): one is EventFragment => one.type === "event")
    .map(
      (event) =>
        `| \`${event.format("full").replace(/^event /, "")}\` | ${cell(meaningOf(compiled, "EventDefinition", event.topicHash))} |`,
    )
    .sort();
  if (rows.length === 0) return [];
  return [`### ${compiled.contract.name}: events`, "", "| event | meaning |", "| --- | --- |", ...rows, ""];
}

function errorTable(compiled: Compiled): string[] {
  const rows = new Interface(compiled.abi).fragments
    .filter((one): one is ErrorFragment => one.type === "error")
    .map((error) => {
      const said =
        meaningOf(compiled, "ErrorDefinition", error.selector) || (contractErrors[error.name]?.message ?? "");
      return `| \`${error.format("full").replace(/^error /, "")}\` | \`${error.selector}\` | ${cell(said)} |`;
    })
    .sort();
  if (rows.length === 0) return [];
  return [
    `### ${compiled.contract.name}: errors`,
    "",
    "| error | selector | meaning |",
    "| --- | --- | --- |",
    ...rows,
    "",
  ];
}

/** The text above an event or an error, by its hash, wherever the contract inherits it from. */
function meaningOf(
  { program, contract }: Compiled,
  nodeType: "EventDefinition" | "ErrorDefinition",
  hash: string,
): string {
  const key = nodeType === "EventDefinition" ? "eventSelector" : "errorSelector";
  const found = program
    .declared(nodeType)
    .filter((node) => `0x${(node as unknown as Record<string, string>)[key]}` === hash);
  const linear = program.linear(contract);
  const best = found.find((node) => linear.some(({ nodes }) => nodes.some(({ id }) => id === node.id))) ?? found[0];
  if (best === undefined) return "";
  const { notice, dev } = plainDoc(program, best);
  return inline(notice === "" ? dev : notice);
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|").replace(/\s*\n\s*/g, " ");
}

/** The types that the functions of a page take and give. */
export function typeSection(types: Types): string[] {
  if (types.size === 0) return [];
  return [
    "## Types",
    "",
    ...[...types]
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .flatMap(([name, { program, definition }]) => [
        `### ${name}`,
        "",
        ...texts(plainDoc(program, definition)),
        ...membersOf(program, definition),
      ]),
  ];
}

function membersOf(program: Program, definition: TypeDefinition): string[] {
  if (definition.nodeType === "UserDefinedValueTypeDefinition") {
    return [`A \`${definition.underlyingType.typeDescriptions.typeString}\`.`, ""];
  }
  if (definition.nodeType === "EnumDefinition") {
    return [
      "| value | name |",
      "| --- | --- |",
      ...definition.members.map(({ name }, i) => `| ${i} | \`${name}\` |`),
      "",
    ];
  }
  const { params } = plainDoc(program, definition);
  return [
    "| field | type | meaning |",
    "| --- | --- | --- |",
    ...definition.members.map((member) => {
      const said = params.get(member.name) ?? program.besides(member);
      return `| \`${member.name}\` | \`${typeName(member)}\` | ${cell(inline(said))} |`;
    }),
    "",
  ];
}
