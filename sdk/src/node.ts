// What only Node can do; pages import the package's main entry, which never touches the file system.
export { FileKeyring } from "./deals/fileKeyring";
export * from "./fairexchange/node";
export { FolderBlocks, folderStore } from "./store/folder";
export * from "./seller";
