import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { deploymentOn } from "isonomy/addresses";
import { createRoot } from "react-dom/client";
import { defineChain, http } from "viem";
import { WagmiProvider, createConfig, injected } from "wagmi";

import { Failure, Shop } from "./Shop";

// a setting that is empty is not set
const { VITE_CHAIN_ID, VITE_RPC_URL, VITE_DEPLOYMENT, VITE_VERSION_ID } = import.meta.env;

const id = Number(VITE_CHAIN_ID || 31_337);
const chain = defineChain({
  id,
  name: `Chain ${id}`,
  nativeCurrency: { name: "Ether", symbol: "ETH", decimals: 18 },
  rpcUrls: { default: { http: [VITE_RPC_URL || "http://127.0.0.1:8545"] } },
});
const config = createConfig({
  chains: [chain],
  connectors: [injected()],
  transports: { [chain.id]: http() },
  pollingInterval: 500,
});

const root = createRoot(document.getElementById("root")!);
try {
  const file = VITE_DEPLOYMENT ? { path: "VITE_DEPLOYMENT", text: VITE_DEPLOYMENT } : undefined;
  const place = deploymentOn(id, file);
  root.render(
    <WagmiProvider config={config}>
      <QueryClientProvider client={new QueryClient()}>
        <Shop place={place} versionId={BigInt(VITE_VERSION_ID || 65_537)} />
      </QueryClientProvider>
    </WagmiProvider>,
  );
} catch (error) {
  root.render(<Failure error={error} />);
}
