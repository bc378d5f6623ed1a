import { getAddress, Interface, parseEther } from "ethers";
import type { Artifacts } from "hardhat/types";

import type { ProtocolParameters } from "./parameters";
import type { Reader } from "./powers";

/** A value that a parameter decided, and how to read it back from the chain. */
export interface Reading {
  /** The field of the parameters, with `*` for every item of a list. */
  readonly parameter: string;
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
  const governor = (parameter: string, call: string, expected: string): Reading => ({
    ...{ parameter, call, expected },
    contract: "IsonomyGovernor",
    args: [],
  });
  return [
    {
      parameter: "timelock.minDelay",
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
      parameter: "market.protocolFeeBps",
      contract: "Market",
      call: "config",
      args: [],
      pick: "protocolFeeBps",
      expected: String(market.protocolFeeBps),
    },
    ...market.payTokens.flatMap(({ token, risks }) => [
      {
        parameter: "market.payTokens.*.token",
        contract: "Market",
        call: "payTokenRisks",
        args: [token],
        pick: 0,
        expected: yes,
      },
      {
        parameter: "market.payTokens.*.risks",
        contract: "Market",
        call: "payTokenRisks",
        args: [token],
        pick: 1,
        expected: String(risks),
      },
    ]),
    ...panel.arbiters.map((account) => ({
      parameter: "panel.arbiters.*",
      contract: "Panel",
      call: "isArbiter",
      args: [account],
      expected: yes,
    })),
    { parameter: "panel.threshold", contract: "Panel", call: "THRESHOLD", args: [], expected: String(panel.threshold) },
    { parameter: "panel.feeWei", contract: "Panel", call: "FEE", args: [], expected: panel.feeWei },
    {
      parameter: "metadata.titles",
      contract: "ModelRegistry",
      call: "contractURI",
      args: [],
      expected: metadata.titles,
    },
    {
      parameter: "metadata.licenses",
      contract: "LicenseToken",
      call: "contractURI",
      args: [],
      expected: metadata.licenses,
    },
  ];
}

/** One sentence for each parameter whose value on the chain is another. */
export async function compareReadings(
  reader: Reader,
  artifacts: Artifacts,
  contracts: Readonly<Record<string, { readonly address: string; readonly contractName: string }>>,
  readings: readonly Reading[],
): Promise<string[]> {
  const problems: string[] = [];
  for (const { parameter, contract, call, args, pick, expected } of readings) {
    const entry = contracts[contract];
    if (entry === undefined) {
      problems.push(`${parameter}: the deployment has no ${contract}`);
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
        `${parameter} (${contract}.${call}): ${readable(actual)} on the chain, ${readable(expected)} in the parameters`,
      );
    }
  }
  return problems;
}

function readable(value: string): string {
  return /^0x[0-9a-fA-F]{40}$/.test(value) ? getAddress(value.toLowerCase()) : value;
}
