import { Chain } from "./chain";
import type { Entry, Figures } from "./types";

type Measure<F extends Figures> = (chain: Chain) => Promise<F>;

/** What a suite is handed: a chain of its own, the peers' figures, and a way to say how far it is. */
export class Context {
  private readonly _figures = new Map<Measure<Figures>, Promise<Figures>>();

  constructor(
    readonly chain: Chain,
    private readonly _say: (message: string) => void,
  ) {}

  say(message: string): void {
    this._say(message);
  }

  /** The peer's figures, measured once a run, on an empty chain; ask before the suite deploys anything. */
  async peer<F extends Figures>(name: string, measure: Measure<F>): Promise<F> {
    const known = this._figures.get(measure as Measure<Figures>);
    if (known !== undefined) return known as Promise<F>;
    this.say(`measuring ${name}`);
    const figures = this.chain.reset().then(() => measure(this.chain));
    this._figures.set(measure as Measure<Figures>, figures);
    const result = await figures;
    await this.chain.reset();
    return result;
  }
}

/** Beside each other: one entry for each peer, or one with none. */
export function compare(
  id: string,
  ours: number,
  peers: Record<string, number> = {},
  floor: number | null = null,
  unit = "gas",
): Entry[] {
  const names = Object.keys(peers);
  if (names.length === 0) return [{ id, unit, ours, peer: null, peerValue: null, ratio: null, floor }];
  return names.map((peer) => ({
    id,
    unit,
    ours,
    peer,
    peerValue: peers[peer],
    ratio: round(ours / peers[peer]),
    floor,
  }));
}

function round(ratio: number): number {
  return Math.round(ratio * 10_000) / 10_000;
}
