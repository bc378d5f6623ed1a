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

  async of(contractName: string): Promise<Build> {
    const { sourceName } = await this.hre.artifacts.readArtifact(contractName);
    const identifier = `${sourceName}:${contractName}`;
    const artifact = this.hre.artifacts
      .formArtifactPathFromFullyQualifiedName(identifier)
      .replace(/\.json$/, ".dbg.json");
    const { buildInfo } = JSON.parse(readFileSync(artifact, "utf8")) as { buildInfo: string };
    const file = join(dirname(artifact), buildInfo);
    let info = this.#files.get(file);
    if (info === undefined) {
      info = JSON.parse(readFileSync(file, "utf8")) as BuildInfo;
      this.#files.set(file, info);
    }
    const deployedBytecode = info.output.contracts[sourceName]?.[contractName]?.evm.deployedBytecode;
    if (deployedBytecode === undefined) throw new Error(`The build of ${identifier} is missing. Run npm run compile.`);
    return { identifier, sourceName, info, deployedBytecode };
  }
}
