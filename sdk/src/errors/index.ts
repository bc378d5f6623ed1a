export { AWAY_CODES, isAway, isUndecided } from "./away";
export { clientErrors } from "./catalogue";
export {
  isProtocolError,
  type ClientErrorCode,
  type ContractErrorCode,
  type ErrorCode,
  type ProtocolErrorCode,
} from "./codes";
export { contractErrorGroups, contractErrors } from "./contracts";
export { isContractsAnswer } from "./classify";
export { decodeError } from "./decode";
export { explainError, explained } from "./explain";
export { IsonomyError, isIsonomyError, type ErrorArgs, type Explanation } from "./error";
export { nodeErrors } from "./nodeErrors";
export { REFUSAL_CODES, TRANSACTION_PHRASES, refusalIn, refusalOf, type TransactionRefusal } from "./nodePhrases";
export { hideSecret, redact, redactArgs, redactValue, withoutSecrets } from "./redact";
export { errorSignatures } from "./signatures";
export { errorsOf, fill, placeholdersOf, type Entries, type Entry, type ErrorFactory } from "./template";
