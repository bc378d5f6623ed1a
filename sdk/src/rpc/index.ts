export { broadcast, broadcastOrFind } from "./broadcast";
export { PagedProvider } from "./pagedProvider";
