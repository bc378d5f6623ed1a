import { HDNodeWallet, Mnemonic, ZeroAddress, parseEther } from "ethers";
import { createReadStream } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";

import { DEVELOPMENT_MNEMONIC } from "../../deploy/engine/keys";
import { DealClient } from "../../sdk/src/deals";
import { fileSink, folderStore, nodePlatform, prepareFile } from "../../sdk/src/node";
import { SellerAgent, StateFile } from "../../sdk/src/seller";
import { FolderBlocks } from "../../sdk/src/store/folder";
import { buildPage } from "../page/build";
import { localNetwork, servePage } from "../page/serve";
import { winkCard } from "./card";
import { FILE_NAME } from "./fileSale";
import { keyringOf } from "./keys";
import { ACCOUNTS, type JobContext, type Parts } from "./parts";
import type { Step } from "./ui";

const DAY = 86_400n;
const PAGE_PORT = 8546;

/** The page before the chain of this run, with models for visitors, and an agent that delivers what they buy. */
export function page(parts: Parts): Step<JobContext>[] {
  return [
    {
      title: "Offer models to visitors of the page",
      run: async (context, report) => {
        const folder = join(context.root, ".isonomy", "files");
        const store = folderStore(join(context.root, ".isonomy", "store"));
        const seller = parts.client("creator");
        // a good version after the one that was proven wrong
        const good = await seller.publishVersion(parts.version.modelId, { ...winkCard, version: "1.8.2" }, store);
        report.spent(good.receipt);
        const native = { payToken: ZeroAddress, supply: 1_000n };
        report.spent(
          (await seller.createOffer({ ...native, versionId: good.versionId, price: parseEther("0.05") })).receipt,
        );

        const sealed = join(folder, "for-visitors.blob");
        const sink = await fileSink(sealed);
        const { key, ...commitment } = await prepareFile(join(folder, FILE_NAME), sink, nodePlatform());
        await sink.close();
        const blob = await store.put(createReadStream(sealed));
        await keyringOf(context, "creator").add({
          kind: "version",
          secret: key,
          x: commitment.keyX,
          note: "for visitors of the page",
        });
        const name = `${winkCard.name} as a file`;
        const card = { ...winkCard, name, file: { blob, name: FILE_NAME, mediaType: "application/x-tar" } };
        const model = await seller.listModel(card, store, { file: commitment });
        report.spent(model.receipt);
        const windows = { deliveryWindow: DAY, complaintWindow: 2n * DAY };
        const file = { ...native, ...windows, versionId: model.versionId, price: parseEther("0.1") };
        report.spent((await seller.createOffer(file)).receipt);
        report.say(`a licence at 0.05 ETH, a file of ${commitment.size.toLocaleString("en")} bytes at 0.1 ETH`);
      },
    },
    {
      title: "Have an agent deliver what is bought",
      run: async (context, report) => {
        const { book } = parts.deployment;
        const state = join(context.root, ".isonomy", "agent.json");
        // what an earlier run left belongs to a chain that is gone
        await rm(state, { force: true });
        const path = `m/44'/60'/0'/0/${ACCOUNTS.creator}`;
        const keyring = keyringOf(context, "creator");
        const agent = new SellerAgent({
          provider: parts.provider,
          wallet: HDNodeWallet.fromMnemonic(Mnemonic.fromPhrase(DEVELOPMENT_MNEMONIC), path),
          chainId: parts.chainId,
          escrow: book.contracts.Escrow,
          fromBlock: book.block,
          deals: (signer) => new DealClient(book, signer, { platform: nodePlatform(), keyring }),
          state: new StateFile(state),
          // a local chain has a block for each transaction and none besides: nothing would ever be final
          policy: { confirmations: 0, margin: 600n },
          ...{ pollIntervalMs: 1_000, maxBlocksPerRequest: 10_000, parallel: 4 },
          ...{ alertBefore: 7_200n, silenceAlertMs: 300_000 },
          transactions: { patience: 10_000, pollIntervalMs: 100, raiseAfter: 60_000 },
          log: () => undefined,
        });
        await agent.start();
        const stop = new AbortController();
        const working = agent.run(stop.signal);
        context.closing.push(async () => {
          stop.abort();
          // the chain may have ended before
          await working.catch(() => undefined);
        });
        report.say("it looks every second");
      },
    },
    {
      title: "Build the page and serve it",
      run: async (context, report) => {
        const options = {
          folder: await buildPage(),
          network: localNetwork(parts.deployment.book, parts.url),
          blocks: new FolderBlocks(join(context.root, ".isonomy", "store")),
        };
        // an address that stays the same from run to run keeps what a browser knows; any other will do
        context.page = await servePage({ ...options, port: PAGE_PORT }).catch(() => servePage(options));
        context.closing.push(() => context.page!.close());
        const answer = await fetch(`${context.page.origin}/`);
        const text = await answer.text();
        if (text !== (await readFile(join(options.folder, "index.html"), "utf8"))) {
          throw new Error("The page is not served as it was built. Report this as a fault.");
        }
        report.say(context.page.origin);
      },
    },
  ];
}
