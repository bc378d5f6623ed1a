import { DEAL_ROLES, type DealOf, type DealRole } from "../../reading";
import { formatVersionId } from "../../market";
import { localTime } from "../../text/time";
import { cliError } from "../errors";
import { columns } from "../output";
import type { Session } from "../session";
import { shown } from "../values";
import { shortLicence } from "./licences";
import { pageFlags, placeIn, placeText, type PageFlags } from "./pages";

interface Options extends PageFlags {
  readonly account?: string;
  readonly role?: string;
}

export async function run(session: Session, _: readonly string[], options: Options): Promise<void> {
  const [after, page, roles] = [placeIn(options.after), pageFlags(options), rolesIn(options.role)];
  const account = await session.account(options.account);
  if (account === undefined) throw cliError("KEYSTORE_MISSING");
  const reading = await session.reading();
  const { items, next, block } = await reading.dealsOf(account, { ...page, after, roles });
  const rows = await Promise.all(
    items.map(async (one) => [
      ...[idOf(one), formatVersionId(one.deal.versionId), one.kind, one.roles.join(", "), one.status],
      ...[shown(one.deal.price, await session.tokenAt(one.deal.payToken)), deadline(one)],
    ]),
  );
  const lines =
    rows.length === 0
      ? [
          `${account} has no ${after === undefined ? "" : "more "}deals${options.role === undefined ? "" : ` as ${options.role}`}.`,
        ]
      : columns([["deal", "version", "kind", "you are", "state", "price", "deadline"], ...rows]);
  const role = options.role === undefined ? "" : ` --role ${options.role}`;
  if (next !== undefined) lines.push("", `More: isonomy deals --account ${account}${role} --after ${placeText(next)}`);
  else if (rows.length > 0) lines.push("", "Next: isonomy status --deal <deal>, with --update for an update");
  session.output.result(lines, {
    account,
    deals: items.map((one) => ({ ...one, short: idOf(one) })),
    ...(next === undefined ? {} : { next: placeText(next) }),
    block,
  });
}

function rolesIn(text: string | undefined): readonly DealRole[] {
  if (text === undefined) return DEAL_ROLES;
  const role = DEAL_ROLES.find((one) => one === text);
  if (role !== undefined) return [role];
  const example = DEAL_ROLES.join(", ");
  throw cliError("VALUE_INVALID", { value: text, name: "--role", expected: "what one can be in a deal", example });
}

/** The deal of a sale has the id of its licence; an update's has a number of its own. */
function idOf({ deal, kind }: DealOf): string {
  return kind === "sale" ? shortLicence(deal.id) : String(deal.id);
}

function deadline({ deal, status }: DealOf): string {
  if (status === "open") return `the key by ${localTime(deal.deliverBy)}`;
  return status === "delivered" ? `complaints by ${localTime(deal.complainBy)}` : "";
}
