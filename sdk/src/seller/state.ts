import { isIsonomyError } from "../base/error";
import { lockFile, readPrivate, replaceFile, requireReplaceable, type FileAccess, type Lock } from "../files";
import { sellerError } from "./errors";

/** The state of a deal of the seller, as the agent last saw it. */
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
  /** Of the offer; 32 zero bytes for an update. */
  readonly termsHash?: string;
  /** The price where it is native coin, else 0, in wei. */
  readonly worth?: bigint;
  /** Whether anything is paid or bonded for it. */
  readonly paid?: boolean;
  /** Whether it is finally refused: no offer that is provided later changes it. */
  readonly lasting?: boolean;
}

/** A signed transaction: kept before it is sent, so that a restart sends the same one and never a second. */
export interface JournalEntry {
  /** What it is for; at most one transaction is pending for each. */
  readonly label: string;
  readonly nonce: number;
  readonly raw: string;
  /** Of every fee it was signed with; any of them may be mined. */
  readonly hashes: readonly string[];
  readonly maxFeePerGas: bigint;
  readonly maxPriorityFeePerGas: bigint;
  /** Unix time in milliseconds when the newest was signed. */
  readonly signedAt: number;
  /**
   * Who may have read it. False: nobody, it never left this machine. "maybe": it was about to leave, and nothing was heard of it
   * since. True, or nothing in what an earlier release kept: everybody.
   */
  readonly sent?: false | "maybe" | true;
  /** Last second of the chain's clock in which it is of use. */
  readonly until?: bigint;
  /** What is lost when it is not mined, in wei. */
  readonly worth?: bigint;
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
  /** The deals that were declined in the last day, and when, as Unix time in milliseconds. */
  declines?: { readonly deal: string; readonly at: number }[];
}

/** Numbers of these fields are written as text: JSON's own are too short. */
const BIG_FIELDS = new Set([
  ...["chainId", "id", "versionId", "deliverBy", "maxFeePerGas", "maxPriorityFeePerGas", "until", "worth"],
]);
const FORMAT = "isonomy.seller.v1";

/**
 * The state in one file, replaced as a whole: a crash leaves the old one or the new one. A lock beside it keeps a second
 * agent out while the first lives, also one in another container. The file holds signed deliveries, so that only its owner
 * may read it.
 * @example
 * ```ts
 * const state = new StateFile("seller.json");
 * const giveBack = await state.lock();
 * ```
 */
export class StateFile {
  /** The file's path, as it was given. */
  readonly path: string;
  readonly #access: FileAccess | undefined;
  #pending: Promise<unknown> = Promise.resolve();
  #lock: Lock | undefined;

  /** @param access Why the file may be open to others than its owner; without it such a file is refused. */
  constructor(path: string, access?: FileAccess) {
    this.path = path;
    this.#access = access;
  }

  /**
   * What was saved, or undefined where nothing was.
   * @throws `STATE_DAMAGED`, `FILE_EXPOSED`, and what the disk fails with.
   * @example
   * ```ts
   * const saved = await new StateFile("seller.json").load();
   * console.log(saved?.deals.length ?? 0);
   * ```
   */
  async load(): Promise<SellerState | undefined> {
    let text: string;
    try {
      text = await readPrivate(this.path, this.#access);
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
      throw sellerError("STATE_DAMAGED", { path: this.path }, error);
    }
  }

  /**
   * Returns when the state is on the disk; throws when another agent has taken the lock over.
   * @throws `LOCK_LOST`, `FILE_MOUNTED`, and what the disk fails with.
   * @example
   * ```ts
   * const file = new StateFile("seller.json");
   * const saved = await file.load();
   * if (saved !== undefined) await file.save({ ...saved, deals: [] });
   * ```
   */
  async save(state: SellerState): Promise<void> {
    const text = JSON.stringify({ format: FORMAT, ...state }, (_, value: unknown) =>
      typeof value === "bigint" ? value.toString() : value,
    );
    const done = this.#pending.then(async () => {
      await this.#lock?.requireHeld();
      await replaceFile(this.path, text);
    });
    this.#pending = done.catch(() => undefined);
    await done;
  }

  /**
   * Takes the lock, also from an agent that was killed, and returns what gives it back. Throws where the state could not be saved
   * later because the file is a mount of its own.
   * @throws `AGENT_RUNNING`, `FILE_MOUNTED`, and what the disk fails with.
   * @example
   * ```ts
   * const giveBack = await new StateFile("seller.json").lock();
   * await giveBack();
   * ```
   */
  async lock(): Promise<() => Promise<void>> {
    await requireReplaceable(this.path);
    let lock: Lock;
    try {
      lock = await lockFile(this.path, { wait: 0 });
    } catch (error) {
      if (!isIsonomyError(error, "FILE_LOCKED")) throw error;
      throw sellerError("AGENT_RUNNING", { ...error.args, path: this.path }, error);
    }
    this.#lock = lock;
    return async () => {
      this.#lock = undefined;
      await lock.release();
    };
  }
}
