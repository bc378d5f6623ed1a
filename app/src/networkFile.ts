import type { Deployment } from "isonomy/addresses";

/** The deployment that this copy of the page is for, and where its chain and files are found. */
export interface Network {
  /** As people call it, such as "Sepolia". */
  readonly name: string;
  /** Whether its coins are play money: the page then offers a wallet of its own. */
  readonly test: boolean;
  readonly deployment: Deployment;
  /** The first that answers is asked. */
  readonly rpcUrls: readonly string[];
  /** IPFS gateways. What they answer is checked against its hash. */
  readonly stores: readonly string[];
  readonly currency: { readonly name: string; readonly symbol: string; readonly decimals: number };
  readonly explorer?: string | undefined;
  /** Where a snapshot of the list of models is: it is shown instead of a list that the page reads from the chain itself. */
  readonly snapshot?: string | undefined;
}
