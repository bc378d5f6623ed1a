import type {
  IEscrow,
  ILicenseToken,
  IMarket,
  IModelRegistry,
  IOfferPolicies,
  IUpdateDesk,
} from "../../../typechain-types";
import { sameAddress } from "../addresses/address";
import type { PartialDeployment } from "../addresses/deployment";
import type { Chain } from "../chain/chain";
import type { Runner } from "../chain/client";
import type { DealContract } from "../deals/acts";
import type { PolicyContract } from "../market/policies";

/** The contracts that a `ReadClient` needs the addresses of. */
export type ReadContract = DealContract | PolicyContract;

/** What the parts of the client read with. */
export interface Reader {
  readonly chain: Chain;
  readonly runner: Runner;
  readonly deployment: PartialDeployment<ReadContract>;
  readonly registry: IModelRegistry;
  readonly licenses: ILicenseToken;
  readonly market: IMarket;
  readonly escrow: IEscrow;
  readonly desk: IUpdateDesk;
  readonly policies: IOfferPolicies;
}

/** The markets of the deployment, the one that sells now first. */
export function marketsOf({ deployment }: Reader): readonly string[] {
  return [deployment.contracts.Market, ...(deployment.formerMarkets ?? [])];
}

/** What opened a deal; undefined for a stranger's contract, whose deals are none of this protocol's sales. */
export function dealKind(reader: Reader, opener: string): "sale" | "update" | undefined {
  if (marketsOf(reader).some((one) => sameAddress(one, opener))) return "sale";
  return sameAddress(opener, reader.deployment.contracts.UpdateDesk) ? "update" : undefined;
}
