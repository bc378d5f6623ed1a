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

/** What a measurement must stay under: an absolute limit in its own unit, or a multiple of a peer. */
export interface Bar {
  id: string;
  /** The peer the ratio is taken against; absent for an absolute limit. */
  peer?: string;
  limit: number;
}

export interface Verdict extends Bar {
  actual: number | null;
  met: boolean;
}

/** Figures of one peer by operation. */
export type Figures<Operation extends string = string> = Readonly<Record<Operation, number>>;
