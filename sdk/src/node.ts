// What only Node can do; pages import the package's main entry, which never touches the file system.
export { FolderBlocks, folderStore } from "./store/folder";
