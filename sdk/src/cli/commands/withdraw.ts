import { sameAddress } from "../../addresses/address";
import { consent } from "../consent";
import { cliError } from "../errors";
import { transaction } from "../output";
import type { Session } from "../session";
import { NATIVE, address, shown } from "../values";

interface Options {
  readonly token?: string;
  readonly to?: string;
  readonly amount?: string;
  readonly yes?: boolean;
}

export async function run(session: Session, _: readonly string[], options: Options): Promise<void> {
  const to = options.to === undefined ? undefined : address(options.to, "--to");
  const beside = options.token === undefined ? undefined : await session.token(options.token, "--token");
  const named = options.amount === undefined ? undefined : await session.amount(options.amount, "--amount", beside);
  const token = named?.token ?? beside ?? (await session.tokenAt(NATIVE));
  const wanted = named?.value;
  const market = await session.market();
  const account = (await session.wallet()).address;
  const waiting = await market.earned(token.address, account);
  if (waiting === 0n) throw cliError("NOTHING_TO_WITHDRAW", { account, token: token.label });

  if (to !== undefined && !sameAddress(to, account)) {
    await consent(session, options.yes, {
      what: `Pay ${shown(wanted ?? waiting, token)} to ${to}`,
      means: "It is another account than yours, and what is paid to a wrong one cannot be recovered.",
    });
  }

  const { amount: paid, receipt } = await session.output.step("Withdraw", () =>
    to === undefined && wanted === undefined
      ? market.withdraw(token.address)
      : market.withdraw(token.address, { to: to ?? account, amount: wanted ?? waiting }),
  );
  session.output.result([`Withdrew ${shown(paid, token)} to ${to ?? account}.`], {
    token: token.address,
    amount: paid,
    to: to ?? account,
    transaction: transaction(receipt),
  });
}
