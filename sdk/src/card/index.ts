export { MAX_CARD_BYTES, cardBytes, cardFromBytes, checkCard, metadataHash, parseCard, verifiedCard } from "./card";
export type { CardProblem } from "./problems";
export {
  CARD_FORMAT,
  modelCardSchema,
  type CardInterface,
  type CardKind,
  type CardLicense,
  type Metric,
  type ModelCard,
} from "./schema";
