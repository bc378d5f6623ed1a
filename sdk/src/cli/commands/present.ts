import { isHexString } from "ethers";

import { sameAddress } from "../../addresses/address";
import { chainError } from "../../errors/chainErrors";
import { decodingErrors } from "../../errors/explain";
import type { CredentialStatus, Granted } from "../../governance";
import { localTime } from "../../text/time";
import { consent } from "../consent";
import { cliError } from "../errors";
import { transaction } from "../output";
import type { Session } from "../session";
import { attestationIn } from "./attestation";
import { citizens, issuerIn } from "./citizens";
import { tooShort } from "./credential";

/** Sends what an issuer signed for this account. */
async function presentFile(session: Session, [named]: readonly string[]): Promise<void> {
  const path = named!;
  const { chainId, registry, attestation, signature } = await attestationIn(path);
  const { account, issuerId, nonce } = attestation;
  const actual = await session.chainId();
  if (chainId !== actual) throw chainError("WRONG_NETWORK", { actual, expected: chainId });
  const here = await session.contract("CitizenRegistry");
  if (!sameAddress(registry, here)) {
    throw cliError("ATTESTATION_OF_ANOTHER_REGISTRY", { path, actual: registry, registry: here, issuerId });
  }
  const signer = await session.account();
  if (signer === undefined) throw cliError("KEYSTORE_MISSING");
  if (!sameAddress(signer, account)) throw cliError("ATTESTATION_OF_ANOTHER", { path, account, signer, issuerId });
  const before = await (await citizens(session, await session.provider())).credential(account);
  if (nonce !== before.nonce) {
    throw cliError("ATTESTATION_USED", { path, nonce, account, expected: before.nonce, issuerId });
  }
  const client = await citizens(session);
  const granted = await session.output.step("Present the attestation", () => client.present(attestation, signature));
  show(session, before, granted, await client.credential(account));
}

/** Sends a proof to an issuer that is an adapter. */
async function presentProof(session: Session, [issuer, proof]: readonly string[]): Promise<void> {
  const issuerId = issuerIn(issuer!, "<issuer>");
  if (!isHexString(proof, true)) {
    const expected = "a proof";
    throw cliError("VALUE_INVALID", {
      value: proof!,
      name: "<proof>",
      expected,
      example: "0x and its bytes in hexadecimal",
    });
  }
  const client = await citizens(session);
  const before = await client.credential((await session.wallet()).address);
  const granted = await session.output.step("Present the proof", () => client.claim(issuerId, proof));
  show(session, before, granted, await client.credential(before.account));
}

/** Says what came of it, beside what the account had before. */
function show(session: Session, before: CredentialStatus, granted: Granted, now: CredentialStatus): void {
  const { receipt, takenFrom, ...rest } = granted;
  const { account } = before;
  // a renewal by another issuer than before completes a change
  const outcome = granted.outcome === "renewed" && before.issuerId !== granted.issuerId ? "changed" : granted.outcome;
  session.output.result(
    [
      ...linesOf(before, granted, outcome, now),
      ...(takenFrom === undefined
        ? []
        : [`The credential of ${takenFrom} ended: the issuer gave its place to this account.`]),
    ],
    {
      ...{ account, ...rest, outcome },
      ...(takenFrom === undefined ? {} : { takenFrom }),
      transaction: transaction(receipt),
    },
  );
}

function linesOf(
  before: CredentialStatus,
  granted: Granted,
  outcome: Granted["outcome"] | "changed",
  { endsAt, seasonedAt }: CredentialStatus,
): string[] {
  const { account } = before;
  const { issuerId, validUntil = 0n, possibleAt = 0n } = granted;
  if (outcome === "issued") {
    return [
      `Issuer ${issuerId} issued a credential to ${account}, until ${localTime(validUntil)}.`,
      endsAt <= seasonedAt
        ? `It makes no citizen: ${tooShort(endsAt, seasonedAt)}.`
        : `It makes a citizen from ${localTime(seasonedAt)} on. Then anyone can count it: isonomy citizens reweigh ${account}`,
    ];
  }
  if (outcome === "renewed") {
    const former = localTime(before.validUntil);
    return [
      `Issuer ${issuerId} renewed the credential of ${account}, until ${localTime(validUntil)}; before, it ran until ${former}.`,
    ];
  }
  if (outcome === "changed") {
    return [
      `Issuer ${issuerId} vouches for ${account} now, in place of issuer ${before.issuerId}, until ${localTime(validUntil)}.`,
    ];
  }
  const begun =
    before.change?.issuerId === issuerId
      ? `The change to issuer ${issuerId} had begun before, and nothing changed`
      : `The change to issuer ${issuerId} has begun`;
  return [
    `${begun}: from ${localTime(possibleAt)} on, present another attestation or proof of it to complete the change.`,
    `Until then issuer ${before.issuerId} vouches for ${account}.`,
    ...(before.endsAt > possibleAt
      ? []
      : [
          `The credential ends before that, at ${localTime(before.endsAt)}: have issuer ${before.issuerId} renew it first.`,
        ]),
  ];
}

/** Gives up the credential of this account. */
async function giveUp(session: Session, _: readonly string[], options: { yes?: boolean }): Promise<void> {
  const client = await citizens(session);
  const account = (await session.wallet()).address;
  // nobody is asked about what the registry refuses
  await decodingErrors(() => client.registry.renounce.staticCall());
  await consent(session, options.yes, {
    what: `Give up the credential of ${account} for good`,
    means: "The account stops being a citizen at once, and another credential seasons from the start.",
  });
  const receipt = await session.output.step("Give up the credential", () => client.renounce());
  session.output.result([`${account} has given up its credential.`], {
    account,
    renounced: true,
    transaction: transaction(receipt),
  });
}

export const present = { run: presentFile };
export const claim = { run: presentProof };
export const renounce = { run: giveUp };
