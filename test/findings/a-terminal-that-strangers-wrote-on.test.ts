import { expect } from "chai";
import { ZeroHash } from "ethers";
import { mkdir, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";

import { printable, printableJson } from "../../sdk/src/text/printable";
import { winkCard } from "../../scripts/demo/card";
import { shown } from "../../scripts/lib/terminal";
import { IModelRegistry__factory } from "../../typechain-types/factories/contracts/registry/IModelRegistry__factory";
import { TestToken__factory } from "../../typechain-types/factories/test/contracts/tokens/TestToken__factory";
import { json, localWallet, person, runHere, type CliResult } from "../support/cli";
import { startRpcProxy, type RpcProxy } from "../support/rpcProxy";
import { separateNode, type SeparateNode } from "../support/separate-node";

type Person = Awaited<ReturnType<typeof person>>;

/** One of each kind: a title and a link, a cleared screen, a forged line, an 8-bit control, an order turned round, nothing to see. */
const HOSTILE =
  "\u001b]0;owned\u0007\u001b[2J\u001b[1A\r\nPaid.\u009b31m\u202egpj\u2066x\u200b\u2028\u2029\ufeff\u{e0041}end";
/** Everything but the line breaks that the program itself writes. */
const ACTS = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

/**
 * What was lost: the truth on the screen. The place of a card, the name of a token, a proposal or the answer of a node could
 * hold codes that clear the screen, write lines in the program's name, or turn the reading order round, and `status` showed
 * them as they came.
 */
describe("Finding: what strangers wrote acts on the terminal that shows it", function () {
  this.timeout(120_000);
  let chain: SeparateNode;
  let proxy: RpcProxy;
  let seller: Person;
  let version: string;
  let token: string;
  let folder: string;

  before(async function () {
    this.timeout(240_000);
    chain = await separateNode();
    folder = chain.folder;
    proxy = await startRpcProxy(chain.node.url);
    const at = { rpc: proxy.url, addresses: join(folder, "deployment.json") };
    seller = await person(folder, "seller", at, localWallet(7));
    const signer = await chain.provider.getSigner(7);
    const registry = IModelRegistry__factory.connect(chain.addresses.ModelRegistry!, signer);
    const data = {
      ...{ root: ZeroHash, contentRoot: ZeroHash, keyX: ZeroHash, size: 0n },
      ...{ metadataHash: `0x${"11".repeat(32)}`, uri: `ipfs://${HOSTILE}` },
    };
    version = (await registry.createModel.staticCall(data, 0n)).toString();
    await (await registry.createModel(data, 0n)).wait();
    await json(["offer", version, "--price", "1 native"], seller.env);
    const deployed = await new TestToken__factory(signer).deploy("Coin", HOSTILE, 18);
    token = await (await deployed.waitForDeployment()).getAddress();
    const open = { ...seller.env, ISONOMY_RPC_URL: chain.node.url };
    await json(["pool", "create", "native", token], open);
  });

  after(async () => {
    await proxy.close();
    await chain.close();
  });

  function hex(value: number, digits = 2): string {
    return value.toString(16).padStart(digits, "0");
  }

  const refuse = (message: string, refused = /^eth_getLogs$/) =>
    proxy.rule(({ method }) => (refused.test(method) ? { kind: "error", code: -32_603, message } : undefined));

  /** What a node, a file or a chain can make each command say. */
  const places: Record<string, () => Promise<CliResult>> = {
    "the place of a card in status": () => runHere(["status", "--listing", version], seller.env),
    "the symbol of a token in pool list": () => runHere(["pool", "list"], seller.env),
    "the symbol of a token in a refusal": () => runHere(["withdraw", "--token", token], seller.env),
    "the answer of a node": async () => {
      const forget = refuse(HOSTILE);
      return runHere(["status", "--listing", version], seller.env).finally(forget);
    },
    "the answer of a node to a command that signs": async () => {
      const forget = refuse(HOSTILE, /^eth_getBlockByNumber$/);
      return runHere(["offer", version, "--price", "1 native", "--expires", "1d"], seller.env).finally(forget);
    },
    "the log of the seller's agent": async () => {
      const forget = refuse(`execution failed: ${HOSTILE}`);
      return runHere(["seller", "--state", join(folder, "state.json")], seller.env).finally(forget);
    },
    "the name of a file": async () => {
      const name = HOSTILE.replaceAll("/", "");
      await mkdir(join(folder, "odd"), { recursive: true });
      const file = join(folder, "odd", `${Date.now()}${name}`);
      await writeFile(file, "a model");
      return runHere(["prepare", file], seller.env);
    },
    "a file that is not there": () => runHere(["list", join(folder, HOSTILE)], seller.env),
    "the name of a command": () => runHere([HOSTILE], seller.env),
    "a value of the command line": () => runHere(["buy", HOSTILE], seller.env),
    "a card that is none": async () => {
      const card = join(folder, "odd.json");
      await writeFile(card, JSON.stringify({ ...winkCard, [HOSTILE]: HOSTILE }));
      return runHere(["list", card], seller.env);
    },
    "a proposal": async () => {
      const file = join(folder, "proposal.json");
      const calls = [{ contract: "Market", function: "setProtocolFee(uint16)", args: ["200"] }];
      await writeFile(file, JSON.stringify({ title: HOSTILE, why: HOSTILE, calls }));
      return runHere(["propose", file, "--check"], seller.env);
    },
    "a signed offer of somebody": async () => {
      const file = join(folder, "signed.json");
      await writeFile(
        file,
        JSON.stringify({ format: "isonomy.offer.v1", chainId: "1", signature: "0x", offer: { versionId: HOSTILE } }),
      );
      return runHere(["buy", version, "--signed", file], seller.env);
    },
    "an address of a node": () => runHere(["status"], { ...seller.env, ISONOMY_RPC_URL: `http://${HOSTILE}` }),
  };

  for (const [place, show] of Object.entries(places)) {
    it(`${place} is shown and does nothing`, async () => {
      const { out, err } = await show();
      const lines = `${out}${err}`.split("\n");
      for (const line of lines) expect(line).to.not.match(ACTS);
      expect(lines.filter((line) => line.startsWith("Paid."))).to.deep.equal([]);
      expect(out + err).to.contain("\\x1b]0;");
    });
  }

  // claim(attacks#proofs-of-the-fair-exchange): control characters in a card, a symbol, a proposal or a node's answer
  it("JSON stays JSON, says the same values, and acts no more than text", async () => {
    for (const parameters of [
      ["status", "--listing", version],
      ["buy", HOSTILE],
      ["list", HOSTILE],
    ]) {
      const { out } = await runHere([...parameters, "--json"], seller.env);
      for (const line of out.split("\n")) expect(line).to.not.match(ACTS);
      expect(() => JSON.parse(out) as unknown).to.not.throw();
    }
    const shown = await json<{ uri: string }>(["status", "--listing", version], seller.env);
    expect(shown.uri).to.equal(`ipfs://${HOSTILE}`);
  });

  it("an alert that is posted is no different", async () => {
    const heard: string[] = [];
    const server: Server = createServer((request, response) => {
      let body = "";
      request.on("data", (piece: Buffer) => (body += piece.toString()));
      request.on("end", () => (heard.push(body), response.end()));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const stop = new AbortController();
    const forget = refuse(HOSTILE);
    const settings = ["--every", "0.1", "--silence", "0.2", "--http", "off", "--alert-to", url];
    const run = runHere(["seller", "--watch", "--state", join(folder, "state.json"), ...settings], seller.env, {
      signal: stop.signal,
    });
    const giveUpAt = Date.now() + 60_000;
    while (heard.length === 0 && Date.now() < giveUpAt) await new Promise((resolve) => setTimeout(resolve, 50));
    stop.abort();
    await run;
    forget();
    server.close();
    expect(heard).to.not.deep.equal([]);
    for (const body of heard) expect(body).to.not.match(ACTS);
  });

  it("what a script says acts no more than what the command line says", () => {
    for (const line of shown(HOSTILE).split("\n")) expect(line).to.not.match(ACTS);
    expect(shown("two\tcells\nand a line")).to.equal("two\tcells\nand a line");
  });

  // claim(attacks#proofs-of-the-fair-exchange): control characters in a card, a symbol, a proposal or a node's answer
  it("every character that acts is written out, and every other stays", () => {
    for (let code = 0; code <= 0x10ffff; code++) {
      const character = String.fromCodePoint(code);
      const written = printable(`a${character}b`);
      if (ACTS.test(character)) expect(written, code.toString(16)).to.match(/^a\\[xu]\{?[0-9a-f]+\}?b$/);
      else if (written !== `a${character}b`) expect(written).to.match(/^a\\[xu]\{?[0-9a-f]+\}?b$/);
      if (code < 0x20 || (code >= 0x7f && code < 0xa0)) expect(written).to.equal(`a\\x${hex(code)}b`);
    }
    const plain = "Modèle à 12,5 € – 模型 “ok” \\x1b ñ é 🎉";
    expect(printable(plain)).to.equal(plain);
    const value = { text: HOSTILE, more: "\ud800" };
    expect(JSON.parse(printableJson(JSON.stringify(value)))).to.deep.equal(value);
  });
});
