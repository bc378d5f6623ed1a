export { MemoryBlocks, type BlockId, type Blocks, type StagedBlocks } from "./blocks";
export { IpfsStore, type IpfsSettings } from "./ipfs";
export { UnixFsStore, readAll, type BlobStore, type ReadOptions } from "./store";
