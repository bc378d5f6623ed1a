import type { Attestation, SignedAttestation } from "../../governance";
import { ATTESTATION_TYPES } from "../../governance/attestation";
import type { Session } from "../session";
import { signedIn, writeSigned, type SignedFile } from "./signedFile";

/** An attestation that its issuer signed, as `citizens attest` writes it. */
const KIND = {
  format: "isonomy.attestation.v1",
  expected: "an attestation",
  writer: "citizens attest",
  contract: "CitizenRegistry",
  place: "registry",
  body: "attestation",
  fields: ATTESTATION_TYPES.Attestation,
} as const;

/** Writes one for the account that is to present it. */
export function writeAttestation(
  session: Session,
  { attestation, signature }: SignedAttestation,
  path: string,
): Promise<SignedFile<"registry", "attestation">> {
  return writeSigned(session, KIND, attestation, signature, path);
}

/** Reads one back. */
export async function attestationIn(
  path: string,
): Promise<{ chainId: bigint; registry: string; attestation: Attestation; signature: string }> {
  const { chainId, place, message, signature } = await signedIn(path, "<file>", KIND);
  const attestation = { ...message, issuerId: Number(message.issuerId) } as unknown as Attestation;
  return { chainId, registry: place, attestation, signature };
}
