import type { Server } from "node:http";

/** Servers of the project answer this machine alone. */
export const HOST = "127.0.0.1";

/** Waits until a server listens; 0 takes any free port. */
export function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, HOST, () => {
      server.off("error", reject);
      resolve();
    });
  });
}
