import { sha256 } from "@noble/hashes/sha2.js";
import { CID } from "multiformats";

import { isIsonomyError } from "../base/error";
import type { BlockId } from "./blocks";
import { storeError } from "./errors";

export const RAW = 0x55;
export const DAG_PB = 0x70;
const SHA2_256 = 0x12;

/** No block of a file this store writes is larger; a larger one is not read into memory to be refused. */
export const MAX_BLOCK_BYTES = 2_097_152;

/** Whether bytes are the block of this identifier. */
export function isIntact(cid: BlockId, bytes: Uint8Array): boolean {
  // the digest is what the identifier ends with
  const digest = cid.bytes.subarray(-32);
  return bytes.length <= MAX_BLOCK_BYTES && sha256(bytes).every((byte, index) => byte === digest[index]);
}

/** Reads an identifier; throws `BLOB_CID_INVALID` at what this store does not keep. */
export function parseCid(text: string): CID {
  try {
    return checkedCid(text, CID.parse(text));
  } catch (error) {
    if (isIsonomyError(error)) throw error;
    throw storeError(
      "BLOB_CID_INVALID",
      { cid: text, detail: error instanceof Error ? error.message : String(error) },
      error,
    );
  }
}

/** The same identifier, if it is one of a file that is hashed as ours are. */
export function checkedCid(root: string, cid: CID): CID {
  const known = cid.code === RAW || cid.code === DAG_PB;
  if (cid.version !== 1 || !known || cid.multihash.code !== SHA2_256 || cid.multihash.size !== 32) {
    throw storeError("BLOB_CID_INVALID", { cid: root, detail: "it is not a CIDv1 of a file hashed with SHA-256" });
  }
  return cid;
}
