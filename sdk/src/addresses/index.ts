/** One deployment of the protocol: where its contracts are, by their names. */
export interface Deployment {
  readonly chainId: number;
  /** The block of the deployment: events are read from here on. */
  readonly fromBlock: number;
  readonly addresses: Readonly<Record<string, string>>;
  /** Markets that a vote replaced: sellers still bring updates to the licences they sold. */
  readonly formerMarkets?: readonly string[];
}

/** The deployments that the package knows, by chain id. */
export const addressBook: Readonly<Record<number, Deployment>> = {};
