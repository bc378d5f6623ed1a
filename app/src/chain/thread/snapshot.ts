import { cardBytes, verifiedCard, type ModelCard } from "isonomy/card";
import { hashOffer, type Deployment } from "isonomy/reading";

import { sameAddress } from "../../addresses";
import type { Book, KeptModel, KeptOffer, Sales } from "./book";

const FORMAT = "isonomy/snapshot/1";

/** What somebody read of a deployment and wrote down, up to a block. */
export interface Snapshot {
  readonly block: { readonly number: number; readonly hash: string };
  readonly models: readonly KeptModel[];
  readonly offers: readonly KeptOffer[];
  readonly sales: readonly (readonly [versionId: bigint, sales: Sales])[];
  readonly cards: readonly (readonly [metadataHash: string, card: ModelCard])[];
}

/** JSON has no whole numbers of this size: they are written as `{"int": "…"}`. */
const written = (_key: string, value: unknown): unknown => (typeof value === "bigint" ? { int: String(value) } : value);
const read = (_key: string, value: unknown): unknown =>
  value !== null && typeof value === "object" && "int" in value && typeof value.int === "string"
    ? BigInt(value.int)
    : value;

/** What is known, as a file that anyone can publish. */
export function snapshotOf(
  { chainId, contracts }: Deployment,
  { cursor, state }: Book,
  cards: ReadonlyMap<string, ModelCard>,
): string {
  if (cursor === undefined) throw new Error("Nothing was read of the chain yet.");
  const wanted = new Set(state.models.map(({ model }) => model.newest.metadataHash));
  const { number, hash } = cursor;
  const facts = { block: { number, hash }, models: state.models, offers: state.offers, sales: state.sales };
  return JSON.stringify({
    ...{ format: FORMAT, chainId, market: contracts.Market },
    // a card may hold any JSON, also what looks like a number of ours: it stays apart
    facts: JSON.stringify(facts, written),
    cards: [...cards].filter(([metadataHash]) => wanted.has(metadataHash)),
  });
}

/** Reads such a file. Terms and cards that are not what their hashes say are refused; what the chain says of the rest is not asked. */
export function readSnapshot(text: string, { chainId, contracts }: Deployment): Snapshot {
  const file = JSON.parse(text) as Record<string, unknown>;
  if (file.format !== FORMAT) throw new Error(`The snapshot is not of the format ${FORMAT}.`);
  if (file.chainId !== chainId || !sameAddress(String(file.market), contracts.Market)) {
    throw new Error("The snapshot is of another deployment.");
  }
  const facts = JSON.parse(String(file.facts), read) as Omit<Snapshot, "cards">;
  for (const { termsHash, offer } of facts.offers) {
    if (hashOffer(offer) !== termsHash) throw new Error(`The terms of the offer ${termsHash} have another hash.`);
  }
  // a card that was not published in its canonical form is fetched from a store instead
  const cards = (file.cards as Snapshot["cards"]).flatMap(([metadataHash, card]) => {
    try {
      return [[metadataHash, verifiedCard(cardBytes(card), metadataHash)] as const];
    } catch {
      return [];
    }
  });
  return { ...facts, cards };
}
