import { isZeroAddress, sameAddress } from "../../addresses/address";
import { isIsonomyError } from "../../base/error";
import { decodingErrors } from "../../errors/explain";
import type { MarketClient, Offer } from "../../market";
import { FOR_EVER, readSeatTerms, readSubscriptionTerms, readUsageTerms, type SeatModule } from "../../rights";
import { localTime } from "../../text/time";
import type { Session } from "../session";
import { percent, span } from "../values";

/** Which of the deployment's modules an offer or a licence names; undefined for another one. */
export async function moduleAt(session: Session, market: MarketClient, index: bigint): Promise<SeatModule | undefined> {
  if (index === 0n) return undefined;
  const { module } = await decodingErrors(() => market.licenses.rightsAt(index));
  const { contracts } = await session.deployment();
  return (["SeatLicenses", "Subscriptions", "UsageChannel"] as const).find((name) =>
    sameAddress(contracts[name], module),
  );
}

/** What the rights of an offer are, in words. */
export async function rightsText(session: Session, { rights, rightsTerms }: Offer): Promise<string> {
  if (rights === 0n) {
    const own = "the holder's own, for ever";
    // terms without a module are sold nowhere, and nothing of an offer changes unseen
    return /^0x0+$/.test(rightsTerms) ? own : `${own}; and terms that no module reads, ${rightsTerms}`;
  }
  const module = await moduleAt(session, await session.market(await session.provider()), rights);
  try {
    if (module === "SeatLicenses") return `for ever, for ${users(readSeatTerms(rightsTerms))}`;
    if (module === "Subscriptions") {
      const { period, renewUntil, cancellable, ...seats } = readSubscriptionTerms(rightsTerms);
      const renewed =
        renewUntil === 0n
          ? "not renewable"
          : `renewable at this price ${renewUntil === FOR_EVER ? "for ever" : `until ${localTime(renewUntil)}`}`;
      return [
        `for ${span(period)}`,
        renewed,
        ...(cancellable ? ["cancellable, and what is left comes back"] : []),
        ...(seats.seats === 0n ? [] : [`for ${users(seats)}`]),
      ].join(", ");
    }
    if (module === "UsageChannel") {
      const { units, grace, providerBps, provider, seats } = readUsageTerms(rightsTerms);
      return [
        `${units} units, more at the same price`,
        "what is not used comes back",
        `vouchers are redeemed for ${span(grace)} after the end`,
        ...(isZeroAddress(provider) ? [] : [`served by ${provider} for ${percent(providerBps)}`]),
        ...(seats === 0n ? [] : [`for ${users({ seats, minStay: 0n })}`]),
      ].join(", ");
    }
  } catch (error) {
    // a seller's word, which no module takes
    if (!isIsonomyError(error, "ARGUMENT_INVALID")) throw error;
  }
  return `as rights module ${rights} says, under the terms ${rightsTerms}`;
}

function users({ seats, minStay }: { readonly seats: bigint; readonly minStay: bigint }): string {
  return `the holder and ${seats} others${minStay === 0n ? "" : `, each for at least ${span(minStay)}`}`;
}
