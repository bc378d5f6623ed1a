export { MemoryBlocks, type Blocks } from "./blocks";
export { UnixFsStore, readAll, type BlobStore } from "./store";
