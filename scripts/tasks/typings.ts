import { TASK_TYPECHAIN_GENERATE_TYPES } from "@typechain/hardhat/dist/constants";
import { TASK_COMPILE } from "hardhat/builtin-tasks/task-names";
import { subtask, task } from "hardhat/config";
import type { Artifact, HardhatRuntimeEnvironment } from "hardhat/types";
import { existsSync } from "node:fs";
import { join } from "node:path";

/** Contracts outside `contracts/` that our TypeScript imports by name, or whose ABI the package carries (sdk/build/generate.mjs); everything else of packages and tests goes without typings. */
const IMPORTED = [
  "@openzeppelin/contracts/access/manager/AccessManager.sol:AccessManager",
  "@openzeppelin/contracts/interfaces/IERC1271.sol:IERC1271",
  "@openzeppelin/contracts/interfaces/IERC5267.sol:IERC5267",
  "@openzeppelin/contracts/interfaces/IERC6909.sol:IERC6909",
  "@openzeppelin/contracts/token/ERC20/IERC20.sol:IERC20",
  "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol:IERC20Metadata",
  "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol:IERC20Permit",
  "@openzeppelin/contracts/token/ERC721/IERC721.sol:IERC721",
];

/** Whether a contract of ours gets typings: what can be deployed or called from outside. A part of another contract, or a library that is inlined, does not. */
function isCalled({ contractName, bytecode, abi }: Artifact): boolean {
  const isInterface = /^I[A-Z]/.test(contractName);
  return (bytecode !== "0x" || isInterface) && abi.some((entry: { type: string }) => entry.type === "function");
}

async function typedArtifacts({ artifacts, config }: HardhatRuntimeEnvironment): Promise<string[]> {
  // the builds of sources that were moved or deleted are removed only afterwards
  const isThere = (name: string) => name.startsWith("@") || existsSync(join(config.paths.root, name.split(":")[0]!));
  const names = (await artifacts.getAllFullyQualifiedNames()).filter(isThere);
  const typed: string[] = [];
  for (const name of names) {
    const ours = name.startsWith("contracts/") && isCalled(await artifacts.readArtifact(name));
    if (ours || name.startsWith("test/contracts/tokens/") || IMPORTED.includes(name)) typed.push(name);
  }
  return typed.map((name) => artifacts.formArtifactPathFromFullyQualifiedName(name));
}

interface Args {
  compileSolOutput: { artifactsEmittedPerJob: readonly unknown[] };
  quiet?: boolean;
}

let without = false;

task(TASK_COMPILE, async (args: { noTypechain?: boolean }, _hre, runSuper) => {
  without = args.noTypechain === true;
  return runSuper(args);
});

// The plugin would write typings of everything that was compiled: 180,000 lines, most of them of contracts that no TypeScript names.
subtask(TASK_TYPECHAIN_GENERATE_TYPES, async (args: Args, hre) => {
  const compiled = args.compileSolOutput.artifactsEmittedPerJob.length > 0;
  if (without || (!compiled && existsSync(hre.config.typechain.outDir))) return;
  const { runTypeChain, glob } = await import("typechain");
  const { config } = hre;
  const files = glob(config.paths.root, await typedArtifacts(hre));
  const { outDir, target } = config.typechain;
  const { filesGenerated } = await runTypeChain({
    cwd: config.paths.root,
    allFiles: files,
    filesToProcess: files,
    outDir,
    target,
    flags: {
      alwaysGenerateOverloads: config.typechain.alwaysGenerateOverloads,
      discriminateTypes: config.typechain.discriminateTypes,
      tsNocheck: config.typechain.tsNocheck,
      environment: "hardhat",
      node16Modules: config.typechain.node16Modules,
    },
  });
  if (args.quiet !== true)
    console.log(`Typings of ${files.length} contracts (${filesGenerated} files) are in ${outDir}.`);
});
