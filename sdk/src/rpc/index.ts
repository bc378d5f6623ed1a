export { broadcast, broadcastOrFind } from "./broadcast";
export { endpointOf, type Endpoint } from "./endpoint";
export { rpcRequest } from "./request";
export { PagedProvider } from "./pagedProvider";
