export {
  FILE_ACCESS,
  acceptedText,
  fileAccessOf,
  keepsNoModes,
  type FileAccess,
  type FileAccessReason,
} from "./access";
export { lockFile, realPathOf, withLock, type Lock, type LockOptions } from "./lock";
export { MAX_TEXT_BYTES, readBounded, readBytes, readPrivate } from "./read";
export { PRIVATE, PUBLIC, createFile, replaceFile, requireReplaceable } from "./write";
