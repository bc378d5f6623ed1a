import { canonicalAddress } from "../addresses/address";
import type { Seal } from "./bytes";
import { serverError } from "./errors";

/** A session that a server opened. */
export interface Session {
  /** What requests carry as `Authorization: Bearer <token>`. Anyone who has it is served: treat it as a password. */
  readonly token: string;
  readonly licenseId: bigint;
  readonly user: string;
  /** First second in which it is over, in Unix time. */
  readonly expiresAt: number;
}

/** Whom a request is served to. */
export type Visit = Omit<Session, "token">;

/** Version, licence, user, end, seal. */
const TOKEN = /^v1\.(\d{1,78})\.(0x[0-9a-fA-F]{40})\.(\d{1,12})\.([0-9a-f]{32})$/;
const BEARER = /^Bearer +(\S+) *$/i;
/** Longer than every token that there is. */
const MAX_HEADER = 512;
/** Seconds by which the clocks of two processes with one secret may differ. */
const CLOCK_SKEW = 60;

/** Makes tokens, and recognises its own. Nothing is kept of them: a seal is what makes one good. */
export class SessionDesk {
  readonly #seal: Seal;
  readonly #seconds: number;
  readonly #now: () => number;

  constructor(seal: Seal, seconds: number, now: () => number) {
    this.#seal = seal;
    this.#seconds = seconds;
    this.#now = now;
  }

  open(licenseId: bigint, account: string): Session {
    const user = canonicalAddress(account, "user");
    const expiresAt = this.#now() + this.#seconds;
    const parts = [`${licenseId}`, user, `${expiresAt}`];
    return { token: ["v1", ...parts, this.#seal.of(...parts)].join("."), licenseId, user, expiresAt };
  }

  /** Whom a request comes from, by its header; throws where that is nobody. */
  read(authorization: string | undefined): Visit {
    if (authorization === undefined || authorization === "") throw serverError("SESSION_MISSING");
    const [, token] = (authorization.length <= MAX_HEADER ? BEARER.exec(authorization) : null) ?? [];
    const [, licenseId, user, end, seal] = TOKEN.exec(token ?? "") ?? [];
    if (seal === undefined || !this.#seal.fits(seal, licenseId!, user!, end!)) throw serverError("SESSION_INVALID");
    const expiresAt = Number(end);
    const now = this.#now();
    if (now >= expiresAt) throw serverError("SESSION_EXPIRED");
    // opened under settings that were taken back, or by a clock that was wrong
    if (expiresAt > now + this.#seconds + CLOCK_SKEW) throw serverError("SESSION_INVALID");
    return { licenseId: BigInt(licenseId!), user: user!, expiresAt };
  }
}
