import {
  Contract,
  FunctionFragment,
  type Interface,
  JsonRpcProvider,
  JsonRpcSigner,
  type LogDescription,
  type Result,
} from "ethers";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { sameAddress } from "../../sdk/src/addresses/address";
import { decodeError } from "../../sdk/src/errors";
import { rpcRequest } from "../../sdk/src/rpc";
import { freePort, startNode } from "./local-node";

/** A deployed contract, as a simulation reads it. */
export interface NamedContract {
  readonly name: string;
  readonly address: string;
  readonly abi: Interface;
}

/** One call that the government's timelock would make. */
export interface SimulatedCall {
  readonly target: string;
  readonly data: string;
  readonly value: bigint;
  /** What an error names. */
  readonly title: string;
}

/** Something that can be read from a contract and that the calls change. */
export interface Change {
  readonly contract: string;
  readonly reading: string;
  readonly before: string;
  readonly after: string;
}

/** What calls would do: the readings that they change, the events that they emit, and their gas in all. */
export interface Simulation {
  readonly changes: readonly Change[];
  readonly events: readonly string[];
  readonly gas: bigint;
}

const COIN_FOR_GAS = 10n ** 21n;

/**
 * Makes calls as `executor` on a fork of a chain, one after another, and says what they change: every reading without arguments of every
 * contract given, and every event. Nothing is sent to the chain itself. A call that is refused throws with its title and the reason.
 */
export async function simulateCalls(
  rpcUrl: string,
  executor: string,
  calls: readonly SimulatedCall[],
  contracts: readonly NamedContract[],
): Promise<Simulation> {
  const port = await freePort();
  const log = join(tmpdir(), `isonomy-fork-${process.pid}-${port}.log`);
  const chain = new JsonRpcProvider(rpcRequest(rpcUrl), undefined, { staticNetwork: true, cacheTimeout: -1 });
  const [block, { chainId }] = await Promise.all([chain.getBlockNumber(), chain.getNetwork()]).finally(() =>
    chain.destroy(),
  );
  const node = await startNode(port, log, { url: rpcUrl, block, chainId: Number(chainId) }).catch(
    async (error: unknown) => {
      await rm(log, { force: true });
      throw error;
    },
  );
  const provider = new JsonRpcProvider(node.url, undefined, { staticNetwork: true, cacheTimeout: -1 });
  provider.pollingInterval = 20;
  try {
    // the rules of the block that was forked are unknown to the node; those of a block of its own are not
    await provider.send("hardhat_mine", ["0x1"]);
    const before = await readAll(provider, contracts);
    await provider.send("hardhat_impersonateAccount", [executor]);
    await provider.send("hardhat_setBalance", [executor, `0x${COIN_FOR_GAS.toString(16)}`]);
    const signer = new JsonRpcSigner(provider, executor);
    const events: string[] = [];
    let gas = 0n;
    for (const { target, data, value, title } of calls) {
      const call = { to: target, data, value };
      try {
        await signer.call(call);
      } catch (error) {
        const reason = decodeError(error);
        throw new Error(`The call ${title} would be refused: ${reason.message}`, { cause: error });
      }
      const receipt = (await (await signer.sendTransaction(call)).wait())!;
      gas += receipt.gasUsed;
      for (const { address, topics, data: content } of receipt.logs) {
        events.push(describeEvent(contracts, address, { topics: [...topics], data: content }));
      }
    }
    return { changes: difference(before, await readAll(provider, contracts)), events, gas };
  } finally {
    provider.destroy();
    await node.stop();
    await rm(log, { force: true });
  }
}

/** What each contract answers, by `contract reading`. */
type Readings = Map<string, string>;

/** Everything that can be read without an argument, each output by itself. */
async function readAll(provider: JsonRpcProvider, contracts: readonly NamedContract[]): Promise<Readings> {
  const asked = contracts.flatMap(({ name, address, abi }) => {
    const contract = new Contract(address, abi, provider);
    return abi.fragments
      .filter(FunctionFragment.isFragment)
      .filter(({ constant, inputs }) => constant && inputs.length === 0)
      .map((fragment) => read(name, contract, fragment));
  });
  return new Map((await Promise.all(asked)).flat());
}

async function read(name: string, contract: Contract, fragment: FunctionFragment): Promise<[string, string][]> {
  // some readings answer only in a state that the contract is not in
  const answer: Result | undefined = await contract
    .getFunction(fragment.format())
    .staticCallResult()
    .catch(() => undefined);
  return fragment.outputs.map((output, index) => {
    const part = fragment.outputs.length === 1 ? fragment.name : `${fragment.name}.${output.name || index}`;
    return [`${name} ${part}`, answer === undefined ? "no answer" : readable(answer[index])];
  });
}

function difference(before: Readings, after: Readings): Change[] {
  return [...after].flatMap(([key, value]) => {
    const [contract, reading] = key.split(" ") as [string, string];
    const old = before.get(key)!;
    // clocks move by themselves
    return old === value || reading === "clock" ? [] : [{ contract, reading, before: old, after: value }];
  });
}

function describeEvent(
  contracts: readonly NamedContract[],
  address: string,
  log: { topics: string[]; data: string },
): string {
  const emitter = contracts.find((known) => sameAddress(known.address, address));
  const event: LogDescription | null = emitter?.abi.parseLog(log) ?? null;
  if (event === null) return `${emitter?.name ?? address}: an event without a name, ${log.topics[0]}`;
  const parts = event.fragment.inputs.map((input, index) => `${input.name}: ${readable(event.args[index])}`);
  return `${emitter!.name}: ${event.name}(${parts.join(", ")})`;
}

function readable(value: unknown): string {
  return Array.isArray(value) ? `[${value.map(readable).join(", ")}]` : String(value);
}
