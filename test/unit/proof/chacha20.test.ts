import { loadFixture } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { getBytes, toBeHex } from "ethers";

import { portablePlatform, xorChunk } from "../../../sdk/src/fairexchange";
import { nodePlatform } from "../../../sdk/src/fairexchange/node";
import { CHECKS, hex, inBatches, nobleChaCha20, nodeChaCha20, proofFixture, Random, SEED } from "./support";

const LADDER = Buffer.from(Array.from({ length: 32 }, (_, i) => i));
const SUNSCREEN =
  "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it.";

/** Key streams of RFC 8439, appendix A.1, that this nonce and counter can express, at their block of the chunk. */
const KEY_STREAMS = [
  {
    name: "1",
    key: Buffer.alloc(32),
    index: 0n,
    block: 0,
    stream:
      "76b8e0ada0f13d90405d6ae55386bd28bdd219b8a08ded1aa836efcc8b770dc7" +
      "da41597c5157488d7724e03fb8d84a376a43b8f41518a11cc387b669b2ee6586",
  },
  {
    name: "2",
    key: Buffer.alloc(32),
    index: 0n,
    block: 1,
    stream:
      "9f07e7be5551387a98ba977c732d080dcb0f29a048e3656912c6533e32ee7aed" +
      "29b721769ce64e43d57133b074d839d531ed1f28510afb45ace10a1f4b794d6f",
  },
  {
    name: "3",
    key: Buffer.from(`${"00".repeat(31)}01`, "hex"),
    index: 0n,
    block: 1,
    stream:
      "3aeb5224ecf849929b9d828db1ced4dd832025e8018b8160b82284f3c949aa5a" +
      "8eca00bbb4a73bdad192b5c42f73f2fd4e273644c8b36125a64addeb006c13a0",
  },
  {
    name: "4",
    key: Buffer.from(`00ff${"00".repeat(30)}`, "hex"),
    index: 0n,
    block: 2,
    stream:
      "72d54dfbf12ec44b362692df94137f328fea8da73990265ec1bbbea1ae9af0ca" +
      "13b25aa26cb4a648cb9b9d1be65b2c0924a66c54d545ec1b7374f4872e99f096",
  },
  {
    name: "5",
    key: Buffer.alloc(32),
    index: 2n << 6n,
    block: 0,
    stream:
      "c2c64d378cd536374ae204b9ef933fcd1a8b2288b3dfa49672ab765b54ee27c7" +
      "8a970e0e955c14f3a88e741b97c286f75f8fc299e8148362fa198a39531bed6d",
  },
];

describe("ChaCha20", function () {
  describe("xorChunk", function () {
    for (const { name, key, index, block, stream } of KEY_STREAMS) {
      it(`makes the key stream of RFC 8439, A.1, vector ${name}`, async function () {
        const { harness } = await loadFixture(proofFixture);
        const input = { key, index, chunk: Buffer.alloc(64 * (block + 1)) };
        for (const [result] of [await harness.xorChunks([input]), await harness.xorChunksPlain([input])]) {
          expect(result.slice(2 + 128 * block)).to.equal(stream);
        }
      });
    }

    it("encrypts the text of RFC 8439, 2.4.2", async function () {
      const { harness } = await loadFixture(proofFixture);
      const chunk = Buffer.concat([Buffer.alloc(64), Buffer.from(SUNSCREEN)]);
      const [result] = await harness.xorChunks([{ key: LADDER, index: 0x4an << 38n, chunk }]);
      expect(result.slice(2 + 128)).to.equal(
        "6e2e359a2568f98041ba0728dd0d6981e97e7aec1d4360c20a27afccfd9fae0b" +
          "f91b65c5524733ab8f593dabcd62b3571639d624e65152ab8f530c359f0861d8" +
          "07ca0dbf500d6a6156a38e088a22b65e52bc514d16ccf806818ce91ab7793736" +
          "5af90bbf74a35be6b40b8eedf2785e42874d",
      );
    });

    it("is measured against a plain twin that makes the block of RFC 8439, 2.3.2", async function () {
      const { harness } = await loadFixture(proofFixture);
      expect(await harness.blockPlain(LADDER, 1, "0x000000090000004a00000000")).to.equal(
        "0x10f1e7e4d13b5915500fdd1fa32071c4c7d1f4c733c068030422aa9ac3d46c4e" +
          "d2826446079faa0914c2d705d98b02a2b5129cd1de164eb9cbd083e8a2503c4e",
      );
    });

    // claim(attacks#proofs-of-the-fair-exchange): lanes of the fast cipher disturb one another: masks, argued in the
    //   source
    it(`agrees with Node and @noble/ciphers on 1,000 random chunks (seed ${SEED})`, async function () {
      const { harness } = await loadFixture(proofFixture);
      const random = new Random("chacha");
      const node = nodePlatform(0).primitives;
      const inputs = Array.from({ length: CHECKS }, (_, i) => ({
        key: random.bytes(32),
        index: random.bigint(2n ** BigInt([8, 20, 45, 64][i % 4])),
        chunk: random.bytes(i % 8 === 0 ? 1024 : 1 + random.int(i % 8 === 1 ? 1024 : 512)),
      }));
      const results = await inBatches(inputs, 4, (part) => harness.xorChunks(part));
      inputs.forEach(({ key, index, chunk }, i) => {
        const nonce = Buffer.alloc(12);
        nonce.writeBigUInt64BE(index >> 6n, 4);
        const counter = 16 * Number(index & 63n);
        expect(results[i]).to.equal(hex(nodeChaCha20(key, index, chunk)));
        expect(results[i]).to.equal(hex(nobleChaCha20(key, nonce, chunk, undefined, counter)));
        if (index < 2n ** 53n) {
          expect(results[i]).to.equal(hex(xorChunk(node, key, Number(index), chunk)));
          expect(results[i]).to.equal(hex(xorChunk(portablePlatform.primitives, key, Number(index), chunk)));
        }
      });
    });

    // claim(attacks#proofs-of-the-fair-exchange): lanes of the fast cipher disturb one another: masks, argued in the
    //   source
    // claim(attacks#proofs-of-the-fair-exchange): bytes after a short chunk: cleared, checked after each call by the
    //   harness
    it(`agrees with its plain twin at every edge of a block and of a pass (seed ${SEED})`, async function () {
      const { harness } = await loadFixture(proofFixture);
      const random = new Random("twin");
      const lengths = [0, 1, 31, 32, 33, 63, 64, 65, 511, 512, 513, 543, 544, 545, 1023, 1024];
      const inputs = lengths.map((length) => ({
        key: random.bytes(32),
        index: random.bigint(2n ** 64n),
        chunk: random.bytes(length),
      }));
      const results = await inBatches(inputs, 2, (part) => harness.xorChunks(part));
      // the chain keeps every step of a call: longer chunks at once would take gigabytes
      const isShort = ({ chunk }: { chunk: Uint8Array }): boolean => chunk.length <= 65;
      const short = inputs.filter(isShort);
      expect(await inBatches(short, 1, (part) => harness.xorChunksPlain(part))).to.deep.equal(
        results.filter((_, i) => isShort(inputs[i]!)),
      );
      // so every length is compared with the plain twin's blocks too
      for (const [i, { key, index, chunk }] of inputs.entries()) {
        const nonce = toBeHex(index >> 6n, 12);
        const expected = Buffer.from(chunk);
        for (let block = 0; 64 * block < chunk.length; block++) {
          const stream = getBytes(await harness.blockPlain(key, 16n * (index & 63n) + BigInt(block), nonce));
          for (let at = 64 * block; at < Math.min(64 * block + 64, chunk.length); at++) expected[at] ^= stream[at % 64];
        }
        expect(results[i], `${chunk.length} bytes`).to.equal(hex(expected));
      }
    });

    // claim(attacks#proofs-of-the-fair-exchange): the cipher's counter wraps differently in other implementations: a
    //   nonce for each 64 KiB, counters up to 1,023
    it("reaches the last nonce and the last counter, and the carry into the nonce's upper half", async function () {
      const { harness } = await loadFixture(proofFixture);
      const key = LADDER;
      const chunk = Buffer.alloc(1024, 0xff);
      const indexes = [63n, 64n, 2n ** 38n - 1n, 2n ** 38n, 2n ** 38n + 63n, 2n ** 54n - 1n, 2n ** 64n - 1n];
      const inputs = indexes.map((index) => ({ key, index, chunk }));
      const results = await inBatches(inputs, 2, (part) => harness.xorChunks(part));
      expect(results).to.deep.equal(indexes.map((index) => hex(nodeChaCha20(key, index, chunk))));
    });

    // claim(attacks#proofs-of-the-fair-exchange): the cipher's counter wraps differently in other implementations: a
    //   nonce for each 64 KiB, counters up to 1,023
    it("never nears the block where implementations disagree about the counter", async function () {
      const key = LADDER;
      const data = Buffer.alloc(192);
      const start = Buffer.alloc(16);
      start.writeUInt32LE(0xffffffff, 0);
      const { createCipheriv } = await import("node:crypto");
      const carried = createCipheriv("chacha20", key, start).update(data);
      const wrapped = nobleChaCha20(key, new Uint8Array(12), data.subarray(0, 64), undefined, 0);
      // one of them goes on at block 0 of the same nonce, the other at the next nonce
      expect(hex(carried.subarray(64, 128))).to.not.equal(hex(wrapped));

      // what a file uses: 64 chunks of 16 blocks under each nonce, so the highest counter is 1,023
      const segment = Buffer.alloc(64 * 1024);
      const whole = nodeChaCha20(key, 5n << 6n, segment);
      const last = nodeChaCha20(key, (5n << 6n) | 63n, segment.subarray(0, 1024));
      expect(hex(whole.subarray(63 * 1024))).to.equal(hex(last));
      expect(hex(nodeChaCha20(key, 6n << 6n, segment.subarray(0, 64)))).to.not.equal(hex(whole.subarray(0, 64)));
    });

    it("leaves its argument as it was", async function () {
      const { harness } = await loadFixture(proofFixture);
      const chunk = Buffer.alloc(1000, 7);
      const [argument, result] = await harness.xorChunkKeepsArgument({ key: LADDER, index: 9n, chunk });
      expect(argument).to.equal(hex(chunk));
      expect(result).to.equal(hex(nodeChaCha20(LADDER, 9n, chunk)));
    });

    it("refuses a chunk of 1,025 bytes", async function () {
      const { harness } = await loadFixture(proofFixture);
      await expect(harness.xorChunks([{ key: LADDER, index: 0n, chunk: Buffer.alloc(1025) }]))
        .to.be.revertedWithCustomError(harness, "ChaCha20_ChunkTooLong")
        .withArgs(1025n);
    });

    it("costs at most 120,000 gas for a whole chunk", async function () {
      const { harness } = await loadFixture(proofFixture);
      const input = { key: LADDER, index: 1n, chunk: Buffer.alloc(1024, 1) };
      expect(await harness.gasOfChunk(input)).to.be.at.most(120_000n);
    });
  });
});
