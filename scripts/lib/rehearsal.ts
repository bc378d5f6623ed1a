import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { formatEther, formatUnits, toQuantity } from "ethers";

import { rpcOf } from "../../deploy/engine/deployment";
import { feesNow } from "../../deploy/engine/fees";
import { endpointAt, type Network } from "../../deploy/engine/networks";
import { Rpc } from "../../deploy/engine/rpc";
import { sameAddress } from "../../sdk/src/addresses/address";
import type { Environment } from "../../sdk/src/text/settings";
import { freePort, startNode } from "./local-node";

/** More than a deployment costs at any price: on the copy, coin is free. */
const ENOUGH = 10n ** 24n;

/** A copy of a network's chain on this machine, as it was a moment ago. Nothing that is sent to it reaches the network. */
export interface Rehearsal {
  /** The settings, with the copy as the network's endpoint. */
  readonly environment: Environment;
  /** A folder for what the deployment writes. */
  readonly home: string;
  /** The block that was copied. */
  readonly block: number;
  /** Gives an account coin on the copy. */
  fund(account: string): Promise<void>;
  /** What an account's transactions took there, and what the same would cost on the network now. */
  costOf(account: string): Promise<RehearsalCost>;
  close(): Promise<void>;
}

/** What it costs; amounts in wei. */
export interface RehearsalCost {
  readonly transactions: number;
  readonly gas: bigint;
  readonly gasPrice: bigint;
  readonly cost: bigint;
  /** What the account has on the network. */
  readonly balance: bigint;
}

/** Copies a network's chain. Throws a sentence when its endpoint serves another chain. */
export async function startRehearsal(
  network: Network,
  environment: Environment,
  say: (sentence: string) => void,
): Promise<Rehearsal> {
  const real = rpcOf(network, environment, say);
  const chainId = Number(await real.request<string>({ method: "eth_chainId" }));
  if (chainId !== network.chainId) {
    throw new Error(
      `The endpoint serves chain ${chainId}, and ${network.title} is ${network.chainId}. Correct ${network.rpcVariable} in .env.`,
    );
  }
  const block = Number(await real.request<string>({ method: "eth_blockNumber" }));
  const home = mkdtempSync(join(tmpdir(), "isonomy-rehearsal-"));
  const forget = (): void => rmSync(home, { recursive: true, force: true });
  process.once("exit", forget);
  const node = await startNode(await freePort(), join(home, "node.log"), {
    ...{ url: endpointAt(network, environment), block, chainId },
  });
  const copy = new Rpc(node.url);
  // the rules of the block that was copied are unknown to the node; those of a block of its own are not
  await copy.request({ method: "hardhat_mine", params: ["0x1"] });
  return {
    environment: { ...environment, [network.rpcVariable]: node.url },
    home,
    block,
    async fund(account) {
      await copy.request({ method: "hardhat_setBalance", params: [account, toQuantity(ENOUGH)] });
    },
    async costOf(account) {
      const { transactions, gas } = await usedBy(copy, account, block + 1);
      const { price: gasPrice } = await feesNow(real);
      const cost = (gas * gasPrice * BigInt(network.gasPercent)) / 100n;
      const balance = BigInt(await real.request<string>({ method: "eth_getBalance", params: [account, "latest"] }));
      return { transactions, gas, gasPrice, cost, balance };
    },
    async close() {
      await node.stop();
      process.off("exit", forget);
      forget();
    },
  };
}

async function usedBy(rpc: Rpc, account: string, from: number): Promise<{ transactions: number; gas: bigint }> {
  const last = Number(await rpc.request<string>({ method: "eth_blockNumber" }));
  let [transactions, gas] = [0, 0n];
  for (let number = from; number <= last; number++) {
    const block = await rpc.request<{ transactions: { hash: string; from: string }[] }>({
      method: "eth_getBlockByNumber",
      params: [toQuantity(number), true],
    });
    for (const transaction of block.transactions) {
      if (!sameAddress(transaction.from, account)) continue;
      const receipt = await rpc.request<{ gasUsed: string }>({
        method: "eth_getTransactionReceipt",
        params: [transaction.hash],
      });
      transactions++;
      gas += BigInt(receipt.gasUsed);
    }
  }
  return { transactions, gas };
}

/** What a rehearsal found out, for a person. Without an account, one was made up, and nobody has anything on the network yet. */
export function rehearsalText(
  { title }: Network,
  account: string | undefined,
  block: number,
  { transactions, gas, gasPrice, cost, balance }: RehearsalCost,
): string {
  const coin = (wei: bigint): string => `${Number(formatEther(wei)).toFixed(6)} ETH`;
  const lacks = balance < cost ? ` Send it ${coin(cost - balance)} or more first.` : "";
  const holds = account === undefined ? "" : ` ${account} has ${coin(balance)}.${lacks}`;
  return (
    `Rehearsed on a copy of ${title} at block ${block}: ${transactions} transactions, ${gas.toLocaleString("en-GB")} gas. ` +
    `Nothing was sent to ${title}.\n` +
    `There it costs about ${coin(cost)} at ${formatUnits(gasPrice, "gwei")} gwei.${holds}`
  );
}
