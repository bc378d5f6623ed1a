import type { Session } from "../session";
import { whole } from "../values";
import { governance, side } from "./governance";

export async function run(
  session: Session,
  [proposal, vote]: readonly string[],
  options: { asCitizen?: string; reason?: string },
): Promise<void> {
  const id = whole(proposal!, "<proposal>");
  const units = side(vote!, "<vote>");
  const asCitizen = options.asCitizen === undefined ? undefined : side(options.asCitizen, "--as-citizen");
  const client = await governance(session);
  await session.output.step("Vote", () => client.vote(id, units, { asCitizen, reason: options.reason }));
  session.output.result([`Voted ${units} on ${id}.`], { proposalId: id, vote: units, asCitizen: asCitizen ?? units });
}
