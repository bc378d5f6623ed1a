import { expect } from "chai";
import { createServer } from "node:net";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { checkPortFree, freePort, startNode } from "../../../scripts/lib/local-node";

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
});
