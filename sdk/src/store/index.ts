export { MemoryBlocks, type BlockId, type Blocks } from "./blocks";
export { IpfsStore } from "./ipfs";
export { UnixFsStore, readAll, type BlobStore } from "./store";
