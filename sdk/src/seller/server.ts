import { createServer, type IncomingMessage } from "node:http";
import { isIP, type Socket } from "node:net";
import { checked } from "../base/checked";
import { whyOf } from "../files/why";
import { sellerError } from "./errors";

/** What the agent says of itself. */
export interface Health {
  readonly healthy: boolean;
  readonly [detail: string]: unknown;
}

/** A server that listens, until it is closed. */
export interface HealthServer {
  readonly port: number;
  close(): Promise<void>;
}

/** Connections at once. One more ends the oldest: strangers who hold theirs open must not keep the operator out. */
const MAX_CONNECTIONS = 64;
/** Milliseconds for a whole request, and for a connection on which nothing moves. */
const REQUEST_MS = 5_000;
const MAX_HEADER_BYTES = 8_192;

/**
 * Answers `/health` with 200 or 503 and `/metrics` in the text format of Prometheus. Listens on the host that is named. On a
 * loopback address a request under a foreign name, which a web page in the operator's browser can make (DNS rebinding), is
 * told whether the agent is healthy and nothing else.
 * @param port 0 takes one that is free; the result says which.
 * @throws `HTTP_UNAVAILABLE` where the port is taken.
 * @example
 * ```ts
 * const agent = new SellerAgent(sellerOptions);
 * const server = await serveHealth("127.0.0.1", 9_464, () => agent.health(), () => agent.metrics.text());
 * await server.close();
 * ```
 */
export const serveHealth = /* @__PURE__ */ checked(
  async (host: string, port: number, health: () => Health, metrics: () => string): Promise<HealthServer> => {
    const settings = {
      headersTimeout: REQUEST_MS,
      requestTimeout: REQUEST_MS,
      keepAliveTimeout: 1_000,
      connectionsCheckingInterval: 1_000,
      maxHeaderSize: MAX_HEADER_BYTES,
    };
    const server = createServer(settings, (request, response) => {
      // not taken apart as a URL: what a stranger sends may be none, and must not end the agent
      const [pathname] = (request.url ?? "/").split("?");
      const foreign = isForeign(request, host);
      if (request.method !== "GET" && request.method !== "HEAD") {
        // what follows is not read, so the connection cannot be used again
        response.writeHead(405, { allow: "GET, HEAD", connection: "close" }).end();
      } else if (pathname === "/health") {
        const now = foreign ? { healthy: health().healthy } : health();
        response.writeHead(now.healthy ? 200 : 503, { "content-type": "application/json" });
        response.end(
          `${JSON.stringify(now, (_, value: unknown) => (typeof value === "bigint" ? `${value}` : value))}\n`,
        );
      } else if (pathname === "/metrics" && foreign) {
        response.writeHead(421, { "content-type": "text/plain" }).end("Ask by the address on which --http listens.\n");
      } else if (pathname === "/metrics") {
        response.writeHead(200, { "content-type": "text/plain; version=0.0.4; charset=utf-8" }).end(metrics());
      } else {
        response.writeHead(404, { "content-type": "text/plain" }).end("There are /health and /metrics.\n");
      }
    });
    server.timeout = REQUEST_MS;
    const open = new Set<Socket>();
    server.on("connection", (socket) => {
      open.add(socket);
      socket.on("close", () => open.delete(socket));
      // in the order in which they came: the first is the oldest
      if (open.size > MAX_CONNECTIONS) open.values().next().value?.destroy();
    });
    await new Promise<void>((resolve, reject) => {
      const refuse = (error: Error): void => {
        reject(sellerError("HTTP_UNAVAILABLE", { where: `${host}:${port}`, detail: whyOf(error) }, error));
      };
      server.once("error", refuse).listen(port, host, resolve);
    });
    const address = server.address();
    return {
      port: typeof address === "object" && address !== null ? address.port : port,
      close: () =>
        new Promise((resolve) => {
          server.closeAllConnections();
          server.close(() => resolve());
        }),
    };
  },
);

/** Whether a request to a loopback address names a host that a stranger's name server could have led here. */
function isForeign({ headers }: IncomingMessage, listens: string): boolean {
  if (!isLoopback(listens)) return false;
  const named = (headers.host ?? "").replace(/:\d*$/, "").toLowerCase();
  return !isLoopback(named) && named !== listens.toLowerCase();
}

function isLoopback(host: string): boolean {
  const plain = host.replace(/^\[(.*)\]$/, "$1").toLowerCase();
  return plain === "localhost" || plain === "::1" || (isIP(plain) === 4 && plain.startsWith("127."));
}
