import { expect } from "chai";
import { encryptKeystoreJsonSync, Wallet } from "ethers";
import hre from "hardhat";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";

import { readDeployments } from "../../deploy/engine/addresses";
import { readBook } from "../../deploy/engine/book";
import { saltOf } from "../../deploy/engine/createx";
import { confirmedTransactions, lostTransactions, repairJournal } from "../../deploy/engine/journal";
import { deployerOf } from "../../deploy/engine/keys";
import { lock } from "../../deploy/engine/lock";
import { NETWORK_NAMES, networkOf } from "../../deploy/engine/networks";
import { Outbox } from "../../deploy/engine/outbox";
import { protocol, readParameters } from "../../deploy/protocol";
import { planOf } from "../../deploy/engine/plan";
import { Rpc } from "../../deploy/engine/rpc";
import { DEPLOY_USAGE, readDeployOptions, VERIFY_USAGE } from "../../scripts/lib/deploy-options";
import { imaginaryBook } from "../support/bookOf";
import { caught } from "../support/caught";

const ROOT = join(__dirname, "../..");
const KEY = `0x${"11".repeat(32)}`;
const ADDRESS = new Wallet(KEY).address;
const PEOPLE = {
  GUARDIAN: "0x1000000000000000000000000000000000000001",
  GENESIS_COMMUNITY: "0x1000000000000000000000000000000000000002",
  GENESIS_TEAM: "0x1000000000000000000000000000000000000003",
  ARBITERS: "0x1000000000000000000000000000000000000004, 0x1000000000000000000000000000000000000005",
};

describe("Settings of a deployment", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "isonomy-settings-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  describe("arguments", () => {
    const read = (...args: string[]) => readDeployOptions(args, DEPLOY_USAGE);

    it("name a network and change nothing else by themselves", () => {
      expect(read("--network", "sepolia")).to.deep.equal({
        network: networkOf("sepolia"),
        yes: false,
        home: join(ROOT, "deploy"),
        parameters: undefined,
        release: "1",
        compile: true,
        rehearse: false,
      });
    });

    it("are all understood", () => {
      const options = ["--yes", "--home", folder, "--parameters", "p.json", "--release", "2", "--no-compile"];
      expect(read("--network=localhost", ...options)).to.deep.equal({
        network: networkOf("localhost"),
        yes: true,
        home: folder,
        parameters: "p.json",
        release: "2",
        compile: false,
        rehearse: false,
      });
      expect(read("--help")).to.equal(undefined);
    });

    it("that are wrong are refused in a sentence", () => {
      expect(() => read()).to.throw(
        "No network is named. Choose one of: sepolia, base-sepolia, arbitrum-sepolia, localhost.",
      );
      expect(() => read("--network", "mainnet")).to.throw(
        '"mainnet" is no known network. Choose one of: sepolia, base-sepolia, arbitrum-sepolia, localhost.',
      );
      expect(() => read("--network")).to.throw("--network needs a value.");
      expect(() => read("--network", "--yes")).to.throw("--network needs a value.");
      expect(() => read("--netwrok", "sepolia")).to.throw("--netwrok is not understood.");
      expect(() => read("sepolia")).to.throw('"sepolia" is not understood.');
      expect(() => readDeployOptions(["--network", "sepolia", "--yes"], VERIFY_USAGE)).to.throw(
        "--yes is not understood.",
      );
    });
  });

  describe("the deployer's key", () => {
    const none = { environment: {}, variable: () => undefined };
    const sepolia = networkOf("sepolia");
    const failure = (promise: Promise<unknown>) =>
      promise.then(
        () => "no failure",
        (error: Error) => error.message,
      );

    it("comes from the environment first, with or without 0x", async () => {
      for (const key of [KEY, KEY.slice(2), ` ${KEY} `]) {
        const sources = { environment: { DEPLOYER_PRIVATE_KEY: key }, variable: () => `0x${"22".repeat(32)}` };
        expect((await deployerOf(sepolia, sources)).address).to.equal(ADDRESS);
      }
    });

    it("comes from an encrypted keystore, with the password from the settings or from the person", async () => {
      const file = join(folder, "key.json");
      writeFileSync(
        file,
        encryptKeystoreJsonSync({ address: ADDRESS, privateKey: KEY }, "correct horse", {
          scrypt: { N: 1_024, r: 8, p: 1 },
        }),
        { mode: 0o600 },
      );
      const environment = { DEPLOYER_KEYSTORE: file };
      const asked: string[] = [];
      const ask = (question: string) => Promise.resolve(asked.push(question) === 1 ? "correct horse" : "wrong");
      expect((await deployerOf(sepolia, { ...none, environment, ask })).address).to.equal(ADDRESS);
      expect(asked).to.deep.equal([`Password of ${file}: `]);
      expect(await failure(deployerOf(sepolia, { ...none, environment, ask }))).to.equal(
        `The password of ${file} is wrong.`,
      );
      const given = { ...environment, DEPLOYER_KEYSTORE_PASSWORD: "correct horse" };
      expect((await deployerOf(sepolia, { ...none, environment: given })).address).to.equal(ADDRESS);
      expect(await failure(deployerOf(sepolia, { ...none, environment }))).to.equal(
        `${file} is encrypted and nobody can be asked for its password. Set DEPLOYER_KEYSTORE_PASSWORD.`,
      );
      const missing = { DEPLOYER_KEYSTORE: join(folder, "none.json") };
      expect(await failure(deployerOf(sepolia, { ...none, environment: missing }))).to.match(
        /none\.json", which does not exist\.$/,
      );
    });

    it("comes from Hardhat's variables", async () => {
      const variable = (name: string) => (name === "DEPLOYER_PRIVATE_KEY" ? KEY : undefined);
      expect((await deployerOf(sepolia, { environment: {}, variable })).address).to.equal(ADDRESS);
    });

    it("that is missing is asked for, but on a local chain the first development account steps in", async () => {
      expect(await failure(deployerOf(sepolia, none))).to.equal(
        "There is no key to deploy with to Sepolia. Set DEPLOYER_PRIVATE_KEY or DEPLOYER_KEYSTORE in .env (see .env.example), " +
          "or run: npx hardhat vars set DEPLOYER_PRIVATE_KEY",
      );
      expect((await deployerOf(networkOf("localhost"), none)).address).to.equal(
        "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266",
      );
    });

    // claim(attacks#deployment): a deployer's key shown in an error
    it("that is no key is refused without being repeated", async () => {
      const message = await failure(
        deployerOf(sepolia, { ...none, environment: { DEPLOYER_PRIVATE_KEY: "0x1234secret" } }),
      );
      expect(message).to.equal("DEPLOYER_PRIVATE_KEY in .env is no private key: it must have 64 hexadecimal digits.");
    });
  });

  describe("parameters", () => {
    const base = () =>
      JSON.parse(readFileSync(join(ROOT, "deploy/parameters/localhost.json"), "utf8")) as Record<
        string,
        Record<string, unknown>
      >;
    const load = (value: unknown, environment = {}) => {
      const file = join(folder, "parameters.json");
      writeFileSync(file, JSON.stringify(value));
      return readParameters("localhost", environment, file);
    };

    it("of every network are complete once the people are named, and equal but for the pay tokens", () => {
      const found = NETWORK_NAMES.filter((name) => networkOf(name).isPublic).map((name) =>
        readParameters(name, PEOPLE),
      );
      for (const parameters of found) {
        expect(parameters.governance.guardian).to.equal(PEOPLE.GUARDIAN);
        expect(parameters.court.arbiters).to.deep.equal(PEOPLE.ARBITERS.split(", "));
        const { market, resale } = parameters;
        expect({
          ...parameters,
          market: { ...market, payTokens: [] },
          resale: { ...resale, payTokens: [] },
        }).to.deep.equal({
          ...found[0],
          market: { ...found[0]!.market, payTokens: [] },
          resale: { ...found[0]!.resale, payTokens: [] },
        });
        expect(resale).to.deep.equal(market);
      }
      expect(new Set(found.map(({ market }) => market.payTokens[0]!.token)).size).to.equal(3);
      expect(() => readParameters("localhost", {})).to.not.throw();
    });

    it("are as the domain's manifest has them where a network's file says nothing, and as the file has them where it does", () => {
      const { license, registry } = load(base());
      expect(license.metadata).to.contain('"name":"Isonomy Licences"');
      expect(registry.metadata).to.contain('"name":"Isonomy Model Titles"');
      const metadata = "ipfs://other";
      expect(load({ ...base(), license: { metadata } }).license).to.deep.equal({ metadata });
      // what no manifest has is still asked for
      expect(() => load({ ...base(), court: undefined })).to.throw("court is missing");
    });

    it("name the setting that is missing", () => {
      expect(() => readParameters("sepolia", { ...PEOPLE, ARBITERS: " " })).to.throw(
        "court.arbiters is the setting ARBITERS, which is not set. Put it into .env (see .env.example).",
      );
    });

    it("name every setting in .env.example", () => {
      const example = readFileSync(join(ROOT, ".env.example"), "utf8");
      const texts = NETWORK_NAMES.map((name) => readFileSync(join(ROOT, "deploy/parameters", `${name}.json`), "utf8"));
      texts.push(readFileSync(join(ROOT, "deploy/parameters/testnets.json"), "utf8"));
      const names = [...texts.join().matchAll(/\$\{(\w+)\}/g)].map((match) => match[1]!);
      expect(names).to.not.deep.equal([]);
      for (const name of [...names, ...NETWORK_NAMES.map((network) => networkOf(network).rpcVariable)]) {
        expect(example).to.match(new RegExp(`^${name}=$`, "m"));
      }
    });

    // claim(attacks#deployment): parameters out of bounds, or that contradict one another
    it("that do not fit the schema are refused with each field", () => {
      const damaged = base();
      damaged.market!.protocolFeeBps = 501;
      damaged.court!.judges = [];
      delete damaged.court!.feeWei;
      damaged.governance!.guardian = "0x12";
      for (const problem of [
        "court.feeWei is missing",
        'governance.guardian is not an address: "0x12"',
        "market.protocolFeeBps must be a whole number from 0 to 500; it is 501",
        "court.judges is not known",
      ]) {
        expect(() => load(damaged)).to.throw(problem);
      }
    });

    // claim(attacks#deployment): parameters out of bounds, or that contradict one another
    it("that fit the schema and contradict themselves are refused too", () => {
      const damaged = base();
      damaged.court!.threshold = 1;
      expect(() => load(damaged)).to.throw("court.threshold must be a whole number from 2 to 3; it is 1.");
    });

    it("that are no file or no JSON are refused", () => {
      expect(() => readParameters("localhost", {}, join(folder, "none.json"))).to.throw(
        /There is no file .*none\.json/,
      );
      const file = join(folder, "bad.json");
      writeFileSync(file, "{");
      expect(() => readParameters("localhost", {}, file)).to.throw(/bad\.json is not JSON/);
    });
  });

  describe("a file with addresses", () => {
    const file = (text: string): string => {
      const path = join(folder, "deployment.json");
      writeFileSync(path, text);
      return path;
    };

    it("of another chain, or one that was cut short, is refused by its name", async () => {
      const path = file(JSON.stringify(imaginaryBook(1)));
      const other = await caught(() => readDeployments(folder, 31_337n, path), "DEPLOYMENT_OTHER_CHAIN");
      expect(other.message).to.equal(`${path} is for chain 1, and the node is on chain 31337.`);
      expect(other.fix).to.equal("Name the file of chain 31337, or a node of chain 1; nothing was sent.");
      expect(readDeployments(folder, 1n, path)).to.deep.equal([imaginaryBook(1)]);
      expect(() => readDeployments(folder, 1n, file('{"chainId": 1, "addr'))).to.throw(
        `${path} is not a deployment that can be used: it is not JSON: it was cut short`,
      );
    });
  });

  describe("the journal", () => {
    const write = (...lines: object[]) =>
      writeFileSync(join(folder, "journal.jsonl"), lines.map((line) => `\n${JSON.stringify(line)}`).join(""));
    const asked = {
      type: "NETWORK_INTERACTION_REQUEST",
      futureId: "Isonomy#Market",
      networkInteraction: {
        id: 1,
        type: "ONCHAIN_INTERACTION",
        to: "0x01",
        data: "0x02",
        value: { _kind: "bigint", value: "3" },
      },
    };
    const prepared = {
      type: "TRANSACTION_PREPARE_SEND",
      futureId: "Isonomy#Market",
      networkInteractionId: 1,
      nonce: 7,
    };
    const sent = { type: "TRANSACTION_SEND", futureId: "Isonomy#Market", networkInteractionId: 1, nonce: 7 };

    it("tells the transaction that was about to be sent, until it was", () => {
      write(asked, prepared);
      expect(lostTransactions(folder)).to.deep.equal([
        { futureId: "Isonomy#Market", nonce: 7, to: "0x01", data: "0x02", value: 3n },
      ]);
      write(asked, prepared, sent);
      expect(lostTransactions(folder)).to.deep.equal([]);
      write(asked, prepared, { type: "WIPE_APPLY", futureId: "Isonomy#Market" });
      expect(lostTransactions(folder)).to.deep.equal([]);
    });

    // claim(attacks#deployment): a journal cut off in the middle of a line
    it("loses a last line that was not finished, and no other", async () => {
      write(asked, prepared);
      appendFileSync(join(folder, "journal.jsonl"), '\n{"type":"TRANSACTION_SE');
      await repairJournal(folder);
      expect(lostTransactions(folder)).to.have.length(1);
      expect(readFileSync(join(folder, "journal.jsonl"), "utf8")).to.not.include("TRANSACTION_SE\n");
      const before = readFileSync(join(folder, "journal.jsonl"), "utf8");
      await repairJournal(folder);
      expect(readFileSync(join(folder, "journal.jsonl"), "utf8")).to.equal(before);
    });

    it("gives back a list of addresses that was not finished", async () => {
      write(asked, {
        type: "DEPLOYMENT_EXECUTION_STATE_COMPLETE",
        futureId: "Isonomy#Market",
        result: { type: "SUCCESS", address: "0x0000000000000000000000000000000000000009" },
      });
      const list = join(folder, "deployed_addresses.json");
      writeFileSync(list, '{"Isonomy#Mar');
      await repairJournal(folder);
      expect(JSON.parse(readFileSync(list, "utf8"))).to.deep.equal({
        "Isonomy#Market": "0x0000000000000000000000000000000000000009",
      });
    });
  });

  describe("the lock", () => {
    // claim(attacks#deployment): two deployments at once
    it("keeps a second deployment away while the first lives, and outlives no process", async () => {
      const deployments = join(folder, "deployments", "sepolia");
      const holder = spawn(
        process.execPath,
        ["-r", "ts-node/register/transpile-only", join(ROOT, "test", "support", "lockHolder.ts"), deployments],
        { cwd: ROOT, stdio: ["ignore", "pipe", "inherit"] },
      );
      const [said] = (await once(holder.stdout, "data")) as [Buffer];
      expect(said.toString()).to.equal("held\n");
      expect(await reasonOf(lock(deployments))).to.equal(
        `Process ${holder.pid} on ${hostname()} is deploying from ${deployments}. Wait until it ends, or end it; either can go on later.`,
      );
      const gone = once(holder, "exit");
      holder.kill("SIGKILL");
      await gone;

      const held = await lock(deployments);
      await held.requireHeld();
      expect(await reasonOf(lock(deployments))).to.include(`Process ${process.pid} on `);
      // a local chain's journal is dropped with its folder, and the lock is held all the same
      rmSync(deployments, { recursive: true, force: true });
      await held.requireHeld();
      await held.release();
      expect(existsSync(`${deployments}.lock`)).to.equal(false);
    });

    // claim(attacks#deployment): two deployments at once
    it("of a process whose number another one has by now is taken over", async () => {
      const mine = await lock(join(folder, "sepolia"));
      const file = join(folder, "sepolia.lock");
      const holder = JSON.parse(readFileSync(file, "utf8")) as object;
      await mine.release();
      // the number lives, and belongs to a process that began at another time
      writeFileSync(file, JSON.stringify({ ...holder, token: "another", pid: process.ppid, started: "1" }));
      const held = await lock(join(folder, "sepolia"));
      await held.release();
      expect(existsSync(file)).to.equal(false);
    });

    // claim(attacks#deployment): two deployments at once
    it("that was lost to another process ends the signing", async () => {
      const mine = await lock(join(folder, "sepolia"));
      const file = join(folder, "sepolia.lock");
      const outbox = new Outbox(
        new Rpc("http://127.0.0.1:9", { attempts: 1 }),
        new Wallet(KEY),
        1,
        join(folder, "outbox.jsonl"),
        () => undefined,
        1,
        undefined,
        () => mine.requireHeld(),
      );
      const send = () =>
        outbox.request({
          method: "eth_sendTransaction",
          params: [{ to: ADDRESS, nonce: "0x0", gas: "0x5208", gasPrice: "0x1" }],
        });
      const holder = JSON.parse(readFileSync(file, "utf8")) as object;
      writeFileSync(file, JSON.stringify({ ...holder, token: "another" }));
      expect(await reasonOf(send())).to.equal(`${join(folder, "sepolia")} was taken over by another process.`);
      expect(existsSync(join(folder, "outbox.jsonl"))).to.equal(false);
      await mine.release();
    });
  });

  describe("files that were cut short", () => {
    it("are named with what to do, or made anew", async () => {
      const book = join(folder, "1.json");
      writeFileSync(book, '{"network": "main');
      const { message, fix } = await caught(() => readBook(book), "DEPLOYMENT_INVALID");
      expect(message).to.include(`${book} is not a deployment that can be used: it is not JSON: it was cut short`);
      expect(fix).to.include("run it again for the same network: it writes the file again and sends nothing twice");
      const journal = join(folder, "journal.jsonl");
      writeFileSync(journal, '\n{"type":"TRANSACTION_CONF\n{"type":"TRANSACTION_SEND","futureId":"a"}');
      expect(() => confirmedTransactions(folder)).to.throw(`Line 2 of ${journal} is not JSON: the file was damaged.`);
    });

    it("do not hold a deployment up when a rehearsal makes them anew", async function () {
      this.timeout(120_000);
      const file = join(folder, "plan.json");
      writeFileSync(file, '{"fingerprint": "0x12", "plan": {"st');
      const parameters = readParameters("localhost");
      const options = { system: protocol, parameters, deployer: ADDRESS, salt: saltOf(ADDRESS, "Isonomy 1") };
      const plan = () => planOf(hre, { ...options, codes: new Map() }, folder);
      const { contracts, steps } = await plan();
      expect(JSON.parse(readFileSync(file, "utf8")))
        .to.have.nested.property("plan.contracts")
        .deep.equal(contracts);
      expect(readdirSync(folder)).to.deep.equal(["plan.json"]);
      expect((await plan()).steps).to.deep.equal(steps);
    });
  });
});

/** The sentence of an error that an action must throw. */
async function reasonOf(action: Promise<unknown>): Promise<string> {
  return action.then(
    () => "nothing was thrown",
    (error: Error) => error.message,
  );
}
