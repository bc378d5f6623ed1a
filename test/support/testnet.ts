import { readFileSync } from "node:fs";
import { join } from "node:path";

import { toQuantity } from "ethers";

import { createXState, placeCreateX } from "../../deploy/engine/createx";
import { networkOf, type Network } from "../../deploy/engine/networks";
import type { RpcRequest } from "../../deploy/engine/rpc";
import { readParameters } from "../../deploy/protocol";
import { startAnvil, type Anvil } from "./anvil";
import { startRpcProxy, type RpcProxy } from "./rpcProxy";

const TOKEN = join(__dirname, "../../artifacts/test/contracts/tokens/TestToken.sol/TestToken.json");

/** A chain of this machine that a deployment takes for a public network: its id, its factory, its pay tokens, a block each second. */
export interface Testnet {
  readonly network: Network;
  readonly node: Anvil;
  /** Where the network answers. */
  readonly proxy: RpcProxy;
  fund(account: string): Promise<void>;
  close(): Promise<void>;
}

/** @param people The settings that the network's parameters need. */
export async function startTestnet(name: string, people: Readonly<Record<string, string>>): Promise<Testnet> {
  const network = networkOf(name);
  const node = await startAnvil({ chainId: network.chainId, blockTime: 1 });
  const provider = { request: <T>({ method, params }: RpcRequest) => node.send<T>(method, params) };
  await placeCreateX(provider);
  const giveUpAt = Date.now() + 30_000;
  while ((await createXState(provider)) !== "ready") {
    if (Date.now() > giveUpAt) throw new Error("CreateX was not there after 30 s.");
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const { deployedBytecode } = JSON.parse(readFileSync(TOKEN, "utf8")) as { deployedBytecode: string };
  for (const { token } of readParameters(name, people).market.payTokens) {
    await node.send("anvil_setCode", [token, deployedBytecode]);
  }
  const proxy = await startRpcProxy(node.url);
  // a development node would be told from a network, and deployed to in another folder only
  proxy.rule(({ method }) => {
    if (method === "web3_clientVersion") return { kind: "answer", result: "Geth/v1.16.0" };
    return /^(hardhat|anvil|evm)_/.test(method)
      ? { kind: "error", code: -32_601, message: "no such method" }
      : undefined;
  });
  return {
    ...{ network, node, proxy },
    fund: async (account) => void (await node.send("anvil_setBalance", [account, toQuantity(10n ** 20n)])),
    async close() {
      await proxy.close();
      await node.stop();
    },
  };
}
