import { randomUUID } from "node:crypto";
import { link, mkdir, open, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";

import { sellerFail } from "./errors";

/** Where a deal of the seller stands, as the agent last saw it. */
export interface TrackedDeal {
  readonly opener: string;
  readonly id: bigint;
  readonly versionId: bigint;
  /** Last second of the window. */
  readonly deliverBy: bigint;
  /** The block that opened it. */
  readonly block: number;
  /** `delivered` until the delivery is final; then the deal is forgotten. */
  readonly status: "waiting" | "refused" | "delivered";
  /** The block in which the delivery was seen; 0 before. */
  readonly deliveredIn: number;
  /** Why the last try was refused; empty when there was none. */
  readonly reason: string;
}

/** A signed transaction: kept before it is sent, so that a restart sends the same one and never a second. */
export interface JournalEntry {
  /** What it is for; one transaction is in the air for each. */
  readonly label: string;
  readonly nonce: number;
  readonly raw: string;
  /** Of every fee it was signed with; any of them may be mined. */
  readonly hashes: readonly string[];
  readonly maxFeePerGas: bigint;
  readonly maxPriorityFeePerGas: bigint;
  /** Milliseconds since 1970 when the newest was signed. */
  readonly signedAt: number;
}

/** A block by number and hash, so that a reorg is noticed. */
export interface BlockMark {
  readonly number: number;
  readonly hash: string;
}

/** Everything that an agent remembers. */
export interface SellerState {
  readonly chainId: bigint;
  readonly escrow: string;
  readonly seller: string;
  /** The newest final block that was read; everything before it is known. */
  scanned: BlockMark;
  /** The newest block that was seen. */
  head: BlockMark;
  deals: TrackedDeal[];
  journal: JournalEntry[];
  deliveredTotal: number;
  missedTotal: number;
}

/** Numbers of these fields are written as text: JSON's own are too short. */
const BIG_FIELDS = new Set(["chainId", "id", "versionId", "deliverBy", "maxFeePerGas", "maxPriorityFeePerGas"]);
const FORMAT = "isonomy.seller.v1";

/**
 * The state in one file, replaced as a whole: a crash leaves the old one or the new one. A lock beside it keeps a second
 * agent out while the first lives.
 */
export class StateFile {
  readonly path: string;
  #pending: Promise<unknown> = Promise.resolve();

  constructor(path: string) {
    this.path = path;
  }

  /** What was saved, or undefined where nothing was. */
  async load(): Promise<SellerState | undefined> {
    let text: string;
    try {
      text = await readFile(this.path, "utf8");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw error;
    }
    try {
      const { format, ...state } = JSON.parse(text, (name, value: unknown) =>
        BIG_FIELDS.has(name) ? BigInt(value as string) : value,
      ) as SellerState & { format: string };
      if (format !== FORMAT || !Array.isArray(state.deals) || !Array.isArray(state.journal)) throw new Error(FORMAT);
      return state;
    } catch (error) {
      throw sellerFail("STATE_DAMAGED", { path: this.path }, error);
    }
  }

  /** Returns when the state is on the disk. */
  async save(state: SellerState): Promise<void> {
    const text = JSON.stringify({ format: FORMAT, ...state }, (_, value: unknown) =>
      typeof value === "bigint" ? value.toString() : value,
    );
    const done = this.#pending.then(() => this.#replace(text));
    this.#pending = done.catch(() => undefined);
    await done;
  }

  /** Takes the lock, also from an agent that was killed, and returns what gives it back. */
  async lock(): Promise<() => Promise<void>> {
    const path = `${this.path}.lock`;
    const mine = `${process.pid} ${randomUUID()}`;
    await mkdir(dirname(path), { recursive: true });
    for (;;) {
      const fresh = `${path}.${randomUUID()}`;
      await writeFile(fresh, mine, { mode: 0o600 });
      try {
        // a link appears whole or not at all, and never over another
        await link(fresh, path);
        return async () => {
          if ((await readText(path)) === mine) await rm(path, { force: true });
        };
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      } finally {
        await rm(fresh, { force: true });
      }
      await this.#clearDeadLock(path);
    }
  }

  async #clearDeadLock(path: string): Promise<void> {
    const holder = await readText(path);
    if (holder === undefined) return;
    const pid = Number(holder.split(" ")[0]);
    if (pid !== process.pid && isAlive(pid)) throw sellerFail("AGENT_RUNNING", { pid, path: this.path });
    const aside = `${path}.${randomUUID()}.dead`;
    try {
      await rename(path, aside);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
      throw error;
    }
    // another agent may have taken the place between the two looks: then its lock goes back
    if ((await readText(aside)) !== holder) await link(aside, path).catch(() => undefined);
    await rm(aside, { force: true });
  }

  async #replace(text: string): Promise<void> {
    const fresh = `${this.path}.new`;
    await mkdir(dirname(this.path), { recursive: true });
    const file = await open(fresh, "w", 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(fresh, this.path);
  }
}

async function readText(path: string): Promise<string | undefined> {
  return readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
