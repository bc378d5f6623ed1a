import { errorsOf, type Entries } from "../base/template";

/** What can go wrong while a file is sealed, checked, paid for, delivered or opened. */
export const fairExchangeErrors = {
  FILE_EMPTY: {
    message: "The file is empty.",
    reason: "A version commits to at least one byte, because an empty tree has no chunk that could be proven wrong.",
    fix: "Choose the file that holds the model.",
  },
  FILE_TOO_LARGE: {
    message: "The file is larger than {limit} bytes.",
    reason: "Sizes are counted in exact integers of this language.",
    fix: "Split the file.",
  },
  FILE_CHANGED: {
    message: "The file changed while it was read: {expected} before, {actual} now.",
    reason: "Another program wrote to it, so what was sealed is neither the old file nor the new one.",
    fix: "Stop whatever writes to the file, discard the blob and prepare it again.",
  },
  BLOB_TRUNCATED: {
    message: "The blob ends after {actual} bytes; the version needs {expected}.",
    reason: "The download was cut short, or only part of the blob was published.",
    fix: "Fetch the blob again, from another source if need be. Do not pay before it verifies.",
  },
  BLOB_TOO_LONG: {
    message: "The blob is longer than the {expected} bytes that the version needs.",
    reason: "It is the blob of another version, or something was appended to it.",
    fix: "Fetch the blob that the version names. Do not pay before it verifies.",
  },
  BLOB_ROOT_MISMATCH: {
    message: "The blob's {which} is {actual}, but the version commits to {expected}.",
    reason: "A byte of this copy differs from what was prepared: damage, another version, or a change after sealing.",
    fix: "Fetch the blob again. A seller prepares and uploads it again, with a new key. Do not pay before it verifies.",
  },
  VERSION_INVALID: {
    message: "The version cannot be bought: {detail}",
    reason: "Its commitment is malformed, so that no delivery or complaint could be proven.",
    fix: "Do not buy it, and tell the seller.",
  },
  SCALAR_INVALID: {
    message: "{name} is not a scalar between 1 and the order of the curve.",
    reason: "The number was mistyped or drawn by a program with a defect.",
    fix: "Read it again from where it was kept, or draw a new one with the functions of this package.",
  },
  POINT_INVALID: {
    message: "{name} is not the x coordinate of a point that can be used.",
    reason: "It is 0, not below the order of the curve, or no point has it.",
    fix: "Do not deliver or pay: ask the other side for a valid key.",
  },
  DELIVERY_DECLINED: {
    message: "The seller declines: the buyer's key and pad do not belong together.",
    reason:
      "The key was copied from another purchase, chain, contract or account, or the buyer's program has a defect. " +
      "A scalar sent for it would be refused by the contract.",
    fix: "Call decline, so that the buyer is refunded and can buy again.",
  },
  SCALAR_WRONG: {
    message: "The delivered scalar does not open the version's key with this purchase's secret.",
    reason: "The secret belongs to another purchase, or the figures were read from another chain or contract.",
    fix: "Use the key file of this very purchase. The contract verified the scalar, so the right secret opens it.",
  },
  KEY_WRONG: {
    message: "The key does not belong to this version.",
    reason: "It is the key of another version, or it was mistyped.",
    fix: "Recover the key from the delivery of this version.",
  },
  COMPLAINT_INVALID: {
    message: "The complaint would be refused: {detail}",
    reason: "It is not about the committed bytes of this version.",
    fix: "Do not send it: it would cost gas and prove nothing. Build it with openBlob from the verified blob.",
  },
  COMPLAINT_FALSE: {
    message: "Chunk {index} is exactly what the seller committed to.",
    reason: "The chunk decrypts to its content hash.",
    fix: "Do not send it: it would publish the key and prove nothing.",
  },
  KEY_FILE_LOST: {
    message: "There is no key file at {path}.",
    reason: "It was moved or deleted, or the folder is wrong.",
    fix:
      "Restore it from a backup. Without it a buyer cannot open a delivery already made, and a seller cannot deliver: " +
      "a seller then declines open deals and publishes a new version.",
  },
  KEY_FILE_EXISTS: {
    message: "There is a key file at {path} already.",
    reason: "Writing over it would destroy the only copy of a key.",
    fix: "Choose another name, or move the old file to a safe place first.",
  },
  KEY_FILE_DAMAGED: {
    message: "The key file cannot be read: {detail}",
    reason: "It is cut short, edited, or not a key file of this project.",
    fix: "Restore it from a backup.",
  },
  KEY_FILE_PASSWORD: {
    message: "The password does not open the key file.",
    reason: "The password is wrong, or a byte of the file changed; the two cannot be told apart.",
    fix: "Try the password again, with the keyboard's layout in mind; then a backup of the file. Nobody can reset it.",
  },
  PASSWORD_EMPTY: {
    message: "A key file needs a password.",
    reason: "Without one the key would be in plain text.",
    fix: "Choose a long password and keep it where you keep the others.",
  },
  WORKER_FAILED: {
    message: "A worker thread stopped: {detail}",
    reason: "The machine ran out of memory, or the thread was ended from outside.",
    fix: "Run it again with fewer workers.",
  },
} as const satisfies Entries;

/** The codes of the errors of the fair exchange. */
export type FairExchangeCode = keyof typeof fairExchangeErrors;

/** Builds one of them from its code, the values of its sentences, and what was caught. */
export const fairExchangeError = errorsOf(fairExchangeErrors);
