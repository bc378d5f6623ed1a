import { expect } from "chai";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { writeBook, type BookOptions } from "../../deploy/engine/book";
import { networkOf } from "../../deploy/engine/networks";
import { CONTRACT_NAMES } from "../../sdk/src/addresses";
import { withLock } from "../../sdk/src/files";
import { imaginaryBook } from "../support/bookOf";

const MARKET = "0x00000000000000000000000000000000000000A1";
const { contracts: PLACES } = imaginaryBook(1);

/**
 * What was lost: a network. Each deployment holds a lock of its own network, but the constants of all public networks are in
 * one file, written from the books that are there. Two deployments that ended at the same time read the folder before the
 * other's book was in it, and the one that wrote last left the other out.
 */
describe("Finding: a network is missing from the address book", function () {
  this.timeout(240_000);
  let home: string;
  beforeEach(() => (home = mkdtempSync(join(tmpdir(), "isonomy-books-"))));
  afterEach(() => rmSync(home, { recursive: true, force: true }));

  function optionsOf(name: string): BookOptions {
    const folder = join(home, "deployments", name);
    mkdirSync(folder, { recursive: true });
    const confirmed = { hash: `0x${"22".repeat(32)}`, receipt: { blockNumber: 7 } };
    const line = { type: "TRANSACTION_CONFIRM", futureId: "P#Market", ...confirmed };
    writeFileSync(join(folder, "journal.jsonl"), `${JSON.stringify(line)}\n`);
    const planned = CONTRACT_NAMES.map((name) => [name, { id: `P#${name}`, contractName: name }]);
    const contracts = Object.fromEntries(planned) as BookOptions["plan"]["contracts"];
    return {
      ...{ home, network: networkOf(name), deployer: MARKET, salt: "0x", release: "1", folder },
      plan: { contracts } as unknown as BookOptions["plan"],
      addresses: Object.fromEntries(CONTRACT_NAMES.map((name) => [`P#${name}`, PLACES[name]])),
      parameters: {} as BookOptions["parameters"],
      reader: { request: () => Promise.resolve("0x60" as never) },
      landed: (hash) => Promise.resolve(hash),
    };
  }

  const constants = () => readFileSync(join(home, "addresses", "known.ts"), "utf8");

  // claim(attacks#command-line-package-and-sellers-agent): two deployments that end at once, of which one is missing
  //   from the address book
  it("when one deployment ends while another writes the constants", async () => {
    // the formatter is loaded by the first, so that the second could be done in a moment
    await writeBook(optionsOf("arbitrum-sepolia"));
    const file = join(home, "addresses", "known.ts");
    let later: Promise<unknown> | undefined;
    let isWritten = false;
    await withLock(file, async () => {
      later = writeBook(optionsOf("sepolia")).then(() => (isWritten = true));
      await new Promise((resolve) => setTimeout(resolve, 3_000));
      expect(isWritten, "it waited for the other").to.equal(false);
      // what the other deployment, which holds the lock, adds meanwhile
      const { chainId } = networkOf("base-sepolia");
      const record = { network: "base-sepolia", salt: "0x", parameters: {}, transactions: {} };
      const other = { ...imaginaryBook(chainId), ...record };
      writeFileSync(join(home, "addresses", `${chainId}.json`), JSON.stringify(other));
    });
    await later;
    expect(constants()).to.include("11155111: {").and.include("84532: {");
  });

  it("when all of them end at once", async () => {
    const names = ["sepolia", "base-sepolia", "arbitrum-sepolia"];
    await Promise.all(names.map((name) => writeBook(optionsOf(name))));
    for (const name of names) expect(constants()).to.include(`${networkOf(name).chainId}: {`);
  });
});
