/** A token that an address book vouches for. */
export interface KnownToken {
  readonly address: string;
  readonly symbol: string;
  readonly decimals: number;
}

/** One deployment of the protocol: where its contracts are, by their names. */
export interface Deployment {
  readonly chainId: number;
  /** The block of the deployment: events are read from here on. */
  readonly fromBlock: number;
  readonly addresses: Readonly<Record<string, string>>;
  /** Tokens by the names they go by here. What they say of themselves is then not asked. */
  readonly tokens?: Readonly<Record<string, KnownToken>>;
  /** Markets that a vote replaced: sellers still bring updates to the licences they sold. */
  readonly formerMarkets?: readonly string[];
}

/** The deployments that the package knows, by chain id. */
export const addressBook: Readonly<Record<number, Deployment>> = {};
