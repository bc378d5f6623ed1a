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
  let failures: unknown[];
  let channels: Channels;

  beforeEach(() => {
    failures = [];
    channels = new Channels();
  });
  afterEach(async () => {
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
});
