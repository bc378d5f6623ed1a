import { request as httpRequest } from "node:http";
import { connect } from "node:net";

import { loadFixture } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { TypedDataEncoder, Wallet, concat, verifyMessage, type Signer } from "ethers";
import { ethers } from "hardhat";

import { deviceUser } from "../../../sdk/src/rights";
import {
  ACCESS_TYPES,
  AccessClient,
  accessDigest,
  accessDomain,
  signInMessage,
  type GateOptions,
  type Licensee,
} from "../../../sdk/src/server";
import { MemoryNonces } from "../../../sdk/src/server/challenges";
import { caught } from "../../support/caught";
import { CHAIN_ID, SHELLS, closeAll, device, listening, serverFixture, type Served, type Shell } from "./fixture";

type Fixture = Awaited<ReturnType<typeof serverFixture>>;

describe("A server for licensees", () => {
  let protocol: Fixture;
  let licenseId: bigint;
  let seatOffer: ReturnType<Fixture["actions"]["seatOffer"]>;

  beforeEach(async () => {
    protocol = await loadFixture(serverFixture);
    seatOffer = protocol.actions.seatOffer({ seats: 2n, minStay: 0n });
    licenseId = await protocol.actions.sell(seatOffer);
    await protocol.reset();
  });
  afterEach(closeAll);

  /** A server with one of the shells. */
  async function serve(shell: Shell, differs: Partial<GateOptions> = {}) {
    const { origin, server } = await listening();
    const gate = protocol.gateAt(origin, differs);
    server.on("request", SHELLS[shell](gate));
    return { origin, gate, server };
  }

  const clientOf = (origin: string, licensee: Licensee, id = licenseId, path = "/access") =>
    new AccessClient({ origin, deployment: protocol.deployment, licenseId: id, licensee, path });
  const asAccount = (account: Signer): Licensee => ({ account });

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

  describe("challenges", () => {
    const ORIGIN = "https://models.example";
    const gateOf = (differs: Partial<GateOptions> = {}, origin = ORIGIN) => protocol.gateAt(origin, differs);
    const messageOf = (gate: ReturnType<typeof gateOf>, account: string, id = licenseId) =>
      (gate.challenge({ licenseId: `${id}`, account }) as { message: string }).message;

    async function answerOf(gate: ReturnType<typeof gateOf>, account: Signer = protocol.actors.buyer, id = licenseId) {
      const message = messageOf(gate, await account.getAddress(), id);
      return { message, signature: await account.signMessage(message) };
    }

    it("are messages of Sign-In with Ethereum: domain, account, chain, nonce, times and licence", async () => {
      const { buyer } = protocol.actors;
      const message = messageOf(gateOf(), buyer.address.toLowerCase());
      const at = (seconds: number) => new Date((protocol.now() + seconds) * 1_000).toISOString();
      const [, nonce] = /\nNonce: ([0-9a-f]{64})\n/.exec(message)!;
      expect(message).to.equal(
        `models.example wants you to sign in with your Ethereum account:\n${buyer.address}\n\n` +
          `Use licence ${licenseId} here.\n\nURI: https://models.example\nVersion: 1\nChain ID: 31337\nNonce: ${nonce}\n` +
          `Issued At: ${at(0)}\nExpiration Time: ${at(120)}\nRequest ID: ${licenseId}`,
      );
    });

    it("open one session each, also when they are sent twice at once", async () => {
      const gate = gateOf();
      const answer = await answerOf(gate);
      const opened = await Promise.allSettled([1, 2, 3, 4].map(() => gate.open(answer)));
      expect(opened.filter(({ status }) => status === "fulfilled")).to.have.length(1);
      for (const one of opened) {
        if (one.status === "rejected") expect(one.reason.code).to.equal("CHALLENGE_USED");
      }
      await caught(() => gate.open(answer), "CHALLENGE_USED");
    });

    it("end in the second of their expiry, and not before", async () => {
      const gate = gateOf({ challengeSeconds: 60 });
      const [last, late] = [await answerOf(gate), await answerOf(gate)];
      protocol.wait(59);
      await gate.open(last);
      protocol.wait(1);
      expect((await caught(() => gate.open(late), "CHALLENGE_EXPIRED")).args).to.deep.equal({ seconds: 60 });
    });

    it("are good at one server, for one model, on one chain, and at one process", async () => {
      const secret = "s".repeat(32);
      const gate = gateOf({ secret });
      const answer = await answerOf(gate);
      const others = {
        server: gateOf({ secret }, "https://models.example.org"),
        model: gateOf({ secret, versionId: protocol.ids.fileVersionId }),
        chain: gateOf({ secret, deployment: { ...protocol.deployment, chainId: 1 } }),
        // a process that does not ask the same store for nonces must not take what the other may have taken
        process: gateOf({ secret }),
      };
      for (const [name, one] of Object.entries(others)) {
        expect((await caught(() => one.open(answer))).code, name).to.equal("CHALLENGE_UNKNOWN");
      }
      await gate.open(answer);
    });

    it("are good at processes that share a store of nonces, once altogether", async () => {
      const secret = new Uint8Array(32).fill(7);
      const used = new Set<string>();
      const nonces = {
        use: async (nonce: string) => !used.has(nonce) && used.add(nonce) !== undefined,
        release: async (nonce: string) => void used.delete(nonce),
      };
      const [first, second] = [gateOf({ secret, nonces }), gateOf({ secret, nonces })];
      const answer = await answerOf(first);
      const session = await second.open(answer);
      await caught(() => first.open(answer), "CHALLENGE_USED");
      expect((await first.admit(`Bearer ${session.token}`)).user).to.equal(protocol.actors.buyer.address);
    });

    it("cannot be changed in any field, though they are signed", async () => {
      const gate = gateOf();
      const { buyer, stranger } = protocol.actors;
      const message = messageOf(gate, buyer.address);
      const changes: [string, string][] = [
        [buyer.address, stranger.address],
        ["models.example wants", "models.example.org wants"],
        ["Chain ID: 31337", "Chain ID: 1"],
        ["URI: https://models.example", "URI: https://other.example"],
        [`Request ID: ${licenseId}`, `Request ID: ${licenseId + 1n}`],
        [`Use licence ${licenseId} here.`, "Transfer everything."],
        ["Version: 1", "Version: 2"],
        [/Nonce: (.)/.exec(message)![0], `Nonce: ${/Nonce: (.)/.exec(message)![1] === "0" ? "1" : "0"}`],
        [/Issued At: ....-/.exec(message)![0], "Issued At: 2099-"],
        [/Expiration Time: ....-/.exec(message)![0], "Expiration Time: 2099-"],
        [/$/.exec(message)![0] || message.slice(-1), `${message.slice(-1)}\nResources:\n- https://x.example`],
      ];
      for (const [from, to] of changes) {
        const at = message.lastIndexOf(from);
        const changed = message.slice(0, at) + to + message.slice(at + from.length);
        expect(changed, from).to.not.equal(message);
        for (const account of [buyer, stranger]) {
          const signature = await account.signMessage(changed);
          expect((await caught(() => gate.open({ message: changed, signature }))).code, to).to.equal(
            "CHALLENGE_UNKNOWN",
          );
        }
      }
      await gate.open({ message, signature: await buyer.signMessage(message) });
    });

    it("are not opened by another account's signature, nor by bytes that are none; and are good afterwards", async () => {
      const gate = gateOf();
      const { buyer, stranger } = protocol.actors;
      const { message, signature } = await answerOf(gate);
      for (const wrong of [await stranger.signMessage(message), "0x00", `0x${"11".repeat(65)}`, `${signature}00`]) {
        await caught(() => gate.open({ message, signature: wrong }), "CHALLENGE_UNSIGNED");
      }
      for (const wrong of ["0x", "0x1", "xy", 5, null, undefined, `0x${"11".repeat(8_193)}`]) {
        await caught(() => gate.open({ message, signature: wrong }), "REQUEST_MALFORMED");
      }
      expect((await gate.open({ message, signature })).user).to.equal(buyer.address);
    });

    it("are asked for by a licence and by who signs, and by nothing else", async () => {
      const gate = gateOf();
      const { address } = protocol.actors.buyer;
      const id = `${licenseId}`;
      for (const wrong of [undefined, null, 5, "text", {}, { licenseId: id }, { account: address }]) {
        await caught(() => gate.challenge(wrong), "REQUEST_MALFORMED");
      }
      for (const wrong of ["", "-1", "0x10", "1.5", " 1", `${2n ** 256n}`, "9".repeat(79), 5, null]) {
        await caught(() => gate.challenge({ licenseId: wrong, account: address }), "REQUEST_MALFORMED");
      }
      // an address alone is an account, and no device
      const long = `0x${"11".repeat(4_097)}`;
      for (const signer of [address, "0x", `${address}1`, `${address}zz`, long, 5, null]) {
        await caught(() => gate.challenge({ licenseId: id, account: address, signer }), "REQUEST_MALFORMED");
      }
    });

    it("keep no more used nonces than there is room for, and forget none that could be used again", async () => {
      let now = 1_000;
      const nonces = new MemoryNonces(() => now);
      let taken = 0;
      for (let at = 0; at < 100_000; at++) if (nonces.use(`${at}`, 1_120)) taken++;
      expect(taken).to.equal(100_000);
      await caught(() => nonces.use("one more", 1_120), "SERVER_BUSY");
      expect(nonces.use("0", 1_120)).to.equal(false);
      nonces.release("0");
      expect(nonces.use("one more", 1_121)).to.equal(true);
      now = 1_119;
      await caught(() => nonces.use("another", 1_239), "SERVER_BUSY");
      now = 1_120;
      expect(nonces.use("another", 1_240)).to.equal(true);
      expect(nonces.use("one more", 1_240)).to.equal(false);
    });

    describe("of devices", () => {
      it("are the EIP-712 type that the page names, as ethers hashes it", () => {
        const licenseToken = protocol.deployment.contracts.LicenseToken;
        const nonce = ethers.id("nonce");
        const access = { licenseId, signer: "0x0102", audience: ORIGIN, nonce, issuedAt: 5 };
        const type = "Access(uint256 licenseId,bytes signer,string audience,bytes32 nonce,uint40 issuedAt)";
        expect(TypedDataEncoder.from(ACCESS_TYPES).encodeType("Access")).to.equal(type);
        const fields = ["bytes32", "uint256", "bytes32", "bytes32", "bytes32", "uint40"];
        const values = [ethers.id(type), licenseId, ethers.keccak256("0x0102"), ethers.id(ORIGIN), nonce, 5];
        const struct = ethers.keccak256(ethers.AbiCoder.defaultAbiCoder().encode(fields, values));
        const separator = TypedDataEncoder.hashDomain(accessDomain(licenseToken, CHAIN_ID));
        expect(accessDigest(licenseToken, CHAIN_ID, access)).to.equal(
          ethers.keccak256(concat(["0x1901", separator, struct])),
        );
      });

      it("cannot be changed in any field, and are used once", async () => {
        const gate = gateOf();
        const [phone, other] = [device(protocol.verifier), device(protocol.verifier)];
        for (const { user } of [phone, other]) {
          await protocol.seats.connect(protocol.actors.buyer).giveSeat(seatOffer, licenseId, user);
        }
        const challenge = gate.challenge({ licenseId: `${licenseId}`, signer: phone.signer });
        const { access } = challenge as { access: { nonce: string; issuedAt: number } };
        const licenseToken = protocol.deployment.contracts.LicenseToken;
        const fields = { ...access, licenseId: `${licenseId}`, signer: phone.signer };
        const signed = (
          given: typeof fields,
          signer = phone,
          token = licenseToken,
          chainId = CHAIN_ID,
          audience = ORIGIN,
        ) => {
          const { nonce, issuedAt } = given;
          const named = { licenseId: BigInt(given.licenseId), signer: given.signer, audience, nonce, issuedAt };
          return { ...given, licenseId: given.licenseId, signature: signer.sign(accessDigest(token, chainId, named)) };
        };
        const right = signed(fields);
        const wrong: [string, unknown, string][] = [
          ["another licence", signed({ ...fields, licenseId: "1" }), "CHALLENGE_UNKNOWN"],
          ["another device", signed({ ...fields, signer: other.signer }, other), "CHALLENGE_UNKNOWN"],
          ["a later time", signed({ ...fields, issuedAt: access.issuedAt + 1 }), "CHALLENGE_UNKNOWN"],
          ["another nonce", signed({ ...fields, nonce: ethers.id("other") }), "CHALLENGE_UNKNOWN"],
          ["another key", signed(fields, other), "CHALLENGE_UNSIGNED"],
          ["another chain", signed(fields, phone, licenseToken, 1n), "CHALLENGE_UNSIGNED"],
          ["other licences", signed(fields, phone, protocol.ids.payToken), "CHALLENGE_UNSIGNED"],
          ["another server", signed(fields, phone, licenseToken, CHAIN_ID, "https://x.example"), "CHALLENGE_UNSIGNED"],
          ["no time", { ...right, issuedAt: "5" }, "REQUEST_MALFORMED"],
          ["a short nonce", { ...right, nonce: "0x11" }, "REQUEST_MALFORMED"],
          ["no signer", { ...right, signer: undefined }, "REQUEST_MALFORMED"],
        ];
        for (const [what, answer, code] of wrong)
          expect((await caught(() => gate.open(answer))).code, what).to.equal(code);
        expect((await gate.open(right)).user).to.equal(phone.user);
        await caught(() => gate.open(right), "CHALLENGE_USED");
      });

      it("are not served by a verifier that says yes in another way, is no contract, reverts or burns all gas", async () => {
        const gate = gateOf();
        const { buyer, stranger } = protocol.actors;
        const signers = await ethers.deployContract("ContractSigner");
        const runtime = (code: string) => `0x${code}`;
        const selector = "024ad318";
        const verifiers: [string, string, string][] = [
          ["an account", "0x", "CHALLENGE_UNSIGNED"],
          // mstore(0, selector << 224) return(0, 32): the right answer, from whatever code
          ["yes", runtime(`63${selector}60e01b60005260206000f3`), "SERVED"],
          ["yes with a bit behind it", runtime(`63${selector}60e01b60011760005260206000f3`), "CHALLENGE_UNSIGNED"],
          ["four bytes", runtime(`63${selector}60e01b60005260046000f3`), "CHALLENGE_UNSIGNED"],
          ["two words", runtime(`63${selector}60e01b60005260406000f3`), "CHALLENGE_UNSIGNED"],
          ["a number", runtime("600160005260206000f3"), "CHALLENGE_UNSIGNED"],
          ["nothing", runtime("00"), "CHALLENGE_UNSIGNED"],
          ["revert", runtime("60006000fd"), "CHALLENGE_UNSIGNED"],
          ["burns all gas", runtime("fe"), "CHALLENGE_UNSIGNED"],
          ["no verifier", await ethers.provider.getCode(signers), "CHALLENGE_UNSIGNED"],
        ];
        let at = 0xabc000n;
        for (const [what, code, expected] of verifiers) {
          const verifier = ethers.toBeHex(at++, 20);
          await ethers.provider.send("hardhat_setCode", [verifier, code]);
          const signer = concat([verifier, "0x01"]);
          await protocol.seats.connect(buyer).giveSeat(seatOffer, licenseId, deviceUser(signer));
          const { access } = gate.challenge({ licenseId: `${licenseId}`, signer }) as { access: object };
          const answer = { ...access, licenseId: `${licenseId}`, signature: await stranger.signMessage("x") };
          const got = await gate.open(answer).then(
            () => "SERVED",
            (error: { code: string }) => error.code,
          );
          expect(got, what).to.equal(expected);
          await protocol.seats.connect(buyer).takeSeat(seatOffer, licenseId, deviceUser(signer));
        }
        expect(protocol.failures).to.deep.equal([]);
      });
    });

    describe("of accounts that are contracts (ERC-1271)", () => {
      it("are opened by what the contract accepts, and not where it refuses, reverts or says anything else", async () => {
        const gate = gateOf();
        const signer = await ethers.deployContract("ContractSigner");
        await protocol.seats.connect(protocol.actors.buyer).giveSeat(seatOffer, licenseId, signer);
        const message = messageOf(gate, await signer.getAddress());
        const open = () => gate.open({ message, signature: "0x01" });
        await caught(open, "CHALLENGE_UNSIGNED");
        await signer.approveHash(ethers.hashMessage(message), true);
        for (const mode of [1n, 2n, 3n, 4n]) {
          await signer.setMode(mode);
          await caught(open, "CHALLENGE_UNSIGNED");
        }
        await signer.setMode(0n);
        expect((await open()).user).to.equal(await signer.getAddress());
      });

      it("runs no code of an account that may not use the licence", async () => {
        const signer = await ethers.deployContract("ContractSigner");
        const called: string[] = [];
        const provider = watching((to) => called.push(to));
        const gate = gateOf({ provider });
        const message = messageOf(gate, await signer.getAddress());
        await caught(() => gate.open({ message, signature: "0x01" }), "NOT_LICENSED");
        expect(called).to.not.be.empty.and.not.include((await signer.getAddress()).toLowerCase());
      });

      it("asks the code of an account that is delegated (EIP-7702), and not its key", async () => {
        const gate = gateOf();
        const { buyer } = protocol.actors;
        const answer = await answerOf(gate);
        const { address } = Wallet.createRandom();
        await ethers.provider.send("hardhat_setCode", [buyer.address, concat(["0xef0100", address])]);
        await caught(() => gate.open(answer), "CHALLENGE_UNSIGNED");
      });
    });
  });

  /** The chain's provider, which says whom it calls. */
  function watching(tell: (to: string) => void) {
    return new Proxy(ethers.provider, {
      get(target, name) {
        if (name === "call") {
          return (transaction: { to: string }) => (
            tell(String(transaction.to).toLowerCase()),
            target.call(transaction)
          );
        }
        const value = Reflect.get(target, name) as unknown;
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
  }

  describe("sessions", () => {
    const ORIGIN = "https://models.example";
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
      const settings = { provider, recheckSeconds: 1, maxLagSeconds: 300, timeoutMs: 50, sessionSeconds: 3_600 };
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

  describe("its client", () => {
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
      const { origin, server } = await serve("express");
      const client = clientOf(origin, asAccount(protocol.actors.buyer));
      await caught(() => client.fetch("https://other.example/infer"), "ARGUMENT_INVALID");
      await caught(() => client.fetch("//other.example/infer"), "ARGUMENT_INVALID");
      const init = { method: "POST", body: "again", headers: { "content-type": "text/plain" } };
      expect((await client.fetch("/infer", init)).status).to.equal(200);
      // a restart without a secret
      server.removeAllListeners("request");
      server.on("request", SHELLS.express(protocol.gateAt(origin)));
      const response = await client.fetch("/infer", init);
      expect([response.status, ((await response.json()) as Served).text]).to.deep.equal([200, "again"]);
    });
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

  it("makes signatures that wallets make: the message is what personal_sign signs", async () => {
    const message = signInMessage({
      ...{ origin: "https://models.example", chainId: 1n, account: protocol.actors.buyer.address, licenseId: 1n },
      ...{ nonce: "abcdefgh", issuedAt: 0, expiresAt: 60 },
    });
    const wallet = Wallet.createRandom();
    expect(verifyMessage(message, await wallet.signMessage(message))).to.equal(wallet.address);
  });
});
