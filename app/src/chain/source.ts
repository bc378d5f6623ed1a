import type { ModelCard } from "isonomy/card";
import type { LicenseHeld, Model, OfferOnSale, Publication, Version } from "isonomy/reading";

import type { Concentration, Dao, ProposalDetail, ProposalsFound } from "./government";

/** A model as a list shows it. */
export interface ModelRow {
  readonly model: Model;
  /** Undefined where no store has it, or where what a store has is another card. */
  readonly card: ModelCard | undefined;
  /** Offers of the newest version that are open now, the cheapest of each token first. */
  readonly offers: readonly OfferOnSale[];
  /** Licences sold under the listed offers of its newest version. */
  readonly sold: bigint;
}

/** What a visitor looks for. Empty fields are anything. */
export interface ModelFilter {
  readonly text?: string | undefined;
  /** An SPDX id of the card's licence. */
  readonly license?: string | undefined;
  /** A tag or a capability of the card. */
  readonly tag?: string | undefined;
  /** The pay token of an offer; the zero address is the native coin. */
  readonly payToken?: string | undefined;
  /** With a file, without one. */
  readonly file?: boolean | undefined;
  /** Only what can be bought now. */
  readonly onSale?: boolean | undefined;
  readonly order?: "newest" | "sold" | undefined;
}

/** How often each value of a facet occurs among what was found without it. */
export type Facet = readonly { readonly value: string; readonly count: number }[];

/** What was found, and how much is known yet. */
export interface ModelsFound {
  readonly rows: readonly ModelRow[];
  readonly total: number;
  readonly facets: { readonly license: Facet; readonly tag: Facet };
  /** Models that were read, of those that there are: a list that is still read is shown as far as it is. */
  readonly read: number;
  readonly of: number;
  readonly block: number;
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

/** A failure in words, with its code: what an error of the package is across threads. */
export interface Problem {
  readonly code: string;
  readonly message: string;
  readonly reason: string;
  readonly fix: string;
  readonly args: Readonly<Record<string, unknown>>;
}

/** What the page reads. All answers are of one deployment. What a node or a store says is checked as far as it can be. */
export interface Source {
  models(filter: ModelFilter, page: { readonly offset: number; readonly limit: number }): Promise<ModelsFound>;
  /** `buyer` sees the offers that are for it alone. */
  model(modelId: bigint, buyer?: string): Promise<ModelDetail>;
  /** Whether an offer can be bought now. */
  offer(termsHash: string, modelId: bigint, buyer?: string): Promise<OfferOnSale | undefined>;
  licences(account: string): Promise<readonly LicenceRow[]>;
  /** The government, and what `account` can do in it. */
  dao(account?: string): Promise<Dao>;
  /** The newest first. */
  proposals(page: { readonly offset: number; readonly limit: number }): Promise<ProposalsFound>;
  proposal(id: bigint, account?: string): Promise<ProposalDetail>;
  /** Who has how many units to vote with. */
  concentration(): Promise<Concentration>;
}
