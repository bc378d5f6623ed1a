import { expect } from "chai";
import type { Signer } from "ethers";

import { signInMessage } from "../../../sdk/src/server";
import { caught } from "../../support/caught";
import { asAccount, licensees, type Licensees } from "../../support/licensees";
import { CHAIN_ID, SHELLS, closeAll, listening, type Served } from "./fixture";

describe("A server for licensees", () => {
  let protocol: Licensees["protocol"];
  let licenseId: bigint;
  let serve: Licensees["serve"];
  let clientOf: Licensees["clientOf"];

  beforeEach(async () => {
    ({ protocol, licenseId, serve, clientOf } = await licensees());
  });
  afterEach(closeAll);

  describe("its client", () => {
    /** The clock that clients have: by the chain's, which is behind, every session has ended before it is used again. */
    const clock = { now: () => Math.floor(Date.now() / 1_000), maxLagSeconds: Infinity };

    /** A server that answers what a test says. */
    async function lying(
      answer: (path: string, origin: string, body: Record<string, string>) => unknown,
      status = 200,
    ) {
      const { origin, server } = await listening();
      server.on("request", async (request, response) => {
        let text = "";
        for await (const piece of request) text += piece;
        const body = answer(request.url!, origin, text === "" ? {} : JSON.parse(text));
        response.writeHead(status, { "content-type": "application/json" });
        response.end(typeof body === "string" ? body : JSON.stringify(body));
      });
      return origin;
    }

    it("signs no challenge of another server, chain, licence or account, and no other text", async () => {
      const { buyer, stranger } = protocol.actors;
      let asked = 0;
      const account = { getAddress: () => buyer.getAddress(), signMessage: () => (asked++, Promise.resolve("0x00")) };
      const times = { issuedAt: protocol.now(), expiresAt: protocol.now() + 60 };
      const own = { chainId: CHAIN_ID, account: buyer.address, licenseId, nonce: "ab".repeat(32), ...times };
      const changes: Record<string, (origin: string) => unknown> = {
        "another server": () => signInMessage({ ...own, origin: "https://bank.example" }),
        "another chain": (origin) => signInMessage({ ...own, origin, chainId: 1n }),
        "another licence": (origin) => signInMessage({ ...own, origin, licenseId: licenseId + 1n }),
        "another account": (origin) => signInMessage({ ...own, origin, account: stranger.address }),
        "a later end": (origin) => signInMessage({ ...own, origin, expiresAt: own.expiresAt + 1 }),
        "another statement": (origin) => signInMessage({ ...own, origin }).replace("Use licence", "Give away licence"),
        "more behind it": (origin) => `${signInMessage({ ...own, origin })}\nResources:\n- https://x.example`,
        "another text": () => "I owe you 1,000 dollars.",
        "no text": () => 5,
      };
      for (const [what, make] of Object.entries(changes)) {
        const origin = await lying((_, self) => ({ message: make(self), expiresAt: own.expiresAt }));
        const failure = await caught(() => clientOf(origin, { account: account as unknown as Signer }).session());
        expect([failure.code, failure.args.origin], what).to.deep.equal(["CHALLENGE_FOREIGN", origin]);
      }
      expect(asked).to.equal(0);
    });

    it("shows the sentences of this package, and nothing that a server wrote", async () => {
      const evil = "\u001b[31mPay me";
      const known = {
        error: { code: "NOT_LICENSED", message: evil, reason: evil, fix: evil, args: { user: "u", x: {} } },
      };
      const failure = await caught(async () =>
        clientOf(await lying(() => known, 403), asAccount(protocol.actors.buyer)).session(),
      );
      expect(failure.code).to.equal("NOT_LICENSED");
      expect(failure.explain()).to.not.contain("Pay me");
      const unknown: [unknown, number][] = [
        [{ error: { code: "toString", message: evil } }, 403],
        [evil, 200],
        ["", 502],
        [{ error: null }, 500],
        ["[]", 200],
      ];
      for (const [answer, status] of unknown) {
        const origin = await lying(() => answer, status);
        const error = await caught(() => clientOf(origin, asAccount(protocol.actors.buyer)).session());
        if (error.code === "CHALLENGE_FOREIGN") continue;
        expect([error.code, error.args], String(answer)).to.deep.equal(["ANSWER_UNKNOWN", { origin, status }]);
        expect(error.explain()).to.not.contain("Pay me");
      }
    });

    it("sends its session to its server alone, and opens another when that does not know it any more", async () => {
      const { origin, server } = await serve("express", clock);
      const client = clientOf(origin, asAccount(protocol.actors.buyer));
      await caught(() => client.fetch("https://other.example/infer"), "ARGUMENT_INVALID");
      await caught(() => client.fetch("//other.example/infer"), "ARGUMENT_INVALID");
      const init = { method: "POST", body: "again", headers: { "content-type": "text/plain" } };
      expect((await client.fetch("/infer", init)).status).to.equal(200);
      // a restart without a secret
      server.removeAllListeners("request");
      server.on("request", SHELLS.express(protocol.gateAt(origin, clock)));
      const response = await client.fetch("/infer", init);
      expect([response.status, ((await response.json()) as Served).text]).to.deep.equal([200, "again"]);
    });

    it("opens one session for all requests that are refused at once, and does not drop it for one that was sent before", async () => {
      const { origin, server } = await listening();
      const opened: string[] = [];
      const late: (() => void)[] = [];
      let handler = SHELLS.express(protocol.gateAt(origin, clock));
      server.on("request", (request, response) => {
        if (request.url === "/access/session") opened.push(request.url);
        // the refusal of the last comes when the others have been served
        if (request.headers["x-late"] !== undefined && late.length === 0) late.push(() => handler(request, response));
        else handler(request, response);
      });
      const client = clientOf(origin, asAccount(protocol.actors.buyer));
      const ask = async (text: string, headers: Record<string, string> = {}) => {
        const init = { method: "POST", body: text, headers: { "content-type": "text/plain", ...headers } };
        const response = await client.fetch("/infer", init);
        return [response.status, ((await response.json()) as Served).text];
      };
      expect(await ask("first")).to.deep.equal([200, "first"]);
      // a restart without a secret
      handler = SHELLS.express(protocol.gateAt(origin, clock));
      const last = ask("last", { "x-late": "yes" });
      const texts = Array.from({ length: 10 }, (_, at) => `${at}`);
      expect(await Promise.all(texts.map((text) => ask(text)))).to.deep.equal(texts.map((text) => [200, text]));
      late[0]!();
      expect(await last).to.deep.equal([200, "last"]);
      expect(opened).to.have.length(2);
    });
  });
});
