import "./styles/base.css";

import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { WagmiProvider } from "wagmi";

import { App } from "./App";
import { PlaceContext } from "./chain/context";
import { openSource } from "./chain/reader";
import { WordsContext, loadWords, preferredLanguage } from "./i18n";
import { loadNetwork } from "./network";
import { Failure } from "./tx/Failure";
import { walletConfig } from "./wallet/config";

const root = createRoot(document.getElementById("root")!);

async function start(): Promise<void> {
  const words = await loadWords(preferredLanguage());
  document.documentElement.lang = words.language;
  const network = await loadNetwork().catch((error: unknown) => {
    root.render(
      <WordsContext value={words}>
        <main>
          <h1>{words.t("app.title")}</h1>
          <p>{words.t("error.network")}</p>
          <Failure error={error} />
        </main>
      </WordsContext>,
    );
    return undefined;
  });
  if (network === undefined) return;
  // an answer stays good while the page waits for the next block
  const queries = new QueryClient({ defaultOptions: { queries: { staleTime: 10_000, retry: false } } });
  root.render(
    <StrictMode>
      <WordsContext value={words}>
        <PlaceContext value={{ network, source: openSource(network) }}>
          <WagmiProvider config={walletConfig(network)}>
            <QueryClientProvider client={queries}>
              <App />
            </QueryClientProvider>
          </WagmiProvider>
        </PlaceContext>
      </WordsContext>
    </StrictMode>,
  );
}

void start();
