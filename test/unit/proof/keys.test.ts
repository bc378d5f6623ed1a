import { expect } from "chai";
import { AbiCoder, keccak256 } from "ethers";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import {
  buyerPad,
  decryptKeys,
  encryptKeys,
  keyPairOf,
  newKeyPair,
  portablePlatform,
  recoverKey,
  sellerScalar,
  verifyDelivery,
  type StoredKey,
} from "../../../sdk/src/fairexchange";
import { streamSecrets } from "../../../sdk/src/fairexchange/cipher";
import { nodePlatform, readKeyFile, writeKeyFile } from "../../../sdk/src/fairexchange/node";
import { expectCode, hex, ORDER, Random, SEED, ZERO } from "./support";

const node = nodePlatform(0);
const ESCROW = "0x00000000000000000000000000000000000E5c0e".toLowerCase();
const PAYER = "0x00000000000000000000000000000000000ba7e5".toLowerCase();
const purchase = { chainId: 31_337n, escrow: ESCROW, versionId: 65_537n, payer: PAYER };
/** Cheap enough for a test; the default is a hundred times as dear. */
const COST = 1024;

describe("keys of an exchange", function () {
  describe("buyerPad, sellerScalar and recoverKey", function () {
    it(`carry the key across 100 random purchases (seed ${SEED})`, function () {
      const random = new Random("purchases");
      for (let i = 0; i < 100; i++) {
        const version = keyPairOf(random.scalar());
        const context = { ...purchase, versionId: random.bigint(2n ** 64n), chainId: random.bigint(2n ** 40n) };
        const buyer = buyerPad({ randomBytes: (length) => random.bytes(length) }, version.x, context);
        const c = sellerScalar(version.secret, { ...context, buyerX: buyer.buyerX }, buyer.pad);
        expect(verifyDelivery(version.x, buyer.pad, c)).to.equal(true);
        expect(recoverKey(c, buyer.secret, version.x, context)).to.equal(version.secret);
      }
    });

    // claim(attacks#escrow-dispute-and-arbiters): A replayed or invalid point of the buyer
    // claim(attacks#escrow-dispute-and-arbiters): An id used again after a reorganisation
    // claim(attacks#proofs-of-the-fair-exchange): a buyer's key replayed on another chain, contract, version or
    //   account: the pad is bound to all of them
    it("decline a key or pad copied to another chain, contract, version or account", function () {
      const version = newKeyPair(node);
      const { buyerX, pad } = buyerPad(node, version.x, purchase);
      const context = { ...purchase, buyerX };
      sellerScalar(version.secret, context, pad);
      const other = "0x00000000000000000000000000000000000000ff";
      const replays = [
        { ...context, chainId: 1n },
        { ...context, escrow: other },
        { ...context, versionId: 65_538n },
        { ...context, payer: other },
        { ...context, buyerX: newKeyPair(node).x },
      ];
      for (const replay of replays) expectDeclined(() => sellerScalar(version.secret, replay, pad));
      expectDeclined(() => sellerScalar(version.secret, context, other));
      expectDeclined(() => sellerScalar(version.secret, context, ZERO));
      expectDeclined(() => sellerScalar(newKeyPair(node).secret, context, pad));
    });

    // claim(attacks#proofs-of-the-fair-exchange): an invalid key of the buyer: declined before anything is computed
    //   with it
    it("decline a key of the buyer that is zero, off the curve or not below the order", function () {
      const version = newKeyPair(node);
      const { pad } = buyerPad(node, version.x, purchase);
      for (const buyerX of [0n, 5n, ORDER, 2n ** 256n - 1n]) {
        expectDeclined(() => sellerScalar(version.secret, { ...purchase, buyerX }, pad));
      }
    });

    it("refuse a wrong scalar, another purchase's secret and another version", async function () {
      const version = newKeyPair(node);
      const { buyerX, pad, secret } = buyerPad(node, version.x, purchase);
      const c = sellerScalar(version.secret, { ...purchase, buyerX }, pad);
      await expectCode(() => recoverKey((c + 1n) % ORDER, secret, version.x, purchase), "SCALAR_WRONG");
      await expectCode(() => recoverKey(c + ORDER, secret, version.x, purchase), "SCALAR_WRONG");
      await expectCode(() => recoverKey(c, newKeyPair(node).secret, version.x, purchase), "SCALAR_WRONG");
      await expectCode(() => recoverKey(c, secret, newKeyPair(node).x, purchase), "SCALAR_WRONG");
      await expectCode(() => recoverKey(c, secret, 5n, purchase), "POINT_INVALID");
    });

    it("refuse secrets of 0 and of the order, and never print a secret", async function () {
      for (const secret of [0n, ORDER, ORDER + 1n]) {
        const error = await expectCode(() => keyPairOf(secret), "SCALAR_INVALID");
        expect(JSON.stringify(error)).to.not.include(String(ORDER));
      }
      await expectCode(() => buyerPad(node, 5n, purchase), "POINT_INVALID");
    });

    it("negate a secret whose point has an odd y, so that x alone names the key", function () {
      const random = new Random("parity");
      for (let i = 0; i < 20; i++) {
        const secret = random.scalar();
        expect(keyPairOf(secret)).to.deep.equal(keyPairOf(ORDER - secret));
      }
    });

    it("draw again what is out of range instead of reducing it", function () {
      const draws = [new Uint8Array(32), new Uint8Array(32).fill(255), new Uint8Array(32).fill(1)];
      expect(newKeyPair({ randomBytes: () => draws.shift()! })).to.deep.equal(
        keyPairOf(BigInt(`0x${"01".repeat(32)}`)),
      );
    });

    it("derive the stream's key and the salt as Solidity encodes them", function () {
      const coder = AbiCoder.defaultAbiCoder();
      const { stream, salt } = streamSecrets(42n);
      const expected = (tag: string) => keccak256(coder.encode(["string", "uint256"], [tag, 42n]));
      expect(hex(stream)).to.equal(expected("isonomy.stream.v1"));
      expect(hex(salt)).to.equal(expected("isonomy.salt.v1"));
    });
  });

  describe("key file", function () {
    const keys: StoredKey[] = [
      { kind: "version", ...newKeyPair(node), note: "model 1, version 1" },
      { kind: "purchase", ...newKeyPair(node), note: "licence 5" },
    ];
    let folder: string;

    before(async function () {
      folder = await mkdtemp(join(tmpdir(), "isonomy-keys-"));
    });

    after(async function () {
      await rm(folder, { recursive: true, force: true });
    });

    // claim(attacks#proofs-of-the-fair-exchange): a stolen key file: scrypt and an authenticated cipher
    it("gives back what was put in, and holds nothing of it in the clear", async function () {
      const path = join(folder, "keys.json");
      await writeKeyFile(path, keys, "correct horse", node, COST);
      expect(await readKeyFile(path, "correct horse")).to.deep.equal(keys);
      const text = await readFile(path, "utf8");
      for (const { secret, x, note } of keys) {
        for (const clear of [secret.toString(), secret.toString(16), x.toString(16), note])
          expect(text).to.not.include(clear);
      }
      expect((await stat(path)).mode & 0o077).to.equal(0);
    });

    it("looks different each time, even under the same password", async function () {
      const [first, second] = [await encryptKeys(keys, "p", node, COST), await encryptKeys(keys, "p", node, COST)];
      expect(JSON.parse(first).ciphertext).to.not.equal(JSON.parse(second).ciphertext);
      expect(await decryptKeys(second, "p")).to.deep.equal(keys);
    });

    // claim(attacks#proofs-of-the-fair-exchange): a key file weakened by editing its parameters: the header is
    //   authenticated, parameters are bounded
    it("says that a wrong password and a changed byte cannot be told apart", async function () {
      const text = await encryptKeys(keys, "right", portablePlatform, COST);
      await expectCode(decryptKeys(text, "wrong"), "KEY_FILE_PASSWORD");
      const file = JSON.parse(text);
      const last = file.ciphertext.endsWith("0") ? "1" : "0";
      const changed = { ...file, ciphertext: file.ciphertext.slice(0, -1) + last };
      await expectCode(decryptKeys(JSON.stringify(changed), "right"), "KEY_FILE_PASSWORD");
      const weakened = { ...file, kdf: { ...file.kdf, N: 2 * COST } };
      await expectCode(decryptKeys(JSON.stringify(weakened), "right"), "KEY_FILE_PASSWORD");
    });

    // claim(attacks#proofs-of-the-fair-exchange): a key file weakened by editing its parameters: the header is
    //   authenticated, parameters are bounded
    it("names what is wrong with a file that is no key file", async function () {
      const file = JSON.parse(await encryptKeys(keys, "p", node, COST));
      const texts = ["", "{", "{}", JSON.stringify({ ...file, format: "other" })];
      texts.push(JSON.stringify({ ...file, kdf: { ...file.kdf, N: 2 ** 30 } }));
      texts.push(JSON.stringify({ ...file, kdf: { ...file.kdf, N: 1000 } }));
      texts.push(JSON.stringify({ ...file, ciphertext: undefined }));
      for (const text of texts) await expectCode(decryptKeys(text, "p"), "KEY_FILE_DAMAGED");
    });

    it("says what can still be done when the file is lost, and never writes over one", async function () {
      await expectCode(readKeyFile(join(folder, "nowhere.json"), "p"), "KEY_FILE_LOST");
      const path = join(folder, "once.json");
      await writeFile(path, "precious");
      await expectCode(writeKeyFile(path, keys, "p", node, COST), "KEY_FILE_EXISTS");
      expect(await readFile(path, "utf8")).to.equal("precious");
    });

    it("refuses an empty password", async function () {
      await expectCode(encryptKeys(keys, "", node, COST), "PASSWORD_EMPTY");
    });
  });

  function expectDeclined(work: () => unknown) {
    expect(work).to.throw().with.property("code", "DELIVERY_DECLINED");
  }
});
