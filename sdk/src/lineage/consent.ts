import { canonicalAddress } from "../addresses/address";
import { checked } from "../base/checked";
import { hashTypedData, type Hex } from "../market/typedData";

/** The word of a parent's holder that a child may name it, for a share. */
export interface Consent {
  readonly parent: bigint;
  readonly child: bigint;
  /** Share of the child's income, in basis points. */
  readonly bps: bigint;
  /** Last second in which the lineage can be created with it, in Unix time; at most a year ahead then. */
  readonly validUntil: bigint;
}

/** A consent with its signature. */
export interface SignedConsent extends Consent {
  readonly signature: string;
}

/** The EIP-712 type of a consent. */
export const CONSENT_TYPES = {
  Consent: [
    { name: "parent", type: "uint48" },
    { name: "child", type: "uint48" },
    { name: "bps", type: "uint16" },
    { name: "validUntil", type: "uint40" },
  ],
};

/** The EIP-712 domain of consents. */
export const lineageDomain = (lineage: string, chainId: bigint) => ({
  ...{ name: "Isonomy Lineage", version: "1", chainId },
  verifyingContract: canonicalAddress(lineage, "lineage") as Hex,
});

/**
 * What a parent's holder signs: the EIP-712 digest of a consent, bound to one `Lineage` on one chain.
 * @throws `ADDRESS_INVALID`, and `ARGUMENT_INVALID` for a value that does not fit its bits.
 * @example
 * ```ts
 * const digest = consentDigest(deployment.contracts.Lineage, chainId, consent);
 * const valid = await acceptsSignature(provider, holder, digest, consent.signature);
 * ```
 */
export const consentDigest = /* @__PURE__ */ checked(
  (lineage: string, chainId: bigint, { parent, child, bps, validUntil }: Consent): Hex => {
    return hashTypedData(lineageDomain(lineage, chainId), "Consent", CONSENT_TYPES.Consent, {
      parent,
      child,
      bps,
      validUntil,
    });
  },
);
