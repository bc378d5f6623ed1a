// What only Node can do; pages import the package's main entry, which never touches the file system.
export { FileKeyring } from "./deals/fileKeyring";
export * from "./fairexchange/node";
export type { FileAccess, FileAccessReason } from "./files/access";
export { FolderBlocks, type KeptBlock } from "./store/folder";
export {
  FolderStore,
  folderStore,
  type CollectOptions,
  type SealedNote,
  type StoredFile,
  type Unneeded,
} from "./store/folderStore";
export { namedStore, type NamedStoreSettings } from "./store/named";
export * from "./seller";
export { VoucherFolder } from "./server/voucherFolder";
