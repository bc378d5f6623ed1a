import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";

import { isIsonomyError } from "../base/error";
import { lockFile, readBounded, replaceFile, type Lock } from "../files";
import type { Voucher } from "../rights/vouchers";
import { serverError } from "./errors";
import type { LicenseRecord, SlotRecord, VoucherStore } from "./voucherStore";

const FORMAT = "isonomy.vouchers.v1";
const NAME = /^(\d{1,78})\.json$/;
/** 65,535 keys of a licence take less. */
const MAX_BYTES = 33_554_432;
const WORD = /^0x[0-9a-fA-F]{64}$/;
const ADDRESS = /^0x[0-9a-fA-F]{40}$/;
const DIGITS = /^\d{1,15}$/;

/**
 * Vouchers in a folder, a file for each licence, which is replaced as a whole: a crash leaves the old one or the new one. A lock keeps a
 * second process out.
 * @example
 * ```ts
 * const vouchers = await VoucherFolder.open("vouchers");
 * await vouchers.close();
 * ```
 */
export class VoucherFolder implements VoucherStore {
  readonly #path: string;
  readonly #lock: Lock;

  private constructor(path: string, lock: Lock) {
    this.#path = path;
    this.#lock = lock;
  }

  /**
   * Takes the folder for this process, also from one that was killed.
   * @throws `FILE_LOCKED` where another process has it, and what the disk fails with.
   * @example
   * ```ts
   * const vouchers = await VoucherFolder.open("vouchers");
   * ```
   */
  static async open(path: string): Promise<VoucherFolder> {
    await mkdir(path, { recursive: true });
    return new VoucherFolder(path, await lockFile(join(path, "vouchers"), { wait: 0 }));
  }

  /**
   * What was saved of a licence; undefined where nothing was.
   * @throws `VOUCHERS_DAMAGED`, and what the disk fails with.
   * @example
   * ```ts
   * const vouchers = await VoucherFolder.open("vouchers");
   * const record = await vouchers.load(licenseId);
   * ```
   */
  async load(licenseId: bigint): Promise<LicenseRecord | undefined> {
    const path = this.#file(licenseId);
    let text: string;
    try {
      text = await readBounded(path, MAX_BYTES);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw error;
    }
    try {
      const { format, licenseId: named, slots } = JSON.parse(text) as Record<string, unknown>;
      if (format !== FORMAT || named !== `${licenseId}` || !Array.isArray(slots)) throw new Error(FORMAT);
      const record = new Map(slots.map(readSlot));
      if (record.size !== slots.length) throw new Error("a slot is there twice");
      return record;
    } catch (error) {
      throw serverError("VOUCHERS_DAMAGED", { path }, error);
    }
  }

  /**
   * Returns when it is on the disk.
   * @throws `LOCK_LOST` where another process took the folder over, and what the disk fails with.
   * @example
   * ```ts
   * const vouchers = await VoucherFolder.open("vouchers");
   * await vouchers.save(licenseId, new Map([[0, { used: 5n }]]));
   * ```
   */
  async save(licenseId: bigint, record: LicenseRecord): Promise<void> {
    const slots = [...record].map(([slot, { voucher, used, user }]) => ({
      ...{ slot, used: `${used}`, user },
      ...(voucher === undefined ? {} : { voucher: { ...voucher, units: `${voucher.units}` } }),
    }));
    const text = `${JSON.stringify({ format: FORMAT, licenseId: `${licenseId}`, slots })}\n`;
    await this.#lock.requireHeld();
    await replaceFile(this.#file(licenseId), text);
  }

  /**
   * The licences of which something was saved.
   * @throws What the disk fails with.
   * @example
   * ```ts
   * const vouchers = await VoucherFolder.open("vouchers");
   * const all = await vouchers.licenses();
   * ```
   */
  async licenses(): Promise<bigint[]> {
    const names = await readdir(this.#path);
    return names.flatMap((name) => {
      const [, digits] = NAME.exec(name) ?? [];
      return digits === undefined ? [] : [BigInt(digits)];
    });
  }

  /**
   * Gives the folder back, for another process.
   * @example
   * ```ts
   * const vouchers = await VoucherFolder.open("vouchers");
   * await vouchers.close();
   * ```
   */
  async close(): Promise<void> {
    await this.#lock.release().catch((error: unknown) => {
      // it is another's by now
      if (!isIsonomyError(error, "LOCK_INVALID")) throw error;
    });
  }

  #file(licenseId: bigint): string {
    return join(this.#path, `${licenseId}.json`);
  }
}

function readSlot(value: unknown): [number, SlotRecord] {
  const { slot, used, user, voucher } = value as Record<string, unknown>;
  const isSlot = Number.isInteger(slot) && (slot as number) >= 0 && (slot as number) <= 65_535;
  if (!isSlot || !isDigits(used) || (user !== undefined && !ADDRESS.test(String(user)))) throw new Error("no slot");
  return [
    slot as number,
    {
      used: BigInt(used),
      ...(user === undefined ? {} : { user: String(user) }),
      ...(voucher === undefined ? {} : { voucher: readVoucher(slot as number, voucher) }),
    },
  ];
}

function readVoucher(slot: number, value: unknown): Voucher {
  const { units, validUntil, r, vs } = value as Record<string, unknown>;
  const isWhole = isDigits(units) && Number.isSafeInteger(validUntil);
  if (!isWhole || !WORD.test(String(r)) || !WORD.test(String(vs))) throw new Error("no voucher");
  return { slot, units: BigInt(units), validUntil: validUntil as number, r: String(r), vs: String(vs) };
}

function isDigits(value: unknown): value is string {
  return typeof value === "string" && DIGITS.test(value);
}
