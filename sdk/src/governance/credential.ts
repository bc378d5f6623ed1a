import type { ICitizenRegistry } from "../../../typechain-types";

/**
 * What a credential is worth: there is none; it is younger than 30 days; it makes a citizen; or it ended by itself, because its holder or
 * its issuer ended it, or because its issuer was disavowed.
 */
export type CredentialState = "none" | "seasoning" | "citizen" | "expired" | "revoked" | "disavowed";

/** The credential of one account, as of the newest block. Times are in Unix time, in seconds. */
export interface CredentialStatus {
  readonly account: string;
  readonly state: CredentialState;
  /** The issuer that vouches, or vouched; 0 without a credential. */
  readonly issuerId: number;
  readonly since: bigint;
  readonly validUntil: bigint;
  /** From when it makes a citizen, if it lives until then; 0 without a credential. */
  readonly seasonedAt: bigint;
  /** When it ends or ended: the earliest of its end, its revocation and the disavowal of its issuer; 0 without a credential. */
  readonly endsAt: bigint;
  /** Whether the account is among the citizens counted now; where that is not its state, `GovernanceClient.reweigh` corrects that. */
  readonly counted: boolean;
  /** A change of the issuer that was begun: from `possibleAt` on, a second attestation of that issuer completes it. */
  readonly change?: { readonly issuerId: number; readonly possibleAt: bigint };
  /** The nonce that the account's next attestation has to name. */
  readonly nonce: bigint;
}

type Held = Awaited<ReturnType<ICitizenRegistry["credentialOf"]>>;

/** When a credential ends, and what it is worth at a time; as `CitizenRegistry` has it. */
export function stateAt(
  held: Pick<Held, "since" | "validUntil" | "revokedAt">,
  disavowedAt: bigint,
  seasonedAt: bigint,
  now: bigint,
): { state: CredentialState; endsAt: bigint } {
  if (held.since === 0n) return { state: "none", endsAt: 0n };
  const ends: readonly (readonly [CredentialState, bigint])[] = [
    ["expired", held.validUntil],
    ["revoked", held.revokedAt],
    ["disavowed", disavowedAt],
  ];
  const [how, endsAt] = ends.filter(([, at]) => at !== 0n).reduce((first, one) => (one[1] < first[1] ? one : first));
  if (now >= endsAt) return { state: how, endsAt };
  return { state: now >= seasonedAt ? "citizen" : "seasoning", endsAt };
}
