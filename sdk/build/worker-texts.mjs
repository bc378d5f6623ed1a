import { readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";

const NAMES = /^const WORKER_MODULES = (\[[^\]]*\]);$/m;

/** Worker threads run some modules from their text. From the sources it is compiled on the spot; the package carries it. */
export function workerTexts() {
  return {
    name: "worker-texts",
    load(id) {
      if (!id.endsWith(join("fairexchange", "moduleText.ts"))) return null;
      const folder = join(id, "..");
      const names = NAMES.exec(readFileSync(join(folder, "nodePlatform.ts"), "utf8"))?.[1];
      if (names === undefined)
        throw new Error("nodePlatform.ts does not list WORKER_MODULES where they are looked for.");
      const compilerOptions = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.CommonJS, removeComments: true };
      const texts = JSON.parse(names).map((name) => {
        const source = readFileSync(join(folder, `${name}.ts`), "utf8");
        return [name, ts.transpileModule(source, { compilerOptions }).outputText];
      });
      return `const texts: Record<string, string> = ${JSON.stringify(Object.fromEntries(texts))};
        export const textOf = async (module: string): Promise<string> => texts[module]!;`;
    },
  };
}
