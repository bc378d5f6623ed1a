// The examples in the comments of the package, as programs: each with the imports that it leaves out.
import { join } from "node:path";
import ts from "typescript";

import { ROOT, Surface, examplesOf, programOf, type Exported } from "./surface";

const PRELUDE = join(ROOT, "scripts/docs/lib/prelude.ts");

/** One example, as a module. */
export interface Example {
  readonly name: string;
  readonly text: string;
}

/**
 * The names that a program uses and does not declare, and of those the ones that it calls. What is a variable of the prelude and a
 * function of the package is the function where it is called.
 */
function namesIn(text: string): { free: Set<string>; called: Set<string> } {
  const source = ts.createSourceFile("example.ts", text, ts.ScriptTarget.ES2022, true);
  const [used, called, declared] = [new Set<string>(), new Set<string>(), new Set<string>()];
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node)) {
      const { parent } = node;
      const isMember = ts.isPropertyAccessExpression(parent) && parent.name === node;
      const isKey = (ts.isPropertyAssignment(parent) && parent.name === node) || ts.isPropertySignature(parent);
      const isSource = ts.isBindingElement(parent) && parent.propertyName === node;
      if (isMember || isKey || isSource) return;
      const declares =
        (ts.isVariableDeclaration(parent) || ts.isBindingElement(parent) || ts.isParameter(parent)) &&
        parent.name === node;
      (declares || ts.isImportSpecifier(parent) ? declared : used).add(node.text);
      if ((ts.isCallExpression(parent) || ts.isNewExpression(parent)) && parent.expression === node)
        called.add(node.text);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return { free: new Set([...used].filter((name) => !declared.has(name))), called };
}

/** An example that computes and nothing else: it needs nothing of the prelude, or what `given` has, and waits for nothing. */
export interface Computed {
  readonly name: string;
  readonly body: string;
  /** The names of the package that it uses. */
  readonly uses: readonly string[];
}

/** The examples that can be run as they are. */
export function computedIn(surface: Surface, prelude: ReadonlySet<string>, given: ReadonlySet<string>): Computed[] {
  return surface.all().flatMap((one) =>
    examplesOf(one).flatMap((body) => {
      const { free, called } = namesIn(body);
      const isExport = (name: string): boolean =>
        surface.exported.has(name) && (called.has(name) || !prelude.has(name));
      const needs = [...free].filter((name) => !isExport(name) && prelude.has(name) && !given.has(name));
      if (needs.length > 0 || /\bawait\b/.test(body)) return [];
      return [{ name: one.name, body, uses: [...free].filter(isExport) }];
    }),
  );
}

/** A line that says what comes of it: `const root = integerSqrt(10n); // 3n`, or without a name. */
const SAID = /^(?:const (\w+) = )?(.+); \/\/ (true|false|\d[\d_]*n?|"[^"]*"|\[[^\]]*\])(?=$|[ :,.])/;

/** The same program with a call of `is(result, said)` for each line that says what comes of it. */
export function checking(body: string): string {
  return body
    .split("\n")
    .map((line) => {
      const [, name, expression, said] = SAID.exec(line) ?? [];
      if (said === undefined || expression!.startsWith("const ")) return line;
      return name === undefined ? `is(${expression}, ${said});` : `${line}\nis(${name}, ${said});`;
    })
    .join("\n");
}

/** Every example of the package, with its imports: of the package itself, and of the prelude. */
export function examplesIn(surface: Surface, prelude: ReadonlySet<string>): Example[] {
  return surface.all().flatMap((one) =>
    examplesOf(one).map((body, at) => ({
      name: join(ROOT, `example-${one.name.replace(".", "-")}${at === 0 ? "" : `-${at}`}.ts`),
      text: `${importsOf(body, surface.exported, prelude)}${body}\nexport {};\n`,
    })),
  );
}

function importsOf(body: string, exported: ReadonlyMap<string, Exported>, prelude: ReadonlySet<string>): string {
  const { free, called } = namesIn(body);
  const lines = [...free].flatMap((name) => {
    const one = exported.get(name);
    if (one !== undefined && (called.has(name) || !prelude.has(name)))
      return [`import { ${name} } from "${one.entries[0]}";`];
    return prelude.has(name) ? [`import { ${name} } from "./scripts/docs/lib/prelude";`] : [];
  });
  // on the first line, so that the lines of an error are those of the example
  return lines.length === 0 ? "" : `${lines.join(" ")} `;
}

/** The names that the prelude declares. */
export function preludeNames(program: ts.Program): ReadonlySet<string> {
  const checker = program.getTypeChecker();
  const module = checker.getSymbolAtLocation(program.getSourceFile(PRELUDE)!)!;
  return new Set(checker.getExportsOfModule(module).map(({ name }) => name));
}

/** A program with the prelude. */
export const withPrelude = (texts: ReadonlyMap<string, string>): ts.Program => programOf(texts, [PRELUDE]);

/** What the compiler says of programs, by the path of each. */
export function problemsOf(examples: readonly Example[]): string[] {
  const program = withPrelude(new Map(examples.map(({ name, text }) => [name, text])));
  return examples.flatMap(({ name }) => {
    const source = program.getSourceFile(name);
    return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map(
      ({ messageText, start }) => {
        const line = start === undefined ? 0 : ts.getLineAndCharacterOfPosition(source!, start).line + 1;
        return `${name.slice(ROOT.length + 1)}:${line}: ${ts.flattenDiagnosticMessageText(messageText, " ")}`;
      },
    );
  });
}
