import { expect } from "chai";

import type { Voucher } from "../../../sdk/src/rights";
import { AccessClient, type BookOptions, type PayOptions } from "../../../sdk/src/server";
import { caught } from "../../support/caught";
import { DAY, closeBooks, metered, type Metered } from "../../support/metered";
import { KEY } from "../rights/usageFixture";
import { SHELLS, listening, type Shell } from "./fixture";

describe("A server that counts what is used", () => {
  let protocol: Metered["protocol"];
  let domain: Metered["domain"];
  let bookOf: Metered["bookOf"];

  beforeEach(async () => {
    ({ protocol, domain, bookOf } = await metered());
  });
  afterEach(closeBooks);

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
});
