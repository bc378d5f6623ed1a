import { expect } from "chai";
import {
  Contract,
  HDNodeWallet,
  Mnemonic,
  Wallet,
  ZeroAddress,
  parseEther,
  type Interface,
  type JsonRpcSigner,
} from "ethers";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ModuleKind, ScriptTarget, transpileModule } from "typescript";

import { winkCard } from "../../scripts/demo/card";
import {
  MarketClient,
  MemoryBlocks,
  UnixFsStore,
  parseVersionId,
  type Offer,
  type OfferStanding,
  type OfferTerms,
} from "../../sdk/src";
import { startRpcProxy, type RpcCall, type RpcProxy } from "../support/rpcProxy";
import { IEscrow__factory } from "../../typechain-types";
import { separateNode, type SeparateNode } from "../support/separate-node";
import { INSTALL, PACK, ROOT, installedExample, run, type Ended } from "./support/packed";

const PRICE = parseEther("0.25");
const BUYER = 8;
const STRANGER = 10;
const CREATOR = 11;

/** The commands of the guide, by the line they are on. */
function commandsOf(page: string): string[] {
  const text = readFileSync(join(ROOT, page), "utf8");
  return [...text.matchAll(/^```sh\n(.*?)^```$/gms)]
    .flatMap(([, block]) => block!.split("\n"))
    .map((line) => line.replace(/\s+#.*$/, "").trim())
    .filter((line) => line !== "");
}

/** What an example printed as its result. */
function resultOf({ status, stdout, stderr }: Ended): Record<string, unknown> {
  if (status !== 0) throw new Error(`It ended with ${status}:\n${stdout}\n${stderr}`);
  return JSON.parse(stdout.trim().split("\n").at(-1)!);
}

describe("the examples, from the packed package, against a separate node", function () {
  this.timeout(600_000);
  const guide = commandsOf("docs/integrate.md");
  // the first commands are how package.test.ts packs and installs it
  const tried = new Set<string>([PACK, INSTALL]);
  let chain: SeparateNode;
  let market: MarketClient;
  let buyer: JsonRpcSigner;
  let stranger: JsonRpcSigner;
  let versionId: bigint;
  let otherVersionId: bigint;
  let base: Record<string, string>;
  const places = new Map<string, string>();

  before(async () => {
    chain = await separateNode();
    tried.add("npx ts-node --transpile-only scripts/deploy-local.ts");
    const [seller, ...others] = await Promise.all([7, BUYER, STRANGER].map((index) => chain.provider.getSigner(index)));
    [buyer, stranger] = others as [JsonRpcSigner, JsonRpcSigner];
    market = new MarketClient(chain.deployment, seller!);
    const store = new UnixFsStore(new MemoryBlocks());
    ({ versionId } = await market.listModel(winkCard, store));
    ({ versionId: otherVersionId } = await market.listModel(winkCard, store));
    base = { RPC_URL: chain.node.url, DEPLOYMENT_FILE: join(chain.folder, "deployment.json"), VERSION: `${versionId}` };
  });

  after(() => chain.close());

  /** The key of an account of the local node, which are derived from a phrase that everybody knows. */
  const keyOf = (index: number): string => {
    const phrase = Mnemonic.fromPhrase("test test test test test test test test test test test junk");
    return HDNodeWallet.fromMnemonic(phrase, `m/44'/60'/0'/0/${index}`).privateKey;
  };

  const sell = async (terms: Partial<OfferTerms> = {}): Promise<Offer> =>
    (await market.createOffer({ versionId, price: PRICE, supply: 1n, salt: freshSalt(), ...terms })).offer;

  const bought = async (account: JsonRpcSigner, version = versionId): Promise<bigint> =>
    (await market.connect(account).purchase(await sell({ versionId: version }))).licenseId;

  const place = async (example: string): Promise<string> => {
    if (!places.has(example)) {
      places.set(example, await installedExample(example));
      tried.add(`cd examples/${example}`).add("npm install");
    }
    return places.get(example)!;
  };

  /** Runs a command of the guide in an example's folder, as it stands there. */
  const command = async (example: string, line: string, environment: Record<string, string> = {}): Promise<Ended> => {
    if (!guide.includes(line)) throw new Error(`The guide does not say: ${line}`);
    tried.add(line);
    return run("sh", ["-c", line], await place(example), { ...base, PRIVATE_KEY: keyOf(BUYER), ...environment });
  };

  describe("script", () => {
    const BUY = "node buy.mjs $VERSION 500000000000000000";

    it("is 30 lines long", () => {
      const text = readFileSync(join(ROOT, "examples/script/buy.mjs"), "utf8");
      expect(text.trimEnd().split("\n").length).to.be.at.most(30);
    });

    it("buys the cheapest licence that is left, and says what it got", async () => {
      await sell({ price: PRICE * 3n });
      const cheapest = await sell({ price: PRICE });
      const revoked = await sell({ price: PRICE / 2n });
      await market.revokeOffer(revoked);
      const before = await chain.provider.getBalance(buyer.address);

      const { licenseId, price, usable } = resultOf(await command("script", BUY));

      expect([price, usable]).to.deep.equal(["0.25", true]);
      expect(await market.isAuthorized(BigInt(String(licenseId)), buyer.address)).to.equal(true);
      expect(before - (await chain.provider.getBalance(buyer.address))).to.be.within(PRICE, PRICE + parseEther("0.01"));
      const sold = (await market.offersOf(versionId)).find(({ offer }) => offer.salt === cheapest.salt);
      expect(sold?.sold).to.equal(1n);
    });

    it("pays nothing above the bound, and says why in one sentence", async () => {
      const before = await chain.provider.getBalance(buyer.address);
      const { status, stdout, stderr } = await command("script", BUY);
      expect(status).to.equal(1);
      expect(stdout).to.equal("");
      expect(stderr)
        .to.match(/price/i)
        .and.not.match(/\n\s+at /);
      expect(await chain.provider.getBalance(buyer.address)).to.equal(before);
    });
  });

  describe("settings that are empty", () => {
    for (const [example, line] of [
      ["script", "node buy.mjs $VERSION 500000000000000000"],
      ["contract", "node deploy.mjs $VERSION"],
      ["node-api", "node server.mjs $VERSION"],
      ["file", "node buy.mjs $VERSION 2.5 bought.bin"],
      ["viem", "node dist/read.js"],
    ] as const) {
      it(`are not set: examples/${example} asks the usual node and the package's address book`, async () => {
        if (example === "viem") await command("viem", "npm run build");
        const run = (environment: Record<string, string>) =>
          command(example, line, { KEYRING_PASSWORD: "words", ...environment });
        const unknown = await run({ DEPLOYMENT_FILE: "" });
        expect(unknown.status, unknown.stdout).to.equal(1);
        expect(unknown.stderr).to.include("No deployment on chain 31337 is known.");
        // whatever answers there, or nobody
        const file = { DEPLOYMENT_FILE: "/nowhere/deployment.json" };
        const [usual, empty] = [
          await run({ ...file, RPC_URL: "http://127.0.0.1:8545" }),
          await run({ ...file, RPC_URL: "" }),
        ];
        expect(empty).to.deep.equal(usual);
        expect(usual.status).to.equal(1);
      });
    }

    for (const [example, line] of [
      ["script", "node buy.mjs $VERSION 500000000000000000"],
      ["contract", "node deploy.mjs $VERSION"],
      ["file", "node deliver.mjs"],
    ] as const) {
      it(`are named where examples/${example} cannot do without`, async () => {
        const { status, stderr } = await command(example, line, { PRIVATE_KEY: "" });
        expect(status).to.equal(1);
        expect(stderr)
          .to.match(/^PRIVATE_KEY is not set/)
          .and.not.match(/\n\s+at /);
      });
    }
  });

  describe("file", () => {
    const SELL = "node sell.mjs model.bin card.json 2.5";
    const BUY = "node buy.mjs $VERSION 2.5 bought.bin";
    const original = Buffer.from(Array.from({ length: 300_000 }, (_, at) => (at * 31 + (at >> 8)) % 256));
    let folder: string;
    let agent: ChildProcess | undefined;
    let version: string;

    /** What the copied example of settings says, except for what a person fills in. */
    const as = (account: number): Record<string, string> => ({
      PRIVATE_KEY: keyOf(account),
      KEYRING_PASSWORD: `the keyring of ${account}`,
    });

    before(async () => {
      folder = await place("file");
      expect((await command("file", "cp .env.example .env")).status).to.equal(0);
      writeFileSync(join(folder, "model.bin"), original);
      const token = new Contract(chain.addresses.TestToken!, ["function mint(address,uint256)"], buyer);
      await (await token.getFunction("mint")(buyer.address, 10_000_000n)).wait();
    });

    after(async () => {
      if (agent === undefined || agent.exitCode !== null) return;
      agent.kill("SIGINT");
      await once(agent, "exit");
    });

    const balance = (account: string): Promise<bigint> =>
      new Contract(
        chain.addresses.TestToken!,
        ["function balanceOf(address) view returns (uint256)"],
        chain.provider,
      ).getFunction("balanceOf")(account) as Promise<bigint>;

    it("seals, publishes and offers a file, and names one that is not there", async () => {
      const missing = await run("sh", ["-c", "node sell.mjs nothing.bin card.json 2.5"], folder, {
        ...base,
        ...as(CREATOR),
      });
      expect(missing.status).to.equal(1);
      expect(missing.stderr).to.match(/^ENOENT: no such file or directory, stat 'nothing.bin'\n$/);

      const sold = resultOf(await command("file", SELL, as(CREATOR)));
      expect(sold).to.include({ price: "2.5 TUSD" });
      version = String(sold.version);
      const [{ offer }] = (await market.offersOf(parseVersionId(version))) as [OfferStanding, ...OfferStanding[]];
      expect([offer.price, offer.deliveryWindow]).to.deep.equal([2_500_000n, 86_400n]);
      const [data] = await market.registry.versionData(offer.versionId);
      expect(data.size).to.equal(BigInt(original.length));
    });

    it("pays nothing above the bound", async () => {
      const before = await balance(buyer.address);
      const line = BUY.replace("$VERSION 2.5", "$VERSION 2.4");
      const { status, stderr } = await run("sh", ["-c", line], folder, { ...base, ...as(BUYER), VERSION: version });
      expect(status).to.equal(1);
      expect(stderr).to.equal(`No offer of version ${version} costs at most 2.4 TUSD.\n`);
      expect(await balance(buyer.address)).to.equal(before);
    });

    // claim(attacks#command-line-package-and-sellers-agent): a program killed after it had paid, and started again (examples)
    it("buys with a permit, is killed while it waits for the key, and opens the file without paying again", async () => {
      const before = await balance(buyer.address);
      const environment = { ...base, ...as(BUYER), VERSION: version };
      const waiting = spawn(process.execPath, ["buy.mjs", version, "2.5", "bought.bin"], {
        cwd: folder,
        env: { PATH: process.env.PATH, ...environment },
        stdio: ["ignore", "ignore", "inherit"],
      });
      while ((await balance(buyer.address)) === before && waiting.exitCode === null)
        await new Promise((resolve) => setTimeout(resolve, 100));
      expect(waiting.exitCode, "it waits for the key").to.equal(null);
      waiting.kill("SIGKILL");
      await once(waiting, "exit");

      expect(guide).to.include("node deliver.mjs");
      tried.add("node deliver.mjs");
      agent = spawn(process.execPath, ["deliver.mjs"], {
        cwd: folder,
        env: { PATH: process.env.PATH, ...base, ...as(CREATOR) },
        stdio: ["ignore", "pipe", "inherit"],
      });
      const said: string[] = [];
      agent.stdout!.on("data", (piece) => said.push(String(piece)));

      const { licence, bytes } = resultOf(await command("file", BUY, { ...as(BUYER), VERSION: version }));
      expect(licence).to.equal(`${version}-${String(licence).split("-").slice(1).join("-")}`);
      expect(bytes).to.equal(String(original.length));
      expect(readFileSync(join(folder, "bought.bin")).equals(original)).to.equal(true);
      expect(existsSync(join(folder, "bought.bin.part"))).to.equal(false);
      expect(said.join("")).to.include(`delivered the key of licence ${licence}\n`);
      // once, though it was started twice, and a third time now
      expect(resultOf(await command("file", BUY, { ...as(BUYER), VERSION: version }))).to.deep.equal({
        licence,
        bytes,
      });
      expect(before - (await balance(buyer.address))).to.equal(2_500_000n);
    });

    // claim(attacks#command-line-package-and-sellers-agent): a program killed between sending and mining, and started again
    //   (examples)
    it("is killed after it has sent native coin and before a block has it, and does not pay again", async () => {
      const coin = { PAY_TOKEN: "" };
      const sold = resultOf(
        await run("sh", ["-c", SELL.replace("2.5", "0.5")], folder, { ...base, ...as(CREATOR), ...coin }),
      );
      const environment = { ...base, ...as(BUYER), ...coin, VERSION: String(sold.version) };
      const spent = await chain.provider.getBalance(buyer.address);
      const held = await market.licenses.balanceOf(buyer.address);
      const waiting = (): Promise<number> => chain.provider.getTransactionCount(buyer.address, "pending");
      const before = await waiting();
      const started: ChildProcess[] = [];
      const start = (): ChildProcess => {
        const child = spawn(process.execPath, ["buy.mjs", String(sold.version), "0.5", "coin.bin"], {
          cwd: folder,
          env: { PATH: process.env.PATH, ...environment },
          stdio: ["ignore", "pipe", "pipe"],
        });
        started.push(child);
        return child;
      };
      const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
      try {
        await chain.provider.send("evm_setAutomine", [false]);
        const first = start();
        while ((await waiting()) === before && first.exitCode === null) await pause(50);
        expect(first.exitCode, "it waits for a block").to.equal(null);
        first.kill("SIGKILL");
        await once(first, "exit");

        const second = start();
        let [said, result] = ["", ""];
        second.stderr!.on("data", (piece) => (said += String(piece)));
        second.stdout!.on("data", (piece) => (result += String(piece)));
        const ended = once(second, "close");
        // it says that it waits, or sends a second purchase
        while (said === "" && second.exitCode === null) await pause(50);
        await pause(1_500);
        expect(await waiting(), said).to.equal(before + 1);
        await chain.provider.send("evm_setAutomine", [true]);
        await chain.provider.send("evm_mine", []);
        expect(await ended, said).to.deep.equal([0, null]);

        expect(await market.licenses.balanceOf(buyer.address)).to.equal(held + 1n);
        const waits = `waits until the earlier transactions of ${buyer.address} are mined; a wallet can speed them up\n`;
        expect(said).to.equal(waits);
        expect(JSON.parse(result)).to.include({ bytes: String(original.length) });
        expect(readFileSync(join(folder, "coin.bin")).equals(original)).to.equal(true);
        const price = parseEther("0.5");
        const paid = spent - (await chain.provider.getBalance(buyer.address));
        expect(paid).to.be.within(price, price + parseEther("0.01"));
      } finally {
        for (const child of started) child.kill("SIGKILL");
        await chain.provider.send("evm_setAutomine", [true]);
      }
    });
  });

  describe("viem", () => {
    it("compiles strictly, libraries too, and finds no ethers where it is installed", async () => {
      const { compilerOptions } = JSON.parse(readFileSync(join(ROOT, "examples/viem/tsconfig.json"), "utf8")) as {
        compilerOptions: Record<string, unknown>;
      };
      expect(compilerOptions).to.include({ strict: true }).and.not.have.property("skipLibCheck");
      const { status, stdout, stderr } = await command("viem", "npm run build");
      expect(status, stdout + stderr).to.equal(0);
      expect(existsSync(join(await place("viem"), "node_modules/ethers"))).to.equal(false);
    });

    it("prints the models and the offers that can be bought, and none that is dead", async () => {
      const live = await sell({ price: PRICE });
      const revoked = await sell({ price: PRICE / 2n });
      await market.revokeOffer(revoked);
      const past = BigInt((await chain.provider.getBlock("latest"))!.timestamp) + 60n;
      const expired = await sell({ expiresAt: past });
      const soldOut = await sell();
      await market.connect(buyer).purchase(soldOut);
      await chain.provider.send("evm_increaseTime", [120]);
      await chain.provider.send("evm_mine", []);

      const { status, stdout, stderr } = await command("viem", "node dist/read.js");
      expect(status, stderr).to.equal(0);
      const lines = stdout
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as Record<string, unknown>);
      const models = lines.filter((line) => "model" in line);
      expect(models.length).to.equal(Number(await market.registry.modelCount()));
      expect(models[0]).to.include({ model: 1, newest: `${versionId}`, bytes: "0" });
      const offers = lines.filter((line) => "offer" in line).map(({ offer }) => offer);
      expect(lines).to.deep.include({
        ...{ offer: await market.market.hashOffer(live), version: `${versionId}`, price: "0.25 native" },
        ...{ sold: 0, withFile: false },
      });
      for (const dead of [revoked, expired, soldOut])
        expect(offers).to.not.include(await market.market.hashOffer(dead));
    });

    describe("of a node and a market that refuse or lie", () => {
      let proxy: RpcProxy;
      let live: Offer;
      const undo: (() => void)[] = [];
      before(async () => {
        proxy = await startRpcProxy(chain.node.url);
        live = await sell({ price: PRICE });
      });
      afterEach(() => undo.splice(0).forEach((one) => one()));
      after(() => proxy.close());

      const hashOf = (offer: Offer): Promise<string> => market.market.hashOffer(offer);
      /** What the reader prints as for sale, and what else it says. */
      const printed = async (): Promise<{ offers: unknown[]; stderr: string }> => {
        const { status, stdout, stderr } = await command("viem", "node dist/read.js", { RPC_URL: proxy.url });
        expect(status, stderr).to.equal(0);
        const read = stdout.trim().split("\n");
        const offers = read
          .map((line) => (JSON.parse(line) as { offer?: string }).offer)
          .filter((one) => one !== undefined);
        return { offers, stderr };
      };
      /** A contract says something else, about one offer if its hash is named. */
      const says = (abi: Interface, name: string, values: readonly unknown[], hash = "0x"): void => {
        const { selector } = abi.getFunction(name)!;
        const result = abi.encodeFunctionResult(name, values);
        const isCall = ({ method, params }: RpcCall): boolean => {
          const [{ data = "" } = {}] = params as [{ data?: string }?];
          return method === "eth_call" && data.startsWith(selector) && data.includes(hash.slice(2));
        };
        undo.push(proxy.rule((call) => (isCall(call) ? { kind: "answer", result } : undefined)));
      };
      const marketAbi = (): Interface => market.market.interface;
      /** An event beside those that there are, which says that an offer is listed. */
      const forge = async (offer: Offer): Promise<void> => {
        const abi = marketAbi();
        const topics = [abi.getEvent("OfferListed")!.topicHash];
        const filter = { address: chain.addresses.Market, fromBlock: "0x0", toBlock: "latest", topics };
        const logs = (await chain.provider.send("eth_getLogs", [filter])) as Record<string, unknown>[];
        const made = abi.encodeEventLog("OfferListed", [await hashOf(offer), offer.versionId, offer.creator, offer]);
        const result = [...logs, { ...logs.at(-1), logIndex: "0x99", ...made }];
        undo.push(proxy.rule(({ method }) => (method === "eth_getLogs" ? { kind: "answer", result } : undefined)));
      };

      it("lists none that the market does not know as listed, though an event says so", async () => {
        const forged = { ...live, price: 1n, salt: freshSalt() };
        await forge(forged);
        const { offers } = await printed();
        expect(offers).to.include(await hashOf(live));
        expect(offers).to.not.include(await hashOf(forged));
      });

      it("lists none for one buyer alone", async () => {
        const reserved = await sell({ buyer: stranger.address });
        const { offers } = await printed();
        expect(offers).to.include(await hashOf(live));
        expect(offers).to.not.include(await hashOf(reserved));
      });

      it("lists one with a bond only while the bond is there", async () => {
        const bonded = { ...live, bond: 5n, salt: freshSalt() };
        const hash = await hashOf(bonded);
        await forge(bonded);
        says(marketAbi(), "offerState", [0n, true, false], hash);
        expect((await printed()).offers).to.not.include(hash);
        says(IEscrow__factory.createInterface(), "bondOf", [5n, 0n], hash);
        expect((await printed()).offers).to.include(hash);
      });

      it("lists none at a protocol fee above what its creator accepts", async () => {
        says(marketAbi(), "config", [ZeroAddress, live.maxProtocolFeeBps + 1n, 0n, 0n]);
        expect((await printed()).offers).to.not.include(await hashOf(live));
      });

      it("lists none in a token that is no longer accepted", async () => {
        says(marketAbi(), "payTokenRisks", [false, 0n]);
        expect((await printed()).offers).to.deep.equal([]);
      });

      it("lists none while the market is paused, and says that it is", async () => {
        says(marketAbi(), "config", [ZeroAddress, 0n, 1n << 39n, 0n]);
        expect(await printed()).to.deep.equal({
          offers: [],
          stderr: "The market is paused: nothing can be bought now.\n",
        });
      });
    });

    it("says of a licence whether an account may use it, and for which version", async () => {
      const licenseId = await bought(buyer);
      const READ = "node dist/read.js $LICENSE $ACCOUNT";
      const ask = async (ACCOUNT: string) =>
        resultOf(await command("viem", READ, { LICENSE: `${licenseId}`, ACCOUNT }));
      const licence = { license: `${licenseId}`, version: `${versionId}` };
      expect(await ask(buyer.address)).to.deep.equal({ ...licence, usable: true });
      expect(await ask(stranger.address)).to.deep.equal({ ...licence, usable: false });
    });
  });

  describe("contract", () => {
    // claim(attacks#command-line-package-and-sellers-agent): a licence to something else, or one that was given away
    //   (examples)
    it("gates a function on a licence: licensees pass, strangers and holders of other licences do not", async () => {
      const { feed } = resultOf(await command("contract", "node deploy.mjs $VERSION")) as { feed: string };
      const licenseId = await bought(buyer);
      const other = await bought(buyer, otherVersionId);
      const use = (license: bigint, account = BUYER): Promise<Ended> =>
        command("contract", "node use.mjs $FEED $LICENSE 3 4 5", {
          FEED: feed,
          LICENSE: `${license}`,
          PRIVATE_KEY: keyOf(account),
        });

      expect(resultOf(await use(licenseId))).to.deep.equal({ score: "26", uses: "1" });
      expect(resultOf(await use(licenseId))).to.deep.equal({ score: "26", uses: "2" });

      for (const [license, account, address] of [
        [licenseId, STRANGER, stranger.address],
        [other, BUYER, buyer.address],
        [licenseId + 1n, BUYER, buyer.address],
      ] as const) {
        const { status, stderr } = await use(license, account);
        expect(status).to.equal(1);
        expect(stderr).to.include(`LicensedFeed_NotLicensed(${license}, ${address})`);
      }
    });
  });

  describe("node-api", () => {
    let server: ChildProcess | undefined;
    let origin: string;
    let licenseId: bigint;

    before(async () => {
      const line = "node server.mjs $VERSION";
      expect(guide).to.include(line);
      tried.add(line);
      const cwd = await place("node-api");
      licenseId = await bought(buyer);
      server = spawn(process.execPath, ["server.mjs", `${versionId}`], {
        cwd,
        env: { PATH: process.env.PATH, ...base, PORT: "0" },
        stdio: ["ignore", "pipe", "inherit"],
      });
      ({ origin } = JSON.parse(String((await once(server.stdout!, "data"))[0])) as { origin: string });
    });

    after(async () => {
      if (server === undefined || server.exitCode !== null) return;
      server.kill();
      await once(server, "exit");
    });

    const ask = (license: bigint, account = BUYER): Promise<Ended> =>
      command("node-api", 'node ask.mjs $ORIGIN $LICENSE "what is a licence"', {
        ORIGIN: origin,
        LICENSE: `${license}`,
        PRIVATE_KEY: keyOf(account),
      });

    const challenge = async (account = buyer.address, license = licenseId): Promise<string> => {
      const response = await fetch(`${origin}/challenge?account=${account}&license=${license}`);
      return ((await response.json()) as { message: string }).message;
    };

    const answer = async (message: string, key = keyOf(BUYER), signed = message): Promise<number> => {
      const signature = await new Wallet(key).signMessage(signed);
      const body = JSON.stringify({ message, signature, question: "one two" });
      return (await fetch(`${origin}/answer`, { method: "POST", body })).status;
    };

    it("answers the holder of a licence", async () => {
      expect(resultOf(await ask(licenseId))).to.deep.equal({ licenseId: `${licenseId}`, answer: "4 words" });
    });

    // claim(attacks#command-line-package-and-sellers-agent): a licence to something else, or one that was given away
    //   (examples)
    it("refuses a stranger, a licence to something else and a licence that was given away", async () => {
      const other = await bought(buyer, otherVersionId);
      const given = await bought(buyer);
      const transfer = market.licenses.connect(buyer);
      await (await transfer.transferFrom(buyer.address, stranger.address, given)).wait();

      for (const [license, account] of [
        [licenseId, STRANGER],
        [other, BUYER],
        [given, BUYER],
        [10n ** 60n, BUYER],
      ] as const) {
        const { status, stderr } = await ask(license, account);
        expect(status).to.equal(1);
        expect(stderr).to.match(/^403: 0x\w{40} holds no usable licence/);
      }
      expect(resultOf(await ask(given, STRANGER))).to.include({ licenseId: `${given}` });
    });

    // claim(attacks#command-line-package-and-sellers-agent): a challenge used twice, invented, or signed for another
    //   account (example of a server)
    it("takes a challenge once, as it was given, from the account that it names", async () => {
      const used = await challenge();
      expect(await answer(used)).to.equal(200);
      expect(await answer(used)).to.equal(401);

      expect(await answer(await challenge(), keyOf(STRANGER))).to.equal(401);
      const message = await challenge(stranger.address);
      expect(await answer(message.replace(stranger.address, buyer.address), keyOf(BUYER))).to.equal(
        401,
        "a challenge that was made for another account",
      );
      const invented = (await challenge()).replace(/Nonce: \w+/, "Nonce: abcdefgh12345678");
      expect(await answer(invented)).to.equal(401);
      expect(await answer("sign in please")).to.equal(400);
    });
  });

  describe("react-wagmi", () => {
    let folder: string;

    before(async function () {
      this.timeout(600_000);
      const cwd = await place("react-wagmi");
      writeFileSync(
        join(cwd, ".env"),
        [
          "VITE_CHAIN_ID=31337",
          `VITE_RPC_URL=${chain.node.url}`,
          `VITE_DEPLOYMENT=${JSON.stringify(chain.deployment)}`,
          `VITE_VERSION_ID=${otherVersionId}`,
        ].join("\n"),
      );
      const { status, stdout, stderr } = await command("react-wagmi", "npm run build");
      expect(status, stdout + stderr).to.equal(0);
      folder = join(cwd, "dist");
      expect(readdirSync(folder)).to.include("index.html");
      expect(existsSync(join(cwd, "node_modules/ethers"))).to.equal(false, "a page with viem needs no ethers");
    });

    /** Opens the page as a visitor with a wallet, does what is asked and returns what was read. */
    const visit = async (...instructions: [string, unknown][]): Promise<Record<string, string>[]> => {
      const program = join(__dirname, "support/page.mjs");
      const parameters = [program, folder, chain.node.url, buyer.address, JSON.stringify(instructions)];
      const { status, stdout, stderr } = await run(process.execPath, parameters, ROOT);
      if (status !== 0) throw new Error(`${stdout}\n${stderr}`);
      return stdout
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line));
    };

    it("lists the offers, and buys one with the visitor's wallet", async () => {
      const offer = await sell({ versionId: otherVersionId, supply: 2n });
      const line = `[data-terms="${await market.market.hashOffer(offer)}"]`;
      const before = await chain.provider.getBalance(buyer.address);

      const [heading, account, listed, licence] = await visit(
        ["read", "h1"],
        ["click", "#connect"],
        ["read", "#account"],
        ["read", line],
        ["click", `${line} button:not([disabled])`],
        ["read", `${line} .licence[data-license]`],
      );

      expect(heading!.text).to.equal(`Licences to version ${otherVersionId}`);
      expect(account!.text.toLowerCase()).to.equal(`buying as ${buyer.address}`.toLowerCase());
      expect(listed!.text).to.match(/^0\.25 ETH/);
      expect(await market.isAuthorized(BigInt(licence!.license!), buyer.address)).to.equal(true);
      expect(await market.covers(BigInt(licence!.license!), otherVersionId)).to.equal(true);
      expect(before - (await chain.provider.getBalance(buyer.address))).to.be.within(PRICE, PRICE + parseEther("0.01"));
    });

    it("says in one sentence what a wallet declined and why a contract refused", async () => {
      const offer = await sell({ versionId: otherVersionId });
      const line = `[data-terms="${await market.market.hashOffer(offer)}"]`;
      const [declined] = await visit(
        ["decline", true],
        ["click", "#connect"],
        ["click", `${line} button:not([disabled])`],
        ["read", `${line} [role=alert]`],
      );
      expect(declined!.code).to.equal("USER_REJECTED");

      await market.revokeOffer(offer);
      const [refused] = await visit(
        ["click", "#connect"],
        ["click", `${line} button:not([disabled])`],
        ["read", `${line} [role=alert]`],
      );
      expect(refused!.code).to.equal("Market_OfferRevoked");
      expect(refused!.text).to.match(/revoked/i);
    });
  });

  describe("sdk/README.md", () => {
    it("shows a program that buys", async () => {
      const page = readFileSync(join(ROOT, "sdk/README.md"), "utf8");
      const [, snippet] = /^```ts\n([\s\S]*?)^```/m.exec(page)!;
      const fresh = await market.listModel(winkCard, new UnixFsStore(new MemoryBlocks()));
      await sell({ versionId: fresh.versionId });
      const { outputText } = transpileModule(snippet!, {
        compilerOptions: { module: ModuleKind.ESNext, target: ScriptTarget.ES2022 },
      });
      // the local chain is not in the package's address book, so one that knows it takes its place
      const replaced: [RegExp | string, string][] = [
        [
          /^import .* from "isonomy\/addresses";$/m,
          `const deploymentOn = () => (${JSON.stringify(chain.deployment)});`,
        ],
        ["http://127.0.0.1:8545", chain.node.url],
        ["65537n", `${fresh.versionId}n`],
        ["5000000n", `${PRICE}n`],
      ];
      let program = outputText;
      for (const [text, instead] of replaced) {
        expect(program).to.match(typeof text === "string" ? new RegExp(text) : text);
        program = program.replace(text, instead);
      }
      const cwd = await place("script");
      writeFileSync(join(cwd, "readme.mjs"), `${program}\nprocess.exit(0);\n`);
      const environment = { PRIVATE_KEY: keyOf(BUYER), TUSD: ZeroAddress };
      const { status, stdout, stderr } = await run(process.execPath, ["readme.mjs"], cwd, environment);
      expect({ status, stdout, stderr }).to.deep.equal({ status: 0, stdout: "true\n", stderr: "" });
    });
  });

  describe("docs/integrate.md", () => {
    it("says no command that was not run here", () => {
      expect(guide.filter((line) => !tried.has(line))).to.deep.equal([]);
      expect(guide.length).to.be.greaterThan(8);
    });
  });
});

let salt = 0n;
/** Terms that differ in nothing else are the same offer. */
function freshSalt(): bigint {
  return ++salt;
}
