export { fileSink, prepareFile, readKeyFile, writeKeyFile } from "./nodeFiles";
export { nodePlatform } from "./nodePlatform";
