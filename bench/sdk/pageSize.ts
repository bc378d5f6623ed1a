import { build, type Metafile } from "esbuild";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

/** A page with ethers, and one with viem. */
const PAGES = { ethers: join(__dirname, "page.ts"), viem: join(__dirname, "viemPage.mjs") };

/** Bytes of a page's script, gzipped: what it loads to start with, and the part of it that is this package. */
export interface PageSize {
  readonly total: number;
  /** The same page with ethers, or viem, left out. */
  readonly ours: number;
  /** What it loads when it first meets an error of a node, a wallet or a contract: their sentences and signatures. */
  readonly onFailure: number;
  /** Packages whose code is in it. */
  readonly packages: readonly string[];
}

/** Bundles the page that buys, with the package as it is installed below a folder, and measures what a visitor loads first. */
export async function pageSize(folder: string, library: keyof typeof PAGES = "ethers"): Promise<PageSize> {
  const whole = await bundle(folder, PAGES[library], []);
  const ours = await bundle(folder, PAGES[library], [library]);
  return { total: whole.bytes, ours: ours.bytes, onFailure: ours.onFailure, packages: whole.packages };
}

interface Bundle {
  readonly bytes: number;
  readonly onFailure: number;
  readonly packages: string[];
}

async function bundle(folder: string, page: string, external: string[]): Promise<Bundle> {
  const { outputFiles, metafile } = await build({
    stdin: { contents: readFileSync(page, "utf8"), sourcefile: page, resolveDir: folder, loader: "ts" },
    absWorkingDir: folder,
    outdir: join(folder, "out"),
    bundle: true,
    minify: true,
    splitting: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    external,
    write: false,
    metafile: true,
    logLevel: "silent",
  });
  const first = loadedFirst(metafile);
  const sizeOf = (names: readonly string[]): number =>
    outputFiles
      .filter(({ path }) => names.some((name) => path.endsWith(name)))
      .reduce((sum, { contents }) => sum + gzipSync(contents, { level: 9 }).length, 0);
  const errors = Object.keys(metafile.outputs).find((name) => /\btables-\w+\.js$/.test(name));
  if (errors === undefined || first.includes(errors)) throw new Error("The tables of errors are no part of their own.");
  const inputs = first.flatMap((name) => Object.entries(metafile.outputs[name]!.inputs));
  const used = inputs.filter(([, { bytesInOutput }]) => bytesInOutput > 0).map(([path]) => path);
  const packages = used.map((path) => /node_modules\/((?:@[^/]+\/)?[^/]+)\/(?!.*node_modules)/.exec(path)?.[1]);
  return {
    bytes: sizeOf(first),
    onFailure: sizeOf([errors]),
    packages: [...new Set(packages.filter((name) => name !== undefined))].sort(),
  };
}

/** The page's own file and everything that it imports before it runs; what it may import later is not loaded yet. */
function loadedFirst({ outputs }: Metafile): string[] {
  const names = Object.keys(outputs).filter(
    (name) => outputs[name]!.entryPoint !== undefined && name.endsWith("stdin.js"),
  );
  for (const name of names) {
    for (const { path, kind } of outputs[name]!.imports) {
      if (kind === "import-statement" && path in outputs && !names.includes(path)) names.push(path);
    }
  }
  return names;
}
