import { loadFixture } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";

import {
  blobLength,
  complaintProves,
  keyPairOf,
  portablePlatform,
  rootOf,
  pathOf,
  SEGMENT_BYTES,
  streamSecrets,
  xorChunk,
  type Complaint,
  type FileCommitment,
} from "../../../sdk/src/fairexchange";
import { nodePlatform } from "../../../sdk/src/fairexchange/node";
import { CHECKS, expectCode, hex, inBatches, ORDER, proofFixture, Random, SEED, sha256 } from "./support";

const { primitives } = nodePlatform(0);
const CHUNK = 1024;

function u64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  return bytes;
}

/** A version made by hand, step by step as the protocol's text says, with the content hash of some chunks wrong. */
function makeVersion(random: Random, size: number, wrong: number[] = []) {
  const { secret: key, x: keyX } = keyPairOf(random.scalar());
  const { stream, salt } = streamSecrets(key);
  const file = random.bytes(size);
  const hashes: Buffer[] = [];
  const encrypted: Buffer[] = [];
  for (let i = 0; i * CHUNK < size; i++) {
    const content = file.subarray(i * CHUNK, (i + 1) * CHUNK);
    hashes.push(wrong.includes(i) ? random.bytes(32) : sha256(Buffer.of(2), salt, u64(i), content));
    encrypted.push(Buffer.from(xorChunk(primitives, stream, i, content)));
  }
  const leaves = hashes.map((hash, i) => sha256(Buffer.of(0), hash, encrypted[i]));
  const version: FileCommitment = {
    root: hex(rootOf(primitives, leaves)),
    contentRoot: hex(
      rootOf(
        primitives,
        hashes.map((hash) => sha256(Buffer.of(0), hash)),
      ),
    ),
    keyX,
    size: BigInt(size),
  };
  const complaintAbout = (index: number): Complaint => ({
    key,
    index: BigInt(index),
    contentHash: hex(hashes[index]),
    encryptedChunk: hex(encrypted[index]),
    path: pathOf(primitives, leaves, index).map(hex),
  });
  return { key, file, hashes, encrypted, leaves, version, complaintAbout };
}

describe("ContentComplaint", function () {
  describe("proves", function () {
    for (const size of [1, 1023, 1024, 1025, 65_536, 65_537]) {
      // claim(attacks#proofs-of-the-fair-exchange): a false complaint: decided by the decryption itself
      it(`decides both ways for the first and the last chunk of a file of ${size} bytes`, async function () {
        const { harness } = await loadFixture(proofFixture);
        const random = new Random(`size ${size}`);
        const last = Math.ceil(size / CHUNK) - 1;
        const honest = makeVersion(random, size);
        const cheat = makeVersion(random, size, [0, last]);
        for (const index of new Set([0, last])) {
          for (const [made, expected] of [
            [honest, false],
            [cheat, true],
          ] as const) {
            const complaint = made.complaintAbout(index);
            expect(await harness.proves(made.version, complaint), `chunk ${index}`).to.equal(expected);
            expect(complaintProves(primitives, made.version, complaint)).to.equal(expected);
            expect(complaintProves(portablePlatform.primitives, made.version, complaint)).to.equal(expected);
          }
        }
      });
    }

    // claim(attacks#proofs-of-the-fair-exchange): a false complaint: decided by the decryption itself
    it("proves one wrong chunk among 70 and none of the others", async function () {
      const { harness } = await loadFixture(proofFixture);
      const made = makeVersion(new Random("seventy"), 70 * CHUNK, [66]);
      for (const index of [0, 1, 31, 63, 64, 65, 66, 67, 69]) {
        expect(await harness.proves(made.version, made.complaintAbout(index))).to.equal(index === 66);
      }
    });

    it("proves an encrypted chunk that was spoiled while its content hash is right", async function () {
      const { harness } = await loadFixture(proofFixture);
      const random = new Random("spoiled");
      const made = makeVersion(random, 3 * CHUNK);
      made.encrypted[1][1023] ^= 1;
      made.leaves[1] = sha256(Buffer.of(0), made.hashes[1], made.encrypted[1]);
      const version = { ...made.version, root: hex(rootOf(primitives, made.leaves)) };
      expect(await harness.proves(version, made.complaintAbout(1))).to.equal(true);
      expect(await harness.proves(version, made.complaintAbout(0))).to.equal(false);
    });

    // claim(attacks#proofs-of-the-fair-exchange): a chunk padded, truncated or taken from another position: exact
    //   lengths; the index is hashed with the content
    it("binds a content hash to its chunk's place: two equal chunks swap neither hashes nor bytes", async function () {
      const { harness } = await loadFixture(proofFixture);
      const random = new Random("places");
      const made = makeVersion(random, 2 * CHUNK);
      [made.hashes[0], made.hashes[1]] = [made.hashes[1], made.hashes[0]];
      made.leaves.forEach((_, i) => (made.leaves[i] = sha256(Buffer.of(0), made.hashes[i], made.encrypted[i])));
      const version = { ...made.version, root: hex(rootOf(primitives, made.leaves)) };
      expect(await harness.proves(version, made.complaintAbout(0))).to.equal(true);
      expect(await harness.proves(version, made.complaintAbout(1))).to.equal(true);
    });

    // claim(attacks#proofs-of-the-fair-exchange): the secret of the mirrored point: parity is part of the equation
    it("refuses a key that is not the version's: negated, moved by the order, zero, another's", async function () {
      const { harness } = await loadFixture(proofFixture);
      const made = makeVersion(new Random("keys"), 2000, [0]);
      const complaint = made.complaintAbout(0);
      for (const key of [ORDER - made.key, made.key + 1n, 0n, ORDER, 1n, 2n ** 256n - 1n]) {
        await expect(harness.proves(made.version, { ...complaint, key }))
          .to.be.revertedWithCustomError(harness, "ContentComplaint_WrongKey")
          .withArgs(made.version.keyX);
        await expectCode(() => complaintProves(primitives, made.version, { ...complaint, key }), "COMPLAINT_INVALID");
      }
    });

    // claim(attacks#proofs-of-the-fair-exchange): an index beyond the file, up to the largest integer: refused before
    //   any arithmetic with it
    it("refuses a chunk that the file does not have", async function () {
      const { harness } = await loadFixture(proofFixture);
      const made = makeVersion(new Random("range"), 2000, [0, 1]);
      for (const index of [2n, 3n, 2n ** 54n, 2n ** 64n - 1n]) {
        const complaint = { ...made.complaintAbout(1), index };
        await expect(harness.proves(made.version, complaint))
          .to.be.revertedWithCustomError(harness, "ContentComplaint_IndexOutOfRange")
          .withArgs(index, 2n);
        await expectCode(() => complaintProves(primitives, made.version, complaint), "COMPLAINT_INVALID");
      }
      await expect(harness.proves({ ...made.version, size: 0n }, made.complaintAbout(0)))
        .to.be.revertedWithCustomError(harness, "ContentComplaint_IndexOutOfRange")
        .withArgs(0n, 0n);
    });

    // claim(attacks#proofs-of-the-fair-exchange): a chunk padded, truncated or taken from another position: exact
    //   lengths; the index is hashed with the content
    it("refuses a chunk longer or shorter than its place says, padding included", async function () {
      const { harness } = await loadFixture(proofFixture);
      const made = makeVersion(new Random("lengths"), 2000, [0, 1]);
      for (const [index, bytes, expected] of [
        [0, 1023, 1024],
        [0, 1025, 1024],
        [0, 0, 1024],
        [1, 975, 976],
        [1, 977, 976],
        [1, 1024, 976],
      ]) {
        const chunk = Buffer.alloc(bytes);
        made.encrypted[index].copy(chunk);
        const complaint = { ...made.complaintAbout(index), encryptedChunk: hex(chunk) };
        await expect(harness.proves(made.version, complaint))
          .to.be.revertedWithCustomError(harness, "ContentComplaint_WrongChunkLength")
          .withArgs(BigInt(index), BigInt(bytes), BigInt(expected));
        await expectCode(() => complaintProves(primitives, made.version, complaint), "COMPLAINT_INVALID");
      }
    });

    it("refuses bytes, hashes and paths that are not under the root", async function () {
      const { harness } = await loadFixture(proofFixture);
      const random = new Random("tree");
      const made = makeVersion(random, 70 * CHUNK, [5]);
      const right = made.complaintAbout(5);
      const flipped = Buffer.from(right.encryptedChunk.slice(2), "hex");
      flipped[0] ^= 1;
      const wrong: Complaint[] = [
        { ...right, encryptedChunk: hex(flipped) },
        { ...right, contentHash: hex(random.bytes(32)) },
        { ...right, index: 4n },
        { ...right, path: [...right.path, hex(random.bytes(32))] },
        { ...right, path: right.path.slice(0, -1) },
        { ...right, path: [] },
        { ...right, path: [...right.path].reverse() },
      ];
      for (const complaint of wrong) {
        await expect(harness.proves(made.version, complaint))
          .to.be.revertedWithCustomError(harness, "ContentComplaint_NotInTree")
          .withArgs(complaint.index, made.version.root);
        await expectCode(() => complaintProves(primitives, made.version, complaint), "COMPLAINT_INVALID");
      }
      expect(await harness.proves(made.version, right)).to.equal(true);
    });

    // claim(attacks#proofs-of-the-fair-exchange): a size off by one: the shape and the last chunk's length follow from
    //   it
    it("refuses a size that is off by one at the last chunk", async function () {
      const { harness } = await loadFixture(proofFixture);
      const made = makeVersion(new Random("size"), 2000, [1]);
      for (const size of [1999n, 2001n, 1024n, 2048n, 2049n]) {
        const error = size === 1024n ? "ContentComplaint_IndexOutOfRange" : "ContentComplaint_WrongChunkLength";
        await expect(harness.proves({ ...made.version, size }, made.complaintAbout(1))).to.be.revertedWithCustomError(
          harness,
          error,
        );
      }
    });

    it(`hashes 1,000 random chunks as Node does (seed ${SEED})`, async function () {
      const { harness } = await loadFixture(proofFixture);
      const random = new Random("hashes");
      const inputs = Array.from({ length: CHECKS }, () => ({
        key: random.scalar(),
        index: random.bigint(2n ** 40n),
        content: random.bytes(1 + random.int(200)),
      }));
      const results = await inBatches(inputs, 50, (part) => harness.contentHashes(part));
      inputs.forEach(({ key, index, content }, i) => {
        const expected = sha256(Buffer.of(2), streamSecrets(key).salt, u64(Number(index)), content);
        expect(results[i]).to.equal(hex(expected));
      });
      expect(await harness.streamKey(7n)).to.equal(hex(streamSecrets(7n).stream));
    });

    // claim(attacks#proofs-of-the-fair-exchange): a complaint that does not fit a block or costs more than the deal:
    //   logarithmic path, one chunk
    it("decides about a file of 1 GiB for at most 280,000 gas, transaction included", async function () {
      const { harness } = await loadFixture(proofFixture);
      const random = new Random("gibibyte");
      const { secret: key, x: keyX } = keyPairOf(random.scalar());
      const contentHash = random.bytes(32);
      const encryptedChunk = random.bytes(CHUNK);
      const path = Array.from({ length: 20 }, () => random.bytes(32));
      const index = 1_048_575 - 4096;
      let hash = sha256(Buffer.of(0), contentHash, encryptedChunk);
      path.forEach((sibling, level) => {
        hash = (index >> level) & 1 ? sha256(Buffer.of(1), sibling, hash) : sha256(Buffer.of(1), hash, sibling);
      });
      const version = { root: hex(hash), keyX, size: 2n ** 30n };
      const evidence = { key, index, contentHash, encryptedChunk, path: path.map(hex) };
      const transaction = await harness.decide(version, evidence);
      await expect(transaction).to.emit(harness, "ComplaintDecided").withArgs(true);
      expect((await transaction.wait())!.gasUsed).to.be.at.most(280_000n);
    });
  });

  it("lays out blobs as the page says", function () {
    expect(blobLength(1)).to.equal(33);
    expect(blobLength(SEGMENT_BYTES)).to.equal(SEGMENT_BYTES + 64 * 32);
    expect(blobLength(SEGMENT_BYTES + 1)).to.equal(SEGMENT_BYTES + 1 + 65 * 32);
  });
});
