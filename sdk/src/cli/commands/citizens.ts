import type { Provider, Signer } from "ethers";

import { CitizenClient } from "../../governance/citizens";
import { transaction } from "../output";
import type { Session } from "../session";
import { UINT32, address, small } from "../values";
import { governance } from "./governance";

/** The highest number that an issuer can have. */
const MAX_ISSUER = UINT32;

export async function citizens(session: Session, runner?: Signer | Provider): Promise<CitizenClient> {
  return new CitizenClient(await session.deployment(), runner ?? (await session.signer()), session.waiting());
}

/** The number of an issuer. */
export function issuerIn(text: string, name: string): number {
  return small(text, name, 1, MAX_ISSUER);
}

async function reweighOne(session: Session, [named]: readonly string[]): Promise<void> {
  const account = address(named!, "<account>");
  const client = await governance(session);
  const receipt = await session.output.step("Reweigh", () => client.reweigh(account));
  const isCitizen = await (await citizens(session)).isCitizen(account);
  session.output.result([`${account} ${isCitizen ? "counts" : "does not count"} as a citizen.`], {
    account,
    isCitizen,
    transaction: transaction(receipt),
  });
}

async function recordMajority(session: Session, [named]: readonly string[]): Promise<void> {
  const issuerId = issuerIn(named!, "<issuer>");
  const client = await citizens(session);
  const { recorded, receipt } = await session.output.step("Record", () => client.recordMajority(issuerId));
  const line = recorded
    ? `Recorded: issuer ${issuerId} vouches for more than half of the citizens.`
    : `It was recorded already that issuer ${issuerId} vouches for more than half of the citizens.`;
  session.output.result([line], { issuerId, recorded, transaction: transaction(receipt) });
}

async function advancePhase(session: Session): Promise<void> {
  const client = await citizens(session);
  const { phase, receipt } = await session.output.step("Advance", () => client.advancePhase());
  session.output.result([`Phase ${phase} begins in the next second.`], { phase, transaction: transaction(receipt) });
}

export const reweigh = { run: reweighOne };
export const majority = { run: recordMajority };
export const advance = { run: advancePhase };
