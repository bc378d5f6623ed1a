import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

import { loadFixture } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { toBeHex, type Signer } from "ethers";
import { ethers } from "hardhat";

import { UsageClient, signVoucher, usageDomain, type UsageClaim, type Voucher } from "../../../sdk/src/rights";
import {
  AccessClient,
  MemoryVouchers,
  VoucherBook,
  fetchGuard,
  usageReader,
  type BookOptions,
  type PayOptions,
  type VoucherStore,
} from "../../../sdk/src/server";
import { readVoucherHeader, voucherHeader } from "../../../sdk/src/server/voucherBook";
import { VoucherFolder } from "../../../sdk/src/server/voucherFolder";
import { caught } from "../../support/caught";
import { NODE } from "../rights/fixture";
import { CAP, FOREIGN, GRACE, KEY, MACHINE, UNITS, openChannel, redeemedMoves } from "../rights/usageFixture";
import { CHAIN_ID, SHELLS, closeAll, listening, meterFixture, type Shell } from "./fixture";

type Fixture = Awaited<ReturnType<typeof meterFixture>>;
const DAY = 86_400;
const HOLDER = join(__dirname, "../../support/meterHolder.ts");

describe("A server that counts what is used", () => {
  let protocol: Fixture;
  let usage: UsageClient;
  let usageAddress: string;
  let folder: string;
  const books = new Set<VoucherBook<unknown>>();

  beforeEach(async () => {
    protocol = await loadFixture(meterFixture);
    await protocol.reset();
    usageAddress = await protocol.usage.getAddress();
    const { contracts } = protocol;
    const deployment = {
      chainId: CHAIN_ID,
      contracts: {
        UsageChannel: usageAddress,
        LicenseToken: await contracts.LicenseToken.getAddress(),
        Market: await contracts.Market.getAddress(),
      },
    };
    usage = new UsageClient(deployment, protocol.actors.stranger);
    folder = await mkdtemp(join(tmpdir(), "isonomy-vouchers-"));
  });
  afterEach(async () => {
    await closeAll();
    for (const book of books) await book.close().catch(() => undefined);
    books.clear();
    await rm(folder, { recursive: true, force: true });
  });

  const domain = () => usageDomain(usageAddress, CHAIN_ID);
  function bookOf(differs: Partial<BookOptions<unknown>> = {}) {
    const book = new VoucherBook<unknown>({
      ...{ reader: usageReader(usage), store: new MemoryVouchers(), domain: domain(), node: NODE },
      ...{ now: protocol.now, recheckSeconds: 1, onFailure: (error: unknown) => void protocol.failures.push(error) },
      ...differs,
    });
    books.add(book);
    return book;
  }
  const visit = () => ({ licenseId: protocol.licenseId, user: protocol.actors.buyer.address });

  /** The header with a voucher of a key. */
  async function signed(
    units: bigint,
    {
      key = KEY as Pick<Signer, "signTypedData">,
      slot = 0,
      validUntil = protocol.now() + 7 * DAY,
      id = protocol.licenseId,
      at = domain(),
    } = {},
  ) {
    return voucherHeader(await signVoucher(key, at, { licenseId: id, slot, units, validUntil }));
  }

  for (const shell of Object.keys(SHELLS) as Shell[]) {
    describe(`by the shell for ${shell}`, () => {
      async function serve(differs: Partial<PayOptions> = {}, books: Partial<BookOptions<unknown>> = {}) {
        const { origin, server } = await listening();
        const book = bookOf(books);
        server.on("request", SHELLS[shell](protocol.gateAt(origin), { book, units: 10n }));
        const vouchers: Voucher[] = [];
        const pay: PayOptions = {
          ...{
            key: KEY,
            domain: domain(),
            most: 500n,
            step: 50n,
            onVoucher: (one: Voucher) => void vouchers.push(one),
          },
          ...{ validSeconds: protocol.now() - Math.floor(Date.now() / 1_000) + 7 * DAY },
          ...differs,
        };
        const { deployment, licenseId, actors } = protocol;
        const client = new AccessClient({ origin, deployment, licenseId, licensee: { account: actors.buyer }, pay });
        const ask = async (text = "hello", one = client) => {
          const init = { method: "POST", body: text, headers: { "content-type": "text/plain" } };
          const response = await one.fetch("/infer", init);
          return {
            response,
            body: (await response.json()) as Record<string, never>,
            paid: response.headers.get("isonomy-units"),
          };
        };
        return { origin, book, client, vouchers, ask };
      }

      it("answers 402 with what the next voucher has to cover, and serves and counts when it came", async () => {
        const { origin, ask, vouchers } = await serve();
        const bare = new AccessClient({
          ...{ origin, deployment: protocol.deployment, licenseId: protocol.licenseId },
          licensee: { account: protocol.actors.buyer },
        });
        const { response, body } = await ask("hello", bare);
        expect(response.status).to.equal(402);
        const { code, args } = (body as unknown as { error: { code: string; args: object } }).error;
        expect(code).to.equal("UNITS_UNPAID");
        expect(args).to.deep.equal({
          ...{ licenseId: `${protocol.licenseId}`, slot: 0, units: "10", used: "0", paid: "0" },
          validUntil: protocol.now() + DAY,
        });
        for (let at = 1n; at <= 7n; at++) {
          const answer = await ask();
          expect([answer.response.status, answer.paid]).to.deep.equal([200, `${10n * at}/${at > 5n ? 100 : 50}`]);
        }
        // a voucher for five requests, not for each
        expect(vouchers.map(({ units }) => units)).to.deep.equal([50n, 100n]);
      });

      it("charges nothing for an answer of 500", async () => {
        const { ask } = await serve();
        expect((await ask()).paid).to.equal("10/50");
        expect((await ask("fail")).response.status).to.equal(500);
        // the event that says that it was sent may come a moment later
        await new Promise((resolve) => setTimeout(resolve, 20));
        expect((await ask()).paid).to.equal("20/50");
      });

      it("lets its client sign no more than it allows, at a time and in all", async () => {
        const dear = await serve({ step: 9n });
        const failure = await caught(() => dear.ask(), "PAYMENT_REFUSED");
        expect(failure.args).to.deep.equal({ origin: dear.origin, units: 10n, limit: 9n });
        expect(dear.vouchers).to.deep.equal([]);
        const { ask, vouchers } = await serve({ most: 25n, step: 20n });
        for (const paid of ["10/20", "20/20"]) expect((await ask()).paid).to.equal(paid);
        expect((await caught(() => ask(), "PAYMENT_REFUSED")).args.limit).to.equal(25n);
        expect(vouchers.map(({ units }) => units)).to.deep.equal([20n]);
      });

      it("lets its client sign for 31 days ahead, and for longer only where its own settings say so", async () => {
        const now = Math.floor(Date.now() / 1_000);
        const asks = (validUntil: number) => ({ now: () => validUntil - DAY });
        const far = now + 31 * DAY + 600;
        const greedy = await serve({ validSeconds: 60 }, asks(far));
        const failure = await caught(() => greedy.ask(), "PAYMENT_TOO_LONG");
        expect(failure.args).to.deep.equal({ origin: greedy.origin, validUntil: far, days: 31 });
        expect(greedy.vouchers).to.deep.equal([]);
        const near = await serve({ validSeconds: 60 }, asks(now + 31 * DAY));
        expect((await near.ask()).paid).to.equal("10/50");
        expect(near.vouchers.map(({ validUntil }) => validUntil)).to.deep.equal([now + 31 * DAY]);
        const patient = await serve({ validSeconds: 32 * DAY }, asks(far));
        expect((await patient.ask()).paid).to.equal("10/50");
      });
    });
  }

  it("serves as many of many requests at once as are signed for, and not one more", async () => {
    const book = bookOf();
    const header = await signed(10n);
    const outcomes = await Promise.allSettled(Array.from({ length: 25 }, () => book.charge(visit(), 1n, header)));
    const served = outcomes.flatMap((one) => (one.status === "fulfilled" ? [one.value.used] : []));
    expect(served).to.deep.equal([1n, 2n, 3n, 4n, 5n, 6n, 7n, 8n, 9n, 10n]);
    for (const one of outcomes) if (one.status === "rejected") expect(one.reason.code).to.equal("UNITS_UNPAID");
  });

  // claim(attacks#command-line-package-and-sellers-agent): a voucher that the node cannot redeem is refused before anything is served
  it("takes no voucher that it could not redeem", async () => {
    const book = bookOf();
    const { licenseId, actors } = protocol;
    const good = await signed(10n);
    const flip = ([slot, units, end, r, vs]: string[]) => [
      slot,
      units,
      end,
      r,
      toBeHex(BigInt(`0x${vs}`) ^ (1n << 255n), 32).slice(2),
    ];
    const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
    const high = ([slot, units, end, r, vs]: string[]) => {
      const s = BigInt.asUintN(255, BigInt(`0x${vs}`));
      return [slot, units, end, r, toBeHex(BigInt.asUintN(255, order - s), 32).slice(2)];
    };
    const soon = protocol.now() + DAY - 1;
    const key = "its key is not one of the channel.";
    const wrong: [string, string, string][] = [
      ["another key", await signed(10n, { key: FOREIGN }), key],
      ["another licence", await signed(10n, { id: licenseId + 1n }), key],
      ["another chain", await signed(10n, { at: usageDomain(usageAddress, 1n) }), key],
      ["another contract", await signed(10n, { at: usageDomain(protocol.ids.payToken, CHAIN_ID) }), key],
      ["a slot without a key", await signed(10n, { slot: 2 }), key],
      ["the key of another slot", await signed(10n, { slot: 1 }), key],
      ["more units than were signed", good.replace(".10.", ".11."), key],
      ["the other parity", flip(good.split(".")).join("."), key],
      ["the other s", high(good.split(".")).join("."), key],
      ["no signature", good.replace(/\.[0-9a-f]{64}\.[0-9a-f]{64}$/, `.${"0".repeat(64)}.${"0".repeat(64)}`), key],
      ["above the cap", await signed(CAP + 1n, { key: MACHINE, slot: 1 }), `its key may sign for ${CAP} units in all.`],
      ["too short a time", await signed(10n, { validUntil: soon }), "it ends too soon."],
    ];
    for (const [what, header, detail] of wrong) {
      const { code, args } = await caught(() => book.charge(visit(), 1n, header));
      expect([code, args.detail, args.validUntil], what).to.deep.equal([
        "VOUCHER_REFUSED",
        detail,
        protocol.now() + DAY,
      ]);
    }
    // the last that is good, and what would be redeemed of each
    expect((await book.charge(visit(), 1n, await signed(CAP, { key: MACHINE, slot: 1 }))).paid).to.equal(CAP);
    expect((await book.charge(visit(), 1n, good)).paid).to.equal(10n);
    await protocol.usage.connect(actors.buyer).revokeKey(protocol.channel, 1n);
    await protocol.pass(1);
    // revoked keys are good for the grace, which is as long as this server needs; a minute later they are not
    await protocol.pass(120);
    const late = await signed(CAP, { key: MACHINE, slot: 1, validUntil: protocol.now() + 9 * DAY });
    expect((await caught(() => book.charge(visit(), 1n, late))).args.detail).to.equal("its key is revoked.");
  });

  it("reads no header that is none", async () => {
    const book = bookOf();
    const good = await signed(10n);
    const [, , , r, vs] = good.split(".");
    expect(voucherHeader(readVoucherHeader(good))).to.equal(good);
    const wrong = [
      ...["", "x", "0", good.slice(0, -1), `${good}0`, `${good}.1`, ` ${good}`, good.replace(".", ",")],
      ...[`65536.1.1.${r}.${vs}`, `-1.1.1.${r}.${vs}`, `0.${2n ** 48n}.1.${r}.${vs}`, `0.1.${2n ** 40n}.${r}.${vs}`],
      ...["0".repeat(100_000), `0.1.1.${"z".repeat(64)}.${vs}`],
    ];
    for (const header of wrong) await caught(() => book.charge(visit(), 1n, header), "REQUEST_MALFORMED");
    for (const units of [0n, -1n, 2n ** 48n, 1 as unknown as bigint]) {
      await caught(() => book.charge(visit(), units, good), "ARGUMENT_INVALID");
    }
  });

  it("sells no unit twice: all keys of a licence share what was bought, and a purchase of more helps at once", async () => {
    const book = bookOf();
    const { offer, licenseId, actions } = protocol;
    await book.charge(visit(), 1n, await signed(UNITS - 300n));
    const machine = (units: bigint) => signed(units, { key: MACHINE, slot: 1 });
    await book.charge(visit(), 1n, await machine(300n));
    const one = await machine(301n);
    const failure = await caught(() => book.charge(visit(), 1n, one), "UNITS_EXHAUSTED");
    expect(failure.args).to.deep.equal({ licenseId, left: 300n });
    await caught(async () => book.charge(visit(), 1n, await signed(UNITS - 299n)), "UNITS_EXHAUSTED");
    await actions.renew(offer, licenseId);
    expect((await book.charge(visit(), 1n, one)).paid).to.equal(301n);
    // what is redeemed is neither lost nor counted twice
    const claims = (await book.claims()) as UsageClaim[];
    expect(claims).to.have.length(2);
    await usage.redeemBatch(claims);
    const rest = 2n * UNITS - (UNITS - 300n) - 301n;
    await caught(async () => book.charge(visit(), 1n, await signed(UNITS - 300n + rest + 1n)), "UNITS_EXHAUSTED");
    expect((await book.charge(visit(), 1n, await signed(UNITS - 300n + rest))).paid).to.equal(UNITS - 300n + rest);
  });

  it("redeems on the chain what it counted, by one batch, and goes on", async () => {
    const book = bookOf();
    const { actions, channel } = protocol;
    for (let at = 0; at < 5; at++) await book.charge(visit(), 10n, await signed(BigInt(10 * (at + 1))));
    await book.charge(visit(), 5n, await signed(7n, { key: MACHINE, slot: 1 }));
    expect(await book.claims(51n)).to.deep.equal([]);
    const claims = await book.claims();
    expect(claims.map(({ voucher: { slot, units } }) => [slot, units])).to.deep.equal([
      [0, 50n],
      [1, 7n],
    ]);
    const send = async () => {
      const structs = claims.map(({ voucher }) => ({ channel, voucher }));
      return protocol.usage.connect(protocol.actors.stranger).redeemBatch(structs);
    };
    await actions.expectMoves(send, redeemedMoves(0n, 57n), channel.payToken);
    expect(await book.claims()).to.deep.equal([]);
    // another that is worth it, and one that is urgent however little it gains
    await book.charge(visit(), 1n, await signed(52n));
    expect(await book.claims(3n)).to.deep.equal([]);
    expect(await book.claims(2n)).to.have.length(1);
    await protocol.usage.connect(protocol.actors.buyer).close(channel);
    expect(await book.claims(3n)).to.have.length(1);
    await protocol.pass(Number(GRACE) + 2);
    expect(await book.claims()).to.deep.equal([]);
  });

  it("serves nothing of a channel that is closed, of another node, of a short grace, and of a licence without one", async () => {
    const { actions, actors, channel } = protocol;
    const header = await signed(10n);
    const elsewhere = bookOf({ node: actors.other.address });
    await caught(() => elsewhere.charge(visit(), 1n, header), "CHANNEL_UNUSABLE");
    const slow = bookOf({ redeemWithin: Number(GRACE) + 1 });
    const long = await signed(10n, { validUntil: protocol.now() + 9 * DAY });
    expect((await caught(() => slow.charge(visit(), 1n, long), "VOUCHER_REFUSED")).args.detail).to.match(/grace/);
    const book = bookOf();
    await book.charge(visit(), 1n, header);
    await protocol.usage.connect(actors.buyer).close(channel);
    await protocol.pass(2);
    await caught(async () => book.charge(visit(), 1n, await signed(11n)), "CHANNEL_UNUSABLE");
    const plain = await actions.sell(actions.seatOffer());
    const other = { licenseId: plain, user: actors.buyer.address };
    await caught(async () => book.charge(other, 1n, await signed(1n, { id: plain })), "CHANNEL_UNUSABLE");
    await caught(() => book.charge(other, 1n), "CHANNEL_UNUSABLE");
    // the gate refuses such licences itself: the chain says that they cannot be used
    const gate = protocol.gateAt("https://models.example");
    const { message } = gate.challenge({ licenseId: `${channel.licenseId}`, account: actors.buyer.address }) as {
      message: string;
    };
    const signature = await actors.buyer.signMessage(message);
    await caught(() => gate.open({ message, signature }), "NOT_LICENSED");
  });

  it("lets nobody use what another user of the licence signed for", async () => {
    const book = bookOf();
    const [mine, theirs] = [visit(), { ...visit(), user: protocol.actors.other.address }];
    const header = await signed(100n);
    await book.charge(mine, 10n, header);
    // a voucher that was redeemed is public
    expect((await caught(() => book.charge(theirs, 1n, header), "UNITS_UNPAID")).args).to.deep.include({ units: 101n });
    expect((await caught(() => book.charge(theirs, 1n), "UNITS_UNPAID")).args.units).to.equal(101n);
    expect((await book.charge(mine, 10n)).used).to.equal(20n);
    // by the key's next signature it is theirs, with what is left
    expect((await book.charge(theirs, 1n, await signed(101n))).used).to.equal(21n);
    await caught(() => book.charge(mine, 1n), "UNITS_UNPAID");
    // a key of their own is apart
    expect((await book.charge(mine, 5n, await signed(5n, { key: MACHINE, slot: 1 }))).used).to.equal(5n);
  });

  it("keeps the best voucher: one for less, or the same again, changes nothing", async () => {
    const book = bookOf();
    await book.charge(visit(), 10n, await signed(100n));
    expect((await book.charge(visit(), 10n, await signed(50n))).paid).to.equal(100n);
    expect((await book.charge(visit(), 10n, await signed(100n))).used).to.equal(30n);
    const [{ voucher }] = await book.claims();
    expect(voucher.units).to.equal(100n);
  });

  it("serves nothing by a voucher that has ended, until one for as much is good for longer", async () => {
    const book = bookOf();
    await book.charge(visit(), 10n, await signed(100n, { validUntil: protocol.now() + DAY }));
    await protocol.pass(DAY);
    await book.charge(visit(), 10n);
    await protocol.pass(1);
    const failure = await caught(() => book.charge(visit(), 10n), "UNITS_UNPAID");
    expect([failure.args.units, failure.args.used]).to.deep.equal([100n, 20n]);
    expect(await book.claims()).to.deep.equal([]);
    expect((await book.charge(visit(), 10n, await signed(100n))).used).to.equal(30n);
  });

  it("takes a charge back once, for what was not served", async () => {
    const book = bookOf();
    const charge = await book.charge(visit(), 10n, await signed(10n));
    await caught(() => book.charge(visit(), 1n), "UNITS_UNPAID");
    charge.undo();
    charge.undo();
    expect((await book.charge(visit(), 10n)).used).to.equal(10n);
    await caught(() => book.charge(visit(), 1n), "UNITS_UNPAID");
  });

  it("refuses while the node is away, and tells the operator; what is signed for is served all the same", async () => {
    let away = false;
    const real = usageReader(usage);
    const reader = {
      viewOf: (licenseId: bigint, slot: number) => {
        if (away) throw new Error("ECONNREFUSED");
        return real.viewOf(licenseId, slot);
      },
    };
    const book = bookOf({ reader });
    await book.charge(visit(), 10n, await signed(20n));
    away = true;
    await protocol.pass(2);
    await book.charge(visit(), 10n);
    await caught(async () => book.charge(visit(), 10n, await signed(30n)), "RIGHT_UNKNOWN");
    expect(protocol.failures.map(String)).to.deep.equal(["Error: ECONNREFUSED"]);
    away = false;
    await book.charge(visit(), 10n, await signed(30n));
    const hung = bookOf({ reader: { viewOf: () => new Promise(() => undefined) }, timeoutMs: 20 });
    await caught(async () => hung.charge(visit(), 1n, await signed(30n)), "RIGHT_UNKNOWN");
  });

  describe("on a disk", () => {
    it("begins again where it was: with the best voucher, and what was used of it", async () => {
      const first = await VoucherFolder.open(folder);
      const book = bookOf({ store: first });
      await book.charge(visit(), 10n, await signed(100n));
      await book.charge(visit(), 5n);
      await book.close();
      await first.close();
      const second = await VoucherFolder.open(folder);
      const next = bookOf({ store: second });
      expect((await next.charge(visit(), 1n)).used).to.equal(16n);
      expect((await next.claims()).map(({ voucher }) => voucher.units)).to.deep.equal([100n]);
      await next.close();
      await second.close();
    });

    it("keeps the voucher before it serves: a server that is killed loses no money, and the next one takes the folder over", async function () {
      this.timeout(60_000);
      const { licenseId, actors } = protocol;
      const settings = {
        ...{ licenseId: `${licenseId}`, user: actors.buyer.address, signer: KEY.address, node: NODE },
        ...{ usage: usageAddress, now: `${protocol.now()}` },
      };
      const parameters = ["-r", "ts-node/register/transpile-only", HOLDER, folder, JSON.stringify(settings)];
      const child = spawn(process.execPath, parameters, { stdio: ["pipe", "pipe", "inherit"] });
      try {
        const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
        const line = async () => (await lines.next()).value as string;
        expect(await line()).to.equal("ready");
        // a second one is kept out meanwhile
        await caught(() => VoucherFolder.open(folder), "FILE_LOCKED");
        for (const units of [10n, 20n, 30n]) {
          child.stdin.write(`${await signed(units)}\n`);
          expect(await line()).to.equal(`${units}`);
        }
      } finally {
        child.kill("SIGKILL");
        await once(child, "exit");
      }
      const store = await VoucherFolder.open(folder);
      const book = bookOf({ store });
      const [claim, ...others] = await book.claims();
      expect([claim!.voucher.units, others]).to.deep.equal([30n, []]);
      await usage.redeem((claim as UsageClaim).channel, claim!.voucher);
      // what it had not written down by then, it serves again; never more than was signed for
      const { used } = await book.charge(visit(), 1n);
      expect(used >= 21n && used <= 31n).to.equal(true);
      await book.close();
      await store.close();
    });

    it("serves nothing when the voucher cannot be written down, and goes on when it can", async () => {
      const store = await VoucherFolder.open(folder);
      const book = bookOf({ store });
      const file = join(folder, `${protocol.licenseId}.json`);
      await book.charge(visit(), 10n, await signed(20n));
      await rm(file);
      await mkdir(join(file, "in the way"), { recursive: true });
      const more = await signed(40n);
      await caught(() => book.charge(visit(), 10n, more), "VOUCHERS_UNSAVED");
      expect(protocol.failures).to.have.length(1);
      // nothing half written is left, and what was used cannot be written down either
      expect(await readdir(folder)).to.have.members([`${protocol.licenseId}.json`, "vouchers.lock"]);
      await caught(() => book.flush(), "VOUCHERS_UNSAVED");
      await caught(() => book.charge(visit(), 1n), "VOUCHERS_UNSAVED");
      await rm(file, { recursive: true });
      expect((await book.charge(visit(), 10n, more)).used).to.equal(20n);
      expect(JSON.parse(await readFile(file, "utf8")).slots[0].voucher.units).to.equal("40");
      await book.close();
      await store.close();
    });

    it("reads no file that was changed, and keeps it as it is", async () => {
      const store = await VoucherFolder.open(folder);
      const file = join(folder, `${protocol.licenseId}.json`);
      const book = bookOf({ store });
      await book.charge(visit(), 10n, await signed(20n));
      await book.close();
      const good = await readFile(file, "utf8");
      const wrong = [
        ...[
          "",
          "{",
          good.slice(0, -20),
          good.replace("vouchers.v1", "vouchers.v2"),
          good.replace('"used":"10"', '"used":"-1"'),
        ],
        ...[
          good.replace('"used":"10"', '"used":10'),
          good.replace(/0x[0-9a-f]{64}/, "0x11"),
          good.replace('"slot":0', '"slot":65536'),
        ],
        ...[
          good.replace(`"${protocol.licenseId}"`, '"1"'),
          good.replace(/\[(.*)\]/, "[$1,$1]"),
          good.replace(/"user":"0x/, '"user":"'),
        ],
      ];
      for (const text of wrong) {
        expect(text).to.not.equal(good);
        await writeFile(file, text);
        await caught(() => bookOf({ store }).charge(visit(), 1n), "VOUCHERS_UNSAVED");
        expect((protocol.failures.at(-1) as { code: string }).code, text).to.equal("VOUCHERS_DAMAGED");
        expect(await readFile(file, "utf8")).to.equal(text);
      }
      await writeFile(file, good);
      await bookOf({ store }).charge(visit(), 1n);
      await store.close();
    });

    it("writes nothing when another process has taken the folder over", async () => {
      const store = await VoucherFolder.open(folder);
      const book = bookOf({ store });
      await book.charge(visit(), 1n, await signed(10n));
      const lock = JSON.parse(await readFile(join(folder, "vouchers.lock"), "utf8")) as object;
      await writeFile(join(folder, "vouchers.lock"), JSON.stringify({ ...lock, token: "somebody-else" }));
      await caught(async () => book.charge(visit(), 1n, await signed(20n)), "VOUCHERS_UNSAVED");
      expect((protocol.failures.at(-1) as { code: string }).code).to.equal("LOCK_LOST");
    });
  });

  it("bounds the requests of one licence that wait, and those of others do not wait for them", async () => {
    let release: () => void = () => undefined;
    const gone = new Promise<void>((resolve) => (release = resolve));
    const memory = new MemoryVouchers();
    const store: VoucherStore = {
      load: (id) => memory.load(id),
      licenses: () => memory.licenses(),
      save: async (id, record) =>
        id === protocol.licenseId ? (await gone, memory.save(id, record)) : memory.save(id, record),
    };
    const book = bookOf({ store });
    const header = await signed(300n);
    const waiting = Array.from({ length: 256 }, () => book.charge(visit(), 1n, header));
    await caught(() => book.charge(visit(), 1n, header), "SERVER_BUSY");
    const { offer } = protocol;
    const other = await openChannel(protocol, offer);
    const theirs = { ...visit(), licenseId: other.licenseId };
    await book.charge(theirs, 1n, await signed(1n, { id: other.licenseId }));
    release();
    expect((await Promise.all(waiting)).at(-1)!.used).to.equal(256n);
  });

  it("knows a channel whose opening was replaced, and one that is finished", async () => {
    const reader = usageReader(usage);
    expect((await reader.viewOf(protocol.licenseId, 0))!.key!.signer).to.equal(KEY.address);
    expect((await reader.viewOf(protocol.licenseId, 1))!.key).to.deep.equal({
      ...{ signer: MACHINE.address, cap: CAP, redeemed: 0n, until: 0 },
    });
    expect((await reader.viewOf(protocol.licenseId, 2))!.key).to.equal(undefined);
    expect(await reader.viewOf(protocol.licenseId + 1n, 0)).to.equal(undefined);
    const snapshot = await ethers.provider.send("evm_snapshot", []);
    const first = await openChannel(protocol, protocol.offer);
    expect((await reader.viewOf(first.licenseId, 0))!.key!.signer).to.equal(KEY.address);
    await ethers.provider.send("evm_revert", [snapshot]);
    const second = await openChannel(protocol, protocol.offer, { pad: FOREIGN.address });
    expect(second.licenseId).to.equal(first.licenseId);
    expect((await reader.viewOf(first.licenseId, 0))!.key!.signer).to.equal(FOREIGN.address);
    await protocol.usage.connect(protocol.actors.buyer).close(protocol.channel);
    await protocol.pass(Number(GRACE) + 1);
    await protocol.usage.connect(protocol.actors.stranger).finish(protocol.channel);
    expect(await reader.viewOf(protocol.licenseId, 0)).to.equal(undefined);
  });

  it("is refused settings that cannot be, and units without a book", async () => {
    for (const differs of [
      { redeemWithin: 0 },
      { recheckSeconds: 3_601 },
      { saveSeconds: Number.NaN },
      { node: "x" },
    ]) {
      const { code } = await caught(() => bookOf(differs));
      expect(code).to.be.oneOf(["ARGUMENT_INVALID", "ADDRESS_INVALID"]);
    }
    const gate = protocol.gateAt("https://models.example");
    await caught(() => fetchGuard(gate, () => new Response(), { units: 1n }), "ARGUMENT_INVALID");
  });
});
