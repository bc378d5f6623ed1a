// npm run build -w isonomy: everything that the package carries and the sources do not. `npm pack` runs it first. With the
// name of a part (esm, cjs, types, bin), that part alone.
import { copyFileSync, rmSync } from "node:fs";
import { join, sep } from "node:path";
import { rollup } from "rollup";

import { ROOT } from "./entries.mjs";
import { generate } from "./generate.mjs";
import { copySolidity } from "./solidity.mjs";

const started = Date.now();
// npm pack reads the standard output
const say = (message) => console.error(`${((Date.now() - started) / 1000).toFixed(1).padStart(5)} s  ${message}`);

rmSync(join(ROOT, "sdk/dist"), { recursive: true, force: true });
say(`${generate()} ABIs and factories`);
say(`${copySolidity()} Solidity files`);
copyFileSync(join(ROOT, "LICENSE"), join(ROOT, "sdk/LICENSE"));

// the entries of the configuration exist only now
const { default: configured } = await import("../rollup.config.mjs");
const part = process.argv[2];
const dirOf = ({ output }) => [output].flat()[0].dir;
const builds = configured.filter((build) => part === undefined || dirOf(build).endsWith(`${sep}${part}`));
try {
  for (const { output, ...input } of builds) {
    const bundle = await rollup(input);
    for (const options of [output].flat()) {
      const { output: files } = await bundle.write(options);
      say(`${files.length} files of ${options.dir.slice(ROOT.length + 1)}`);
    }
    await bundle.close();
  }
} catch (error) {
  console.error(error.loc === undefined ? error.message : `${error.loc.file}:${error.loc.line}: ${error.message}`);
  process.exitCode = 1;
}
