import { expect } from "chai";
import { Wallet, encryptKeystoreJson } from "ethers";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { readDeployments } from "../../deploy/engine/addresses";
import { readBook } from "../../deploy/engine/book";
import { deployerOf } from "../../deploy/engine/keys";
import { networkOf } from "../../deploy/engine/networks";
import { readParameters } from "../../deploy/protocol";
import { winkCard } from "../../scripts/demo/card";
import { cardFromBytes } from "../../sdk/src/card";
import { signedOfferIn } from "../../sdk/src/cli/commands/signedOffer";
import { deploymentOn } from "../../sdk/src/addresses";
import { readJson, readText } from "../../sdk/src/cli/files";
import { completeOffer, hashOffer } from "../../sdk/src/market";
import { nodePlatform, readKeyFile, writeKeyFile } from "../../sdk/src/node";
import { keyPairOf } from "../../sdk/src/fairexchange";
import { StateFile, type SellerState } from "../../sdk/src/seller";
import { imaginaryBook } from "../support/bookOf";
import { json, localWallet, runHere } from "../support/cli";
import { readFileSync } from "node:fs";

/** How editors, shells and other programs write the same text. */
const ENCODINGS: Record<string, (text: string) => Buffer> = {
  "without a mark": (text) => Buffer.from(text, "utf8"),
  "with a byte order mark": (text) => Buffer.from(`\uFEFF${text}`, "utf8"),
  "with the line ends of Windows": (text) => Buffer.from(text.replace(/\n/g, "\r\n"), "utf8"),
  "in UTF-16, as a shell of Windows redirects it": (text) => Buffer.from(`\uFEFF${text}`, "utf16le"),
  "in UTF-16 of the other byte order": (text) => Buffer.from(`\uFEFF${text}`, "utf16le").swap16(),
};

const PASSWORD = "correct horse";
const COST = 1_024;
const SELLER = new Wallet(`0x${"11".repeat(32)}`);
const MARKET = "0x52908400098527886E0F7030069857D2E4169EE7";
const OFFER = completeOffer(SELLER.address, { versionId: 65_537n, price: 5n, supply: 1n, deliveryWindow: 0n });

/**
 * What was lost: a file that is all right. A card with a byte order mark was read, an address file with one was "not JSON",
 * and a password file with one did not open its keystore.
 */
describe("Finding: a file was refused for its first bytes", () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "isonomy-encodings-"));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  /** Each kind of file that is read: its text, and how it is read back as something that can be compared. */
  const FILES: Record<
    string,
    { text: () => Promise<string> | string; read: (path: string) => Promise<unknown> | unknown }
  > = {
    "an address file": {
      text: () => JSON.stringify(imaginaryBook(1), null, 2),
      read: async (path) => deploymentOn(1n, { path, text: await readText(path, "--addresses") }),
    },
    "a card": {
      text: () => JSON.stringify(winkCard, null, 2),
      read: (path) => cardFromBytes(readFileSync(path)),
    },
    "a signed offer": {
      text: () =>
        JSON.stringify(
          {
            ...{ format: "isonomy.offer.v1", chainId: "1", market: MARKET, termsHash: hashOffer(OFFER) },
            offer: Object.fromEntries(
              Object.entries(OFFER).map(([name, value]) => [name, typeof value === "bigint" ? `${value}` : value]),
            ),
            signature: "0x00",
          },
          null,
          2,
        ),
      read: (path) => signedOfferIn(path, "--signed"),
    },
    "a proposal, or what prepare wrote": {
      text: () => JSON.stringify({ title: "t", why: "w\nw", calls: [] }, null, 2),
      read: (path) => readJson(path, "<file>", "a proposal", "propose"),
    },
    "a keyring": {
      text: async () => {
        const path = join(folder, "plain.keys");
        rmSync(path, { force: true });
        const { secret, x } = keyPairOf(5n);
        await writeKeyFile(path, [{ kind: "version", secret, x, note: "n" }], PASSWORD, nodePlatform(0), COST);
        return readFileSync(path, "utf8");
      },
      read: (path) => readKeyFile(path, PASSWORD),
    },
    "the state of an agent": {
      text: async () => {
        const path = join(folder, "plain.state");
        const mark = { number: 3, hash: `0x${"00".repeat(32)}` };
        const state: SellerState = {
          ...{ chainId: 1n, escrow: MARKET, seller: SELLER.address, scanned: mark, head: mark },
          ...{ deals: [], journal: [], deliveredTotal: 0, missedTotal: 0 },
        };
        await new StateFile(path).save(state);
        return readFileSync(path, "utf8");
      },
      read: (path) => new StateFile(path).load(),
    },
    "the parameters of a deployment": {
      text: () => readFileSync(join(__dirname, "../../deploy/parameters/hardhat.json"), "utf8"),
      read: (path) => readParameters("hardhat", {}, path),
    },
    "the addresses that a deployment wrote": {
      text: () => JSON.stringify(imaginaryBook(1), null, 2),
      read: (path) => readDeployments(folder, 1n, path),
    },
    "an address book": {
      text: () => JSON.stringify({ ...imaginaryBook(1), salt: "0x", parameters: {}, transactions: {} }, null, 2),
      read: (path) => readBook(path),
    },
    "the deployer's keystore": {
      text: () => encryptKeystoreJson(SELLER, PASSWORD, { scrypt: { N: COST } }),
      read: async (path) => {
        const environment = { DEPLOYER_KEYSTORE: path, DEPLOYER_KEYSTORE_PASSWORD: PASSWORD };
        return (await deployerOf(networkOf("sepolia"), { environment, variable: () => undefined })).address;
      },
    },
  };

  for (const [kind, { text, read }] of Object.entries(FILES)) {
    // claim(attacks#command-line-package-and-sellers-agent): a file refused, or a password changed, by a byte order
    //   mark, another encoding or line ends
    it(`${kind} is read in every encoding`, async () => {
      const written = await text();
      let expected: unknown;
      for (const [name, encode] of Object.entries(ENCODINGS)) {
        const path = join(folder, "one.json");
        rmSync(path, { force: true });
        writeFileSync(path, encode(written), { mode: 0o600 });
        const actual = await Promise.resolve(read(path)).catch((error: Error) => {
          throw new Error(`${name}: ${error.message}`, { cause: error });
        });
        expected ??= actual;
        expect(actual, name).to.deep.equal(expected);
      }
    });
  }

  for (const [name, encode] of Object.entries(ENCODINGS)) {
    // claim(attacks#command-line-package-and-sellers-agent): a file refused, or a password changed, by a byte order
    //   mark, another encoding or line ends
    it(`a keystore and its password, ${name}, sign for the command line`, async () => {
      const [keystore, password, out] = ["keystore.json", "password.txt", "fresh.json"].map((one) => join(folder, one));
      rmSync(out!, { force: true });
      for (const one of [keystore!, password!]) rmSync(one, { force: true });
      writeFileSync(password!, encode(`${PASSWORD}\n`), { mode: 0o600 });
      const env = { ISONOMY_HOME: folder, ISONOMY_SCRYPT_COST: `${COST}`, ISONOMY_PASSWORD_FILE: password! };
      const made = await json<{ address: string }>(["keystore", out!], env);
      const text = readFileSync(out!, "utf8");
      // the password is the line, and neither the mark before it nor the line's end
      expect((await Wallet.fromEncryptedJson(text, PASSWORD)).address).to.equal(made.address);
      writeFileSync(keystore!, encode(text), { mode: 0o600 });
      const { Session } = await import("../../sdk/src/cli/session");
      const io = { env, out: () => undefined, err: () => undefined, interactive: false } as never;
      const session = new Session(io, { keystore: keystore! });
      expect((await session.wallet()).address).to.equal(made.address);
      expect(await session.account()).to.equal(made.address);
    });
  }

  for (const spell of [
    (key: string) => key,
    (key: string) => key.slice(2),
    (key: string) => `0X${key.slice(2).toUpperCase()}`,
    (key: string) => `\uFEFF${key}\r\n`,
  ]) {
    it(`a private key is imported as ${JSON.stringify(spell("0xabc…"))}`, async () => {
      const { address, privateKey } = localWallet(3);
      const path = join(folder, "imported.json");
      rmSync(path, { force: true });
      const env = { ISONOMY_HOME: folder, ISONOMY_SCRYPT_COST: `${COST}`, ISONOMY_PASSWORD: PASSWORD };
      const { code, out } = await runHere(["keystore", path, "--import", "--json"], env, { input: spell(privateKey) });
      expect([code, (JSON.parse(out) as { address: string }).address]).to.deep.equal([0, address]);
      const environment = { DEPLOYER_PRIVATE_KEY: spell(privateKey) };
      expect((await deployerOf(networkOf("sepolia"), { environment, variable: () => undefined })).address).to.equal(
        address,
      );
    });
  }
});
