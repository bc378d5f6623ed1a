import { argumentError, checked } from "../base/checked";
import { licenseId, licenseIdParts, versionId, versionIdParts } from "./ids";

/** Short forms of ids that people read and type: a licence's id has 60 digits and more. Each says all that the id says, so that no chain is asked. */

const FLAGS = [
  ["t", "transferable"],
  ["e", "escrowed"],
  ["u", "includesUpdates"],
  ["g", "guarded"],
] as const;
/** The market that was there from the beginning. */
const FIRST_MODULE = 1n;
const NUMBER = "(0|[1-9]\\d*)";
const VERSION = new RegExp(`^${NUMBER}\\.${NUMBER}$`);
const LICENCE = new RegExp(
  `^${NUMBER}\\.${NUMBER}-${NUMBER}\\.${NUMBER}(t?e?u?g?)(?:r${NUMBER})?(?:-${NUMBER})?(?:@${NUMBER})?$`,
);
const WHOLE = /^\d+$/;

/**
 * A version's id as people write it: the model and the place of the version in it, such as `1.2`.
 * @throws `ARGUMENT_INVALID` for what is no version's id.
 * @example
 * ```ts
 * formatVersionId(65_538n); // "1.2"
 * ```
 */
export const formatVersionId = /* @__PURE__ */ checked((id: bigint): string => {
  const { modelId, number } = versionIdParts(id);
  return `${modelId}.${number}`;
});

/**
 * The id of a version in either form: `1.2`, or the number 65538.
 * @throws `ARGUMENT_INVALID` for any other text, and for parts that no id has.
 * @example
 * ```ts
 * parseVersionId("1.2"); // 65538n
 * ```
 */
export const parseVersionId = /* @__PURE__ */ checked((text: string): bigint => {
  const [, model, number] = VERSION.exec(text) ?? [];
  if (model !== undefined) return versionId({ modelId: BigInt(model), number: BigInt(number!) });
  if (!WHOLE.test(text)) {
    throw argumentError("ARGUMENT_INVALID", { detail: `"${text}" is no id of a version, such as 1.2 or 65538.` });
  }
  const id = BigInt(text);
  versionIdParts(id);
  return id;
});

/**
 * A licence's id as people write it: the version, the number of the offer and of the licence under it, then a letter for each of
 * transferable, escrowed, updates and guarded, such as `1.2-5.3te`. What follows is left out where it is 0: the rights module, as in
 * `1.2-5.3tr1`, and the market's note, its fee at the sale in basis points, as in `1.2-5.3te-250`. Of another market than the first its
 * number comes last, as in `1.2-5.3te-250@2`.
 * @throws `ARGUMENT_INVALID` for what is no licence's id.
 * @example
 * ```ts
 * formatLicenseId(licenseId); // "1.1-1.1te-250"
 * ```
 */
export const formatLicenseId = /* @__PURE__ */ checked((id: bigint): string => {
  const parts = licenseIdParts(id);
  const [offer, number] = [parts.serial >> 32n, BigInt.asUintN(32, parts.serial)];
  const flags = FLAGS.map(([letter, name]) => (parts[name] ? letter : "")).join("");
  const rights = parts.rights === 0n ? "" : `r${parts.rights}`;
  const note = parts.note === 0n ? "" : `-${parts.note}`;
  const module = parts.module === FIRST_MODULE ? "" : `@${parts.module}`;
  return `${formatVersionId(parts.versionId)}-${offer}.${number}${flags}${rights}${note}${module}`;
});

/**
 * The id of a licence in either form: `1.2-5.3te-250`, or the number.
 * @throws `ARGUMENT_INVALID` for any other text, and for parts that no id has.
 * @example
 * ```ts
 * parseLicenseId("1.1-1.1te-250") === licenseId; // true
 * ```
 */
export const parseLicenseId = /* @__PURE__ */ checked((text: string): bigint => {
  const [, model, number, offer, count, flags, rights, note, module] = LICENCE.exec(text) ?? [];
  if (model !== undefined) {
    const [high, low] = [BigInt(offer!), BigInt(count!)];
    if (low >> 32n !== 0n) {
      throw argumentError("ARGUMENT_INVALID", { detail: `"${text}" has a number that no licence of an offer has.` });
    }
    const has = (letter: string): boolean => flags!.includes(letter);
    const id = licenseId({
      module: module === undefined ? FIRST_MODULE : BigInt(module),
      ...{ transferable: has("t"), escrowed: has("e"), includesUpdates: has("u"), guarded: has("g") },
      ...{ rights: BigInt(rights ?? 0), note: BigInt(note ?? 0) },
      versionId: versionId({ modelId: BigInt(model), number: BigInt(number!) }),
      serial: (high << 32n) | low,
    });
    // a part that could be left out is
    if (formatLicenseId(id) === text) return id;
    throw argumentError("ARGUMENT_INVALID", { detail: `"${text}" is written ${formatLicenseId(id)}.` });
  }
  if (WHOLE.test(text)) return BigInt(text);
  throw argumentError("ARGUMENT_INVALID", {
    detail: `"${text}" is no id of a licence, such as 1.2-5.3te-250 or its number.`,
  });
});
