import type { ContractTransactionReceipt } from "ethers";

import type { ICitizenRegistry } from "../../../typechain-types";
import { eventsIn, missing } from "../chain/events";

/** What came of an attestation or a proof. Times are in Unix time, in seconds. */
export interface Granted {
  /**
   * A new credential; the same one for longer, which its issuer or a new one vouches for from now on; or the first visit to another
   * issuer, by which nothing changes yet.
   */
  readonly outcome: "issued" | "renewed" | "change-begun";
  readonly issuerId: number;
  /** When the credential ends; after a change that has only begun, nothing is said of it. */
  readonly validUntil?: bigint;
  /** From when a second visit completes the change that has begun. */
  readonly possibleAt?: bigint;
  /** The account whose credential ended, because the issuer gave its place to this one. */
  readonly takenFrom?: string;
  readonly receipt: ContractTransactionReceipt;
}

const OUTCOMES = {
  CredentialIssued: "issued",
  CredentialRenewed: "renewed",
  ChangeOfIssuerBegun: "change-begun",
} as const;

/** What a receipt says came of an attestation or a proof of this account. */
export function grantedIn(
  registry: ICitizenRegistry,
  receipt: ContractTransactionReceipt,
  account: string,
  issuerId: number,
): Granted {
  const names = Object.keys(OUTCOMES) as (keyof typeof OUTCOMES)[];
  const [event] = names.flatMap((name) => eventsIn(registry, receipt, name, { account, issuerId }));
  if (event === undefined) throw missing(registry, receipt, names.join(" or "));
  const outcome = OUTCOMES[event.name as keyof typeof OUTCOMES];
  const { validUntil, possibleAt } = event.args.toObject() as { validUntil?: bigint; possibleAt?: bigint };
  const [taken] = eventsIn(registry, receipt, "NullifierTakenOver", { to: account, issuerId });
  return {
    ...{ outcome, issuerId },
    ...(validUntil === undefined ? {} : { validUntil }),
    ...(possibleAt === undefined ? {} : { possibleAt }),
    ...(taken === undefined ? {} : { takenFrom: taken.args.from as string }),
    receipt,
  };
}
