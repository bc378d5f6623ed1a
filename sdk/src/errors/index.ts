export { AWAY_CODES, isAway } from "./away";
export { clientErrors, fail, type ClientErrorCode } from "./catalogue";
export { contractErrorGroups, contractErrors } from "./contracts";
export { decodeError, explained, isContractsAnswer } from "./decode";
export { IsonomyError, isIsonomyError, type ErrorArgs, type Explanation } from "./error";
export { REFUSAL_CODES, TRANSACTION_PHRASES, refusalIn, refusalOf, type TransactionRefusal } from "./nodePhrases";
export { hideSecret, redact, redactArgs, redactValue, withoutSecrets } from "./redact";
export { errorSignatures } from "./signatures";
export { fill, placeholdersOf, type Entry } from "./template";
