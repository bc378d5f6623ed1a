import type { Log } from "ethers";

import type { IsonomyError } from "../base/error";
import { nodeError } from "../errors/nodeErrors";

/** The failure of a node whose log contradicts something. */
export function inconsistent({ blockNumber, index }: Pick<Log, "blockNumber" | "index">, what: string): IsonomyError {
  return nodeError("NODE_INCONSISTENT", { detail: `the event at place ${index} of block ${blockNumber} ${what}.` });
}
