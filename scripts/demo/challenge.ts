import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { getAddress, verifyTypedData, type Signer, type TypedDataDomain } from "ethers";

import { sameAddress } from "../../sdk/src/addresses/address";

/** What a licensee signs to be served once: bound to one server, one licence, one account and a short time. */
export interface Challenge {
  /** The server's address; a signature for one server is worth nothing at another. */
  readonly origin: string;
  readonly licenseId: string;
  readonly account: string;
  /** Last second, since 1970, in which it is accepted. */
  readonly expiresAt: number;
  readonly nonce: string;
}

const TYPES = {
  InferenceAccess: [
    { name: "origin", type: "string" },
    { name: "licenseId", type: "uint256" },
    { name: "account", type: "address" },
    { name: "expiresAt", type: "uint64" },
    { name: "nonce", type: "bytes32" },
  ],
};

/** Signs a challenge with the licensee's account. */
export function signChallenge(signer: Signer, chainId: bigint, challenge: Challenge): Promise<string> {
  return signer.signTypedData(domain(chainId), TYPES, challenge);
}

/** Whether `signature` is the account's own, for exactly this challenge. */
export function signedByAccount(chainId: bigint, challenge: Challenge, signature: string): boolean {
  try {
    return sameAddress(verifyTypedData(domain(chainId), TYPES, challenge, signature), challenge.account);
  } catch {
    return false;
  }
}

/**
 * Issues challenges and recognises its own. Nothing is kept for a challenge that was only asked for: its nonce carries
 * a seal over the other fields, so strangers who ask for millions of them cannot fill the server's memory.
 */
export class ChallengeDesk {
  readonly #secret = randomBytes(32);
  readonly #origin: string;
  readonly #lifeSeconds: number;
  readonly #now: () => number;
  readonly #used = new Map<string, number>();

  constructor(origin: string, lifeSeconds: number, now: () => number) {
    this.#origin = origin;
    this.#lifeSeconds = lifeSeconds;
    this.#now = now;
  }

  issue(licenseId: bigint, account: string): Challenge {
    const body = {
      origin: this.#origin,
      licenseId: licenseId.toString(),
      account: getAddress(account),
      expiresAt: this.#now() + this.#lifeSeconds,
    };
    const random = randomBytes(16);
    return { ...body, nonce: `0x${Buffer.concat([random, this.#seal(body, random)]).toString("hex")}` };
  }

  /** Whether this desk issued the challenge, every field as it is. */
  issued(challenge: Challenge): boolean {
    const nonce = Buffer.from(challenge.nonce.slice(2), "hex");
    const seal = nonce.subarray(16);
    return seal.length === 16 && timingSafeEqual(seal, this.#seal(challenge, nonce.subarray(0, 16)));
  }

  expired(challenge: Challenge): boolean {
    return this.#now() > challenge.expiresAt;
  }

  /** Uses a challenge up; false when it was used before. */
  use(challenge: Challenge): boolean {
    for (const [nonce, expiresAt] of this.#used) {
      if (expiresAt >= this.#now()) break;
      this.#used.delete(nonce);
    }
    if (this.#used.has(challenge.nonce)) return false;
    this.#used.set(challenge.nonce, challenge.expiresAt);
    return true;
  }

  /** Takes the use back, for a request that was refused and got nothing for it. */
  release(challenge: Challenge): void {
    this.#used.delete(challenge.nonce);
  }

  #seal(body: Omit<Challenge, "nonce">, random: Buffer): Buffer {
    const { origin, licenseId, account, expiresAt } = body;
    const text = JSON.stringify([origin, licenseId, account, expiresAt]);
    return createHmac("sha256", this.#secret).update(random).update(text).digest().subarray(0, 16);
  }
}

function domain(chainId: bigint): TypedDataDomain {
  return { name: "Isonomy inference", version: "1", chainId };
}
