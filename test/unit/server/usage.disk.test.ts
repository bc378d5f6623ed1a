import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

import { expect } from "chai";

import type { UsageClaim } from "../../../sdk/src/rights";
import { VoucherFolder } from "../../../sdk/src/server/voucherFolder";
import { caught } from "../../support/caught";
import { closeBooks, metered, type Metered } from "../../support/metered";
import { NODE } from "../rights/fixture";
import { KEY } from "../rights/usageFixture";

const HOLDER = join(__dirname, "../../support/meterHolder.ts");

describe("A server that counts what is used", () => {
  let protocol: Metered["protocol"];
  let usage: Metered["usage"];
  let usageAddress: string;
  let bookOf: Metered["bookOf"];
  let visit: Metered["visit"];
  let signed: Metered["signed"];
  let folder: string;

  beforeEach(async () => {
    ({ protocol, usage, usageAddress, bookOf, visit, signed } = await metered());
    folder = await mkdtemp(join(tmpdir(), "isonomy-vouchers-"));
  });
  afterEach(async () => {
    await closeBooks();
    await rm(folder, { recursive: true, force: true });
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
});
