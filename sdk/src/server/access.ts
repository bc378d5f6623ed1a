import { TypedDataEncoder, hashMessage } from "ethers";

import { canonicalAddress } from "../addresses/address";
import { argumentError, checked } from "../base/checked";
import type { Hex } from "../market/typedData";

/** What an account signs to open a session, as the fields of a message by Sign-In with Ethereum (EIP-4361). */
export interface SignIn {
  /** The server's address, such as "https://models.example". */
  readonly origin: string;
  readonly chainId: bigint;
  readonly account: string;
  readonly licenseId: bigint;
  /** Letters and digits that the server drew. */
  readonly nonce: string;
  /** Unix time. */
  readonly issuedAt: number;
  /** First second in which it is not accepted any more, in Unix time. */
  readonly expiresAt: number;
}

/** What a device signs to open a session. */
export interface Access {
  readonly licenseId: bigint;
  /** The ERC-7913 signer: the address of a verifier, followed by the device's key. */
  readonly signer: string;
  /** The server's address, such as "https://models.example". */
  readonly audience: string;
  /** 32 bytes that the server drew. */
  readonly nonce: string;
  /** Unix time. */
  readonly issuedAt: number;
}

/** The EIP-712 type of what a device signs. */
export const ACCESS_TYPES = {
  Access: [
    { name: "licenseId", type: "uint256" },
    { name: "signer", type: "bytes" },
    { name: "audience", type: "string" },
    { name: "nonce", type: "bytes32" },
    { name: "issuedAt", type: "uint40" },
  ],
};

/**
 * The EIP-712 domain of what devices sign: one chain, and the licences of one deployment.
 * @throws `ADDRESS_INVALID`.
 * @example
 * ```ts
 * const domain = accessDomain(deployment.contracts.LicenseToken, chainId);
 * ```
 */
export const accessDomain = (licenseToken: string, chainId: bigint) => ({
  ...{ name: "Isonomy Access", version: "1", chainId },
  verifyingContract: canonicalAddress(licenseToken, "licenseToken") as Hex,
});

/**
 * What a device signs: the EIP-712 digest of an access, bound to the licences of one deployment on one chain.
 * @throws `ADDRESS_INVALID`, and `ARGUMENT_INVALID` for a value that does not fit its type.
 * @example
 * ```ts
 * const nonce = `0x${"11".repeat(32)}`;
 * const access = { licenseId, signer: concat([verifier, publicKey]), audience: "https://models.example", nonce, issuedAt: 1_796_036_400 };
 * const digest = accessDigest(deployment.contracts.LicenseToken, chainId, access);
 * ```
 */
export const accessDigest = /* @__PURE__ */ checked((licenseToken: string, chainId: bigint, access: Access): Hex => {
  const { licenseId, signer, audience, nonce, issuedAt } = access;
  const values = { licenseId, signer, audience, nonce, issuedAt };
  return TypedDataEncoder.hash(accessDomain(licenseToken, chainId), ACCESS_TYPES, values) as Hex;
});

/**
 * The message by Sign-In with Ethereum that an account signs.
 * @throws `ADDRESS_INVALID`, and `ARGUMENT_INVALID` for an origin that is none and a time that no calendar has.
 * @example
 * ```ts
 * const times = { issuedAt: 1_796_036_400, expiresAt: 1_796_036_520 };
 * const text = signInMessage({ origin: "https://models.example", chainId, account, licenseId, nonce: "a1b2c3d4", ...times });
 * ```
 */
export const signInMessage = /* @__PURE__ */ checked((signIn: SignIn): string => {
  const { origin, chainId, account, licenseId, nonce, issuedAt, expiresAt } = signIn;
  return [
    `${requireOrigin(origin).host} wants you to sign in with your Ethereum account:`,
    canonicalAddress(account, "account"),
    "",
    `Use licence ${licenseId} here.`,
    "",
    `URI: ${origin}`,
    "Version: 1",
    `Chain ID: ${chainId}`,
    `Nonce: ${nonce}`,
    `Issued At: ${isoTime(issuedAt)}`,
    `Expiration Time: ${isoTime(expiresAt)}`,
    `Request ID: ${licenseId}`,
  ].join("\n");
});

/** What contracts and wallets hash of such a message (EIP-191). */
export const signInDigest = (message: string): string => hashMessage(message);

/** What a server has to read of a message to write it again, and see whether it is its own. */
const FIELDS =
  /^[^\n]{1,260} wants you to sign in with your Ethereum account:\n(0x[0-9a-fA-F]{40})\n\n[^\n]{1,120}\n\nURI: [^\n]{1,260}\nVersion: 1\nChain ID: \d{1,20}\nNonce: ([0-9a-f]{64})\nIssued At: ([\d-]{10}T[\d:]{8}\.000Z)\nExpiration Time: [^\n]{1,30}\nRequest ID: (\d{1,78})$/;

/** The fields that a server did not fix itself; undefined for a text that no server of this package wrote. */
export function readSignIn(
  text: string,
): (Pick<SignIn, "account" | "nonce" | "issuedAt"> & { licenseId: bigint }) | undefined {
  const [, account, nonce, issued, licenseId] = FIELDS.exec(text) ?? [];
  if (account === undefined) return undefined;
  const issuedAt = Date.parse(issued!) / 1_000;
  return Number.isSafeInteger(issuedAt)
    ? { account, nonce: nonce!, issuedAt, licenseId: BigInt(licenseId!) }
    : undefined;
}

/** An origin as browsers write it: a scheme, a host, and a port if it is not the usual one. */
export function requireOrigin(origin: string): URL {
  const url = typeof origin === "string" && URL.canParse(origin) ? new URL(origin) : undefined;
  if (url === undefined || url.origin !== origin || !/^https?:$/.test(url.protocol)) {
    throw argumentError("ARGUMENT_INVALID", {
      detail: `origin is "${String(origin)}", and not the address of a server, such as https://models.example.`,
    });
  }
  return url;
}

function isoTime(seconds: number): string {
  return new Date(seconds * 1_000).toISOString();
}
