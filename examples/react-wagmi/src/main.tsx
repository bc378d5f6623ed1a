import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { deploymentOn } from "isonomy/addresses";
import { createRoot } from "react-dom/client";
import { defineChain, http, type Address } from "viem";
import { WagmiProvider, createConfig, injected } from "wagmi";

import { Shop, type Place } from "./Shop";

const { VITE_CHAIN_ID, VITE_RPC_URL, VITE_DEPLOYMENT, VITE_VERSION_ID } = import.meta.env;

const chain = defineChain({
  id: Number(VITE_CHAIN_ID),
  name: `Chain ${VITE_CHAIN_ID}`,
  nativeCurrency: { name: "Ether", symbol: "ETH", decimals: 18 },
  rpcUrls: { default: { http: [VITE_RPC_URL] } },
});
const config = createConfig({
  chains: [chain],
  connectors: [injected()],
  transports: { [chain.id]: http() },
  pollingInterval: 500,
});

const file = VITE_DEPLOYMENT ? { path: "VITE_DEPLOYMENT", text: VITE_DEPLOYMENT } : undefined;
const { contracts, block } = deploymentOn(chain.id, file);
const place: Place = {
  market: contracts.Market as Address,
  licenses: contracts.LicenseToken as Address,
  fromBlock: BigInt(block),
};

createRoot(document.getElementById("root")!).render(
  <WagmiProvider config={config}>
    <QueryClientProvider client={new QueryClient()}>
      <Shop place={place} versionId={BigInt(VITE_VERSION_ID)} />
    </QueryClientProvider>
  </WagmiProvider>,
);
