import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

import { getAddress, keccak256 } from "ethers";

import { parseDeployment, type ContractName, type Deployment } from "../../sdk/src/addresses";
import { replaceFile, withLock } from "../../sdk/src/files";
import { decodeText } from "../../sdk/src/text/decode";
import { CREATE_X } from "./createx";
import { confirmedTransactions } from "./journal";
import type { Network } from "./networks";
import type { Planned, Plan } from "./plan";
import type { Reader } from "./powers";

/** The project's own folder of journals and address books. */
export const HOME = resolve(__dirname, "..");

/** The transaction that created a contract, and its block. */
export interface Creation {
  readonly hash: string;
  readonly block: number;
}

/** What `npm run deploy` writes: a deployment, as every tool reads it, and how it was made, for `npm run verify-deployment`. */
export interface Book<P = unknown> extends Deployment {
  readonly network: string;
  readonly deployer: string;
  readonly factory: string;
  readonly salt: string;
  readonly release: string;
  /** By the contract's name; missing where another contract created it. */
  readonly transactions: Readonly<Record<string, Creation>>;
  readonly parameters: P;
}

/** What a book says of one contract. */
export interface BookEntry {
  readonly contractName: string;
  readonly address: string;
  readonly codeHash: string;
  readonly transaction?: Creation;
}

/** A book by its contracts. */
export function entriesOf({ contracts, codeHashes, transactions }: Book): Record<string, BookEntry> {
  const entries = Object.entries(contracts).map(([name, address]) => [
    name,
    { contractName: name, address, codeHash: codeHashes[name as ContractName], transaction: transactions[name] },
  ]);
  return Object.fromEntries(entries) as Record<string, BookEntry>;
}

export interface BookOptions<P = unknown> {
  readonly home: string;
  readonly network: Network;
  readonly deployer: string;
  readonly salt: string;
  readonly release: string;
  readonly plan: Plan;
  /** Addresses by step, as the run returned them. */
  readonly addresses: Readonly<Record<string, string>>;
  readonly parameters: P;
  /** Where the journal is. */
  readonly folder: string;
  readonly reader: Reader;
  /** The hash under which a transaction got into the chain. */
  readonly landed: (hash: string) => Promise<string>;
}

/** Writes what was deployed where: JSON for this chain; for all public chains together, the book of the package and constants in Solidity. */
export async function writeBook<P>(options: BookOptions<P>): Promise<{ book: Book<P>; files: string[] }> {
  const { home, network, deployer, salt, release, plan, addresses, parameters, folder, reader, landed } = options;
  const confirmed = confirmedTransactions(folder);
  const contracts: Record<string, string> = {};
  const codeHashes: Record<string, string> = {};
  const transactions: Record<string, Creation> = {};
  for (const [name, { id, contractName }] of Object.entries(plan.contracts) as [string, Planned][]) {
    // the sources are found again by the name
    if (name !== contractName) throw new Error(`${name} is not the name of its contract, which is ${contractName}.`);
    const address = getAddress(addresses[id] as string);
    const code = await reader.request<string>({ method: "eth_getCode", params: [address, "latest"] });
    if (code === "0x") throw new Error(`There is no code at ${address}, where ${name} was deployed.`);
    contracts[name] = address;
    codeHashes[name] = keccak256(code);
    const created = confirmed.get(id);
    if (created !== undefined) transactions[name] = { hash: await landed(created.hash), block: created.blockNumber };
  }
  const block = Math.min(...[...confirmed.values()].map(({ blockNumber }) => blockNumber));
  const deployment = parseDeployment({ chainId: network.chainId, block, contracts, codeHashes }, "What was deployed");
  const record = { network: network.name, deployer, factory: CREATE_X, salt, release, transactions, parameters };
  const book: Book<P> = { ...deployment, ...record };

  const file = bookFile(home, network, folder);
  const files = [await writeGenerated(file, JSON.stringify(book))];
  if (network.isPublic) files.push(...(await writeConstants(home)));
  return { book, files };
}

/** Where the book of a network is: beside the journal for a chain that only this machine sees. */
export function bookFile(home: string, { isPublic, name, chainId }: Network, folder: string): string {
  return isPublic ? join(home, "addresses", `${chainId}.json`) : join(folder, `${name}.addresses.json`);
}

/** The book of a network; undefined where there is none yet. */
export function readBook<P = unknown>(file: string): Book<P> | undefined {
  if (!existsSync(file)) return undefined;
  const text = decodeText(readFileSync(file));
  const deployment = parseDeployment(text, file);
  const { network, deployer, factory, salt, release, transactions, parameters } = JSON.parse(text) as Book<P>;
  if (salt === undefined || parameters === undefined || transactions === undefined) {
    throw new Error(`${file} does not say how it was deployed: npm run deploy did not write it.`);
  }
  return { ...deployment, network, deployer, factory, salt, release, transactions, parameters };
}

/** The file from which the package's address book is built; a book that is kept elsewhere has one beside it. */
function packagedBook(home: string): string {
  return resolve(home) === HOME
    ? join(HOME, "..", "sdk", "src", "addresses", "known.ts")
    : join(home, "addresses", "known.ts");
}

/**
 * The constants, from the books of all chains. Deployments to two networks may end at the same time, and each holds a lock of its own
 * network alone: here one waits for the other, so that the later one has read what the earlier one wrote.
 */
async function writeConstants(home: string): Promise<string[]> {
  const known = packagedBook(home);
  return withLock(known, () => constantsOf(join(home, "addresses"), known));
}

async function constantsOf(folder: string, known: string): Promise<string[]> {
  const books = readdirSync(folder)
    .filter((file) => /^\d+\.json$/.test(file))
    .map((file) => readBook(join(folder, file)) as Book)
    .sort((a, b) => a.chainId - b.chainId);
  return [
    await writeGenerated(known, typescriptOf(books)),
    await writeGenerated(join(folder, "IsonomyAddresses.sol"), solidityOf(books)),
  ];
}

function typescriptOf(books: readonly Book[]): string {
  const chains = books.map((book) => `${book.chainId}: ${JSON.stringify(parseDeployment(book))},`);
  return (
    "// Written by `npm run deploy`, from the address books of the public networks.\n" +
    'import type { Deployment } from "./deployment";\n\n' +
    `export const KNOWN: Readonly<Record<number, Deployment>> = { ${chains.join("\n")} };`
  );
}

function solidityOf(books: readonly Book[]): string {
  const libraries = books.map(({ chainId, network, contracts }) => {
    const rows = Object.entries(contracts).map(
      ([name, address]) => `address internal constant ${constantOf(name)} = ${address};`,
    );
    return (
      `/// @title Isonomy${capitalised(network)}\n/// @notice Where the protocol is on ${network}.\n` +
      `library Isonomy${capitalised(network)} {\nuint256 internal constant CHAIN_ID = ${chainId};\n${rows.join("\n")}\n}`
    );
  });
  return (
    "// SPDX-License-Identifier: MIT\npragma solidity ^0.8.0;\n\n" +
    `// Written by \`npm run deploy\`, from the JSON files beside it.\n\n${libraries.join("\n\n")}`
  );
}

/** `ModelRegistry` becomes `MODEL_REGISTRY`. */
function constantOf(name: string): string {
  return name.replace(/(?<=[a-z0-9])(?=[A-Z])/g, "_").toUpperCase();
}

/** `base-sepolia` becomes `BaseSepolia`. */
function capitalised(network: string): string {
  return network
    .split("-")
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join("");
}

/** Writes a file in the project's format, so that a deployment leaves nothing for the formatter to change. */
export async function writeGenerated(file: string, text: string): Promise<string> {
  const { default: prettier } = await import("prettier");
  const style = (await prettier.resolveConfig(join(__dirname, "book.ts"))) ?? {};
  await replaceFile(file, await prettier.format(text, { ...style, filepath: file }), 0o644);
  return file;
}
