import { expect } from "chai";
import {
  FeeData,
  JsonRpcProvider,
  NonceManager,
  Transaction,
  Wallet,
  parseEther,
  parseUnits,
  toQuantity,
  type Signer,
} from "ethers";
import { HardhatEthersProvider } from "@nomicfoundation/hardhat-ethers/internal/hardhat-ethers-provider";
import { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/signers";
import { ethers, network } from "hardhat";
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import { networkOf } from "../../deploy/engine/networks";
import { Outbox } from "../../deploy/engine/outbox";
import { Rpc } from "../../deploy/engine/rpc";
import { winkCard } from "../../scripts/demo/card";
import { boundSigner } from "../../scripts/lib/bounded-signer";
import { BoundedWallet, FEE_LIMITS, requireFees } from "../../sdk/src/chain/fees";
import { ExchangeClient } from "../../sdk/src/exchange";
import { GovernanceClient } from "../../sdk/src/governance";
import { MarketClient } from "../../sdk/src/market";
import { JournalSigner, type JournalEntry } from "../../sdk/src/seller";
import { caught } from "../support/caught";
import { json, localWallet, person, refusal, runHere, type Environment } from "../support/cli";
import { startSite } from "../support/deployment";
import { startRpcProxy, type Fault, type RpcProxy } from "../support/rpcProxy";
import { separateNode, type SeparateNode } from "../support/separate-node";

const answer = (value: bigint): Fault => ({ kind: "answer", result: toQuantity(value) });
/** What the node names, and how the refusal is called. */
const LIES: Record<string, { faults: Record<string, Fault>; code: string }> = {
  "a tip of 10^15 wei": { faults: { eth_maxPriorityFeePerGas: answer(10n ** 15n) }, code: "TIP_ABOVE_LIMIT" },
  "30 million gas at a tip that is allowed": {
    faults: { eth_maxPriorityFeePerGas: answer(parseUnits("99", "gwei")), eth_estimateGas: answer(30_000_000n) },
    code: "FEE_ABOVE_LIMIT",
  },
};

describe("A fee that the node named", function () {
  this.timeout(120_000);
  let chain: SeparateNode;
  let proxy: RpcProxy;
  let seller: Awaited<ReturnType<typeof person>>;
  let versionId: string;
  let termsHash: string;
  let env: Environment;
  let lie: Record<string, Fault> = {};
  let snapshot: string;

  before(async function () {
    this.timeout(240_000);
    chain = await separateNode();
    proxy = await startRpcProxy(chain.node.url);
    const at = { rpc: chain.node.url, addresses: join(chain.folder, "deployment.json") };
    seller = await person(chain.folder, "seller", at, localWallet(7));
    const buyer = await person(chain.folder, "buyer", at, localWallet(8));
    const [file, card] = [join(chain.folder, "model.bin"), join(chain.folder, "card.json")];
    await writeFile(file, "what is sold");
    await writeFile(card, JSON.stringify(winkCard));
    await json(["prepare", file], seller.env);
    const listed = await json<{ versionId: string }>(["list", card, "--prepared", `${file}.isonomy.json`], seller.env);
    versionId = listed.versionId;
    const offer = ["offer", versionId, "--price", "1 native", "--deliver", "1d"];
    ({ termsHash } = await json<{ termsHash: string }>(offer, seller.env));
    await json(["buy", versionId, "--terms", termsHash, "--again", "--max-price", "1 native"], buyer.env);
    env = { ...seller.env, ISONOMY_RPC_URL: proxy.url };
    proxy.rule(({ method }) => lie[method]);
  });
  after(async () => {
    await proxy.close();
    await chain.close();
  });
  beforeEach(async () => (snapshot = (await chain.provider.send("evm_snapshot", [])) as string));
  afterEach(async () => {
    lie = {};
    await chain.provider.send("evm_revert", [snapshot]);
  });

  const broadcasts = (): number => proxy.calls.eth_sendRawTransaction ?? 0;

  /** Runs what has to sign nothing while the node lies. */
  async function whileLying(faults: Record<string, Fault>, run: () => Promise<void>): Promise<void> {
    const [sent, nonce] = [broadcasts(), await chain.provider.getTransactionCount(seller.address, "pending")];
    lie = faults;
    await run();
    lie = {};
    expect(broadcasts()).to.equal(sent);
    expect(await chain.provider.getTransactionCount(seller.address, "pending")).to.equal(nonce);
  }

  const COMMANDS: Record<string, () => string[]> = {
    list: () => ["list", join(chain.folder, "card.json")],
    offer: () => ["offer", versionId, "--price", "1 native", "--deliver", "1d", "--salt", "9"],
    buy: () => ["buy", versionId, "--terms", termsHash, "--again", "--max-price", "1 native"],
    "pool create": () => ["pool", "create", "native", "TestToken"],
    delegate: () => ["delegate"],
  };
  for (const [what, { faults, code }] of Object.entries(LIES)) {
    for (const [name, parameters] of Object.entries(COMMANDS)) {
      it(`isonomy ${name} signs nothing for ${what}`, () =>
        whileLying(faults, async () => void expect(await refusal(parameters(), env)).to.equal(code)));
    }

    it(`the agent signs no delivery for ${what}, and says so`, () =>
      whileLying(faults, async () => {
        const state = join(chain.folder, `state-${code}.json`);
        const { out } = await runHere(["seller", "--confirmations", "0", "--state", state, "--json"], env);
        const lines = out.trim().split("\n");
        const alerts = lines.filter((line) => line.includes('"alert"') && line.includes(code));
        expect(alerts, out).to.have.length(1);
      }));

    for (const kind of ["Wallet", "NonceManager"] as const) {
      it(`a client of the package with a ${kind} signs nothing for ${what}`, async () => {
        const provider = new JsonRpcProvider(proxy.url, undefined, { cacheTimeout: -1, staticNetwork: true });
        provider.pollingInterval = 20;
        const wallet = new Wallet(seller.privateKey, provider);
        const signer: Signer = kind === "Wallet" ? wallet : new NonceManager(wallet);
        const { addresses, deployment } = chain;
        const market = new MarketClient(deployment, signer);
        const exchange = new ExchangeClient(deployment, signer);
        const dao = new GovernanceClient(deployment, signer);
        const key = { token0: `0x${"00".repeat(20)}`, token1: addresses.TestToken!, feeBps: 30n };
        const terms = { versionId: BigInt(versionId), price: 1n, supply: 5n, deliveryWindow: 0n };
        const calls = {
          createOffer: () => market.createOffer(terms),
          createPool: () => exchange.createPool(key),
          delegate: () => dao.delegate(wallet.address),
        };
        for (const call of Object.values(calls)) {
          await whileLying(faults, async () => void (await caught(call, code)));
        }
        provider.destroy();
      });
    }
  }

  // claim(attacks#command-line-package-and-sellers-agent): a node that reports a tip or a gas limit that would empty
  //   the account: the cost of a transaction is bounded before it is signed
  it("may be as high as its owner says", async () => {
    lie = { eth_maxPriorityFeePerGas: answer(parseUnits("150", "gwei")) };
    expect(await refusal(["delegate"], env)).to.equal("TIP_ABOVE_LIMIT");
    await json(["delegate", "--max-tip", "150"], env);
    const [sent] = (await chain.provider.getBlock("latest", true))!.prefetchedTransactions;
    expect(sent!.maxPriorityFeePerGas).to.equal(parseUnits("150", "gwei"));
    expect(await refusal(["delegate"], { ...env, ISONOMY_MAX_TIP: "150", ISONOMY_MAX_FEE: "0.000001" })).to.equal(
      "FEE_ABOVE_LIMIT",
    );
    expect(await refusal(["delegate", "--max-fee", "much"], env)).to.equal("VALUE_INVALID");
  });

  describe("is held against the limits", () => {
    const within = { gasLimit: 1_000_000n, maxFeePerGas: parseUnits("1000", "gwei"), maxPriorityFeePerGas: 1n };

    it("to the wei, for each way to name it", async () => {
      requireFees(within, FEE_LIMITS);
      requireFees({ ...within, maxPriorityFeePerGas: FEE_LIMITS.maxTip }, FEE_LIMITS);
      requireFees({ gasLimit: 10_000_000n, gasPrice: FEE_LIMITS.maxTip }, FEE_LIMITS);
      const dear = await caught(() => requireFees({ ...within, gasLimit: 1_000_001n }, FEE_LIMITS), "FEE_ABOVE_LIMIT");
      expect(dear.args).to.deep.equal({ fee: "1.000001", limit: "1.0" });
      const tip = FEE_LIMITS.maxTip + 1n;
      await caught(() => requireFees({ ...within, maxPriorityFeePerGas: tip }, FEE_LIMITS), "TIP_ABOVE_LIMIT");
      await caught(() => requireFees({ gasLimit: 21_000n, gasPrice: tip }, FEE_LIMITS), "TIP_ABOVE_LIMIT");
    });

    // claim(attacks#command-line-package-and-sellers-agent): a node that reports a tip or a gas limit that would empty
    //   the account: the cost of a transaction is bounded before it is signed
    it("by a wallet, whatever it is asked to sign", async () => {
      const wallet = new BoundedWallet(seller.privateKey);
      const dear = { to: wallet.address, nonce: 0, chainId: 1, type: 2, ...within, gasLimit: 1_000_001n };
      await caught(() => wallet.signTransaction(dear), "FEE_ABOVE_LIMIT");
      await caught(() => wallet.signTransaction(Transaction.from(dear)), "FEE_ABOVE_LIMIT");
      expect(await wallet.signTransaction({ ...dear, gasLimit: 1_000_000n })).to.match(/^0x02/);
      expect(wallet.connect(null).limits).to.equal(FEE_LIMITS);
    });

    // claim(attacks#command-line-package-and-sellers-agent): a node that reports a tip or a gas limit that would empty
    //   the account: the cost of a transaction is bounded before it is signed
    it("by the agent's journal when it raises a fee: up to the limit, and no further", async () => {
      const provider = new JsonRpcProvider(proxy.url, undefined, { cacheTimeout: -1, staticNetwork: true });
      await chain.provider.send("evm_setAutomine", [false]);
      try {
        let kept: JournalEntry[] = [];
        const journal = {
          entries: () => kept,
          put: async (entry: JournalEntry) => void (kept = [entry]),
          forget: async () => void (kept = []),
        };
        const limits = { maxFee: parseEther("0.01"), maxTip: parseUnits("3", "gwei") };
        const settings = { patience: 100, pollIntervalMs: 20, raiseAfter: 0, limits };
        const signer = new JournalSigner(new Wallet(seller.privateKey), provider, journal, settings, "one");
        const send = () => caught(() => signer.sendTransaction({ to: seller.address, value: 1n }));
        await send();
        lie = { eth_maxPriorityFeePerGas: answer(10n ** 15n) };
        for (let i = 0; i < 6; i++) await send();
        expect(kept[0]!.hashes.length).to.be.above(1);
        expect(kept[0]!.maxPriorityFeePerGas).to.be.at.most(limits.maxTip);
        expect(kept[0]!.maxFeePerGas * 21_000n).to.be.at.most(limits.maxFee);
      } finally {
        await chain.provider.send("hardhat_dropTransaction", [`0x${"00".repeat(32)}`]).catch(() => undefined);
        await chain.provider.send("evm_setAutomine", [true]);
        await chain.provider.send("evm_mine", []);
        provider.destroy();
      }
    });
  });

  describe("in a deployment", () => {
    // claim(attacks#command-line-package-and-sellers-agent): a node that reports a tip or a gas limit that would empty
    //   the account: the cost of a transaction is bounded before it is signed
    it("is refused by the outbox, before the transaction is on record", async () => {
      const file = join(chain.folder, "outbox.jsonl");
      const { chainId } = networkOf("localhost");
      const rpc = new Rpc(proxy.url, { attempts: 1 });
      const outbox = new Outbox(rpc, new Wallet(seller.privateKey), chainId, file, () => undefined, 60_000);
      const nonce = toQuantity(await chain.provider.getTransactionCount(seller.address));
      const fees = (tip: bigint) => ({ maxFeePerGas: toQuantity(tip * 2n), maxPriorityFeePerGas: toQuantity(tip) });
      const step = (tip: bigint) => ({ to: seller.address, nonce, gas: toQuantity(30_000_000n), ...fees(tip) });
      const send = (tip: bigint) => outbox.request({ method: "eth_sendTransaction", params: [step(tip)] });
      await whileLying({}, async () => {
        await caught(() => send(10n ** 15n), "TIP_ABOVE_LIMIT");
        await caught(() => send(parseUnits("99", "gwei")), "FEE_ABOVE_LIMIT");
      });
      expect(existsSync(file)).to.equal(false);
    });

    it("is refused by a signer of Hardhat whose key is in the configuration", async () => {
      let tip = 10n ** 9n;
      const lying = new HardhatEthersProvider(
        {
          ...{ send: (method: string, params: unknown[]) => network.provider.send(method, params as never[]) },
          request: network.provider.request.bind(network.provider),
        } as never,
        "hardhat",
      );
      lying.getFeeData = async () => new FeeData(null, tip + 10n ** 10n, tip);
      const [first] = await ethers.getSigners();
      const signer = boundSigner(await HardhatEthersSigner.create(lying, first!.address));
      const { maxPriorityFeePerGas } = await signer.sendTransaction({ to: first!.address });
      expect(maxPriorityFeePerGas).to.equal(tip);
      const nonce = await first!.getNonce();
      tip = 10n ** 15n;
      await caught(() => signer.sendTransaction({ to: first!.address }), "TIP_ABOVE_LIMIT");
      expect(await first!.getNonce()).to.equal(nonce);
    });

    it("is refused by the preflight, with the setting that raises the limit", async () => {
      const site = await startSite("base-sepolia");
      try {
        site.proxy.rule(({ method }) => (method === "eth_maxPriorityFeePerGas" ? answer(10n ** 15n) : undefined));
        const { status, output } = await site.deploy();
        expect(status, output).to.equal(1);
        expect(output).to.match(/✗ fees +the endpoint asks for a tip of 1000000\.0 gwei, and the limit is 100\.0\./);
        expect(output).to.match(/raise DEPLOY_MAX_TIP\.[^]*Nothing was sent\./);
        expect(await site.census()).to.deep.equal({ succeeded: 0, failed: 0, created: [] });
      } finally {
        await site.close();
      }
    });
  });
});
