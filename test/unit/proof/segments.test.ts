import { expect } from "chai";

import { openBlob, portablePlatform, prepare, type Platform } from "../../../sdk/src/fairexchange";
import type { Segments } from "../../../sdk/src/fairexchange/kernel";
import { BLOCK_BYTES, FREE, fourLanes, LANES } from "../../../sdk/src/fairexchange/lanes";
import { nodePlatform } from "../../../sdk/src/fairexchange/node";
import { inlineEngine } from "../../../sdk/src/fairexchange/platform";
import { hex, Random, referenceRoot, SEED, sha256 } from "./support";

const CHUNK = 1024;
const CHUNKS = 64;
const ROUNDS = 20;
const segmentsOf: Record<string, Segments | undefined> = {
  "four at a time": portablePlatform.primitives.segments?.(),
  "with Node": nodePlatform(0).primitives.segments?.(),
};

const u64 = (value: number): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  return bytes;
};

const parts = (bytes: Uint8Array, length: number): Uint8Array[] =>
  Array.from({ length: CHUNKS }, (_, i) => bytes.subarray(length * i, length * (i + 1)));

describe("hashes of whole segments", function () {
  for (const [name, segments] of Object.entries(segmentsOf)) {
    it(`computed ${name}, agree with one call for each, ${ROUNDS * 5 * CHUNKS} random hashes (seed ${SEED})`, function () {
      if (segments === undefined) return expect.fail("this platform has vector instructions");
      const random = new Random(`segments ${name}`);
      for (let round = 0; round < ROUNDS; round++) {
        const [salt, content, encrypted] = [32, CHUNK * CHUNKS, CHUNK * CHUNKS].map((length) => random.bytes(length));
        const first = round === 0 ? 0 : CHUNKS * random.int(2 ** (20 + round));
        const hashes = parts(content, CHUNK).map((chunk, i) => sha256(Buffer.of(2), salt, u64(first + i), chunk));
        expect(hex(segments.contents(salt, first, content))).to.equal(hex(Buffer.concat(hashes)));

        // the two trees take any hashes, as those of a blob that is only checked
        const claimed = random.bytes(32 * CHUNKS);
        const leaves = parts(encrypted, CHUNK).map((chunk, i) => sha256(Buffer.of(0), parts(claimed, 32)[i], chunk));
        expect(hex(segments.root(claimed, encrypted))).to.equal(hex(referenceRoot(leaves)));
        const contentLeaves = parts(claimed, 32).map((hash) => sha256(Buffer.of(0), hash));
        expect(hex(segments.contentRoot(claimed))).to.equal(hex(referenceRoot(contentLeaves)));
      }
    });
  }

  it("are SHA-256 in every lane and for every split of a message (NIST's two-block example among them)", function () {
    const known = Buffer.from("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq");
    const random = new Random("lanes");
    for (let round = 0; round < 400; round++) {
      const message = round < LANES ? known : random.bytes(random.int(500));
      const hash = hashedInLane(round % LANES, message, random.int(message.length + 1));
      expect(hex(hash), `${message.length} bytes in lane ${round % LANES}`).to.equal(hex(sha256(message)));
    }
    expect(hex(hashedInLane(0, known, 7))).to.equal(
      "0x248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
    );
  });

  it("are the same where a page's policy forbids to compile: sealed without, opened with, and the other way", async function () {
    const { sha256, chacha20 } = portablePlatform.primitives;
    const primitives = { sha256, chacha20, segments: () => undefined };
    const plain: Platform = { ...portablePlatform, primitives, engine: () => inlineEngine(primitives) };
    const file = new Random("without").bytes(3 * CHUNK * CHUNKS + 700);
    for (const [sealing, opening] of [
      [plain, portablePlatform],
      [portablePlatform, plain],
      [plain, nodePlatform(0)],
    ]) {
      const [blob, opened]: Uint8Array[][] = [[], []];
      const prepared = await prepare([file], { write: (bytes) => void blob.push(bytes) }, sealing);
      const sink = { write: (bytes: Uint8Array) => void opened.push(bytes) };
      expect(await openBlob(() => blob, prepared.key, prepared, sink, opening)).to.have.property("ok", true);
      expect(Buffer.concat(opened).equals(file)).to.equal(true);
    }
  });
});

const machine = fourLanes(65_536);

/** One message in one lane, cut into a head and a body; the other lanes hash whatever lies there. */
function hashedInLane(lane: number, message: Uint8Array, cut: number): Uint8Array {
  const { memory, run } = machine;
  const blocks = Math.ceil((message.length + 9) / BLOCK_BYTES);
  const [heads, bodies, out] = [FREE + LANES * BLOCK_BYTES * blocks, FREE + 16_384, FREE + 32_768];
  const at = FREE + lane * BLOCK_BYTES * blocks;
  memory.fill(0, at, at + BLOCK_BYTES * blocks);
  memory[at + message.length] = 0x80;
  new DataView(memory.buffer).setUint32(at + BLOCK_BYTES * blocks - 4, 8 * message.length);
  memory.set(message.subarray(0, cut), heads + lane * cut);
  memory.set(message.subarray(cut), bodies + lane * (message.length - cut));
  run(FREE, blocks, 0, heads, cut, bodies, message.length - cut, out, 1);
  return memory.slice(out + 32 * lane, out + 32 * (lane + 1));
}
