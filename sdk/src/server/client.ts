import type { Signer } from "ethers";

import { canonicalAddress } from "../addresses/address";
import type { PartialDeployment } from "../addresses/deployment";
import { argumentError } from "../base/checked";
import type { IsonomyError } from "../base/error";
import { decodingErrors } from "../errors/explain";
import type { SigningDomain } from "../market/typedData";
import { deviceUser } from "../rights/seats";
import { signVoucher, type Voucher } from "../rights/vouchers";
import { readAnswer } from "../rpc/bounded";
import { accessDigest, readSignIn, requireOrigin, signInMessage, type Access } from "./access";
import { parsed } from "./body";
import { serverError, serverErrors, type ServerErrorCode } from "./errors";
import { chainOf, requireObject } from "./options";
import type { Session } from "./sessions";
import { VOUCHER_HEADER } from "./guard";
import { voucherHeader } from "./voucherBook";

/** Who asks a server: an account, or a device with its ERC-7913 signer and what signs a digest with its key. */
export type Licensee =
  | { readonly account: Pick<Signer, "getAddress" | "signMessage"> }
  | { readonly signer: string; readonly sign: (digest: string) => string | Promise<string> };

/** How a client pays a server by the unit. */
export interface PayOptions {
  /** Signs vouchers: the key of the slot. */
  readonly key: Pick<Signer, "signTypedData">;
  /** The EIP-712 domain of vouchers: `usageDomain`. */
  readonly domain: SigningDomain;
  /** Slot of the key; 0 if nothing is said. */
  readonly slot?: number;
  /** Units that may be signed for, in all. */
  readonly most: bigint;
  /**
   * Units that a request may add to what was signed for. A server that serves nothing can take `step` units for each request that is sent,
   * `most` in all.
   */
  readonly step: bigint;
  /** Units that were signed for before this client was made; 0 if nothing is said. */
  readonly signed?: bigint;
  /** Seconds for which a voucher is good, at least; 604,800 if nothing is said. */
  readonly validSeconds?: number;
  /** Is told of each voucher, to keep it: a later client begins with its units as `signed`. */
  readonly onVoucher?: (voucher: Voucher) => void;
}

/** How a client of a server is made. */
export interface AccessOptions {
  /** The server's address, such as "https://models.example". */
  readonly origin: string;
  /** The licences: a deployment with its chain's id. */
  readonly deployment: PartialDeployment<"LicenseToken">;
  readonly licenseId: bigint;
  readonly licensee: Licensee;
  /** Path of the two requests that open a session; "/access" if nothing is said. */
  readonly path?: string;
  /** How it pays, of a licence that is sold by the unit. */
  readonly pay?: PayOptions;
}

/** How many seconds before its end a session is renewed. */
const RENEW_BEFORE = 5;
/** How many days ahead a server may ask a voucher to end. */
const MAX_DAYS = 31;
/** No answer to one of the two requests is longer. */
const MAX_ANSWER = 65_536;
/** What a stranger writes into an error is cut at this length. */
const MAX_TEXT = 200;

/**
 * Asks a server that runs a model, as a licensee: signs its challenges, keeps the session, and opens another when it ends.
 * @example
 * ```ts
 * const access = new AccessClient({ origin: "https://models.example", deployment, licenseId, licensee: { account: signer } });
 * const response = await access.fetch("/infer", { method: "POST", body: text });
 * ```
 */
export class AccessClient {
  readonly #options: AccessOptions;
  readonly #chainId: bigint;
  readonly #licenseToken: string;
  #session: Promise<Session> | undefined;
  #signing: Promise<unknown> = Promise.resolve();
  #signed: bigint;
  #last: Voucher | undefined;

  /** @throws `ADDRESS_INVALID`, and `ARGUMENT_INVALID` for an origin or a chain that cannot be. */
  constructor(options: AccessOptions) {
    requireObject("options", options);
    requireObject("deployment", options.deployment);
    requireObject("deployment.contracts", options.deployment.contracts);
    requireObject("licensee", options.licensee);
    requireOrigin(options.origin);
    this.#options = options;
    this.#signed = options.pay?.signed ?? 0n;
    this.#chainId = chainOf(options.deployment.chainId);
    this.#licenseToken = canonicalAddress(String(options.deployment.contracts.LicenseToken), "LicenseToken");
  }

  /**
   * The session, which is opened where there is none, or where it is about to end.
   * @throws `CHALLENGE_FOREIGN`, `NOT_LICENSED`, what else the server refuses with, and what the signer fails with.
   * @example
   * ```ts
   * const { token, expiresAt } = await access.session();
   * ```
   */
  async session(): Promise<Session> {
    const known = this.#session;
    const session = await known?.catch(() => undefined);
    if (session !== undefined && session.expiresAt - RENEW_BEFORE > Date.now() / 1_000) return session;
    // requests at once open one session
    if (this.#session === known) this.#session = undefined;
    return (this.#session ??= this.#open());
  }

  /**
   * The same as `fetch` for a path of the server, with the session. A session that the server does not know any more is opened again,
   * and a voucher that it asks for is signed, each once, unless the body is a stream.
   * @throws `ARGUMENT_INVALID` for an address of another server, `PAYMENT_REFUSED` for units beyond what is allowed, `PAYMENT_TOO_LONG`
   * for a voucher that would be good for more than 31 days, what `session` throws, and what `fetch` fails with.
   * @example
   * ```ts
   * const response = await access.fetch("/infer", { method: "POST", body: text });
   * ```
   */
  async fetch(path: string, init: RequestInit = {}): Promise<Response> {
    const url = new URL(path, this.#options.origin);
    if (url.origin !== this.#options.origin) {
      throw argumentError("ARGUMENT_INVALID", { detail: `path leads to ${url.origin}, which would see the session.` });
    }
    let voucher: Voucher | undefined;
    let session: Session | undefined;
    const send = async (): Promise<Response> => {
      const headers = new Headers(init.headers);
      session = await this.session();
      headers.set("authorization", `Bearer ${session.token}`);
      if (voucher !== undefined) headers.set(VOUCHER_HEADER, voucherHeader(voucher));
      return fetch(url, { ...init, headers });
    };
    const isRepeatable = !(init.body instanceof ReadableStream);
    let response = await send();
    if (response.status === 401 && isRepeatable) {
      await response.body?.cancel();
      const known = this.#session;
      // another request may have opened the next one meanwhile
      if ((await known?.catch(() => undefined)) === session && this.#session === known) this.#session = undefined;
      response = await send();
    }
    if (response.status === 402 && isRepeatable && this.#options.pay !== undefined) {
      // one at a time: each voucher is for more than the one before
      const asked = await answerIn(response.clone());
      const signing = this.#signing.then(() => this.#voucherFor(asked));
      this.#signing = signing.catch(() => undefined);
      voucher = await signing;
      if (voucher !== undefined) {
        await response.body?.cancel();
        response = await send();
      }
    }
    return response;
  }

  /** A voucher for what a server asks; undefined where it asks for none. */
  async #voucherFor(asked: Record<string, unknown> | undefined): Promise<Voucher | undefined> {
    const refusal = refusalIn(asked);
    const { units, validUntil, slot: named } = refusal?.args ?? {};
    const { key, domain, most, step, slot = 0, validSeconds = 604_800, onVoucher } = this.#options.pay!;
    const { licenseId, origin } = this.#options;
    // a server that knows this user by no voucher yet names slot 0
    if (refusal?.code !== "UNITS_UNPAID" || typeof units !== "string" || !/^\d{1,15}$/.test(units)) return undefined;
    const needed = named === slot ? BigInt(units) : this.#signed + 1n;
    const limit = this.#signed + step < most ? this.#signed + step : most;
    // another request has signed for enough meanwhile
    const isSigned = this.#last !== undefined && this.#last.units >= needed;
    if (isSigned && this.#last!.validUntil >= Number(validUntil)) return this.#last;
    if (needed > limit) throw serverError("PAYMENT_REFUSED", { origin, units: needed, limit });
    const [now, asksUntil] = [
      Math.floor(Date.now() / 1_000),
      Number.isSafeInteger(validUntil) ? Number(validUntil) : 0,
    ];
    const own = now + validSeconds;
    if (asksUntil > Math.max(own, now + MAX_DAYS * 86_400)) {
      throw serverError("PAYMENT_TOO_LONG", { origin, validUntil: asksUntil, days: MAX_DAYS });
    }
    const until = Math.max(own, asksUntil);
    const total = needed > this.#signed ? limit : this.#signed;
    const voucher = await signVoucher(key, domain, { licenseId, slot, units: total, validUntil: until });
    this.#signed = total;
    this.#last = voucher;
    onVoucher?.(voucher);
    return voucher;
  }

  async #open(): Promise<Session> {
    const { licenseId, licensee } = this.#options;
    if ("account" in licensee) {
      const account = canonicalAddress(await decodingErrors(() => licensee.account.getAddress()));
      const asked = await this.#post("challenge", { licenseId: `${licenseId}`, account });
      const message = this.#requireOwn(asked, account);
      const signature = await decodingErrors(() => licensee.account.signMessage(message));
      return this.#sessionIn(await this.#post("session", { message, signature }), account);
    }
    const { signer, sign } = licensee;
    const asked = await this.#post("challenge", { licenseId: `${licenseId}`, signer });
    const { nonce, issuedAt } = (asked.access ?? {}) as Record<string, unknown>;
    // the other fields are this client's own, so that what is signed is good for nothing else
    const access = { licenseId, signer, audience: this.#options.origin, nonce, issuedAt } as Access;
    const signature = await sign(accessDigest(this.#licenseToken, this.#chainId, access));
    const answer = { licenseId: `${licenseId}`, signer, nonce, issuedAt, signature };
    return this.#sessionIn(await this.#post("session", answer), deviceUser(signer));
  }

  /** The message, if it is the one that this client would write itself. */
  #requireOwn(challenge: Record<string, unknown>, account: string): string {
    const { origin, licenseId } = this.#options;
    const { message, expiresAt } = challenge;
    const fields = typeof message === "string" ? readSignIn(message) : undefined;
    if (fields !== undefined && typeof expiresAt === "number") {
      const { nonce, issuedAt } = fields;
      const own = { origin, chainId: this.#chainId, account, licenseId, nonce, issuedAt, expiresAt };
      if (Number.isSafeInteger(expiresAt) && signInMessage(own) === message) return message;
    }
    throw serverError("CHALLENGE_FOREIGN", { origin });
  }

  #sessionIn(answer: Record<string, unknown>, user: string): Session {
    const { token, expiresAt } = answer;
    if (typeof token !== "string" || !/^[\w.~+/=-]{1,2048}$/.test(token) || !Number.isSafeInteger(expiresAt)) {
      throw serverError("ANSWER_UNKNOWN", { origin: this.#options.origin, status: 200 });
    }
    return { token, expiresAt: expiresAt as number, licenseId: this.#options.licenseId, user };
  }

  async #post(what: string, body: object): Promise<Record<string, unknown>> {
    const { origin, path = "/access" } = this.#options;
    const headers = { "content-type": "application/json" };
    // a signed challenge is for this server, and not for where it leads
    const settings = { method: "POST", headers, body: JSON.stringify(body), redirect: "error" as const };
    const response = await decodingErrors(() => fetch(`${origin}${path}/${what}`, settings));
    const value = await answerIn(response);
    if (response.ok && value !== undefined) return value;
    throw refusalIn(value) ?? serverError("ANSWER_UNKNOWN", { origin, status: response.status });
  }
}

async function answerIn(response: Response): Promise<Record<string, unknown> | undefined> {
  try {
    const value = parsed(await readAnswer(response, MAX_ANSWER));
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** A refusal with the sentences of this package: those of a stranger are not shown. */
export function refusalIn(value: Record<string, unknown> | undefined): IsonomyError | undefined {
  const { code, args } = (value?.error ?? {}) as Record<string, unknown>;
  if (typeof code !== "string" || !Object.hasOwn(serverErrors, code)) return undefined;
  const given = typeof args === "object" && args !== null ? Object.entries(args) : [];
  const shown = given.filter(
    ([, one]) => typeof one === "number" || (typeof one === "string" && one.length <= MAX_TEXT),
  );
  return serverError(code as ServerErrorCode, Object.fromEntries(shown));
}
