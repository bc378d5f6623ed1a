// Writes the tables of `docs/attacks.md` and `docs/invariants.md` from the claims that stand above the tests. With CHECK=true it writes nothing
// and fails when a page is stale.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { claimsIn, pageOfClaims } from "./lib/claims";
import { generate, keep } from "./lib/keep";

const ROOT = join(__dirname, "../..");
const PAGES = ["attacks", "invariants"];

generate(async () => {
  const files = ["test", "proofs"].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
      .map((file) => `${folder}/${file.replaceAll("\\", "/")}`)
      .filter((file) => /\.(ts|sol)$/.test(file))
      .sort(),
  );
  const claims = files.flatMap((file) => claimsIn(file, readFileSync(join(ROOT, file), "utf8")));
  const unknown = claims.find(({ page }) => !PAGES.includes(page));
  if (unknown !== undefined) throw new Error(`${unknown.path}: there is no page of claims called "${unknown.page}".`);
  const pages = PAGES.map((name) => {
    const file = `docs/${name}.md`;
    return [file, pageOfClaims(name, readFileSync(join(ROOT, file), "utf8"), claims)] as const;
  });
  await keep(Object.fromEntries(pages), "docs:claims");
  console.log(`  ${claims.length} claims stand above tests.`);
});
