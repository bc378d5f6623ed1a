import { getAddress, Interface, parseEther } from "ethers";
import type { Artifacts } from "hardhat/types";

import type { ProtocolParameters } from "./parameters";
import type { Reader } from "../engine/powers";

/** A value that the deployment decided, and how to read it back from the chain. */
export interface Reading {
  /** Of a parameter its field, with `*` for every item of a list; otherwise what it is. */
  readonly what: string;
  readonly contract: string;
  readonly call: string;
  readonly args: readonly unknown[];
  /** What the call must return; for several results, the one with this name or place. */
  readonly pick?: string | number;
  readonly expected: string;
}

/** Parameters that only a constructor sees: the addresses, which follow from the constructors' arguments, stand for them. */
export const IN_THE_ADDRESSES: readonly string[] = ["holder", "amount", "cliff", "duration"].map(
  (field) => `governance.genesis.*.${field}`,
);

/** What every parameter must be on the chain. A test holds this list against the schema, so that no parameter is left out. */
export function readingsOf(parameters: ProtocolParameters): Reading[] {
  const { timelock, guardian, governance, market, panel, metadata } = parameters;
  const yes = "true";
  const governor = (what: string, call: string, expected: string): Reading => ({
    ...{ what, call, expected },
    contract: "IsonomyGovernor",
    args: [],
  });
  return [
    {
      what: "timelock.minDelay",
      contract: "Timelock",
      call: "getMinDelay",
      args: [],
      expected: String(timelock.minDelay),
    },
    governor("guardian", "proposalGuardian", guardian),
    governor("governance.votingDelay", "votingDelay", String(governance.votingDelay)),
    governor("governance.votingPeriod", "votingPeriod", String(governance.votingPeriod)),
    governor("governance.proposalThreshold", "proposalThreshold", String(parseEther(governance.proposalThreshold))),
    governor("governance.quorumPercent", "quorumNumerator()", String(governance.quorumPercent)),
    {
      what: "market.protocolFeeBps",
      contract: "Market",
      call: "config",
      args: [],
      pick: "protocolFeeBps",
      expected: String(market.protocolFeeBps),
    },
    ...market.payTokens.flatMap(({ token, risks }) => [
      {
        what: "market.payTokens.*.token",
        contract: "Market",
        call: "payTokenRisks",
        args: [token],
        pick: 0,
        expected: yes,
      },
      {
        what: "market.payTokens.*.risks",
        contract: "Market",
        call: "payTokenRisks",
        args: [token],
        pick: 1,
        expected: String(risks),
      },
    ]),
    ...panel.arbiters.map((account) => ({
      what: "panel.arbiters.*",
      contract: "Panel",
      call: "isArbiter",
      args: [account],
      expected: yes,
    })),
    { what: "panel.threshold", contract: "Panel", call: "THRESHOLD", args: [], expected: String(panel.threshold) },
    { what: "panel.feeWei", contract: "Panel", call: "FEE", args: [], expected: panel.feeWei },
    {
      what: "metadata.titles",
      contract: "ModelRegistry",
      call: "contractURI",
      args: [],
      expected: metadata.titles,
    },
    {
      what: "metadata.licenses",
      contract: "LicenseToken",
      call: "contractURI",
      args: [],
      expected: metadata.licenses,
    },
  ];
}

/** What the exchange is set to when nobody has voted yet: no parameter says so, and the powers name its treasury only. */
export const EXCHANGE_SETTINGS: readonly Reading[] = [
  { what: "the protocol's share of swap fees, in percent", pick: "protocolShare" },
  { what: "the fee of flash loans, in millionths", pick: "flashFeePips" },
].map((setting) => ({ ...setting, contract: "Exchange", call: "settings", args: [], expected: "0" }));

/** One sentence for each value that is another on the chain. */
export async function compareReadings(
  reader: Reader,
  artifacts: Artifacts,
  contracts: Readonly<Record<string, { readonly address: string; readonly contractName: string }>>,
  readings: readonly Reading[],
  source: "parameters" | "deployment",
): Promise<string[]> {
  const problems: string[] = [];
  for (const { what, contract, call, args, pick, expected } of readings) {
    const entry = contracts[contract];
    if (entry === undefined) {
      problems.push(`${what}: the deployment has no ${contract}`);
      continue;
    }
    const { abi } = await artifacts.readArtifact(entry.contractName);
    const face = new Interface(abi);
    const answer = await reader.request<string>({
      method: "eth_call",
      params: [{ to: entry.address, data: face.encodeFunctionData(call, args) }, "latest"],
    });
    const actual = String(face.decodeFunctionResult(call, answer)[pick ?? 0]);
    if (actual.toLowerCase() !== expected.toLowerCase()) {
      problems.push(
        `${what} (${contract}.${call}): ${readable(actual)} on the chain, ${readable(expected)} in the ${source}`,
      );
    }
  }
  return problems;
}

function readable(value: string): string {
  return /^0x[0-9a-fA-F]{40}$/.test(value) ? getAddress(value.toLowerCase()) : value;
}
