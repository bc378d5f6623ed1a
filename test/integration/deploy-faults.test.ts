import { expect } from "chai";
import { toQuantity } from "ethers";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";

import { NETWORK_NAMES } from "../../deploy/engine/networks";
import type { Plan } from "../../deploy/engine/plan";
import { Directory__factory } from "../../typechain-types";
import { startSite, type Site } from "../support/deployment";
import { nthCall, randomly, type Rule } from "../support/rpcProxy";

const SEED = 7;

describe("A deployment through an endpoint that fails", function () {
  this.timeout(600_000);
  let site: Site;
  /** Addresses by the contract's name, on each network. */
  const outcomes: Record<string, { predicted: Record<string, string>; actual: Record<string, string> }> = {};
  afterEach(() => site.close());

  async function expectWhole(foreign = 0): Promise<void> {
    const { steps, contracts } = planIn(site);
    const { succeeded, failed, created } = await site.census();
    expect({ succeeded, failed }).to.deep.equal({ succeeded: steps.length + foreign, failed: 0 });
    const own = Object.values(contracts).filter(({ ownStep }) => ownStep);
    expect([...created].sort()).to.deep.equal(own.map(({ address }) => address).sort());
    const book = await site.book();
    outcomes[site.network.name] = { predicted: addressesIn(contracts), actual: { ...book.contracts } };
  }

  // claim(invariants#deployment): transactions that are refused, lost, dropped or undone by a reorg happen exactly once
  //   in the end | nobody; a step is missing
  it("survives refusals, breaks, silence and transactions that are forgotten, and says what it met", async () => {
    site = await startSite("base-sepolia");
    for (const nth of [3, 8, 12, 17]) site.proxy.rule(nthCall("eth_sendRawTransaction", nth, { kind: "forget" }));
    site.proxy.rule(nthCall("eth_sendRawTransaction", 6, { kind: "lostAnswer" }));
    for (const [nth, message] of [
      [5, "txpool is full"],
      [10, "transaction underpriced"],
      [14, "nonce too high"],
    ] as const) {
      site.proxy.rule(nthCall("eth_sendRawTransaction", nth, { kind: "error", code: -32_000, message }));
    }
    site.proxy.rule(nthCall("eth_getTransactionReceipt", 2, { kind: "timeout" }));
    site.proxy.rule(nthCall("eth_estimateGas", 4, { kind: "status", status: 429, retryAfter: 0 }));
    site.proxy.rule(nthCall("eth_call", 5, { kind: "reset" }));
    site.proxy.rule(nthCall("eth_getCode", 2, { kind: "error", code: -32_005, message: "daily limit" }));
    site.proxy.rule(
      randomly(SEED, 0.02, [
        { kind: "status", status: 429, retryAfter: 0 },
        { kind: "status", status: 503 },
        { kind: "reset" },
        { kind: "lostAnswer" },
        { kind: "error", code: -32_000, message: "request rate limited, try again" },
      ]),
    );
    const { status, output } = await site.deploy({ RPC_TIMEOUT_SECONDS: "2" });
    expect(status, output).to.equal(0);
    const kinds = new Set(site.proxy.met.map(({ fault }) => fault));
    expect([...kinds].sort()).to.deep.equal(["error", "forget", "lostAnswer", "reset", "status", "timeout"]);
    expect(output).to.match(/says that there are too many requests/);
    expect(output).to.match(/did not answer within 2 s/);
    expect(output).to.match(/cannot be reached \(\w+\); trying again in [\d.]+ s, attempt 2 of 8/);
    expect(output).to.match(/The network has forgotten the transaction with nonce \d+; the same one is sent again\./);
    expect(output).to.include("The node takes no transaction of this account now, or waits for an earlier one;");
    expect(output).to.include("The chain's fee rose while a transaction was prepared; it is prepared again.");
    await expectWhole();
  });

  // claim(attacks#deployment): an endpoint that becomes unreachable in the middle
  it("stops with one sentence when the endpoint stays away, and goes on when it is back", async () => {
    site = await startSite("localhost");
    site.proxy.onTransaction((_hash, nth) => {
      if (nth === 5) site.proxy.cut();
    });
    const first = await site.deploy({ RPC_ATTEMPTS: "3" });
    expect(first.status).to.equal(1);
    expect(first.output).to.match(
      /The endpoint at 127\.0\.0\.1:\d+ cannot be reached, 3 times in a row \(eth_\w+\)\. Nothing is lost: run the same command again later/,
    );
    site.proxy.repair();
    const second = await site.deploy();
    expect(second.status, second.output).to.equal(0);
    await expectWhole();
  });

  // claim(attacks#deployment): a step replaced by a transaction from elsewhere, or stuck below the chain's fee
  it("explains a transaction that was replaced from elsewhere, and sends the step again", async () => {
    site = await startSite("sepolia");
    let foreign = "";
    site.proxy.rule((call) => {
      if (call.method !== "eth_sendRawTransaction" || call.nth !== 4) return undefined;
      return { kind: "forget" };
    });
    site.proxy.onTransaction(async (_hash, nth) => {
      if (nth !== 4) return;
      const nonce = Number(await site.node.send("eth_getTransactionCount", [site.wallet.address, "latest"]));
      foreign = await site.node.send<string>("eth_sendRawTransaction", [
        await site.wallet.signTransaction({
          to: site.wallet.address,
          nonce,
          chainId: site.network.chainId,
          gasLimit: 21_000,
          maxFeePerGas: 10n ** 12n,
          maxPriorityFeePerGas: 10n ** 9n,
          type: 2,
        }),
      ]);
    });
    const { status, output } = await site.deploy();
    expect(status, output).to.equal(0);
    expect(foreign).to.match(/^0x/);
    expect(output).to.match(/was replaced by one sent from elsewhere; the step is sent again\./);
    await expectWhole(1);
  });

  // claim(attacks#deployment): a step replaced by a transaction from elsewhere, or stuck below the chain's fee
  it("offers more for a transaction that waits too long", async () => {
    site = await startSite("arbitrum-sepolia", { blockTime: 0.5 });
    let ended = false;
    const { node, proxy } = site;
    proxy.onTransaction(async (hash, nth) => {
      if (nth !== 3) return;
      // no block until the transaction waits; the next ones ask for ten thousand times the usual fee
      await node.send("evm_setIntervalMining", [0]);
      void (async () => {
        while (!ended && (await node.send("eth_getTransactionByHash", [hash])) === null) await setTimeout(20);
        await node.send("anvil_setNextBlockBaseFeePerGas", [toQuantity(10n ** 13n)]);
        await node.send("evm_setIntervalMining", [1]);
      })();
    });
    await site.node.send("anvil_setBalance", [site.wallet.address, toQuantity(10n ** 24n)]);
    const { status, output } = await site.deploy({ DEPLOY_PATIENCE_SECONDS: "2", DEPLOY_MAX_FEE: "1000" });
    ended = true;
    expect(status, output).to.equal(0);
    expect(output).to.match(/nonce \d+ is too low by now; it is offered again with a higher fee\./);
    await expectWhole();
  });

  // claim(invariants#deployment): transactions that are refused, lost, dropped or undone by a reorg happen exactly once
  //   in the end
  it("survives reorganisations of three blocks, and a deeper one than it waits for", async () => {
    site = await startSite("base-sepolia", { blockTime: 0.25 });
    await site.node.send("anvil_mine", [toQuantity(40)]);
    const reorganised: number[] = [];
    let stop = false;
    const reorganise = async (depth: number): Promise<void> => {
      await site.node.send("anvil_reorg", [depth, []]);
      reorganised.push(depth);
    };
    const run = site.deploy();
    const trouble = (async () => {
      const depths = [3, 3, 3, 3, 3, 12];
      let seen = 0;
      while (!stop && depths.length > 0) {
        await setTimeout(50);
        const sent = site.proxy.sent.length;
        if (sent < seen + 3) continue;
        seen = sent;
        await setTimeout(400);
        await reorganise(depths.shift()!);
      }
    })();
    const { status, output } = await run;
    stop = true;
    await trouble;
    expect(status, output).to.equal(0);
    expect(reorganised.filter((depth) => depth === 3).length).to.be.at.least(3);
    expect(output).to.match(/The network has forgotten the transaction/);
    await expectWhole();
    const verified = await site.verify();
    expect(verified.status, verified.output).to.equal(0);
  });

  // claim(invariants#deployment): transactions that are refused, lost, dropped or undone by a reorg happen exactly once
  //   in the end
  it("simulates a step again that a node refuses though nothing is missing, and stops when it always does", async () => {
    site = await startSite("sepolia");
    const always = site.proxy.rule(missing(() => true));
    const first = await site.deploy();
    expect(first.status).to.equal(1);
    expect(first.output).to.include("Nothing of it was sent; it is simulated again.");
    expect(first.output).to.match(/Simulating the transaction failed with error: .*Directory_NotAContract/);
    expect(first.output).to.include("run the same command again: it resumes where it stopped.");
    // gas is estimated, and then the reason asked for; while other steps go on it is not given up
    const refused = site.proxy.met.length;
    expect(refused).to.be.at.least(2 * 6);
    always();

    // at first it is there again when the reason is asked for
    site.proxy.rule(missing((nth) => nth <= 4 && nth !== 2));
    const second = await site.deploy();
    expect(second.status, second.output).to.equal(0);
    expect(site.proxy.met).to.have.length(refused + 3);
    expect(second.output.match(/Nothing of it was sent; it is simulated again\./g)).to.have.length(2);
    await expectWhole();
  });

  // claim(invariants#deployment): addresses are the predicted ones, and equal on every chain | an attacker who puts
  //   another contract there
  it("leads to the same addresses on every chain, the predicted ones", () => {
    expect(Object.keys(outcomes).sort()).to.deep.equal([...NETWORK_NAMES].sort());
    for (const [name, { predicted, actual }] of Object.entries(outcomes)) {
      expect(actual, name).to.deep.equal(predicted);
      expect(actual, name).to.deep.equal(outcomes.sepolia!.actual);
    }
  });
});

/** A node without the contract that a step of the directory names: it refuses those of the calls that simulate that step. */
function missing(refuses: (nth: number) => boolean): Rule {
  const directory = Directory__factory.createInterface();
  let named: string | undefined;
  let nth = 0;
  return ({ method, params: [call] }) => {
    const { data = "0x" } = (call ?? {}) as { data?: string };
    if (!/^eth_(estimateGas|call)$/.test(method) || !data.startsWith(directory.getFunction("set").selector))
      return undefined;
    const [, entry] = directory.decodeFunctionData("set", data) as unknown as [string, string];
    named ??= entry;
    if (entry !== named || !refuses(++nth)) return undefined;
    const reason = directory.encodeErrorResult("Directory_NotAContract", [entry]);
    return { kind: "error", code: 3, message: "execution reverted", data: reason };
  };
}

function planIn({ home, network }: Site): Plan {
  const file = join(home, "deployments", network.name, "plan.json");
  return (JSON.parse(readFileSync(file, "utf8")) as { plan: Plan }).plan;
}

function addressesIn(contracts: Readonly<Record<string, { readonly address: string }>>): Record<string, string> {
  return Object.fromEntries(Object.entries(contracts).map(([name, { address }]) => [name, address]));
}
