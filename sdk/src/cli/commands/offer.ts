import { completeOffer, hashOffer, signOffer, type Offer } from "../../market/offer";
import { delegateOf } from "../../market/signature";
import { cliFail } from "../errors";
import { jsonText, requireAbsent, writeNew } from "../files";
import { transaction } from "../output";
import type { Session } from "../session";
import { address, amount, basisPoints, duration, hash, shown, whole } from "../values";
import type { SignedOffer } from "./signedOffer";

interface Options {
  readonly price?: string;
  readonly token: string;
  readonly supply: string;
  readonly expires?: string;
  readonly for?: string;
  readonly referrer: string;
  readonly deliver: string;
  readonly complain: string;
  readonly arbitrator?: string;
  readonly bond: string;
  readonly updates?: boolean;
  readonly soulbound?: boolean;
  readonly salt: string;
  readonly sign?: string;
  readonly revoke?: string;
}

export async function run(session: Session, [version]: readonly string[], options: Options): Promise<void> {
  const versionId = whole(version!, "<version>");
  if (options.revoke !== undefined) return revoke(session, versionId, hash(options.revoke, "--revoke"));
  if (options.price === undefined) throw cliFail("USAGE", { detail: "An offer needs --price.", command: "offer " });
  if (options.sign !== undefined) await requireAbsent(options.sign);

  const deliveryWindow = duration(options.deliver, "--deliver");
  const lifetime = options.expires === undefined ? 0n : duration(options.expires, "--expires");
  const terms = {
    versionId,
    supply: whole(options.supply, "--supply"),
    referrerBps: basisPoints(options.referrer, "--referrer"),
    deliveryWindow,
    complaintWindow: deliveryWindow === 0n ? 0n : duration(options.complain, "--complain"),
    bond: amount(options.bond, 18, "--bond"),
    salt: whole(options.salt, "--salt"),
    includesUpdates: options.updates === true,
    transferable: options.soulbound !== true,
    ...(options.for === undefined ? {} : { buyer: address(options.for, "--for") }),
    ...(options.arbitrator === undefined ? {} : { arbitrator: address(options.arbitrator, "--arbitrator") }),
  };
  const token = await session.token(options.token, "--token");
  const price = amount(options.price, token.decimals, "--price");
  const market = await session.market();
  const expiresAt =
    lifetime === 0n ? 0n : BigInt((await (await session.provider()).getBlock("latest"))!.timestamp) + lifetime;
  const creator = (await session.wallet()).address;
  const epoch = await market.epochOf(creator);
  const complete = completeOffer(creator, { ...terms, payToken: token.address, price, expiresAt, epoch });

  if (options.sign !== undefined) return sign(session, complete, options.sign, shown(price, token));
  const listed = await session.output.step("List the offer", async (report) => {
    const done = await market.createOffer(complete);
    report.say(`${done.termsHash}, for ${done.receipt.gasUsed.toLocaleString("en")} gas`);
    return done;
  });
  session.output.result(
    [
      `Offered version ${versionId} for ${shown(price, token)}.`,
      `Terms: ${listed.termsHash}`,
      deliveryWindow === 0n
        ? "Licences are sold at once."
        : "Keys must be delivered in time: keep `isonomy seller --watch` running.",
    ],
    { termsHash: listed.termsHash, offer: listed.offer, transaction: transaction(listed.receipt) },
  );
}

async function sign(session: Session, offer: Offer, path: string, price: string): Promise<void> {
  const [market, chainId] = [await session.contract("Market"), await session.chainId()];
  const signed: SignedOffer = {
    format: "isonomy.offer.v1",
    chainId: chainId.toString(),
    market,
    termsHash: hashOffer(offer),
    offer: JSON.parse(jsonText(offer)) as SignedOffer["offer"],
    signature: await signOffer(await session.signer(), market, chainId, offer),
  };
  // refused by signOffer where the code does not accept it; where it does, the creator should know who decides
  const delegate = await delegateOf(await session.provider(), offer.creator);
  await writeNew(path, `${jsonText(signed, 2)}\n`);
  session.output.result(
    [
      `Signed an offer of version ${offer.versionId} for ${price} into ${path}; nothing was sent.`,
      `Terms: ${signed.termsHash}`,
      ...(delegate === undefined
        ? []
        : [
            `Your account is delegated to the code at ${delegate} (EIP-7702): that code decides which signatures are yours.`,
            "The offer counts while it accepts this one. Ending or changing the delegation can end the offer, or revive it.",
          ]),
    ],
    { ...signed, out: path, ...(delegate === undefined ? {} : { delegate }) },
  );
}

async function revoke(session: Session, versionId: bigint, termsHash: string): Promise<void> {
  const market = await session.market();
  const standing = (await market.offersOf(versionId)).find((one) => one.termsHash === termsHash);
  if (standing === undefined) throw cliFail("NO_OFFER", { versionId, which: ` ${termsHash}` });
  const receipt = await session.output.step("Revoke the offer", () => market.revokeOffer(standing.offer));
  session.output.result([`Revoked ${termsHash} for good.`], {
    termsHash,
    revoked: true,
    transaction: transaction(receipt),
  });
}
