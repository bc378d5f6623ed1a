import { expect } from "chai";
import { Wallet, type HDNodeWallet } from "ethers";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";

import { signChallenge, type Challenge } from "../../../scripts/demo/challenge";
import { infer } from "../../../scripts/demo/client";
import {
  MAX_BODY_BYTES,
  MAX_SENTENCES,
  authorizationHeader,
  serveInference,
  type InferenceServer,
} from "../../../scripts/demo/inference";
import { originalAnalyser } from "../../../scripts/demo/model";
import { caught } from "../../support/caught";

const CHAIN_ID = 31337n;
const LICENSE = 7n;
const OTHER_MODEL = 8n;
const SENTENCES = ["I love it.", "This is terrible!"];

describe("Inference endpoint", () => {
  const analyse = originalAnalyser();
  let licensee: HDNodeWallet;
  let stranger: HDNodeWallet;
  let server: InferenceServer;
  let time: number;
  let chainAnswers: boolean;
  let asked: number;

  beforeEach(async () => {
    licensee = Wallet.createRandom();
    stranger = Wallet.createRandom();
    time = 1_000_000;
    chainAnswers = true;
    asked = 0;
    server = await serveInference({
      analyse,
      chainId: CHAIN_ID,
      challengeSeconds: 60,
      now: () => time,
      covers: async (licenseId) => licenseId !== OTHER_MODEL,
      isAuthorized: async (licenseId, account) => {
        asked += 1;
        if (!chainAnswers) throw new Error("connection refused");
        return account === licensee.address && (licenseId === LICENSE || licenseId === OTHER_MODEL);
      },
    });
  });

  afterEach(() => server.close());

  async function post(path: string, body: unknown, headers: Record<string, string> = {}) {
    const response = await fetch(server.origin + path, {
      method: "POST",
      headers,
      body: typeof body === "string" ? body : JSON.stringify(body),
    });
    // eslint-disable-next-line @typescript-eslint/no-explicit-any -- the reply is what is under test
    return { status: response.status, body: (await response.json()) as any };
  }

  async function challengeFor(account: string, licenseId = LICENSE): Promise<Challenge> {
    return (await post("/challenge", { licenseId: licenseId.toString(), account })).body as Challenge;
  }

  async function headersFor(wallet: HDNodeWallet, challenge: Challenge, chainId = CHAIN_ID) {
    return { authorization: authorizationHeader(challenge, await signChallenge(wallet, chainId, challenge)) };
  }

  function ask(wallet: HDNodeWallet, licenseId = LICENSE) {
    return infer({ origin: server.origin, signer: wallet, chainId: CHAIN_ID, licenseId, sentences: SENTENCES });
  }

  describe("infer", () => {
    it("serves a licensee what the original model gives", async () => {
      expect(await ask(licensee)).to.deep.equal(SENTENCES.map((sentence) => analyse(sentence)));
    });

    it("serves one licensee again with a fresh challenge each time", async () => {
      await ask(licensee);
      await ask(licensee);
      expect(asked).to.equal(2);
    });

    it("refuses a stranger with 403, reason and fix", async () => {
      const error = await caught(() => ask(stranger), "NOT_LICENSED");
      expect(error.args).to.deep.equal({ status: 403 });
      expect(error.message).to.include(stranger.address);
      expect(error.fix).to.match(/Buy a licence/);
    });

    it("refuses a licence of another model with 403", async () => {
      await caught(() => ask(licensee, OTHER_MODEL), "NOT_LICENSED");
    });

    it("signs nothing for a server that passes on another's challenge", async () => {
      const relay = createServer(async (_request, response) => {
        response.end(JSON.stringify(await challengeFor(licensee.address)));
      });
      await new Promise<void>((resolve) => relay.listen(0, "127.0.0.1", resolve));
      const origin = `http://127.0.0.1:${(relay.address() as AddressInfo).port}`;
      const call = () =>
        infer({ origin, signer: licensee, chainId: CHAIN_ID, licenseId: LICENSE, sentences: SENTENCES });
      await caught(call, "CHALLENGE_FOREIGN");
      relay.close();
      expect(asked).to.equal(0);
    });

    it("tells a server that is gone", async () => {
      await server.close();
      await caught(() => ask(licensee), "NETWORK_UNREACHABLE");
    });
  });

  describe("POST /infer", () => {
    const body = { sentences: SENTENCES };

    context("when the request does not prove who sends it", () => {
      const headers: [string, Record<string, string>][] = [
        ["no header", {}],
        ["another scheme", { authorization: "Bearer abc" }],
        ["a header that is no JSON", { authorization: "Isonomy abc.0x12" }],
        ["a challenge without fields", { authorization: authorizationHeader({} as Challenge, "0x12") }],
      ];
      for (const [what, header] of headers) {
        it(`answers 401 to ${what}`, async () => {
          const reply = await post("/infer", body, header);
          expect(reply.status).to.equal(401);
          expect(reply.body.error.code).to.equal("SIGNATURE_MISSING");
        });
      }

      it("answers 401 to a signature of another account", async () => {
        const challenge = await challengeFor(licensee.address);
        const reply = await post("/infer", body, await headersFor(stranger, challenge));
        expect([reply.status, reply.body.error.code]).to.deep.equal([401, "SIGNATURE_INVALID"]);
      });

      it("answers 401 to a signature for another chain", async () => {
        const challenge = await challengeFor(licensee.address);
        const reply = await post("/infer", body, await headersFor(licensee, challenge, 1n));
        expect([reply.status, reply.body.error.code]).to.deep.equal([401, "SIGNATURE_INVALID"]);
      });

      it("answers 401 to bytes that are no signature", async () => {
        const challenge = await challengeFor(licensee.address);
        const reply = await post("/infer", body, { authorization: authorizationHeader(challenge, "0x1234") });
        expect([reply.status, reply.body.error.code]).to.deep.equal([401, "SIGNATURE_INVALID"]);
      });

      const changes: [string, (challenge: Challenge) => Challenge][] = [
        ["another licence", (challenge) => ({ ...challenge, licenseId: "9" })],
        ["another account", (challenge) => ({ ...challenge, account: stranger.address })],
        ["a later end", (challenge) => ({ ...challenge, expiresAt: challenge.expiresAt + 1 })],
        ["another origin", (challenge) => ({ ...challenge, origin: "http://127.0.0.1:1" })],
        ["another nonce", (challenge) => ({ ...challenge, nonce: `0x${"11".repeat(32)}` })],
      ];
      for (const [what, change] of changes) {
        it(`answers 401 to a challenge changed to ${what}, though it is signed`, async () => {
          const changed = change(await challengeFor(licensee.address));
          const wallet = changed.account === stranger.address ? stranger : licensee;
          const reply = await post("/infer", body, await headersFor(wallet, changed));
          expect([reply.status, reply.body.error.code]).to.deep.equal([401, "CHALLENGE_UNKNOWN"]);
        });
      }

      it("accepts a challenge in its last second and answers 401 in the next", async () => {
        const headersNow = await headersFor(licensee, await challengeFor(licensee.address));
        const headersLate = await headersFor(licensee, await challengeFor(licensee.address));
        time += 60;
        expect((await post("/infer", body, headersNow)).status).to.equal(200);
        time += 1;
        const late = await post("/infer", body, headersLate);
        expect([late.status, late.body.error.code]).to.deep.equal([401, "CHALLENGE_EXPIRED"]);
      });

      it("answers 401 to a challenge that was used", async () => {
        const used = await headersFor(licensee, await challengeFor(licensee.address));
        expect((await post("/infer", body, used)).status).to.equal(200);
        const reply = await post("/infer", body, used);
        expect([reply.status, reply.body.error.code]).to.deep.equal([401, "CHALLENGE_USED"]);
      });

      it("serves one of many that use the same challenge at once", async () => {
        const shared = await headersFor(licensee, await challengeFor(licensee.address));
        const replies = await Promise.all(Array.from({ length: 5 }, () => post("/infer", body, shared)));
        expect(replies.map(({ status }) => status).sort()).to.deep.equal([200, 401, 401, 401, 401]);
      });
    });

    it("asks the chain only for a proven account", async () => {
      await post("/infer", body, await headersFor(stranger, await challengeFor(licensee.address)));
      expect(asked).to.equal(0);
    });

    it("answers 503 when the chain cannot be asked, and takes the same challenge later", async () => {
      const headers = await headersFor(licensee, await challengeFor(licensee.address));
      chainAnswers = false;
      const down = await post("/infer", body, headers);
      expect([down.status, down.body.error.code]).to.deep.equal([503, "CHAIN_UNREACHABLE"]);
      chainAnswers = true;
      expect((await post("/infer", body, headers)).status).to.equal(200);
    });

    const malformed: [string, unknown][] = [
      ["no sentences", {}],
      ["an empty list", { sentences: [] }],
      ["a text instead of a list", { sentences: "I love it." }],
      ["a number among the texts", { sentences: ["a", 1] }],
      ["a blank text", { sentences: [" "] }],
      ["too many", { sentences: Array.from({ length: MAX_SENTENCES + 1 }, () => "a") }],
      ["a body that is no JSON", "{"],
      ["a body that is null", "null"],
    ];
    for (const [what, wrong] of malformed) {
      it(`answers 400 to ${what}`, async () => {
        const reply = await post("/infer", wrong, await headersFor(licensee, await challengeFor(licensee.address)));
        expect([reply.status, reply.body.error.code]).to.deep.equal([400, "REQUEST_MALFORMED"]);
      });
    }

    it("answers 413 to a body that is too long", async () => {
      const long = JSON.stringify({ sentences: ["x".repeat(MAX_BODY_BYTES)] });
      const reply = await post("/infer", long, await headersFor(licensee, await challengeFor(licensee.address)));
      expect([reply.status, reply.body.error.code]).to.deep.equal([413, "BODY_TOO_LARGE"]);
    });
  });

  describe("POST /challenge", () => {
    const malformed: [string, unknown][] = [
      ["no account", { licenseId: "1" }],
      ["an account that is no address", { licenseId: "1", account: "0x12" }],
      ["a licence that is no number", { licenseId: "abc", account: "0x0000000000000000000000000000000000000001" }],
      [
        "a licence above 256 bits",
        { licenseId: (2n ** 256n).toString(), account: "0x0000000000000000000000000000000000000001" },
      ],
    ];
    for (const [what, wrong] of malformed) {
      it(`answers 400 to ${what}`, async () => {
        const reply = await post("/challenge", wrong);
        expect([reply.status, reply.body.error.code]).to.deep.equal([400, "REQUEST_MALFORMED"]);
      });
    }

    it("never issues the same challenge twice", async () => {
      const first = await challengeFor(licensee.address);
      expect((await challengeFor(licensee.address)).nonce).not.to.equal(first.nonce);
    });
  });

  it("answers 404 elsewhere and 405 to other methods", async () => {
    expect((await post("/elsewhere", {})).status).to.equal(404);
    const status = await new Promise((resolve, reject) => {
      request(`${server.origin}/infer`, { method: "GET" }, (response) => {
        response.resume();
        resolve(response.statusCode);
      })
        .on("error", reject)
        .end();
    });
    expect(status).to.equal(405);
  });
});
