import {
  Contract,
  ContractFactory,
  type ContractTransactionResponse,
  type Interface,
  Wallet,
  id,
  keccak256,
  toUtf8Bytes,
} from "ethers";
import type { HardhatRuntimeEnvironment } from "hardhat/types";
import { type Artifact, peerArtifact } from "./artifacts";

const ETHER = 10n ** 18n;
const GAS_LIMIT = 16_000_000;
const FILL_GAS = "0xf4240";
const FILL_GAS_PRICE = "0x2540be400";
const GAS_PRICE = 10n ** 10n;
/** A deadline far enough away for every run; its bytes are the same in each, so calldata costs the same. */
export const FAR_DEADLINE = 0xfffffffffn;

/** Anything that hands out the hash of a transaction: an ethers response, a typechain response. */
export interface Sent {
  hash: string;
}

/**
 * An in-process node with deterministic accounts. Addresses, nonces and calldata are the same in each
 * run, so that a gas figure never moves unless the code does.
 */
export class Chain {
  readonly hre: HardhatRuntimeEnvironment;
  readonly ethers: HardhatRuntimeEnvironment["ethers"];
  private _actors = 0;

  constructor(hre: HardhatRuntimeEnvironment) {
    this.hre = hre;
    this.ethers = hre.ethers;
  }

  /** Starts again from an empty chain. */
  async reset(): Promise<void> {
    await this.send("hardhat_reset", []);
    await this.send("hardhat_setNextBlockBaseFeePerGas", ["0x1"]);
    this._actors = 0;
  }

  send(method: string, params: unknown[]): Promise<unknown> {
    return this.hre.network.provider.send(method, params);
  }

  /** A funded account that nobody has used before. `label` only makes its key readable in a trace. */
  async actor(label = "actor"): Promise<Wallet> {
    const key = id(`isonomy.bench.${label}.${this._actors++}`);
    const wallet = new Wallet(key, this.ethers.provider);
    await this.send("hardhat_setBalance", [wallet.address, "0x21e19e0c9bab2400000"]);
    return wallet;
  }

  async actors(count: number, label = "actor"): Promise<Wallet[]> {
    const wallets: Wallet[] = [];
    for (let i = 0; i < count; i++) wallets.push(await this.actor(label));
    return wallets;
  }

  /** Deploys a contract from an artifact and waits for it. */
  async deploy(artifact: Artifact | string, from: Wallet, ...args: unknown[]): Promise<Contract> {
    const { abi, bytecode, name } = typeof artifact === "string" ? peerArtifact(artifact) : artifact;
    const factory = new ContractFactory(abi, bytecode, from);
    const contract = await factory.deploy(...args, this.overrides()).catch((error: Error) => {
      throw new Error(`${name} could not be deployed: ${error.message}`);
    });
    await contract.waitForDeployment();
    return contract as Contract;
  }

  /** Deploys one of our own contracts from the repository's artifacts. */
  async ours(name: string, from: Wallet, ...args: unknown[]): Promise<Contract> {
    const { abi, bytecode } = await this.hre.artifacts.readArtifact(name);
    return this.deploy({ name, abi, bytecode }, from, ...args);
  }

  /** Fixed limit and price: ethers would otherwise ask for an estimate before each transaction. */
  overrides(value = 0n): { gasLimit: number; gasPrice: bigint; value: bigint } {
    return { gasLimit: GAS_LIMIT, gasPrice: GAS_PRICE, value };
  }

  /** Sends `method` of `contract` as `from` and returns the gas of the whole transaction. */
  async gas(from: Wallet, contract: Contract, method: string, args: unknown[], value = 0n): Promise<number> {
    const connected = contract.connect(from) as Contract;
    const sent: ContractTransactionResponse = await connected.getFunction(method)(...args, this.overrides(value));
    return this.gasOf(sent);
  }

  /** Gas of a transaction somebody else sent. It fails when the transaction did. */
  async gasOf(sent: Sent | Promise<Sent>): Promise<number> {
    const { hash } = await sent;
    const receipt = await this.ethers.provider.getTransactionReceipt(hash);
    if (receipt === null) throw new Error(`Transaction ${hash} was not mined.`);
    if (receipt.status !== 1) throw new Error(`Transaction ${hash} failed.`);
    return Number(receipt.gasUsed);
  }

  /** The addresses or ids that `event` of `contract` carried in the transaction, by argument name. */
  async event(
    sent: Sent | Promise<Sent>,
    from: { interface: Interface },
    event: string,
  ): Promise<Record<string, unknown>> {
    const { hash } = await sent;
    const receipt = await this.ethers.provider.getTransactionReceipt(hash);
    for (const log of receipt?.logs ?? []) {
      const parsed = from.interface.parseLog(log);
      if (parsed?.name === event) return parsed.args.toObject();
    }
    throw new Error(`Transaction ${hash} emitted no ${event}.`);
  }

  /**
   * Sends many transactions without a signature or a receipt for each: the state of a busy chain. `calls` is read lazily;
   * one that reverts stops the run. One block each is the cheapest for this node.
   */
  async fill(
    calls: Iterable<{ from: string; to: string; data: string }>,
    progress?: (done: number) => void,
  ): Promise<void> {
    let done = 0;
    const known = new Set<string>();
    for (const { from, to, data } of calls) {
      if (!known.has(from)) await this.send("hardhat_impersonateAccount", [from]);
      known.add(from);
      await this.send("eth_sendTransaction", [{ from, to, data, gas: FILL_GAS, gasPrice: FILL_GAS_PRICE }]);
      progress?.(++done);
    }
  }

  /** Moves the clock. */
  async wait(seconds: number): Promise<void> {
    await this.send("evm_increaseTime", [seconds]);
    await this.send("evm_mine", []);
  }

  async now(): Promise<number> {
    const block = await this.ethers.provider.getBlock("latest");
    return block?.timestamp ?? 0;
  }

  /** A plain ERC-20 that both sides are paid in, its whole supply with `owner`. */
  async token(owner: Wallet, symbol = "USDX"): Promise<Contract> {
    return this.deploy(
      "@openzeppelin/contracts/build/contracts/ERC20PresetFixedSupply.json",
      owner,
      `Token ${symbol}`,
      symbol,
      10n ** 12n * ETHER,
      owner.address,
    );
  }

  /** Gives `amount` to `to` and lets each spender take all of it, as a wallet that has shopped before. */
  async fund(
    token: Contract,
    owner: Wallet,
    to: Wallet,
    amount: bigint,
    ...spenders: (Contract | string)[]
  ): Promise<void> {
    await this.gas(owner, token, "transfer", [to.address, amount]);
    for (const spender of spenders) {
      const address = typeof spender === "string" ? spender : await spender.getAddress();
      await this.gas(to, token, "approve", [address, 2n ** 256n - 1n]);
    }
  }

  hash(text: string): string {
    return keccak256(toUtf8Bytes(text));
  }
}
