import { expect } from "chai";

import { Head, type Block } from "../../../app/src/chain/head";

/** Milliseconds at which block 0 was made, and how often blocks come. */
const [START, EVERY_MS] = [1_000_000_000, 12_000];
const MINUTE_MS = 60_000;

/** A chain that can be taken back and go on in another way, and a node that shows it. */
class Chain {
  blocks: Block[] = [];
  isAway = false;
  /** What the node has of it; all where nothing is said. */
  shown: number | undefined;
  asked = 0;
  now = START;

  constructor(length: number) {
    this.grow(length);
  }

  grow(count: number, branch = "a"): void {
    for (let at = 0; at < count; at++) {
      const number = BigInt(this.blocks.length);
      const parentHash = this.blocks.at(-1)?.hash ?? "0x";
      const timestamp = BigInt((START + this.blocks.length * EVERY_MS) / 1_000);
      this.blocks.push({ number, hash: `${branch}${number}`, parentHash, timestamp });
    }
    this.now = START + this.blocks.length * EVERY_MS;
  }

  replace(from: number, count: number): void {
    this.blocks.splice(from);
    this.grow(count, "b");
  }

  head(moves = true): Head {
    const answer = (at: number): Block | undefined => {
      this.asked += 1;
      if (this.isAway) throw new Error("no answer");
      return at >= (this.shown ?? Infinity) ? undefined : this.blocks[at];
    };
    return new Head(
      {
        newest: async () => answer((this.shown ?? this.blocks.length) - 1)!,
        at: async (number) => answer(Number(number)),
      },
      moves,
      () => this.now,
    );
  }
}

describe("The newest block", () => {
  it("is followed by one question for each block, without a reorg being told of", async () => {
    const chain = new Chain(10);
    const head = chain.head();
    for (let at = 0; at < 5; at++) {
      expect(await head.look()).to.deep.equal({
        ...{ block: chain.blocks.at(-1), reorg: undefined, awaySince: undefined, behindSince: undefined },
      });
      await head.look();
      chain.grow(1);
    }
    expect(chain.asked).to.equal(10);
  });

  it("is no reorg after some that were not seen, which one more question shows", async () => {
    const chain = new Chain(10);
    const head = chain.head();
    await head.look();
    chain.grow(7);
    chain.asked = 0;
    const { block, reorg } = await head.look();
    expect([block?.number, reorg, chain.asked]).to.deep.equal([16n, undefined, 2]);
  });

  for (const [what, from, count] of [
    ["at the same height", 14, 1],
    ["one block higher", 14, 2],
    ["three blocks deep", 12, 4],
    ["after others that were not seen", 13, 40],
  ] as const) {
    it(`tells of a reorg ${what}, from the first block that was replaced on`, async () => {
      const chain = new Chain(5);
      const head = chain.head();
      for (let at = 0; at < 10; at++) {
        await head.look();
        chain.grow(1);
      }
      await head.look();
      chain.replace(from, count);
      const { block, reorg } = await head.look();
      expect(block).to.deep.equal(chain.blocks.at(-1));
      expect(reorg).to.deep.equal({ from: BigInt(from), seenAt: chain.now });
      chain.grow(1, "b");
      expect((await head.look()).reorg?.seenAt).to.equal(reorg!.seenAt);
    });
  }

  it("tells of a reorg that is deeper than the 128 blocks that it keeps from the oldest of them on", async () => {
    const chain = new Chain(1);
    const head = chain.head();
    for (let at = 0; at < 200; at++) {
      await head.look();
      chain.grow(1);
    }
    await head.look();
    chain.replace(10, 250);
    expect((await head.look()).reorg?.from).to.equal(201n - 128n);
  });

  it("stays where a node that is behind shows an older block of the same chain, and is no reorg then", async () => {
    const chain = new Chain(10);
    const head = chain.head();
    await head.look();
    chain.grow(4);
    await head.look();
    for (const [shown, asked] of [
      [10, 1],
      [12, 2],
    ] as const) {
      chain.shown = shown;
      chain.asked = 0;
      const { block, reorg } = await head.look();
      // it is not asked for blocks above its newest
      expect([block?.number, reorg, chain.asked]).to.deep.equal([13n, undefined, asked]);
    }
  });

  it("tells since when no node answers, and stops when one does", async () => {
    const chain = new Chain(10);
    const head = chain.head();
    await head.look();
    chain.isAway = true;
    const since = chain.now;
    await head.look();
    chain.now += MINUTE_MS;
    const { awaySince, block } = await head.look();
    expect([awaySince, block?.number]).to.deep.equal([since, 9n]);
    chain.isAway = false;
    expect((await head.look()).awaySince).to.equal(undefined);
  });

  it("is behind when it is older than three minutes, to the millisecond, on a chain that moves", async () => {
    const chain = new Chain(10);
    const made = Number(chain.blocks.at(-1)!.timestamp) * 1_000;
    const [head, standing] = [chain.head(), chain.head(false)];
    chain.now = made + 3 * MINUTE_MS;
    expect((await head.look()).behindSince).to.equal(undefined);
    chain.now += 1;
    expect((await head.look()).behindSince).to.equal(made);
    expect((await standing.look()).behindSince).to.equal(undefined);
    chain.grow(20);
    expect((await head.look()).behindSince).to.equal(undefined);
  });
});
