import "@nomicfoundation/hardhat-chai-matchers";
import "@nomicfoundation/hardhat-ethers";
import "@nomicfoundation/hardhat-ignition-ethers";
import "@typechain/hardhat";
import "dotenv/config";
import "hardhat-contract-sizer";
import "hardhat-gas-reporter";
import type { HardhatUserConfig } from "hardhat/config";
import type { HardhatNetworkForkingUserConfig } from "hardhat/types";
import "solidity-coverage";
import { setting } from "./deploy/engine/environment";
import { NETWORKS } from "./deploy/engine/networks";
import "./deploy/tasks/permissions";
import "./scripts/tasks/compile";
import "./scripts/tasks/propose";
import "./scripts/tasks/typings";

const SOLC_VERSION = "0.8.30";

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
  "contracts/market/Market.sol": optimizer(200, true),
  "contracts/escrow/Escrow.sol": optimizer(1_000_000, true),
  "contracts/license/LicenseToken.sol": optimizer(1_000_000, true),
  "contracts/ledger/RevenueLedger.sol": optimizer(1_000_000, true),
  "contracts/exchange/Exchange.sol": optimizer(1_000_000, true),
  "contracts/market/OfferPolicies.sol": optimizer(1_000_000, true),
  "contracts/rights/Subscriptions.sol": optimizer(1_000_000, true),
  "contracts/rights/UsageChannel.sol": optimizer(1_000_000, true),
  "contracts/lineage/Lineage.sol": optimizer(1_000_000, true),
  "contracts/lineage/Splitter.sol": optimizer(1_000_000, true),
  "contracts/resale/Resale.sol": optimizer(1_000_000, true),
  // more runs would take it above 24,576 bytes; what it is measured against has the same setting
  "contracts/governance/IsonomyGovernor.sol": optimizer(200),
};

const FORK = setting("ISONOMY_FORK");
/**
 * What the chain of this process is a fork of, and its id: `startNode` says so to the node that it starts. The address of the other chain's
 * node may hold a password or a key, which an argument would show to everybody who lists the processes of the machine.
 */
const fork =
  FORK === undefined ? {} : (JSON.parse(FORK) as { chainId: number; forking: HardhatNetworkForkingUserConfig });

/** Hardhat's tasks know every network that `npm run deploy` knows, at the same endpoints. No key is here: tasks that sign ask for theirs. */
const networks = Object.fromEntries(
  NETWORKS.map(({ name, chainId, rpcVariable, rpcUrl }) => [name, { chainId, url: setting(rpcVariable) ?? rpcUrl }]),
);
const isCoverage = setting("COVERAGE") === "true";

const config: HardhatUserConfig = {
  solidity: {
    compilers: [optimizer(1_000_000)],
    // coverage counts statements, not gas, and its instrumentation is for the plain code generator
    overrides: isCoverage ? {} : COMPILED_APART,
  },
  networks: {
    hardhat: { hardfork: "cancun", allowUnlimitedContractSize: false, initialDate: "2026-01-01T00:00:00Z", ...fork },
    ...networks,
  },
  paths: { ignition: "deploy" },
  typechain: {
    outDir: setting("TYPECHAIN_OUT") ?? (isCoverage ? "cache/typechain" : "typechain-types"),
    target: "ethers-v6",
  },
  gasReporter: { enabled: setting("REPORT_GAS") === "true", offline: true },
  contractSizer: { strict: true, only: ["^contracts/"] },
  mocha: { timeout: isCoverage ? 3_600_000 : 120_000 },
};

export default config;
