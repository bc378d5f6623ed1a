import { errorsOf, type Entries } from "../base/template";

/** What can go wrong while content is stored or fetched. */
export const storeErrors = {
  BLOB_CID_INVALID: {
    message: 'The content identifier "{cid}" cannot be read: {detail}',
    reason: "The text is cut short, mistyped, or of a kind this store does not keep (CIDv1 with SHA-256).",
    fix: "Copy the identifier again from the version or the receipt.",
  },
  BLOB_MISSING: {
    message: "Block {block} of {cid} is not in the store.",
    reason: "The content was never put into this store, or part of it was deleted.",
    fix: "Put the content into the store again, or use a store that holds all of it.",
  },
  BLOB_CORRUPTED: {
    message: "Block {block} of {cid} does not match its hash.",
    reason: "The stored bytes were changed or cut short after they were written.",
    fix: "Delete the block and put the content into the store again.",
  },
  BLOB_TOO_LARGE: {
    message: "{cid} is longer than the {limit} bytes that were asked for.",
    reason: "The store holds something larger than what its publisher promised.",
    fix: "Do not rely on it, or read it as a stream.",
  },
  BLOB_NOT_A_FILE: {
    message: "{cid} is not a file.",
    reason: "The identifier names a directory, or data that is not UnixFS.",
    fix: "Use the identifier of the file itself.",
  },
  IPFS_UNREACHABLE: {
    message: "The IPFS node does not answer at {api}: {detail}.",
    reason: "It is not running, its API listens elsewhere, or the connection was lost.",
    fix: "Start the node, or give the address of its API; then put the content again.",
  },
  IPFS_REFUSED: {
    message: "The IPFS node refused a call at {api}: {detail}.",
    reason: "Its API is restricted, its disk is full, or it is too old for the settings that were asked for.",
    fix: "Read what it answered, and update or configure the node.",
  },
  IPFS_OTHER_CID: {
    message: "The IPFS node stored something else at {api}: {detail}.",
    reason: "It cut the file in another way than asked, or the bytes changed on the way.",
    fix: "Use a node that knows max-file-links, or keep the content in a folder store.",
  },
  STORE_HEADER_INVALID: {
    message: "A header for the store cannot be sent: {detail}",
    reason: "A header is a name, a colon and a value on one line, without control characters.",
    fix: "Write it as `Authorization: Bearer TOKEN`; nothing was sent.",
  },
  STORE_READ_ONLY: {
    message: "Nothing can be put into a gateway.",
    reason: "Gateways hand content out; a node or a folder keeps it.",
    fix: "Put the content into a folder or a node, and read it through the gateway once the node provides it.",
  },
  STORE_UNREACHABLE: {
    message: "{path} is neither a folder nor the address of an IPFS node.",
    reason: "A store is a folder, or the HTTP API of an IPFS node; a host without http:// could be either.",
    fix: "Write it as http://host:port or https://host, or a folder of such a name as ./name; nothing was written.",
  },
  STORE_UNREADABLE: {
    message: "The store {path} cannot be read: {detail}",
    reason: "This account may not open it, its disk failed, or it is not a folder.",
    fix: "Check the path, the permissions and the disk.",
  },
  STORE_UNWRITABLE: {
    message: "The store {path} cannot be written: {detail}",
    reason: "Its disk is full or read-only, this account may not write there, or its path is no folder.",
    fix: "Free space or choose another store, then run it again; nothing of this file was left behind.",
  },
  GATEWAY_FAILED: {
    message: "No gateway handed out block {block}: {detail}.",
    reason: "They do not find the content, are busy, refuse, or sent bytes that are not the content.",
    fix: "Try again, name another gateway, or ask the publisher whether a node provides the content.",
  },
} as const satisfies Entries;

/** Builds one of them from its code, the values of its sentences, and what was caught. */
export const storeError = errorsOf(storeErrors);
