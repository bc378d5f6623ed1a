import type { Context } from "./context";

/** One comparison. A measurement without a peer has one entry, a measurement with three peers has three. */
export interface Entry {
  id: string;
  unit: string;
  ours: number;
  peer: string | null;
  peerValue: number | null;
  ratio: number | null;
  /** The least the operation can cost on this chain, or null where no floor was worked out. */
  floor: number | null;
}

/** What a measurement must stay under: a limit in its own unit, a multiple of a peer, or a multiple of another of ours. */
export interface Bar {
  id: string;
  /** The peer the ratio is taken against. */
  peer?: string;
  /** The measurement of ours the ratio is taken against. */
  as?: string;
  limit: number;
}

/** A bar beside what was measured; `actual` is null where this run did not measure it. */
export interface Verdict extends Bar {
  actual: number | null;
  met: boolean;
}

/** Figures of one peer by operation. */
export type Figures<Operation extends string = string> = Readonly<Record<Operation, number>>;

/** What a file in `suites/` exports as `run`. */
export type Suite = (context: Context) => Promise<Entry[]>;
