// Writes the table of `docs/permissions.md` from the manifests of the domains; the words around it are kept. With CHECK=true it writes
// nothing and fails when the table is stale.
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { GRANTS, PERMISSIONS, type RoleName } from "../../sdk/src/governance/roles";
import { generate, keep } from "./lib/keep";

const PAGE = "docs/permissions.md";
const COMMAND = "docs:permissions";
const [BEGIN, END] = [`<!-- table: npm run ${COMMAND} -->`, "<!-- end of table -->"];
const HOLDERS: Readonly<Record<(typeof GRANTS)[number]["holder"], string>> = {
  Timelock: "the timelock",
  GuardianDesk: "the guardian, by its desk",
};

function table(): string {
  const holder = (role: RoleName): string => HOLDERS[GRANTS.find((grant) => grant.role === role)!.holder];
  return [
    "| contract | function | role | held by |",
    "| --- | --- | --- | --- |",
    ...PERMISSIONS.map(
      ({ contract, signature, role }) => `| \`${contract}\` | \`${signature}\` | \`${role}\` | ${holder(role)} |`,
    ),
  ].join("\n");
}

generate(async () => {
  const page = readFileSync(join(__dirname, "../..", PAGE), "utf8");
  const [from, to] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (from < 0 || to < from) throw new Error(`${PAGE} has no place for the table: "${BEGIN}" and then "${END}".`);
  const text = `${page.slice(0, from)}${BEGIN}\n\n${table()}\n\n${page.slice(to)}`;
  await keep({ [PAGE]: text }, COMMAND);
});
