// The pages of the package's reference: each name with its imports, its signature, its comment and its examples.
import ts from "typescript";

import type { Exported, Surface } from "./surface";

/** Where a name is explained: its page, and the anchor there. */
export type Places = ReadonlyMap<string, { readonly page: string; readonly anchor: string }>;

/** Longest line of a signature before each of its parameters gets a line. */
const WIDTH = 100;
/** A type that is longer is no help; of a table of errors or an ABI it would be pages. */
const LONGEST_TYPE = 160;
/** The same of a union, in characters, and of a declaration, in lines: lists of codes are in the list of errors. */
const LONGEST_UNION = 600;
const LONGEST_DECLARATION = 60;

/** The names of a page in its order: what is called, constants, types. */
export function grouped(shown: readonly Exported[]): Readonly<Record<string, readonly Exported[]>> {
  return {
    "Classes and functions": shown.filter(({ kind }) => kind === "class" || kind === "function"),
    Constants: shown.filter(({ kind }) => kind === "value"),
    Types: shown.filter(({ kind }) => kind === "type"),
  };
}

export class SdkPage {
  readonly #surface: Surface;
  readonly #places: Places;
  readonly #page: string;

  constructor(surface: Surface, places: Places, page: string) {
    this.#surface = surface;
    this.#places = places;
    this.#page = page;
  }

  /** The sections of the names of one page, those that are called first. */
  sections(shown: readonly Exported[]): string[] {
    return Object.entries(grouped(shown)).flatMap(([title, names]) => this.#group(title, names));
  }

  #group(title: string, shown: readonly Exported[]): string[] {
    if (shown.length === 0) return [];
    return [`## ${title}`, "", ...shown.flatMap((one) => this.#section(one))];
  }

  #section(one: Exported): string[] {
    const imports = one.entries.map((entry) => `\`${entry}\``).join(", ");
    return [`### ${one.name}`, "", `From ${imports}.`, "", ...this.#body(one), ...this.#members(one)];
  }

  #body(one: Exported): string[] {
    const signature = this.#signature(one);
    const code = signature === "" ? [] : ["```ts", signature, "```", "", ...this.#typesIn(one, signature)];
    // a struct that typechain types
    const text =
      one.text === "" ? "As the contract has it: see the [contract reference](../contracts/README.md)." : one.text;
    return [...code, text, "", ...tagsOf(one)];
  }

  /** Links to the types of a signature, which a block of code cannot have. */
  #typesIn(one: Exported, signature: string): string[] {
    if (one.kind === "type" || one.kind === "value") return [];
    const names = [...new Set(signature.match(/\b[A-Z]\w+/g) ?? [])].filter(
      (name) => name !== one.name && this.#surface.exported.get(name)?.kind === "type",
    );
    return names.length === 0 ? [] : [`Types: ${names.map((name) => this.link(name)).join(", ")}.`, ""];
  }

  /** A link to a name, as it looks from this page. */
  link(name: string): string {
    const { page, anchor } = this.#places.get(name)!;
    return `[\`${name}\`](${page === this.#page ? "" : `${page}.md`}#${anchor})`;
  }

  #members(one: Exported): string[] {
    // a class of ours that is exported explains its members itself
    const ancestors = new Set<string>();
    const own = one.members.filter(({ declaration }) => {
      const { parent } = declaration;
      if (!ts.isClassDeclaration(parent) || parent.name === undefined) return true;
      const isInherited = parent.name.text !== one.name && this.#places.has(parent.name.text);
      if (isInherited) ancestors.add(parent.name.text);
      return !isInherited;
    });
    const properties = own.filter(({ kind }) => kind === "property");
    const methods = own.filter(({ kind }) => kind === "method");
    return [
      ...(ancestors.size === 0
        ? []
        : [`Has the members of ${[...ancestors].map((name) => this.link(name)).join(" and ")} too.`, ""]),
      ...properties.map(
        (each) => `- \`${each.symbol.name}: ${this.#typeOf(each)}\`: ${each.text.replaceAll("\n", " ")}`,
      ),
      ...(properties.length === 0 ? [] : [""]),
      ...methods.flatMap((each) => [`#### ${each.name}`, "", ...this.#body(each)]),
    ];
  }

  #typeOf({ declaration, symbol }: Exported): string {
    const annotated = (declaration as ts.PropertyDeclaration).type?.getText();
    return oneLine(annotated ?? this.#surface.checker.typeToString(this.#surface.checker.getTypeOfSymbol(symbol)));
  }

  #signature(one: Exported): string {
    const { declaration, kind, name } = one;
    if (ts.isClassDeclaration(declaration)) return constructorOf(name, declaration, this.#surface.checker);
    if (kind === "type") return this.#alias(one);
    if (kind === "value") {
      const type = this.#typeOf(one);
      return type.length > LONGEST_TYPE || type.includes("...") ? "" : `const ${name}: ${type};`;
    }
    return this.#calls(one);
  }

  /** How a type is written; what is derived from a value is shown as what comes of it. */
  #alias({ declaration, file }: Exported): string {
    // what typechain writes is the contract's
    if (!file.startsWith("sdk/src/")) return "";
    const text = declaration.getText().replace(/^export /, "");
    if (ts.isTypeAliasDeclaration(declaration) && declaration.typeParameters === undefined && /\btypeof\b/.test(text)) {
      const { checker } = this.#surface;
      const flags = ts.TypeFormatFlags.InTypeAlias | ts.TypeFormatFlags.NoTruncation;
      const type = checker.typeToString(checker.getTypeAtLocation(declaration.name), undefined, flags);
      return type.length > LONGEST_UNION ? "" : `type ${declaration.name.text} = ${type};`;
    }
    return text.split("\n").length > LONGEST_DECLARATION ? "" : text;
  }

  #calls({ declaration, symbol, kind, name }: Exported): string {
    const { checker } = this.#surface;
    const isStatic = (ts.getCombinedModifierFlags(declaration) & ts.ModifierFlags.Static) !== 0;
    const begins = kind === "function" ? `function ${name}` : `${isStatic ? "static " : ""}${symbol.name}`;
    const signatures = checker.getTypeOfSymbol(symbol).getCallSignatures();
    const lines = signatures.map((signature) => {
      const { type, typeParameters, parameters } = signature.getDeclaration();
      const flags = ts.TypeFormatFlags.NoTruncation;
      const result = type?.getText() ?? checker.typeToString(signature.getReturnType(), declaration, flags);
      const generics =
        typeParameters === undefined ? "" : `<${typeParameters.map((each) => each.getText()).join(", ")}>`;
      return `${call(`${begins}${generics}`, parameters, oneLine(result))};`;
    });
    return lines.join("\n");
  }
}

/** How a class is made: by its own constructor, or by the one of a class of ours that it extends. */
function constructorOf(name: string, declaration: ts.ClassDeclaration, checker: ts.TypeChecker): string {
  const constructor = declaration.members.find(ts.isConstructorDeclaration);
  const hidden = ts.ModifierFlags.Protected | ts.ModifierFlags.Private;
  if (constructor !== undefined) {
    const isHidden = (ts.getCombinedModifierFlags(constructor) & hidden) !== 0;
    return isHidden ? "" : `${call(`new ${name}`, constructor.parameters)};`;
  }
  const extended = declaration.heritageClauses?.find(({ token }) => token === ts.SyntaxKind.ExtendsKeyword)?.types[0];
  if (extended === undefined) return `new ${name}();`;
  const ancestor = checker.getTypeAtLocation(extended).symbol.valueDeclaration;
  const isOurs =
    ancestor !== undefined && ts.isClassDeclaration(ancestor) && !ancestor.getSourceFile().isDeclarationFile;
  return isOurs ? constructorOf(name, ancestor, checker) : "";
}

const oneLine = (text: string): string => text.replace(/\s+/g, " ").trim();

/** A parameter without its default: what has one may be left out. */
function parameter({ name, type, initializer, questionToken, dotDotDotToken }: ts.ParameterDeclaration): string {
  const optional = initializer !== undefined || questionToken !== undefined;
  const isPattern = !ts.isIdentifier(name);
  const shown = isPattern && optional ? "options" : isPattern ? patternOf(name) : name.text;
  const annotated = type?.getText() ?? literalType(initializer);
  return `${dotDotDotToken === undefined ? "" : "..."}${shown}${optional ? "?" : ""}: ${oneLine(annotated)}`;
}

function patternOf(name: ts.BindingName): string {
  if (!ts.isObjectBindingPattern(name)) return "values";
  return `{ ${name.elements.map((each) => (each.propertyName ?? each.name).getText()).join(", ")} }`;
}

/** The type of a parameter that only its default gives. */
function literalType(initializer: ts.Expression | undefined): string {
  if (initializer === undefined) return "unknown";
  if (ts.isStringLiteral(initializer)) return "string";
  if (ts.isBigIntLiteral(initializer) || /_BPS$/.test(initializer.getText())) return "bigint";
  if (/^[A-Z_]+PATIENCE$/.test(initializer.getText())) return "ReadPatience";
  return "number";
}

function call(name: string, parameters: readonly ts.ParameterDeclaration[], result?: string): string {
  const shown = parameters.map(parameter);
  const tail = result === undefined ? ")" : `): ${result}`;
  const whole = `${name}(${shown.join(", ")}${tail}`;
  if (whole.length <= WIDTH || shown.length === 0) return whole;
  return `${name}(\n${shown.map((each) => `  ${each},`).join("\n")}\n${tail}`;
}

/** What the tags of a comment say: parameters, what is returned, errors, examples. */
function tagsOf({ tags }: Exported): string[] {
  const named = (name: string): string[] => tags.filter((tag) => tag.name === name).map(({ text }) => text.trim());
  const parameters = [...named("typeParam"), ...named("param")].map((text) => {
    const [name, ...rest] = text.split(/\s+/);
    return `- \`${name}\`: ${rest.join(" ")}`;
  });
  const sentence = (begin: string, texts: readonly string[]): string[] =>
    texts.flatMap((text) => [`${begin}: ${text.replace(/\s+/g, " ")}`, ""]);
  return [
    ...parameters,
    ...(parameters.length === 0 ? [] : [""]),
    ...sentence("Returns", named("returns")),
    ...sentence("Throws", named("throws")),
    ...named("example").flatMap((text) => [text, ""]),
  ];
}
