import { AbiCoder, decodeBytes32String, encodeBytes32String, ZeroAddress, ZeroHash } from "ethers";

import { canonicalAddress } from "../addresses/address";
import { checked } from "../base/checked";
import { hashTypedData, type Hex } from "../market/typedData";

/** What an evaluator measured of a version. */
export interface Measurement {
  /** Who measured it, and answers for it. */
  readonly evaluator: string;
  readonly versionId: bigint;
  /** Hash of the data set, of 32 bytes. */
  readonly dataSet: string;
  /** What was measured, as 32 bytes: `metricName("accuracy")`. */
  readonly metric: string;
  /** The result, times `10 ** decimals`. */
  readonly value: bigint;
  /** Decimal places of the value, at most 38. */
  readonly decimals: bigint;
  /** Hash of how it was measured, of 32 bytes; zero when that is not told. */
  readonly method: string;
  /** In Unix time, in the past. */
  readonly measuredAt: bigint;
  /** Last second in which the evaluator vouches for it, in Unix time; at most 1,095 days after the measurement. */
  readonly validUntil: bigint;
}

/** A metric with its evaluator's signature. */
export interface SignedMetric extends Measurement {
  readonly signature: string;
}

/** The EIP-712 type of a metric. */
export const METRIC_TYPES = {
  Metric: [
    { name: "evaluator", type: "address" },
    { name: "versionId", type: "uint64" },
    { name: "dataSet", type: "bytes32" },
    { name: "metric", type: "bytes32" },
    { name: "value", type: "int128" },
    { name: "decimals", type: "uint8" },
    { name: "method", type: "bytes32" },
    { name: "measuredAt", type: "uint40" },
    { name: "validUntil", type: "uint40" },
  ],
};

/** The EIP-712 domain of metrics. */
export const metricsDomain = (metrics: string, chainId: bigint) => ({
  ...{ name: "Isonomy Metrics", version: "1", chainId },
  verifyingContract: canonicalAddress(metrics, "metrics") as Hex,
});

/**
 * What an evaluator signs, and the name of a metric on chain: the EIP-712 digest, bound to one `Metrics` on one chain.
 * @throws `ADDRESS_INVALID`, and `ARGUMENT_INVALID` for a value that does not fit its bits.
 * @example
 * ```ts
 * const uid = metricUid(deployment.contracts.Metrics, chainId, metric);
 * ```
 */
export const metricUid = /* @__PURE__ */ checked((metrics: string, chainId: bigint, metric: Measurement): Hex => {
  return hashTypedData(metricsDomain(metrics, chainId), "Metric", METRIC_TYPES.Metric, metric);
});

/**
 * The 32 bytes by which what was measured is named.
 * @param name At most 31 bytes.
 * @throws `ARGUMENT_INVALID` for a longer one.
 * @example
 * ```ts
 * const accuracy = metricName("accuracy");
 * ```
 */
export const metricName = /* @__PURE__ */ checked((name: string): string => encodeBytes32String(name));

/**
 * The name that 32 bytes are; themselves where they are no text.
 * @example
 * ```ts
 * const name = metricText(metric.metric); // "accuracy"
 * ```
 */
export function metricText(metric: string): string {
  try {
    return decodeBytes32String(metric);
  } catch {
    return metric;
  }
}

/** The schema of a metric as an attestation of EAS. */
export const EAS_SCHEMA =
  "uint64 versionId,bytes32 dataSet,bytes32 metric,int128 value,uint8 decimals,bytes32 method,uint40 measuredAt";

/** An attestation as EAS has it, without the name of its schema. */
export interface EasAttestation {
  readonly uid: string;
  readonly time: bigint;
  readonly expirationTime: bigint;
  readonly revocationTime: bigint;
  readonly refUID: string;
  readonly recipient: string;
  readonly attester: string;
  readonly revocable: boolean;
  readonly data: string;
}

/**
 * A metric as an attestation of EAS, field by field.
 * @param found The metric with its name, when it was submitted and when it was revoked (0: never), both in Unix time.
 * @throws `ARGUMENT_INVALID` for a value that does not fit its type.
 * @example
 * ```ts
 * const { data, attester } = easAttestation({ ...metric, uid, submittedAt, revokedAt: 0n });
 * ```
 */
export const easAttestation = /* @__PURE__ */ checked(
  (found: Measurement & { uid: string; submittedAt: bigint; revokedAt: bigint }): EasAttestation => {
    const { versionId, dataSet, metric, value, decimals, method, measuredAt } = found;
    const types = EAS_SCHEMA.split(",").map((field) => field.split(" ")[0]!);
    return {
      uid: found.uid,
      time: found.submittedAt,
      expirationTime: found.validUntil,
      revocationTime: found.revokedAt,
      refUID: ZeroHash,
      recipient: ZeroAddress,
      attester: canonicalAddress(found.evaluator, "evaluator"),
      revocable: true,
      data: AbiCoder.defaultAbiCoder().encode(types, [versionId, dataSet, metric, value, decimals, method, measuredAt]),
    };
  },
);
