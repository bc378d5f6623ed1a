import { JsonRpcProvider, Transaction, Wallet, type TransactionReceipt } from "ethers";
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";

import { winkCard } from "../../scripts/demo/card";
import { parseDeployment } from "../../sdk/src/addresses";
import { DealClient, type Keyring } from "../../sdk/src/deals";
import { portablePlatform, type StoredKey } from "../../sdk/src/fairexchange";
import { MarketClient, type Offer } from "../../sdk/src/market";
import { orderFor } from "../../sdk/src/market";
import { startAnvil, type Anvil } from "./anvil";
import { json, localWallet, person } from "./cli";
import { buildCli } from "./cliBuild";
import { random, startRpcProxy, type RpcProxy } from "./rpcProxy";
import { runScript } from "./separate-node";

/** How much goes wrong, and how many sales it goes wrong with. */
export interface SoakPlan {
  readonly purchases: number;
  readonly cuts: number;
  readonly reorgs: number;
  readonly kills: number;
  readonly seed: number;
  /** What the agent waits for; the chain's own finalized block is as deep as eight blocks. */
  readonly confirmations: "8" | "finalized";
}

/** The result, read from the chain at the end except for the agent's own count. */
export interface SoakReport {
  readonly delivered: number;
  /** Deals that were delivered more than once, or by more than one signed transaction. */
  readonly twice: number;
  /** Deals whose window ended without a delivery. */
  readonly missed: number;
  /** Transactions of the seller that the chain refused. */
  readonly failed: number;
  /** Deliveries that a reorg took back and that were sent again. */
  readonly undone: number;
  readonly cuts: number;
  readonly reorgs: number;
  readonly kills: number;
  readonly seconds: number;
  /** The shortest time that was left of a window, in the chain's seconds. */
  readonly closest: number;
  readonly agentCounted: number;
}

const CHAIN_ID = 31_337;
const BLOCK_MS = 100;
/** The chain's clock runs sixty times as fast as ours, so that a window of six hours is six minutes here. */
const BLOCK_SECONDS = 6;
const REORG_DEPTH = 5;
/** The chain takes a block for finalized after twice as many. */
const SLOTS = 4;
const GIVE_UP_MS = 300_000;
/** Some are killed before they did anything, some in the middle of a delivery. */
const KILLED_WITHIN_MS = 5_000;
/** Sales that may wait at once: on a slow machine the buyers are slower too. */
const BACKLOG = 40;
const BUYERS = [8, 9, 10, 11];

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** A chain whose blocks come by the clock, and can be taken back. */
class Clockwork {
  readonly #anvil: Anvil;
  #turn: Promise<unknown> = Promise.resolve();
  #running = true;
  readonly #done: Promise<void>;

  constructor(anvil: Anvil) {
    this.#anvil = anvil;
    this.#done = this.#run();
  }

  /** Nothing is mined while `work` runs. */
  held<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(work);
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  async stop(): Promise<void> {
    this.#running = false;
    await this.#done;
  }

  async #run(): Promise<void> {
    while (this.#running) {
      await this.held(() => this.#anvil.send("evm_mine"));
      await pause(BLOCK_MS);
    }
  }
}

/** Somebody whose transactions are kept, so that they can be sent again when a reorg takes them. */
class Buyer {
  readonly #wallet: Wallet;
  readonly #anvil: Anvil;
  readonly #raw: string[] = [];

  constructor(wallet: Wallet, anvil: Anvil) {
    this.#wallet = wallet;
    this.#anvil = anvil;
  }

  async send(to: string, data: string, value: bigint): Promise<void> {
    const raw = await this.#wallet.signTransaction({
      ...{ to, data, value, chainId: CHAIN_ID, nonce: this.#raw.length, type: 2, gasLimit: 600_000 },
      ...{ maxFeePerGas: 10n ** 11n, maxPriorityFeePerGas: 10n ** 9n },
    });
    this.#raw.push(raw);
    await this.#broadcast(raw);
  }

  /** As a pool of transactions would: what is not on the chain is offered to it again. */
  async again(): Promise<void> {
    const mined = Number(await this.#anvil.send<string>("eth_getTransactionCount", [this.#wallet.address, "latest"]));
    for (const raw of this.#raw.slice(mined)) await this.#broadcast(raw);
  }

  async #broadcast(raw: string): Promise<void> {
    await this.#anvil.send("eth_sendRawTransaction", [raw]).catch((error: Error) => {
      if (!/already imported|already known/i.test(error.message)) throw error;
    });
  }
}

/** The agent in a process of its own, which can be killed at any time. */
class Agent {
  readonly #parameters: readonly string[];
  readonly #env: NodeJS.ProcessEnv;
  #child!: ChildProcess;
  #started!: Promise<void>;
  readonly events: Record<string, number> = {};
  readonly said: string[] = [];
  port = 0;

  constructor(parameters: readonly string[], env: NodeJS.ProcessEnv) {
    this.#parameters = parameters;
    this.#env = env;
    this.start();
  }

  start(): void {
    const child = spawn(process.execPath, [...this.#parameters], { env: this.#env, stdio: ["ignore", "pipe", "pipe"] });
    this.#child = child;
    this.#started = new Promise((resolve) => {
      createInterface({ input: child.stdout as Readable }).on("line", (line) => {
        const entry = JSON.parse(line) as { event: string; level: string; text: string; port?: number; error?: object };
        if (entry.error !== undefined) return void this.said.push(`ended: ${line}`);
        this.events[entry.event] = (this.events[entry.event] ?? 0) + 1;
        if (entry.level !== "info") this.said.push(`${entry.event}: ${entry.text}`);
        if (entry.event === "http") this.port = entry.port!;
        if (entry.event === "started") resolve();
      });
    });
    createInterface({ input: child.stderr as Readable }).on("line", (line) => this.said.push(line));
  }

  /** What it said last that was no good news, without the many alerts of one kind. */
  last(): string {
    return this.said
      .filter((line) => !line.startsWith("deadline"))
      .slice(-12)
      .join(" | ");
  }

  /** Waits until the agent works, or half a minute. */
  async works(): Promise<void> {
    await Promise.race([this.#started, pause(30_000)]);
  }

  async end(signal: "SIGKILL" | "SIGTERM"): Promise<number | null> {
    const child = this.#child;
    if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
    const gone = new Promise<number | null>((resolve) => child.once("exit", (code) => resolve(code)));
    child.kill(signal);
    return gone;
  }
}

/** Sells while the connection is cut, the chain is reorganised and the agent is killed, and counts what came of it. */
export async function soakSeller(plan: SoakPlan): Promise<SoakReport> {
  const folder = await mkdtemp(join(tmpdir(), "isonomy-soak-"));
  const cli = await buildCli();
  const anvil = await startAnvil({
    chainId: CHAIN_ID,
    arguments: ["--order", "fifo", "--accounts", "12", "--slots-in-an-epoch", String(SLOTS)],
  });
  const closers: (() => Promise<unknown>)[] = [() => rm(folder, { recursive: true, force: true }), () => anvil.stop()];
  try {
    const shop = await openShop(anvil, folder);
    const proxy = await startRpcProxy(anvil.url);
    closers.push(() => proxy.close());
    const deliveries = new Map<string, Set<string>>();
    proxy.rule(({ method, params }) => {
      if (method === "eth_sendRawTransaction") note(deliveries, shop, String(params[0]));
      return undefined;
    });
    await anvil.send("evm_setAutomine", [false]);
    await anvil.send("anvil_setBlockTimestampInterval", [BLOCK_SECONDS]);
    const clock = new Clockwork(anvil);
    closers.push(() => clock.stop());
    const settings = [
      ...["--confirmations", plan.confirmations, "--margin", "60", "--alert-before", "5m", "--every", "0.3"],
      ...["--patience", "5", "--silence", "20", "--http", "127.0.0.1:0", "--parallel", "8", "--json"],
    ];
    const agent = new Agent([cli.bin, "seller", "--watch", ...settings], {
      ...process.env,
      ...shop.seller.env,
      ISONOMY_RPC_URL: proxy.url,
    });
    closers.push(() => agent.end("SIGKILL"));

    const startedAt = Date.now();
    await trouble(plan, { anvil, proxy, clock, agent, shop });
    await until(async () => (await shop.open()).length === 0, agent);
    // the deliveries become final, and the agent forgets them
    await until(async () => (await waitingIn(shop.state)) === 0, agent);
    const seconds = Math.round((Date.now() - startedAt) / 1_000);
    const code = await agent.end("SIGTERM");
    if (code !== 0) throw new Error(`The agent ended with ${code}: ${agent.last()}`);
    await clock.stop();
    return { ...(await shop.count(deliveries)), undone: agent.events.undone ?? 0, ...facts(plan), seconds };
  } finally {
    for (const close of closers.reverse()) await close();
  }
}

function facts({ cuts, reorgs, kills }: SoakPlan) {
  return { cuts, reorgs, kills };
}

type Shop = Awaited<ReturnType<typeof openShop>>;

/** Everything in working order: a deployment, a version with a file, and an offer of it. */
async function openShop(anvil: Anvil, folder: string) {
  const deployment = join(folder, "deployment.json");
  const { status, output } = await runScript("deploy-local.ts", {
    LOCALHOST_RPC_URL: anvil.url,
    DEPLOYMENT_FILE: deployment,
  });
  if (status !== 0) throw new Error(`The deployment failed: ${output}`);
  const seller = await person(folder, "seller", { rpc: anvil.url, addresses: deployment }, localWallet(7));
  const [file, card] = [join(folder, "model.bin"), join(folder, "card.json")];
  await writeFile(file, "what is sold");
  await writeFile(card, JSON.stringify(winkCard));
  await json(["prepare", file], seller.env);
  const { versionId } = await json<{ versionId: string }>(
    ["list", card, "--prepared", `${file}.isonomy.json`],
    seller.env,
  );
  const terms = ["--price", "0.001 native", "--supply", "10000", "--deliver", "6h", "--complain", "2d"];
  await json(["offer", versionId, ...terms], seller.env);

  const book = parseDeployment(await readFile(deployment, "utf8"));
  const { contracts: addresses, block: fromBlock } = book;
  const provider = new JsonRpcProvider(anvil.url, CHAIN_ID, { staticNetwork: true, cacheTimeout: -1 });
  const market = new MarketClient(book, provider);
  const kept = new Map<bigint, StoredKey>();
  const keyring: Keyring = {
    add: async (key) => void kept.set(key.x, key),
    find: async (x) => kept.get(x)!,
  };
  const reader = new DealClient(book, provider, { platform: portablePlatform, keyring });
  const [standing] = await market.offersOf(BigInt(versionId));
  const offer: Offer = standing!.offer;
  const buyers = BUYERS.map((index) => {
    const wallet = new Wallet(localWallet(index).privateKey, provider);
    const deals = new DealClient(book, wallet, { platform: portablePlatform, keyring });
    return { wallet, deals, buyer: new Buyer(wallet, anvil) };
  });

  let turn = 0;
  return {
    seller,
    addresses,
    escrow: reader.escrow,
    state: join(seller.env.ISONOMY_HOME!, `seller-${CHAIN_ID}-${seller.address.toLowerCase()}.json`),
    async buy(): Promise<void> {
      const { wallet, deals, buyer } = buyers[turn++ % buyers.length]!;
      const key = await deals.newPad(offer.versionId);
      const order = orderFor(offer, wallet.address, { key });
      const data = market.market.interface.encodeFunctionData("purchase", [offer, order]);
      await buyer.send(addresses.Market, data, offer.price);
    },
    async again(): Promise<void> {
      for (const { buyer } of buyers) await buyer.again();
    },
    /** How many keys were delivered so far. */
    delivered: async () => (await reader.escrow.queryFilter(reader.escrow.filters.KeyDelivered(), fromBlock)).length,
    /** Deals that still wait for their key. */
    open: () => reader.toDeliver(seller.address),
    async count(deliveries: ReadonlyMap<string, ReadonlySet<string>>) {
      const opened = await reader.openedFor(seller.address, fromBlock);
      const keys = await reader.escrow.queryFilter(reader.escrow.filters.KeyDelivered(), fromBlock);
      const times = new Map<number, number>();
      const timeOf = async (block: number): Promise<number> => {
        if (!times.has(block)) times.set(block, (await provider.getBlock(block))!.timestamp);
        return times.get(block)!;
      };
      let [missed, twice, closest] = [0, 0, Number.MAX_SAFE_INTEGER];
      for (const { deal } of opened) {
        const own = keys.filter(({ args }) => args.id === deal.id);
        if (own.length === 0) missed++;
        else closest = Math.min(closest, Number(deal.deliverBy) - (await timeOf(own[0]!.blockNumber)));
        if (own.length > 1 || (deliveries.get(String(deal.id))?.size ?? 0) !== 1) twice++;
      }
      let failed = 0;
      const latest = await provider.getBlockNumber();
      for (let number = fromBlock; number <= latest; number++) {
        const receipts = (await provider.send("eth_getBlockReceipts", [
          `0x${number.toString(16)}`,
        ])) as TransactionReceipt[];
        failed += receipts.filter(
          ({ from, status: result }) => from.toLowerCase() === seller.address.toLowerCase() && Number(result) === 0,
        ).length;
      }
      const state = JSON.parse(await readFile(this.state, "utf8")) as { deliveredTotal: number; missedTotal: number };
      provider.destroy();
      return {
        delivered: keys.length,
        ...{ twice, missed: missed + state.missedTotal, failed, closest },
        agentCounted: state.deliveredTotal,
      };
    },
  };
}

/** Remembers which signed transactions were ever shown to the node, by deal. */
function note(deliveries: Map<string, Set<string>>, shop: Shop, raw: string): void {
  const { data, hash } = Transaction.from(raw);
  const call = shop.escrow.interface.parseTransaction({ data });
  if (call?.name !== "deliver") throw new Error(`The agent sent something that is no delivery: ${call?.name}`);
  const id = String((call.args[0] as { id: bigint }).id);
  deliveries.set(id, (deliveries.get(id) ?? new Set()).add(hash!));
}

interface Scene {
  readonly anvil: Anvil;
  readonly proxy: RpcProxy;
  readonly clock: Clockwork;
  readonly agent: Agent;
  readonly shop: Shop;
}

/** All the trouble of the plan in an order drawn from its seed, with the purchases spread over it. */
async function trouble(plan: SoakPlan, { anvil, proxy, clock, agent, shop }: Scene): Promise<void> {
  const draw = random(plan.seed);
  const acts: (() => Promise<unknown>)[] = [
    ...Array.from({ length: plan.cuts }, () => () => proxy.cutFor(300 + draw() * 700)),
    ...Array.from({ length: plan.reorgs }, () => async () => {
      await clock.held(async () => {
        await anvil.send("anvil_reorg", [1 + Math.floor(draw() * REORG_DEPTH), []]);
        await shop.again();
      });
    }),
    ...Array.from({ length: plan.kills }, () => async () => {
      await agent.works();
      await pause(draw() * KILLED_WITHIN_MS);
      await agent.end("SIGKILL");
      agent.start();
    }),
  ];
  for (let i = acts.length - 1; i > 0; i--) {
    const j = Math.floor(draw() * (i + 1));
    [acts[i], acts[j]] = [acts[j]!, acts[i]!];
  }
  await agent.works();
  let bought = 0;
  for (const [index, act] of acts.entries()) {
    const due = Math.round((plan.purchases * (index + 1)) / acts.length);
    const happening = act();
    for (; bought < due; bought++) {
      await until(async () => bought - (await shop.delivered()) < BACKLOG, agent);
      await clock.held(() => shop.buy());
    }
    await happening;
    await pause(100 + draw() * 300);
  }
}

async function waitingIn(state: string): Promise<number> {
  return (JSON.parse(await readFile(state, "utf8")) as { deals: unknown[] }).deals.length;
}

async function until(done: () => Promise<boolean>, agent: Agent): Promise<void> {
  const giveUpAt = Date.now() + GIVE_UP_MS;
  while (!(await done())) {
    if (Date.now() > giveUpAt) throw new Error(`The agent did not finish: ${agent.last()}`);
    await pause(300);
  }
}
