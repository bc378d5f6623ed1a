export { lockFile, realPathOf, withLock, type Lock, type LockOptions } from "./lock";
export { MAX_TEXT_BYTES, readBounded, readPrivate } from "./read";
export { PRIVATE, createFile, replaceFile } from "./write";
