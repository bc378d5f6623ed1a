import { createConfig, fallback, http, injected, type Config } from "wagmi";
import { defineChain, type Chain } from "viem";

import type { Network } from "../network";
import { burnerProvider, isBurnerKept } from "./burner";

/** The id of the connector of the page's own wallet. */
export const BURNER = "burner";

export function chainOf({ deployment, name, currency, rpcUrls, explorer, test }: Network): Chain {
  return defineChain({
    id: deployment.chainId,
    name,
    nativeCurrency: currency,
    rpcUrls: { default: { http: rpcUrls } },
    ...(explorer === undefined ? {} : { blockExplorers: { default: { name: explorer, url: explorer } } }),
    testnet: test,
  });
}

/** Wallets that announce themselves (EIP-6963) and, on a test chain, the page's own. */
export function walletConfig(network: Network): Config {
  const chain = chainOf(network);
  const burner = injected({
    target: { id: BURNER, name: BURNER, provider: () => burnerProvider(network) as never },
  });
  return createConfig({
    chains: [chain],
    transports: { [chain.id]: fallback(network.rpcUrls.map((url) => http(url))) },
    connectors: network.test ? [burner] : [],
    // a wallet that was connected is asked again, and nothing is sent without it
    multiInjectedProviderDiscovery: true,
    pollingInterval: network.test ? 1_000 : 4_000,
  });
}

export { isBurnerKept };
