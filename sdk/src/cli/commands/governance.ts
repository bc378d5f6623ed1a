import type { Provider, Signer } from "ethers";

import type { Side } from "../../governance/ballot";
import { GovernanceClient } from "../../governance/client";
import { cliError } from "../errors";
import type { Session } from "../session";

export async function governance(session: Session, runner?: Signer | Provider): Promise<GovernanceClient> {
  const signer = runner ?? (await session.signer());
  return new GovernanceClient(await session.deployment(), signer, session.waiting());
}

const SIDES: readonly string[] = ["for", "against", "abstain"];

export function side(text: string, name: string): Side {
  if (!SIDES.includes(text)) {
    throw cliError("VALUE_INVALID", { value: text, name, expected: "a vote", example: "for, against or abstain" });
  }
  return text as Side;
}
