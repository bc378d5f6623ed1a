import { expect } from "chai";
import fc from "fast-check";

import { HeldFile, writeWhole, type Room } from "../../../../app/src/features/files/held";

const BLOCK = 1_048_576;
const RAW = { code: 0x55 };
const TREE = { code: 0x70 };

/** A file in memory, on a disk of `space` bytes. */
class Memory implements Room {
  bytes: Uint8Array = new Uint8Array(0);
  writes = 0;
  readonly #most: number;

  constructor(most = Number.MAX_SAFE_INTEGER) {
    this.#most = most;
  }

  getSize = (): number => this.bytes.length;
  read = (into: Uint8Array, { at }: { at: number }): number => {
    const found = this.bytes.subarray(at, at + into.length);
    into.set(found);
    return found.length;
  };
  write = (bytes: Uint8Array, { at }: { at: number }): number => {
    this.writes += 1;
    const fitting = bytes.subarray(0, Math.max(0, this.#most - at));
    const grown = new Uint8Array(Math.max(this.bytes.length, at + fitting.length));
    grown.set(this.bytes);
    grown.set(fitting, at);
    this.bytes = grown;
    return fitting.length;
  };
  truncate = (size: number): void => void (this.bytes = this.bytes.slice(0, size));
  flush = (): void => undefined;
  close = (): void => undefined;
}

const fileOf = (length: number): Uint8Array => Uint8Array.from({ length }, (_, at) => (at * 7 + (at >> 10)) % 251);

/** What a store hands out: each block from near by where it is there and right, else from afar. */
async function* stored(file: Uint8Array, near: HeldFile["near"], fetched: number[], breaksAt = Infinity) {
  for (let at = 0; at < file.length; at += BLOCK) {
    const block = file.slice(at, at + BLOCK);
    const own = await near.get(RAW);
    if (own !== undefined && Buffer.compare(own, block) === 0) yield own;
    else {
      if (fetched.length >= breaksAt) throw new Error("the line is cut");
      fetched.push(at / BLOCK);
      yield block;
    }
  }
}

async function through(held: HeldFile, source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const piece of held.keep(source)) parts.push(piece);
  return Buffer.concat(parts);
}

const failureOf = (work: Promise<unknown>): Promise<Error> =>
  work.then(
    () => expect.fail("it did not fail"),
    (error: Error) => error,
  );

describe("A sealed file of the page, as it comes in", () => {
  const file = fileOf(3 * BLOCK + 17);

  it("keeps what it hands on, and fetches nothing of it again", async () => {
    const room = new Memory();
    const fetched: number[] = [];
    const first = new HeldFile(room, file.length);
    expect(Buffer.compare(await through(first, stored(file, first.near, fetched)), file)).to.equal(0);
    expect(fetched).to.deep.equal([0, 1, 2, 3]);
    expect(Buffer.compare(room.bytes, file)).to.equal(0);

    const { writes } = room;
    const again = new HeldFile(room, file.length);
    expect(Buffer.compare(await through(again, stored(file, again.near, fetched)), file)).to.equal(0);
    expect(fetched.length).to.equal(4);
    expect(room.writes).to.equal(writes);
    expect(Buffer.compare(Buffer.concat([...again.bytes()]), file)).to.equal(0);
  });

  it("goes on where it was interrupted", async () => {
    const room = new Memory();
    const fetched: number[] = [];
    const first = new HeldFile(room, file.length);
    const cut = await failureOf(through(first, stored(file, first.near, fetched, 2)));
    expect(cut.message).to.equal("the line is cut");
    expect(first.held).to.equal(2 * BLOCK);
    const again = new HeldFile(room, file.length);
    expect(Buffer.compare(await through(again, stored(file, again.near, fetched)), file)).to.equal(0);
    expect(fetched).to.deep.equal([0, 1, 2, 3]);
  });

  it("writes over what was spoiled meanwhile, and cuts off what was added", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: file.length - 1 }), fc.nat(100), async (at, more) => {
        const room = new Memory();
        room.bytes = new Uint8Array(Buffer.concat([file, new Uint8Array(more)]));
        room.bytes[at]! ^= 1;
        const held = new HeldFile(room, file.length);
        const fetched: number[] = [];
        expect(Buffer.compare(await through(held, stored(file, held.near, fetched)), file)).to.equal(0);
        expect(fetched).to.deep.equal([Math.floor(at / BLOCK)]);
        expect(Buffer.compare(room.bytes, file)).to.equal(0);
      }),
      { numRuns: 5 },
    );
  });

  it("offers nothing for a block that is no part of the file, and nothing behind its end", async () => {
    const room = new Memory();
    room.bytes = fileOf(10);
    const held = new HeldFile(room, 10);
    expect(await held.near.get(TREE)).to.equal(undefined);
    expect(await held.near.get(RAW)).to.deep.equal(fileOf(10));
    await through(held, stored(fileOf(10), held.near, []));
    expect(await held.near.get(RAW)).to.equal(undefined);
  });

  it("takes a disk that is full for a failure, and leaves no half of a piece", async () => {
    const room = new Memory(BLOCK + 5);
    const held = new HeldFile(room, file.length);
    const error = await failureOf(through(held, stored(file, held.near, [])));
    expect(error.name).to.equal("QuotaExceededError");
    expect(held.held).to.equal(BLOCK);
    expect(() => writeWhole(new Memory(3), fileOf(4), 0)).to.throw(DOMException);
  });
});
