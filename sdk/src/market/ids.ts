import { checked } from "../base/checked";
import { chainError } from "../errors/chainErrors";

/** What the ids of versions and licences say by themselves, as the contracts pack them. */

export interface VersionIdParts {
  readonly modelId: bigint;
  /** Place in the model's sequence, from 1. */
  readonly number: bigint;
}

/** What the id of a licence says. */
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
  /** Index of the rights module that says who may use it; 0, and nothing said, is its holder alone. */
  readonly rights?: bigint;
  /** Whether the rights module is asked before each transfer. */
  readonly guarded?: boolean;
  /** The note of the module that issued it; the market's is its fee at the sale, in basis points. */
  readonly note?: bigint;
}

const TRANSFERABLE = 1n;
const ESCROWED = 2n;
const UPDATES = 4n;
const GUARDED = 8n;

/**
 * The id of a version; refused as `ARGUMENT_INVALID` where a part does not fit its bits, which would name another version.
 * @throws `ARGUMENT_INVALID` where a part does not fit its bits.
 * @example
 * ```ts
 * const id = versionId({ modelId: 1n, number: 1n }); // 65537n
 * ```
 */
export const versionId = /* @__PURE__ */ checked(({ modelId, number }: VersionIdParts): bigint => {
  return (fit("modelId", modelId, 48) << 16n) | fit("number", number, 16);
});

/**
 * What a version's id says; refused as `ARGUMENT_INVALID` where it has bits that no version's has.
 * @throws `ARGUMENT_INVALID`.
 * @example
 * ```ts
 * const modelId = versionIdParts(65_537n).modelId; // 1n
 * ```
 */
export const versionIdParts = /* @__PURE__ */ checked((id: bigint): VersionIdParts => {
  fit("The version's id", id, 64);
  return { modelId: BigInt.asUintN(48, id >> 16n), number: BigInt.asUintN(16, id) };
});

/**
 * The id of a licence; refused as `ARGUMENT_INVALID` where a part does not fit its bits, which would name another licence.
 * @throws `ARGUMENT_INVALID` where a part does not fit its bits.
 * @example
 * ```ts
 * const parts = { module: 1n, transferable: true, escrowed: false, includesUpdates: false, versionId, serial: 1n };
 * const id = licenseId(parts);
 * ```
 */
export const licenseId = /* @__PURE__ */ checked((parts: LicenseIdParts): bigint => {
  const flags =
    (parts.transferable ? TRANSFERABLE : 0n) |
    (parts.escrowed ? ESCROWED : 0n) |
    (parts.includesUpdates ? UPDATES : 0n) |
    (parts.guarded === true ? GUARDED : 0n);
  return (
    (fit("note", parts.note ?? 0n, 56) << 200n) |
    (fit("rights", parts.rights ?? 0n, 32) << 168n) |
    (fit("module", parts.module, 32) << 136n) |
    (flags << 128n) |
    (fit("versionId", parts.versionId, 64) << 64n) |
    fit("serial", parts.serial, 64)
  );
});

/**
 * What a licence's id says; refused as `ARGUMENT_INVALID` where it has bits that no licence's has.
 * @throws `ARGUMENT_INVALID`.
 * @example
 * ```ts
 * const { serial, escrowed } = licenseIdParts(purchased);
 * ```
 */
export const licenseIdParts = /* @__PURE__ */ checked((id: bigint): Required<LicenseIdParts> => {
  fit("The licence's id", id, 256);
  if (((id >> 128n) & 0xffn) > (TRANSFERABLE | ESCROWED | UPDATES | GUARDED)) {
    throw chainError("ARGUMENT_INVALID", { detail: `the licence's id ${id} has a flag that there is not.` });
  }
  const has = (flag: bigint): boolean => ((id >> 128n) & flag) === flag;
  return {
    module: BigInt.asUintN(32, id >> 136n),
    transferable: has(TRANSFERABLE),
    escrowed: has(ESCROWED),
    includesUpdates: has(UPDATES),
    versionId: BigInt.asUintN(64, id >> 64n),
    serial: BigInt.asUintN(64, id),
    rights: BigInt.asUintN(32, id >> 168n),
    guarded: has(GUARDED),
    note: id >> 200n,
  };
});

function fit(name: string, value: bigint, bits: number): bigint {
  if (value >= 0n && value < 1n << BigInt(bits)) return value;
  throw chainError("ARGUMENT_INVALID", { detail: `${name} is ${value}, and it has ${bits} bits.` });
}
