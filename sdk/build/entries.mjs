// What the package can be imported as. A new entry needs a line here, one under "exports" (and "typesVersions") in
// package.json, and nothing else. Sources are relative to the root of the repository.
import { existsSync } from "node:fs";
import { join } from "node:path";

export const ROOT = join(import.meta.dirname, "../..");
/** Sources that the build writes: they follow from the generated types and are not kept. */
export const GENERATED = "cache/sdk";

/** Libraries: ESM, CommonJS and types of each. */
export const LIBRARY = {
  index: "sdk/src/index.ts",
  node: "sdk/src/node.ts",
  // What a page needs, apart from the rest: esbuild splits nothing off that the same entry also exports.
  market: "sdk/src/market/index.ts",
  // what only reads, without the clients that send
  reading: "sdk/src/reading/index.ts",
  errors: "sdk/src/errors.ts",
  addresses: "sdk/src/addresses/index.ts",
  // what needs no ethers
  viem: "sdk/src/market/viem.ts",
  fair: "sdk/src/fairexchange/index.ts",
  card: "sdk/src/card/index.ts",
  store: "sdk/src/store/index.ts",
  // what a server that runs a model needs
  server: "sdk/src/server/index.ts",
  "exchange-math": "sdk/src/exchange/math.ts",
  "governance-math": "sdk/src/governance/math.ts",
  abis: `${GENERATED}/abis.ts`,
  typechain: `${GENERATED}/typechain.ts`,
};

/** Programs: one ESM file each, started by "bin" in package.json. Those whose source is not there are left out. */
export const PROGRAMS = Object.fromEntries(
  Object.entries({ isonomy: "sdk/src/cli/bin.ts" }).filter(([, source]) => existsSync(join(ROOT, source))),
);

/** Dependencies that have no CommonJS form: the CommonJS build carries them, so that `require` works everywhere. */
export const ESM_ONLY = [
  "@noble/ciphers",
  "@noble/curves",
  "@noble/hashes",
  "ipfs-unixfs-exporter",
  "ipfs-unixfs-importer",
  "multiformats",
];
