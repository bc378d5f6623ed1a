export {
  EAS_SCHEMA,
  METRIC_TYPES,
  easAttestation,
  metricName,
  metricText,
  metricUid,
  type EasAttestation,
  type Measurement,
  type SignedMetric,
} from "./metric";
export { MetricClient, type MetricContract, type SubmittedMetric } from "./metrics";
export { ReviewClient, type ModelReviews, type Review, type ReviewContract, type WrittenReview } from "./reviews";
export { contentHash, costToMove, feeOfWeight, meanStars, type ReviewTotal } from "./weight";
