import { toBeHex, zeroPadValue, type ContractTransactionReceipt, type Log, type Result } from "ethers";

import type { IMetrics } from "../../../typechain-types";
import { IMetrics__factory } from "../../../typechain-types/factories/contracts/reputation/IMetrics__factory";
import { canonicalAddress, sameAddress } from "../addresses/address";
import type { PartialDeployment } from "../addresses/deployment";
import { mapInBatches } from "../base/batches";
import { argumentError } from "../base/checked";
import type { ClientOptions } from "../chain/chain";
import { Client, type Links, type Runner } from "../chain/client";
import { eventIn } from "../chain/events";
import type { Sent } from "../chain/sent";
import { reputationError } from "../domains/reputation/errors";
import { decodingErrors } from "../errors/explain";
import { nodeError } from "../errors/nodeErrors";
import { signatureFor } from "../market/signature";
import { logsBetween, newestBlock, parsedLog } from "../reading/logs";
import { inconsistent } from "../rpc/inconsistent";
import { METRIC_TYPES, metricsDomain, metricUid, type Measurement, type SignedMetric } from "./metric";

/** The contract that a `MetricClient` needs the address of. */
export type MetricContract = "Metrics";

/** It knows no other contract; a number is read as an address, and has to be there. */
const LINKS = { Metrics: { MAX_VALIDITY: "any" } } as const satisfies Links<MetricContract>;
/** Questions to a node at once. */
const WIDTH = 20;

/** A metric that was submitted. */
export interface SubmittedMetric extends Measurement {
  /** Its name: the digest that its evaluator signed. */
  readonly uid: string;
  /** When it was submitted, in Unix time. */
  readonly submittedAt: bigint;
  /** When its evaluator took it back, in Unix time; 0: never. */
  readonly revokedAt: bigint;
  /** Whether it is what its evaluator measured last of this kind, on this data set. */
  readonly latest: boolean;
}

/**
 * What evaluators measured of versions. The evaluator signs, off chain; anybody submits what was signed.
 * @example
 * ```ts
 * const measurements = new MetricClient(deploymentOn(chainId), signer);
 * const signed = await measurements.sign({ ...measured, evaluator: await signer.getAddress() });
 * const { uid } = await measurements.submit(signed);
 * ```
 */
export class MetricClient extends Client<MetricContract> {
  /** The contract of metrics, for calls of your own. */
  readonly metrics: IMetrics;

  constructor(deployment: PartialDeployment<MetricContract>, runner: Runner, options: ClientOptions = {}) {
    super(deployment, runner, options, LINKS);
    this.metrics = this.contract(IMetrics__factory, "Metrics");
  }

  /**
   * Signs a metric as its evaluator. Nothing is sent.
   * @throws `ARGUMENT_INVALID` where the evaluator is another than the signer, or a value does not fit its bits; `USER_REJECTED`.
   * @example
   * ```ts
   * const signed = await measurements.sign({ ...measured, evaluator: account });
   * ```
   */
  async sign(metric: Measurement): Promise<SignedMetric> {
    const chainId = await this.chain.require();
    const account = await this.chain.account();
    const evaluator = canonicalAddress(metric.evaluator, "evaluator");
    if (!sameAddress(evaluator, account)) {
      throw argumentError("ARGUMENT_INVALID", { detail: `the evaluator is ${evaluator}, and ${account} signs.` });
    }
    const { Metrics } = this.deployment.contracts;
    const plain = { ...metric, evaluator };
    // refused before a person is asked to sign it
    metricUid(Metrics, chainId, plain);
    const signature = await decodingErrors(() =>
      this.chain.signer.signTypedData(metricsDomain(Metrics, chainId), METRIC_TYPES, plain),
    );
    return { ...plain, signature };
  }

  /**
   * Submits a metric that its evaluator signed. Anybody may, and the evaluator without a signature: give `0x`.
   * @throws `Metrics_BadMetric`, `Metrics_BadSignature`, `Metrics_Exists`, `Metrics_Revoked`, `SIGNATURE_INVALID`.
   * @example
   * ```ts
   * const { uid } = await measurements.submit(signed);
   * ```
   */
  submit({ signature, ...given }: SignedMetric): Sent<{ uid: string; receipt: ContractTransactionReceipt }> {
    return this.chain.write(async ({ send }) => {
      const metric = plainMetric(given);
      const chainId = await this.chain.require();
      const uid = metricUid(this.deployment.contracts.Metrics, chainId, metric);
      const form = signature === "0x" ? signature : signatureFor(metric.evaluator, uid, signature);
      const receipt = await send(this.metrics, () => this.metrics.submit.populateTransaction(metric, form));
      eventIn(this.metrics, receipt, "MetricSubmitted", { uid, evaluator: metric.evaluator });
      return { uid, receipt };
    });
  }

  /**
   * Takes a metric of the signer back, for good, submitted or not.
   * @throws `Metrics_NotEvaluator`, `Metrics_Revoked`.
   * @example
   * ```ts
   * await measurements.revoke(await measurements.of(uid));
   * ```
   */
  revoke(metric: Measurement): Sent<ContractTransactionReceipt> {
    return this.chain.write(async ({ send }) => {
      const chainId = await this.chain.require();
      const uid = metricUid(this.deployment.contracts.Metrics, chainId, metric);
      const receipt = await send(this.metrics, () => this.metrics.revoke.populateTransaction(plainMetric(metric)));
      eventIn(this.metrics, receipt, "MetricRevoked", { uid, evaluator: metric.evaluator });
      return receipt;
    });
  }

  /**
   * Whether a metric was submitted and not revoked, and its evaluator still vouches for it.
   * @throws What a node fails with.
   * @example
   * ```ts
   * if (await measurements.isInForce(metric)) console.log("its evaluator vouches for it");
   * ```
   */
  async isInForce(metric: Measurement): Promise<boolean> {
    return decodingErrors(() => this.metrics.isInForce(plainMetric(metric)));
  }

  /**
   * A metric by its name, from the contract's events.
   * @throws `ARGUMENT_INVALID` for what is no uid, `METRIC_UNKNOWN` where nobody submitted it, `NODE_INCONSISTENT`, and what a node fails with.
   * @example
   * ```ts
   * const { value, decimals, evaluator } = await measurements.of(uid);
   * ```
   */
  async of(uid: string): Promise<SubmittedMetric> {
    if (!/^0x[0-9a-fA-F]{64}$/.test(uid)) {
      throw argumentError("ARGUMENT_INVALID", { detail: `${String(uid)} is not the uid of a metric.` });
    }
    const [found] = await this.#read([uid]);
    if (found === undefined) throw reputationError("METRIC_UNKNOWN", { uid });
    return found;
  }

  /**
   * What was measured of a version, whether it is in force or not: the newest measurement first. Anybody may be an evaluator, so
   * name those whom you believe; without them it is by anyone, and strangers can submit as much as they pay for.
   * @param options `evaluators` whose measurements are read, anyone's where they are left out; `limit`, the most that are read, the
   * newest of them, all when left out. The node is asked three questions for each.
   * @throws `ARGUMENT_INVALID` for what is no version's id or no limit, `ADDRESS_INVALID`, `NODE_INCONSISTENT`, and what a node fails with.
   * @example
   * ```ts
   * const found = await measurements.ofVersion(versionId, { evaluators, limit: 20 });
   * const now = BigInt(Math.floor(Date.now() / 1000));
   * const counting = found.filter((one) => one.latest && one.revokedAt === 0n && one.validUntil >= now);
   * ```
   */
  async ofVersion(
    versionId: bigint,
    { evaluators, limit }: { readonly evaluators?: readonly string[]; readonly limit?: number } = {},
  ): Promise<SubmittedMetric[]> {
    if (typeof versionId !== "bigint" || versionId <= 0n || versionId >> 64n !== 0n) {
      throw argumentError("ARGUMENT_INVALID", { detail: `${String(versionId)} is not the id of a version.` });
    }
    if (limit !== undefined && (!Number.isSafeInteger(limit) || limit < 1)) {
      throw argumentError("ARGUMENT_INVALID", { detail: `limit is ${String(limit)}, and not from 1 on.` });
    }
    const believed = evaluators?.map((one) => zeroPadValue(canonicalAddress(one, "evaluators"), 32));
    // for a node an empty list is any evaluator
    if (believed?.length === 0) return [];
    return this.#read([null, believed ?? null, toBeHex(versionId, 32)], limit);
  }

  /** The submissions that fit, the newest measurement first; only those that are returned are asked about. */
  async #read(named: readonly (string | readonly string[] | null)[], limit?: number): Promise<SubmittedMetric[]> {
    const chainId = await this.chain.require();
    const { Metrics } = this.deployment.contracts;
    const query = {
      address: Metrics,
      topics: [this.metrics.interface.getEvent("MetricSubmitted").topicHash, ...named],
    };
    const { number } = await newestBlock(this.chain);
    const logs = await logsBetween(this.chain, query, this.deployment.block ?? 0, number);
    const newest = logs
      .map((log) => ({ log, args: parsedLog(log, this.metrics.interface).args }))
      .sort((a, b) => Number(measurementIn(b).measuredAt - measurementIn(a).measuredAt))
      .slice(0, limit);
    return mapInBatches(newest, WIDTH, (one) => this.#submitted(one, chainId, number));
  }

  async #submitted(submission: Submission, chainId: bigint, blockTag: number): Promise<SubmittedMetric> {
    const { log, args } = submission;
    const metric = plainMetric(measurementIn(submission));
    const uid = metricUid(this.deployment.contracts.Metrics, chainId, metric);
    if (uid !== (args.uid as string).toLowerCase()) throw inconsistent(log, "is not of the metric that it names");
    const { evaluator, versionId, dataSet, metric: name } = metric;
    const [{ revokedAt }, latest, block] = await decodingErrors(() =>
      Promise.all([
        this.metrics.statusOf(uid, { blockTag }),
        this.metrics.latestOf(evaluator, versionId, dataSet, name, { blockTag }),
        this.chain.provider.getBlock(log.blockNumber),
      ]),
    );
    if (block === null) {
      throw nodeError("NODE_INCONSISTENT", {
        detail: `it has an event of block ${log.blockNumber}, and not the block.`,
      });
    }
    return { ...metric, uid, submittedAt: BigInt(block.timestamp), revokedAt, latest: latest.toLowerCase() === uid };
  }
}

/** An event of a submission, and what it says. */
interface Submission {
  readonly log: Log;
  readonly args: Result;
}

function measurementIn({ args }: Pick<Submission, "args">): Measurement {
  return args.metric as Measurement;
}

/** The fields of a metric and no others, as the contract takes them. */
function plainMetric(metric: Measurement): Measurement {
  const { versionId, dataSet, metric: name, value, decimals, method, measuredAt, validUntil } = metric;
  const evaluator = canonicalAddress(metric.evaluator, "evaluator");
  return { evaluator, versionId, dataSet, metric: name, value, decimals, method, measuredAt, validUntil };
}
