import { secp256k1 } from "@noble/curves/secp256k1.js";
import { keccak_256 } from "@noble/hashes/sha3.js";

import { checked } from "../base/checked";
import { plainHash, taggedHash, toBigInt, toHex, word } from "./encoding";
import { fairExchangeError } from "./errors";
import type { Platform } from "./platform";

const { Point } = secp256k1;
type CurvePoint = InstanceType<typeof Point>;

/** Order of secp256k1's group. */
export const ORDER: bigint = Point.CURVE().n;
const GENERATOR_X = Point.CURVE().Gx;
/** A draw is out of range once in 2^127: eight in a row are not random. */
const MAX_DRAWS = 8;
const ZERO_ADDRESS = `0x${"0".repeat(40)}`;

/** A secret scalar and the x coordinate of its point, whose y is even. */
export interface KeyPair {
  secret: bigint;
  x: bigint;
}

/** What a pad is bound to, so that no delivery can be used for another purchase. */
export interface PadContext {
  chainId: bigint;
  /** The contract that verifies the delivery. */
  escrow: string;
  versionId: bigint;
  payer: string;
  /** x coordinate of the buyer's public key of this purchase. */
  buyerX: bigint;
}

function mod(value: bigint): bigint {
  const rest = value % ORDER;
  return rest < 0n ? rest + ORDER : rest;
}

/** The Ethereum address of a point. */
function addressOf(point: CurvePoint): string {
  return toHex(keccak_256(point.toBytes(false).subarray(1)).subarray(12));
}

/** The point with this x coordinate and an even or odd y, or undefined where the contracts would refuse it. */
function lift(x: bigint, odd = 0n): CurvePoint | undefined {
  if (x <= 0n || x >= ORDER || odd < 0n || odd > 1n) return undefined;
  try {
    const bytes = new Uint8Array(33);
    bytes[0] = odd === 0n ? 2 : 3;
    bytes.set(word(x), 1);
    return Point.fromBytes(bytes);
  } catch {
    return undefined;
  }
}

function requirePoint(name: string, x: bigint): CurvePoint {
  const point = lift(x);
  if (point === undefined) throw fairExchangeError("POINT_INVALID", { name });
  return point;
}

function requireScalar(name: string, scalar: bigint): bigint {
  // the value itself stays out of the error: it may be a secret
  if (scalar <= 0n || scalar >= ORDER) throw fairExchangeError("SCALAR_INVALID", { name });
  return scalar;
}

/**
 * `addr(aQ + cG)`, or the zero address on failure: what the contract's function of the same name returns.
 * @example
 * ```ts
 * const { x } = newKeyPair(platform);
 * const address = lin(x, 0n, 1n, 0n); // the address of the point itself
 * ```
 */
export const lin = /* @__PURE__ */ checked((qx: bigint, odd: bigint, a: bigint, c: bigint): string => {
  const point = lift(qx, odd);
  if (point === undefined || a <= 0n || a >= ORDER || c < 0n || c >= ORDER) return ZERO_ADDRESS;
  const sum = point.multiplyUnsafe(a).add(Point.BASE.multiplyUnsafe(c));
  return sum.is0() ? ZERO_ADDRESS : addressOf(sum);
});

/**
 * Whether a version may have this key.
 * @example
 * ```ts
 * if (!isKey(version.keyX)) console.log("No version may have this key.");
 * ```
 */
export const isKey = /* @__PURE__ */ checked((keyX: bigint): boolean => {
  return lift(keyX) !== undefined;
});

/**
 * Whether the contract accepts the scalar as the delivery of a key for this pad.
 * @example
 * ```ts
 * if (verifyDelivery(version.keyX, deal.pad, delivered)) console.log("The key is delivered.");
 * ```
 */
export const verifyDelivery = /* @__PURE__ */ checked((keyX: bigint, pad: string, c: bigint): boolean => {
  const sum = lin(keyX, 0n, ORDER - 1n, c);
  return sum !== ZERO_ADDRESS && sum === pad.toLowerCase();
});

/**
 * Whether `k` is the secret of the point, decided as the contract decides it.
 * @example
 * ```ts
 * const { secret, x } = newKeyPair(platform);
 * isSecretOf(secret, x); // true
 * ```
 */
export const isSecretOf = /* @__PURE__ */ checked((k: bigint, qx: bigint, odd = 0n): boolean => {
  if (k <= 0n || k >= ORDER) return false;
  const t = mod(toBigInt(taggedHash("isonomy.dlog.v1", k, qx, odd)));
  const left = lin(GENERATOR_X, 0n, mod(k - t), 0n);
  return left !== ZERO_ADDRESS && left === lin(qx, odd, 1n, mod(-t));
});

/**
 * The secret and the x coordinate of its point; the secret is negated where its point has an odd y.
 * @throws `SCALAR_INVALID` for 0 and for what is not below the curve's order.
 * @example
 * ```ts
 * const { secret, x } = keyPairOf(12_345n);
 * ```
 */
export const keyPairOf = /* @__PURE__ */ checked((secret: bigint): KeyPair => {
  const { x, y } = Point.BASE.multiply(requireScalar("The secret", secret)).toAffine();
  if (x >= ORDER) throw fairExchangeError("POINT_INVALID", { name: "The key" });
  return { secret: y % 2n === 0n ? secret : ORDER - secret, x };
});

/**
 * A fresh key pair: of a version, or of one purchase. Never use one twice.
 * @example
 * ```ts
 * const { secret, x } = newKeyPair(platform);
 * await keyring.add({ kind: "version", secret, x, note: "my model" });
 * ```
 */
export const newKeyPair = /* @__PURE__ */ checked((platform: Pick<Platform, "randomBytes">): KeyPair => {
  for (let draw = 0; draw < MAX_DRAWS; draw++) {
    // refusing what is out of range keeps every scalar equally likely
    const secret = toBigInt(platform.randomBytes(32));
    if (secret > 0n && secret < ORDER) return keyPairOf(secret);
  }
  throw new RangeError("the platform draws no random bytes.");
});

/** h of the protocol: it hides the key in the delivered scalar, and only the two sides can compute it. */
function padScalar(context: PadContext, shared: CurvePoint): bigint {
  const bound = taggedHash(
    "isonomy.pad.v1",
    context.chainId,
    context.escrow,
    context.versionId,
    context.payer,
    context.buyerX,
  );
  return mod(toBigInt(plainHash(toHex(bound), addressOf(shared))));
}

/** What the buyer sends with a purchase, and the secret to keep until the key is recovered. */
export interface BuyerPad {
  secret: bigint;
  buyerX: bigint;
  pad: string;
}

/**
 * Draws the buyer's key of one purchase and computes the pad that the delivery must open.
 * @throws `POINT_INVALID` for a version's key that is no point.
 * @example
 * ```ts
 * const context = { chainId, escrow: deployment.contracts.Escrow, versionId, payer: account };
 * const { secret, buyerX, pad } = buyerPad(platform, version.keyX, context);
 * await keyring.add({ kind: "purchase", secret, x: buyerX, note: "my purchase" });
 * ```
 */
export const buyerPad = /* @__PURE__ */ checked(
  (platform: Pick<Platform, "randomBytes">, keyX: bigint, purchase: Omit<PadContext, "buyerX">): BuyerPad => {
    const key = requirePoint("The version's key", keyX);
    for (;;) {
      const { secret, x: buyerX } = newKeyPair(platform);
      const h = padScalar({ ...purchase, buyerX }, key.multiply(secret));
      if (h !== 0n) return { secret, buyerX, pad: addressOf(Point.BASE.multiply(h)) };
    }
  },
);

/**
 * The scalar that delivers the key to one purchase. It declines a key of the buyer that is off the curve or that was
 * copied from another purchase: nothing is sent then, and the caller refunds the buyer.
 * @throws `DELIVERY_DECLINED`, `SCALAR_INVALID`.
 * @example
 * ```ts
 * const context = { chainId, escrow: deployment.contracts.Escrow, versionId, payer: deal.payer, buyerX: BigInt(deal.buyerKey) };
 * const scalar = sellerScalar(key, context, deal.pad);
 * ```
 */
export const sellerScalar = /* @__PURE__ */ checked((secret: bigint, context: PadContext, pad: string): bigint => {
  requireScalar("The version's secret", secret);
  const buyer = lift(context.buyerX);
  if (buyer === undefined) throw fairExchangeError("DELIVERY_DECLINED", { buyerX: context.buyerX, pad });
  const { secret: k, x: keyX } = keyPairOf(secret);
  const h = padScalar(context, buyer.multiply(k));
  if (h === 0n || addressOf(Point.BASE.multiply(h)) !== pad.toLowerCase()) {
    throw fairExchangeError("DELIVERY_DECLINED", { buyerX: context.buyerX, pad });
  }
  const c = mod(k + h);
  // a fault of this machine must not cost the buyer a reverted delivery, nor the seller the key
  if (!verifyDelivery(keyX, pad, c)) throw fairExchangeError("DELIVERY_DECLINED", { buyerX: context.buyerX, pad });
  return c;
});

/**
 * Whether a buyer's secret shows that the seller could have delivered: it is the secret of the deal's key, and leads to the
 * deal's pad. Decided as the escrow decides it when a missed delivery is recorded.
 * @example
 * ```ts
 * const context = { chainId, escrow: deployment.contracts.Escrow, versionId, payer: account, buyerX: BigInt(deal.buyerKey) };
 * const honest = isHonestPad(deal.pad, buyerSecret, BigInt(deal.keyX), context);
 * ```
 */
export const isHonestPad = /* @__PURE__ */ checked(
  (pad: string, buyerSecret: bigint, keyX: bigint, context: PadContext): boolean => {
    const key = lift(keyX);
    if (key === undefined || !isSecretOf(buyerSecret, context.buyerX)) return false;
    const h = padScalar(context, key.multiply(buyerSecret));
    return h !== 0n && addressOf(Point.BASE.multiply(h)) === pad.toLowerCase();
  },
);

/**
 * The version's secret, from the delivered scalar and the buyer's secret of the purchase.
 * @throws `SCALAR_WRONG`, `SCALAR_INVALID` or `POINT_INVALID`.
 * @example
 * ```ts
 * const purchase = { chainId, escrow: deployment.contracts.Escrow, versionId, payer: account };
 * const key = recoverKey(delivered, buyerSecret, version.keyX, purchase);
 * ```
 */
export const recoverKey = /* @__PURE__ */ checked(
  (delivered: bigint, buyerSecret: bigint, keyX: bigint, purchase: Omit<PadContext, "buyerX">) => {
    const key = requirePoint("The version's key", keyX);
    const { secret: b, x: buyerX } = keyPairOf(buyerSecret);
    const k = mod(delivered - padScalar({ ...purchase, buyerX }, key.multiply(b)));
    if (k === 0n || delivered < 0n || delivered >= ORDER || !Point.BASE.multiply(k).equals(key)) {
      throw fairExchangeError("SCALAR_WRONG");
    }
    return k;
  },
);
