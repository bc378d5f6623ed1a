import { expect } from "chai";
import hre from "hardhat";
import { id, Interface, JsonRpcProvider, keccak256, toQuantity, Wallet, ZeroAddress } from "ethers";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import schema from "../../deploy/schema/parameters.schema.json";
import { HOME, bookFile, entriesOf, readBook, type Book } from "../../deploy/engine/book";
import { Builds } from "../../deploy/engine/builds";
import { CREATE_X, predictAddress, saltOf } from "../../deploy/engine/createx";
import { deployTo, verifyDeployment } from "../../deploy/engine/deployment";
import { deploymentOnChain } from "../../deploy/engine/addresses";
import { readPermissions } from "../../deploy/permissions";
import { deploymentOn, parseDeployment, type ContractName, type Deployment } from "../../sdk/src/addresses";
import { MarketClient } from "../../sdk/src/market";
import { networkOf, type Network } from "../../deploy/engine/networks";
import { protocol, readParameters, type ProtocolParameters } from "../../deploy/protocol";
import { rehearse, rehearseAnew } from "../../deploy/engine/plan";
import { preflight, PreflightFailed } from "../../deploy/engine/preflight";
import { Rpc } from "../../deploy/engine/rpc";
import { journalFolder } from "../../deploy/engine/run";
import { startAnvil, type Anvil } from "../support/anvil";
import { json } from "../support/cli";
import { strangersIn } from "../support/deployment";

const sepolia = networkOf("sepolia");
const wallet = new Wallet(id("a deployer"));
const RICH = toQuantity(10n ** 21n);

describe("Deployment to a network", function () {
  this.timeout(180_000);
  let node: Anvil;
  let home: string;
  let parameters: ProtocolParameters;
  let clean: string;
  before(async () => {
    node = await startAnvil({ chainId: sepolia.chainId });
    clean = await node.send<string>("evm_snapshot");
  });
  after(() => node.stop());
  const begin = async (): Promise<void> => {
    await node.send("evm_revert", [clean]);
    clean = await node.send<string>("evm_snapshot");
    await node.send("anvil_setBalance", [wallet.address, RICH]);
  };
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), "isonomy-home-"));
    parameters = strangersIn(readParameters("localhost"), "isonomy");
  });
  afterEach(() => rmSync(home, { recursive: true, force: true }));

  const environment = () => ({ [sepolia.rpcVariable]: node.url });
  const deploy = (where: string, settings: Record<string, string>, { yes = true, said = [] as string[] } = {}) =>
    deployTo({
      ...{ system: protocol, hre, wallet, home: where, release: "1", environment: settings },
      network: sepolia,
      parameters: strangersIn(readParameters("localhost"), "isonomy"),
      say: (sentence) => said.push(sentence),
      confirm: () => Promise.resolve(yes),
    });

  describe("preflight", () => {
    beforeEach(begin);

    interface Choice {
      network?: Network;
      deployer?: string;
      isOwnFolder?: boolean;
      now?: () => number;
    }
    const look = (choice: Choice = {}) => {
      const deployer = choice.deployer ?? wallet.address;
      return preflight({
        ...{ hre, network: sepolia, system: protocol, parameters, isOwnFolder: false, ...choice, deployer },
        rpc: new Rpc(node.url, { attempts: 2, firstWaitMs: 10 }),
        salt: saltOf(deployer, "Isonomy 1"),
        folder: journalFolder(home, sepolia.name),
      });
    };
    async function refused(choice?: Choice): Promise<string> {
      const error = await look(choice).then(
        () => undefined,
        (reason: Error) => reason,
      );
      expect(error).to.be.instanceOf(PreflightFailed);
      return error!.message;
    }

    it("passes, predicts every address, and leaves the chain inside this process as it was", async () => {
      const block = await hre.network.provider.request({ method: "eth_blockNumber" });
      const { plan, checks, cost, done, isLocal, mines } = await look();
      expect(checks.filter(({ passed }) => !passed)).to.deep.equal([]);
      expect([done.size, isLocal, mines]).to.deep.equal([0, true, true]);
      expect(plan.gas).to.equal(plan.steps.reduce((sum, { gas }) => sum + gas, 0n));
      expect(cost > 0n).to.equal(true);
      expect(await hre.network.provider.request({ method: "eth_blockNumber" })).to.equal(block);
      // an independent computation for a contract without arguments
      const salt = saltOf(wallet.address, "Isonomy 1");
      const { bytecode } = await hre.artifacts.readArtifact("RevenueLedger");
      expect(plan.contracts.RevenueLedger!.address).to.equal(predictAddress(wallet.address, salt, keccak256(bytecode)));
      expect(saltOf(wallet.address, "Isonomy 2")).to.not.equal(salt);
    });

    // claim(attacks#deployment): a contract put at a predicted address first by somebody else
    it("predicts addresses that the factory gives to nobody else", async () => {
      await look();
      const salt = saltOf(wallet.address, "Isonomy 1");
      const { bytecode } = await hre.artifacts.readArtifact("RevenueLedger");
      const factory = new Interface(["function deployCreate2(bytes32 salt, bytes initCode) returns (address)"]);
      const data = factory.encodeFunctionData("deployCreate2", [salt, bytecode]);
      const addressFor = async (from: string): Promise<string> => {
        const answer = await node.send<string>("eth_call", [{ from, to: CREATE_X, data }, "latest"]);
        return String(factory.decodeFunctionResult("deployCreate2", answer)[0]);
      };
      const predicted = predictAddress(wallet.address, salt, keccak256(bytecode));
      expect(await addressFor(wallet.address)).to.equal(predicted);
      expect(await addressFor(parameters.governance.guardian)).to.not.equal(predicted);
    });

    // claim(attacks#deployment): an endpoint that serves another chain
    it("refuses an endpoint of another chain", async () => {
      expect(await refused({ network: networkOf("base-sepolia") })).to.equal(
        "chain id: the endpoint serves chain 11155111, and Base Sepolia is 84532. Correct BASE_SEPOLIA_RPC_URL in .env.",
      );
    });

    it("refuses an account without money, and says how much it needs", async () => {
      await node.send("anvil_setBalance", [wallet.address, "0x1"]);
      expect(await refused()).to.match(
        /^balance: 0x8810\w+ has 0\.000000001 gwei, and the rest of the deployment costs about [\d.]+ ETH\. Send it [\d.]+ ETH or more\.$/,
      );
    });

    // claim(attacks#deployment): powers for an account with a well-known key
    it("refuses keys that everybody knows, for the deployer and for the people", async () => {
      parameters.governance.guardian = "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC";
      expect(await refused({ deployer: "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266" })).to.equal(
        "keys: the deployer, governance.guardian: the key of this account is public. Choose another one.",
      );
    });

    // claim(attacks#deployment): a benefit for the deployer among the parameters: tokens, the guardian's mandate, a
    //   seat on the panel
    it("refuses a deployer who has a part in the parameters", async () => {
      parameters.court.arbiters[1] = wallet.address;
      expect(await refused()).to.equal("separation: court.arbiters[1] is the deployer, who is to end with nothing.");
    });

    // claim(attacks#deployment): a pay token that is not there
    it("refuses a pay token that is not there", async () => {
      const token = "0x1c7D4B196Cb0C7B01d743Fbc6116a902379C7238";
      parameters.market.payTokens = [{ token, risks: 0 }];
      expect(await refused()).to.equal(
        `outside contracts: there is no contract at ${token} on Sepolia. Correct market.payTokens[0].token.`,
      );
      await node.send("anvil_setCode", [token, "0x00"]);
      expect((await look()).plan.steps.some(({ title }) => title.includes("payToken0"))).to.equal(true);
    });

    // claim(attacks#deployment): a second deployment over the first, or a journal of a development node among the real
    //   ones
    it("refuses to keep the journal of a development node with the real ones", async () => {
      expect(await refused({ isOwnFolder: true })).to.equal(
        "folder: a development node replaces Sepolia. Keep its journal separate: --home FOLDER.",
      );
    });

    // claim(attacks#deployment): a wrong clock, or pending transactions from elsewhere
    it("refuses a clock that is behind the chain", async () => {
      expect(await refused({ now: () => Date.now() - 3_600_000 })).to.match(
        /^clock: the newest block is \d+ s in the future of this machine\. Set its clock\.$/,
      );
    });

    // claim(attacks#deployment): a wrong clock, or pending transactions from elsewhere
    it("refuses an account with transactions that wait", async () => {
      await look();
      await node.send("evm_setAutomine", [false]);
      try {
        const transaction = {
          to: wallet.address,
          nonce: 0,
          chainId: sepolia.chainId,
          gasLimit: 21_000,
          type: 2,
        } as const;
        const raw = await wallet.signTransaction({
          ...transaction,
          maxFeePerGas: 10n ** 10n,
          maxPriorityFeePerGas: 1n,
        });
        await node.send("eth_sendRawTransaction", [raw]);
        expect(await refused()).to.match(
          /^waiting transactions: 0x\w+ has 1, from nonce 0 on\. Wait until they are confirmed, or replace them/,
        );
      } finally {
        await node.send("evm_setAutomine", [true]);
      }
    });

    // claim(attacks#deployment): parameters out of bounds, or that contradict one another
    it("finds what would revert before anything is sent", async () => {
      parameters.court.threshold = 9;
      let message = "";
      await look().catch((error: Error) => (message = error.message));
      expect(message).to.match(/^Panel cannot be created with these parameters: .*Panel_BadMembers\(3, 9\)/);
      expect(await node.send("eth_getTransactionCount", [wallet.address, "latest"])).to.equal("0x0");
    });
  });

  // claim(attacks#deployment): sending without a yes
  it("sends nothing when the person says no", async () => {
    await begin();
    expect(await deploy(home, environment(), { yes: false })).to.equal(undefined);
    expect(await node.send("eth_getTransactionCount", [wallet.address, "latest"])).to.equal("0x0");
  });

  it("begins again on a local chain that was restarted, with the journal of the last one beside it", async () => {
    const local = await startAnvil({ chainId: 31_337 });
    try {
      const said: string[] = [];
      const network = networkOf("localhost");
      const again = () =>
        deployTo({
          ...{ system: protocol, hre, network, wallet, parameters, home, release: "1" },
          environment: { [network.rpcVariable]: local.url },
          say: (sentence) => said.push(sentence),
          confirm: () => Promise.resolve(true),
        });
      await local.send("anvil_setBalance", [wallet.address, RICH]);
      const first = await again();
      await local.send("anvil_reset");
      await local.send("anvil_setBalance", [wallet.address, RICH]);
      const second = await again();
      expect(second!.codeHashes.Market).to.equal(first!.codeHashes.Market);
      expect(said.filter((line) => line.startsWith("The local chain was restarted"))).to.have.length(1);
    } finally {
      await local.stop();
    }
  });

  describe("a finished deployment", () => {
    let server: Explorer;
    let book: Book;
    let said: string[];
    let finished: string;
    let folder: string;
    /** Kept apart from the folder of each test. */
    let kept: string;
    before(async () => {
      kept = mkdtempSync(join(tmpdir(), "isonomy-kept-"));
      server = await startExplorer();
      await begin();
      said = [];
      book = (await deploy(
        kept,
        {
          ...environment(),
          ETHERSCAN_API_KEY: "a key",
          SOURCIFY_URL: server.url,
          EXPLORER_API_URL: `${server.url}/api`,
        },
        { said },
      ))!;
      finished = await node.send<string>("evm_snapshot");
      folder = journalFolder(kept, sepolia.name);
    });
    after(async () => {
      await server.close();
      rmSync(kept, { recursive: true, force: true });
    });
    beforeEach(async () => {
      await node.send("evm_revert", [finished]);
      finished = await node.send<string>("evm_snapshot");
    });

    const verify = async (): Promise<string[]> =>
      (
        await verifyDeployment({
          ...{ system: protocol, hre, network: sepolia, environment: environment(), home: kept },
          say: () => undefined,
        })
      ).flatMap(({ title, problems }) => problems.map((problem) => `${title}: ${problem}`));
    async function asTimelock(contract: string, call: string, args: unknown[]): Promise<void> {
      const timelock = book.contracts.Timelock;
      await node.send("anvil_setBalance", [timelock, RICH]);
      await node.send("anvil_impersonateAccount", [timelock]);
      const { abi } = await hre.artifacts.readArtifact(contract);
      const data = new Interface(abi).encodeFunctionData(call, args);
      await node.send("eth_sendTransaction", [{ from: timelock, to: book.contracts[contract as ContractName], data }]);
    }

    it("is in the address book as JSON with code hashes, and in constants of TypeScript and Solidity", async () => {
      const file = bookFile(kept, sepolia, folder);
      expect(file).to.equal(join(kept, "addresses", "11155111.json"));
      expect(JSON.parse(readFileSync(file, "utf8"))).to.deep.equal(JSON.parse(JSON.stringify(book)));
      const typescript = readFileSync(join(kept, "addresses", "known.ts"), "utf8");
      const solidity = readFileSync(join(kept, "addresses", "IsonomyAddresses.sol"), "utf8");
      expect(solidity).to.include("library IsonomySepolia {");
      for (const [name, { address, codeHash }] of Object.entries(entriesOf(book))) {
        expect(keccak256(await node.send<string>("eth_getCode", [address, "latest"]))).to.equal(codeHash);
        expect(typescript).to.match(new RegExp(`${name}: "${address}"`));
        const constant = name.replace(/([a-z])([A-Z])/g, "$1_$2").toUpperCase();
        expect(solidity).to.match(new RegExp(`address internal constant ${constant} =\\s+${address};`));
      }
      const { default: solc } = (await import("solc")) as { default: { compile(input: string): string } };
      const input = {
        language: "Solidity",
        sources: { "A.sol": { content: solidity } },
        settings: { outputSelection: { "*": { "*": ["abi"] } } },
      };
      expect(JSON.parse(solc.compile(JSON.stringify(input)))).to.not.have.property("errors");
    });

    it("is taken by every tool from the file that the deployment wrote", async () => {
      const file = bookFile(kept, sepolia, folder);
      const provider = new JsonRpcProvider(node.url, sepolia.chainId, { staticNetwork: true });
      const text = readFileSync(file, "utf8");
      const read = deploymentOn(sepolia.chainId, { text, path: file });
      const { contracts } = read;
      const tools: Record<string, () => Promise<unknown>> = {
        "the SDK": async () => read.contracts,
        "the command line": async () =>
          (await json<Deployment>(["status"], { ISONOMY_RPC_URL: node.url, ISONOMY_ADDRESSES: file })).contracts,
        "the tasks": async () => (await deploymentOnChain(kept, provider, file)).contracts,
        "the permissions": async () =>
          (await readPermissions({ provider, artifacts: hre.artifacts, deployment: read })).functions.length > 0
            ? contracts
            : undefined,
        "the clients": async () => {
          await new MarketClient(read, provider).offersOf(1n);
          return contracts;
        },
        "verify-deployment": async () => readBook(file)!.contracts,
        "the package's book": async () => {
          const known = readFileSync(join(kept, "addresses", "known.ts"), "utf8");
          const literal = known.slice(known.indexOf("= {") + 2).replace(/;\s*$/, "");
          const books = new Function(`return ${literal}`)() as Record<number, Deployment>;
          return parseDeployment(books[sepolia.chainId]).contracts;
        },
      };
      try {
        for (const [tool, addresses] of Object.entries(tools)) {
          expect(await addresses(), tool).to.deep.equal(book.contracts);
        }
      } finally {
        provider.destroy();
      }
    });

    it("was announced: the table with addresses before the first transaction, then each step, then the proof", () => {
      const table = said.findIndex((line) => line.includes("create Market"));
      const first = said.findIndex((line) => /^\[ ?1\//.test(line));
      expect(table).to.be.at.least(0).and.below(first);
      for (const address of Object.values(book.contracts)) expect(said[table]).to.include(address);
      expect(said.join("\n")).to.match(/✓ deployer +it has nothing, by \d+ questions to the contracts/);
    });

    // claim(invariants#deployment): the deployer keeps no power, as the contracts themselves report | the deployer
    it("is confirmed by the chain", async () => {
      expect(await verify()).to.deep.equal([]);
    });

    // claim(attacks#deployment): a role given, widened or taken between two readings of the chain
    // claim(invariants#deployment): the deployer keeps no power, as the contracts themselves report
    it("is not confirmed when a role was given, taken or made wider", async () => {
      await asTimelock("Authority", "grantRole", [1n, wallet.address, 0]);
      expect(await verify()).to.deep.equal([
        `powers: new: Authority: role 1 is held by ${wallet.address}, delay 0`,
        `deployer: ${wallet.address} has role 1 of Authority`,
      ]);
      await asTimelock("Authority", "revokeRole", [1n, wallet.address]);
      expect(await verify()).to.deep.equal([]);
      const selector = id("setTreasury(address)").slice(0, 10);
      await asTimelock("Authority", "setTargetFunctionRole", [book.contracts.Market, [selector], 1n]);
      expect(await verify()).to.deep.equal([`powers: new: Authority: Market ${selector} is for role 1`]);
    });

    // claim(attacks#deployment): other code, or another parameter, than the address book says
    it("is not confirmed when a parameter was changed", async () => {
      await asTimelock("Market", "setProtocolFee", [300]);
      expect(await verify()).to.deep.equal([
        "parameters: market.protocolFeeBps (Market.config): 300 on the chain, 250 in the parameters",
      ]);
    });

    it("is not confirmed when the exchange was set otherwise", async () => {
      await asTimelock("Exchange", "setProtocolShare", [20]);
      await asTimelock("Exchange", "setFlashFee", [5]);
      expect(await verify()).to.deep.equal([
        "settings: the protocol's share of swap fees, in percent (Exchange.settings): 20 on the chain, 0 in the deployment",
        "settings: the fee of flash loans, in millionths (Exchange.settings): 5 on the chain, 0 in the deployment",
      ]);
    });

    // claim(attacks#deployment): other code, or another parameter, than the address book says
    it("is not confirmed when the code is another, or gone", async () => {
      const address = book.contracts.Forwarder;
      await node.send("anvil_setCode", [address, "0x60016002"]);
      expect(await verify()).to.deep.equal([
        `code: Forwarder: the code at ${address} is not the one that was deployed`,
        "code: Forwarder: the sources here compile to other code than is on the chain",
      ]);
      await node.send("anvil_setCode", [address, "0x"]);
      expect(await verify()).to.deep.equal([`code: Forwarder: there is no code at ${address}`]);
    });

    // claim(attacks#deployment): an address book with other parameters than the constructors had, or sources that
    //   compile to other code
    it("is not confirmed when the book names other parameters than those of the constructors", async () => {
      const file = bookFile(kept, sepolia, folder);
      const original = readFileSync(file, "utf8");
      try {
        writeFileSync(file, original.replace('"threshold": 2', '"threshold": 3'));
        expect(
          (await verify()).some((line) => /^addresses: Panel: these sources and parameters lead to 0x/.test(line)),
        ).to.equal(true);
      } finally {
        writeFileSync(file, original);
      }
    });

    // claim(attacks#deployment): a second deployment over the first, or a journal of a development node among the real
    //   ones
    it("is not deployed over: without its journal the deployment stops and says so", async () => {
      let error: Error | undefined;
      await deploy(home, environment()).catch((reason: Error) => (error = reason));
      expect(error).to.be.instanceOf(PreflightFailed);
      expect(error!.message).to.match(
        /^existing deployment: this account has deployed these already: .*Bring back the journal/,
      );
    });

    it("cannot be compared where there is none", async () => {
      const options = { system: protocol, hre, network: sepolia, environment: environment(), say: () => undefined };
      let message = "";
      await verifyDeployment({ ...options, home }).catch((error: Error) => (message = error.message));
      expect(message).to.match(
        /^There is no deployment on Sepolia in .*Deploy first: npm run deploy -- --network sepolia$/,
      );
    });

    it("has its sources on Sourcify and on the explorer", () => {
      const count = Object.keys(book.contracts).length;
      expect(said).to.include(`Sourcify verified the sources of ${count} of ${count} contracts.`);
      expect(said).to.include(`${new URL(server.url).host} verified the sources of ${count} of ${count} contracts.`);
      expect(server.sourcify.map(({ address }) => address).sort()).to.deep.equal(Object.values(book.contracts).sort());
      expect(server.explorer.every(({ apikey, chainid }) => apikey === "a key" && chainid === "11155111")).to.equal(
        true,
      );
    });

    // claim(attacks#deployment): an address book with other parameters than the constructors had, or sources that
    //   compile to other code
    it("has a bundle that compiles to the code on the chain", async () => {
      const { default: solc } = (await import("solc")) as { default: { compile(input: string): string } };
      const input = readFileSync(join(folder, "sources", "RevenueLedger.json"), "utf8");
      const { contracts } = JSON.parse(solc.compile(input)) as {
        contracts: Record<string, Record<string, { evm: { bytecode: { object: string } } }>>;
      };
      const { identifier } = await new Builds(hre).of("RevenueLedger");
      const [source, name] = identifier.split(":") as [string, string];
      const initCodeHash = keccak256(`0x${contracts[source]![name]!.evm.bytecode.object}`);
      expect(predictAddress(wallet.address, book.salt, initCodeHash)).to.equal(book.contracts.RevenueLedger);
      const page = readFileSync(join(folder, "sources", "README.md"), "utf8");
      for (const [contract, address] of Object.entries(book.contracts)) {
        expect(existsSync(join(folder, "sources", `${contract}.json`))).to.equal(true);
        expect(page).to.include(address);
      }
    });

    it("says where to submit the sources by hand when a service cannot be reached, or no key is set", async () => {
      said.length = 0;
      await deploy(kept, { ...environment(), SOURCIFY_URL: "http://127.0.0.1:9" }, { said });
      expect(said).to.include(
        `Sourcify cannot be reached, so the sources are not published there: submit ${join(folder, "sources")} by hand.`,
      );
      expect(said).to.include(
        `ETHERSCAN_API_KEY is not set, so the sources are not submitted to api.etherscan.io: submit ${join(folder, "sources")} by hand.`,
      );
    });

    it("passes on what a service does not accept", async () => {
      said.length = 0;
      server.refuse("Market");
      await deploy(
        kept,
        {
          ...environment(),
          SOURCIFY_URL: server.url,
          EXPLORER_API_URL: "http://127.0.0.1:9",
          ETHERSCAN_API_KEY: "k",
        },
        { said },
      );
      expect(
        said.some((line) => line.startsWith("Sourcify did not verify Market (no match): submit these from ")),
      ).to.equal(true);
      expect(said.some((line) => line.startsWith("127.0.0.1:9 cannot be reached"))).to.equal(true);
    });
  });

  describe("readings", () => {
    it("cover every parameter of the schema, or the addresses do", () => {
      const sample = strangersIn(readParameters("localhost"), "isonomy");
      sample.market.payTokens = [{ token: ZeroAddress, risks: 0 }];
      sample.resale.payTokens = sample.market.payTokens;
      sample.reputation.tokenWeights = [{ token: ZeroAddress, unitWeight: "1" }];
      const covered = new Set([...protocol.readings(sample).map(({ what }) => what), ...protocol.fixedByAddress]);
      expect([...leaves(schema)].sort()).to.deep.equal([...covered].sort());
    });
  });

  describe("a rehearsal", () => {
    it("leads to the same addresses whatever the chain has seen before", async () => {
      const options = {
        ...{ system: protocol, parameters },
        deployer: wallet.address,
        salt: saltOf(wallet.address, "Isonomy 1"),
        codes: new Map(),
      };
      const first = await rehearse(hre, options);
      await hre.network.provider.request({ method: "hardhat_mine", params: ["0x10"] });
      expect((await rehearseAnew(hre, options)).contracts).to.deep.equal(first.contracts);
      const other = await rehearse(hre, { ...options, salt: saltOf(wallet.address, "Isonomy 2") });
      for (const [name, { address }] of Object.entries(other.contracts)) {
        expect(address, name).to.not.equal(first.contracts[name]!.address);
      }
    });
  });

  it("keeps its own folder beside its sources", () => {
    expect(HOME).to.equal(join(__dirname, "../../deploy"));
  });
});

interface Schema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly $ref?: string;
}

/** The path of every value that the schema allows. */
function* leaves(node: Schema, path = ""): Generator<string> {
  if (node.items !== undefined) yield* leaves(node.items, `${path}.*`);
  else if (node.properties === undefined) yield path;
  else
    for (const [key, inner] of Object.entries(node.properties))
      yield* leaves(inner, path === "" ? key : `${path}.${key}`);
}

interface Explorer {
  readonly url: string;
  readonly sourcify: { address: string; contractIdentifier: string }[];
  readonly explorer: Record<string, string>[];
  refuse(contract: string): void;
  close(): Promise<void>;
}

/** A server that speaks the languages of Sourcify and Etherscan as far as sources are submitted in them. */
async function startExplorer(): Promise<Explorer> {
  const sourcify: Explorer["sourcify"] = [];
  const explorer: Explorer["explorer"] = [];
  const jobs = new Map<string, { contract: string; asked: number }>();
  let refused: string | undefined;
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const body = Buffer.concat(chunks).toString("utf8");
      const url = new URL(request.url!, "http://localhost");
      const answer = (status: number, value: unknown): void =>
        void response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
      const submitted = /^\/v2\/verify\/(\d+)\/(0x\w+)$/.exec(url.pathname);
      const job = /^\/v2\/verify\/([\w-]+)$/.exec(url.pathname);
      if (request.method === "POST" && submitted !== null) {
        const { stdJsonInput, compilerVersion, contractIdentifier } = JSON.parse(body) as Record<string, string>;
        if (stdJsonInput === undefined || !/^0\.8\.30\+commit\.\w{8}$/.test(String(compilerVersion))) {
          return answer(400, { message: "bad input" });
        }
        sourcify.push({ address: submitted[2]!, contractIdentifier: contractIdentifier! });
        const ticket = `job-${jobs.size}`;
        jobs.set(ticket, { contract: contractIdentifier!.split(":")[1]!, asked: 0 });
        return answer(202, { verificationId: ticket });
      }
      if (job !== null) {
        const { contract } = jobs.get(job[1]!)!;
        if (contract === refused)
          return answer(200, { isJobCompleted: true, contract: { match: null }, error: { message: "no match" } });
        return answer(200, { isJobCompleted: true, contract: { match: "exact_match" } });
      }
      if (url.pathname === "/api") {
        if (request.method === "POST") {
          const form = Object.fromEntries(new URLSearchParams(body));
          explorer.push({ ...form, ...Object.fromEntries(url.searchParams) });
          const good =
            form.codeformat === "solidity-standard-json-input" && /^v0\.8\.30\+/.test(form.compilerversion ?? "");
          return answer(200, good ? { status: "1", result: `guid${explorer.length}` } : { status: "0", result: "bad" });
        }
        return answer(200, { status: "1", result: "Pass - Verified" });
      }
      return answer(404, {});
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    sourcify,
    explorer,
    refuse: (contract) => (refused = contract),
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}
