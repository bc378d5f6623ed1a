/** A block, as far as following the newest takes it. */
export interface Block {
  readonly number: bigint;
  readonly hash: string;
  readonly parentHash: string;
  /** In Unix time. */
  readonly timestamp: bigint;
}

/** How a node answers: the newest block, and one by its number; undefined for one that it does not have. */
export interface Blocks {
  newest(): Promise<Block>;
  at(number: bigint): Promise<Block | undefined>;
}

/** What is known of the newest block. */
export interface HeadState {
  readonly block: Block | undefined;
  /** The last reorg: the first block that was replaced, and when that was seen, in milliseconds. */
  readonly reorg: { readonly from: bigint; readonly seenAt: number } | undefined;
  /** Since when no node answers, in milliseconds. */
  readonly awaySince: number | undefined;
  /** Since when there should have been a newer block, in milliseconds. */
  readonly behindSince: number | undefined;
}

/** Blocks whose hashes are kept. A reorg that reaches further is told from the oldest of them on. */
const KEPT = 128;
/** A newest block that is older means that the node is behind, or that the chain has stopped. */
const OLD_MS = 180_000;
/** Follows the newest block: notices reorgs, and a node that is away or behind. */
export class Head {
  #state: HeadState = { block: undefined, reorg: undefined, awaySince: undefined, behindSince: undefined };
  readonly #hashes = new Map<bigint, string>();
  readonly #blocks: Blocks;
  readonly #moves: boolean;
  readonly #now: () => number;

  /** @param moves Whether blocks come without anybody doing something. A developer's own chain may stand for hours. */
  constructor(blocks: Blocks, moves: boolean, now: () => number = Date.now) {
    this.#blocks = blocks;
    this.#moves = moves;
    this.#now = now;
  }

  get state(): HeadState {
    return this.#state;
  }

  /** Looks at the chain once. */
  async look(): Promise<HeadState> {
    try {
      const block = await this.#blocks.newest();
      const from = await this.#replacedFrom(block);
      this.#take(block, from);
    } catch {
      this.#state = { ...this.#state, awaySince: this.#state.awaySince ?? this.#now() };
    }
    return this.#state;
  }

  /** The first block that was replaced. */
  async #replacedFrom(block: Block): Promise<bigint | undefined> {
    const known = this.#state.block;
    if (known === undefined || known.hash === block.hash) return undefined;
    if (block.number === known.number + 1n && block.parentHash === known.hash) return undefined;
    let from: bigint | undefined;
    for (const [number, hash] of [...this.#hashes].reverse()) {
      // a node that is behind another says nothing about what is above its newest block
      if (number > block.number) continue;
      const now = number === block.number ? block : await this.#blocks.at(number);
      if (now?.hash === hash) break;
      if (now !== undefined) from = number;
    }
    return from;
  }

  #take(block: Block, from: bigint | undefined): void {
    const now = this.#now();
    const known = this.#state.block;
    const isNew = known === undefined || block.number > known.number || from !== undefined;
    if (from !== undefined) for (const number of this.#hashes.keys()) if (number >= from) this.#hashes.delete(number);
    if (isNew) {
      this.#hashes.set(block.number, block.hash);
      for (const number of this.#hashes.keys()) if (this.#hashes.size > KEPT) this.#hashes.delete(number);
    }
    const newest = isNew ? block : known;
    const dueAt = Number(newest.timestamp) * 1_000 + OLD_MS;
    this.#state = {
      block: newest,
      reorg: from === undefined ? this.#state.reorg : { from, seenAt: now },
      awaySince: undefined,
      behindSince: this.#moves && now > dueAt ? Number(newest.timestamp) * 1_000 : undefined,
    };
  }
}
