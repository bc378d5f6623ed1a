import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * The text of a module that worker threads run: as built, or, when the sources run directly, compiled by the compiler that
 * runs them. The package's build replaces this function with the compiled texts.
 */
export async function textOf(module: string): Promise<string> {
  const built = join(__dirname, `${module}.js`);
  if (existsSync(built)) return readFileSync(built, "utf8");
  const { default: ts } = await import("typescript");
  const compilerOptions = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.CommonJS };
  return ts.transpileModule(readFileSync(join(__dirname, `${module}.ts`), "utf8"), { compilerOptions }).outputText;
}
