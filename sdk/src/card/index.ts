export { MAX_CARD_BYTES, cardBytes, cardFromBytes, checkCard, metadataHash, parseCard, verifiedCard } from "./card";
export { emptyCard, type CardDraft } from "./draft";
export { cardFromHuggingFace } from "./huggingFace";
export type { CardProblem } from "./problems";
export {
  CARD_FORMAT,
  modelCardSchema,
  type BaseModel,
  type BaseModelRelation,
  type CardAuthor,
  type CardFile,
  type CardInterface,
  type CardKind,
  type CardLicense,
  type Metric,
  type ModelCard,
} from "./schema";
