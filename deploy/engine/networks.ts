import { redact } from "../../sdk/src/text/redact";
import { settingOf, type Environment } from "../../sdk/src/text/settings";

/** A network that `npm run deploy` knows. */
export interface Network {
  readonly name: string;
  /** As a person calls it. */
  readonly title: string;
  readonly chainId: number;
  /** What is deployed here is seen by everybody: development keys are refused, addresses go into the constants. */
  readonly isPublic: boolean;
  /** Variable of the settings that names another endpoint. */
  readonly rpcVariable: string;
  readonly rpcUrl: string;
  /** Blocks that a transaction must have on top before the next step builds on it. */
  readonly confirmations: number;
  /** How much more a step can cost here than its gas says, in percent: rollups charge for the bytes they publish. */
  readonly gasPercent: number;
  /** An explorer that speaks Etherscan's API, for the sources. */
  readonly explorer?: { readonly apiUrl: string; readonly browserUrl: string };
}

const ETHERSCAN_API = "https://api.etherscan.io/v2/api";

/** Every network, in the order in which a person is told of them. */
export const NETWORKS: readonly Network[] = [
  {
    name: "sepolia",
    title: "Sepolia",
    chainId: 11_155_111,
    isPublic: true,
    rpcVariable: "SEPOLIA_RPC_URL",
    rpcUrl: "https://ethereum-sepolia-rpc.publicnode.com",
    confirmations: 5,
    gasPercent: 110,
    explorer: { apiUrl: ETHERSCAN_API, browserUrl: "https://sepolia.etherscan.io" },
  },
  {
    name: "base-sepolia",
    title: "Base Sepolia",
    chainId: 84_532,
    isPublic: true,
    rpcVariable: "BASE_SEPOLIA_RPC_URL",
    rpcUrl: "https://sepolia.base.org",
    confirmations: 5,
    gasPercent: 150,
    explorer: { apiUrl: ETHERSCAN_API, browserUrl: "https://sepolia.basescan.org" },
  },
  {
    name: "arbitrum-sepolia",
    title: "Arbitrum Sepolia",
    chainId: 421_614,
    isPublic: true,
    rpcVariable: "ARBITRUM_SEPOLIA_RPC_URL",
    rpcUrl: "https://sepolia-rollup.arbitrum.io/rpc",
    confirmations: 5,
    gasPercent: 250,
    explorer: { apiUrl: ETHERSCAN_API, browserUrl: "https://sepolia.arbiscan.io" },
  },
  {
    name: "localhost",
    title: "the local chain",
    chainId: 31_337,
    isPublic: false,
    rpcVariable: "LOCALHOST_RPC_URL",
    rpcUrl: "http://127.0.0.1:8545",
    confirmations: 1,
    gasPercent: 110,
  },
];

/** Their names. */
export const NETWORK_NAMES: readonly string[] = NETWORKS.map(({ name }) => name);

/** Throws a sentence when there is no such network. */
export function networkOf(name: string | undefined): Network {
  const network = NETWORKS.find((candidate) => candidate.name === name);
  if (network !== undefined) return network;
  const choice = `Choose one of: ${NETWORK_NAMES.join(", ")}.`;
  throw new Error(name === undefined ? `No network is named. ${choice}` : `"${name}" is no known network. ${choice}`);
}

/** The endpoint of a network: the one of the settings, or else a public one. */
export function endpointAt({ rpcVariable, rpcUrl }: Network, environment: Environment): string {
  const url = settingOf(environment, rpcVariable) ?? rpcUrl;
  if (!/^https?:\/\/./.test(url)) {
    throw new Error(`${rpcVariable} is "${redact(url)}", which is no HTTP address. Write one such as ${rpcUrl}.`);
  }
  return url;
}
