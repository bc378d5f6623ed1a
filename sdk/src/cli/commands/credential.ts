import type { CredentialStatus } from "../../governance";
import { localTime } from "../../text/time";
import { cliError } from "../errors";
import { columns } from "../output";
import type { Session } from "../session";
import { address } from "../values";
import { citizens } from "./citizens";

/** The credential of an account, and the citizens that it is one of. */
export async function run(session: Session, [named]: readonly string[]): Promise<void> {
  const account = named === undefined ? await session.account() : address(named, "<account>");
  if (account === undefined) throw cliError("KEYSTORE_MISSING");
  const client = await citizens(session, await session.provider());
  const [held, standing] = await Promise.all([client.credential(account), client.standing()]);
  session.output.result(
    columns([
      ["account", account],
      ...(held.state === "none"
        ? [["credential", "none, and there never was one"]]
        : [
            ["issuer", String(held.issuerId)],
            ["since", localTime(held.since)],
            ["until", localTime(held.validUntil)],
            ["counts", countsText(held)],
          ]),
      ...(held.change === undefined
        ? []
        : [
            [
              "change",
              `to issuer ${held.change.issuerId}, from ${localTime(held.change.possibleAt)} on: present another attestation or proof of it then`,
            ],
          ]),
      ["next nonce", String(held.nonce)],
      ["citizens", `${standing.citizens} counted`],
      ["phase", `${standing.phase} of 2`],
    ]),
    { ...held, isCitizen: held.state === "citizen", ...standing },
  );
}

/** What is said of a credential that ends before it makes a citizen. */
export function tooShort(endsAt: bigint, seasonedAt: bigint): string {
  return `it ends at ${localTime(endsAt)}, before it has seasoned, at ${localTime(seasonedAt)}: its issuer has to renew it before it ends`;
}

/** Whether a credential counts, and if it does not, why. */
function countsText({ account, state, counted, seasonedAt, endsAt, issuerId }: CredentialStatus): string {
  const reweigh = `isonomy citizens reweigh ${account}`;
  if (state === "seasoning") {
    if (endsAt <= seasonedAt) return `no: ${tooShort(endsAt, seasonedAt)}`;
    return `not yet: it seasons until ${localTime(seasonedAt)}; then add it to the count: ${reweigh}`;
  }
  // a vote asks the credential itself; the count and the bonus wait for somebody to call
  if (state === "citizen") return counted ? "yes" : `yes, but the count of citizens does not have it yet: ${reweigh}`;
  const ended = {
    none: "there is none",
    expired: "it ended by itself",
    revoked: "its holder gave it up or its issuer revoked it",
    disavowed: `the DAO disavowed issuer ${issuerId}`,
  }[state];
  return `no: ${ended} at ${localTime(endsAt)}${counted ? `; the count of citizens still has it: ${reweigh}` : ""}`;
}
