/** A key of a channel, as the chain knows it. */
export interface KeyView {
  readonly signer: string;
  /** Units that it may sign for, in all; 2^48 - 1 for the key of slot 0. */
  readonly cap: bigint;
  /** Units of its vouchers that were redeemed. */
  readonly redeemed: bigint;
  /** Last second in which its vouchers are redeemed, in Unix time; 0 while it is not revoked. */
  readonly until: number;
}

/**
 * A channel and one of its keys, as the chain knows them in one block.
 * @typeParam C The channel as it was opened, which a redemption passes.
 */
export interface ChannelView<C = unknown> {
  readonly channel: C;
  /** Who serves, and is paid for it: the provider, or the payee where the channel names none. */
  readonly node: string;
  /** Units that were bought, in all. */
  readonly bought: bigint;
  /** Units that were redeemed, of all keys. */
  readonly redeemed: bigint;
  /** Seconds for which vouchers are redeemed after the channel is closed, or their key is revoked. */
  readonly grace: number;
  /** Last second in which vouchers are redeemed, in Unix time; 0 while the channel is open. */
  readonly closesAt: number;
  /** The key of the slot that was asked for; undefined where it has none. */
  readonly key: KeyView | undefined;
}

/** Reads channels for a server that counts what is used. */
export interface ChannelReader<C = unknown> {
  /**
   * The channel of a licence and the key of a slot; undefined where there is none, or it is finished.
   * @throws What a node fails with: a failure is never an answer.
   */
  viewOf(licenseId: bigint, slot: number): Promise<ChannelView<C> | undefined>;
}
