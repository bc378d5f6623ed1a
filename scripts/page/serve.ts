import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize, sep } from "node:path";

import type { Network } from "../../app/src/networkFile";
import type { Deployment } from "../../sdk/src/addresses";
import type { FolderBlocks } from "../../sdk/src/store/folder";
import { HOST, listen } from "../lib/listen";

/** The coin of the networks that the deployment knows. */
export const ETHER = { name: "Ether", symbol: "ETH", decimals: 18 };

/** A local chain, for a page that its own server gives cards and files to. */
export const localNetwork =
  (deployment: Deployment, rpcUrl: string) =>
  (origin: string): Network => ({
    ...{ name: "Local", test: true, deployment, rpcUrls: [rpcUrl], stores: [origin], currency: ETHER },
  });

export interface PageOptions {
  /** The built page. */
  readonly folder: string;
  /** What is served as the network, given where the page is. */
  readonly network: (origin: string) => Network;
  /** Served below `/ipfs/`, block by block. */
  readonly blocks?: Pick<FolderBlocks, "fileOf">;
  /** The path that the page is put under, such as `/ipfs/x`; the root when left out. */
  readonly base?: string;
  /** 0 takes any free port. */
  readonly port?: number;
}

export interface PageServer {
  readonly origin: string;
  close(): Promise<void>;
}

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".json": "application/json; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
};
const CID = /^\/ipfs\/([a-zA-Z0-9]+)$/;

/** Serves the built page on this machine, with its network and, when there are any, the blocks of a store. */
export async function servePage(options: PageOptions): Promise<PageServer> {
  const { base = "", blocks, folder } = options;
  let origin = "";
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { pathname } = new URL(request.url ?? "/", origin);
    // a page of another site that was pointed at this machine must not read a store
    if (request.headers.host !== origin.slice("http://".length)) return refuse(response, 421);
    if (request.method !== "GET" && request.method !== "HEAD") return refuse(response, 405);
    const cid = CID.exec(pathname)?.[1];
    if (cid !== undefined && blocks !== undefined) {
      return sendFile(request, response, blocks.fileOf(cid), "application/vnd.ipld.raw");
    }
    if (!pathname.startsWith(`${base}/`)) return refuse(response, 404);
    const path = decodeURIComponent(pathname.slice(base.length));
    if (path === "/network.json") {
      response.setHeader("cache-control", "no-cache");
      return sendText(response, TYPES[".json"]!, JSON.stringify(options.network(origin)));
    }
    const file = normalize(join(folder, path === "/" ? "index.html" : path));
    if (!file.startsWith(`${normalize(folder)}${sep}`)) return refuse(response, 404);
    // what lies below assets/ has the hash of its content in its name
    response.setHeader("cache-control", path.startsWith("/assets/") ? "max-age=31536000, immutable" : "no-cache");
    return sendFile(request, response, file, TYPES[extname(file)] ?? "application/octet-stream");
  };
  const server = createServer((request, response) => {
    response.setHeader("x-content-type-options", "nosniff");
    answer(request, response).catch(() => refuse(response, 400));
  });
  await listen(server, options.port ?? 0);
  origin = `http://${HOST}:${(server.address() as AddressInfo).port}`;
  return {
    origin: `${origin}${base}`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function sendFile(request: IncomingMessage, response: ServerResponse, file: string, type: string): Promise<void> {
  const found = await stat(file).catch(() => undefined);
  if (found?.isFile() !== true) return refuse(response, 404);
  response.setHeader("content-type", type);
  response.setHeader("content-length", found.size);
  if (request.method === "HEAD") return void response.end();
  createReadStream(file)
    .once("error", () => response.destroy())
    .pipe(response);
}

function sendText(response: ServerResponse, type: string, text: string): void {
  response.setHeader("content-type", type);
  response.end(text);
}

function refuse(response: ServerResponse, status: number): void {
  if (!response.headersSent) response.statusCode = status;
  response.end();
}
