export { AWAY_CODES, isAway, isUndecided } from "./errors/away";
export { clientErrors } from "./catalogue";
export {
  isProtocolError,
  type ClientErrorCode,
  type ContractErrorCode,
  type ErrorCode,
  type ProtocolErrorCode,
} from "./base/codes";
export { contractErrorGroups, contractErrors } from "./errors/contracts";
export { isContractsAnswer } from "./errors/classify";
export { decodeError } from "./errors/decode";
export { explainError, decodingErrors } from "./errors/explain";
export { IsonomyError, isIsonomyError, type ErrorArgs, type Explanation } from "./base/error";
export { nodeErrors } from "./errors/nodeErrors";
export {
  REFUSAL_CODES,
  TRANSACTION_PHRASES,
  refusalIn,
  refusalOf,
  type TransactionRefusal,
} from "./errors/nodePhrases";
export { hideSecret, redact, redactArgs, redactValue, withoutSecrets } from "./text/redact";
export { errorSignatures } from "./base/signatures";
export { errorsOf, fill, placeholdersOf, type Entries, type Entry, type ErrorFactory } from "./base/template";
