import { canonicalAddress, canonicalFields } from "../addresses/address";
import { checked } from "../base/checked";
import { marketError } from "../domains/market/errors";
import { hashStruct, hashTypedData, type Hex } from "./typedData";

export type { Hex };

/** The native coin as a token, and nobody as an account. */
export const ZERO_ADDRESS: Hex = `0x${"0".repeat(40)}`;
export const ZERO_HASH: Hex = `0x${"0".repeat(64)}`;

/** All terms of an offer; amounts in the smallest unit of the token, times in seconds, shares in basis points. */
export interface Offer {
  readonly versionId: bigint;
  readonly creator: string;
  /** The zero address is the native coin. */
  readonly payToken: string;
  readonly price: bigint;
  readonly supply: bigint;
  /** Last second in which it can be bought; 0 is never. */
  readonly expiresAt: bigint;
  /** The only account that may pay; zero is anyone. */
  readonly buyer: string;
  readonly referrerBps: bigint;
  readonly maxProtocolFeeBps: bigint;
  readonly transferable: boolean;
  readonly includesUpdates: boolean;
  /** 0 settles at once; otherwise the purchase goes through the escrow. */
  readonly deliveryWindow: bigint;
  readonly complaintWindow: bigint;
  readonly arbitrator: string;
  readonly bond: bigint;
  readonly epoch: bigint;
  readonly salt: bigint;
  /** Index of the rights module that says who may use a licence; 0: its holder alone. */
  readonly rights: bigint;
  /** What the rights module promises, in its own form. */
  readonly rightsTerms: string;
  /** Who may buy, in the form of `OfferPolicies`; zero: anybody. */
  readonly policy: string;
}

/** A value as ethers types what a contract takes; written out, so that a program with viem alone can be compiled. Addresses have to be texts. */
type Loose<Value> = Value extends bigint
  ? bigint | number | string
  : Value extends string
    ? string | Uint8Array | Promise<string> | { getAddress(): Promise<string> }
    : Value;

/** An offer as a library returns it: ethers has every number as a bigint, and viem those of at most 48 bits as a number. */
export type OfferStruct = { readonly [Name in keyof Offer]: Loose<Offer[Name]> };

/** What a creator has to decide; the rest has a default that changes nothing. Of a version with a file the window has to be said too. */
export type OfferTerms = Pick<Offer, "versionId" | "price" | "supply"> & Partial<Omit<Offer, "creator">>;

/** Terms that say whether the key of the version's file is owed: 0 sells licences alone, whatever the version has. */
export type DecidedTerms = OfferTerms & Pick<Offer, "deliveryWindow">;

/** The EIP-712 type of an offer, in the order of the contract's fields. */
export const OFFER_TYPES = {
  Offer: [
    { name: "versionId", type: "uint64" },
    { name: "creator", type: "address" },
    { name: "payToken", type: "address" },
    { name: "price", type: "uint128" },
    { name: "supply", type: "uint32" },
    { name: "expiresAt", type: "uint40" },
    { name: "buyer", type: "address" },
    { name: "referrerBps", type: "uint16" },
    { name: "maxProtocolFeeBps", type: "uint16" },
    { name: "transferable", type: "bool" },
    { name: "includesUpdates", type: "bool" },
    { name: "deliveryWindow", type: "uint32" },
    { name: "complaintWindow", type: "uint32" },
    { name: "arbitrator", type: "address" },
    { name: "bond", type: "uint96" },
    { name: "epoch", type: "uint64" },
    { name: "salt", type: "uint64" },
    { name: "rights", type: "uint32" },
    { name: "rightsTerms", type: "bytes32" },
    { name: "policy", type: "bytes32" },
  ],
};

const ADDRESSES = OFFER_TYPES.Offer.filter(({ type }) => type === "address").map(({ name }) => name as keyof Offer);

/**
 * The same offer with every address in its checksummed spelling; it has the same hash.
 * @throws `ADDRESS_INVALID`.
 * @example
 * ```ts
 * const { creator } = canonicalOffer(offer);
 * ```
 */
export const canonicalOffer = /* @__PURE__ */ checked((offer: Offer): Offer => {
  return canonicalFields(offer, ADDRESSES);
});

/**
 * Completes an offer: for the native coin, to anyone, for ever, and the licence may be given away. The delivery window has
 * no default, because nobody can tell from the terms alone whether the version has a file that is sold.
 * @throws `WINDOW_MISSING`, `ADDRESS_INVALID`.
 * @example
 * ```ts
 * const offer = completeOffer(account, { versionId, price: parseEther("0.05"), supply: 10n, deliveryWindow: 0n });
 * ```
 */
export const completeOffer = /* @__PURE__ */ checked((creator: string, terms: DecidedTerms): Offer => {
  if (typeof terms.deliveryWindow !== "bigint") throw marketError("WINDOW_MISSING", { versionId: terms.versionId });
  return canonicalOffer({
    payToken: ZERO_ADDRESS,
    expiresAt: 0n,
    buyer: ZERO_ADDRESS,
    referrerBps: 0n,
    maxProtocolFeeBps: 500n,
    transferable: true,
    includesUpdates: false,
    complaintWindow: 0n,
    arbitrator: ZERO_ADDRESS,
    bond: 0n,
    epoch: 0n,
    salt: 0n,
    rights: 0n,
    rightsTerms: ZERO_HASH,
    policy: ZERO_HASH,
    ...terms,
    creator,
  });
});

/**
 * The id of an offer: the hash of all of its terms, computed here so that no node has to be believed.
 * @throws `ADDRESS_INVALID`, and `ARGUMENT_INVALID` for a term that does not fit its bits.
 * @example
 * ```ts
 * const { sold } = await market.offerState(hashOffer(offer));
 * ```
 */
export const hashOffer = /* @__PURE__ */ checked((offer: Offer): Hex => {
  return hashStruct("Offer", OFFER_TYPES.Offer, canonicalOffer(offer));
});

/**
 * What a creator signs for an offer that is never listed: its hash bound to one market on one chain.
 * @throws `ADDRESS_INVALID`.
 * @example
 * ```ts
 * const digest = offerDigest(deployment.contracts.Market, chainId, offer);
 * const valid = await acceptsSignature(provider, offer.creator, digest, signature);
 * ```
 */
export const offerDigest = /* @__PURE__ */ checked((market: string, chainId: bigint, offer: Offer): Hex => {
  return hashTypedData(marketDomain(market, chainId), "Offer", OFFER_TYPES.Offer, canonicalOffer(offer));
});

/**
 * The EIP-712 domain of a market.
 * @throws `ADDRESS_INVALID`.
 * @example
 * ```ts
 * const domain = marketDomain(deployment.contracts.Market, chainId);
 * ```
 */
export const marketDomain = /* @__PURE__ */ checked((market: string, chainId: bigint) => {
  return {
    name: "Isonomy Market",
    version: "1",
    chainId,
    verifyingContract: canonicalAddress(market, "market") as Hex,
  };
});

/**
 * An offer as plain values, out of what an event or a call returned; libraries differ in what they make of small numbers.
 * @throws `ADDRESS_INVALID`.
 * @example
 * ```ts
 * const [listed] = await market.market.queryFilter(market.market.filters.OfferListed());
 * if (listed) console.log(hashOffer(toOffer(listed.args.offer)));
 * ```
 */
export const toOffer = /* @__PURE__ */ checked((struct: OfferStruct): Offer => {
  const values: Record<string, unknown> = {};
  for (const { name, type } of OFFER_TYPES.Offer) {
    const value = struct[name as keyof OfferStruct];
    if (type === "address") values[name] = canonicalAddress(value as string, name);
    else values[name] = type.startsWith("uint") ? BigInt(value as bigint) : value;
  }
  return values as unknown as Offer;
});
