export { MemoryBlocks, type BlockId, type Blocks, type StagedBlocks } from "./blocks";
export { FallbackStore } from "./fallback";
export { GatewayStore, type Gateway, type GatewaySettings } from "./gateway";
export { headersIn, type StoreHeaders } from "./headers";
export { IpfsStore, type IpfsSettings } from "./ipfs";
export { UnixFsStore, readAll, type BlobStore, type ReadOptions } from "./store";
