import { expect } from "chai";
import type { Signer } from "ethers";
import { ethers } from "hardhat";

import type { GateOptions } from "../../../sdk/src/server";
import { caught } from "../../support/caught";
import { ORIGIN, licensees, watching, type Licensees } from "../../support/licensees";
import { BROKEN_LOGS, unhandledWhile } from "../../support/unhandled";
import { closeAll } from "./fixture";

describe("A server for licensees", () => {
  let protocol: Licensees["protocol"];
  let licenseId: bigint;
  let seatOffer: Licensees["seatOffer"];

  beforeEach(async () => {
    ({ protocol, licenseId, seatOffer } = await licensees());
  });
  afterEach(closeAll);

  describe("sessions", () => {
    async function opened(differs: Partial<GateOptions> = {}, account: Signer = protocol.actors.buyer, id = licenseId) {
      const gate = protocol.gateAt(ORIGIN, differs);
      const asked = { licenseId: `${id}`, account: await account.getAddress() };
      const { message } = gate.challenge(asked) as { message: string };
      const session = await gate.open({ message, signature: await account.signMessage(message) });
      return { gate, session, admit: () => gate.admit(`Bearer ${session.token}`) };
    }

    it("last as long as the server says, to the second", async () => {
      const { session, admit } = await opened({ sessionSeconds: 100 });
      expect(session.expiresAt).to.equal(protocol.now() + 100);
      protocol.wait(99);
      expect(await admit()).to.deep.equal({
        ...{ licenseId, user: protocol.actors.buyer.address, expiresAt: session.expiresAt },
      });
      protocol.wait(1);
      await caught(admit, "SESSION_EXPIRED");
    });

    it("ask the chain once in the interval, however many requests there are, and for many at once only once", async () => {
      let calls = 0;
      const { admit } = await opened({ provider: watching(() => calls++), recheckSeconds: 60 });
      const first = calls;
      for (let at = 0; at < 5; at++) await admit();
      protocol.wait(59);
      await admit();
      expect(calls).to.equal(first);
      protocol.wait(1);
      await Promise.all([1, 2, 3, 4, 5].map(admit));
      // one question of two calls: may they use it, and does it cover the version
      expect(calls).to.equal(first + 2);
    });

    it("end for a user whose seat was taken, at the next question", async () => {
      const { buyer, other } = protocol.actors;
      await protocol.seats.connect(buyer).giveSeat(seatOffer, licenseId, other);
      const { admit } = await opened({ recheckSeconds: 60 }, other);
      await protocol.seats.connect(buyer).takeSeat(seatOffer, licenseId, other);
      await protocol.pass(30);
      await admit();
      await protocol.pass(30);
      expect((await caught(admit, "NOT_LICENSED")).args).to.deep.equal({ user: other.address, licenseId });
      // and are good again when the seat is given again
      await protocol.seats.connect(buyer).giveSeat(seatOffer, licenseId, other);
      await protocol.pass(2);
      await admit();
    });

    it("end with a subscription, in the second after its last", async () => {
      const { actions, actors, subscriptions } = protocol;
      const term = await actions.sell(actions.subscription({ period: 3_600n }));
      await protocol.reset();
      const settings = { sessionSeconds: 86_400, recheckSeconds: 1, challengeSeconds: 600 };
      const { admit, gate } = await opened(settings, actors.buyer, term);
      await protocol.pass(Number(await subscriptions.expiresAt(term)) - protocol.now());
      await admit();
      await protocol.pass(1);
      await caught(admit, "NOT_LICENSED");
      const { message } = gate.challenge({ licenseId: `${term}`, account: actors.buyer.address }) as {
        message: string;
      };
      const signature = await actors.buyer.signMessage(message);
      await caught(() => gate.open({ message, signature }), "NOT_LICENSED");
      // a renewal opens what was refused
      await actions.renew(actions.subscription({ period: 3_600n }), term);
      await gate.open({ message, signature });
      await admit();
    });

    it("end when the licence goes to another holder, who begins their own", async () => {
      const { actors, licenses } = protocol;
      const { admit } = await opened({ recheckSeconds: 10 });
      await licenses.connect(actors.buyer).transferFrom(actors.buyer, actors.other, licenseId);
      await protocol.pass(10);
      await caught(admit, "NOT_LICENSED");
      await caught(() => opened(), "NOT_LICENSED");
      await opened({}, actors.other);
    });

    it("need a licence for the version that is served", async () => {
      const { fileVersionId } = protocol.ids;
      await caught(() => opened({ versionId: fileVersionId }), "NOT_LICENSED");
    });

    it("are refused while the node is away, hangs, is behind, or is on another chain; and served when it is back", async () => {
      let state = "fine";
      const provider = new Proxy(ethers.provider, {
        get(target, name) {
          if (name === "call" && state === "away") return () => Promise.reject(new Error("ECONNREFUSED 10.0.0.1"));
          if (name === "call" && state === "hangs") return () => new Promise(() => undefined);
          if (name === "call" && state === "lies") return async () => "0x";
          if (name === "send" && state === "other") {
            // the provider itself remembers its network, and goes on saying so
            return async (method: string, parameters: unknown[]) =>
              method === "eth_chainId" ? "0x1" : target.send(method, parameters);
          }
          if (name === "getBlock" && state === "empty") return async () => null;
          const value = Reflect.get(target, name) as unknown;
          return typeof value === "function" ? value.bind(target) : value;
        },
      });
      const settings = { provider, recheckSeconds: 1, maxLagSeconds: 300, timeoutMs: 1_000, sessionSeconds: 3_600 };
      const { admit } = await opened(settings);
      let seen = 0;
      for (const one of ["away", "hangs", "lies", "other", "empty"]) {
        state = one;
        protocol.wait(2);
        expect((await caught(admit)).code, one).to.equal("RIGHT_UNKNOWN");
        expect(protocol.failures, one).to.have.length(++seen);
        state = "fine";
        await admit();
      }
      // no new block for longer than the server allows
      await protocol.pass(1);
      protocol.wait(300);
      await admit();
      protocol.wait(1);
      await caught(admit, "RIGHT_UNKNOWN");
      expect((protocol.failures.at(-1) as { code: string }).code).to.equal("NODE_BEHIND");
      await protocol.pass(1);
      await admit();
    });

    for (const [how, onFailure] of Object.entries(BROKEN_LOGS)) {
      it(`are refused in the same way where what the server tells of failures ${how}`, async () => {
        const unhandled = await unhandledWhile(async () => {
          let isAway = false;
          const provider = watching(() => {
            if (isAway) throw new Error("ECONNREFUSED");
          });
          const { admit, gate } = await opened({ provider, recheckSeconds: 1, onFailure });
          isAway = true;
          protocol.wait(2);
          await caught(admit, "RIGHT_UNKNOWN");
          expect(gate.refusal(new Error("of a handler")).status).to.equal(500);
          isAway = false;
          await admit();
        });
        expect(unhandled).to.deep.equal([]);
      });
    }

    it("are good at each process with the secret, also after a restart, and at none with another", async () => {
      const secret = "0123456789abcdef0123456789abcdef";
      const { session } = await opened({ secret });
      const bearer = `Bearer ${session.token}`;
      await protocol.gateAt(ORIGIN, { secret }).admit(bearer);
      for (const differs of [{ secret: `${secret}0` }, {}, { secret, versionId: protocol.ids.fileVersionId }]) {
        await caught(() => protocol.gateAt(ORIGIN, differs).admit(bearer), "SESSION_INVALID");
      }
      await caught(() => protocol.gateAt("https://x.example", { secret }).admit(bearer), "SESSION_INVALID");
    });

    it("of settings that were taken back are over, where they would last longer than is allowed now", async () => {
      const secret = "0123456789abcdef0123456789abcdef";
      const { session } = await opened({ secret, sessionSeconds: 86_400 });
      const shorter = protocol.gateAt(ORIGIN, { secret, sessionSeconds: 600 });
      await caught(() => shorter.admit(`Bearer ${session.token}`), "SESSION_INVALID");
    });

    it("do not wait for strangers: each kind has its own places, and what is too much is refused at once", async () => {
      let release: () => void = () => undefined;
      let held = false;
      const gone = new Promise<void>((resolve) => (release = resolve));
      const provider = new Proxy(ethers.provider, {
        get(target, name) {
          const value = Reflect.get(target, name) as unknown;
          if (name === "getBlock" && held) return async () => (await gone, target.getBlock("latest"));
          return typeof value === "function" ? value.bind(target) : value;
        },
      });
      const { gate, admit } = await opened({ provider, maxQuestions: 2, recheckSeconds: 60 });
      held = true;
      const { stranger } = protocol.actors;
      const answer = async () => {
        const { message } = gate.challenge({ licenseId: `${licenseId}`, account: stranger.address }) as {
          message: string;
        };
        return gate.open({ message, signature: await stranger.signMessage(message) });
      };
      const waiting = [answer(), answer()].map((one) => one.catch((error: { code: string }) => error.code));
      await new Promise((resolve) => setTimeout(resolve, 50));
      await caught(answer, "SERVER_BUSY");
      await admit();
      release();
      expect(await Promise.all(waiting)).to.deep.equal(["NOT_LICENSED", "NOT_LICENSED"]);
    });
  });

  describe("settings", () => {
    const wrong: [string, Partial<GateOptions>][] = [
      ["an origin with a path", { origin: "https://models.example/v1" }],
      ["an origin without a scheme", { origin: "models.example" }],
      ["an origin of another scheme", { origin: "ftp://models.example" }],
      ["a short secret", { secret: "x".repeat(31) }],
      ["no chain", { deployment: { contracts: { LicenseToken: ethers.ZeroAddress } } }],
      ["a long challenge", { challengeSeconds: 601 }],
      ["a challenge of no time", { challengeSeconds: 0 }],
      ["a session of two days", { sessionSeconds: 172_800 }],
      ["no question for a day", { recheckSeconds: 86_400 }],
      ["no number", { maxLagSeconds: Number.NaN }],
      ["a path without a slash", { path: "access" }],
      ["a version above 64 bits", { versionId: 2n ** 64n }],
    ];
    for (const [what, differs] of wrong) {
      it(`are refused: ${what}`, async () => {
        await caught(() => protocol.gateAt("https://models.example", differs), "ARGUMENT_INVALID");
      });
    }
  });
});
