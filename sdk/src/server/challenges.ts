import { canonicalAddress } from "../addresses/address";
import { deviceUser } from "../rights/seats";
import { accessDigest, readSignIn, signInDigest, signInMessage, type Access } from "./access";
import { Seal, randomHex } from "./bytes";
import { serverError } from "./errors";

/** Where the challenges that were used are kept until they expire. Several processes that share one may answer one another's. */
export interface NonceStore {
  /**
   * Uses a nonce up; false where it was used before. Of two at once, one is told true.
   * @param until Unix time after which it may be forgotten.
   */
  use(nonce: string, until: number): boolean | Promise<boolean>;
  /** Takes the use back, for a request that was refused and got nothing for it. */
  release(nonce: string): void | Promise<void>;
}

/** What an account is asked to sign: a text that wallets show. */
export interface AccountChallenge {
  readonly kind: "account";
  readonly message: string;
  /** First second in which it is not accepted any more, in Unix time. */
  readonly expiresAt: number;
}

/** What a device is asked to sign: the EIP-712 digest of `access`. */
export interface DeviceChallenge {
  readonly kind: "device";
  readonly access: Access;
  /** First second in which it is not accepted any more, in Unix time. */
  readonly expiresAt: number;
}

/** What somebody is asked to sign to open a session. */
export type Challenge = AccountChallenge | DeviceChallenge;

/** A challenge of this desk that came back. */
export interface Answered {
  readonly nonce: string;
  readonly licenseId: bigint;
  /** The account; or what a device is called, by its key. */
  readonly user: string;
  /** The ERC-7913 signer; undefined for an account. */
  readonly signer?: string;
  readonly digest: string;
  /** First second in which it is not accepted any more, in Unix time. */
  readonly expiresAt: number;
}

export interface DeskSettings {
  readonly origin: string;
  readonly chainId: bigint;
  readonly licenseToken: string;
  readonly seconds: number;
  readonly seal: Seal;
  /** Unix time, in seconds. */
  readonly now: () => number;
}

/**
 * Issues challenges and recognises its own. Nothing is kept of a challenge that was only asked for: its nonce carries a seal over
 * all other fields, so strangers who ask for millions cannot fill the memory.
 */
export class ChallengeDesk {
  readonly #settings: DeskSettings;

  constructor(settings: DeskSettings) {
    this.#settings = settings;
  }

  forAccount(licenseId: bigint, account: string): AccountChallenge {
    const { seconds } = this.#settings;
    const issuedAt = this.#settings.now();
    const nonce = this.#nonce("account", licenseId, canonicalAddress(account, "account"), issuedAt);
    return {
      kind: "account",
      message: this.#message(licenseId, account, nonce, issuedAt),
      expiresAt: issuedAt + seconds,
    };
  }

  forDevice(licenseId: bigint, signer: string): DeviceChallenge {
    const { origin, seconds } = this.#settings;
    const issuedAt = this.#settings.now();
    const nonce = `0x${this.#nonce("device", licenseId, signer.toLowerCase(), issuedAt)}`;
    const access = { licenseId, signer: signer.toLowerCase(), audience: origin, nonce, issuedAt };
    return { kind: "device", access, expiresAt: issuedAt + seconds };
  }

  /** A message that came back, if it is one of this desk's, word for word, and not too old. */
  readMessage(message: string): Answered {
    const fields = readSignIn(message);
    if (fields === undefined) throw serverError("CHALLENGE_UNKNOWN");
    const { account, nonce, issuedAt, licenseId } = fields;
    const isOurs = this.#isOurs("account", licenseId, account, issuedAt, nonce);
    if (!isOurs || this.#message(licenseId, account, nonce, issuedAt) !== message) {
      throw serverError("CHALLENGE_UNKNOWN");
    }
    return { nonce, licenseId, user: account, digest: signInDigest(message), expiresAt: this.#requireFresh(issuedAt) };
  }

  /** The same of what a device signed. */
  readAccess({ licenseId, signer, nonce, issuedAt }: Omit<Access, "audience">): Answered {
    const { licenseToken, chainId, origin } = this.#settings;
    const drawn = nonce.slice(2).toLowerCase();
    if (!this.#isOurs("device", licenseId, signer.toLowerCase(), issuedAt, drawn))
      throw serverError("CHALLENGE_UNKNOWN");
    const digest = accessDigest(licenseToken, chainId, { licenseId, signer, audience: origin, nonce, issuedAt });
    const expiresAt = this.#requireFresh(issuedAt);
    return { nonce: drawn, licenseId, user: deviceUser(signer), signer, digest, expiresAt };
  }

  #message(licenseId: bigint, account: string, nonce: string, issuedAt: number): string {
    const { origin, chainId, seconds } = this.#settings;
    return signInMessage({ origin, chainId, account, licenseId, nonce, issuedAt, expiresAt: issuedAt + seconds });
  }

  #requireFresh(issuedAt: number): number {
    const { seconds, now } = this.#settings;
    if (now() >= issuedAt + seconds) throw serverError("CHALLENGE_EXPIRED", { seconds });
    return issuedAt + seconds;
  }

  /** 16 random bytes, and a seal over them and the fields. */
  #nonce(kind: Challenge["kind"], licenseId: bigint, who: string, issuedAt: number): string {
    const drawn = randomHex(16);
    return `${drawn}${this.#settings.seal.of(kind, drawn, `${licenseId}`, who, `${issuedAt}`)}`;
  }

  #isOurs(kind: Challenge["kind"], licenseId: bigint, who: string, issuedAt: number, nonce: string): boolean {
    const drawn = nonce.slice(0, 32);
    return this.#settings.seal.fits(nonce.slice(32), kind, drawn, `${licenseId}`, who, `${issuedAt}`);
  }
}

/** Nonces that were used, until they expire: a server accepts no more than these at a time. */
const MAX_NONCES = 100_000;

/** Keeps the nonces of one process, and no more than 100,000 of them. */
export class MemoryNonces implements NonceStore {
  readonly #used = new Map<string, number>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  use(nonce: string, until: number): boolean {
    const now = this.#now();
    // all of them live equally long, so that the oldest are in front
    for (const [old, expiresAt] of this.#used) {
      if (expiresAt > now) break;
      this.#used.delete(old);
    }
    if (this.#used.has(nonce)) return false;
    // to forget one that could still be used would let it be used twice
    if (this.#used.size >= MAX_NONCES) throw serverError("SERVER_BUSY");
    this.#used.set(nonce, until);
    return true;
  }

  release(nonce: string): void {
    this.#used.delete(nonce);
  }
}
