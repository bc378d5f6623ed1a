import { constants, createHash, generateKeyPairSync, sign as signRsa } from "node:crypto";

import { p256 } from "@noble/curves/nist.js";
import RSAVerifier from "@openzeppelin/contracts/build/contracts/ERC7913RSAVerifier.json";
import WebAuthnVerifier from "@openzeppelin/contracts/build/contracts/ERC7913WebAuthnVerifier.json";
import { expect } from "chai";
import { AbiCoder, ContractFactory, concat, dataSlice, encodeBase64, getBytes, toBeHex } from "ethers";

import { deviceUser } from "../../../sdk/src/rights";
import { caught } from "../../support/caught";
import { licensees, type Licensees } from "../../support/licensees";
import { SHELLS, closeAll, device, type Served, type Shell } from "./fixture";

const encoder = AbiCoder.defaultAbiCoder();
const ORDER = p256.Point.Fn.ORDER;
/** Bits of authenticator data: somebody was there, and was recognised. */
const [PRESENT, VERIFIED] = [1, 4];

/** What an authenticator and its browser make of a challenge. */
interface Assertion {
  readonly type?: string;
  readonly flags?: number;
  readonly isHigh?: boolean;
}

/** A passkey: a key on P-256 which signs authenticator data and the hash of a JSON with the challenge, and never the challenge itself. */
function passkey(verifier: string) {
  const secret = p256.utils.randomSecretKey();
  const signer = concat([verifier, p256.getPublicKey(secret, false).subarray(1)]);
  const assert = (digest: string, { type = "webauthn.get", flags = PRESENT | VERIFIED, isHigh }: Assertion = {}) => {
    const challenge = encodeBase64(digest).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
    const clientData = `{"type":"${type}","challenge":"${challenge}","origin":"https://models.example","crossOrigin":false}`;
    const hash = (data: string | Uint8Array) => createHash("sha256").update(data).digest();
    const data = concat([hash("models.example"), toBeHex(flags, 1), toBeHex(7, 4)]);
    const signed = getBytes(concat([data, hash(clientData)]));
    const { r, s } = p256.Signature.fromBytes(p256.sign(signed, secret, { lowS: true }), "compact");
    const [challengeAt, typeAt] = [clientData.indexOf('"challenge"'), clientData.indexOf('"type"')];
    const fields = [r, isHigh === true ? ORDER - s : s, challengeAt, typeAt, data, Buffer.from(clientData)];
    // the fields of a struct without the offset in front of it, as the verifier takes them
    return encoder.encode(["uint256", "uint256", "uint256", "uint256", "bytes", "bytes"], fields);
  };
  const raw = (digest: string) => concat([p256.sign(getBytes(digest), secret, { prehash: false, lowS: true })]);
  return { signer, user: deviceUser(signer), assert, raw, sign: (digest: string) => assert(digest) };
}

/** A device with an RSA key, as chips of computers have one. */
function rsaDevice(verifier: string, bits = 2_048) {
  const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: bits });
  const { e, n } = publicKey.export({ format: "jwk" });
  const key = encoder.encode(
    ["bytes", "bytes"],
    [e!, n!].map((one) => Buffer.from(one, "base64url")),
  );
  const signer = concat([verifier, key]);
  const sign = (digest: string) =>
    concat([signRsa("sha256", getBytes(digest), { key: privateKey, padding: constants.RSA_PKCS1_PADDING })]);
  return { signer, user: deviceUser(signer), sign };
}

describe("A server for devices", () => {
  let protocol: Licensees["protocol"];
  let licenseId: bigint;
  let seatOffer: Licensees["seatOffer"];
  let serve: Licensees["serve"];
  let clientOf: Licensees["clientOf"];
  let verifiers: Readonly<Record<"p256" | "webAuthn" | "rsa", string>>;

  beforeEach(async () => {
    ({ protocol, licenseId, seatOffer, serve, clientOf } = await licensees());
    const deploy = async ({ abi, bytecode }: typeof RSAVerifier) =>
      (await new ContractFactory(abi, bytecode, protocol.actors.creator).deploy()).getAddress();
    const [webAuthn, rsa] = [await deploy(WebAuthnVerifier), await deploy(RSAVerifier)];
    verifiers = { p256: protocol.verifier, webAuthn, rsa };
  });
  afterEach(closeAll);

  const seat = (user: string) => protocol.seats.connect(protocol.actors.buyer).giveSeat(seatOffer, licenseId, user);

  for (const shell of Object.keys(SHELLS) as Shell[]) {
    it(`serves a key on P-256, a passkey and an RSA key, each by its verifier, by the shell for ${shell}`, async () => {
      const { origin } = await serve(shell);
      const [phone, browser, chip] = [device(verifiers.p256), passkey(verifiers.webAuthn), rsaDevice(verifiers.rsa)];
      for (const one of [phone, browser, chip]) {
        const client = clientOf(origin, one);
        await caught(() => client.session(), "NOT_LICENSED");
        await seat(one.user);
        const response = await client.fetch("/infer", {
          method: "POST",
          body: "hi",
          headers: { "content-type": "text/plain" },
        });
        expect((await response.json()) as Served).to.deep.equal({
          licence: `${licenseId}`,
          user: one.user,
          text: "hi",
        });
        await protocol.seats.connect(protocol.actors.buyer).takeSeat(seatOffer, licenseId, one.user);
      }
    });
  }

  it("refuses what a verifier takes in another form, and says so, of passkeys, of P-256 and of RSA", async () => {
    const { origin } = await serve("fetch");
    const other = passkey(verifiers.webAuthn);
    const key = passkey(verifiers.webAuthn);
    const [raw, chip, short] = [device(verifiers.p256), rsaDevice(verifiers.rsa), rsaDevice(verifiers.rsa, 1_024)];
    const moved = { ...key, signer: concat([verifiers.p256, dataSlice(key.signer, 20)]) };
    const cut = (signature: string) => dataSlice(signature, 0, -32);
    const wrong: [string, string, (digest: string) => string][] = [
      ["the digest, signed itself", key.signer, key.raw],
      ["an assertion of another key", key.signer, other.sign],
      ["of another challenge", key.signer, (digest) => key.assert(toBeHex(BigInt(digest) ^ 1n, 32))],
      ["of a registration", key.signer, (digest) => key.assert(digest, { type: "webauthn.create" })],
      ["of nobody who was recognised", key.signer, (digest) => key.assert(digest, { flags: PRESENT })],
      ["of nobody who was there", key.signer, (digest) => key.assert(digest, { flags: VERIFIED })],
      ["with the upper s", key.signer, (digest) => key.assert(digest, { isHigh: true })],
      ["cut short", key.signer, (digest) => cut(key.assert(digest))],
      ["an assertion, where the digest is to be signed", moved.signer, moved.sign],
      ["an RSA key, where one on P-256 is expected", rsaDevice(verifiers.p256).signer, chip.sign],
      ["an RSA signature by a key on P-256", raw.signer, chip.sign],
      ["an RSA key of 1,024 bits", short.signer, short.sign],
      ["a key on P-256, where RSA is expected", concat([verifiers.rsa, dataSlice(raw.signer, 20)]), raw.sign],
    ];
    for (const [what, signer, sign] of wrong) {
      const user = deviceUser(signer);
      await seat(user);
      const { code, reason, fix } = await caught(() => clientOf(origin, { signer, sign }).session());
      expect(code, what).to.equal("CHALLENGE_UNSIGNED");
      expect(reason, what).to.contain("in a form that its verifier does not take");
      expect(fix, what).to.contain("in the form of its verifier");
      await protocol.seats.connect(protocol.actors.buyer).takeSeat(seatOffer, licenseId, user);
    }
    expect(protocol.failures).to.deep.equal([]);
    // and by the right forms
    for (const one of [key, raw]) {
      await seat(one.user);
      await clientOf(origin, one).session();
    }
  });
});
