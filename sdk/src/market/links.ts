import type { Links } from "../chain/client";

/** The contracts that sell and keep licences, and how they know one another. */
export const MARKET_LINKS = {
  Market: { REGISTRY: "ModelRegistry", LICENSES: "LicenseToken", LEDGER: "RevenueLedger" },
  ModelRegistry: {},
  LicenseToken: { REGISTRY: "ModelRegistry" },
  RevenueLedger: {},
} as const satisfies Links<"Market" | "ModelRegistry" | "LicenseToken" | "RevenueLedger">;

/** The contracts that a `MarketClient` needs the addresses of. */
export type MarketContract = keyof typeof MARKET_LINKS;
