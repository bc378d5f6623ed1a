import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { addressBook } from "isonomy/addresses";
import { createRoot } from "react-dom/client";
import { defineChain, http, type Address } from "viem";
import { WagmiProvider, createConfig, injected } from "wagmi";

import { Shop, type Place } from "./Shop";

const { VITE_CHAIN_ID, VITE_RPC_URL, VITE_MARKET, VITE_LICENSES, VITE_FROM_BLOCK, VITE_VERSION_ID } = import.meta.env;

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

const known = addressBook[chain.id];
const place: Place = {
  market: (VITE_MARKET || known?.addresses.Market) as Address,
  licenses: (VITE_LICENSES || known?.addresses.LicenseToken) as Address,
  fromBlock: BigInt(VITE_FROM_BLOCK || (known?.fromBlock ?? 0)),
};

createRoot(document.getElementById("root")!).render(
  <WagmiProvider config={config}>
    <QueryClientProvider client={new QueryClient()}>
      <Shop place={place} versionId={BigInt(VITE_VERSION_ID)} />
    </QueryClientProvider>
  </WagmiProvider>,
);
