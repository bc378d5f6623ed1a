import { time } from "@nomicfoundation/hardhat-network-helpers";
import type { TypedDataDomain } from "ethers";
import { ethers } from "hardhat";
import type { Metrics } from "../../../typechain-types";
import type { MetricStruct } from "../../../typechain-types/contracts/reputation/Metrics";
import { domainOf, type TypedSigner } from "../../helpers/signing";

export const DAY = 86_400n;
export const MAX_VALIDITY = 1_095n * DAY;

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

/** A metric whose every field is a plain value. */
export type PlainMetric = {
  [Field in keyof MetricStruct]: Field extends "evaluator" | "dataSet" | "metric" | "method" ? string : bigint;
};

/** Signs a metric, for another place where parts of the domain differ. */
export async function signMetric(
  metrics: Metrics,
  signer: TypedSigner,
  metric: PlainMetric,
  differs: TypedDataDomain = {},
): Promise<string> {
  return signer.signTypedData({ ...(await domainOf(metrics)), ...differs }, METRIC_TYPES, metric);
}

/** The digest of a metric by the library's own words. */
export async function digestOf(metrics: Metrics, metric: PlainMetric): Promise<string> {
  return ethers.TypedDataEncoder.hash(await domainOf(metrics), METRIC_TYPES, metric);
}

/** Metrics alone: they know no other contract. */
export async function metricsFixture() {
  const [evaluator, submitter, other, stranger] = await ethers.getSigners();
  const metrics = await ethers.deployContract("Metrics");
  const now = BigInt(await time.latest());

  /** What the evaluator measured a day ago; a test names what differs. */
  const metricOf = (differs: Partial<PlainMetric> = {}): PlainMetric => ({
    evaluator: evaluator.address,
    versionId: (7n << 16n) | 3n,
    dataSet: ethers.id("a data set"),
    metric: ethers.encodeBytes32String("accuracy"),
    value: 93_51n,
    decimals: 4n,
    method: ethers.id("a method"),
    measuredAt: now - DAY,
    validUntil: now + 100n * DAY,
    ...differs,
  });

  /** Submits a metric with the signature of its evaluator, as somebody else. */
  const submit = async (metric: PlainMetric, signer: TypedSigner = evaluator) =>
    metrics.connect(submitter).submit(metric, await signMetric(metrics, signer, metric));

  const latest = ({ evaluator, versionId, dataSet, metric }: PlainMetric) =>
    metrics.latestOf(evaluator, versionId, dataSet, metric);

  return { metrics, now, actors: { evaluator, submitter, other, stranger }, actions: { metricOf, submit, latest } };
}
