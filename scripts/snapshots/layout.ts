import type { CompilerOutput, HardhatRuntimeEnvironment } from "hardhat/types";

import { Builds } from "../../deploy/engine/builds";

/** EIP-170: what a contract may have as its code. */
const MAX_CODE_BYTES = 24_576;
/** EIP-3860: what may be sent to deploy it. */
const MAX_INIT_CODE_BYTES = 49_152;

/** Readings by contract, then by what was read. */
export type Readings = Record<string, Record<string, string | number>>;

export interface Deployed {
  name: string;
  source: string;
  output: CompilerOutput;
}

interface StorageType {
  label: string;
  numberOfBytes: string;
  members?: StorageVariable[];
}
interface StorageVariable {
  label: string;
  slot: string;
  offset: number;
  type: string;
}
interface StorageLayout {
  storage: StorageVariable[];
  types: Record<string, StorageType> | null;
}

/** Every contract of ours that is deployed, in the order of its name. */
export async function deployedContracts(hre: HardhatRuntimeEnvironment): Promise<Deployed[]> {
  const deployed: Deployed[] = [];
  const builds = new Builds(hre);
  for (const fullName of await hre.artifacts.getAllFullyQualifiedNames()) {
    const [source, name] = fullName.split(":") as [string, string];
    if (!source.startsWith("contracts/")) continue;
    const { output } = (await builds.of(fullName)).info;
    const declared = declarationsOf(output, source).find((node) => node.name === name)!;
    if (declared.contractKind === "contract" && !declared.abstract) deployed.push({ name, source, output });
  }
  return deployed.sort((a, b) => (a.name < b.name ? -1 : 1));
}

interface Declaration {
  nodeType: string;
  name: string;
  contractKind: string;
  abstract: boolean;
}
function declarationsOf(output: CompilerOutput, source: string): Declaration[] {
  const ast = output.sources[source].ast as { nodes: Declaration[] };
  return ast.nodes.filter((node) => node.nodeType === "ContractDefinition");
}

/** The place of each state variable. Structs come with their fields; names of types are without the compiler's numbers. */
export function storageLayouts(deployed: readonly Deployed[]): Readings {
  const readings: Readings = {};
  for (const { name, source, output } of deployed) {
    const { storageLayout } = output.contracts[source][name] as unknown as { storageLayout: StorageLayout };
    const types = storageLayout.types ?? {};
    const rows: Record<string, string> = {};
    for (const variable of storageLayout.storage) {
      rows[placeOf(variable)] = `${variable.label}: ${types[variable.type].label}`;
      for (const key of structsIn(variable.type, types)) {
        for (const field of types[key].members ?? []) {
          rows[`${types[key].label}, ${placeOf(field)}`] = `${field.label}: ${types[field.type].label}`;
        }
      }
    }
    readings[name] = rows;
  }
  return readings;
}

const placeOf = ({ slot, offset }: StorageVariable) => `slot ${slot}, byte ${offset}`;

/** The structs that a type holds, those inside of others included. */
function structsIn(type: string, types: Record<string, StorageType>, seen = new Set<string>()): Set<string> {
  for (const [key, { members }] of Object.entries(types)) {
    if (members === undefined || seen.has(key) || !type.includes(key)) continue;
    seen.add(key);
    for (const member of members) structsIn(member.type, types, seen);
  }
  return seen;
}

/** What each contract takes on chain, and what is left below the limits. */
export function contractSizes(deployed: readonly Deployed[]): Readings {
  const readings: Readings = {};
  for (const { name, source, output } of deployed) {
    const { evm } = output.contracts[source][name];
    const code = evm.deployedBytecode.object.length / 2;
    const initCode = evm.bytecode.object.length / 2;
    readings[name] = {
      "code, bytes": code,
      "left below the limit, bytes": MAX_CODE_BYTES - code,
      "left of what may be sent to deploy it, bytes": MAX_INIT_CODE_BYTES - initCode,
    };
  }
  return readings;
}
