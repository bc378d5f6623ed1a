import { createContext, useContext } from "react";

import type { Network } from "../network";
import type { Source } from "./source";

/** What every screen needs: the network, and what reads it. */
export interface Place {
  readonly network: Network;
  readonly source: Source;
}

export const PlaceContext = createContext<Place | undefined>(undefined);

export function usePlace(): Place {
  const place = useContext(PlaceContext);
  if (place === undefined) throw new Error("A screen was shown outside of the page.");
  return place;
}
