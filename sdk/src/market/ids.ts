/** What the ids of versions and licences say by themselves, as the contracts pack them. */

export interface VersionIdParts {
  readonly modelId: bigint;
  /** Place in the model's sequence, from 1. */
  readonly number: bigint;
}

export interface LicenseIdParts {
  /** Index of the module that issued it and keeps power over it. */
  readonly module: bigint;
  readonly transferable: boolean;
  /** Sold through the escrow: its module says whether it is locked and usable. */
  readonly escrowed: boolean;
  readonly includesUpdates: boolean;
  readonly versionId: bigint;
  /** Serial within the module, from 1. */
  readonly serial: bigint;
}

const TRANSFERABLE = 1n;
const ESCROWED = 2n;
const UPDATES = 4n;

export function versionId({ modelId, number }: VersionIdParts): bigint {
  return (BigInt.asUintN(48, modelId) << 16n) | BigInt.asUintN(16, number);
}

export function versionIdParts(id: bigint): VersionIdParts {
  return { modelId: BigInt.asUintN(48, id >> 16n), number: BigInt.asUintN(16, id) };
}

export function licenseId(parts: LicenseIdParts): bigint {
  const flags =
    (parts.transferable ? TRANSFERABLE : 0n) |
    (parts.escrowed ? ESCROWED : 0n) |
    (parts.includesUpdates ? UPDATES : 0n);
  return (
    (BigInt.asUintN(32, parts.module) << 136n) |
    (flags << 128n) |
    (BigInt.asUintN(64, parts.versionId) << 64n) |
    BigInt.asUintN(64, parts.serial)
  );
}

export function licenseIdParts(id: bigint): LicenseIdParts {
  const has = (flag: bigint): boolean => ((id >> 128n) & flag) === flag;
  return {
    module: BigInt.asUintN(32, id >> 136n),
    transferable: has(TRANSFERABLE),
    escrowed: has(ESCROWED),
    includesUpdates: has(UPDATES),
    versionId: BigInt.asUintN(64, id >> 64n),
    serial: BigInt.asUintN(64, id),
  };
}
