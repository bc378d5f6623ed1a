import "@nomicfoundation/hardhat-chai-matchers";
import "@nomicfoundation/hardhat-ethers";
import "@nomicfoundation/hardhat-ignition-ethers";
import "@typechain/hardhat";
import "dotenv/config";
import "hardhat-contract-sizer";
import "hardhat-gas-reporter";
import {
  TASK_COMPILE_SOLIDITY_COMPILE_JOBS,
  TASK_COMPILE_SOLIDITY_GET_SOLC_BUILD,
  TASK_COMPILE_SOLIDITY_GET_SOURCE_PATHS,
} from "hardhat/builtin-tasks/task-names";
import { subtask, type HardhatUserConfig } from "hardhat/config";
import type { CompilationJob } from "hardhat/types";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import "solidity-coverage";
import "./deploy/tasks/permissions";
import "./scripts/tasks/propose";

const SOLC_VERSION = "0.8.30";
const TEST_CONTRACTS = "test/contracts";

const optimizer = (runs: number, viaIR = false) => ({
  version: SOLC_VERSION,
  settings: {
    evmVersion: "cancun",
    viaIR,
    optimizer: { enabled: true, runs },
    metadata: { bytecodeHash: "none" as const },
    outputSelection: { "*": { "*": ["storageLayout"] } },
  },
});

/**
 * Contracts with settings of their own. Market and Escrow pass large structs around: through the IR a purchase with escrow
 * costs 4 % less gas. The ledger saves 1,000 gas a settlement, the licence token 300 a sale, the Exchange 300 a swap and 2,000 a
 * deposit. The registry would lose: the IR tries its many functions one after the other. The IR takes longer to compile, so
 * everything else goes without.
 */
const COMPILED_APART: Record<string, ReturnType<typeof optimizer>> = {
  "contracts/market/Market.sol": optimizer(20_000, true),
  "contracts/market/Escrow.sol": optimizer(1_000_000, true),
  "contracts/market/LicenseToken.sol": optimizer(1_000_000, true),
  "contracts/market/RevenueLedger.sol": optimizer(1_000_000, true),
  "contracts/exchange/Exchange.sol": optimizer(1_000_000, true),
  // more runs would take it above 24,576 bytes; what it is measured against has the same setting
  "contracts/governance/IsonomyGovernor.sol": optimizer(200),
  "test/contracts/governance/PlainExtended.sol": optimizer(200),
};

// The compiler is the npm package: nothing is downloaded when the project builds.
subtask(TASK_COMPILE_SOLIDITY_GET_SOLC_BUILD, async (args: { solcVersion: string }, _hre, runSuper) => {
  const solc = await import("solc");
  const longVersion: string = solc.default.version();
  if (!longVersion.startsWith(`${args.solcVersion}+`)) return runSuper(args);
  return {
    compilerPath: require.resolve("solc/soljson.js"),
    isSolcJs: true,
    version: args.solcVersion,
    longVersion,
  };
});

// Hardhat leaves a core free while it compiles; on two cores that doubles the wait. The job with the most files begins first.
subtask(
  TASK_COMPILE_SOLIDITY_COMPILE_JOBS,
  (args: { compilationJobs: CompilationJob[]; concurrency: number }, _hre, runSuper) =>
    runSuper({
      ...args,
      compilationJobs: args.compilationJobs.toSorted(
        (one, other) => other.getResolvedFiles().length - one.getResolvedFiles().length,
      ),
      concurrency: Math.max(args.concurrency, 2),
    }),
);

// Test tokens and attackers are compiled beside the production sources, which never import them: all, those of one folder, or none.
subtask(TASK_COMPILE_SOLIDITY_GET_SOURCE_PATHS, async (args: { sourcePath?: string }, hre, runSuper) => {
  const production: string[] = await runSuper(args);
  const wanted = process.env.TEST_CONTRACTS ?? "all";
  const folder = join(hre.config.paths.root, TEST_CONTRACTS, wanted === "all" ? "" : wanted);
  if (wanted === "none" || !existsSync(folder)) return production;
  const extra = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".sol"))
    .map((file) => join(folder, file));
  return [...production, ...extra];
});

const config: HardhatUserConfig = {
  solidity: {
    compilers: [optimizer(1_000_000)],
    // coverage counts statements, not gas, and its instrumentation is for the plain code generator
    overrides: process.env.COVERAGE === "true" ? {} : COMPILED_APART,
  },
  networks: {
    hardhat: { hardfork: "cancun", allowUnlimitedContractSize: false, initialDate: "2026-01-01T00:00:00Z" },
    localhost: { url: process.env.LOCALHOST_RPC_URL ?? "http://127.0.0.1:8545" },
  },
  paths: { ignition: "deploy" },
  typechain: {
    outDir: process.env.TYPECHAIN_OUT ?? (process.env.COVERAGE === "true" ? "cache/typechain" : "typechain-types"),
    target: "ethers-v6",
  },
  gasReporter: { enabled: process.env.REPORT_GAS === "true", offline: true },
  contractSizer: { strict: true, only: ["^contracts/"] },
  mocha: { timeout: process.env.COVERAGE === "true" ? 3_600_000 : 120_000 },
};

export default config;
