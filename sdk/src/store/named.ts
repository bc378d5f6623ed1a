import { checked } from "../base/checked";
import { redact } from "../text/redact";
import { storeError } from "./errors";
import { FallbackStore } from "./fallback";
import { folderStore } from "./folderStore";
import { GatewayStore, type Gateway } from "./gateway";
import type { StoreHeaders } from "./headers";
import { IpfsStore } from "./ipfs";
import type { BlobStore } from "./store";

/** What a store named by its place takes beside it. */
export interface NamedStoreSettings {
  /** What the node is sent with each request, an authorization for example. A folder is sent nothing. */
  readonly headers?: StoreHeaders;
  /** Where to read what the store does not have. */
  readonly gateways?: readonly Gateway[];
  /** Milliseconds in which a node or a gateway has to answer; 30,000 when left out. */
  readonly timeoutMs?: number;
}

/**
 * The store that a person named: a folder, or the HTTP API of an IPFS node by its address, also as Kubo writes its own
 * (`/ip4/127.0.0.1/tcp/5001`) and without a scheme (`127.0.0.1:5001`). Throws `STORE_UNREACHABLE` at what looks like another
 * kind of address, instead of making a folder of that name.
 * @example
 * ```ts
 * const store = namedStore("https://ipfs.example/api/v0", { headers: { authorization: `Bearer ${password}` } });
 * const { cid } = await prepareInto(createReadStream("model.bin"), store, nodePlatform());
 * ```
 */
export const namedStore = /* @__PURE__ */ checked((where: string, options: NamedStoreSettings = {}): BlobStore => {
  if (typeof where !== "string") throw new TypeError("the place is not a text.");
  const { headers, gateways = [], timeoutMs } = options;
  const settings = { timeoutMs };
  const api = apiIn(where);
  if (api === undefined && LIKE_AN_ADDRESS.test(where)) throw storeError("STORE_UNREACHABLE", { path: redact(where) });
  const store = api === undefined ? folderStore(where) : new IpfsStore(api, headers, settings);
  return gateways.length === 0 ? store : new FallbackStore(store, new GatewayStore(gateways, settings));
});

/** The address of a node's API, where the text is one. */
function apiIn(where: string): string | undefined {
  const [, family, host, port, tls] = MULTIADDRESS.exec(where) ?? [];
  if (host !== undefined) {
    const name = family === "ip6" ? `[${host}]` : host;
    return `${tls === undefined ? "http" : "https"}://${name}:${port}`;
  }
  if (HOST_AND_PORT.test(where)) return `http://${where}`;
  return /^https?:\/\//i.test(where) ? where : undefined;
}

const MULTIADDRESS = /^\/(ip4|ip6|dns|dns4|dns6)\/([^/]+)\/tcp\/(\d{1,5})(?:\/(?:(https|tls\/http)|http))?\/?$/;
/**
 * What somebody means as a server, and what would quietly become a folder of that name: any scheme, a host with a port, a name
 * and a password, and addresses of a node that this command does not speak. A folder of such a name is written as `./name`.
 */
const LIKE_AN_ADDRESS = new RegExp(
  [
    "[a-z][a-z0-9+.-]+:/",
    "https?:",
    "//",
    "[^/\\\\]*:\\d+(?:[/?#]|$)",
    "[^/\\\\]+:[^/\\\\]*@",
    "/(?:ip4|ip6|dns|dns4|dns6|dnsaddr|unix|p2p)/",
  ]
    .map((one) => `^${one}`)
    .join("|"),
  "i",
);
const HOST_AND_PORT = /^(?:localhost|\d{1,3}(?:\.\d{1,3}){3}|\[[0-9a-f:.]+\]):\d{1,5}(?:\/|$)/i;
