import { expect } from "chai";
import { once } from "node:events";
import { request } from "node:http";
import { connect, type Socket } from "node:net";
import { setImmediate } from "node:timers/promises";

import { serveHealth, type HealthServer } from "../../sdk/src/seller";

/**
 * What was lost: the health check, and with it the agent, which its supervisor restarted again and again. Anyone who reached
 * the port held connections open without a word until the process had no more of them, neither for the check nor for the
 * chain. And a web page that the operator had open read the agent's figures under a name of its own.
 */
describe("Finding: a health check is blocked by strangers, and its figures are read by a web page", function () {
  this.timeout(120_000);
  let server: HealthServer;
  const idle: Socket[] = [];
  const FIGURES = "isonomy_seller_balance_wei 17\n";

  beforeEach(async () => {
    const health = () => ({ healthy: true, seller: "0xabc" });
    server = await serveHealth("127.0.0.1", 0, health, () => FIGURES);
  });
  afterEach(async () => {
    for (const socket of idle.splice(0)) socket.destroy();
    await server.close();
  });

  /** Asks under a name of the caller's choice. */
  const ask = (path: string, host?: string): Promise<{ status: number; text: string }> =>
    new Promise((resolve, reject) => {
      const headers = host === undefined ? {} : { host };
      const asked = request({ host: "127.0.0.1", port: server.port, path, headers, timeout: 30_000, agent: false });
      asked.on("timeout", () => asked.destroy(new Error("no answer")));
      asked.on("error", reject);
      asked.on("response", (response) => {
        let text = "";
        response.on("data", (piece: Buffer) => (text += piece.toString()));
        response.on("end", () => resolve({ status: response.statusCode!, text }));
      });
      asked.end();
    });
  const stranger = async (says: string): Promise<Socket> => {
    const socket = connect(server.port, "127.0.0.1");
    idle.push(socket);
    socket.on("error", () => undefined);
    socket.resume();
    await once(socket, "connect");
    if (says !== "") socket.write(says);
    return socket;
  };

  for (const [what, says] of [
    ["say nothing", ""],
    ["begin a request and never end it", "GET /health HTTP/1.1\r\nHost: a\r\nX-Slow: "],
    ["announce a body and never send it", "POST /health HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n"],
  ] as const) {
    // claim(attacks#command-line-package-and-sellers-agent): connections held open, to keep the health check out
    it(`answers while 300 connections ${what}, and holds at most 64 of them`, async () => {
      for (let i = 0; i < 300; i++) await stranger(says);
      expect((await ask("/health")).status).to.equal(200);
      const open = () => idle.filter(({ destroyed }) => !destroyed).length;
      // the other side hears a little later that it was ended
      for (const giveUpAt = Date.now() + 20_000; open() > 64 && Date.now() < giveUpAt;) await setImmediate();
      expect(open()).to.be.at.most(64);
    });
  }

  it("ends a connection on which nothing is asked for within seconds", async () => {
    const socket = await stranger("");
    await once(socket, "close");
  });

  // claim(attacks#command-line-package-and-sellers-agent): a web page that reads the agent's figures under a name of
  //   its own (DNS rebinding)
  it("tells a foreign name whether the agent is healthy, and nothing else", async () => {
    for (const host of [
      "evil.example",
      `evil.example:${server.port}`,
      "127.0.0.1.evil.example",
      "localhost.evil.example",
    ]) {
      expect(await ask("/health", host)).to.deep.equal({ status: 200, text: '{"healthy":true}\n' });
      const figures = await ask("/metrics", host);
      expect(figures.status).to.equal(421);
      expect(figures.text).to.not.include("balance");
    }
  });

  it("tells everything by the address, by localhost, and by any name where the operator opened it to others", async () => {
    for (const host of [undefined, "localhost", `localhost:${server.port}`, "127.0.0.1", `[::1]:${server.port}`]) {
      expect((await ask("/health", host)).text).to.include("0xabc");
      expect(await ask("/metrics", host)).to.deep.equal({ status: 200, text: FIGURES });
    }
    await server.close();
    server = await serveHealth(
      "0.0.0.0",
      0,
      () => ({ healthy: false }),
      () => FIGURES,
    );
    expect((await ask("/health", "seller")).status).to.equal(503);
    expect(await ask("/metrics", "seller:9464")).to.deep.equal({ status: 200, text: FIGURES });
  });
});
