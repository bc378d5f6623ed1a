import { formatUnits, ZeroAddress } from "ethers";

import { formatLicenseId } from "../../market";
import {
  costToMove,
  feeOfWeight,
  meanStars,
  metricText,
  MetricClient,
  ReviewClient,
  type ModelReviews,
  type SubmittedMetric,
} from "../../reputation";
import { localTime } from "../../text/time";
import { columns } from "../output";
import type { Session } from "../session";
import { shown } from "../values";

/** Reviews and metrics that are listed, the heaviest and the newest of them. */
const LISTED = 20;
/** How far the mean is moved in what the cost of it is shown for, in stars. */
const STEP = 0.5;

/** What is shown of the reviews of a model. */
export interface ReviewsShown {
  readonly found: ModelReviews;
  readonly lines: string[];
  readonly data: Readonly<Record<string, unknown>>;
  /** A weight in words. */
  readonly inFees: (weight: bigint) => string;
}

/** The reviews of a model, with what they weigh in fees and what it would cost to move their mean. */
export async function reviewsShown(session: Session, modelId: bigint): Promise<ReviewsShown> {
  const reviews = new ReviewClient(await session.deployment(), await session.provider());
  const found = await reviews.ofModel(modelId);
  const inFees = await feesIn(session, reviews);
  const mean = meanStars(found.total);
  const { total } = found;
  return {
    found,
    lines: [summary(found, mean, inFees), ...costs(found, mean, inFees)],
    data: { ...total, mean: mean ?? null, reviews: found.reviews },
    inFees,
  };
}

/** The reviews of a model one by one. */
export function reviewRows({ found: { reviews: all }, inFees }: ReviewsShown): string[] {
  if (all.length === 0) return [];
  const rows = all
    .slice(0, LISTED)
    .map((one) => [`${one.stars} of 5`, inFees(one.weight), one.author, formatLicenseId(one.licenseId)]);
  return [
    ...columns([["stars", "weighs", "author", "licence"], ...rows]),
    ...(all.length > LISTED ? [`and ${all.length - LISTED} that weigh less`] : []),
  ];
}

/** A weight as a fee in native coin; as it is where native coin has no weight. */
export async function feesIn(session: Session, reviews: ReviewClient): Promise<(weight: bigint) => string> {
  const [unitWeight, native] = await Promise.all([reviews.unitWeight(ZeroAddress), session.tokenAt(ZeroAddress)]);
  return (weight) => {
    const fee = feeOfWeight(weight, unitWeight);
    return fee === undefined ? `${weight} units of weight` : `${shown(fee, native)} in fees`;
  };
}

function summary({ total, reviews }: ModelReviews, mean: number | undefined, inFees: (weight: bigint) => string) {
  const count = `${reviews.length} ${reviews.length === 1 ? "review" : "reviews"}`;
  if (reviews.length === 0) return "It has no reviews.";
  if (mean === undefined) return `It has ${count}, and none weighs anything.`;
  return `${mean.toFixed(2)} of 5 stars by ${count}, which weigh ${inFees(total.weight)}.`;
}

function costs({ total }: ModelReviews, mean: number | undefined, inFees: (weight: bigint) => string): string[] {
  if (mean === undefined) return [];
  const targets = [mean - STEP, mean + STEP].filter((one) => one > 1 && one < 5);
  return targets.map(
    (target) =>
      `To move that to ${target.toFixed(2)} by buying licences costs ${inFees(costToMove(total, target))}, and nothing of it comes back.`,
  );
}

/** The newest of what evaluators measured of a version, and whether there is more: strangers can submit any number. */
export interface MetricsShown {
  readonly metrics: readonly SubmittedMetric[];
  readonly more: boolean;
}

/** What evaluators measured of a version; nobody appoints them, so each line says who vouches for it. */
export async function metricsOf(
  session: Session,
  versionId: bigint,
  evaluators?: readonly string[],
): Promise<MetricsShown> {
  const reader = new MetricClient(await session.deployment(), await session.provider());
  const believed = evaluators === undefined ? {} : { evaluators };
  const found = await reader.ofVersion(versionId, { ...believed, limit: LISTED + 1 });
  return { metrics: found.slice(0, LISTED), more: found.length > LISTED };
}

/** The metrics of a version, line by line. */
export async function metricLines(session: Session, { metrics, more }: MetricsShown): Promise<string[]> {
  if (metrics.length === 0) return ["No evaluator has vouched for a metric of it."];
  const now = await session.now();
  const rows = metrics.map((one) => [
    ...[metricText(one.metric), valueOf(one), localTime(one.measuredAt)],
    ...[one.evaluator, stateOf(one, now), one.dataSet],
  ]);
  return [
    ...columns([["metric", "value", "measured", "evaluator", "state", "data set"], ...rows]),
    ...(more ? ["and older ones; choose whose you see: isonomy metric show <version> --evaluator <address>"] : []),
  ];
}

/** A value with its decimal places. */
export function valueOf({ value, decimals }: Pick<SubmittedMetric, "value" | "decimals">): string {
  return decimals === 0n ? String(value) : formatUnits(value, Number(decimals));
}

function stateOf({ revokedAt, validUntil, latest }: SubmittedMetric, now: bigint): string {
  if (revokedAt > 0n) return `revoked ${localTime(revokedAt)}`;
  if (validUntil < now) return `out of date since ${localTime(validUntil)}`;
  return latest ? `vouched for until ${localTime(validUntil)}` : "a later one took its place";
}
