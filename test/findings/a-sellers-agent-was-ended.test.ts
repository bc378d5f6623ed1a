import { expect } from "chai";
import { connect } from "node:net";

import { serveHealth, type HealthServer } from "../../sdk/src/seller";

/**
 * What was lost: the seller's agent, and with it every delivery that was due. A request for a path that is no path of a
 * URL threw inside the server, which ended the whole process: anyone who reached its port could stop the sales.
 */
describe("Finding: a seller's agent is ended by one request", () => {
  let server: HealthServer;
  beforeEach(async () => {
    server = await serveHealth(
      "127.0.0.1",
      0,
      () => ({ healthy: true }),
      () => "isonomy_seller_up 1\n",
    );
  });
  afterEach(() => server.close());

  /** Sends a request as it stands, and returns the first line of the answer. */
  const ask = (target: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const socket = connect(server.port, "127.0.0.1", () => socket.write(`GET ${target} HTTP/1.1\r\nHost: a\r\n\r\n`));
      socket.setTimeout(30_000, () => socket.destroy(new Error(`no answer to ${target}`)));
      socket.once("error", reject);
      socket.once("data", (data) => {
        socket.destroy();
        resolve(data.toString().split("\r\n")[0]!);
      });
    });

  for (const target of ["//", "///health", "http://[", "//:@/metrics", "http://a:99999/health", "*", "\\\\"]) {
    // claim(attacks#proofs-of-the-fair-exchange): a request that crashes the seller's agent: its path is not parsed as
    //   a URL
    it(`goes on after a request for ${target}`, async () => {
      const died: unknown[] = [];
      // without this the test itself would end with the process
      const before = process.listeners("uncaughtException");
      process.removeAllListeners("uncaughtException").once("uncaughtException", (error) => died.push(error));
      const answer = await ask(target).catch((error: Error) => error.message);
      process.removeAllListeners("uncaughtException");
      for (const listener of before) process.on("uncaughtException", listener);
      expect(died).to.deep.equal([]);
      expect(answer).to.match(/^HTTP\/1\.1 (400|404) /);
      expect(await ask("/health?now")).to.equal("HTTP/1.1 200 OK");
    });
  }
});
