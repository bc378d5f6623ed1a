import { rmSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { ZeroAddress, hexlify, parseEther, randomBytes, type JsonRpcSigner } from "ethers";
import type { Browser, BrowserContext, BrowserContextOptions, Page } from "playwright-core";

import { winkCard } from "../../../scripts/demo/card";
import { buildPage } from "../../../scripts/page/build";
import { localNetwork, servePage, type PageServer } from "../../../scripts/page/serve";
import { MarketClient, type OfferTerms } from "../../../sdk/src/market";
import { folderStore } from "../../../sdk/src/node";
import { FolderBlocks } from "../../../sdk/src/store/folder";
import { separateNode, type SeparateNode } from "../../support/separate-node";
import { launch, requireBrowser } from "./browser";

const CREATOR = 7;

/** A chain with a model that is for sale, the built page before it, and a browser. */
export interface Stage {
  readonly chain: SeparateNode;
  readonly server: PageServer;
  readonly browser: Browser;
  readonly creator: JsonRpcSigner;
  readonly market: MarketClient;
  /** Where cards and files are kept, which the page reads as a gateway. */
  readonly store: ReturnType<typeof folderStore>;
  readonly versionId: bigint;
  readonly modelId: bigint;
  /** Lists an offer of the model, in native coin unless said otherwise. */
  offer(terms?: Partial<OfferTerms>): Promise<string>;
  /** A fresh visitor, whose requests all stay on this machine and whose page broke no rule of its policy. */
  visit(path?: string, options?: BrowserContextOptions): Promise<Visit>;
  close(): Promise<void>;
}

export interface Visit {
  readonly page: Page;
  readonly context: BrowserContext;
  /** What the page must not have done: foreign requests, breaches of its policy, errors that nothing caught. */
  readonly faults: string[];
}

/** Other processes may build the page at the same time: each has its own. */
let built: Promise<string> | undefined;

async function builtPage(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "isonomy-page-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  return buildPage(folder);
}

/** @param base The path that the page is put under. */
export async function openStage(mocha: Mocha.Context, base?: string): Promise<Stage> {
  const executable = requireBrowser(mocha);
  const page = await (built ??= builtPage());
  const chain = await separateNode();
  const folder = join(chain.folder, "store");
  const store = folderStore(folder);
  const creator = await chain.provider.getSigner(CREATOR);
  const market = new MarketClient(chain.deployment, creator);
  const { versionId, modelId } = await market.listModel(winkCard, store);
  const server = await servePage({
    folder: page,
    network: localNetwork(chain.deployment, chain.node.url),
    blocks: new FolderBlocks(folder),
    ...(base === undefined ? {} : { base }),
  });
  const browser = await launch(executable);
  const own = [new URL(server.origin).origin, chain.node.url];
  return {
    ...{ chain, server, browser, creator, market, store, versionId, modelId },
    offer: async (terms = {}) => {
      const salt = BigInt(hexlify(randomBytes(8)));
      const { termsHash } = await market.createOffer({
        ...{ versionId, payToken: ZeroAddress, price: parseEther("0.25"), supply: 10n, salt },
        ...terms,
      });
      return termsHash;
    },
    visit: async (path = "/", options = {}) => {
      const context = await browser.newContext({ locale: "en-GB", ...options });
      const faults: string[] = [];
      await context.route("**/*", (route) => {
        const { origin, protocol } = new URL(route.request().url());
        if (own.includes(origin) || protocol === "blob:" || protocol === "data:") return route.continue();
        faults.push(`asked ${origin}`);
        return route.abort();
      });
      const page = await context.newPage();
      page.setDefaultTimeout(20_000);
      page.on("pageerror", (error) => faults.push(`threw ${error.message}`));
      page.on("console", (message) => {
        if (/Content.Security.Policy|violates the following/i.test(message.text())) faults.push(message.text());
      });
      await page.goto(`${server.origin}/#${path}`);
      return { page, context, faults };
    },
    close: async () => {
      await browser.close();
      await server.close();
      await chain.close();
    },
  };
}

/** Connects the page's own wallet. */
export async function connectBurner(page: Page): Promise<string> {
  await page.click("#connect");
  await page.click('[data-wallet="burner"]');
  return (await page.locator("#account").getAttribute("title"))!;
}
