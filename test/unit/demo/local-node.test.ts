import { expect } from "chai";
import { spawn } from "node:child_process";
import { createServer } from "node:net";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { checkPortFree, freePort, startNode } from "../../../scripts/lib/local-node";
import { readOptions } from "../../../scripts/lib/start-options";

const LIBRARY = require.resolve("../../../scripts/lib/local-node");

describe("Local node", () => {
  it("finds a port that is free", async () => {
    await checkPortFree(await freePort());
  });

  it("says what to do when the port is taken", async () => {
    const port = await freePort();
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
    let message = "";
    await checkPortFree(port).catch((error: Error) => (message = error.message));
    server.close();
    expect(message).to.match(new RegExp(`Port ${port} on 127.0.0.1 is taken.*press Ctrl-C.*choose another port`));
  });

  it("answers once it is started, keeps a log, and frees its port when it is stopped", async () => {
    const folder = await mkdtemp(join(tmpdir(), "isonomy-log-"));
    const port = await freePort();
    const node = await startNode(port, join(folder, "node.log"));
    const ask = () =>
      fetch(node.url, { method: "POST", body: '{"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":[]}' });
    expect(await (await ask()).json()).to.include({ result: "0x7a69" });
    expect(await readFile(join(folder, "node.log"), "utf8")).to.match(/Started HTTP/);
    await node.stop();
    expect(await node.ended).to.equal(undefined);
    await checkPortFree(port);
    await node.stop();
    await rm(folder, { recursive: true });
  });

  it("ends when the program that started it is killed, so that a second run finds its port free", async () => {
    const folder = await mkdtemp(join(tmpdir(), "isonomy-log-"));
    const port = await freePort();
    const source = `
      require("ts-node/register/transpile-only");
      const { startNode } = require(${JSON.stringify(LIBRARY)});
      startNode(${port}, ${JSON.stringify(join(folder, "node.log"))}).then(() => {
        console.log("ready");
        setInterval(() => {}, 1_000);
      });`;
    const parent = spawn(process.execPath, ["-e", source], { stdio: ["ignore", "pipe", "inherit"] });
    await new Promise((resolve) => parent.stdout.once("data", resolve));
    parent.kill("SIGKILL");
    const giveUpAt = Date.now() + 60_000;
    let free = false;
    while (!free && Date.now() < giveUpAt) {
      free = await checkPortFree(port).then(
        () => true,
        () => false,
      );
    }
    expect(free).to.equal(true);
    await rm(folder, { recursive: true });
  });
});

describe("Options of npm start", () => {
  it("stays on port 8545 unless told otherwise", () => {
    expect(readOptions([])).to.deep.equal({ stay: true, port: 8545 });
    expect(readOptions(["--exit"], "8600")).to.deep.equal({ stay: false, port: 8600 });
  });

  it("refuses an option it does not know", () => {
    expect(() => readOptions(["--exit", "--quit"])).to.throw("--quit is not understood. The only option is --exit");
  });

  for (const port of ["many", "", "0", "65536", "80.5"]) {
    it(`refuses "${port}" as a port`, () => {
      expect(() => readOptions([], port)).to.throw(`ISONOMY_PORT is "${port}", which is no port`);
    });
  }
});
