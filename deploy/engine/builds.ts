import type { CompilerOutputBytecode } from "@nomicfoundation/ignition-core";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";

import type { BuildInfo, HardhatRuntimeEnvironment } from "hardhat/types";

/** What the compiler was given and said about one contract. */
export interface Build {
  /** `contracts/market/Market.sol:Market`. */
  readonly identifier: string;
  readonly sourceName: string;
  readonly info: BuildInfo;
  readonly deployedBytecode: CompilerOutputBytecode;
}

/** The compiler's inputs and outputs, which are tens of megabytes, each read once. */
export class Builds {
  readonly #files = new Map<string, BuildInfo>();

  constructor(private readonly hre: HardhatRuntimeEnvironment) {}

  /** The build that the contract's artifact comes from, by its name, or with its source in front where others are called the same. */
  async of(name: string): Promise<Build> {
    const { sourceName, contractName } = await this.hre.artifacts.readArtifact(name);
    const identifier = `${sourceName}:${contractName}`;
    const artifact = this.hre.artifacts
      .formArtifactPathFromFullyQualifiedName(identifier)
      .replace(/\.json$/, ".dbg.json");
    const { buildInfo } = JSON.parse(readFileSync(artifact, "utf8")) as { buildInfo: string };
    const build = this.#read(join(dirname(artifact), buildInfo), sourceName, contractName);
    if (build === undefined) throw new Error(`The build of ${identifier} is missing. Run npm run compile.`);
    return build;
  }

  /**
   * The build that leads to some code on a chain; undefined when none does. A contract that another creates was compiled with the settings of
   * that one, so its own artifact is not the only candidate.
   */
  async leadingTo(contractName: string, code: string): Promise<Build | undefined> {
    const own = await this.of(contractName);
    if (leadsTo(own, code)) return own;
    for (const file of await this.hre.artifacts.getBuildInfoPaths()) {
      const other = this.#read(file, own.sourceName, contractName);
      if (other !== undefined && leadsTo(other, code)) return other;
    }
    return undefined;
  }

  #read(file: string, sourceName: string, contractName: string): Build | undefined {
    let info = this.#files.get(file);
    if (info === undefined) {
      info = JSON.parse(readFileSync(file, "utf8")) as BuildInfo;
      this.#files.set(file, info);
    }
    const deployedBytecode = info.output.contracts[sourceName]?.[contractName]?.evm.deployedBytecode;
    if (deployedBytecode === undefined) return undefined;
    return { identifier: `${sourceName}:${contractName}`, sourceName, info, deployedBytecode };
  }
}

const shared = new WeakMap<HardhatRuntimeEnvironment, Builds>();

/** The builds of this process: what one part of a deployment has read, the next does not read again. */
export function buildsOf(hre: HardhatRuntimeEnvironment): Builds {
  const builds = shared.get(hre) ?? new Builds(hre);
  shared.set(hre, builds);
  return builds;
}

function leadsTo({ deployedBytecode }: Build, code: string): boolean {
  const { object, immutableReferences } = deployedBytecode;
  return masked(code.slice(2), immutableReferences) === masked(object, immutableReferences);
}

/** Code with the places of its immutable values blanked: those differ between a compiler's output and a chain. */
function masked(code: string, places: CompilerOutputBytecode["immutableReferences"] = {}): string {
  let result = code;
  for (const { start, length } of Object.values(places).flat()) {
    result = result.slice(0, start * 2) + "0".repeat(length * 2) + result.slice((start + length) * 2);
  }
  return result;
}
