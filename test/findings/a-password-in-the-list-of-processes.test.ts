import { expect } from "chai";
import { JsonRpcProvider } from "ethers";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { freePort, startNode } from "../../scripts/lib/local-node";
import { startRpcProxy } from "../support/rpcProxy";
import { separateNode } from "../support/separate-node";

const PASSWORD = "wrd7-of-the-node";
const KEY = "k3y0f1he4cc0un7k3y0f1he4cc0un7";

describe("Finding: a node's password in the list of processes", function () {
  this.timeout(180_000);

  // claim(attacks#command-line-package-and-sellers-agent): a node's password, or a key in its URL, in the machine's
  //   process list
  it("a fork is started without it, reads the other chain by it, and logs where only its owner reads", async () => {
    const chain = await separateNode();
    const proxy = await startRpcProxy(chain.node.url);
    const folder = mkdtempSync(join(tmpdir(), "isonomy-fork-"));
    const asked = new Set<string>();
    proxy.rule(({ path, authorization }) => {
      asked.add(`${path} ${authorization}`);
      return undefined;
    });
    const { host } = new URL(proxy.url);
    const block = await chain.provider.getBlockNumber();
    const log = join(folder, "fork.log");
    const node = await startNode(await freePort(), log, {
      url: `http://alice:${PASSWORD}@${host}/v2/${KEY}`,
      block,
      chainId: 31_337,
    });
    const fork = new JsonRpcProvider(node.url, undefined, { staticNetwork: true });
    try {
      const market = chain.addresses.Market!;
      expect(await fork.getCode(market))
        .to.equal(await chain.provider.getCode(market))
        .and.not.equal("0x");
      expect(await fork.getBlockNumber()).to.equal(block);
      const credentials = Buffer.from(`alice:${PASSWORD}`).toString("base64");
      expect([...asked]).to.deep.equal([`/v2/${KEY} Basic ${credentials}`]);

      const processes = execFileSync("ps", ["-eo", "args"], { encoding: "utf8" });
      expect(processes).to.include(`--port ${new URL(node.url).port}`);
      for (const secret of [PASSWORD, KEY, credentials]) expect(processes).to.not.include(secret);
      expect(statSync(log).mode & 0o077).to.equal(0);
    } finally {
      fork.destroy();
      await node.stop();
      await proxy.close();
      await chain.close();
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
