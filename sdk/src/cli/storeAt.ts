import type { BlobStore } from "../store";
import { folderStore } from "../store/folder";
import { IpfsStore } from "../store/ipfs";
import { redact } from "../text/redact";
import { cliError } from "./errors";

/** A folder, or a node by its address: also as Kubo writes its own (`/ip4/127.0.0.1/tcp/5001`), and without a scheme. */
export function storeAt(where: string, timeoutMs: number): BlobStore {
  const settings = { timeoutMs };
  const [, family, host, port, tls] = MULTIADDRESS.exec(where) ?? [];
  if (host !== undefined) {
    const name = family === "ip6" ? `[${host}]` : host;
    return new IpfsStore(`${tls === undefined ? "http" : "https"}://${name}:${port}`, {}, settings);
  }
  if (HOST_AND_PORT.test(where)) return new IpfsStore(`http://${where}`, {}, settings);
  if (/^https?:\/\//i.test(where)) return new IpfsStore(where, {}, settings);
  if (LIKE_AN_ADDRESS.test(where)) throw cliError("STORE_UNREACHABLE", { path: redact(where) });
  return folderStore(where);
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
