import type { BaseWallet, Provider, Signer } from "ethers";

import type { IsonomyError } from "../base/error";
import type { DealClient } from "../deals/client";
import type { DeliveryPolicy } from "../deals/finality";
import type { Offer } from "../market/offer";
import type { JournalSettings } from "./journal";
import type { StateFile } from "./state";

/** One line of the agent's log. */
export interface LogLine {
  readonly level: "info" | "warning" | "alert";
  readonly event: string;
  readonly text: string;
  readonly [detail: string]: unknown;
}

/** Offers that were read, and what could not be. */
export interface SignedOffers {
  readonly offers: readonly Offer[];
  readonly unreadable: readonly { readonly path: string; readonly error: IsonomyError }[];
}

/** What the agent works with. */
export interface SellerOptions {
  readonly provider: Provider;
  readonly wallet: BaseWallet;
  readonly chainId: bigint;
  readonly escrow: string;
  /** The block of the deployment. */
  readonly fromBlock: number;
  /** A client that sends as this signer. */
  readonly deals: (signer: Signer) => DealClient;
  readonly state: StateFile;
  readonly policy: DeliveryPolicy;
  /** Polling interval, in milliseconds. */
  readonly pollIntervalMs: number;
  /** Most blocks whose events are asked for in one request. */
  readonly maxBlocksPerRequest: number;
  /** Maximum concurrent deliveries. */
  readonly parallel: number;
  /** Seconds before a deadline from which an open deal is an alert. */
  readonly alertBefore: bigint;
  /**
   * Paid sales that are declined in any 24 hours because they are finally refused; 0 declines none, and leaves them to
   * their deadlines. Each costs gas, and buying what must be refused costs more. `DECLINES_PER_DAY` when left out.
   */
  readonly declinesPerDay?: number;
  /** Milliseconds without an answer of the chain after which the agent alerts and is not healthy. */
  readonly silenceAlertMs: number;
  readonly transactions: Omit<JournalSettings, "signal">;
  /** Offers that the seller signed and never listed; asked before each delivery, so that new ones count. */
  readonly signedOffers?: () => Promise<SignedOffers>;
  readonly log: (line: LogLine) => void;
  /** Told of every alert as well; what it throws is logged. */
  readonly alert?: (line: LogLine) => Promise<void>;
}
