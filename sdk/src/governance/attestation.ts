import type { Provider, Signer } from "ethers";

import type { ICitizenRegistry } from "../../../typechain-types";
import { canonicalAddress, canonicalFields, isZeroAddress, sameAddress } from "../addresses/address";
import { checked } from "../base/checked";
import { isIsonomyError, type IsonomyError } from "../base/error";
import { identityError } from "../domains/identity/errors";
import { decodingErrors } from "../errors/explain";
import { localTime } from "../text/time";

/** What an issuer signs; see `ICitizenRegistry.Attestation`. Nothing in it names a person. */
export interface Attestation {
  /** The account that will hold the credential, and the only one that may present this. */
  readonly account: string;
  readonly issuerId: number;
  /** The same 32 bytes for the same person with every issuer of a domain; they reveal nothing. */
  readonly nullifier: string;
  /** A salted hash of what the issuer knows. */
  readonly claimHash: string;
  /** When the credential ends, in seconds. */
  readonly validUntil: bigint;
  /** Until when this may be presented, in seconds. */
  readonly deadline: bigint;
  /** The account's next nonce; `CitizenClient.nonce` reads it. */
  readonly nonce: bigint;
}

/** What an issuer attests, before the account's nonce is known. */
export type AttestationRequest = Omit<Attestation, "nonce">;

/** An attestation that its issuer signed. */
export interface SignedAttestation {
  readonly attestation: Attestation;
  readonly signature: string;
  /** Why the registry would not take it at this moment, where that can pass by itself: a pause, a quota, a share. */
  readonly refusedNow?: IsonomyError;
}

export const ATTESTATION_TYPES = {
  Attestation: [
    { name: "account", type: "address" },
    { name: "issuerId", type: "uint32" },
    { name: "nullifier", type: "bytes32" },
    { name: "claimHash", type: "bytes32" },
    { name: "validUntil", type: "uint48" },
    { name: "deadline", type: "uint48" },
    { name: "nonce", type: "uint256" },
  ],
};

/** Refusals that end without anybody's doing, while the attestation may still be presented. */
const PASSING: readonly string[] = [
  "CitizenRegistry_IssuancePaused",
  "CitizenRegistry_QuotaReached",
  "CitizenRegistry_ShareReached",
];

/**
 * An issuer's signature by EIP-712 over one attestation, for one registry on one chain.
 * @throws `ADDRESS_INVALID`, and what the issuer's wallet fails with.
 * @example
 * ```ts
 * const signature = await signAttestation(signer, deployment.contracts.CitizenRegistry, chainId, attestation);
 * ```
 */
export const signAttestation = /* @__PURE__ */ checked(
  async (issuer: Signer, registry: string, chainId: bigint, attestation: Attestation): Promise<string> => {
    const verifyingContract = canonicalAddress(registry, "registry");
    const domain = { name: "Isonomy CitizenRegistry", version: "1", chainId, verifyingContract };
    const values = canonicalFields(attestation, ["account"]);
    return decodingErrors(() => issuer.signTypedData(domain, ATTESTATION_TYPES, values));
  },
);

/** The address of an issuer that issues, in the way that is meant; throws for any other. */
export async function requireIssuer(registry: ICitizenRegistry, issuerId: number, adapter: boolean): Promise<string> {
  const found = await decodingErrors(() => registry.issuer(issuerId));
  const signer = canonicalAddress(found.signer);
  const state = isZeroAddress(signer)
    ? "none was appointed under this number"
    : found.disavowedAt > 0n
      ? `it was disavowed at ${localTime(found.disavowedAt)}`
      : found.retiredAt > 0n
        ? `it was retired at ${localTime(found.retiredAt)}`
        : undefined;
  if (state !== undefined) throw identityError("ISSUER_NOT_ISSUING", { issuerId, state });
  if (found.adapter !== adapter) {
    throw identityError(adapter ? "ISSUER_SIGNS" : "ISSUER_IS_ADAPTER", { issuerId, signer });
  }
  return signer;
}

/** Throws unless this account can sign for the issuer; where the issuer has code, that code decides which signatures are its own. */
export async function requireSigner(
  provider: Provider,
  issuerId: number,
  signer: string,
  account: string,
): Promise<void> {
  if (sameAddress(signer, account)) return;
  if ((await decodingErrors(() => provider.getCode(signer))) !== "0x") return;
  throw identityError("ISSUER_OF_ANOTHER", { issuerId, signer, account });
}

/** Asks the registry, as the account, whether it would take an attestation; says what may pass, and throws the rest. */
export async function refusalNow(
  registry: ICitizenRegistry,
  attestation: Attestation,
  signature: string,
): Promise<IsonomyError | undefined> {
  try {
    await decodingErrors(() => registry.issue.staticCall(attestation, signature, { from: attestation.account }));
    return undefined;
  } catch (error) {
    if (isIsonomyError(error) && PASSING.includes(error.code)) return error;
    throw error;
  }
}
