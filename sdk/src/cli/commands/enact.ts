import { cliError } from "../errors";
import type { Session } from "../session";
import { whole } from "../values";
import { governance } from "./governance";

/** Takes a proposal that passed one step further: anyone may. */
export async function run(session: Session, [proposal]: readonly string[]): Promise<void> {
  const id = whole(proposal!, "<proposal>");
  const client = await governance(session);
  const { state } = await client.status(id);
  if (state === "succeeded") await session.output.step("Queue", () => client.queue(id));
  else if (state === "queued") await session.output.step("Execute", () => client.execute(id));
  else throw cliError("PROPOSAL_NOT_DUE", { id, state });
  const after = await client.status(id);
  session.output.result([`Proposal ${id} is ${after.state}.`], { proposalId: id, ...after });
}
