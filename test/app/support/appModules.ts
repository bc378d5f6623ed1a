import { build } from "esbuild";
import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const ROOT = join(__dirname, "../../..");
const OUT = join(ROOT, "cache/app-modules");

/**
 * What some modules of the page export, made for Node as the page's build makes them for a browser. They import the package by its name,
 * which nothing but a bundler resolves; ethers is the one of this process.
 */
export async function appModules<Exports>(...files: string[]): Promise<Exports> {
  const { outputFiles } = await build({
    stdin: {
      contents: files.map((file) => `export * from "./app/src/${file}";`).join("\n"),
      resolveDir: ROOT,
    },
    tsconfig: join(ROOT, "app/tsconfig.json"),
    external: ["ethers"],
    ...{ bundle: true, write: false, format: "cjs", platform: "node", target: "node20", logLevel: "silent" },
  });
  const { contents } = outputFiles![0]!;
  mkdirSync(OUT, { recursive: true });
  const file = join(OUT, `${createHash("sha256").update(contents).digest("hex").slice(0, 16)}.cjs`);
  writeFileSync(file, contents);
  return createRequire(__filename)(file) as Exports;
}
