import type { Provider, Signer } from "ethers";

import { CLEARANCE_TYPES, PolicyClient, policyId, type SignedClearance } from "../../market";
import { localTime } from "../../text/time";
import { consent } from "../consent";
import { cliError } from "../errors";
import { requireWritable } from "../files";
import { transaction } from "../output";
import { quoted } from "../quoted";
import type { Session } from "../session";
import { address, duration, hash, whole } from "../values";
import { signedHere, writeSigned } from "./signedFile";

/** A clearance that its issuer signed, as `clearance sign` writes it. */
const KIND = {
  format: "isonomy.clearance.v1",
  expected: "a clearance",
  writer: "clearance sign",
  contract: "OfferPolicies",
  place: "policies",
  body: "clearance",
  fields: CLEARANCE_TYPES.Clearance,
} as const;

/** Which policy of an issuer is meant; the signing account is the issuer where none is named. */
interface Policy {
  readonly issuer?: string;
  readonly number: string;
}

async function client(session: Session, runner?: Signer | Provider): Promise<PolicyClient> {
  return new PolicyClient(await session.deployment(), runner ?? (await session.signer()), session.waiting());
}

/** Signs a clearance into a file, as the policy's issuer. */
async function signOne(
  session: Session,
  [terms, named, path]: readonly string[],
  options: Policy & { readonly valid: string },
): Promise<void> {
  const termsHash = hash(terms!, "<terms>");
  const recipient = address(named!, "<account>");
  const valid = duration(options.valid, "--valid");
  await requireWritable(path!);
  const policies = await client(session);
  const issuer = (await session.wallet()).address;
  const policy = policyId({ issuer, number: whole(options.number, "--number") });
  const validUntil = (await session.now()) + valid;
  const { signature, ...clearance } = await session.output.step("Sign the clearance", () =>
    policies.sign({ policy, termsHash, recipient, validUntil }),
  );
  const file = await writeSigned(session, KIND, clearance, signature, path!);
  session.output.result(
    [
      `${recipient} can be cleared for the offer ${termsHash} until ${localTime(validUntil)}, under policy ${options.number}: signed into ${path!}; nothing was sent.`,
      `Give the file to that account; it is presented before the purchase: isonomy clearance present ${quoted(path!)}`,
    ],
    { ...file, out: path! },
  );
}

/** Sends a clearance that an issuer signed, for whichever account it is. */
async function presentFile(session: Session, [path]: readonly string[]): Promise<void> {
  const clearance: SignedClearance = await signedHere(session, path!, "<file>", KIND, (there) =>
    cliError("CLEARANCE_OF_ANOTHER", there),
  );
  const policies = await client(session);
  const receipt = await session.output.step("Present the clearance", () => policies.present(clearance));
  const { policy, termsHash, recipient, validUntil } = clearance;
  session.output.result(
    [`${recipient} may receive licences of the offer ${termsHash} until ${localTime(validUntil)}.`],
    { policy, termsHash, recipient, validUntil, transaction: transaction(receipt) },
  );
}

/** Takes the clearances of an account for an offer back, as the policy's issuer. */
async function revokeOne(
  session: Session,
  [terms, named]: readonly string[],
  options: Policy & { readonly yes?: boolean },
): Promise<void> {
  const termsHash = hash(terms!, "<terms>");
  const recipient = address(named!, "<account>");
  const issuer = (await session.wallet()).address;
  const policy = policyId({ issuer, number: whole(options.number, "--number") });
  const policies = await client(session);
  await consent(session, options.yes, {
    what: `Take the clearances of ${recipient} for the offer ${termsHash} under policy ${options.number} of ${issuer} back`,
    means: "It receives no more licences of the offer, and those that it has are not renewed.",
  });
  const receipt = await session.output.step("Revoke the clearances", () =>
    policies.revoke(policy, termsHash, recipient),
  );
  session.output.result(
    [`${recipient} is not cleared for the offer ${termsHash} under policy ${options.number} of ${issuer} any more.`],
    {
      ...{ policy, termsHash, recipient, revoked: true },
      transaction: transaction(receipt),
    },
  );
}

/** Says whether an account is cleared. */
async function showOne(session: Session, [terms, named]: readonly string[], options: Policy): Promise<void> {
  const termsHash = hash(terms!, "<terms>");
  const recipient = address(named!, "<account>");
  const issuer = options.issuer === undefined ? (await session.wallet()).address : address(options.issuer, "--issuer");
  const policy = policyId({ issuer, number: whole(options.number, "--number") });
  const policies = await client(session, await session.provider());
  const { nonce, validUntil } = await policies.clearanceOf(policy, termsHash, recipient);
  const isCleared = validUntil >= (await session.now());
  const text = isCleared
    ? `is cleared until ${localTime(validUntil)}`
    : validUntil === 0n
      ? "is not cleared"
      : `was cleared until ${localTime(validUntil)}`;
  session.output.result(
    [`${recipient} ${text}, for the offer ${termsHash} under policy ${options.number} of ${issuer}.`],
    {
      ...{ policy, termsHash, recipient, nonce, validUntil, isCleared },
    },
  );
}

export const sign = { run: signOne };
export const present = { run: presentFile };
export const revoke = { run: revokeOne };
export const show = { run: showOne };
