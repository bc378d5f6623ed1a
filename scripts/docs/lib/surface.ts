// What the package exports, as the compiler sees it: the names of every entry with their comments and examples. The reference is
// written from it, and a test asks it what has none.
import { readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import ts from "typescript";

export const ROOT = join(__dirname, "../../..");

/** The entries of the package that are sources, by the name that is imported; `abis` and `typechain` are made by the build. */
export function sourceEntries(): ReadonlyMap<string, string> {
  const list = readFileSync(join(ROOT, "sdk/build/entries.mjs"), "utf8");
  const found = [...list.matchAll(/^ {2}"?([\w-]+)"?: "(sdk\/src\/[\w/]+\.ts)",$/gm)];
  return new Map(found.map(([, name, file]) => [name === "index" ? "isonomy" : `isonomy/${name}`, file!]));
}

/** As a stranger's program is compiled, with the package resolved to its sources. */
export const STRANGER: ts.CompilerOptions = {
  ...{ strict: true, noUncheckedIndexedAccess: true, noEmit: true, skipLibCheck: true, types: ["node"] },
  target: ts.ScriptTarget.ES2022,
  lib: ["lib.es2023.d.ts", "lib.dom.d.ts", "lib.dom.asynciterable.d.ts"],
  module: ts.ModuleKind.ES2022,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  esModuleInterop: true,
  resolveJsonModule: true,
  paths: Object.fromEntries([...sourceEntries()].map(([name, file]) => [name, [join(ROOT, file)]])),
};

/** The files that were parsed for an earlier program. */
const parsed = new Map<string, ts.SourceFile | undefined>();

/** A program of the sources, of more files, and of texts that are in no file, by the paths where they would be. */
export function programOf(texts: ReadonlyMap<string, string>, more: readonly string[] = []): ts.Program {
  const host = ts.createCompilerHost(STRANGER, true);
  const { fileExists, readFile, getSourceFile } = host;
  host.fileExists = (file) => texts.has(file) || fileExists(file);
  host.readFile = (file) => texts.get(file) ?? readFile(file);
  host.getSourceFile = (file, options) => {
    const text = texts.get(file);
    if (text !== undefined) return ts.createSourceFile(file, text, options, true);
    if (!parsed.has(file)) parsed.set(file, getSourceFile(file, options));
    return parsed.get(file);
  };
  const sources = [...sourceEntries().values()].map((file) => join(ROOT, file));
  return ts.createProgram([...sources, ...more, ...texts.keys()], STRANGER, host);
}

export type Kind = "class" | "function" | "method" | "type" | "value" | "property";

/** One name of the package, or a member of one of its classes. */
export interface Exported {
  readonly kind: Kind;
  /** `hashOffer`, or `MarketClient.purchase` of a member. */
  readonly name: string;
  /** Where it can be imported from. */
  readonly entries: string[];
  /** Its source, from the root of the repository. */
  readonly file: string;
  readonly declaration: ts.Declaration;
  readonly symbol: ts.Symbol;
  /** Its comment without the tags. */
  readonly text: string;
  readonly tags: readonly { readonly name: string; readonly text: string }[];
  readonly members: Exported[];
}

/** The fields of a comment's tag: `@param name text` has the name in front. */
const plain = (parts: readonly ts.SymbolDisplayPart[] | undefined): string =>
  ts.displayPartsToString([...(parts ?? [])]);

export class Surface {
  readonly checker: ts.TypeChecker;
  /** What the entries export; what several of them do is one. */
  readonly names: readonly Exported[];
  /** The same by name. Where two entries mean different things by a name, it is the one of the first. */
  readonly exported: ReadonlyMap<string, Exported>;

  constructor(
    readonly program: ts.Program,
    entries = sourceEntries(),
  ) {
    this.checker = program.getTypeChecker();
    const found = new Map<ts.Symbol, Exported>();
    for (const [entry, file] of entries) {
      const module = this.checker.getSymbolAtLocation(program.getSourceFile(join(ROOT, file))!)!;
      for (const alias of this.checker.getExportsOfModule(module)) {
        const isAlias = (alias.flags & ts.SymbolFlags.Alias) !== 0;
        const symbol = isAlias ? this.checker.getAliasedSymbol(alias) : alias;
        const known = found.get(symbol);
        if (known === undefined) found.set(symbol, this.#read(symbol, alias.name, [entry]));
        else known.entries.push(entry);
      }
    }
    this.names = [...found.values()];
    this.exported = new Map(this.names.toReversed().map((one) => [one.name, one]));
  }

  /** Everything with a comment of its own: the names, and the members of the classes. A member that several classes inherit is one. */
  all(): Exported[] {
    const once = new Map<ts.Declaration, Exported>();
    for (const one of this.names) {
      for (const each of [one, ...one.members]) if (!once.has(each.declaration)) once.set(each.declaration, each);
    }
    return [...once.values()];
  }

  #read(symbol: ts.Symbol, name: string, entries: string[]): Exported {
    const declaration = symbol.valueDeclaration ?? symbol.declarations![0]!;
    const members = ts.isClassDeclaration(declaration) ? this.#membersOf(symbol, entries) : [];
    return this.#described(symbol, declaration, this.#kindOf(symbol, declaration), { name, entries, members });
  }

  #kindOf(symbol: ts.Symbol, declaration: ts.Declaration): Kind {
    if (ts.isClassDeclaration(declaration)) return "class";
    if (symbol.valueDeclaration === undefined) return "type";
    return this.checker.getTypeOfSymbol(symbol).getCallSignatures().length > 0 ? "function" : "value";
  }

  /** What a user of a class reaches, declared in the package: what a class has from a library belongs to that library. */
  #membersOf(symbol: ts.Symbol, entries: string[]): Exported[] {
    const instance = this.checker.getDeclaredTypeOfSymbol(symbol);
    const own = this.checker.getTypeOfSymbol(symbol);
    const members = [...this.checker.getPropertiesOfType(instance), ...this.checker.getPropertiesOfType(own)];
    return members.flatMap((member) => {
      const declaration = member.valueDeclaration;
      if (declaration === undefined || !isReached(declaration)) return [];
      const kind = this.checker.getTypeOfSymbol(member).getCallSignatures().length > 0 ? "method" : "property";
      const name = `${symbol.name}.${member.name}`;
      return [this.#described(member, declaration, kind, { name, entries, members: [] })];
    });
  }

  #described(
    symbol: ts.Symbol,
    declaration: ts.Declaration,
    kind: Kind,
    rest: Pick<Exported, "name" | "entries" | "members">,
  ): Exported {
    const tags = symbol.getJsDocTags(this.checker).map((tag) => ({ name: tag.name, text: plain(tag.text) }));
    const text = plain(symbol.getDocumentationComment(this.checker));
    const file = relative(ROOT, declaration.getSourceFile().fileName).split(sep).join("/");
    return { ...rest, kind, file, declaration, symbol, text, tags };
  }
}

function isReached(declaration: ts.Declaration): boolean {
  const hidden = ts.ModifierFlags.Private | ts.ModifierFlags.Protected;
  if ((ts.getCombinedModifierFlags(declaration) & hidden) !== 0) return false;
  const name = ts.getNameOfDeclaration(declaration);
  if (name === undefined || !ts.isIdentifier(name)) return false;
  return relative(ROOT, declaration.getSourceFile().fileName).split(sep).join("/").startsWith("sdk/src/");
}

/** The programs of a comment's examples. */
export function examplesOf({ tags }: Pick<Exported, "tags">): string[] {
  const blocks = tags
    .filter(({ name }) => name === "example")
    .map(({ text }) => /^```ts\n([\s\S]*?)\n```$/.exec(text.trim())?.[1]);
  return blocks.map((block) => block ?? "");
}

/** What a comment of the package lacks, as a sentence each. */
export function lacking(one: Exported): string[] {
  // the structs of the contracts have their comments in the contracts
  if (!one.file.startsWith("sdk/src/")) return [];
  const at = `${one.name} (${one.file})`;
  const examples = examplesOf(one);
  const isClassOrCalled = one.kind === "class" || one.kind === "function" || one.kind === "method";
  return [
    ...(one.text === "" ? [`${at} has no comment`] : []),
    ...(isClassOrCalled && examples.length === 0 ? [`${at} has no @example`] : []),
    ...(isClassOrCalled ? misnamed(one).map((name) => `${at} has a @param for ${name}, which it does not take`) : []),
    ...(examples.includes("") ? [`${at} has an @example that is no block of TypeScript`] : []),
  ];
}

/** The names that `@param` explains and that no signature has; what is taken apart where it is taken has no name, so that one fits. */
function misnamed({ tags, declaration, kind }: Exported): string[] {
  const explained = tags.filter(({ name }) => name === "param").map(({ text }) => text.split(/\s/)[0]!);
  if (explained.length === 0 || kind === "class") return [];
  const taken = parametersOf(declaration);
  const unnamed = taken.filter((each) => !ts.isIdentifier(each.name)).length;
  const wrong = explained.filter((name) => !taken.some((each) => each.name.getText() === name));
  return wrong.slice(unnamed);
}

/** The parameters of a function, a method, or the function that a constant is made of. */
function parametersOf(declaration: ts.Declaration): readonly ts.ParameterDeclaration[] {
  if (ts.isFunctionLike(declaration)) return declaration.parameters;
  let found: readonly ts.ParameterDeclaration[] | undefined;
  const visit = (node: ts.Node): void => {
    if (found !== undefined) return;
    if (ts.isFunctionLike(node)) found = node.parameters;
    else ts.forEachChild(node, visit);
  };
  visit(declaration);
  return found ?? [];
}
