import type { CardKind, ModelCard } from "isonomy/card";
import type { FileCommitment } from "isonomy/fair";
import type { Deal, DealStatus, LicenseHeld, Model, OfferOnSale, Publication, Version } from "isonomy/reading";

import type { GovernmentSource } from "./government";

/** A model as a list shows it. */
export interface ModelRow {
  readonly model: Model;
  /** Undefined where no store has it, or where what a store has is another card. */
  readonly card: ModelCard | undefined;
  /** Offers of the newest version that are open now, the cheapest of each token first. */
  readonly offers: readonly OfferOnSale[];
  /** Licences of its newest version that were sold and not refunded. */
  readonly sold: bigint;
  /** Whether this was read from the chain by this page; false for what somebody else wrote down, until the model is opened. */
  readonly verified: boolean;
}

/** What a visitor looks for. Empty fields are anything. */
export interface ModelFilter {
  readonly text?: string | undefined;
  /** An SPDX id of the card's licence. */
  readonly license?: string | undefined;
  /** What the card says it is. */
  readonly kind?: CardKind | undefined;
  /** A tag of the card. */
  readonly tag?: string | undefined;
  /** The pay token of an offer; the zero address is the native coin. */
  readonly payToken?: string | undefined;
  /** With a file, without one. */
  readonly file?: boolean | undefined;
  /** Only what can be bought now. */
  readonly onSale?: boolean | undefined;
  /** Where nothing is said, the best match comes first, and without a text the newest. */
  readonly order?: "newest" | "sold" | undefined;
}

/** How often each value of a facet occurs among what was found without it. */
export type Facet = readonly { readonly value: string; readonly count: number }[];

/** What else could be asked for. Tokens are addresses; `file` and `onSale` have the values "yes" and "no". */
export interface Facets {
  readonly license: Facet;
  readonly tag: Facet;
  readonly kind: Facet;
  readonly token: Facet;
  readonly file: Facet;
  readonly onSale: Facet;
}

/** What was found, and how much is known yet. */
export interface ModelsFound {
  readonly rows: readonly ModelRow[];
  readonly total: number;
  readonly facets: Facets;
  /** Models that were read, with their cards, of those that there are: a list that is still read is shown as far as it is. */
  readonly read: number;
  readonly of: number;
  /** Whether more is being read: the same question has a newer answer soon. */
  readonly reading: boolean;
  /** Changes with everything that a list can show. */
  readonly revision: number;
  /** The block that it shows; 0 while there is none. */
  readonly block: number;
  /** Why nothing newer could be read. */
  readonly problem: Problem | undefined;
}

/** A model with everything that its page shows. */
export interface ModelDetail {
  readonly model: Model;
  readonly card: ModelCard | undefined;
  /** Why there is no card. */
  readonly cardProblem: Problem | undefined;
  readonly publications: readonly Publication[];
  readonly versions: readonly Version[];
  /** Of all versions, also those that cannot be bought, with their status. */
  readonly offers: readonly OfferOnSale[];
}

/** A licence with the card of its version. */
export interface LicenceRow {
  readonly licence: LicenseHeld;
  readonly card: ModelCard | undefined;
}

/** The sealed file of a version. */
export interface SoldFile {
  readonly versionId: bigint;
  /** Content identifier of the sealed file. */
  readonly blob: string;
  /** Name of the file once it is opened, by its creator. */
  readonly name: string;
  /** What the version commits to on the chain. */
  readonly commitment: FileCommitment;
}

/** The deal behind a licence that was sold with the key of a file, as it stands. */
export interface DealState {
  readonly deal: Deal;
  readonly status: DealStatus;
  /** When the version was proven defective, in Unix time; 0 when it was not. */
  readonly defectiveAt: bigint;
  /** What the seller delivered: with the buyer's secret it is the key. */
  readonly scalar: bigint | undefined;
  /** The time of the newest block, in Unix time: deadlines are measured by it. */
  readonly now: bigint;
}

/** A failure in words, with its code: what an error of the package is across threads. */
export interface Problem {
  readonly code: string;
  readonly message: string;
  readonly reason: string;
  readonly fix: string;
  readonly args: Readonly<Record<string, unknown>>;
}

/** Models, offers and licences. */
export interface MarketSource {
  models(filter: ModelFilter, page: { readonly offset: number; readonly limit: number }): Promise<ModelsFound>;
  /** `buyer` sees the offers that are for it alone. */
  model(modelId: bigint, buyer?: string): Promise<ModelDetail>;
  /** Whether an offer can be bought now. */
  offer(termsHash: string, modelId: bigint, buyer?: string): Promise<OfferOnSale | undefined>;
  licences(account: string): Promise<readonly LicenceRow[]>;
  /** What is sold of a version's file, from its card; fails where no store has the card. */
  file(versionId: bigint): Promise<SoldFile>;
}

/** The deals about files. */
export interface DealSource {
  /** Undefined for a licence that was sold without a deal, or not at all. */
  deal(licenceId: bigint): Promise<DealState | undefined>;
}

/** What the page reads. All answers are of one deployment. What a node or a store says is checked as far as it can be. */
export type Source = MarketSource & DealSource & GovernmentSource;
