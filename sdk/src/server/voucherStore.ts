import type { Voucher } from "../rights/vouchers";

/** What a server knows of one key of a licence. */
export interface SlotRecord {
  /** The best voucher that came; undefined where none did. */
  readonly voucher?: Voucher;
  /** Units that were served, in all. */
  readonly used: bigint;
  /** Who sent the voucher, and is served for it. */
  readonly user?: string;
}

/** What a server knows of a licence: its keys by their slots. */
export type LicenseRecord = ReadonlyMap<number, SlotRecord>;

/** Where a server keeps vouchers. One process uses it at a time. */
export interface VoucherStore {
  /** What was saved of a licence; undefined where nothing was. */
  load(licenseId: bigint): Promise<LicenseRecord | undefined>;
  /** Returns when it is safe: what is served afterwards is paid by it. */
  save(licenseId: bigint, record: LicenseRecord): Promise<void>;
  /** The licences of which something was saved. */
  licenses(): Promise<bigint[]>;
}

/**
 * Keeps vouchers in memory: for tests, and for where nothing is lost with them.
 * @example
 * ```ts
 * const store = new MemoryVouchers();
 * ```
 */
export class MemoryVouchers implements VoucherStore {
  readonly #records = new Map<bigint, LicenseRecord>();

  /**
   * What was saved of a licence.
   * @example
   * ```ts
   * const record = await new MemoryVouchers().load(licenseId); // undefined
   * ```
   */
  async load(licenseId: bigint): Promise<LicenseRecord | undefined> {
    return this.#records.get(licenseId);
  }

  /**
   * Keeps a copy.
   * @example
   * ```ts
   * await new MemoryVouchers().save(licenseId, new Map([[0, { used: 5n }]]));
   * ```
   */
  async save(licenseId: bigint, record: LicenseRecord): Promise<void> {
    this.#records.set(licenseId, new Map(record));
  }

  /**
   * The licences of which something was saved.
   * @example
   * ```ts
   * const all = await new MemoryVouchers().licenses();
   * ```
   */
  async licenses(): Promise<bigint[]> {
    return [...this.#records.keys()];
  }
}
