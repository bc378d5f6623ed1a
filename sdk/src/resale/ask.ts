import { canonicalAddress } from "../addresses/address";
import { argumentError, checked } from "../base/checked";
import { hashStruct, hashTypedData, type Hex } from "../market/typedData";

/** All terms on which a holder sells a licence. */
export interface Ask {
  readonly licenseId: bigint;
  readonly seller: string;
  /** The zero address is the native coin. */
  readonly payToken: string;
  /** In the token's smallest unit; the seller receives what fee and royalty leave of it. */
  readonly price: bigint;
  /** Last second in which it can be bought, in Unix time; at most 180 days ahead of the sale. */
  readonly expiresAt: bigint;
  /** The only account that may pay; the zero address is anyone. */
  readonly buyer: string;
  /** The highest protocol fee that the seller accepts, in basis points. */
  readonly maxFeeBps: bigint;
  /** The highest royalty that the seller accepts, in basis points. */
  readonly maxRoyaltyBps: bigint;
  /** The version whose key the seller delivers; 0 for a sale at once. */
  readonly versionId: bigint;
  /** Seconds; 0 sells at once. */
  readonly deliveryWindow: bigint;
  /** Seconds; 0 for a sale at once. */
  readonly complaintWindow: bigint;
  /** The seller's signing epoch. */
  readonly epoch: bigint;
  /** Which of the seller's bits the ask uses up, 0 to 223; of several asks with one bit, one can be used. */
  readonly bit: bigint;
}

/** An ask with its seller's signature. */
export interface SignedAsk extends Ask {
  readonly signature: string;
}

/** How many bits a seller has in one epoch. */
export const ASK_BITS = 224n;

/** The EIP-712 type of an ask. */
export const ASK_TYPES = {
  Ask: [
    { name: "licenseId", type: "uint256" },
    { name: "seller", type: "address" },
    { name: "payToken", type: "address" },
    { name: "price", type: "uint128" },
    { name: "expiresAt", type: "uint40" },
    { name: "buyer", type: "address" },
    { name: "maxFeeBps", type: "uint16" },
    { name: "maxRoyaltyBps", type: "uint16" },
    { name: "versionId", type: "uint64" },
    { name: "deliveryWindow", type: "uint32" },
    { name: "complaintWindow", type: "uint32" },
    { name: "epoch", type: "uint32" },
    { name: "bit", type: "uint8" },
  ],
};

/** The EIP-712 domain of asks. */
export const resaleDomain = (resale: string, chainId: bigint) => ({
  ...{ name: "Isonomy Resale", version: "1", chainId },
  verifyingContract: canonicalAddress(resale, "resale") as Hex,
});

/** The ask as the contract takes it, without what else an object holds. */
export function plainAsk(ask: Ask): Ask {
  return {
    licenseId: ask.licenseId,
    seller: canonicalAddress(ask.seller, "seller"),
    payToken: canonicalAddress(ask.payToken, "payToken"),
    price: ask.price,
    expiresAt: ask.expiresAt,
    buyer: canonicalAddress(ask.buyer, "buyer"),
    maxFeeBps: ask.maxFeeBps,
    maxRoyaltyBps: ask.maxRoyaltyBps,
    versionId: ask.versionId,
    deliveryWindow: ask.deliveryWindow,
    complaintWindow: ask.complaintWindow,
    epoch: ask.epoch,
    bit: ask.bit,
  };
}

/**
 * The hash of an ask: the `termsHash` of its deal.
 * @throws `ADDRESS_INVALID`, and `ARGUMENT_INVALID` for a value that does not fit its bits.
 * @example
 * ```ts
 * const termsHash = hashAsk(ask);
 * ```
 */
export const hashAsk = /* @__PURE__ */ checked((ask: Ask): Hex => hashStruct("Ask", ASK_TYPES.Ask, plainAsk(ask)));

/**
 * What a seller signs: the EIP-712 digest of an ask, bound to one `Resale` on one chain.
 * @throws `ADDRESS_INVALID`, and `ARGUMENT_INVALID` for a value that does not fit its bits.
 * @example
 * ```ts
 * const digest = askDigest(deployment.contracts.Resale, chainId, ask);
 * const valid = await acceptsSignature(provider, ask.seller, digest, ask.signature);
 * ```
 */
export const askDigest = /* @__PURE__ */ checked((resale: string, chainId: bigint, ask: Ask): Hex =>
  hashTypedData(resaleDomain(resale, chainId), "Ask", ASK_TYPES.Ask, plainAsk(ask)),
);

/**
 * The bit that the next ask for a licence uses: the first free one from the licence's own place on, so that asks for one licence share
 * a bit, and using one of them ends the others. Undefined when all bits are used up.
 * @param used The bits that are used up, as `ResaleClient.bitsOf` says.
 * @throws `ARGUMENT_INVALID` for what is no set of 224 bits.
 * @example
 * ```ts
 * const { used } = await resale.bitsOf(account);
 * const bit = nextBit(used, licenseId);
 * ```
 */
export const nextBit = /* @__PURE__ */ checked((used: bigint, licenseId: bigint): bigint | undefined => {
  if (used < 0n || used >> ASK_BITS !== 0n) {
    throw argumentError("ARGUMENT_INVALID", { detail: `used is ${used}, and not a set of ${ASK_BITS} bits.` });
  }
  for (let step = 0n; step < ASK_BITS; step++) {
    const bit = (licenseId + step) % ASK_BITS;
    if (((used >> bit) & 1n) === 0n) return bit;
  }
  return undefined;
});
