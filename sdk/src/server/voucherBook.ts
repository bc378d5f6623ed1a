import { canonicalAddress, sameAddress } from "../addresses/address";
import { mapInBatches } from "../base/batches";
import type { ChannelReader, ChannelView } from "./channelReader";
import { voucherSigner, type Voucher } from "../rights/vouchers";
import type { SigningDomain } from "../market/typedData";
import { malformed, serverError, statusOf } from "./errors";
import { invalid, reporterOf, requireObject, secondsOf } from "./options";
import type { Visit } from "./sessions";
import { inTime } from "./slots";
import type { LicenseRecord, SlotRecord, VoucherStore } from "./voucherStore";

/** How a book is made. Times are in seconds. */
export interface BookOptions<C> {
  /** Reads channels: `usageReader`. */
  readonly reader: ChannelReader<C>;
  /** Where vouchers are kept: a `VoucherFolder` of `isonomy/node`. */
  readonly store: VoucherStore;
  /** The EIP-712 domain of vouchers: `usageDomain`. */
  readonly domain: SigningDomain;
  /** Who serves here: the provider that channels name, or the payee where they name none. */
  readonly node: string;
  /**
   * The longest time between two redemptions by this server: no voucher is taken that ends before, nor of a key or a channel that does.
   * 86,400 if nothing is said.
   */
  readonly redeemWithin?: number;
  /** How long what was read of a channel is good; 60 if nothing is said, at most 3,600. */
  readonly recheckSeconds?: number;
  /** How often what was used is written down; 1 if nothing is said. A server that is killed forgets at most this much. */
  readonly saveSeconds?: number;
  /** Milliseconds to wait for the node; 10,000 if nothing is said. */
  readonly timeoutMs?: number;
  /** Is told of each failure of the node and of the disk. What it throws changes nothing. */
  readonly onFailure?: (error: unknown) => void;
  /** Unix time in seconds; this machine's clock if nothing is said. */
  readonly now?: () => number;
}

/** Units that a request was charged. */
export interface Charge {
  readonly licenseId: bigint;
  readonly slot: number;
  readonly units: bigint;
  /** Units of the slot that were served, with these. */
  readonly used: bigint;
  /** Units of the slot that are signed for. */
  readonly paid: bigint;
  /** Takes it back, for a request that was not served after all. */
  undo(): void;
}

/** A voucher to redeem, and its channel: what `redeemBatch` takes. */
export interface VoucherClaim<C> {
  readonly channel: C;
  readonly voucher: Voucher;
}

/** One key of a licence, in memory. */
interface Slot {
  voucher: Voucher | undefined;
  used: bigint;
  user: string | undefined;
  view: { readonly read: ChannelView<unknown> | undefined; readonly at: number } | undefined;
}
interface Found<C> {
  readonly order: string;
  readonly claim: VoucherClaim<C>;
}
interface Licence {
  readonly slots: Map<number, Slot>;
  /** Slot 0 as it was read before there is a voucher for it. */
  readonly unpaid: Slot;
  /** Work on one licence is done in turn. */
  turn: Promise<unknown>;
  waiting: number;
  dirty: boolean;
}

/** Licences in memory; what is saved and not used is dropped first. */
const MAX_LICENSES = 10_000;
/** Requests of one licence that wait for one another. */
const MAX_WAITING = 256;
/** Licences that are read at a time. */
const WIDTH = 20;
const HEADER = /^(\d{1,5})\.(\d{1,15})\.(\d{1,13})\.([0-9a-fA-F]{64})\.([0-9a-fA-F]{64})$/;
const MAX_HEADER = 256;
const FOREIGN_KEY = "its key is not one of the channel.";
const MAX_UNITS = 2n ** 48n - 1n;

/** A voucher as the header `isonomy-voucher` has it: slot, units, end, and the two halves of the signature. */
export function voucherHeader({ slot, units, validUntil, r, vs }: Voucher): string {
  return [slot, units, validUntil, r.replace(/^0x/, ""), vs.replace(/^0x/, "")].join(".");
}

/** The voucher in such a header. */
export function readVoucherHeader(text: string): Voucher {
  const [, slot, units, validUntil, r, vs] = (text.length <= MAX_HEADER ? HEADER.exec(text) : null) ?? [];
  if (vs === undefined || Number(slot) > 65_535 || BigInt(units!) > MAX_UNITS || Number(validUntil) >= 2 ** 40) {
    throw malformed("isonomy-voucher is not slot, units, end and the two halves of a signature.");
  }
  return {
    ...{ slot: Number(slot), units: BigInt(units!), validUntil: Number(validUntil) },
    ...{ r: `0x${r!.toLowerCase()}`, vs: `0x${vs.toLowerCase()}` },
  };
}

/**
 * Counts what licensees use of what they bought by the unit, and keeps the vouchers that pay for it. A request is served when the best
 * voucher of its key covers it, and the voucher is on the disk before. Call `claims` and redeem them at least every `redeemWithin` seconds.
 * @typeParam C The channel as it was opened, which a redemption passes.
 * @example
 * ```ts
 * const domain = usageDomain(deployment.contracts.UsageChannel, chainId);
 * const book = new VoucherBook({ reader: usageReader(usage), domain, node: company, store: new MemoryVouchers() });
 * const handler = fetchGuard(gate, () => new Response("Hello."), { book, units: 1n });
 * ```
 */
export class VoucherBook<C = unknown> {
  readonly #options: Required<BookOptions<C>>;
  readonly #licenses = new Map<bigint, Licence>();
  readonly #timer: ReturnType<typeof setInterval>;
  #failed = false;
  #closed = false;
  #flushing: Promise<void> | undefined;

  /** @throws `ADDRESS_INVALID`, and `ARGUMENT_INVALID` for a time that cannot be. */
  constructor(options: BookOptions<C>) {
    requireObject("options", options);
    for (const name of ["reader", "store", "domain"] as const) requireObject(name, options[name]);
    const { now = () => Math.floor(Date.now() / 1_000) } = options;
    if (typeof now !== "function") invalid("now is a function.");
    canonicalAddress(options.node, "node");
    this.#options = {
      ...{ ...options, now, onFailure: reporterOf(options.onFailure) },
      redeemWithin: secondsOf("redeemWithin", options.redeemWithin ?? 86_400, 30 * 86_400),
      recheckSeconds: secondsOf("recheckSeconds", options.recheckSeconds ?? 60, 3_600),
      timeoutMs: secondsOf("timeoutMs", options.timeoutMs ?? 10_000, 600_000),
      saveSeconds: secondsOf("saveSeconds", options.saveSeconds ?? 1, 3_600),
    };
    this.#timer = setInterval(() => void this.flush().catch(() => undefined), this.#options.saveSeconds * 1_000);
    (this.#timer as { unref?: () => void }).unref?.();
  }

  /**
   * Charges a request, and takes the voucher that came with it. Without one, the units that are signed for by the last voucher of the same
   * user pay.
   * @param units At least 1.
   * @param header The header `isonomy-voucher`, where there is one.
   * @throws `UNITS_UNPAID`, `UNITS_EXHAUSTED`, `VOUCHER_REFUSED`, `CHANNEL_UNUSABLE`, `REQUEST_MALFORMED`, `RIGHT_UNKNOWN`,
   * `VOUCHERS_UNSAVED`, `SERVER_BUSY`.
   * @example
   * ```ts
   * const visit = await gate.admit(request.headers.get("authorization"));
   * const { used, paid } = await book.charge(visit, 1n, request.headers.get("isonomy-voucher"));
   * ```
   */
  async charge(visit: Pick<Visit, "licenseId" | "user">, units: bigint, header?: string | null): Promise<Charge> {
    if (typeof units !== "bigint" || units < 1n || units > MAX_UNITS)
      invalid(`units has to be from 1 to ${MAX_UNITS}.`);
    const voucher = header === undefined || header === null ? undefined : readVoucherHeader(header);
    this.#requireOpen();
    if (this.#failed) await this.#flushOrRefuse();
    const since = performance.now();
    return this.#inTurn(visit.licenseId, async (licence) => {
      this.#requireOpen();
      // so a full queue moves on, and with it the save that waits in it
      if (performance.now() - since > this.#options.timeoutMs) throw serverError("SERVER_BUSY");
      const number = voucher?.slot ?? slotOf(licence, visit.user) ?? 0;
      if (voucher !== undefined) await this.#take(licence, visit, voucher);
      const slot = licence.slots.get(number);
      const { now } = this.#options;
      const isTheirs = slot?.user !== undefined && sameAddress(slot.user, visit.user);
      // one that has ended pays for what was redeemed of it, and for no more
      const isGood = slot?.voucher !== undefined && slot.voucher.validUntil >= now();
      const paid = isGood ? slot.voucher!.units : 0n;
      const used = slot?.used ?? (await this.#view(visit.licenseId, number, licence.unpaid)).key?.redeemed ?? 0n;
      if (slot === undefined || !isTheirs || used + units > paid) {
        const signed = slot?.voucher?.units ?? 0n;
        const covers = used + units;
        // one that has ended is followed by one for as much, and another user's by one for more
        const needed = covers > signed ? covers : isTheirs ? signed : signed + 1n;
        const validUntil = now() + this.#options.redeemWithin;
        const { licenseId } = visit;
        throw serverError("UNITS_UNPAID", { licenseId, slot: number, units: needed, used, paid: signed, validUntil });
      }
      this.#requireOpen();
      slot.used += units;
      licence.dirty = true;
      let isUndone = false;
      const undo = (): void => {
        if (isUndone) return;
        isUndone = true;
        slot.used -= units;
        licence.dirty = true;
      };
      return { licenseId: visit.licenseId, slot: number, units, used: slot.used, paid, undo };
    });
  }

  /**
   * The vouchers that are worth redeeming: signed for more than was redeemed, still good, and of a channel of which units are left. Those
   * of one token, payee and node are beside one another, as it costs least. `onFailure` is told of a licence that cannot be read, of which
   * there may be more the next time.
   * @param least Units that have to be gained by one which can wait.
   * @throws What the disk fails with when it is asked for the licences.
   * @example
   * ```ts
   * const claims = await book.claims();
   * for (let at = 0; at < claims.length; at += 50) await usage.redeemBatch(claims.slice(at, at + 50));
   * ```
   */
  async claims(least = 1n): Promise<VoucherClaim<C>[]> {
    // the vouchers are saved already; `onFailure` is told where it fails to write down what was used
    await this.flush().catch(() => undefined);
    const found = await mapInBatches(await this.#options.store.licenses(), WIDTH, async (licenseId) => {
      const some: Found<C>[] = [];
      try {
        await this.#find(some, licenseId, least);
      } catch (error) {
        this.#options.onFailure(error);
      }
      return some;
    });
    const all = found.flat();
    all.sort((one, other) => (one.order < other.order ? -1 : one.order > other.order ? 1 : 0));
    return all.map(({ claim }) => claim);
  }

  /**
   * Writes down what was used; done by itself every `saveSeconds`. Where one licence cannot be written down, the others are.
   * @throws What the disk failed with first.
   * @example
   * ```ts
   * await book.flush();
   * ```
   */
  flush(): Promise<void> {
    // what changes while one is under way is written by the next
    return (this.#flushing ??= this.#save().finally(() => (this.#flushing = undefined)));
  }

  /**
   * Writes down what was used, and stops. Requests that were not charged before are refused with `SERVER_BUSY`.
   * @throws What the disk fails with.
   * @example
   * ```ts
   * await book.close();
   * ```
   */
  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#timer);
    // the request in turn may still write a voucher
    await Promise.allSettled([...this.#licenses.values()].map(({ turn }) => turn));
    await this.flush();
    await this.flush();
  }

  #requireOpen(): void {
    if (this.#closed) throw serverError("SERVER_BUSY");
  }

  /** Adds what is worth redeeming of a licence. */
  async #find(found: Found<C>[], licenseId: bigint, least: bigint): Promise<void> {
    const { reader, store, now, redeemWithin, timeoutMs } = this.#options;
    const soon = now() + redeemWithin;
    for (const [number, { voucher }] of (await store.load(licenseId)) ?? []) {
      if (voucher === undefined || voucher.validUntil < now()) continue;
      const read = await inTime(timeoutMs, reader.viewOf(licenseId, number));
      if (read?.key === undefined) continue;
      this.#refresh(licenseId, number, read);
      if (read.closesAt !== 0 && read.closesAt < now()) continue;
      const isUrgent = read.closesAt !== 0 || read.key.until !== 0 || voucher.validUntil < soon;
      const [signed, left] = [voucher.units - read.key.redeemed, read.bought - read.redeemed];
      // more than is left is never paid
      const gain = signed < left ? signed : left;
      if (gain < (isUrgent || least < 1n ? 1n : least)) continue;
      found.push({ order: orderOf(read), claim: { channel: read.channel, voucher } });
    }
  }

  /** Takes a voucher if it is better than the last, and safe on the disk. */
  async #take(
    licence: Licence,
    { licenseId, user }: Pick<Visit, "licenseId" | "user">,
    voucher: Voucher,
  ): Promise<void> {
    const { slot: number, units, validUntil } = voucher;
    const known = licence.slots.get(number);
    const last = known?.voucher;
    const isBetter = last === undefined || units > last.units || (units === last.units && validUntil > last.validUntil);
    if (!isBetter) return;
    const slot = known ?? emptySlot();
    const signer = this.#requireSigned(licenseId, voucher);
    const read = await this.#view(licenseId, number, slot);
    await this.#requireRedeemable(licence, licenseId, voucher, signer, read);
    // what was redeemed before this book began was served
    const used = known === undefined ? read.key!.redeemed : known.used;
    const next = new Map(recordOf(licence)).set(number, { voucher, used, user });
    await this.#write(licenseId, next);
    slot.voucher = voucher;
    slot.user = user;
    if (known === undefined) slot.used = used;
    licence.slots.set(number, slot);
  }

  #refuse(licenseId: bigint, { slot }: Voucher, detail: string): never {
    const validUntil = this.#options.now() + this.#options.redeemWithin;
    throw serverError("VOUCHER_REFUSED", { licenseId, slot, validUntil, detail });
  }

  /** Who signed a voucher; what can be refused without the node is refused here. */
  #requireSigned(licenseId: bigint, voucher: Voucher): string {
    const { now, redeemWithin, domain } = this.#options;
    if (voucher.validUntil < now() + redeemWithin) this.#refuse(licenseId, voucher, "it ends too soon.");
    return voucherSigner(domain, licenseId, voucher) ?? this.#refuse(licenseId, voucher, FOREIGN_KEY);
  }

  async #requireRedeemable(
    licence: Licence,
    licenseId: bigint,
    voucher: Voucher,
    signer: string,
    read: ChannelView<C>,
  ): Promise<void> {
    const { now, redeemWithin, node } = this.#options;
    const refuse = (detail: string): never => this.#refuse(licenseId, voucher, detail);
    if (read.closesAt !== 0 || !sameAddress(read.node, node)) throw serverError("CHANNEL_UNUSABLE", { licenseId });
    const { key } = read;
    if (key === undefined || !sameAddress(key.signer, signer)) return refuse(FOREIGN_KEY);
    if (key.until !== 0 && key.until < now() + redeemWithin) refuse("its key is revoked.");
    if (voucher.units > key.cap) refuse(`its key may sign for ${key.cap} units in all.`);
    // after it is closed, this is all the time that there is
    if (read.grace < redeemWithin) refuse(`the grace of its channel is under ${redeemWithin} seconds.`);
    let left = this.#leftFor(licence, voucher.slot, read);
    if (voucher.units - key.redeemed > left) {
      // what was redeemed meanwhile, of any key, and what was bought
      for (const [number, one] of licence.slots) {
        if (number === voucher.slot) continue;
        one.view = undefined;
        await this.#view(licenseId, number, one);
      }
      const fresh = await this.#read(licenseId, voucher.slot);
      this.#refresh(licenseId, voucher.slot, fresh);
      left = this.#leftFor(licence, voucher.slot, fresh);
      if (voucher.units - (fresh.key?.redeemed ?? 0n) > left) {
        throw serverError("UNITS_EXHAUSTED", { licenseId, left: left < 0n ? 0n : left });
      }
    }
  }

  /**
   * Units that were bought, and neither redeemed nor signed for by another key. Below 0 where the holder redeemed what others of the
   * licence had signed for: no voucher is good then, not even one that gains nothing.
   */
  #leftFor({ slots }: Licence, slot: number, { bought, redeemed }: ChannelView<C>): bigint {
    let left = bought - redeemed;
    for (const [number, { voucher, view }] of slots) {
      const pending = (voucher?.units ?? 0n) - (view?.read?.key?.redeemed ?? 0n);
      if (number !== slot && pending > 0n) left -= pending;
    }
    return left;
  }

  /** A channel as it was read a short time ago. */
  async #view(licenseId: bigint, number: number, slot: Slot): Promise<ChannelView<C>> {
    const { now, recheckSeconds } = this.#options;
    const age = slot.view === undefined ? -1 : now() - slot.view.at;
    if (age >= 0 && age < recheckSeconds && slot.view!.read !== undefined) return slot.view!.read as ChannelView<C>;
    const read = await this.#read(licenseId, number);
    slot.view = { read, at: now() };
    return read;
  }

  async #read(licenseId: bigint, number: number): Promise<ChannelView<C>> {
    const { reader, timeoutMs, onFailure } = this.#options;
    let read: ChannelView<C> | undefined;
    try {
      read = await inTime(timeoutMs, reader.viewOf(licenseId, number));
    } catch (error) {
      onFailure(error);
      throw serverError("RIGHT_UNKNOWN");
    }
    if (read === undefined) throw serverError("CHANNEL_UNUSABLE", { licenseId });
    return read;
  }

  #refresh(licenseId: bigint, number: number, read: ChannelView<C>): void {
    const slot = this.#licenses.get(licenseId)?.slots.get(number);
    if (slot !== undefined) slot.view = { read, at: this.#options.now() };
  }

  async #inTurn<T>(licenseId: bigint, work: (licence: Licence) => Promise<T>, most = MAX_WAITING): Promise<T> {
    const licence = this.#licenses.get(licenseId) ?? this.#begin(licenseId);
    if (licence.waiting >= most) throw serverError("SERVER_BUSY");
    licence.waiting++;
    const done = licence.turn.then(() => work(licence));
    licence.turn = done.catch(() => undefined);
    try {
      return await done;
    } finally {
      licence.waiting--;
    }
  }

  /** Puts a licence into memory; its first turn loads what was saved of it. */
  #begin(licenseId: bigint): Licence {
    if (this.#licenses.size >= MAX_LICENSES) {
      const idle = this.#idle();
      if (idle === undefined) throw serverError("SERVER_BUSY");
      this.#licenses.delete(idle);
    }
    const licence: Licence = {
      ...{ slots: new Map(), unpaid: emptySlot(), turn: Promise.resolve(), waiting: 0, dirty: false },
    };
    const { store, onFailure } = this.#options;
    const loaded = store.load(licenseId).then(
      (record) => {
        for (const [number, { voucher, used, user }] of record ?? []) {
          licence.slots.set(number, { voucher, used, user, view: undefined });
        }
      },
      (error: unknown) => {
        // not kept: the next request looks again
        this.#licenses.delete(licenseId);
        onFailure(error);
        throw serverError("VOUCHERS_UNSAVED");
      },
    );
    licence.turn = loaded;
    this.#licenses.set(licenseId, licence);
    return licence;
  }

  #idle(): bigint | undefined {
    for (const [licenseId, { waiting, dirty }] of this.#licenses) if (waiting === 0 && !dirty) return licenseId;
    return undefined;
  }

  async #write(licenseId: bigint, record: LicenseRecord): Promise<void> {
    try {
      await this.#options.store.save(licenseId, record);
    } catch (error) {
      this.#options.onFailure(error);
      throw serverError("VOUCHERS_UNSAVED");
    }
  }

  async #flushOrRefuse(): Promise<void> {
    try {
      await this.flush();
    } catch (error) {
      throw statusOf(error) === undefined ? serverError("VOUCHERS_UNSAVED") : error;
    }
  }

  async #save(): Promise<void> {
    const dirty = [...this.#licenses].filter(([, licence]) => licence.dirty);
    const failures: unknown[] = [];
    const saving: Promise<void>[] = [];
    for (const [licenseId, { waiting }] of dirty) {
      const save = async (licence: Licence): Promise<void> => {
        licence.dirty = false;
        try {
          await this.#write(licenseId, recordOf(licence));
        } catch (error) {
          licence.dirty = true;
          this.#failed = true;
          throw error;
        }
      };
      // a save is not counted: it has its turn however many requests wait
      const saved = this.#inTurn(licenseId, save, Infinity).catch((error: unknown) => void failures.push(error));
      saving.push(saved);
      // the queue of one licence holds up no other
      if (waiting === 0) await saved;
    }
    await Promise.all(saving);
    this.#failed = failures.length > 0;
    if (failures.length > 0) throw failures[0];
  }
}

const emptySlot = (): Slot => ({ voucher: undefined, used: 0n, user: undefined, view: undefined });

function recordOf({ slots }: Licence): Map<number, SlotRecord> {
  return new Map(
    [...slots].map(([number, { voucher, used, user }]) => [
      number,
      { ...(voucher === undefined ? {} : { voucher }), used, ...(user === undefined ? {} : { user }) },
    ]),
  );
}

/** The slot of a user's last voucher. */
function slotOf({ slots }: Licence, account: string): number | undefined {
  for (const [number, { user }] of slots) if (user !== undefined && sameAddress(user, account)) return number;
  return undefined;
}

/** Claims that share credits in one transaction have the same text. */
function orderOf({ channel, node }: ChannelView<unknown>): string {
  const { payToken, payee } = (channel ?? {}) as Record<string, unknown>;
  return [payToken, payee, node].map(String).join(" ").toLowerCase();
}
