import { ZeroAddress } from "ethers";

import { IUpdateDesk__factory } from "../../../typechain-types/factories/contracts/escrow/IUpdateDesk__factory";
import { sameAddress } from "../addresses/address";
import { isIsonomyError } from "../base/error";
import { dealError } from "../domains/escrow/errors";
import { chainError } from "../errors/chainErrors";
import { decodingErrors } from "../errors/explain";
import { isBefore, keyLure, type Place } from "../market/keys";
import { hashOffer, toOffer, type Offer } from "../market/offer";
import type { Deal } from "./deal";
import { openerKind, type DealReader } from "./history";

/** Refuses a deal for which the signer did not offer its file: the escrow opens deals for anyone, in any seller's name. */
export async function requireOurs(
  reader: DealReader,
  deal: Deal,
  signed: readonly Offer[],
  openedIn: number,
): Promise<void> {
  const { chain, market, deployment } = reader;
  // an offer that is provided later can still make a sale of ours of it, unless that is what speaks against it
  const refuse = (detail: string, lasting = false): never => {
    throw dealError("DEAL_NOT_OURS", { opener: deal.opener, id: deal.id, detail, lasting });
  };
  const seller = await chain.account();
  if (!sameAddress(deal.seller, seller)) refuse(`its seller is ${deal.seller}, not ${seller}.`);
  const kind =
    openerKind(reader, deal.opener) ??
    refuse("its opener is neither the market, nor the resale, nor the desk for updates.");
  if (kind === "update") {
    const reason = await notPromised(reader, deal, seller, openedIn);
    return reason === undefined ? undefined : refuse(reason);
  }
  if (kind === "resale") {
    // the resale opens a deal only on an ask that its seller signed, for exactly this version and price
    const shared = await keyLure(chain, market.registry, deal.versionId, seller, deployment.block ?? 0);
    return shared === undefined ? undefined : refuse(shared, true);
  }

  const offer = signed.find((one) => hashOffer(one) === deal.termsHash) ?? (await listedOffer(reader, deal.termsHash));
  if (offer === undefined) return refuse("its offer was neither listed nor among the signed offers.");
  if (!sameAddress(offer.creator, seller)) refuse(`its offer is by ${offer.creator}.`, true);
  if (offer.versionId !== deal.versionId) refuse("its offer is for another version.", true);
  if (!isPriceOf(offer, deal.price) || !sameAddress(offer.payToken, deal.payToken)) {
    refuse("it pays another price.", true);
  }
  const lure = await keyLure(chain, market.registry, deal.versionId, seller, deployment.block ?? 0);
  if (lure !== undefined) refuse(lure, true);
}

/** Whether a sale may cost this: an offer with rights is sold several times over for one licence. */
function isPriceOf(offer: Offer, paid: bigint): boolean {
  if (offer.rights === 0n || offer.price === 0n) return paid === offer.price;
  return paid > 0n && paid % offer.price === 0n;
}

async function listedOffer(
  { chain, market: client, deployment }: DealReader,
  hash: string,
): Promise<Offer | undefined> {
  const { market } = client;
  const [{ listed }, events] = await decodingErrors(() =>
    Promise.all([market.offerState(hash), chain.logs(market, market.filters.OfferListed(hash), deployment.block)]),
  );
  if (!listed) return undefined;
  const offer = events.map(({ args }) => toOffer(args.offer)).find((one) => hashOffer(one) === hash);
  // two nodes behind one address: the one that was asked for the events has not read them all
  if (offer === undefined) throw chainError("NODE_BEHIND", { detail: `it has no event of the listed offer ${hash}.` });
  return offer;
}

/**
 * Why a seller owes nobody this update; undefined when it does. A title can be given away with a version that copies
 * another model's key; a temporary holder can sell licences with updates to themselves and give it back; a
 * sale can be refunded after its update was asked for; and a vote can let another contract than the market issue licences.
 */
async function notPromised(
  reader: DealReader,
  { opener, id, versionId }: Deal,
  seller: string,
  openedIn: number,
): Promise<string | undefined> {
  const { chain, runner, deployment } = reader;
  const { licenses, registry } = reader.market;
  const desk = IUpdateDesk__factory.connect(opener, runner);
  const asked = desk.filters.UpdateRequested(undefined, versionId, id);
  // the request is in the transaction that opened the deal
  const [request] = await chain.logs(desk, asked, openedIn, openedIn);
  if (request === undefined) return "nobody asked for it.";
  const { licenseId } = request.args;
  // what takes one call comes before what takes the whole history: anyone with a licence may ask, and for nothing
  if (!(await isUsable(reader, licenseId))) return `licence ${licenseId} gives no rights any more.`;
  const { module } = await decodingErrors(() => licenses.licenseInfo(licenseId));
  const markets = [deployment.contracts.Market, ...(deployment.formerMarkets ?? [])];
  if (!markets.some((one) => sameAddress(one, module)))
    return `licence ${licenseId} was issued by ${module}, which is no market of the seller's.`;

  const from = deployment.block ?? 0;
  const { filters } = registry;
  const [[version], titles, [issued]] = await Promise.all([
    chain.logs(registry, filters.VersionPublished(undefined, versionId), from),
    chain.logs(registry, filters.Transfer(undefined, undefined, versionId >> 16n), from),
    chain.logs(licenses, licenses.filters.Transfer(ZeroAddress, undefined, licenseId), from),
  ]);
  // only the holder of a title publishes and sells, so its holder then is who did
  const holder = (event: Place): string => titles.filter((one) => isBefore(one, event)).at(-1)?.args.to ?? "nobody";
  if (version === undefined || !sameAddress(holder(version), seller)) return `${seller} did not publish its version.`;
  if (issued === undefined) return `licence ${licenseId} was never issued.`;
  // the version was published for the licences that existed before it, no matter who sold them
  if (isBefore(version, issued) && !sameAddress(holder(issued), seller)) {
    return `licence ${licenseId} was sold by ${holder(issued)}, who held the title then.`;
  }
  return undefined;
}

/** Whether the holder of a licence may use it; not when its sale was refunded or is disputed. */
async function isUsable({ market }: DealReader, licenseId: bigint): Promise<boolean> {
  const { licenses } = market;
  try {
    return await decodingErrors(async () => licenses.isAuthorized(licenseId, await licenses.ownerOf(licenseId)));
  } catch (error) {
    if (isIsonomyError(error, "ERC721NonexistentToken")) return false;
    throw error;
  }
}
