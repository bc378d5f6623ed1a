import { isAddress, isHexString, type Provider } from "ethers";

import { ILicenseToken__factory } from "../../../typechain-types/factories/contracts/license/ILicenseToken.sol/ILicenseToken__factory";
import { canonicalAddress } from "../addresses/address";
import type { PartialDeployment } from "../addresses/deployment";
import { isIsonomyError } from "../base/error";
import { requireOrigin } from "./access";
import { Seal, randomSecret, secretBytes } from "./bytes";
import { ChallengeDesk, MemoryNonces, type Answered, type Challenge, type NonceStore } from "./challenges";
import { malformed, serverError, statusOf } from "./errors";
import { chainOf, invalid, reporterOf, requireBigint, requireObject, secondsOf } from "./options";
import { Rights } from "./rights";
import { SessionDesk, type Session, type Visit } from "./sessions";
import { isSigned } from "./signers";

/** How a gate is made. Times are in seconds. */
export interface GateOptions {
  /** The address under which people reach this server, such as "https://models.example". Challenges name it, so none is good elsewhere. */
  readonly origin: string;
  /** The licences: a deployment with its chain's id. */
  readonly deployment: PartialDeployment<"LicenseToken">;
  /** Reads the chain. */
  readonly provider: Provider;
  /** The version that is served: a licence has to cover it. */
  readonly versionId: bigint;
  /**
   * 32 bytes or more, which seal the sessions. Processes with one secret accept one another's sessions, also after a restart. Without it,
   * each process draws its own.
   */
  readonly secret?: string | Uint8Array;
  /**
   * Where used challenges are kept: this process's memory if nothing is said. Processes with one store and one secret accept one
   * another's challenges.
   */
  readonly nonces?: NonceStore;
  /** For how long a challenge is accepted; 120 if nothing is said, at most 600. */
  readonly challengeSeconds?: number;
  /** How long a session lasts; 900 if nothing is said, at most 86,400. */
  readonly sessionSeconds?: number;
  /** How long a licence that was lost, or a seat that was taken, is still served at most; 60 if nothing is said, at most 3,600. */
  readonly recheckSeconds?: number;
  /** How old the node's newest block may be; 120 if nothing is said. A chain that makes blocks on demand needs `Infinity`. */
  readonly maxLagSeconds?: number;
  /** Milliseconds to wait for the node; 10,000 if nothing is said. */
  readonly timeoutMs?: number;
  /** Questions to the node at a time, of people with a session and of others each; 64 if nothing is said. */
  readonly maxQuestions?: number;
  /** Path of the two requests that open a session; "/access" if nothing is said. */
  readonly path?: string;
  /** Is told of each failure that is not the client's: of the node, a handler, a disk. Answers show neither it nor what this throws. */
  readonly onFailure?: (error: unknown) => void;
  /** Unix time in seconds; this machine's clock if nothing is said. */
  readonly now?: () => number;
}

/** What a server answers. */
export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Text in JSON. */
  readonly body: string;
}

/** Bytes of a challenge with its signature, at most. Signatures of contracts and of WebAuthn are long. */
const MAX_BODY = 32_768;
const MAX_SIGNATURE_BYTES = 8_192;
/** Of a verifier's address and a key: RSA with 8,192 bits takes about 2,200. */
const MAX_SIGNER_BYTES = 4_096;
const MAX_ID = 2n ** 256n;

/**
 * Lets requests through whose sender may use a licence of a version: an account that signed in (EIP-4361, also a contract by ERC-1271), or
 * a device with a seat (ERC-7913). The signature opens a short session, and the chain is asked again while it lasts. Where the right
 * cannot be found out, nobody is served. `expressAccess`, `expressGuard` and `fetchGuard` are its shells.
 * @example
 * ```ts
 * const gate = new LicenseGate({ origin: "https://models.example", deployment: deploymentOn(chainId), provider, versionId });
 * const handler = fetchGuard(gate, (asked, { user }) => new Response(`Hello, ${user}.`));
 * ```
 */
export class LicenseGate {
  /** The address that challenges name. */
  readonly origin: string;
  /** Path of the two requests that open a session. */
  readonly path: string;
  readonly #provider: Provider;
  readonly #desk: ChallengeDesk;
  readonly #sessions: SessionDesk;
  readonly #rights: Rights;
  readonly #nonces: NonceStore;
  readonly #onFailure: (error: unknown) => void;

  /** @throws `ADDRESS_INVALID`, and `ARGUMENT_INVALID` for an origin, a chain, a secret or a time that cannot be. */
  constructor(options: GateOptions) {
    requireObject("options", options);
    const { deployment, provider, versionId, secret, nonces, now = unixTime } = options;
    requireObject("deployment", deployment);
    requireObject("deployment.contracts", deployment.contracts);
    requireObject("provider", provider);
    requireBigint("versionId", versionId, 2n ** 64n - 1n);
    if (typeof now !== "function") invalid("now is a function.");
    const onFailure = reporterOf(options.onFailure);
    if (nonces !== undefined) requireObject("nonces", nonces);
    const { origin, path = "/access" } = options;
    requireOrigin(origin);
    if (typeof path !== "string" || !/^(\/[\w.~-]+)+$/.test(path))
      invalid(`path is "${String(path)}", and not one such as /access.`);
    const chainId = chainOf(deployment.chainId);
    const licenseToken = canonicalAddress(String(deployment.contracts.LicenseToken), "LicenseToken");

    const context = [origin, chainId, licenseToken, versionId];
    const shared = secret === undefined ? randomSecret() : secretBytes(secret);
    // without a store that all of them ask, a challenge must not be good at each process once
    const ofChallenges = nonces === undefined ? randomSecret() : shared;
    this.origin = origin;
    this.path = path;
    this.#provider = provider;
    this.#onFailure = onFailure;
    this.#nonces = nonces ?? new MemoryNonces(now);
    this.#desk = new ChallengeDesk({
      ...{ origin, chainId, licenseToken, now },
      seconds: secondsOf("challengeSeconds", options.challengeSeconds ?? 120, 600),
      seal: new Seal(ofChallenges, "isonomy challenge", context),
    });
    const sessionSeconds = secondsOf("sessionSeconds", options.sessionSeconds ?? 900, 86_400);
    this.#sessions = new SessionDesk(new Seal(shared, "isonomy session", context), sessionSeconds, now);
    this.#rights = new Rights({
      ...{ provider, chainId, versionId, now, onFailure },
      licenses: ILicenseToken__factory.connect(licenseToken, provider),
      recheckSeconds: secondsOf("recheckSeconds", options.recheckSeconds ?? 60, 3_600),
      maxLagSeconds: secondsOf("maxLagSeconds", options.maxLagSeconds ?? 120, Infinity),
      timeoutMs: secondsOf("timeoutMs", options.timeoutMs ?? 10_000, 600_000),
      maxQuestions: secondsOf("maxQuestions", options.maxQuestions ?? 64, 10_000),
    });
  }

  /**
   * What somebody has to sign to open a session.
   * @param asked `{ licenseId, account }`, or `{ licenseId, signer }` for a device; the licence in decimal digits.
   * @throws `REQUEST_MALFORMED`.
   * @example
   * ```ts
   * const challenge = gate.challenge({ licenseId: `${licenseId}`, account });
   * ```
   */
  challenge(asked: unknown): Challenge {
    const { licenseId, account, signer } = fieldsOf(asked);
    const id = idOf(licenseId);
    if (signer !== undefined) return this.#desk.forDevice(id, signerOf(signer));
    if (!isAddress(account)) throw malformed("account is not an address, and there is no signer of a device.");
    return this.#desk.forAccount(id, account);
  }

  /**
   * Opens a session for whom signed a challenge of this gate.
   * @param answer `{ message, signature }` of an account, or `{ licenseId, signer, nonce, issuedAt, signature }` of a device.
   * @throws `REQUEST_MALFORMED`, `CHALLENGE_UNKNOWN`, `CHALLENGE_EXPIRED`, `CHALLENGE_USED`, `CHALLENGE_UNSIGNED`, `NOT_LICENSED`,
   * `RIGHT_UNKNOWN`, `SERVER_BUSY`.
   * @example
   * ```ts
   * const { token } = await gate.open(await request.json());
   * ```
   */
  async open(answer: unknown): Promise<Session> {
    const fields = fieldsOf(answer);
    const { signature } = fields;
    if (!isBytes(signature, MAX_SIGNATURE_BYTES)) throw malformed("signature is not bytes in hexadecimal digits.");
    const answered = this.#answered(fields);
    const { nonce, licenseId, user, expiresAt } = answered;
    // from here on the challenge counts as used, so that two requests at once cannot share it
    if (!(await this.#nonces.use(nonce, expiresAt))) throw serverError("CHALLENGE_USED");
    try {
      // first what costs the node little, and is of the protocol's own code: a stranger's account may have any
      await this.#rights.requireNow(licenseId, user);
      const signed = await this.#rights.ask(() => isSigned(this.#provider, answered, signature));
      if (!signed) throw serverError("CHALLENGE_UNSIGNED", { user });
    } catch (error) {
      await this.#nonces.release(nonce);
      throw error;
    }
    return this.#sessions.open(licenseId, user);
  }

  /**
   * Whom a request is served to, by its header `Authorization`.
   * @throws `SESSION_MISSING`, `SESSION_INVALID`, `SESSION_EXPIRED`, `NOT_LICENSED`, `RIGHT_UNKNOWN`, `SERVER_BUSY`.
   * @example
   * ```ts
   * const { user } = await gate.admit(request.headers.get("authorization"));
   * ```
   */
  async admit(authorization: string | null | undefined): Promise<Visit> {
    const visit = this.#sessions.read(authorization ?? undefined);
    await this.#rights.require(visit.licenseId, visit.user);
    return visit;
  }

  /**
   * Answers the two requests that open a session; undefined for any other path. Never throws.
   * @param pathname Without a query.
   * @param readJson Reads the body, up to a limit in bytes.
   * @example
   * ```ts
   * const reply = await gate.answer(request.method, new URL(request.url).pathname, () => request.json());
   * ```
   */
  async answer(
    method: string,
    pathname: string,
    readJson: (limit: number) => Promise<unknown>,
  ): Promise<Reply | undefined> {
    const [ask, open] = [`${this.path}/challenge`, `${this.path}/session`];
    if (pathname !== ask && pathname !== open) return undefined;
    try {
      if (method !== "POST") throw malformed(`${ask} and ${open} take POST.`);
      const body = await readJson(MAX_BODY);
      return replyOf(200, pathname === ask ? this.challenge(body) : await this.open(body));
    } catch (error) {
      return this.refusal(error);
    }
  }

  /**
   * The answer to a request that failed. What it failed with is shown if it is the client's to know; of anything else `onFailure` is told.
   * @example
   * ```ts
   * const { status, headers, body } = gate.refusal(error);
   * ```
   */
  refusal(error: unknown): Reply {
    const status = statusOf(error);
    if (status === undefined) this.#onFailure(error);
    const shown = status !== undefined && isIsonomyError(error) ? error : serverError("SERVER_FAILED");
    const headers: Record<string, string> = {};
    if (status === 401) headers["www-authenticate"] = 'Bearer realm="isonomy"';
    if (status === 503) headers["retry-after"] = "2";
    return replyOf(status ?? 500, { error: shown }, headers);
  }

  #answered(fields: Readonly<Record<string, unknown>>): Answered {
    const { message, licenseId, signer, nonce, issuedAt } = fields;
    if (typeof message === "string") return this.#desk.readMessage(message);
    if (signer === undefined) throw malformed("there is neither the message of an account nor the signer of a device.");
    const id = idOf(licenseId);
    if (!isHexString(nonce, 32)) throw malformed("nonce is not 32 bytes in hexadecimal digits.");
    if (!Number.isSafeInteger(issuedAt)) throw malformed("issuedAt is not a Unix time.");
    return this.#desk.readAccess({ licenseId: id, signer: signerOf(signer), nonce, issuedAt: issuedAt as number });
  }
}

/** An answer in JSON, which no cache keeps. */
export function replyOf(status: number, body: object, headers: Readonly<Record<string, string>> = {}): Reply {
  const text = JSON.stringify(body, (_, value: unknown) => (typeof value === "bigint" ? `${value}` : value));
  const usual = {
    "content-type": "application/json",
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
  };
  return { status, headers: { ...usual, ...headers }, body: `${text}\n` };
}

const unixTime = (): number => Math.floor(Date.now() / 1_000);

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null) throw malformed("its body is not an object in JSON.");
  return value as Record<string, unknown>;
}

function idOf(value: unknown): bigint {
  const id = typeof value === "string" && /^\d{1,78}$/.test(value) ? BigInt(value) : MAX_ID;
  if (id >= MAX_ID) throw malformed("licenseId is not the number of a licence, in decimal digits.");
  return id;
}

function signerOf(value: unknown): string {
  if (isBytes(value, MAX_SIGNER_BYTES) && value.length > 42) return value.toLowerCase();
  throw malformed("signer is not the address of a verifier followed by a key, in hexadecimal digits.");
}

function isBytes(value: unknown, most: number): value is string {
  return typeof value === "string" && value.length <= 2 + 2 * most && /^0x([0-9a-fA-F]{2})+$/.test(value);
}
