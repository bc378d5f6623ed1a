// Writes the entries that follow from the generated types: one ABI and one factory for each contract and interface.
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, join, relative, sep } from "node:path";

import { GENERATED, ROOT } from "./entries.mjs";

const TYPES = "typechain-types";
const FACTORIES = `${TYPES}/factories`;
/** Standards that the SDK speaks, beside the protocol's own contracts. */
const STANDARDS = [
  "@openzeppelin/contracts/token/ERC20/IERC20",
  "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit",
  "@openzeppelin/contracts/interfaces/IERC5267",
];

/** The ABI is in the factory as a constant, which says it all: its values and, by `as const`, its types. */
const ABI = /^const _abi = (\[.*?^\]) as const;$/ms;

function factories() {
  const own = readdirSync(join(ROOT, FACTORIES, "contracts"), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith("__factory.ts"))
    .map((file) => `contracts/${file.split(sep).join("/").replace("__factory.ts", "")}`);
  const all = [...own.sort(), ...STANDARDS];
  const names = all.map((path) => basename(path));
  const twice = names.filter((name, at) => names.indexOf(name) !== at);
  if (twice.length > 0) throw new Error(`Two contracts are named ${twice.join(", ")}: a package exports a name once.`);
  return all.map((path, at) => ({ path, name: names[at] }));
}

function importPath(from, path) {
  return relative(join(ROOT, from), join(ROOT, path)).split(sep).join("/");
}

function abiName(name) {
  // IMarket is iMarket, ERC20 would be erc20
  const capitals = /^[A-Z]+(?=[A-Z][a-z]|$|\d)/.exec(name)?.[0] ?? name[0];
  return `${capitals.toLowerCase()}${name.slice(capitals.length)}Abi`;
}

/** Another process may read what is there: a file that is right stays untouched. */
function put(file, text) {
  if (!existsSync(file) || readFileSync(file, "utf8") !== text) writeFileSync(file, text);
}

/** @param place The folder for what is written, from the root; what else was in its `abis/` is removed. */
export function generate(place = GENERATED) {
  const folder = join(ROOT, place);
  const importOf = (path) => importPath(place, path);
  mkdirSync(join(folder, "abis"), { recursive: true });

  const abis = [];
  const structs = new Map();
  const types = [`export type * from "${importOf(`${TYPES}/common`)}";`];
  for (const { path, name } of factories()) {
    const source = readFileSync(join(ROOT, FACTORIES, `${path}__factory.ts`), "utf8");
    const abi = ABI.exec(source)?.[1];
    if (abi === undefined) throw new Error(`${FACTORIES}/${path}__factory.ts holds no ABI where one is expected.`);
    put(join(folder, "abis", `${name}.ts`), `export const ${abiName(name)} = ${abi} as const;\n`);
    abis.push(`export { ${abiName(name)} } from "./abis/${name}";`);
    types.push(`export { ${name}__factory } from "${importOf(`${FACTORIES}/${path}__factory`)}";`);
    types.push(`export type { ${name}, ${name}Interface } from "${importOf(`${TYPES}/${path}`)}";`);
    const typings = readFileSync(join(ROOT, `${TYPES}/${path}.ts`), "utf8");
    for (const [, struct] of typings.matchAll(/^export type (\w+Struct(?:Output)?) =/gm)) {
      structs.set(struct, [...(structs.get(struct) ?? []), path]);
    }
  }
  // structs that one contract alone declares: a client that gives the contract out gives them out too
  for (const [struct, [path, ...others]] of structs) {
    if (others.length === 0) types.push(`export type { ${struct} } from "${importOf(`${TYPES}/${path}`)}";`);
  }
  const written = new Set(abis.map((line) => /abis\/(\w+)"/.exec(line)[1]));
  for (const file of readdirSync(join(folder, "abis"))) {
    if (!written.has(file.replace(/\.ts$/, ""))) rmSync(join(folder, "abis", file));
  }
  put(join(folder, "abis.ts"), `${abis.join("\n")}\n`);
  put(join(folder, "typechain.ts"), `${types.join("\n")}\n`);
  return abis.length;
}
