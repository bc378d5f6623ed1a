import { ZeroHash } from "ethers";

import { decodingErrors } from "../../errors/explain";
import { localTime } from "../../text/time";
import { consent } from "../consent";
import { requireWritable } from "../files";
import { transaction } from "../output";
import { quoted } from "../quoted";
import type { Session } from "../session";
import { address, duration, hash } from "../values";
import { writeAttestation } from "./attestation";
import { citizens, issuerIn } from "./citizens";
import { tooShort } from "./credential";

/** How long a credential seasons before it makes a citizen: a constant of the registry. */
const SEASONING = 30n * 86_400n;

interface Options {
  readonly issuer: string;
  readonly nullifier: string;
  readonly claim?: string;
  readonly valid: string;
  readonly deadline: string;
}

/** Signs an attestation into a file, as its issuer, for the account that presents it. */
async function sign(session: Session, [named, path]: readonly string[], options: Options): Promise<void> {
  const account = address(named!, "<account>");
  const issuerId = issuerIn(options.issuer, "--issuer");
  const nullifier = hash(options.nullifier, "--nullifier");
  const claimHash = options.claim === undefined ? ZeroHash : hash(options.claim, "--claim");
  const valid = duration(options.valid, "--valid");
  const deadline = duration(options.deadline, "--deadline");
  await requireWritable(path!);
  const client = await citizens(session);
  const now = await session.now();
  const terms = { account, issuerId, nullifier, claimHash, validUntil: now + valid, deadline: now + deadline };
  // asked before anything is written: a node that fails leaves no file
  const { state, issuerId: vouching, seasonedAt } = await client.credential(account);
  const signed = await session.output.step("Sign the attestation", () => client.attest(terms));
  const file = await writeAttestation(session, signed, path!);
  const { refusedNow } = signed;
  const isRenewal = (state === "seasoning" || state === "citizen") && vouching === issuerId;
  const seasons = isRenewal ? seasonedAt : now + SEASONING;
  if (terms.validUntil <= seasons) {
    const text = `The credential will make no citizen: ${tooShort(terms.validUntil, seasons)}. Sign it for longer: --valid 365d.`;
    session.output.warn(text, { event: "too-short", validUntil: terms.validUntil, seasonedAt: seasons });
  }
  if (refusedNow !== undefined) {
    const text = `It cannot be presented at this moment: ${refusedNow.message} ${refusedNow.fix}`;
    session.output.warn(text, { event: "refused-now", code: refusedNow.code });
  }
  session.output.result(
    [
      `Issuer ${issuerId} attests ${account} until ${localTime(terms.validUntil)}: signed into ${path!}; nothing was sent.`,
      `Give the file to that account, which can present it until ${localTime(terms.deadline)}: isonomy citizens present ${quoted(path!)}`,
    ],
    { ...file, out: path!, ...(refusedNow === undefined ? {} : { refusedNow: refusedNow.code }) },
  );
}

/** Ends the credential of an account, as the issuer that vouches for it. */
async function end(session: Session, [named]: readonly string[], options: { yes?: boolean }): Promise<void> {
  const account = address(named!, "<account>");
  const client = await citizens(session);
  // nobody is asked about what the registry refuses
  await decodingErrors(() => client.registry.revoke.staticCall(account));
  await consent(session, options.yes, {
    what: `End the credential of ${account} for good`,
    means: "The account stops being a citizen at once, and another credential seasons from the start.",
  });
  const receipt = await session.output.step("Revoke the credential", () => client.revoke(account));
  session.output.result([`The credential of ${account} has ended.`], {
    account,
    revoked: true,
    transaction: transaction(receipt),
  });
}

export const attest = { run: sign };
export const revoke = { run: end };
