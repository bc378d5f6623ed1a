import {
  ContractTransactionReceipt,
  type BaseContract,
  type ContractTransaction,
  type Provider,
  type Signer,
} from "ethers";

import type { TypedContractEvent, TypedDeferredTopicFilter, TypedEventLog } from "../../../typechain-types/common";
import { IERC20__factory } from "../../../typechain-types/factories/@openzeppelin/contracts/token/ERC20/IERC20__factory";
import { canonicalAddress, isZeroAddress } from "../addresses/address";
import { isProtocolError } from "../base/codes";
import type { IsonomyError } from "../base/error";
import { chainError } from "../errors/chainErrors";
import { decodingErrors } from "../errors/explain";
import { readEvents } from "../rpc/logs";
import { patient } from "../rpc/patient";
import { Deployed, type Expected } from "./deployed";
import { eventsIn, missing } from "./events";
import type { FeeLimits } from "./fees";
import { Sent, type TellHash } from "./sent";
import type { WaitPatience, Waiting } from "./wait";

/** A transaction that a client has just sent. */
export interface SentTransaction {
  readonly hash: string;
  /** Whether it only lets a contract take a token, before the call that takes it. */
  readonly purpose: "approval" | "call";
}

/** What every client takes beside its deployment. */
export interface ClientOptions {
  /** The chain, where the deployment does not name it; without either, the first one on which the contracts were found. */
  readonly chainId?: bigint | number;
  /**
   * How long transactions are waited for: ten minutes to be mined, a minute for one that the node does not show, where nothing is said.
   * One that is given up sooner may still be mined.
   */
  readonly patience?: Partial<WaitPatience>;
  /** Told every few seconds of a transaction that is still on its way, to show it to the person who waits. */
  readonly onWait?: (waiting: Waiting) => void;
  /** Told of each transaction as soon as it is sent, also of the approval that comes before a payment. */
  readonly onTransaction?: (sent: SentTransaction) => void;
  /** What one transaction may cost in gas, for a key that signs here: one coin, and a tip of 100 gwei, where nothing is said. */
  readonly fees?: Partial<FeeLimits>;
}

/** The transactions of one write: any approvals, then the call whose hash the caller is told. */
export interface Writing {
  /**
   * Sends what a contract encoded and waits until it is mined. The chain and the contracts are checked first, and a
   * transaction that the wallet replaced is followed or told apart.
   */
  send(contract: BaseContract, encode: () => Promise<ContractTransaction>): Promise<ContractTransactionReceipt>;
  /**
   * Approves exactly an amount, unless the spender may take as much already.
   * @param needed What the account has to hold, so that no allowance is paid for when the payment could not be.
   */
  approve(
    token: string,
    spender: string,
    amount: bigint,
    needed?: bigint,
  ): Promise<ContractTransactionReceipt | undefined>;
  /** Waits for a write of another client, whose hash is then the one of this. */
  follow<T>(sent: Sent<T>): Promise<T>;
}

/** How the clients reach a chain: as one account, or only to read. */
export class Chain {
  readonly #runner: Signer | Provider;
  readonly #deployed: Deployed;
  readonly #options: ClientOptions;

  constructor(runner: Signer | Provider, contracts: readonly Expected[], options: ClientOptions = {}) {
    this.#runner = runner;
    this.#deployed = new Deployed(contracts, options.chainId);
    this.#options = options;
    if (runner.provider !== null && runner.provider !== undefined) patient(runner.provider);
  }

  /** For the same client with another account: it stays on this chain. */
  get options(): ClientOptions {
    const { chainId } = this.#deployed;
    return chainId === undefined ? this.#options : { ...this.#options, chainId };
  }

  get signer(): Signer {
    if (!("getAddress" in this.#runner)) throw chainError("SIGNER_MISSING");
    return this.#runner;
  }

  get provider(): Provider {
    const { provider } = this.#runner;
    if (provider === null || provider === undefined) throw chainError("PROVIDER_MISSING");
    return provider;
  }

  /** The account that signs. */
  async account(): Promise<string> {
    return decodingErrors(async () => canonicalAddress(await this.signer.getAddress(), "signer"));
  }

  async chainId(): Promise<bigint> {
    return decodingErrors(async () => (await this.provider.getNetwork()).chainId);
  }

  /** The time of the newest block in seconds, or this machine's when the node has none. */
  async now(): Promise<number> {
    const block = await decodingErrors(() => this.provider.getBlock("latest"));
    return block?.timestamp ?? Math.floor(Date.now() / 1_000);
  }

  /** Throws unless the node is on the deployment's chain and its contracts are there; asked before anything is signed. */
  async require(): Promise<bigint> {
    return decodingErrors(() => this.#deployed.require(this.provider));
  }

  /** The events that fit a filter, in as many requests as the node needs; throws where the contracts are not. */
  async logs<E extends TypedContractEvent>(
    contract: BaseContract,
    filter: TypedDeferredTopicFilter<E>,
    from = 0,
    to: number | "latest" = "latest",
  ): Promise<TypedEventLog<E>[]> {
    return decodingErrors(async () => {
      // ethers fails in the filter, before anyone asks it: a rejection that nobody awaits ends the program
      await filter.getTopicFilter();
      // no events is a true answer only of a chain that has the contracts
      if (!this.#deployed.isFound) await this.#deployed.require(this.provider);
      return readEvents(contract, this.provider, filter, from, to);
    });
  }

  /**
   * Begins a write, whose hash the caller has as soon as it is sent. What sends and follows is loaded with the first one: a
   * page that only shows does without it.
   */
  write<T>(work: (writing: Writing) => Promise<T>): Sent<T> {
    return Sent.begin((tell) =>
      work({
        send: (contract, encode) => this.#send(contract, encode, "call", tell),
        approve: (token, spender, amount, needed = 0n) => this.#approve(token, spender, amount, needed),
        follow: async (sent) => {
          void sent.hash.then(tell, () => undefined);
          return sent;
        },
      }),
    );
  }

  async #send(
    contract: BaseContract,
    encode: () => Promise<ContractTransaction>,
    purpose: SentTransaction["purpose"],
    tell: TellHash = () => undefined,
  ): Promise<ContractTransactionReceipt> {
    return decodingErrors(async () => {
      const { signer, provider } = this;
      const [{ sendTransaction }, { WAIT_PATIENCE }, { FEE_LIMITS }] = await Promise.all([
        import("./send"),
        import("./wait"),
        import("./fees"),
      ]);
      const chainId = await this.#deployed.require(provider);
      const { patience, onWait, onTransaction } = this.#options;
      let isTold = false;
      const onSent = (hash: string): void => {
        if (isTold) return;
        isTold = true;
        tell(hash);
        onTransaction?.({ hash, purpose });
      };
      const watch = {
        ...WAIT_PATIENCE,
        ...patience,
        ...(onWait === undefined ? {} : { onWait }),
        onSent,
      };
      const limits = { ...FEE_LIMITS, ...this.#options.fees };
      const receipt = await sendTransaction(signer, provider, await encode(), chainId, watch, limits);
      // one whose sending was never heard of
      onSent(receipt.hash);
      return new ContractTransactionReceipt(contract.interface, provider, receipt);
    });
  }

  /**
   * What a dry run of a payment that failed means. A token comes last, so its refusal is a missing allowance, which is given next: then
   * this returns. It throws the failure of anything else, and `TOKEN_BALANCE_TOO_LOW` where the account has less than the price.
   */
  async requirePayable(error: unknown, token: string, spender: string, price: bigint): Promise<void> {
    if (isZeroAddress(token) || isProtocolError((error as IsonomyError).code)) throw error;
    const account = await this.account();
    const erc20 = IERC20__factory.connect(token, this.#runner);
    const [allowance, balance] = await decodingErrors(() =>
      Promise.all([erc20.allowance(account, spender), erc20.balanceOf(account)]),
    );
    if (balance < price) throw chainError("TOKEN_BALANCE_TOO_LOW", { token, account, balance, needed: price });
    if (allowance >= price) throw error;
  }

  async #approve(
    token: string,
    spender: string,
    amount: bigint,
    needed: bigint,
  ): Promise<ContractTransactionReceipt | undefined> {
    if (isZeroAddress(token)) return undefined;
    const owner = await this.account();
    const erc20 = IERC20__factory.connect(token, this.#runner);
    const [allowed, balance] = await decodingErrors(() =>
      Promise.all([erc20.allowance(owner, spender), needed === 0n ? 0n : erc20.balanceOf(owner)]),
    );
    if (balance < needed) throw chainError("TOKEN_BALANCE_TOO_LOW", { token, account: owner, balance, needed });
    if (allowed >= amount) return undefined;
    const give = async (value: bigint): Promise<ContractTransactionReceipt> => {
      const receipt = await this.#send(erc20, () => erc20.approve.populateTransaction(spender, value), "approval");
      if (eventsIn(erc20, receipt, "Approval", { owner, spender, value }).length > 0) return receipt;
      // some tokens emit nothing: what they answer counts
      if ((await decodingErrors(() => erc20.allowance(owner, spender))) < value)
        throw missing(erc20, receipt, "Approval");
      return receipt;
    };
    // Some tokens change an allowance only from zero.
    if (allowed > 0n) await give(0n);
    return give(amount);
  }
}
