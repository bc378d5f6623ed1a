export { clientErrors, fail, type ClientErrorCode } from "./catalogue";
export { IsonomyError, isIsonomyError, type ErrorArgs, type Explanation } from "./error";
export { fill, placeholdersOf, type Entry } from "./template";
