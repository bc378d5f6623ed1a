import { ZeroHash } from "ethers";

import { addressKey, isZeroAddress } from "../addresses/address";
import type { Deal } from "../deals/deal";
import type { TrackedDeal } from "./state";

export function keyOf({ opener, id }: Pick<Deal, "opener" | "id">): string {
  return `${addressKey(opener)}:${id}`;
}

export function tracked(deal: Deal, block: number): TrackedDeal {
  const { opener, id, versionId, deliverBy, termsHash, price, bond, payToken } = deal;
  const worth = isZeroAddress(payToken) ? price : 0n;
  const paid = price > 0n || bond > 0n;
  return {
    opener,
    id,
    versionId,
    deliverBy,
    block,
    status: "waiting",
    deliveredIn: 0,
    reason: "",
    termsHash,
    worth,
    paid,
  };
}

export function restarted({ status }: TrackedDeal): TrackedDeal["status"] {
  return status === "refused" ? "waiting" : status;
}

/** An update is under no offer. */
export function isUpdate({ termsHash }: TrackedDeal): boolean {
  return termsHash === ZeroHash;
}
