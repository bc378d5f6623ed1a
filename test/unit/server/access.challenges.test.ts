import { expect } from "chai";
import { TypedDataEncoder, Wallet, concat, verifyMessage, type Signer } from "ethers";
import { ethers } from "hardhat";

import { deviceUser } from "../../../sdk/src/rights";
import { ACCESS_TYPES, accessDigest, accessDomain, signInMessage, type GateOptions } from "../../../sdk/src/server";
import { MemoryNonces } from "../../../sdk/src/server/challenges";
import { caught } from "../../support/caught";
import { ORIGIN, licensees, watching, type Licensees } from "../../support/licensees";
import { CHAIN_ID, closeAll, device } from "./fixture";

describe("A server for licensees", () => {
  let protocol: Licensees["protocol"];
  let licenseId: bigint;
  let seatOffer: Licensees["seatOffer"];

  beforeEach(async () => {
    ({ protocol, licenseId, seatOffer } = await licensees());
  });
  afterEach(closeAll);

  describe("challenges", () => {
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

  it("makes signatures that wallets make: the message is what personal_sign signs", async () => {
    const message = signInMessage({
      ...{ origin: "https://models.example", chainId: 1n, account: protocol.actors.buyer.address, licenseId: 1n },
      ...{ nonce: "abcdefgh", issuedAt: 0, expiresAt: 60 },
    });
    const wallet = Wallet.createRandom();
    expect(verifyMessage(message, await wallet.signMessage(message))).to.equal(wallet.address);
  });
});
