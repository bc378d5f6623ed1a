import type { Provider, Signer } from "ethers";

import { canonicalAddress } from "../addresses/address";
import type { ContractName } from "../addresses/contracts";
import type { PartialDeployment } from "../addresses/deployment";
import { argumentError } from "../base/checked";
import { Chain, type ClientOptions } from "./chain";
import type { Expected } from "./deployed";
import { explainFailures } from "./explain";

/** A signer sends as its account; a provider only reads. */
export type Runner = Signer | Provider;

/**
 * The contracts that are looked for before a client sends anything, and how each knows the others: functions without parameters
 * that return an address, and the contract that each has to name; "any" where it only has to answer.
 */
export type Links<N extends ContractName> = Readonly<Partial<Record<N, Readonly<Record<string, N | "any">>>>>;

/**
 * What all clients are made of: a deployment, the account or node that reaches it, and the same chain when the account changes.
 * Whatever a method throws is an `IsonomyError`.
 * @example
 * ```ts
 * const readOnly = new MarketClient(deployment, provider);
 * const asSigner = readOnly.connect(signer);
 * ```
 */
export abstract class Client<N extends ContractName, O extends ClientOptions = ClientOptions> {
  /** The deployment that this client is for, with its addresses in their checksummed spelling. */
  readonly deployment: PartialDeployment<N>;
  /** Reads, and sends, for the contracts of this client. */
  protected readonly chain: Chain;
  protected readonly runner: Runner;

  protected constructor(deployment: PartialDeployment<N>, runner: Runner, options: O, links: Links<N>) {
    explainFailures(this);
    requireObject("deployment", deployment);
    requireObject("deployment.contracts", deployment.contracts);
    requireObject("runner", runner);
    requireObject("options", options);
    const { contracts, codeHashes, formerMarkets, chainId = options.chainId } = deployment;
    if (chainId !== undefined && typeof chainId !== "bigint" && !Number.isSafeInteger(chainId)) {
      throw argumentError("ARGUMENT_INVALID", {
        detail: `chainId is ${String(chainId)}, and not the number of a chain.`,
      });
    }
    const addressOf = (name: N): string => canonicalAddress(String(contracts[name]), name);
    const given = (Object.keys(contracts) as N[]).map((name) => [name, addressOf(name)]);
    this.deployment = {
      ...deployment,
      contracts: Object.fromEntries(given) as Record<N, string>,
      ...(formerMarkets === undefined
        ? {}
        : { formerMarkets: formerMarkets.map((one) => canonicalAddress(one, "formerMarkets")) }),
    };
    this.runner = runner;
    const expected = (Object.entries(links) as [N, Record<string, N | "any">][]).map(([name, named]): Expected => {
      const refersTo = Object.entries(named).map(([getter, other]) => [
        getter,
        other === "any" ? "" : addressOf(other),
      ]);
      return {
        name,
        address: addressOf(name),
        refersTo: Object.fromEntries(refersTo) as Record<string, string>,
        codeHash: codeHashes?.[name],
      };
    });
    this.chain = new Chain(runner, expected, chainId === undefined ? options : { ...options, chainId });
  }

  /** What this client was made with; the chain that it found stays for clients that are made with the same. */
  get options(): O {
    return { ...this.chain.options } as O;
  }

  /**
   * The same deployment on the same chain, as another account.
   * @throws `ARGUMENT_INVALID` for what is neither a signer nor a provider.
   * @example
   * ```ts
   * const asBuyer = market.connect(signer);
   * ```
   */
  connect(runner: Runner): this {
    const Same = this.constructor as new (deployment: PartialDeployment<N>, runner: Runner, options: O) => this;
    return new Same(this.deployment, runner, this.options);
  }

  /** One of the contracts, typed. */
  protected contract<T>(factory: { connect(address: string, runner: Runner): T }, name: N): T {
    return factory.connect(canonicalAddress(String(this.deployment.contracts[name]), name), this.runner);
  }
}

/** What JavaScript says of a missing one is no sentence for a reader. */
function requireObject(name: string, value: unknown): void {
  if (typeof value === "object" && value !== null) return;
  throw argumentError("ARGUMENT_INVALID", {
    detail: `${name} is ${value === null ? "null" : typeof value}, and not an object.`,
  });
}
