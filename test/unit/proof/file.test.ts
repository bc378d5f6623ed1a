import { loadFixture } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { appendFile, mkdtemp, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import {
  blobLength,
  chunkCount,
  complaintProves,
  keyPairOf,
  openBlob,
  portablePlatform,
  prepare,
  prepareInto,
  streamSecrets,
  verifyBlob,
  type FileCommitment,
  type Platform,
} from "../../../sdk/src/fairexchange";
import { fileSink, nodePlatform, prepareFile } from "../../../sdk/src/fairexchange/node";
import { expectCode, hex, nodeChaCha20, proofFixture, Random, referenceRoot, sha256 } from "./support";

const CHUNK = 1024;
const node = nodePlatform(2);
const platforms: Platform[] = [node, nodePlatform(0), portablePlatform];

class Memory {
  readonly pieces: Uint8Array[] = [];

  write(bytes: Uint8Array): void {
    this.pieces.push(bytes);
  }

  bytes(): Buffer {
    return Buffer.concat(this.pieces);
  }
}

async function seal(file: Uint8Array, platform: Platform = node) {
  const sink = new Memory();
  const prepared = await prepare([file], sink, platform);
  return { prepared, blob: sink.bytes() };
}

/** The blob in odd pieces, as a network would bring it. */
function* torn(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0, step = 1; at < bytes.length; at += step, step = (step * 7 + 13) % 200_003) {
    yield bytes.subarray(at, at + step);
  }
}

/** A seller's cheat: the blob and its roots are consistent, and one content hash is not that of its chunk. */
async function cheat(size: number, wrong: number) {
  const file = new Random(`cheat ${size}`).bytes(size);
  const { prepared, blob } = await seal(file);
  const segment = Math.floor(wrong / 64);
  blob[segment * (65_536 + 2048) + (wrong % 64) * 32] ^= 1;
  return { blob, key: prepared.key, version: commitmentOf(blob, prepared.keyX, size), file };
}

/** Roots recomputed from a blob by the layout in the page, independently of the SDK's reader. */
function commitmentOf(blob: Buffer, keyX: bigint, size: number): FileCommitment {
  const leaves: Buffer[] = [];
  const contentLeaves: Buffer[] = [];
  for (let i = 0; i * CHUNK < size; i++) {
    const segment = Math.floor(i / 64);
    const start = segment * 67_584;
    const chunks = Math.min(64, chunkCount(size) - 64 * segment);
    const hash = blob.subarray(start + (i % 64) * 32, start + (i % 64) * 32 + 32);
    const at = start + 32 * chunks + (i % 64) * CHUNK;
    leaves.push(sha256(Buffer.of(0), hash, blob.subarray(at, at + Math.min(CHUNK, size - i * CHUNK))));
    contentLeaves.push(sha256(Buffer.of(0), hash));
  }
  return { root: hex(referenceRoot(leaves)), contentRoot: hex(referenceRoot(contentLeaves)), keyX, size: BigInt(size) };
}

describe("fair exchange of a file", function () {
  let folder: string;

  before(async function () {
    folder = await mkdtemp(join(tmpdir(), "isonomy-file-"));
  });

  after(async function () {
    await rm(folder, { recursive: true, force: true });
  });

  describe("prepare, verifyBlob and openBlob", function () {
    for (const size of [1, 1023, 1024, 1025, 65_536, 65_537, 5_000_000]) {
      it(`carry a file of ${size} bytes there and back on every platform`, async function () {
        const file = new Random(`file ${size}`).bytes(size);
        for (const platform of platforms) {
          const sink = new Memory();
          const prepared = await prepare(torn(file), sink, platform);
          const blob = sink.bytes();
          expect(blob.length).to.equal(blobLength(size));
          expect(prepared).to.deep.equal({
            ...commitmentOf(blob, keyPairOf(prepared.key).x, size),
            key: prepared.key,
          });
          await verifyBlob(torn(blob), prepared, portablePlatform);
          const opened = new Memory();
          expect(await openBlob(() => torn(blob), prepared.key, prepared, opened, platform)).to.deep.equal({
            ok: true,
            bytes: BigInt(size),
          });
          expect(opened.bytes().equals(file)).to.equal(true);
        }
      });
    }

    for (let chunks = 2; chunks <= 70; chunks += 17) {
      it(`carry ${chunks} chunks, encrypted as one stream for each 64 KiB`, async function () {
        const file = new Random(`chunks ${chunks}`).bytes(chunks * CHUNK - 5);
        const { prepared, blob } = await seal(file);
        const { stream } = streamSecrets(prepared.key);
        const first = Math.min(chunks, 64);
        const encrypted = blob.subarray(32 * first, 32 * first + Math.min(65_536, file.length));
        expect(hex(encrypted)).to.equal(hex(nodeChaCha20(stream, 0n, file.subarray(0, encrypted.length))));
      });
    }

    // claim(attacks#proofs-of-the-fair-exchange): chunks of a known model recognised by their hashes: hashes are salted
    //   by the key and bound to their position
    it("draws a fresh key for each version, so that equal files look unrelated", async function () {
      const file = new Random("twice").bytes(5000);
      const [first, second] = [await seal(file), await seal(file)];
      expect(first.prepared.keyX).to.not.equal(second.prepared.keyX);
      expect(first.prepared.contentRoot).to.not.equal(second.prepared.contentRoot);
      expect(first.blob.subarray(0, 32).equals(second.blob.subarray(0, 32))).to.equal(false);
    });

    // claim(attacks#proofs-of-the-fair-exchange): chunks of a known model recognised by their hashes: hashes are salted
    //   by the key and bound to their position
    it("salt content hashes, so that equal chunks of one file look unrelated too", async function () {
      const { blob } = await seal(Buffer.alloc(3 * CHUNK));
      const hashes = [0, 1, 2].map((i) => hex(blob.subarray(32 * i, 32 * i + 32)));
      expect(new Set(hashes).size).to.equal(3);
      expect(hashes).to.not.include(hex(sha256(Buffer.alloc(CHUNK))));
    });

    it("reports progress and stops when told to", async function () {
      const file = Buffer.alloc(3_000_000);
      const seen: number[] = [];
      await prepare([file], new Memory(), node, { onProgress: (bytes) => seen.push(bytes) });
      expect(seen).to.deep.equal([1_048_576, 2_097_152, 3_000_000]);
      const stop = new AbortController();
      const stopped = prepare([file], new Memory(), node, { signal: stop.signal, onProgress: () => stop.abort() });
      stop.abort(new Error("enough"));
      let reason: unknown;
      await stopped.catch((error: unknown) => (reason = error));
      expect(reason).to.have.property("message", "enough");
    });

    it("passes on what the sink or the source threw", async function () {
      const full = { write: () => Promise.reject(new Error("disk full")) };
      const failed = await prepare([Buffer.alloc(10)], full, node).catch((error: unknown) => error);
      expect(failed).to.have.property("message", "disk full");
      const broken = (async function* () {
        yield Buffer.alloc(5);
        throw new Error("unplugged");
      })();
      const unplugged = await prepare(broken, new Memory(), node).catch((error: unknown) => error);
      expect(unplugged).to.have.property("message", "unplugged");
    });

    it("streams into a store, and out of a store that fails", async function () {
      const file = new Random("store").bytes(4_000_000);
      let kept: Buffer | undefined;
      const store = {
        async put(data: AsyncIterable<Uint8Array>) {
          const pieces: Uint8Array[] = [];
          for await (const piece of data) pieces.push(piece);
          kept = Buffer.concat(pieces);
          return "cid";
        },
      };
      const prepared = await prepareInto([file], store, node);
      expect(prepared.cid).to.equal("cid");
      await verifyBlob([kept!], prepared, node);
      const failing = { put: () => Promise.reject(new Error("no space")) };
      expect(await prepareInto([file], failing, node).catch((e: unknown) => e)).to.have.property("message", "no space");
      const empty = await prepareInto([], store, node).catch((e: unknown) => e);
      expect(empty).to.have.property("code", "FILE_EMPTY");
    });
  });

  describe("before paying", function () {
    // claim(attacks#proofs-of-the-fair-exchange): an empty file: refused by the SDK; the registry refuses a size of 0
    it("refuses an empty file", async function () {
      await expectCode(prepare([], new Memory(), node), "FILE_EMPTY");
      const path = join(folder, "empty");
      await writeFile(path, "");
      await expectCode(prepareFile(path, new Memory(), node), "FILE_EMPTY");
    });

    // claim(attacks#proofs-of-the-fair-exchange): a file changed while it was sealed: size and time are compared before
    //   and after
    it("refuses a file that grew, shrank or changed while it was read", async function () {
      const path = join(folder, "changing");
      for (const change of [
        () => appendFile(path, "x"),
        () => truncate(path, 10),
        () => writeFile(path, Buffer.alloc(3_000_000, 1)),
      ]) {
        await writeFile(path, Buffer.alloc(3_000_000));
        let changed = false;
        const sink = {
          async write() {
            if (changed) return;
            changed = true;
            await new Promise((resolve) => setTimeout(resolve, 15));
            await change();
          },
        };
        await expectCode(prepareFile(path, sink, node), "FILE_CHANGED");
      }
    });

    // claim(attacks#proofs-of-the-fair-exchange): a blob truncated, extended, or changed after sealing: the buyer
    //   checks length and both roots before paying
    it("refuses a blob that changed between its preparation and its upload", async function () {
      const path = join(folder, "blob");
      const source = join(folder, "model");
      await writeFile(source, new Random("model").bytes(200_000));
      const sink = await fileSink(path);
      const prepared = await prepareFile(source, sink, node);
      await sink.close();
      const blob = await readFile(path);
      await verifyBlob([blob], prepared, node);
      for (const at of [0, 2047, 2048, 70_000, blob.length - 1]) {
        const spoiled = Buffer.from(blob);
        spoiled[at] ^= 0x80;
        await expectCode(verifyBlob([spoiled], prepared, node), "BLOB_ROOT_MISMATCH");
      }
    });

    // claim(attacks#proofs-of-the-fair-exchange): a blob truncated, extended, or changed after sealing: the buyer
    //   checks length and both roots before paying
    it("refuses a truncated blob and a longer one", async function () {
      const { prepared, blob } = await seal(new Random("truncated").bytes(1_500_000));
      for (const length of [0, 1, blob.length - 1, blobLength(1_048_576), 65_536]) {
        const error = await expectCode(verifyBlob([blob.subarray(0, length)], prepared, node), "BLOB_TRUNCATED");
        expect(error.args).to.deep.equal({ actual: length, expected: blob.length });
      }
      await expectCode(verifyBlob([blob, Buffer.of(0)], prepared, node), "BLOB_TOO_LONG");
    });

    it("refuses a size off by one, another root and another content root", async function () {
      const { prepared, blob } = await seal(new Random("size").bytes(2000));
      await expectCode(verifyBlob([blob], { ...prepared, size: 2001n }, node), "BLOB_TRUNCATED");
      await expectCode(verifyBlob([blob], { ...prepared, size: 1999n }, node), "BLOB_TOO_LONG");
      const other = hex(new Random("root").bytes(32));
      await expectCode(verifyBlob([blob], { ...prepared, root: other }, node), "BLOB_ROOT_MISMATCH");
      await expectCode(verifyBlob([blob], { ...prepared, contentRoot: other }, node), "BLOB_ROOT_MISMATCH");
    });

    it("refuses a version whose key could never be delivered", async function () {
      const { prepared, blob } = await seal(Buffer.of(1));
      // 5 is no point's x coordinate
      for (const keyX of [0n, 5n, 2n ** 256n - 1n]) {
        await expectCode(verifyBlob([blob], { ...prepared, keyX }, node), "VERSION_INVALID");
      }
      for (const size of [0n, 2n ** 64n]) {
        await expectCode(verifyBlob([blob], { ...prepared, size }, node), "VERSION_INVALID");
      }
      await expectCode(verifyBlob([blob], { ...prepared, root: `0x${"0".repeat(64)}` }, node), "VERSION_INVALID");
      await expectCode(verifyBlob([blob], { ...prepared, size: 2n ** 60n }, node), "FILE_TOO_LARGE");
    });
  });

  describe("opening", function () {
    for (const [size, wrong] of [
      [1, 0],
      [1025, 1],
      [65_537, 64],
      [2_500_000, 2000],
    ]) {
      it(`returns the complaint about chunk ${wrong} of ${size} bytes, which the contract finds true`, async function () {
        const { harness } = await loadFixture(proofFixture);
        const { blob, key, version, file } = await cheat(size, wrong);
        await verifyBlob([blob], version, node);
        for (const platform of [node, portablePlatform]) {
          const sink = new Memory();
          const opened = await openBlob(() => [blob], key, version, sink, platform);
          if (opened.ok) return expect.fail("a wrong chunk was not found");
          expect(opened.wrongChunk).to.equal(BigInt(wrong));
          expect(complaintProves(platform.primitives, version, opened.complaint)).to.equal(true);
          expect(await harness.proves(version, opened.complaint)).to.equal(true);
          const written = sink.bytes();
          expect(written.length).to.be.at.most(wrong * CHUNK);
          expect(written.equals(file.subarray(0, written.length))).to.equal(true);
        }
      });
    }

    // claim(attacks#proofs-of-the-fair-exchange): a damaged download blamed on the seller: the complaint is decided
    //   locally, against the committed root
    it("blames the copy and not the seller when the downloaded blob is damaged", async function () {
      const { prepared, blob } = await seal(new Random("damaged").bytes(3000));
      blob[blob.length - 1] ^= 1;
      await expectCode(
        openBlob(() => [blob], prepared.key, prepared, new Memory(), node),
        "BLOB_ROOT_MISMATCH",
      );
    });

    it("refuses the key of another version before it reads anything", async function () {
      const { prepared, blob } = await seal(Buffer.of(1, 2, 3));
      const blobNever = () => expect.fail("the blob was read");
      await expectCode(openBlob(blobNever, 7n, prepared, new Memory(), node), "KEY_WRONG");
      await expectCode(
        openBlob(() => [blob], 0n, prepared, new Memory(), node),
        "KEY_WRONG",
      );
    });
  });
});
