// Builds the package out of the sources: ESM file by file, so that a bundler drops what a page does not use; CommonJS
// with the dependencies that have no such form; types for both; and the programs.
import commonjs from "@rollup/plugin-commonjs";
import { nodeResolve } from "@rollup/plugin-node-resolve";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { dts } from "rollup-plugin-dts";
import esbuild from "rollup-plugin-esbuild";

import { ESM_ONLY, GENERATED, LIBRARY, PROGRAMS, ROOT } from "./build/entries.mjs";
import { workerTexts } from "./build/worker-texts.mjs";

const DIST = join(ROOT, "sdk/dist");
const manifest = JSON.parse(readFileSync(join(ROOT, "sdk/package.json"), "utf8"));
const packages = [...Object.keys(manifest.dependencies), ...Object.keys(manifest.peerDependencies)];

const inRoot = (entries) => Object.fromEntries(Object.entries(entries).map(([name, file]) => [name, join(ROOT, file)]));
const isPartOf = (names) => (id) => names.some((name) => id === name || id.startsWith(`${name}/`));
const external = (except = []) => {
  const listed = isPartOf(packages.filter((name) => !except.includes(name)));
  return (id) => id.startsWith("node:") || listed(id);
};

const compile = () =>
  esbuild({ target: "es2022", tsconfig: false, charset: "utf8", legalComments: "none", sourceMap: false });
const treeshake = { moduleSideEffects: false };
// An import that nothing answers would fail only at the user's.
const onwarn = (warning) => {
  if (warning.code === "CIRCULAR_DEPENDENCY" && warning.ids?.every((id) => id.includes("node_modules"))) return;
  throw new Error(`${warning.code}: ${warning.message}`);
};

/** Where a module of the sources lands. */
const placed = (name) =>
  name
    .replace(/^sdk\/src\//, "")
    .replace(`${GENERATED}/`, "")
    .replace(/^typechain-types\//, "typechain/");

const library = { input: inRoot(LIBRARY), treeshake, onwarn };

export default [
  {
    ...library,
    external: external(),
    plugins: [workerTexts(), nodeResolve({ extensions: [".ts"] }), compile()],
    output: {
      dir: join(DIST, "esm"),
      format: "es",
      preserveModules: true,
      preserveModulesRoot: ROOT,
      entryFileNames: ({ name }) => `${placed(name)}.mjs`,
    },
  },
  {
    ...library,
    external: external(ESM_ONLY),
    plugins: [workerTexts(), nodeResolve({ extensions: [".ts", ".js"] }), commonjs(), compile()],
    output: {
      dir: join(DIST, "cjs"),
      format: "cjs",
      interop: "auto",
      entryFileNames: "[name].cjs",
      chunkFileNames: "chunks/[name].cjs",
    },
  },
  {
    ...library,
    external: external(),
    plugins: [dts({ tsconfig: join(ROOT, "sdk/tsconfig.build.json"), compilerOptions: { preserveSymlinks: false } })],
    output: [
      ["mts", "mjs"],
      ["cts", "cjs"],
    ].map(([extension]) => ({
      dir: join(DIST, "types"),
      format: "es",
      entryFileNames: `[name].d.${extension}`,
      chunkFileNames: `chunks/[name].d.${extension}`,
    })),
  },
  ...(Object.keys(PROGRAMS).length === 0
    ? []
    : [
        {
          input: inRoot(PROGRAMS),
          onwarn,
          external: external(),
          plugins: [workerTexts(), nodeResolve({ extensions: [".ts"] }), compile()],
          output: {
            dir: join(DIST, "bin"),
            format: "es",
            entryFileNames: "[name].mjs",
            chunkFileNames: "chunks/[name]-[hash].mjs",
          },
        },
      ]),
];
