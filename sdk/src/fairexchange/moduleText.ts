import { readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * The text of a module that worker threads run, compiled by the compiler that runs the sources. The package's build puts
 * the compiled texts in the place of this function.
 */
export async function textOf(module: string): Promise<string> {
  const { default: ts } = await import("typescript");
  const compilerOptions = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.CommonJS };
  return ts.transpileModule(readFileSync(join(__dirname, `${module}.ts`), "utf8"), { compilerOptions }).outputText;
}
