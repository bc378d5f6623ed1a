import { parseDeployment } from "isonomy/addresses";

import type { Network } from "./networkFile";

export type { Network };

/** A network as it lies beside the page: the deployment as `npm run deploy` writes it. */
type NetworkFile = Omit<Network, "deployment"> & { readonly deployment: unknown };

const PLACE = "./network.json";
/** Where the visitor's own nodes and gateways are kept. */
const OWN = "isonomy.network";

/** What a visitor set: asked before what the page came with. */
export interface OwnPlaces {
  readonly rpcUrls: readonly string[];
  readonly stores: readonly string[];
}

const NONE: OwnPlaces = { rpcUrls: [], stores: [] };

export function ownPlaces(): OwnPlaces {
  try {
    return { ...NONE, ...(JSON.parse(localStorage.getItem(OWN) ?? "{}") as Partial<OwnPlaces>) };
  } catch {
    return NONE;
  }
}

export function setOwnPlaces(places: OwnPlaces): void {
  localStorage.setItem(OWN, JSON.stringify(places));
}

/** Reads the network that was put beside the page, with the visitor's own places first. */
export async function loadNetwork(): Promise<Network> {
  const response = await fetch(PLACE, { cache: "no-cache" });
  if (!response.ok) throw new Error(`${PLACE}: ${response.status}`);
  const { deployment, ...file } = (await response.json()) as NetworkFile;
  const own = ownPlaces();
  return {
    ...file,
    deployment: parseDeployment(deployment, PLACE),
    rpcUrls: [...own.rpcUrls, ...file.rpcUrls],
    stores: [...own.stores, ...file.stores],
    // a worker would read it as relative to its own script
    ...(file.snapshot === undefined ? {} : { snapshot: new URL(file.snapshot, location.href).href }),
  };
}

/** The host of an address: the rest of it may hold a password. */
export function hostOf(url: string): string {
  try {
    return new URL(url, location.href).host;
  } catch {
    return "?";
  }
}
