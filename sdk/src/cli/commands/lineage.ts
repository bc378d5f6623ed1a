import type { Provider, Signer } from "ethers";

import { sameAddress } from "../../addresses/address";
import { decodingErrors } from "../../errors/explain";
import { CONSENT_TYPES, LineageClient, type ParentShare, type SignedConsent } from "../../lineage";
import { localTime } from "../../text/time";
import { consent as agree } from "../consent";
import { cliError } from "../errors";
import { requireWritable } from "../files";
import { columns, transaction } from "../output";
import { quoted } from "../quoted";
import type { Session } from "../session";
import { duration, percent, shown, small, whole } from "../values";
import { signedHere, writeSigned } from "./signedFile";

/** A consent that a parent's holder signed, as `lineage consent` writes it. */
const KIND = {
  format: "isonomy.consent.v1",
  expected: "a consent",
  writer: "lineage consent",
  contract: "Lineage",
  place: "lineage",
  body: "consent",
  fields: CONSENT_TYPES.Consent,
} as const;

/** The largest share of a child's income, in basis points. */
const MAX_BPS = 5_000;

async function client(session: Session, runner?: Signer | Provider): Promise<LineageClient> {
  return new LineageClient(await session.deployment(), runner ?? (await session.signer()), session.waiting());
}

async function showOne(session: Session, [named]: readonly string[]): Promise<void> {
  const modelId = whole(named!, "<model>");
  const lineage = await client(session, await session.provider());
  const [found, { minBps, until }] = await Promise.all([lineage.of(modelId), lineage.openTerms(modelId)]);
  const open = minBps > 0n && until >= (await session.now());
  session.output.result(
    [
      ...(found === undefined
        ? [`Model ${modelId} has no lineage: its payee gets all of its income.`]
        : columns([
            ["model", String(modelId)],
            ["account", found.account],
            ["in force", found.inForce ? "yes" : "no: the account is not the model's payee"],
            ...found.parents.map((one) => [`parent ${one.modelId}`, `${percent(one.bps)} of the income`]),
          ])),
      open
        ? `Anybody may name it as a parent who gives it at least ${percent(minBps)}, until ${localTime(until)}.`
        : "It may be named as a parent with its holder's consent alone.",
    ],
    { modelId, lineage: found ?? null, openTerms: open ? { minBps, until } : null },
  );
}

/** A model and its share, such as `3:500`. */
function parentIn(text: string): ParentShare {
  const [model, bps, more] = text.split(":");
  if (bps === undefined || more !== undefined) {
    const example = "3:500, for 5 % to model 3";
    throw cliError("VALUE_INVALID", { value: text, name: "<parent>", expected: "a model and its share", example });
  }
  return { modelId: whole(model!, "<parent>"), bps: BigInt(small(bps, "<parent>", 1, MAX_BPS)) };
}

async function createOne(
  session: Session,
  [named, ...rest]: readonly string[],
  options: { readonly consent?: readonly string[]; readonly yes?: boolean },
): Promise<void> {
  const modelId = whole(named!, "<model>");
  const parents = rest.map(parentIn).sort((a, b) => (a.modelId < b.modelId ? -1 : 1));
  const consents = await Promise.all((options.consent ?? []).map((path) => consentIn(session, path)));
  const market = await session.market();
  const lineage = await client(session);
  // refused now rather than after the lineage, which alone moves no money
  const predicted = await decodingErrors(() => lineage.lineage.predictAccount(modelId, [...parents]));
  await decodingErrors(() => market.registry.fixPayee.staticCall(modelId, predicted));
  const unused = consents.find(
    (one) => one.child !== modelId || !parents.some((other) => other.modelId === one.parent),
  );
  if (unused !== undefined) {
    const detail = `it lets model ${unused.child} name model ${unused.parent}, which is not asked for here.`;
    throw cliError("USAGE", { detail: `A consent does not fit: ${detail}`, command: "lineage create " });
  }
  // where the second transaction failed, the first is not made again
  const known = await lineage.of(modelId);
  const exists = known !== undefined && sameAddress(known.account, predicted);
  const given = parents.map((one) => `${percent(one.bps)} to model ${one.modelId}`).join(", ");
  await agree(session, options.yes, {
    what: `Give ${given} of all income of model ${modelId} for good`,
    means:
      "Neither the parents nor their shares can ever be changed, and the account that shares the income becomes its payee.",
  });
  const created = exists
    ? undefined
    : await session.output.step("Create the lineage", () => lineage.create(modelId, parents, consents));
  const account = created?.account ?? predicted;
  const fixed = await session.output.step("Make the account the payee", () => market.fixPayee(modelId, account));
  session.output.result(
    [
      `The income of model ${modelId} goes to ${account}, which shares it with ${parents.length} parents.`,
      `Anybody can pass it on: isonomy lineage settle ${modelId}`,
    ],
    {
      ...{ modelId, account, parents },
      transactions: [...(created === undefined ? [] : [transaction(created.receipt)]), transaction(fixed)],
    },
  );
}

async function signOne(
  session: Session,
  [parentText, childText, bpsText, path]: readonly string[],
  options: { readonly valid: string },
): Promise<void> {
  const [parent, child] = [whole(parentText!, "<parent>"), whole(childText!, "<child>")];
  const bps = BigInt(small(bpsText!, "<bps>", 1, MAX_BPS));
  const valid = duration(options.valid, "--valid");
  await requireWritable(path!);
  const market = await session.market();
  const account = (await session.wallet()).address;
  const owner = await decodingErrors(() => market.registry.ownerOf(parent));
  if (!sameAddress(owner, account))
    throw cliError("NOT_HELD", { what: `the title of model ${parent}`, owner, account });
  const lineage = await client(session);
  const validUntil = (await session.now()) + valid;
  const { signature, ...consent } = await session.output.step("Sign the consent", () =>
    lineage.signConsent({ parent, child, bps, validUntil }),
  );
  const file = await writeSigned(session, KIND, consent, signature, path!);
  session.output.result(
    [
      `Model ${child} may name model ${parent} as a parent for ${percent(bps)}, until ${localTime(validUntil)}: signed into ${path!}; nothing was sent.`,
      `Its holder uses it: isonomy lineage create ${child} ${parent}:${bps} --consent ${quoted(path!)}`,
    ],
    { ...file, out: path! },
  );
}

async function openOne(
  session: Session,
  [named, text]: readonly string[],
  options: { readonly valid: string },
): Promise<void> {
  const modelId = whole(named!, "<model>");
  const minBps = BigInt(small(text!, "<bps>", 0, MAX_BPS));
  const until = minBps === 0n ? 0n : (await session.now()) + duration(options.valid, "--valid");
  const lineage = await client(session);
  const receipt = await session.output.step("Set the open terms", () =>
    lineage.setOpenTerms(modelId, { minBps, until }),
  );
  const line =
    minBps === 0n
      ? `Model ${modelId} may be named as a parent with its holder's consent alone.`
      : `Anybody may name model ${modelId} as a parent who gives it at least ${percent(minBps)}, until ${localTime(until)}.`;
  session.output.result([line], { ...{ modelId, minBps, until }, transaction: transaction(receipt) });
}

async function settleOne(
  session: Session,
  [named]: readonly string[],
  options: { readonly token: string },
): Promise<void> {
  const modelId = whole(named!, "<model>");
  const token = await session.token(options.token, "--token");
  const lineage = await client(session);
  const { amount, receipt } = await session.output.step("Settle", () => lineage.settle(modelId, token.address));
  const line =
    amount === 0n
      ? `The account of model ${modelId} had nothing of this token to pass on.`
      : `${shown(amount, token)} of model ${modelId} went to its parents and its holder, who withdraw them.`;
  session.output.result([line], {
    ...{ modelId, token: token.address, amount },
    transaction: transaction(receipt),
  });
}

async function gatherOne(
  session: Session,
  [named]: readonly string[],
  options: { readonly token: string },
): Promise<void> {
  const modelId = whole(named!, "<model>");
  const token = await session.token(options.token, "--token");
  const lineage = await client(session);
  const { amount, receipt } = await session.output.step("Gather", () => lineage.gather(modelId, token.address));
  const lines =
    amount === 0n
      ? [`Nothing of this token came to the account of model ${modelId} by a plain transfer.`]
      : [
          `${shown(amount, token)} that came by plain transfers is in the account of model ${modelId}.`,
          `Next: isonomy lineage settle ${modelId} --token ${token.label}`,
        ];
  session.output.result(lines, { ...{ modelId, token: token.address, amount }, transaction: transaction(receipt) });
}

/** Reads a consent back, for this chain and this contract. */
async function consentIn(session: Session, path: string): Promise<SignedConsent> {
  return signedHere(session, path, "--consent", KIND, (there) => cliError("CONSENT_OF_ANOTHER", there));
}

export const show = { run: showOne };
export const create = { run: createOne };
export const consent = { run: signOne };
export const open = { run: openOne };
export const settle = { run: settleOne };
export const gather = { run: gatherOne };
