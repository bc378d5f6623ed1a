import { createServer } from "node:http";

/** What the agent says of itself. */
export interface Health {
  readonly healthy: boolean;
  readonly [detail: string]: unknown;
}

export interface HealthServer {
  readonly port: number;
  close(): Promise<void>;
}

/** Answers `/health` with 200 or 503 and `/metrics` in the text format of Prometheus. Listens on the host that is named. */
export async function serveHealth(
  host: string,
  port: number,
  health: () => Health,
  metrics: () => string,
): Promise<HealthServer> {
  const server = createServer((request, response) => {
    // not taken apart as a URL: what a stranger sends may be none, and must not end the agent
    const [pathname] = (request.url ?? "/").split("?");
    if (request.method !== "GET" && request.method !== "HEAD") {
      response.writeHead(405, { allow: "GET, HEAD" }).end();
    } else if (pathname === "/health") {
      const now = health();
      response.writeHead(now.healthy ? 200 : 503, { "content-type": "application/json" });
      response.end(`${JSON.stringify(now, (_, value: unknown) => (typeof value === "bigint" ? `${value}` : value))}\n`);
    } else if (pathname === "/metrics") {
      response.writeHead(200, { "content-type": "text/plain; version=0.0.4; charset=utf-8" }).end(metrics());
    } else {
      response.writeHead(404, { "content-type": "text/plain" }).end("There are /health and /metrics.\n");
    }
  });
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(port, host, resolve));
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : port,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
