import { court } from "./court/domain";
import { escrow } from "./escrow/domain";
import { exchange } from "./exchange/domain";
import { governance } from "./governance/domain";
import { identity } from "./identity/domain";
import { ledger } from "./ledger/domain";
import { license } from "./license/domain";
import { lineage } from "./lineage/domain";
import { market } from "./market/domain";
import { registry } from "./registry/domain";
import { resale } from "./resale/domain";
import { reputation } from "./reputation/domain";
import { rights } from "./rights/domain";
import type { Domain } from "./domain";

/** The parts of the protocol, in the order of their dependencies. A new one needs a line here. */
export const domains: readonly Domain[] = [
  ledger,
  registry,
  license,
  escrow,
  market,
  rights,
  lineage,
  resale,
  reputation,
  court,
  exchange,
  governance,
  identity,
];
