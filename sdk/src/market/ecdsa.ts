import { marketError } from "../domains/market/errors";
import type { Hex } from "./typedData";

/** The order of secp256k1's group. */
const N = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
/** Contracts take no `s` above it. */
export const HALF_ORDER = N / 2n;

/**
 * A key's signature in the one form that contracts verify: 65 bytes, v of 27 or 28, s in the lower half. Takes the 64
 * bytes of EIP-2098, a v of 0 or 1, and an s in the upper half as well; refuses the rest as `SIGNATURE_INVALID`.
 * @throws `SIGNATURE_INVALID`.
 * @example
 * ```ts
 * const signature = ecdsaSignature(await signer.signMessage("hello"));
 * ```
 */
export function ecdsaSignature(signature: string): Hex {
  const { r, s, v } = ecdsaParts(signature);
  return `0x${r.slice(2)}${s.slice(2)}${v.toString(16)}`;
}

/** The same in its three parts, as permits are given to a token. */
export function ecdsaParts(signature: string): { r: Hex; s: Hex; v: 27 | 28 } {
  const hex = plainHex(signature).slice(2);
  const length = hex.length / 2;
  const refuse = (detail: string): never => {
    throw marketError("SIGNATURE_INVALID", { detail });
  };
  if (length !== 64 && length !== 65)
    refuse(`it has ${length} bytes, and a key's signature has 65, or 64 in its short form.`);
  const [r, second] = [BigInt(`0x${hex.slice(0, 64)}`), BigInt(`0x${hex.slice(64, 128)}`)];
  // the short form has the parity in the highest bit, which no s in the lower half has
  const short = length === 64;
  const last = short ? Number(second >> 255n) : Number(`0x${hex.slice(128)}`);
  if (![0, 1, 27, 28].includes(last)) refuse(`its last byte is ${last}, and it can be 27, 28, 0 or 1.`);
  const given = short ? BigInt.asUintN(255, second) : second;
  if (r === 0n || r >= N || given === 0n || given >= N) refuse("no key can have made it.");
  const high = given > HALF_ORDER;
  const odd = (last % 27 === 1) !== high;
  return { r: word(r), s: word(high ? N - given : given), v: odd ? 28 : 27 };
}

/** Bytes in hexadecimal with their prefix and in lower case; anything else is refused. */
export function plainHex(signature: string): Hex {
  const hex = typeof signature === "string" ? signature.replace(/^0x/i, "").toLowerCase() : "none";
  if (!/^([0-9a-f]{2})*$/.test(hex)) {
    throw marketError("SIGNATURE_INVALID", { detail: "it is not a whole number of bytes in hexadecimal." });
  }
  return `0x${hex}`;
}

function word(value: bigint): Hex {
  return `0x${value.toString(16).padStart(64, "0")}`;
}
