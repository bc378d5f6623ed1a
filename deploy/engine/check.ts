import { keccak256 } from "ethers";
import type { HardhatRuntimeEnvironment } from "hardhat/types";

import { sameAddress } from "../../sdk/src/addresses/address";
import { entriesOf, type Book } from "./book";
import { buildsOf } from "./builds";
import type { Plan } from "./plan";
import { comparePowers, holdingsOf, readPowers, type Reader } from "./powers";
import { compareReadings } from "./readings";
import type { System } from "./system";

/** One thing that the chain was asked about. */
export interface Finding {
  readonly title: string;
  /** What was compared, in a sentence; empty problems mean that everything agreed. */
  readonly compared: string;
  readonly problems: readonly string[];
}

export interface CheckOptions<P = unknown> {
  readonly system: System<P>;
  readonly hre: HardhatRuntimeEnvironment;
  readonly reader: Reader;
  readonly book: Book<P>;
  /** What a rehearsal with the book's parameters, deployer and salt led to. */
  readonly plan: Plan;
}

/** Compares a deployment with the chain: code, addresses, powers, parameters, settings, and that its deployer has nothing. */
export async function checkDeployment<P>({ system, hre, reader, book, plan }: CheckOptions<P>): Promise<Finding[]> {
  const contracts = entriesOf(book);
  const names = Object.keys(contracts);
  const findings: Finding[] = [];

  const builds = buildsOf(hre);
  const code: string[] = [];
  for (const [name, { address, codeHash }] of Object.entries(contracts)) {
    const onChain = await reader.request<string>({ method: "eth_getCode", params: [address, "latest"] });
    if (onChain === "0x") {
      code.push(`${name}: there is no code at ${address}`);
      continue;
    }
    if (keccak256(onChain) !== codeHash) code.push(`${name}: the code at ${address} is not the one that was deployed`);
    if ((await builds.leadingTo(name, onChain)) === undefined) {
      code.push(`${name}: the sources here compile to other code than is on the chain`);
    }
  }
  findings.push({
    title: "code",
    compared: `${names.length} contracts have the code of the book and of the sources`,
    problems: code,
  });

  const addresses = names.flatMap((name) => {
    const expected = plan.contracts[name]?.address;
    const { address } = contracts[name]!;
    if (expected === undefined) return [`${name}: the deployment of these sources has no such contract`];
    return sameAddress(expected, address)
      ? []
      : [`${name}: these sources and parameters lead to ${expected}, and the book says ${address}`];
  });
  findings.push({
    title: "addresses",
    compared: "they follow from the code, the constructors' arguments, the deployer and the salt",
    problems: addresses,
  });

  const powers = await readPowers(reader, { contracts, fromBlock: book.block, events: system.powers });
  const { missing, unexpected } = comparePowers(plan.powers, powers);
  findings.push({
    title: "powers",
    compared: `${powers.lines.length} roles and permissions are those of the deployment`,
    problems: [...missing.map((line) => `no longer so: ${line}`), ...unexpected.map((line) => `new: ${line}`)],
  });

  const { found, asked } = await holdingsOf(reader, book.deployer, contracts, powers.roles);
  findings.push({
    title: "deployer",
    compared: `it has nothing, by ${asked} questions to the contracts`,
    problems: found.map((what) => `${book.deployer} has ${what}`),
  });

  const readings = system.readings(book.parameters);
  findings.push({
    title: "parameters",
    compared: `${readings.length} values are those of the parameters`,
    problems: await compareReadings(reader, hre.artifacts, contracts, readings, "parameters"),
  });

  findings.push({
    title: "settings",
    compared: `${system.defaults.length} settings are those of the deployment`,
    problems: await compareReadings(reader, hre.artifacts, contracts, system.defaults, "deployment"),
  });
  return findings;
}

export function findingsText(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ title }) => title.length));
  return findings
    .flatMap(({ title, compared, problems }) =>
      problems.length === 0
        ? [`  ✓ ${title.padEnd(width)}  ${compared}`]
        : problems.map((problem, i) => `  ✗ ${(i === 0 ? title : "").padEnd(width)}  ${problem}`),
    )
    .join("\n");
}
