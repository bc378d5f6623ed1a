import { request as httpRequest } from "node:http";
import { connect } from "node:net";

import { expect } from "chai";
import type { Signer } from "ethers";
import { ethers } from "hardhat";

import { caught } from "../../support/caught";
import { asAccount, licensees, type Licensees } from "../../support/licensees";
import { SHELLS, closeAll, device, listening, type Served, type Shell } from "./fixture";

describe("A server for licensees", () => {
  let protocol: Licensees["protocol"];
  let licenseId: bigint;
  let seatOffer: Licensees["seatOffer"];
  let serve: Licensees["serve"];
  let clientOf: Licensees["clientOf"];

  beforeEach(async () => {
    ({ protocol, licenseId, seatOffer, serve, clientOf } = await licensees());
  });
  afterEach(closeAll);

  async function post(url: string, body: unknown, headers: Record<string, string> = {}) {
    const text = typeof body === "string" ? body : JSON.stringify(body);
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: text,
    });
    // eslint-disable-next-line @typescript-eslint/no-explicit-any -- the answer is what is under test
    return { status: response.status, headers: response.headers, body: (await response.json()) as any };
  }
  const codeOf = ({ status, body }: Awaited<ReturnType<typeof post>>) => [status, body.error?.code];

  /** A challenge with its signature, ready to be sent. */
  async function signedBy(origin: string, account: Signer, id = licenseId) {
    const asked = { licenseId: `${id}`, account: await account.getAddress() };
    const { body } = await post(`${origin}/access/challenge`, asked);
    return { message: body.message as string, signature: await account.signMessage(body.message) };
  }
  const openedBy = async (origin: string, account: Signer, id = licenseId) =>
    post(`${origin}/access/session`, await signedBy(origin, account, id));
  const ask = (origin: string, token: string, text = "hello") =>
    post(`${origin}/infer`, text, { authorization: `Bearer ${token}`, "content-type": "text/plain" });

  for (const shell of Object.keys(SHELLS) as Shell[]) {
    describe(`by the shell for ${shell}`, () => {
      it("serves the holder of a licence, who signs once for many requests", async () => {
        const { origin } = await serve(shell);
        const { buyer } = protocol.actors;
        let signatures = 0;
        const account = {
          getAddress: () => buyer.getAddress(),
          signMessage: (text: string) => (signatures++, buyer.signMessage(text)),
        };
        const client = clientOf(origin, { account: account as unknown as Signer });
        const answers = await Promise.all(
          ["one", "two", "three"].map(async (text) => {
            const init = { method: "POST", body: text, headers: { "content-type": "text/plain" } };
            return (await (await client.fetch("/infer", init)).json()) as Served;
          }),
        );
        expect(answers).to.deep.equal(
          ["one", "two", "three"].map((text) => ({ licence: `${licenseId}`, user: buyer.address, text })),
        );
        expect(signatures).to.equal(1);
      });

      it("serves who has a seat, and refuses a stranger with the same licence", async () => {
        const { origin } = await serve(shell);
        const { buyer, other, stranger } = protocol.actors;
        await protocol.seats.connect(buyer).giveSeat(seatOffer, licenseId, other);
        const { user } = await clientOf(origin, asAccount(other)).session();
        expect(user).to.equal(other.address);
        const failure = await caught(() => clientOf(origin, asAccount(stranger)).session(), "NOT_LICENSED");
        expect(failure.args).to.deep.equal({ user: stranger.address, licenseId: `${licenseId}` });
        const refused = await openedBy(origin, stranger);
        expect(codeOf(refused)).to.deep.equal([403, "NOT_LICENSED"]);
        expect(refused.headers.get("content-type")).to.equal("application/json");
        expect(refused.headers.get("cache-control")).to.equal("no-store");
      });

      it("serves a device with a seat, by a key on P-256 that the chain verifies", async () => {
        const { origin } = await serve(shell);
        const phone = device(protocol.verifier);
        const client = clientOf(origin, phone);
        await caught(() => client.session(), "NOT_LICENSED");
        await protocol.seats.connect(protocol.actors.buyer).giveSeat(seatOffer, licenseId, phone.user);
        const { token } = await client.session();
        expect((await ask(origin, token)).body).to.deep.equal({
          licence: `${licenseId}`,
          user: phone.user,
          text: "hello",
        });
        // another key of the same verifier, under the name of the first
        const thief = clientOf(origin, { signer: phone.signer, sign: device(protocol.verifier).sign });
        await caught(() => thief.session(), "CHALLENGE_UNSIGNED");
      });

      it("answers 401 with how to get in, to a request without a session, with a changed one and with another scheme", async () => {
        const { origin } = await serve(shell);
        const { token } = (await openedBy(origin, protocol.actors.buyer)).body as { token: string };
        const bare = await post(`${origin}/infer`, "hello");
        expect(codeOf(bare)).to.deep.equal([401, "SESSION_MISSING"]);
        expect(bare.headers.get("www-authenticate")).to.equal('Bearer realm="isonomy"');
        const parts = token.split(".");
        const swapped = (at: number, value: string) => parts.map((one, i) => (i === at ? value : one)).join(".");
        const wrong = [
          ...[swapped(0, "v2"), swapped(1, `${licenseId + 1n}`), swapped(2, protocol.actors.stranger.address)],
          ...[swapped(3, `${Number(parts[3]) + 1}`), swapped(4, "0".repeat(32)), swapped(4, parts[4]!.slice(1))],
          ...[swapped(4, parts[4]!.toUpperCase()), `${token}0`, "", "x".repeat(600), parts.slice(0, 4).join(".")],
        ];
        for (const one of wrong) expect(codeOf(await ask(origin, one)), one).to.deep.equal([401, "SESSION_INVALID"]);
        const basic = await post(`${origin}/infer`, "hello", { authorization: `Basic ${token}` });
        expect(codeOf(basic)).to.deep.equal([401, "SESSION_INVALID"]);
        expect((await ask(origin, token)).status).to.equal(200);
      });

      it("refuses a body that is too long, one that is not JSON, one that ends early, and other methods; and lives on", async () => {
        const { origin } = await serve(shell);
        const url = `${origin}/access/session`;
        expect(codeOf(await post(url, { message: "x".repeat(40_000) }))).to.deep.equal([413, "REQUEST_TOO_LARGE"]);
        for (const body of ["", "{", "null", "[]", '"text"', "\ud800"]) {
          expect(codeOf(await post(url, body)), body).to.deep.equal([400, "REQUEST_MALFORMED"]);
        }
        const get = await fetch(url);
        expect([get.status, ((await get.json()) as { error: { code: string } }).error.code]).to.deep.equal([
          400,
          "REQUEST_MALFORMED",
        ]);
        // a connection that is cut in the middle of the body
        await new Promise<void>((resolve) => {
          const socket = connect(Number(new URL(origin).port), "127.0.0.1", () => {
            socket.write("POST /access/session HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n{");
            setTimeout(() => socket.destroy(), 20);
          });
          socket.on("close", () => resolve());
        });
        expect((await openedBy(origin, protocol.actors.buyer)).status).to.equal(200);
        expect(protocol.failures).to.deep.equal([]);
      });

      it("answers nothing of what strangers wrote, and none of what its node failed with", async () => {
        const { origin } = await serve(shell);
        const secret = "<script>alert(1)</script>";
        const replies = [
          await post(`${origin}/access/challenge`, { licenseId: secret, account: secret }),
          await post(`${origin}/access/challenge`, { licenseId: "1", account: secret }),
          await post(`${origin}/access/session`, { message: secret, signature: "0x00" }),
          await post(`${origin}/access/session`, { message: "", signature: secret }),
          await post(`${origin}/infer`, "x", { authorization: `Bearer ${secret}` }),
        ];
        for (const { status, body } of replies) {
          expect(status).to.be.within(400, 499);
          expect(JSON.stringify(body)).to.not.contain("script");
        }
        const down = new ethers.JsonRpcProvider("http://127.0.0.1:1/key-of-the-node", 31_337, { staticNetwork: true });
        const other = await serve(shell, { provider: down });
        const refused = await openedBy(other.origin, protocol.actors.buyer);
        down.destroy();
        expect(codeOf(refused)).to.deep.equal([503, "RIGHT_UNKNOWN"]);
        expect(refused.headers.get("retry-after")).to.equal("2");
        expect(JSON.stringify(refused.body)).to.not.match(/127\.0\.0\.1|key-of/);
        expect(protocol.failures).to.have.length(1);
      });
    });
  }

  it("works behind express.json(), and under a path of an application", async () => {
    const { default: express } = await import("express");
    const { expressAccess, expressGuard, visitOf } = await import("../../../sdk/src/server");
    const { origin, server } = await listening();
    const gate = protocol.gateAt(origin);
    const app = express();
    app.use(express.json());
    app.use("/v1", expressAccess(gate));
    app.get("/v1/me", expressGuard(gate), (request, response) => void response.json({ user: visitOf(request).user }));
    app.get("/open", (request, response) => {
      try {
        visitOf(request);
      } catch (error) {
        response.json({ code: (error as { code: string }).code });
      }
    });
    server.on("request", app);
    const client = clientOf(origin, asAccount(protocol.actors.buyer), licenseId, "/v1/access");
    expect(await (await client.fetch("/v1/me")).json()).to.deep.equal({ user: protocol.actors.buyer.address });
    // a handler that no guard protects
    expect(await (await fetch(`${origin}/open`)).json()).to.deep.equal({ code: "SESSION_MISSING" });
  });

  it("tells the operator of a handler that fails, and the client nothing about it", async () => {
    const { fetchGuard } = await import("../../../sdk/src/server");
    const gate = protocol.gateAt("http://127.0.0.1:1");
    const { message } = gate.challenge({ licenseId: `${licenseId}`, account: protocol.actors.buyer.address }) as {
      message: string;
    };
    const { token } = await gate.open({ message, signature: await protocol.actors.buyer.signMessage(message) });
    const handler = fetchGuard(gate, () => Promise.reject(new Error("the password is 1234")));
    const headers = { authorization: `Bearer ${token}` };
    const response = await handler(new Request("http://127.0.0.1:1/infer", { headers }));
    const text = await response.text();
    expect([response.status, JSON.parse(text).error.code]).to.deep.equal([500, "SERVER_FAILED"]);
    expect(text).to.not.contain("1234");
    expect(String(protocol.failures[0])).to.contain("1234");
  });

  it("is not overwhelmed by headers: Node cuts long ones, and the core reads no more than a token", async () => {
    const { origin } = await serve("express");
    const status = await new Promise((resolve) => {
      const headers = { authorization: `Bearer ${"x".repeat(100_000)}` };
      httpRequest(`${origin}/infer`, { method: "POST", headers }, (response) => {
        response.resume();
        resolve(response.statusCode);
      })
        .on("error", () => resolve("closed"))
        .end();
    });
    expect(status).to.be.oneOf([431, "closed"]);
    await caught(() => protocol.gateAt(origin).admit(`Bearer ${" ".repeat(1_000_000)}x`), "SESSION_INVALID");
  });
});
