import { isZeroAddress } from "../../addresses/address";
import { isIsonomyError } from "../../base/error";
import { decodingErrors } from "../../errors/explain";
import { policyId, type MarketClient } from "../../market";
import { completeOffer, hashOffer, type Offer } from "../../market/offer";
import { delegateOf } from "../../market/signature";
import { cliError } from "../errors";
import { jsonText, requireWritable, writeNew } from "../files";
import { versionIn } from "../ids";
import { columns, transaction } from "../output";
import { quoted } from "../quoted";
import type { Session } from "../session";
import { NATIVE, address, basisPoints, duration, hash, shown, small, whole } from "../values";
import { agreeToBond, bondCommand, bondOf, missingBond, type OfferBond } from "./bond";
import { rightsOf, type RightsOptions } from "./rights";
import { signedOfferIn, type SignedOffer } from "./signedOffer";
import { termsRows } from "./terms";

interface Options extends RightsOptions {
  readonly price?: string;
  readonly token?: string;
  readonly supply: string;
  readonly expires?: string;
  readonly for?: string;
  readonly referrer: string;
  readonly deliver?: string;
  readonly licenceOnly?: boolean;
  readonly complain: string;
  readonly arbitrator?: string;
  readonly bond: string;
  readonly bondSales?: string;
  readonly updates?: boolean;
  readonly soulbound?: boolean;
  readonly policy?: string;
  readonly salt: string;
  readonly sign?: string;
  readonly revoke?: string;
  readonly revokeSigned?: string;
  readonly revokeAllSigned?: boolean;
}

export async function run(session: Session, [version]: readonly string[], options: Options): Promise<void> {
  if (options.revokeAllSigned === true) return revokeAllSigned(session);
  const usage = (detail: string) => cliError("USAGE", { detail, command: "offer " });
  if (version === undefined) throw usage("An offer needs the id of a version.");
  const versionId = versionIn(version, "<version>");
  if (options.revoke !== undefined) return revoke(session, versionId, hash(options.revoke, "--revoke"));
  if (options.revokeSigned !== undefined) return revokeSigned(session, versionId, options.revokeSigned);
  if (options.price === undefined) throw usage("An offer needs --price.");
  if (options.sign !== undefined) await requireWritable(options.sign);
  if (options.sign !== undefined && options.bondSales !== undefined) {
    throw cliError("OPTION_CONFLICT", { first: "--sign", second: "--bond-sales" });
  }
  const bondSales = options.bondSales === undefined ? undefined : BigInt(small(options.bondSales, "--bond-sales", 1));
  if (options.licenceOnly === true && options.deliver !== undefined) {
    throw cliError("OPTION_CONFLICT", { first: "--licence-only", second: "--deliver" });
  }

  const deliveryWindow = options.deliver === undefined ? 0n : duration(options.deliver, "--deliver");
  const lifetime = options.expires === undefined ? 0n : duration(options.expires, "--expires");
  const chosen = {
    versionId,
    supply: whole(options.supply, "--supply"),
    referrerBps: basisPoints(options.referrer, "--referrer"),
    deliveryWindow,
    complaintWindow: deliveryWindow === 0n ? 0n : duration(options.complain, "--complain"),
    bond: (await session.amount(options.bond, "--bond", await session.token("native", "--bond"))).value,
    salt: whole(options.salt, "--salt"),
    includesUpdates: options.updates === true,
    transferable: options.soulbound !== true,
    ...(options.for === undefined ? {} : { buyer: address(options.for, "--for") }),
    ...(await rightsOf(session, options)),
    ...(options.policy === undefined ? {} : { policy: policyIn(options.policy) }),
    ...(options.arbitrator === undefined ? {} : { arbitrator: address(options.arbitrator, "--arbitrator") }),
  };
  const beside = options.token === undefined ? undefined : await session.token(options.token, "--token");
  const { value: price, token } = await session.amount(options.price, "--price", beside);
  const market = await session.market();
  const [{ size }] = await decodingErrors(() => market.registry.versionData(versionId));
  if (size > 0n && deliveryWindow === 0n && options.licenceOnly !== true) {
    throw cliError("FILE_WITHOUT_DELIVERY", { versionId, size });
  }
  const hasArbitrator = "arbitrator" in chosen && !isZeroAddress(chosen.arbitrator!);
  const odd =
    hasArbitrator !== chosen.bond > 0n
      ? hasArbitrator
        ? "it names an arbitrator, and no bond."
        : "it names no arbitrator."
      : chosen.bond > 0n && deliveryWindow === 0n
        ? "no key is owed, so there is nothing to dispute."
        : chosen.bond > 0n && price === 0n
          ? "it costs nothing, so anybody could hold the bond back."
          : bondSales !== undefined && chosen.bond === 0n
            ? "its terms name none."
            : undefined;
  if (odd !== undefined) throw cliError("BOND_TERMS", { detail: odd });
  const expiresAt = lifetime === 0n ? 0n : (await session.now()) + lifetime;
  const creator = (await session.wallet()).address;
  const epoch = await market.epochOf(creator);
  const complete = completeOffer(creator, { ...chosen, payToken: token.address, price, expiresAt, epoch });

  if (options.policy !== undefined && complete.transferable) {
    const text =
      "A policy decides who buys, not to whom a licence is given later: with --soulbound it stays with its buyer.";
    session.output.warn(text, { event: "policy-transferable" });
  }
  const terms = columns(await termsRows(session, complete, size));
  if (options.sign !== undefined) return sign(session, market, complete, options.sign, shown(price, token), terms);
  const posted = await bondToPost(session, complete, bondSales);
  const listed = await session.output.step("List the offer", async (report) => {
    const done = await market.createOffer(complete, { bond: posted });
    report.say(`${done.termsHash}, for ${done.receipt.gasUsed.toLocaleString("en")} gas`);
    return done;
  });
  const bond = await bondOf(session, complete);
  session.output.result(
    [
      `Offered version ${versionId} for ${shown(price, token)}.`,
      ...terms,
      deliveryWindow === 0n
        ? "Licences are sold at once."
        : "Keys must be delivered in time: keep `isonomy seller --watch` running.",
      ...(await bondLines(session, complete, bond)),
    ],
    {
      termsHash: listed.termsHash,
      offer: listed.offer,
      ...(bond === undefined ? {} : { bond: { ...bond, posted, missing: missingBond(bond) } }),
      transaction: transaction(listed.receipt),
    },
  );
}

/** An issuer, and after a colon the number of its policy. */
function policyIn(text: string): string {
  const [issuer, number = "0", more] = text.split(":");
  if (more !== undefined) {
    const example = "0x…:7, for policy 7 of that issuer";
    throw cliError("VALUE_INVALID", { value: text, name: "--policy", expected: "an issuer and a number", example });
  }
  return policyId({ issuer: address(issuer!, "--policy"), number: whole(number, "--policy") });
}

/** What is posted together with an offer: what was asked for, or on a terminal what a yes is said to. */
async function bondToPost(session: Session, offer: Offer, sales: bigint | undefined): Promise<bigint> {
  const bond = await bondOf(session, offer);
  if (bond === undefined) return 0n;
  const missing = missingBond(bond, sales ?? 1n);
  if (sales !== undefined) return missing;
  if (missing === 0n || !session.output.canAsk) return 0n;
  const coin = await session.tokenAt(NATIVE);
  try {
    await agreeToBond(session, shown(missing, coin), offer);
    return missing;
  } catch (error) {
    // the offer can be listed all the same, and says what it lacks
    if (isIsonomyError(error, "BOND_REFUSED")) return 0n;
    throw error;
  }
}

/** What a seller still has to do before anybody can buy. */
async function bondLines(
  session: Session,
  offer: Offer,
  bond: OfferBond | undefined,
  signed?: string,
): Promise<string[]> {
  if (bond === undefined) return [];
  const coin = await session.tokenAt(NATIVE);
  if (missingBond(bond) === 0n) return [`Its bond covers ${bond.free / bond.needed} sales at once.`];
  return [
    `NOBODY CAN BUY YET: ${shown(missingBond(bond), coin)} of bond are missing for the first sale.`,
    `Next: ${bondCommand("post", offer, signed)}`,
  ];
}

async function sign(
  session: Session,
  market: MarketClient,
  offer: Offer,
  path: string,
  price: string,
  terms: readonly string[],
): Promise<void> {
  const { termsHash, signature } = await market.signOffer(offer);
  const signed: SignedOffer = {
    format: "isonomy.offer.v1",
    chainId: (await session.chainId()).toString(),
    market: await session.contract("Market"),
    termsHash,
    offer: JSON.parse(jsonText(offer)) as SignedOffer["offer"],
    signature,
  };
  // refused by the client where the code does not accept it; where it does, the creator should know who decides
  const delegate = await delegateOf(await session.provider(), offer.creator);
  await writeNew(path, `${jsonText(signed, 2)}\n`);
  const bond = await bondOf(session, offer);
  session.output.result(
    [
      `Signed an offer of version ${offer.versionId} for ${price} into ${path}; nothing was sent.`,
      ...terms,
      `Anyone who has the file can buy with it; if it leaks: isonomy offer ${offer.versionId} --revoke-signed ${quoted(path)}`,
      ...(await bondLines(session, offer, bond, path)),
      ...(delegate === undefined
        ? []
        : [
            `Your account is delegated to the code at ${delegate} (EIP-7702): that code decides which signatures are yours.`,
            "The offer counts while it accepts this one. Ending or changing the delegation can end the offer, or revive it.",
          ]),
    ],
    {
      ...signed,
      out: path,
      ...(bond === undefined ? {} : { bond: { ...bond, posted: 0n, missing: missingBond(bond) } }),
      ...(delegate === undefined ? {} : { delegate }),
    },
  );
}

/** Revokes a listed offer. */
async function revoke(session: Session, versionId: bigint, termsHash: string): Promise<void> {
  const market = await session.market();
  const standing = (await market.offersOf(versionId)).find((one) => one.termsHash === termsHash);
  if (standing === undefined) throw cliError("NO_OFFER", { versionId, which: ` ${termsHash}` });
  return revokeOffer(session, market, standing.offer);
}

/** Revokes an offer that was signed and never listed, by its file: nobody can buy with any copy of it any more. */
async function revokeSigned(session: Session, versionId: bigint, path: string): Promise<void> {
  const { terms } = await signedOfferIn(path, "--revoke-signed");
  if (terms.versionId !== versionId) {
    throw cliError("OFFER_OF_ANOTHER", { path, actual: terms.versionId, versionId });
  }
  return revokeOffer(session, await session.market(), terms);
}

async function revokeOffer(session: Session, market: MarketClient, offer: Offer): Promise<void> {
  const receipt = await session.output.step("Revoke the offer", () => market.revokeOffer(offer));
  const termsHash = hashOffer(offer);
  session.output.result([`Revoked ${termsHash} for good.`], {
    termsHash,
    revoked: true,
    transaction: transaction(receipt),
  });
}

/** Revokes every signed offer of the account at once, for when it is not known which of them leaked. */
async function revokeAllSigned(session: Session): Promise<void> {
  const market = await session.market();
  const { epoch, receipt } = await session.output.step("Revoke every signed offer", () => market.revokeAllSigned());
  session.output.result(
    [
      `Every offer that this account had signed is revoked for good; its epoch is now ${epoch}.`,
      "Listed offers are not touched: revoke them by their hash.",
    ],
    { epoch, transaction: transaction(receipt) },
  );
}
