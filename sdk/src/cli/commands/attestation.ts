import { isHexString } from "ethers";

import { canonicalAddress } from "../../addresses/address";
import type { Attestation, SignedAttestation } from "../../governance";
import { ATTESTATION_TYPES } from "../../governance/attestation";
import { cliError } from "../errors";
import { jsonText, readJson, writeNew } from "../files";
import type { Session } from "../session";

/** An attestation that its issuer signed, as `citizens attest` writes it; whole numbers are text. */
export interface AttestationFile {
  readonly format: "isonomy.attestation.v1";
  readonly chainId: string;
  readonly registry: string;
  readonly attestation: Readonly<Record<keyof Attestation, string>>;
  readonly signature: string;
}

/** Writes one for the account that is to present it. */
export async function writeAttestation(
  session: Session,
  { attestation, signature }: SignedAttestation,
  path: string,
): Promise<AttestationFile> {
  const fields = Object.entries(attestation).map(([name, value]) => [name, String(value)]);
  const file: AttestationFile = {
    format: "isonomy.attestation.v1",
    chainId: (await session.chainId()).toString(),
    registry: await session.contract("CitizenRegistry"),
    attestation: Object.fromEntries(fields) as AttestationFile["attestation"],
    signature,
  };
  await writeNew(path, `${jsonText(file, 2)}\n`);
  return file;
}

/** Reads one back: it comes from somebody else, and every field has to fit its type. */
export async function attestationIn(path: string): Promise<{
  chainId: bigint;
  registry: string;
  attestation: Attestation;
  signature: string;
}> {
  const expected = "an attestation";
  const file = await readJson<AttestationFile>(path, "<file>", expected, "citizens attest");
  try {
    if (file.format !== "isonomy.attestation.v1") throw new Error("its format is another.");
    if (!isHexString(file.signature, true)) throw new Error("it has no signature.");
    const given = file.attestation as Readonly<Record<string, unknown>>;
    const values = ATTESTATION_TYPES.Attestation.map(({ name, type }) => [name, valueOf(given[name], name, type)]);
    const { issuerId, ...rest } = Object.fromEntries(values) as Record<string, string | bigint>;
    return {
      chainId: valueOf(file.chainId, "chainId", "uint256") as bigint,
      registry: canonicalAddress(file.registry, "registry"),
      attestation: { ...rest, issuerId: Number(issuerId) } as unknown as Attestation,
      signature: file.signature,
    };
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    throw cliError("FILE_INVALID", { path, expected, writer: "citizens attest", detail }, error);
  }
}

function valueOf(value: unknown, name: string, type: string): string | bigint {
  if (type === "address") return canonicalAddress(value as string, name);
  if (type === "bytes32") {
    if (!isHexString(value, 32)) throw new Error(`its ${name} has no 32 bytes.`);
    return value;
  }
  const bits = BigInt(type.slice("uint".length));
  if (!/^\d{1,78}$/.test(String(value)) || BigInt(String(value)) >> bits > 0n) {
    throw new Error(`its ${name} is no number that the registry has room for.`);
  }
  return BigInt(String(value));
}
