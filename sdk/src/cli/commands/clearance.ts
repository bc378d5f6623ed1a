import { isHexString, type Provider, type Signer } from "ethers";

import { canonicalAddress, sameAddress } from "../../addresses/address";
import { chainError } from "../../errors/chainErrors";
import { CLEARANCE_TYPES, PolicyClient, policyId, policyParts, type SignedClearance } from "../../market";
import { localTime } from "../../text/time";
import { consent } from "../consent";
import { cliError } from "../errors";
import { jsonText, readJson, requireWritable, writeNew } from "../files";
import { transaction } from "../output";
import { quoted } from "../quoted";
import type { Session } from "../session";
import { address, duration, hash, whole } from "../values";

/** A clearance that its issuer signed, as `clearance sign` writes it; whole numbers are text. */
interface ClearanceFile {
  readonly format: "isonomy.clearance.v1";
  readonly chainId: string;
  readonly policies: string;
  readonly clearance: Readonly<Record<string, string>>;
  readonly signature: string;
}

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
  const file: ClearanceFile = {
    format: "isonomy.clearance.v1",
    chainId: (await session.chainId()).toString(),
    policies: await session.contract("OfferPolicies"),
    clearance: Object.fromEntries(Object.entries(clearance).map(([name, value]) => [name, String(value)])),
    signature,
  };
  await writeNew(path!, `${jsonText(file, 2)}\n`);
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
  const { chainId, policies: place, clearance } = await clearanceIn(path!);
  const actual = await session.chainId();
  if (chainId !== actual) throw chainError("WRONG_NETWORK", { actual, expected: chainId });
  const here = await session.contract("OfferPolicies");
  if (!sameAddress(place, here)) {
    throw cliError("CLEARANCE_OF_ANOTHER", { path: path!, actual: place, policies: here });
  }
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

/** Reads a clearance back: it comes from somebody else, and every field has to fit its type. */
async function clearanceIn(path: string): Promise<{ chainId: bigint; policies: string; clearance: SignedClearance }> {
  const expected = "a clearance";
  const writer = "clearance sign";
  const file = await readJson<ClearanceFile>(path, "<file>", expected, writer);
  try {
    if (file.format !== "isonomy.clearance.v1") throw new Error("its format is another.");
    if (!isHexString(file.signature, true)) throw new Error("it has no signature.");
    if (!/^\d{1,78}$/.test(String(file.chainId))) throw new Error("its chainId is no number.");
    const values = CLEARANCE_TYPES.Clearance.map(({ name, type }) => [name, valueOf(file.clearance[name], name, type)]);
    const clearance = { ...Object.fromEntries(values), signature: file.signature } as unknown as SignedClearance;
    policyParts(clearance.policy);
    return { chainId: BigInt(file.chainId), policies: canonicalAddress(file.policies, "policies"), clearance };
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    throw cliError("FILE_INVALID", { path, expected, writer, detail }, error);
  }
}

function valueOf(value: unknown, name: string, type: string): string | bigint {
  if (type === "address") return canonicalAddress(value as string, name);
  if (type === "bytes32") {
    if (!isHexString(value, 32)) throw new Error(`its ${name} has no 32 bytes.`);
    return value;
  }
  const bits = BigInt(type.slice("uint".length));
  if (!/^\d{1,78}$/.test(String(value)) || BigInt(String(value)) >> bits > 0n) {
    throw new Error(`its ${name} is no number that the contract has room for.`);
  }
  return BigInt(String(value));
}

export const sign = { run: signOne };
export const present = { run: presentFile };
export const revoke = { run: revokeOne };
export const show = { run: showOne };
