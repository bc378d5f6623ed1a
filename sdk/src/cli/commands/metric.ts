import { isHexString, ZeroHash, type Provider, type Signer } from "ethers";

import { formatVersionId } from "../../market";
import { METRIC_TYPES, MetricClient, metricName, metricUid, type SignedMetric } from "../../reputation";
import { localTime } from "../../text/time";
import { consent } from "../consent";
import { cliError } from "../errors";
import { requireWritable } from "../files";
import { versionIn } from "../ids";
import { transaction } from "../output";
import { quoted } from "../quoted";
import type { Session } from "../session";
import { address, duration, hash } from "../values";
import { metricLines, metricsOf, valueOf } from "./reputationText";
import { signedHere, writeSigned } from "./signedFile";

/** A metric that its evaluator signed, as `metric sign` writes it. */
const KIND = {
  format: "isonomy.metric.v1",
  expected: "a metric",
  writer: "metric sign",
  contract: "Metrics",
  place: "metrics",
  body: "metric",
  fields: METRIC_TYPES.Metric,
} as const;

const MAX_DECIMALS = 38;
const MAX_NAME_BYTES = 31;

async function client(session: Session, runner?: Signer | Provider): Promise<MetricClient> {
  return new MetricClient(await session.deployment(), runner ?? (await session.signer()), session.waiting());
}

async function signOne(
  session: Session,
  [named, name, path]: readonly string[],
  options: {
    readonly value: string;
    readonly dataSet: string;
    readonly method?: string;
    readonly ago: string;
    readonly valid: string;
  },
): Promise<void> {
  const versionId = versionIn(named!, "<version>");
  const { value, decimals } = decimal(options.value);
  const dataSet = hash(options.dataSet, "--data-set");
  const method = options.method === undefined ? ZeroHash : hash(options.method, "--method");
  const [ago, valid] = [duration(options.ago, "--ago"), duration(options.valid, "--valid")];
  if (Buffer.byteLength(name!) > MAX_NAME_BYTES) {
    const expected = `a name of at most ${MAX_NAME_BYTES} bytes`;
    throw cliError("VALUE_INVALID", { value: name!, name: "<metric>", expected, example: "accuracy" });
  }
  await requireWritable(path!);
  // what is signed for a version that there is not counts for nothing
  await (await session.reading()).version(versionId);
  const metrics = await client(session);
  const evaluator = (await session.wallet()).address;
  const now = await session.now();
  const metric = {
    ...{ evaluator, versionId, dataSet, metric: metricName(name!), value, decimals, method },
    ...{ measuredAt: now - ago, validUntil: now + valid },
  };
  const { signature, ...signed } = await session.output.step("Sign the metric", () => metrics.sign(metric));
  const uid = metricUid(await session.contract("Metrics"), await session.chainId(), signed);
  const file = await writeSigned(session, KIND, signed, signature, path!);
  session.output.result(
    [
      `${name!} of version ${formatVersionId(versionId)} is ${valueOf(signed)}, says ${evaluator} until ${localTime(signed.validUntil)}: signed into ${path!}; nothing was sent.`,
      `Anybody can submit it: isonomy metric submit ${quoted(path!)}`,
    ],
    { ...file, uid, out: path! },
  );
}

/** A number as text, such as -0.25, as a whole one and its decimal places. */
function decimal(text: string): { value: bigint; decimals: bigint } {
  const [, sign, digits, , fraction = ""] = /^(-?)(\d{1,38})(\.(\d+))?$/.exec(text) ?? [];
  if (digits === undefined || fraction.length > MAX_DECIMALS) {
    const expected = `a number with at most ${MAX_DECIMALS} decimals`;
    throw cliError("VALUE_INVALID", { value: text, name: "--value", expected, example: "0.9351 or -1.5" });
  }
  return { value: BigInt(`${digits}${fraction}`) * (sign === "-" ? -1n : 1n), decimals: BigInt(fraction.length) };
}

async function submitFile(session: Session, [path]: readonly string[]): Promise<void> {
  const metric = await metricIn(session, path!);
  const metrics = await client(session);
  const { uid, receipt } = await session.output.step("Submit the metric", () => metrics.submit(metric));
  session.output.result([`${metric.evaluator} vouches for it until ${localTime(metric.validUntil)}: ${uid}`], {
    ...{ uid, evaluator: metric.evaluator, versionId: metric.versionId },
    transaction: transaction(receipt),
  });
}

async function showAll(
  session: Session,
  [named]: readonly string[],
  options: { readonly evaluator?: readonly string[] },
): Promise<void> {
  const versionId = versionIn(named!, "<version>");
  const evaluators = options.evaluator?.map((one) => address(one, "--evaluator"));
  const found = await metricsOf(session, versionId, evaluators);
  session.output.result(await metricLines(session, found), { versionId, ...found });
}

async function revokeOne(
  session: Session,
  [named]: readonly string[],
  options: { readonly yes?: boolean },
): Promise<void> {
  const metrics = await client(session);
  const metric = isHexString(named!, 32) ? await metrics.of(named!) : await metricIn(session, named!);
  await consent(session, options.yes, {
    what: `Take back what ${metric.evaluator} measured of version ${formatVersionId(metric.versionId)}: ${valueOf(metric)}`,
    means: "It counts no longer, for good, also where nobody has submitted it yet.",
  });
  const receipt = await session.output.step("Revoke the metric", () => metrics.revoke(metric));
  const uid = metricUid(await session.contract("Metrics"), await session.chainId(), metric);
  session.output.result([`The metric ${uid} counts no longer.`], {
    ...{ uid, revoked: true },
    transaction: transaction(receipt),
  });
}

/** Reads a metric back, for this chain and this contract. */
async function metricIn(session: Session, path: string): Promise<SignedMetric> {
  return signedHere(session, path, "<file>", KIND, (there) => cliError("METRIC_OF_ANOTHER", there));
}

export const sign = { run: signOne };
export const submit = { run: submitFile };
export const show = { run: showAll };
export const revoke = { run: revokeOne };
