import { decodeError } from "isonomy";
import { SiweMessage, generateNonce } from "siwe";

const LIFE_MS = 60_000;
/** Challenges that were asked for and not used; strangers may ask for as many as they like. */
const MAX_OPEN = 10_000;

/** Lets requests through whose sender signed a fresh challenge and may use a licence to the version. */
export class LicenseGuard {
  #open = new Map();
  #market;
  #provider;
  #domain;
  #origin;
  #chainId;
  #versionId;

  /** @param market A `MarketClient`; reading is enough. The provider asks accounts that are contracts (ERC-1271). */
  constructor({ market, provider, origin, chainId, versionId }) {
    this.#market = market;
    this.#provider = provider;
    this.#origin = origin;
    this.#domain = new URL(origin).host;
    this.#chainId = chainId;
    this.#versionId = versionId;
  }

  /** What an account signs to be served once (EIP-4361): it names this server, the licence and a time. */
  challenge(account, licenseId) {
    const now = Date.now();
    for (const [nonce, { until }] of this.#open) {
      if (until > now && this.#open.size < MAX_OPEN) break;
      this.#open.delete(nonce);
    }
    const nonce = generateNonce();
    const message = new SiweMessage({
      domain: this.#domain,
      uri: this.#origin,
      version: "1",
      chainId: Number(this.#chainId),
      address: account,
      nonce,
      statement: `Use licence ${licenseId} here, once.`,
      requestId: String(licenseId),
      issuedAt: new Date(now).toISOString(),
      expirationTime: new Date(now + LIFE_MS).toISOString(),
    });
    const text = message.prepareMessage();
    this.#open.set(nonce, { text, until: now + LIFE_MS });
    return text;
  }

  /** The account and licence behind a signed challenge; throws a `Refused` with the status to answer. */
  async admit(text, signature) {
    let message;
    try {
      message = new SiweMessage(text);
    } catch {
      throw new Refused(400, "That is no challenge.");
    }
    const given = this.#open.get(message.nonce);
    // whatever comes of it, a challenge is answered once, and word for word
    this.#open.delete(message.nonce);
    if (given?.text !== text) throw new Refused(401, "The challenge was used, or is not ours.");
    const { success } = await message.verify(
      { signature, domain: this.#domain, time: new Date().toISOString() },
      { provider: this.#provider, suppressExceptions: true },
    );
    if (!success || message.chainId !== Number(this.#chainId) || message.uri !== this.#origin) {
      throw new Refused(401, "The signature is not that of the account, or came too late.");
    }
    const licenseId = BigInt(message.requestId);
    try {
      const [usable, covered] = await Promise.all([
        this.#market.isAuthorized(licenseId, message.address),
        this.#market.covers(licenseId, this.#versionId),
      ]);
      if (!usable || !covered)
        throw new Refused(403, `${message.address} holds no usable licence ${licenseId} for this.`);
    } catch (error) {
      if (error instanceof Refused) throw error;
      throw new Refused(503, decodeError(error).message);
    }
    return { account: message.address, licenseId };
  }
}

/** Why somebody is not served. */
export class Refused extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}
