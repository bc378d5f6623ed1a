// Everything here runs in a page as well as in Node; what only Node has is in `./node`.
export { blobLength, chunkCount, requireBuyable, verifyBlob } from "./blob";
export { streamSecrets, xorChunk } from "./cipher";
export { buildComplaint, complaintProves, type Complaint } from "./complaint";
export {
  buyerPad,
  isHonestPad,
  isKey,
  isSecretOf,
  keyPairOf,
  lin,
  newKeyPair,
  ORDER,
  recoverKey,
  sellerScalar,
  verifyDelivery,
  type BuyerPad,
  type KeyPair,
  type PadContext,
} from "./curve";
export { fairExchangeErrors, type FairExchangeCode } from "./errors";
export { CHUNK_BYTES, HASH_BYTES, SEGMENT_BYTES, SEGMENT_CHUNKS, type Primitives, type StreamSecrets } from "./kernel";
export { decryptKeys, encryptKeys, type StoredKey } from "./keyFile";
export { openBlob, type Opened } from "./open";
export { portablePlatform, type Engine, type Platform } from "./platform";
export { prepare, prepareInto, type FileCommitment, type Prepared, type Progress, type SealOptions } from "./prepare";
export { Pipe, type ByteSink, type ByteSource } from "./streams";
export { pathOf, rootOf, verifyPath } from "./tree";
