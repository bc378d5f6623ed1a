import {
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";

const ROOT = join(__dirname, "..", "..");
/** What no clone has: packages and builds, and what commands of this tree have left. */
const NOT_CLONED =
  /(^|\/)(node_modules|\.git|artifacts|cache|coverage|dist|\.isonomy|\.env|[^/]*\.tgz)$|^deploy\/(deployments|addresses)$/;

/** A copy of this tree in a folder of its own, which a test may change: as a clone is after `npm ci` and a first compilation. */
export function copyCheckout(): { readonly folder: string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), "isonomy-checkout-"));
  cpSync(ROOT, folder, {
    recursive: true,
    filter: (path) => !NOT_CLONED.test(relative(ROOT, path).replaceAll("\\", "/")),
  });
  for (const packages of ["node_modules", "sdk/node_modules"]) {
    if (existsSync(join(ROOT, packages))) symlinkSync(join(ROOT, packages), join(folder, packages), "junction");
  }
  cpSync(join(ROOT, "artifacts"), join(folder, "artifacts"), { recursive: true });
  cpSync(join(ROOT, "cache"), join(folder, "cache"), { recursive: true });
  // the compiler knows its sources by their paths, and those of packages by where the links lead
  const [before, packages] = [`"${ROOT}/`, `"${ROOT}/node_modules/`];
  for (const name of readdirSync(join(folder, "cache")).filter((file) => file.startsWith("solidity-files-cache"))) {
    const file = join(folder, "cache", name);
    writeFileSync(
      file,
      readFileSync(file, "utf8").replaceAll(before, `"${folder}/`).replaceAll(`"${folder}/node_modules/`, packages),
    );
  }
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
