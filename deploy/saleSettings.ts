import type { Future, IgnitionModuleBuilder } from "@nomicfoundation/ignition-core";
import type { Static } from "@sinclair/typebox";

import type { PowerEvent } from "./engine/powers";
import { address, fields, list, whole } from "./engine/schema";
import type { Contracts, OwnReading } from "./engine/system";
import { Market as constants } from "./schema/constants.json";

/** What every contract with `MarketSettings` has to be given. */
const parametersOf = (place: string) =>
  fields({
    protocolFeeBps: whole("The protocol's share of a price, in basis points", 0, constants.MAX_PROTOCOL_FEE_BPS),
    payTokens: list(
      fields({
        token: address(`A token that the ${place} accepts from the first day`),
        risks: whole("What its issuer can do to it: bits of PayTokenRisks", 0, 255),
      }),
      `Tokens that the ${place} accepts from the first day, besides the native coin`,
    ),
  });

/** @see parametersOf */
export type SaleSettings = Static<ReturnType<typeof parametersOf>>;

/**
 * The part of a domain's manifest that sets and reads back the settings of a contract that inherits `MarketSettings`.
 * @param contract Its name.
 * @param place What its parameters call it.
 */
export function saleSettings(contract: string, place: string) {
  return {
    parameters: parametersOf(place),

    /** Puts the pay tokens on the list. */
    wiring: (m: IgnitionModuleBuilder, contracts: Contracts, { payTokens }: SaleSettings): Future[] =>
      payTokens.map(({ token, risks }, i) =>
        m.call(contracts[contract]!, "setPayToken", [token, true, risks], {
          id: contract === "Market" ? `payToken${i}` : `payToken${i}_${contract}`,
        }),
      ),

    readings: ({ protocolFeeBps, payTokens }: SaleSettings): OwnReading[] => [
      { what: "protocolFeeBps", contract, call: "config", pick: "protocolFeeBps", expected: protocolFeeBps },
      ...payTokens.flatMap(({ token, risks }) => {
        const entry = { contract, call: "payTokenRisks", args: [token] };
        return [
          { ...entry, what: "payTokens.*.token", pick: 0, expected: true },
          { ...entry, what: "payTokens.*.risks", pick: 1, expected: risks },
        ];
      }),
    ],

    outside: ({ payTokens }: SaleSettings): string[] => payTokens.map(({ token }) => token),

    powers: [
      {
        contract,
        event: "event TreasurySet(address indexed treasury)",
        says: ({ treasury }, nameOf) => ["the treasury is", nameOf(treasury)],
      },
      {
        contract,
        event: "event PayTokenSet(address indexed token, bool allowed, uint8 risks)",
        says: ({ token, allowed }, nameOf) => [nameOf(token), allowed ? "is a pay token" : undefined],
      },
    ] satisfies PowerEvent[],
  };
}
