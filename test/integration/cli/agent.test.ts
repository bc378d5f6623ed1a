import { expect } from "chai";
import { ZeroAddress, ZeroHash, type JsonRpcSigner } from "ethers";
import { chmod, copyFile, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";

import { winkCard } from "../../../scripts/demo/card";
import { lockFile } from "../../../sdk/src/files";
import { IEscrow__factory } from "../../../typechain-types/factories/contracts/escrow/IEscrow.sol/IEscrow__factory";
import { json, localWallet, person, refusal, runHere, type Environment } from "../../support/cli";
import { startRpcProxy, type RpcProxy } from "../../support/rpcProxy";
import { separateNode, type SeparateNode } from "../../support/separate-node";

type Person = Awaited<ReturnType<typeof person>>;
interface Line {
  readonly event: string;
  readonly level: string;
  readonly text: string;
  readonly code?: string;
  readonly port?: number;
  readonly path?: string;
}

const DAY = 86_400;

describe("isonomy seller, on a chain that does what the test says", function () {
  this.timeout(240_000);
  let chain: SeparateNode;
  let seller: Person;
  let buyer: Person;
  let stranger: JsonRpcSigner;
  let versionId: string;
  let termsHash: string;
  let proxy: RpcProxy;
  let snapshot: string;
  let home: number;

  before(async function () {
    this.timeout(180_000);
    chain = await separateNode();
    proxy = await startRpcProxy(chain.node.url);
    const at = { rpc: chain.node.url, addresses: join(chain.folder, "deployment.json") };
    seller = await person(chain.folder, "seller", at, localWallet(7));
    buyer = await person(chain.folder, "buyer", at, localWallet(8));
    stranger = await chain.provider.getSigner(10);
    const [file, card] = [join(chain.folder, "model.bin"), join(chain.folder, "card.json")];
    await writeFile(file, "what is sold");
    await writeFile(card, JSON.stringify(winkCard));
    await json(["prepare", file], seller.env);
    const listed = await json<{ versionId: string }>(["list", card, "--prepared", `${file}.isonomy.json`], seller.env);
    versionId = listed.versionId;
    const offer = ["offer", versionId, "--price", "1 native", "--deliver", "1d"];
    ({ termsHash } = await json<{ termsHash: string }>(offer, seller.env));
    home = 0;
  });

  after(async () => {
    await proxy.close();
    await chain.close();
  });

  beforeEach(async () => {
    snapshot = (await chain.provider.send("evm_snapshot", [])) as string;
    home++;
  });
  afterEach(async () => {
    proxy.repair();
    await chain.provider.send("evm_revert", [snapshot]);
  });

  const state = (): string => join(chain.folder, `state-${home}.json`);
  const settings = ["--every", "0.1", "--http", "127.0.0.1:0", "--json", "--patience", "5"];
  const lines = (out: string): Line[] =>
    out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Line);
  const events = (all: readonly Line[]): string[] =>
    all.map(({ event }) => event).filter((event) => event !== "started");
  const mine = (blocks: number) => chain.provider.send("hardhat_mine", [`0x${blocks.toString(16)}`]);
  const later = async (seconds: number): Promise<void> => {
    await chain.provider.send("evm_increaseTime", [seconds]);
    await mine(1);
  };
  const buy = async (...more: string[]): Promise<string> => {
    const terms = more.includes("--terms") ? [] : ["--terms", termsHash];
    return (await json<{ licenseId: string }>(["buy", versionId, ...terms, "--again", ...more], buyer.env)).licenseId;
  };
  const status = async (id: string) => (await json<{ status: string }>(["status", "--deal", id], buyer.env)).status;

  /** One look at the chain. */
  async function look(env: Environment = seller.env, ...more: string[]): Promise<Line[]> {
    const { out, code, err } = await runHere(
      ["seller", "--state", state(), "--confirmations", "0", ...settings, ...more],
      env,
    );
    expect(code, err + out).to.equal(0);
    return lines(out);
  }

  /** The agent at work, until it is told to stop. */
  function watch(env: Environment, ...more: string[]) {
    const stop = new AbortController();
    const seen: Line[] = [];
    const run = runHere(["seller", "--watch", "--state", state(), "--confirmations", "0", ...settings, ...more], env, {
      signal: stop.signal,
      onLine: (text) => seen.push(...lines(text)),
    });
    const until = async (done: () => boolean | Promise<boolean>): Promise<void> => {
      const giveUpAt = Date.now() + 60_000;
      while (!(await done())) {
        if (Date.now() > giveUpAt) throw new Error(`The agent did not come so far: ${JSON.stringify(seen)}`);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    };
    const said = (event: string): Promise<void> => until(() => seen.some((line) => line.event === event));
    const ask = async (path: string) =>
      fetch(`http://127.0.0.1:${seen.find(({ event }) => event === "http")!.port}${path}`);
    const metric = async (name: string): Promise<number> => {
      const text = await (await ask("/metrics")).text();
      return Number(new RegExp(`^isonomy_seller_${name} (.+)$`, "m").exec(text)?.[1]);
    };
    return { seen, said, until, ask, metric, stop: () => (stop.abort(), run) };
  }

  // claim(attacks#command-line-package-and-sellers-agent): a key sent before the purchase is final
  it("delivers nothing before it is final, and then once", async () => {
    const id = await buy();
    expect(events(await look(seller.env, "--confirmations", "5"))).to.deep.equal(["sale"]);
    await mine(4);
    expect(events(await look(seller.env, "--confirmations", "5"))).to.deep.equal([]);
    await mine(1);
    expect(events(await look(seller.env, "--confirmations", "5"))).to.deep.equal(["delivered"]);
    expect(await status(id)).to.equal("delivered");
    const count = await chain.provider.getTransactionCount(seller.address);
    await look();
    await rm(state());
    expect(events(await look())).to.deep.equal([]);
    expect(await chain.provider.getTransactionCount(seller.address)).to.equal(count);
  });

  // claim(attacks#command-line-package-and-sellers-agent): a delivery that a reorganisation takes back
  it("delivers again what a reorg took back, with the same transaction", async () => {
    const id = await buy();
    const before = await chain.provider.send("evm_snapshot", []);
    expect(events(await look(seller.env, "--confirmations", "1"))).to.deep.equal(["sale"]);
    await mine(1);
    const first = await look(seller.env, "--confirmations", "1");
    const { transaction } = first.find(({ event }) => event === "delivered") as Line & { transaction: string };
    await chain.provider.send("evm_revert", [before]);
    // in the same second an empty block would come out as the one that it replaces
    await chain.provider.send("evm_increaseTime", [60]);
    await mine(3);
    expect(await status(id)).to.equal("open");
    const second = await look(seller.env, "--confirmations", "1");
    expect(events(second)).to.include.members(["reorg", "undone", "delivered"]);
    expect(second.find(({ event }) => event === "delivered")).to.include({ transaction });
    expect(await status(id)).to.equal("delivered");
  });

  // claim(attacks#command-line-package-and-sellers-agent): a key sent before the purchase is final
  it("forgets a purchase that a reorg took away before it was final", async () => {
    const before = await chain.provider.send("evm_snapshot", []);
    await buy();
    expect(events(await look(seller.env, "--confirmations", "5"))).to.deep.equal(["sale"]);
    await chain.provider.send("evm_revert", [before]);
    await mine(10);
    const after = await look(seller.env, "--confirmations", "5");
    expect(events(after)).to.include("gone").and.not.include("delivered");
  });

  // claim(attacks#command-line-package-and-sellers-agent): a deal that a stranger opens in the seller's name, at no
  //   price
  it("delivers to nobody who did not pay", async () => {
    const escrow = IEscrow__factory.connect(chain.addresses.Escrow!, stranger);
    const { timestamp } = (await chain.provider.getBlock("latest"))!;
    const free = {
      ...{ opener: stranger.address, id: 1n, versionId, keyX: ZeroHash, termsHash: ZeroHash },
      ...{
        payer: stranger.address,
        recipient: stranger.address,
        seller: seller.address,
        payee: seller.address,
        referrer: ZeroAddress,
      },
      ...{ treasury: stranger.address, payToken: ZeroAddress, price: 0n, protocolFeeBps: 0n, referrerBps: 0n },
      ...{ deliverBy: BigInt(timestamp + DAY), complaintWindow: BigInt(2 * DAY), arbitrator: ZeroAddress, bond: 0n },
      ...{ buyerKey: `0x${"00".repeat(31)}01`, pad: stranger.address, complainBy: 0n },
    };
    await (await escrow.open(free)).wait();
    expect(events(await look())).to.deep.equal([]);
    expect(await escrow.statusOf(stranger.address, 1n)).to.equal(1n);
  });

  // claim(attacks#command-line-package-and-sellers-agent): a sale under terms that the seller never offered
  it("delivers a signed offer's sale only when the offer is brought along", async () => {
    const folder = join(chain.folder, `signed-${home}`);
    await mkdir(folder);
    const file = join(folder, "code.json");
    const terms = ["--price", "0.5 native", "--deliver", "1d", "--salt", "7"];
    const signed = await json<{ termsHash: string }>(["offer", versionId, ...terms, "--sign", file], seller.env);
    const id = await buy("--signed", file, "--terms", signed.termsHash);
    const refused = await look();
    expect(refused.find(({ event }) => event === "refused")).to.include({ code: "DEAL_NOT_OURS" });
    expect(await status(id)).to.equal("open");
    expect(events(await look(seller.env, "--signed", folder))).to.deep.equal(["delivered"]);
  });

  // claim(attacks#command-line-package-and-sellers-agent): one file among the signed offers that is half-written, of
  //   another kind, or a folder
  it("names each file among the signed offers that it cannot read, and goes on with the rest", async () => {
    const folder = join(chain.folder, `signed-${home}`);
    await mkdir(join(folder, "folder.json"), { recursive: true });
    const good = join(folder, "good.json");
    await json(
      ["offer", versionId, "--price", "0.5 native", "--deliver", "1d", "--salt", "8", "--sign", good],
      seller.env,
    );
    const text = await readFile(good, "utf8");
    const signed = JSON.parse(text) as { offer: Record<string, unknown>; termsHash: string };
    const hashed = signed.termsHash;
    const bad: Record<string, string> = {
      "cut.json": text.slice(0, text.length / 2),
      "empty.json": "",
      "null.json": "null",
      "list.json": "[]",
      "another.json": JSON.stringify({ ...signed, format: "isonomy.offer.v9" }),
      "field.json": JSON.stringify({ ...signed, offer: { ...signed.offer, creator: 5 } }),
      "number.json": JSON.stringify({ ...signed, offer: { ...signed.offer, price: "many" } }),
      "missing.json": JSON.stringify({ ...signed, offer: {} }),
    };
    for (const [name, content] of Object.entries(bad)) await writeFile(join(folder, name), content);
    // neither is an offer, and neither is read
    await writeFile(join(folder, "good.json.1234.new"), text.slice(0, 10));
    await writeFile(join(folder, "notes.txt"), "remember to call");
    const ids = [await buy("--signed", good, "--terms", hashed), await buy()];
    const lines = await look(seller.env, "--signed", folder);
    const named = lines.filter(({ event }) => event === "signed").map(({ path }) => path);
    expect(named.sort()).to.deep.equal([...Object.keys(bad), "folder.json"].map((name) => join(folder, name)).sort());
    expect(lines.filter(({ level }) => level === "alert")).to.have.length(named.length);
    expect(events(lines)).to.not.include("chain-lost");
    for (const id of ids) expect(await status(id)).to.equal("delivered");

    const nowhere = await look(seller.env, "--signed", join(folder, "nowhere"));
    expect(nowhere.filter(({ event }) => event === "signed")).to.have.length(1);
    expect(nowhere.find(({ event }) => event === "signed")).to.include({ path: join(folder, "nowhere") });
  });

  // claim(attacks#command-line-package-and-sellers-agent): a window missed because the key, the gas or the node is
  //   missing and nobody notices
  it("raises an alert while a deadline can still be met, on its log, its metrics and its webhook", async () => {
    const heard: Line[] = [];
    const server = createServer((request, response) => {
      let body = "";
      request.on("data", (piece: Buffer) => (body += piece.toString()));
      request.on("end", () => {
        heard.push(JSON.parse(body) as Line);
        response.end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const webhook = `http://127.0.0.1:${(server.address() as AddressInfo).port}/alerts`;
    const id = await buy();
    const keyless = { ...seller.env, ISONOMY_KEYRING: join(chain.folder, "nowhere.json") };
    const agent = watch(keyless, "--alert-before", "2h", "--alert-to", webhook);
    try {
      await agent.said("KEY_FILE_LOST");
      expect((await agent.ask("/health")).status).to.equal(200);
      await later(DAY - 3_600);
      await agent.said("deadline");
      const health = await agent.ask("/health");
      expect(health.status).to.equal(503);
      expect(await health.json()).to.include({ healthy: false, dealsAtRisk: 1, waiting: 1 });
      expect(await status(id)).to.equal("open");
      expect(await agent.metric("windows_missed_total")).to.equal(0);
      await later(3_700);
      await agent.said("missed");
      await agent.until(async () => (await agent.metric("windows_missed_total")) === 1);
      expect(await agent.metric("alerts_total")).to.equal(3);
      expect(heard.map(({ event }) => event)).to.deep.equal(["KEY_FILE_LOST", "deadline", "missed"]);
      expect((await agent.ask("/elsewhere")).status).to.equal(404);
    } finally {
      expect((await agent.stop()).code).to.equal(0);
      server.close();
    }
  });

  // claim(attacks#command-line-package-and-sellers-agent): a window missed because the key, the gas or the node is
  //   missing and nobody notices
  it("says so when the account cannot pay for the gas, and delivers once it can", async () => {
    const id = await buy();
    await chain.provider.send("hardhat_setBalance", [seller.address, "0x0"]);
    const agent = watch(seller.env);
    try {
      await agent.said("INSUFFICIENT_FUNDS");
      await chain.provider.send("hardhat_setBalance", [seller.address, "0xde0b6b3a7640000"]);
      await agent.said("delivered");
      expect(await status(id)).to.equal("delivered");
    } finally {
      await agent.stop();
    }
  });

  // claim(attacks#command-line-package-and-sellers-agent): a window missed because the key, the gas or the node is
  //   missing and nobody notices
  it("is not healthy while the node is out of reach, and goes on where it was", async () => {
    const agent = watch({ ...seller.env, ISONOMY_RPC_URL: proxy.url }, "--silence", "1");
    try {
      await agent.until(
        async () => agent.seen.some(({ event }) => event === "http") && (await agent.metric("up")) === 1,
      );
      proxy.cut();
      await agent.said("chain-lost");
      await agent.said("chain");
      expect((await agent.ask("/health")).status).to.equal(503);
      expect(await agent.metric("up")).to.equal(0);
      const id = await buy();
      proxy.repair();
      await agent.said("delivered");
      expect(await status(id)).to.equal("delivered");
      await agent.until(async () => (await agent.ask("/health")).status === 200);
    } finally {
      await agent.stop();
    }
  });

  it("waits for the node when it is started without one", async () => {
    const id = await buy();
    proxy.cut();
    const agent = watch({ ...seller.env, ISONOMY_RPC_URL: proxy.url });
    try {
      await agent.said("chain-lost");
      expect(agent.seen.map(({ event }) => event)).to.not.include("started");
      proxy.repair();
      await agent.said("delivered");
      expect(await status(id)).to.equal("delivered");
    } finally {
      await agent.stop();
    }
  });

  // claim(attacks#command-line-package-and-sellers-agent): an answer that is lost, so that the same thing is sent twice
  it("sends the very transaction again whose answer was lost", async () => {
    const id = await buy();
    const raws: unknown[] = [];
    let lost = 0;
    const forget = proxy.rule(({ method, params }) => {
      if (method !== "eth_sendRawTransaction") return undefined;
      raws.push(params[0]);
      return ++lost <= 2 ? { kind: "reset" } : undefined;
    });
    const agent = watch({ ...seller.env, ISONOMY_RPC_URL: proxy.url });
    try {
      await agent.said("delivered");
      expect(raws.length).to.be.greaterThan(2);
      expect(new Set(raws).size).to.equal(1);
      expect(await status(id)).to.equal("delivered");
    } finally {
      forget();
      await agent.stop();
    }
  });

  // claim(attacks#escrow-dispute-and-arbiters): Supply held by a purchase with a pad that nobody can open: it returns
  //   when the seller declines, which the seller's agent does by itself for every paid purchase, once it is final. What
  //   remains: until then, or without an agent until the delivery window ends, a buyer who pays the price of every
  //   remaining licence holds the supply and the bond of that one offer, gets the price back and loses the gas of the
  //   purchases; each decline costs the seller gas too. The supply of a free offer can be held for its whole delivery
  //   window
  // claim(attacks#command-line-package-and-sellers-agent): a key and a pad copied from another buyer
  it("refuses a key and a pad that do not belong together, once in its log, and gives the money back", async () => {
    await buy();
    const events1 = await chain.provider.getBlockNumber();
    const market = chain.addresses.Market!;
    const [purchase] = (await chain.provider.getBlock(events1, true))!.prefetchedTransactions;
    expect(purchase!.to).to.equal(market);
    // another buyer copies the key and the pad of the first
    await (await stranger.sendTransaction({ to: market, data: copied(purchase!.data), value: purchase!.value })).wait();
    const agent = watch(seller.env);
    try {
      await agent.said("delivered");
      await agent.said("declined");
      const refused = agent.seen.filter(({ event }) => event === "refused");
      expect(refused).to.have.length(1);
      expect(refused[0]).to.include({ code: "DELIVERY_DECLINED" });
    } finally {
      await agent.stop();
    }
  });

  function copied(data: string): string {
    const plain = buyer.address.slice(2).toLowerCase();
    return data.replaceAll(plain, stranger.address.slice(2).toLowerCase());
  }

  // claim(attacks#command-line-package-and-sellers-agent): two agents with one account
  it("keeps a second agent away from its state, and takes over from one that was killed", async () => {
    await look();
    const other = await lockFile(state());
    expect(await refusal(["seller", "--state", state()], seller.env)).to.equal("AGENT_RUNNING");
    const left = await readFile(`${state()}.lock`, "utf8");
    await other.release();
    // no process has this number
    await writeFile(`${state()}.lock`, left.replace(/"pid":\d+/, '"pid":4194999'));
    expect(events(await look())).to.deep.equal([]);
  });

  // claim(attacks#command-line-package-and-sellers-agent): a file with keys, a password or signed deliveries that other
  //   accounts of the machine can read
  it("refuses each file of keys and passwords that others may read, and says how to close it", async function () {
    if (process.platform === "win32") this.skip();
    await buy();
    await look(seller.env, "--confirmations", "50");
    const [password, keyring] = [join(chain.folder, `word-${home}`), join(chain.folder, `keys-${home}.json`)];
    await writeFile(password, `${seller.env.ISONOMY_PASSWORD}\n`, { mode: 0o600 });
    await copyFile(join(seller.env.ISONOMY_HOME!, "keyring.json"), keyring);
    const { ISONOMY_PASSWORD: plain, ...rest } = seller.env;
    const places: readonly [file: string, env: Environment, parameters: readonly string[]][] = [
      [seller.keystore, seller.env, []],
      [password, rest, ["--password-file", password]],
      [password, { ...rest, ISONOMY_PASSWORD_FILE: password }, []],
      [password, { ...seller.env, ISONOMY_KEYRING_PASSWORD_FILE: password }, []],
      [state(), seller.env, []],
    ];
    expect(plain).to.not.equal(undefined);
    for (const [file, env, parameters] of places) {
      const command = ["seller", "--state", state(), "--confirmations", "0", "--json", ...parameters];
      for (const mode of [0o640, 0o604, 0o620]) {
        await chmod(file, mode);
        const { code, out } = await runHere(command, env);
        await chmod(file, 0o600);
        expect(code, file).to.equal(1);
        expect((JSON.parse(out) as { error: object }).error, file).to.deep.include({
          code: "FILE_EXPOSED",
          args: { path: file, mode: mode.toString(8) },
          fix:
            `Run \`chmod 600 ${file}\`; if others may have read it, change what is in it. Where its mode cannot be changed, as in ` +
            "a mounted volume, ISONOMY_FILE_ACCESS names the reason (docs/seller.md).",
        });
      }
    }
    await chmod(keyring, 0o644);
    expect(await refusal(["seller", "--state", state()], { ...seller.env, ISONOMY_KEYRING: keyring })).to.equal(
      "FILE_EXPOSED",
    );
    await chmod(keyring, 0o600);
    await rm(state());
    expect(events(await look({ ...seller.env, ISONOMY_KEYRING: keyring }))).to.include("delivered");
  });

  // claim(attacks#command-line-package-and-sellers-agent): a state that is damaged, or of another account
  it("refuses a state of another account, or one that is damaged", async () => {
    await look();
    expect(await refusal(["seller", "--state", state()], buyer.env)).to.equal("STATE_OF_ANOTHER");
    const text = await readFile(state(), "utf8");
    await writeFile(state(), text.slice(0, text.length / 2));
    expect(await refusal(["seller", "--state", state()], seller.env)).to.equal("STATE_DAMAGED");
  });

  // claim(attacks#command-line-package-and-sellers-agent): sales hidden by a node that answers for few blocks at a time
  it("works with a node that reads few blocks at a time", async () => {
    const id = await buy();
    await mine(500);
    const spans: number[] = [];
    const narrow = proxy.rule(({ method, params }) => {
      if (method !== "eth_getLogs") return undefined;
      const { fromBlock, toBlock } = params[0] as { fromBlock: string; toBlock: string };
      const span = Number(toBlock) - Number(fromBlock) + 1;
      if (!(span <= 100)) return { kind: "error", code: -32_005, message: "query exceeds the range" };
      spans.push(span);
      return undefined;
    });
    try {
      expect(events(await look({ ...seller.env, ISONOMY_RPC_URL: proxy.url }))).to.deep.equal(["sale", "delivered"]);
      expect(spans.length).to.be.greaterThan(5);
      expect(await status(id)).to.equal("delivered");
    } finally {
      narrow();
    }
  });
});
