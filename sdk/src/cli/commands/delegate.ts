import { sameAddress } from "../../addresses/address";
import { consent } from "../consent";
import { transaction } from "../output";
import type { Session } from "../session";
import { address } from "../values";
import { governance } from "./governance";

export async function run(session: Session, [to]: readonly string[], options: { yes?: boolean }): Promise<void> {
  const named = to === undefined || to === "self" ? undefined : address(to, "<to>");
  const client = await governance(session);
  const account = (await session.wallet()).address;
  const delegatee = named ?? account;
  if (!sameAddress(delegatee, account)) {
    await consent(session, options.yes, {
      what: `Let ${delegatee} vote with your tokens`,
      means: "All that you hold and receive counts for that account, until you delegate again.",
    });
  }
  const receipt = await session.output.step("Delegate", () => client.delegate(delegatee));
  session.output.result([`${delegatee} votes with your tokens from now on.`], {
    delegatee,
    transaction: transaction(receipt),
  });
}
