import { expect } from "chai";
import { Wallet } from "ethers";

import { signVoucher, usageDomain } from "../../../sdk/src/rights";
import {
  MemoryVouchers,
  VoucherBook,
  type BookOptions,
  type ChannelReader,
  type ChannelView,
} from "../../../sdk/src/server";
import { voucherHeader } from "../../../sdk/src/server/voucherBook";
import { caught } from "../../support/caught";
import { BROKEN_LOGS, unhandledWhile } from "../../support/unhandled";

const DAY = 86_400;
const NOW = 1_800_000_000;
const NODE = new Wallet(`0x${"01".repeat(32)}`).address;
/** The keys of slots 0 and 1. */
const KEYS = [new Wallet(`0x${"02".repeat(32)}`), new Wallet(`0x${"03".repeat(32)}`)] as const;
const USER = new Wallet(`0x${"04".repeat(32)}`).address;
const DOMAIN = usageDomain(NODE, 31_337n);
const BOUGHT = 100n;

/** What a chain knows of channels, each with the same two keys; a test redeems by hand. */
class Channels implements ChannelReader {
  /** Units redeemed of each key of a licence. */
  readonly redeemed = new Map<bigint, bigint[]>();
  asked = 0;

  async viewOf(licenseId: bigint, slot: number): Promise<ChannelView> {
    this.asked++;
    const redeemed = this.redeemed.get(licenseId) ?? [0n, 0n];
    const signer = KEYS[slot]?.address;
    return {
      ...{ channel: { licenseId }, node: NODE, bought: BOUGHT, grace: 7 * DAY, closesAt: 0 },
      redeemed: redeemed.reduce((sum, units) => sum + units, 0n),
      key: signer === undefined ? undefined : { signer, cap: BOUGHT, redeemed: redeemed[slot]!, until: 0 },
    };
  }
}

describe("A book of vouchers", () => {
  const books = new Set<VoucherBook>();
  const releases: (() => void)[] = [];
  let failures: unknown[];
  let channels: Channels;

  beforeEach(() => {
    failures = [];
    channels = new Channels();
  });
  afterEach(async () => {
    for (const release of releases.splice(0)) release();
    for (const book of books) await book.close().catch(() => undefined);
    books.clear();
  });

  function bookOf(differs: Partial<BookOptions<unknown>> = {}) {
    const book = new VoucherBook<unknown>({
      ...{ reader: channels, store: new MemoryVouchers(), domain: DOMAIN, node: NODE, now: () => NOW },
      ...{ saveSeconds: 3_600, onFailure: (error: unknown) => void failures.push(error), ...differs },
    });
    books.add(book);
    return book;
  }
  const visit = (licenseId = 1n) => ({ licenseId, user: USER });
  async function signed(units: bigint, { slot = 0, id = 1n, validUntil = NOW + 7 * DAY } = {}) {
    return voucherHeader(await signVoucher(KEYS[slot]!, DOMAIN, { licenseId: id, slot, units, validUntil }));
  }

  it("serves no unit twice when the holder redeems by one key what another has signed for", async () => {
    const book = bookOf();
    await book.charge(visit(), 1n, await signed(1n));
    await book.charge(visit(), 98n, await signed(98n, { slot: 1 }));
    // the holder redeems a voucher that this server never saw
    channels.redeemed.set(1n, [99n, 0n]);
    const failure = await caught(async () => book.charge(visit(), 1n, await signed(99n)), "UNITS_EXHAUSTED");
    expect(failure.args).to.deep.equal({ licenseId: 1n, left: 0n });
    expect((await caught(() => book.charge(visit(), 1n), "UNITS_UNPAID")).args).to.deep.include({ used: 1n, paid: 1n });
  });

  /** A store that can be held up at a licence, until it is let go. */
  function held(licenseId: bigint) {
    let gone = Promise.resolve();
    let release: () => void = () => undefined;
    const hold = () => void (gone = new Promise((resolve) => (release = resolve)));
    const store = new MemoryVouchers();
    const save = store.save.bind(store);
    store.save = async (id, record) => (id === licenseId ? (await gone, save(id, record)) : save(id, record));
    const letGo = () => release();
    releases.push(letGo);
    return { store, hold, release: letGo };
  }

  it("saves and redeems for all licences while the requests of one fill its queue", async () => {
    const { store, hold, release } = held(1n);
    const book = bookOf({ store });
    for (const id of [1n, 2n]) await book.charge(visit(id), 1n, await signed(10n, { id }));
    hold();
    const more = await signed(11n);
    const crowd = Array.from({ length: 256 }, () => book.charge(visit(1n), 1n, more).catch(() => undefined));
    await caught(() => book.charge(visit(1n), 1n, more), "SERVER_BUSY");
    const flushed = book.flush();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect((await store.load(2n))!.get(0)!.used).to.equal(1n);
    release();
    await Promise.all(crowd);
    await flushed;
    expect((await store.load(1n))!.get(0)!.used).to.equal(11n);
    expect((await book.claims()).map(({ channel }) => channel)).to.have.length(2);
    expect(failures).to.deep.equal([]);
  });

  it("saves the licences after one that cannot be saved, and says so", async () => {
    const store = new MemoryVouchers();
    const book = bookOf({ store });
    for (const id of [1n, 2n, 3n]) await book.charge(visit(id), 1n, await signed(10n, { id }));
    const save = store.save.bind(store);
    store.save = async (id, record) => {
      if (id < 3n) throw new Error(`disk of ${id}`);
      await save(id, record);
    };
    await caught(() => book.flush(), "VOUCHERS_UNSAVED");
    expect(failures.map(String)).to.deep.equal(["Error: disk of 1", "Error: disk of 2"]);
    expect((await store.load(3n))!.get(0)!.used).to.equal(1n);
    // what is saved can be redeemed all the same
    expect(await book.claims()).to.have.length(3);
    await caught(() => book.charge(visit(3n), 1n), "VOUCHERS_UNSAVED");
    store.save = save;
    await book.flush();
    expect((await store.load(1n))!.get(0)!.used).to.equal(1n);
  });

  it("asks the node for no voucher that nobody signed, and for none that ends too soon", async () => {
    const book = bookOf();
    const none = (await signed(10n)).replace(/\.[0-9a-f]{64}\.[0-9a-f]{64}$/, `.${"0".repeat(64)}.${"0".repeat(64)}`);
    const refused: [string, string][] = [
      [none, "its key is not one of the channel."],
      [await signed(10n, { validUntil: NOW + DAY - 1 }), "it ends too soon."],
    ];
    for (const [header, detail] of refused) {
      const { args } = await caught(() => book.charge(visit(), 1n, header), "VOUCHER_REFUSED");
      expect(args.detail).to.equal(detail);
    }
    expect(channels.asked).to.equal(0);
  });

  it("asks the node once for all who have paid nothing of a licence, until what it read is old", async () => {
    let now = NOW;
    const book = bookOf({ now: () => now, recheckSeconds: 60 });
    const ask = async (id: bigint) => (await caught(() => book.charge(visit(id), 1n), "UNITS_UNPAID")).args.used;
    channels.redeemed.set(1n, [5n, 0n]);
    expect(await Promise.all(Array.from({ length: 20 }, () => ask(1n)))).to.deep.equal(Array(20).fill(5n));
    now += 59;
    await ask(1n);
    expect(channels.asked).to.equal(1);
    await ask(2n);
    expect(channels.asked).to.equal(2);
    channels.redeemed.set(1n, [6n, 0n]);
    now += 1;
    expect(await ask(1n)).to.equal(6n);
    expect(channels.asked).to.equal(3);
    // a voucher is judged by what the chain says then
    channels.redeemed.set(1n, [7n, 0n]);
    expect((await book.charge(visit(), 1n, await signed(8n))).used).to.equal(8n);
  });

  it("answers no request that waited longer than it waits for the node", async () => {
    const { store, hold, release } = held(1n);
    hold();
    const book = bookOf({ store, timeoutMs: 20 });
    const header = await signed(10n);
    const first = book.charge(visit(), 1n, header);
    const late = caught(() => book.charge(visit(), 1n), "SERVER_BUSY");
    await new Promise((resolve) => setTimeout(resolve, 40));
    release();
    expect((await first).used).to.equal(1n);
    await late;
    expect((await book.charge(visit(), 1n)).used).to.equal(2n);
  });

  it("finds what to redeem of the other licences when one cannot be read, and waits for the node only so long", async () => {
    const store = new MemoryVouchers();
    let broken = false;
    const reader: ChannelReader = {
      viewOf: async (id, slot) => {
        if (broken && id === 1n) throw new Error("its event is pruned");
        if (broken && id === 2n) return new Promise(() => undefined);
        return channels.viewOf(id, slot);
      },
    };
    const book = bookOf({ store, reader, timeoutMs: 100 });
    for (const id of [1n, 2n, 3n, 4n]) await book.charge(visit(id), 1n, await signed(10n, { id }));
    await book.flush();
    broken = true;
    const load = store.load.bind(store);
    store.load = (id) => (id === 3n ? Promise.reject(new Error("its file is damaged")) : load(id));
    expect((await book.claims()).map(({ channel }) => channel)).to.deep.equal([{ licenseId: 4n }]);
    expect(failures.map((one) => (one as { code?: string }).code ?? String(one))).to.have.members([
      "Error: its event is pruned",
      "TIMEOUT",
      "Error: its file is damaged",
    ]);
    broken = false;
    store.load = load;
    expect(await book.claims()).to.have.length(4);
  });

  for (const [how, onFailure] of Object.entries(BROKEN_LOGS)) {
    it(`refuses, saves and redeems as ever where what it tells of failures ${how}`, async () => {
      const unhandled = await unhandledWhile(async () => {
        const store = new MemoryVouchers();
        let broken = false;
        const reader: ChannelReader = {
          viewOf: async (id, slot) =>
            broken && id === 1n ? Promise.reject(new Error("away")) : channels.viewOf(id, slot),
        };
        const book = bookOf({ store, reader, onFailure, recheckSeconds: 1 });
        for (const id of [1n, 2n]) await book.charge(visit(id), 1n, await signed(10n, { id }));
        await book.flush();
        broken = true;
        expect((await book.claims()).map(({ channel }) => channel)).to.deep.equal([{ licenseId: 2n }]);
        await caught(() => bookOf({ reader, onFailure }).charge(visit(), 1n), "RIGHT_UNKNOWN");
        const { load, save } = store;
        store.load = () => Promise.reject(new Error("its file is damaged"));
        await caught(() => bookOf({ store, onFailure }).charge(visit(), 1n), "VOUCHERS_UNSAVED");
        store.load = load.bind(store);
        await book.charge(visit(2n), 1n);
        store.save = () => Promise.reject(new Error("the disk is full"));
        await caught(() => book.flush(), "VOUCHERS_UNSAVED");
        store.save = save.bind(store);
        await book.flush();
        expect((await store.load(2n))!.get(0)!.used).to.equal(2n);
      });
      expect(unhandled).to.deep.equal([]);
    });
  }

  it("reads 20 licences at a time to find what to redeem, and keeps the order of the store", async () => {
    const store = new MemoryVouchers();
    const ids = Array.from({ length: 45 }, (_, at) => BigInt(at + 1));
    for (const licenseId of ids) {
      const signed = { licenseId, slot: 0, units: 10n, validUntil: NOW + 7 * DAY };
      const voucher = await signVoucher(KEYS[0], DOMAIN, signed);
      await store.save(licenseId, new Map([[0, { voucher, used: 0n }]]));
    }
    let [now, most] = [0, 0];
    const reader: ChannelReader = {
      viewOf: async (id, slot) => {
        most = Math.max(most, ++now);
        // the later ones answer first
        await new Promise((resolve) => setTimeout(resolve, Number(50n - id)));
        now--;
        return channels.viewOf(id, slot);
      },
    };
    const claims = await bookOf({ store, reader }).claims();
    expect(claims.map(({ channel }) => (channel as { licenseId: bigint }).licenseId)).to.deep.equal(ids);
    expect(most).to.equal(20);
  });

  it("redeems no voucher of which nothing is left, and waits with one that gains too little", async () => {
    const book = bookOf();
    await book.charge(visit(), 1n, await signed(1n));
    await book.charge(visit(), 98n, await signed(98n, { slot: 1 }));
    const slots = async (least?: bigint) => (await book.claims(least)).map(({ voucher }) => voucher.slot);
    expect(await slots()).to.deep.equal([0, 1]);
    // by another key the holder has redeemed what the second voucher is for
    channels.redeemed.set(1n, [99n, 0n]);
    expect(await slots()).to.deep.equal([1]);
    expect(await slots(2n)).to.deep.equal([]);
    channels.redeemed.set(1n, [100n, 0n]);
    expect(await slots()).to.deep.equal([]);
    expect(await slots(0n)).to.deep.equal([]);
  });

  it("charges nothing once it is closed, and writes nothing afterwards", async () => {
    const { store, hold, release } = held(1n);
    hold();
    const book = bookOf({ store });
    await store.save(2n, new Map());
    await book.charge(visit(2n), 1n, await signed(10n, { id: 2n }));
    const header = await signed(10n);
    const [during, next] = [book.charge(visit(), 1n, header), book.charge(visit(), 1n)].map((charge) =>
      caught(() => charge, "SERVER_BUSY"),
    );
    await new Promise((resolve) => setTimeout(resolve, 20));
    let isClosed = false;
    const closed = book.close().then(() => (isClosed = true));
    await caught(() => book.charge(visit(2n), 1n), "SERVER_BUSY");
    // the voucher that is on its way to the disk gets there before
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(isClosed).to.equal(false);
    release();
    await closed;
    for (const one of [during, next]) await one;
    const saved = (await store.load(1n))!.get(0)!;
    expect([saved.voucher!.units, saved.used]).to.deep.equal([10n, 0n]);
    expect((await store.load(2n))!.get(0)!.used).to.equal(1n);
  });
});
