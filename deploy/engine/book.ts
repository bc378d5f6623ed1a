import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { getAddress, keccak256 } from "ethers";

import { replaceFile, withLock } from "../../sdk/src/files";
import { decodeText } from "../../sdk/src/text/decode";
import { CREATE_X } from "./createx";
import { confirmedTransactions } from "./journal";
import type { Network } from "./networks";
import type { Planned, Plan } from "./plan";
import type { Reader } from "./powers";

/** What the address book says of one contract. */
export interface BookEntry {
  readonly contractName: string;
  readonly address: string;
  /** Hash of the code at the address. It differs between chains where the code holds the chain's id. */
  readonly codeHash: string;
  /** The transaction that created it, and its block; missing where another contract created it. */
  readonly transaction?: string;
  readonly block?: number;
}

/** A deployment, as integrators and `npm run verify-deployment` read it. */
export interface Book<P = unknown> {
  readonly network: string;
  readonly chainId: number;
  readonly deployer: string;
  readonly factory: string;
  readonly salt: string;
  readonly release: string;
  /** The block of the first transaction. */
  readonly fromBlock: number;
  readonly contracts: Readonly<Record<string, BookEntry>>;
  readonly parameters: P;
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

/** Writes what was deployed where: JSON for this chain, and constants in TypeScript and Solidity for all public chains together. */
export async function writeBook<P>(options: BookOptions<P>): Promise<{ book: Book<P>; files: string[] }> {
  const { home, network, deployer, salt, release, plan, addresses, parameters, folder, reader, landed } = options;
  const confirmed = confirmedTransactions(folder);
  const contracts: Record<string, BookEntry> = {};
  for (const [name, { id, contractName }] of Object.entries(plan.contracts) as [string, Planned][]) {
    const address = getAddress(addresses[id] as string);
    const code = await reader.request<string>({ method: "eth_getCode", params: [address, "latest"] });
    if (code === "0x") throw new Error(`There is no code at ${address}, where ${name} was deployed.`);
    const transaction = confirmed.get(id);
    contracts[name] = {
      contractName,
      address,
      codeHash: keccak256(code),
      ...(transaction === undefined
        ? {}
        : { transaction: await landed(transaction.hash), block: transaction.blockNumber }),
    };
  }
  const book: Book<P> = {
    network: network.name,
    chainId: network.chainId,
    deployer,
    factory: CREATE_X,
    salt,
    release,
    fromBlock: Math.min(...[...confirmed.values()].map(({ blockNumber }) => blockNumber)),
    contracts,
    parameters,
  };

  const file = bookFile(home, network, folder);
  const files = [await writeGenerated(file, JSON.stringify(book))];
  if (network.isPublic) files.push(...(await writeConstants(home)));
  return { book, files };
}

/** Where the book of a network is: beside the journal for a chain that only this machine sees. */
export function bookFile(home: string, { isPublic, name, chainId }: Network, folder: string): string {
  return isPublic ? join(home, "addresses", `${chainId}.json`) : join(folder, `${name}.addresses.json`);
}

export function readBook<P = unknown>(file: string): Book<P> | undefined {
  if (!existsSync(file)) return undefined;
  try {
    return JSON.parse(decodeText(readFileSync(file))) as Book<P>;
  } catch {
    throw new Error(
      `${file} is not JSON: it was cut short or changed. Restore it from a copy, or run npm run deploy for its network again: that ` +
        "writes it again from the journal and sends nothing twice.",
    );
  }
}

/**
 * The constants, from the books of all chains. Deployments to two networks may end at the same time, and each holds a lock of its own
 * network alone: here one waits for the other, so that the later one has read what the earlier one wrote.
 */
async function writeConstants(home: string): Promise<string[]> {
  const folder = join(home, "addresses");
  return withLock(join(folder, "addresses.ts"), () => constantsOf(folder));
}

async function constantsOf(folder: string): Promise<string[]> {
  const books = readdirSync(folder)
    .filter((file) => /^\d+\.json$/.test(file))
    .map((file) => readBook(join(folder, file)) as Book)
    .sort((a, b) => a.chainId - b.chainId);
  return [
    await writeGenerated(join(folder, "addresses.ts"), typescriptOf(books)),
    await writeGenerated(join(folder, "IsonomyAddresses.sol"), solidityOf(books)),
  ];
}

function typescriptOf(books: readonly Book[]): string {
  const chains = books.map(({ chainId, network, fromBlock, contracts }) => {
    const rows = Object.entries(contracts).map(([name, { address }]) => `${name}: "${address}",`);
    return `/** ${network} */ ${chainId}: { ${rows.join("\n")} fromBlock: ${fromBlock} },`;
  });
  return (
    "// Written by `npm run deploy`, from the JSON files beside it.\n\n" +
    "/** Where the protocol is, by the chain's id. */\n" +
    `export const ISONOMY_ADDRESSES = { ${chains.join("\n")} } as const;`
  );
}

function solidityOf(books: readonly Book[]): string {
  const libraries = books.map(({ chainId, network, contracts }) => {
    const rows = Object.entries(contracts).map(
      ([name, { address }]) => `address internal constant ${constantOf(name)} = ${address};`,
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
