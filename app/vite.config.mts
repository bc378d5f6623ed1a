// The page as static files with relative addresses: it works from any path, file server or IPFS gateway. The package's
// sources are taken as they are, so that nothing has to be built before.
import { join } from "node:path";

import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

import { LIBRARY, ROOT } from "../sdk/build/entries.mjs";
import { generate } from "../sdk/build/generate.mjs";

/** ABIs that follow from the typings; apart from those of the package's build, which may run at the same time. */
const ABIS = "cache/app";

const aliases = Object.entries({ ...LIBRARY, abis: `${ABIS}/abis.ts` }).map(([name, file]) => ({
  find: new RegExp(`^isonomy/${name}$`),
  replacement: join(ROOT, file),
}));

export default defineConfig(() => {
  generate(ABIS);
  return {
    root: import.meta.dirname,
    base: "./",
    publicDir: false as const,
    plugins: [react()],
    resolve: { alias: aliases },
    worker: { format: "es" as const },
    build: {
      target: "es2022",
      outDir: join(ROOT, "cache/page"),
      emptyOutDir: true,
      assetsInlineLimit: 0,
      reportCompressedSize: false,
      // a page that says which file holds what can be checked by anyone
      manifest: "manifest.json",
    },
  };
});
