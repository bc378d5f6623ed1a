export { broadcast, broadcastOrFind } from "./broadcast";
export { endpointOf, rpcRequest, type Endpoint } from "./endpoint";
export { PagedProvider } from "../chain/pagedProvider";
