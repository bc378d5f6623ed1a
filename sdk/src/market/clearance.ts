import { canonicalAddress } from "../addresses/address";
import { argumentError, checked } from "../base/checked";
import { hashTypedData, type Hex } from "./typedData";

/** The issuer of a policy, and the number that the issuer gave it. */
export interface PolicyParts {
  readonly issuer: string;
  readonly number: bigint;
}

/** The word of a policy's issuer that an account may receive licences of an offer. */
export interface Clearance {
  readonly policy: string;
  /** Hash of the offer. */
  readonly termsHash: string;
  /** Who may receive licences. */
  readonly recipient: string;
  /** Above that of every earlier clearance of the account for the offer. */
  readonly nonce: bigint;
  /** Last second in which it is good, in Unix time. */
  readonly validUntil: bigint;
}

/** A clearance with its issuer's signature. */
export interface SignedClearance extends Clearance {
  readonly signature: string;
}

/** The EIP-712 type of a clearance. */
export const CLEARANCE_TYPES = {
  Clearance: [
    { name: "policy", type: "bytes32" },
    { name: "termsHash", type: "bytes32" },
    { name: "recipient", type: "address" },
    { name: "nonce", type: "uint64" },
    { name: "validUntil", type: "uint40" },
  ],
};

/**
 * The policy with a number of an issuer's choice, for the `policy` of an offer.
 * @throws `ADDRESS_INVALID`, and `ARGUMENT_INVALID` for a number that does not fit 96 bits.
 * @example
 * ```ts
 * const offer = completeOffer(account, { ...terms, policy: policyId({ issuer: company, number: 1n }) });
 * ```
 */
export const policyId = /* @__PURE__ */ checked(({ issuer, number }: PolicyParts): Hex => {
  if (number < 0n || number >> 96n !== 0n) {
    throw argumentError("ARGUMENT_INVALID", { detail: `the policy's number is ${number}, and it has 96 bits.` });
  }
  const account = BigInt(canonicalAddress(issuer, "issuer"));
  return `0x${((number << 160n) | account).toString(16).padStart(64, "0")}`;
});

/**
 * Who issues a policy, and its number.
 * @throws `ARGUMENT_INVALID` for what is no 32 bytes in hexadecimal.
 * @example
 * ```ts
 * const { issuer } = policyParts(offer.policy);
 * ```
 */
export const policyParts = /* @__PURE__ */ checked((policy: string): PolicyParts => {
  if (!/^0x[0-9a-fA-F]{64}$/.test(policy)) {
    throw argumentError("ARGUMENT_INVALID", { detail: `"${policy}" is no policy: 32 bytes in hexadecimal.` });
  }
  const word = BigInt(policy);
  const issuer = canonicalAddress(`0x${BigInt.asUintN(160, word).toString(16).padStart(40, "0")}`, "issuer");
  return { issuer, number: word >> 160n };
});

/** The EIP-712 domain of clearances. */
export const policiesDomain = (policies: string, chainId: bigint) => ({
  ...{ name: "Isonomy Policies", version: "1", chainId },
  verifyingContract: canonicalAddress(policies, "policies") as Hex,
});

/**
 * What an issuer signs: the EIP-712 digest of a clearance, bound to one `OfferPolicies` on one chain.
 * @throws `ADDRESS_INVALID`, and `ARGUMENT_INVALID` for a value that does not fit its bits.
 * @example
 * ```ts
 * const digest = clearanceDigest(deployment.contracts.OfferPolicies, chainId, clearance);
 * const valid = await acceptsSignature(provider, policyParts(clearance.policy).issuer, digest, clearance.signature);
 * ```
 */
export const clearanceDigest = /* @__PURE__ */ checked(
  (policies: string, chainId: bigint, { policy, termsHash, recipient, nonce, validUntil }: Clearance): Hex => {
    const message = { policy, termsHash, recipient: canonicalAddress(recipient, "recipient"), nonce, validUntil };
    return hashTypedData(policiesDomain(policies, chainId), "Clearance", CLEARANCE_TYPES.Clearance, message);
  },
);
