import type { Session } from "../session";
import { address } from "../values";
import { governance } from "./governance";

export async function run(session: Session, [to]: readonly string[]): Promise<void> {
  const named = to === undefined || to === "self" ? undefined : address(to, "<to>");
  const client = await governance(session);
  const delegatee = named ?? (await session.wallet()).address;
  await session.output.step("Delegate", () => client.delegate(delegatee));
  session.output.result([`${delegatee} votes with your tokens from now on.`], { delegatee });
}
