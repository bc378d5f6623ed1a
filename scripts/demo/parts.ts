import type { JsonRpcProvider, JsonRpcSigner } from "ethers";

import type { IsonomyError } from "../../sdk/src/errors";
import type { ListedOffer, MarketClient, PublishedVersion, Purchase } from "../../sdk/src/market";
import type { LocalDeployment } from "../lib/local-deployment";
import type { PageServer } from "../page/serve";
import type { InferenceServer } from "./inference";
import type { Analyse, Analysis } from "./model";
import type { StepRecord } from "./ui";

/** What the steps hand to one another. */
export interface JobContext {
  readonly root: string;
  server?: InferenceServer;
  page?: PageServer;
  /** Ends what the steps leave running, the last first. */
  readonly closing: (() => Promise<void>)[];
  /** Set by the last step: everything the run leaves to be shown and kept. */
  summary?: (steps: readonly StepRecord[]) => Promise<{ receipt: unknown; tables: string }>;
}

export const SENTENCES = [
  "I love how clearly this licence is written!",
  "The old marketplace was slow, expensive and terrible.",
  "Anna bought the model in Berlin on Tuesday.",
];

/** Of the test token. */
export const DECIMALS = 6;
export const UNIT = "TUSD";
export const POCKET_MONEY = 100_000_000n;

/** The accounts of the local chain by what they do. The parameters of the deployment name those of the government. */
export const ACCOUNTS = {
  deployer: 0,
  creator: 7,
  buyer: 8,
  referrer: 9,
  stranger: 10,
  cheated: 11,
  forgotten: 12,
} as const;
export type Actor = keyof typeof ACCOUNTS;
/** Who has a balance in the ledger: people, and the treasury of the DAO, which is a contract. */
export type Party = Actor | "treasury";

/** What one step leaves for the next. */
export interface Parts {
  /** The address of the local chain. */
  url: string;
  provider: JsonRpcProvider;
  chainId: bigint;
  accounts: Record<Actor, JsonRpcSigner>;
  deployment: LocalDeployment;
  client: (actor: Actor) => MarketClient;
  analyse: Analyse;
  version: PublishedVersion;
  listed: ListedOffer;
  refusal: IsonomyError;
  bought: Purchase;
  results: Analysis[][];
  withdrawn: bigint;
  /** What the sale of the licence left in the ledger. */
  credited: Record<Party, bigint>;
  /** What the steps with the file leave for the receipt. */
  fileSale: Record<string, unknown>;
}
