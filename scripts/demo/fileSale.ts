import type { ContractTransactionReceipt } from "ethers";
import { createReadStream } from "node:fs";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { sameAddress } from "../../sdk/src/addresses/address";
import { DealClient, type Deal, type HeldBlob } from "../../sdk/src/deals";
import { isIsonomyError } from "../../sdk/src/errors";
import type { FileCommitment, Prepared } from "../../sdk/src/fairexchange";
import type { ListedOffer, PublishedVersion } from "../../sdk/src/market";
import { fileSink, folderStore, nodePlatform, prepareFile } from "../../sdk/src/node";
import { ResaleClient } from "../../sdk/src/resale";
import type { BlobStore } from "../../sdk/src/store";
import { winkCard } from "./card";
import { prepareWithWrongChunk } from "./cheat";
import { keyringOf, mineUntilFinal } from "./keys";
import { loadModelFrom, packModel } from "./model";
import { DECIMALS, POCKET_MONEY, SENTENCES, UNIT, type Actor, type JobContext, type Parts } from "./parts";
import { amount, type Report, type Step } from "./ui";

const FILE_PRICE = 40_000_000n;
const RESALE_PRICE = 30_000_000n;
export const FILE_NAME = "wink-eng-lite-web-model.tar";
const DAY = 86_400n;
const WRONG_CHUNK = 1_234;

/** What these steps hand to one another. */
interface Sale {
  file: Uint8Array;
  prepared: Prepared;
  store: BlobStore;
  blob: string;
  version: PublishedVersion;
  listed: ListedOffer;
  held: HeldBlob;
  deal: Deal;
}

/** The model sold as a file: sealed, bought, delivered, opened and run; then the two ways in which a buyer is refunded. */
export function fileSale(parts: Parts): Step<JobContext>[] {
  const sale = {} as Sale;
  const folderOf = (context: JobContext): string => join(context.root, ".isonomy", "files");

  const dealsOf = (context: JobContext, actor: Actor): DealClient => {
    const secrets = { platform: nodePlatform(), keyring: keyringOf(context, actor) };
    return new DealClient(parts.deployment.book, parts.accounts[actor], secrets);
  };

  const keep = (entry: Record<string, unknown>): void => {
    parts.fileSale = { ...parts.fileSale, ...entry };
  };

  /** Keeps the key, publishes a version with its file on the card, and offers it. */
  const offerFile = async (context: JobContext, blob: string, prepared: Prepared, version: string, report: Report) => {
    const { key, keyX, root, contentRoot, size } = prepared;
    await keyringOf(context, "creator").add({ kind: "version", secret: key, x: keyX, note: `version ${version}` });
    const commitment: FileCommitment = { root, contentRoot, keyX, size };
    const card = { ...winkCard, version, file: { blob, name: FILE_NAME, mediaType: "application/x-tar" } };
    const seller = parts.client("creator");
    const published = await seller.publishVersion(parts.version.modelId, card, sale.store, { file: commitment });
    report.spent(published.receipt);
    const { receipt, ...listed } = await seller.createOffer({
      versionId: published.versionId,
      payToken: parts.deployment.book.tokens.TestToken.address,
      price: FILE_PRICE,
      supply: 100n,
      deliveryWindow: DAY,
      complaintWindow: 2n * DAY,
    });
    report.spent(receipt);
    return { published, listed };
  };

  /** Finds the blob on the card, holds and verifies it, and buys. */
  const buyFile = async (context: JobContext, actor: Actor, versionId: bigint, report: Report) => {
    const { token } = parts.deployment;
    const { address } = parts.accounts[actor];
    report.spent((await (await token.connect(parts.accounts[actor]).mint(address, POCKET_MONEY)).wait())!);
    const card = await parts.client(actor).card(versionId, sale.store);
    const own = folderStore(join(folderOf(context), `store-of-${actor}`));
    const deals = dealsOf(context, actor);
    const held = await deals.hold(versionId, { store: sale.store, cid: card.file!.blob }, own);
    const [standing] = await parts.client(actor).offersOf(versionId);
    const bought = await deals.purchase(standing!.offer, held, { maxPrice: FILE_PRICE });
    if (bought.approval !== undefined) report.spent(bought.approval);
    report.spent(bought.receipt);
    return { held, ...bought };
  };

  /** Withdraws what a refund gave back and checks that the buyer has all of it. */
  const takeBack = async (actor: Actor, report: Report): Promise<bigint> => {
    const token = parts.deployment.book.tokens.TestToken.address;
    const { amount: refunded, receipt } = await parts.client(actor).withdraw(token);
    report.spent(receipt);
    const held = await parts.deployment.token.balanceOf(parts.accounts[actor].address);
    if (refunded !== FILE_PRICE || held !== POCKET_MONEY) {
      throw new Error(`A refund gave ${refunded} of ${FILE_PRICE} back. Report this as a fault.`);
    }
    return refunded;
  };

  return [
    {
      title: "Seal the model's file",
      run: async (context, report) => {
        const folder = folderOf(context);
        // What an earlier run left belongs to a chain that is gone.
        await rm(folder, { recursive: true, force: true });
        await rm(join(context.root, ".isonomy", "keys"), { recursive: true, force: true });
        await mkdir(folder, { recursive: true });
        await mkdir(join(context.root, ".isonomy", "keys"), { recursive: true, mode: 0o700 });
        sale.file = await packModel();
        await writeFile(join(folder, FILE_NAME), sale.file);
        const sealed = join(folder, `${FILE_NAME}.blob`);
        const sink = await fileSink(sealed);
        sale.prepared = await prepareFile(join(folder, FILE_NAME), sink, nodePlatform());
        await sink.close();
        sale.store = folderStore(join(context.root, ".isonomy", "store"));
        sale.blob = await sale.store.put(createReadStream(sealed));
        report.say(`${sale.prepared.size.toLocaleString("en")} bytes under a fresh key, published as ${sale.blob}`);
      },
    },
    {
      title: "Offer the file",
      run: async (context, report) => {
        const { published, listed } = await offerFile(context, sale.blob, sale.prepared, "1.8.1-file", report);
        [sale.version, sale.listed] = [published, listed];
        report.say(`${amount(FILE_PRICE, DECIMALS, UNIT)}; a day to deliver, two to complain`);
      },
    },
    {
      title: "Hold the sealed file, verify it and buy the key",
      run: async (context, report) => {
        const { held, deal, licenseId, receipt } = await buyFile(context, "buyer", sale.version.versionId, report);
        [sale.held, sale.deal] = [held, deal];
        keep({
          versionId: sale.version.versionId,
          blob: sale.blob,
          commitment: { ...sale.prepared, key: undefined },
          offer: { termsHash: sale.listed.termsHash, terms: sale.listed.offer },
          licenseId,
          purchase: transaction(receipt),
        });
        report.say(`the escrow holds the price; the purchase took ${receipt.gasUsed.toLocaleString("en")} gas`);
      },
    },
    {
      title: "Deliver the key once the purchase is final",
      run: async (context, report) => {
        const seller = dealsOf(context, "creator");
        const [deal] = await seller.toDeliver(parts.accounts.creator.address);
        const early = await codeOf(seller.deliver(deal!));
        await mineUntilFinal(parts.provider);
        const receipt = await seller.deliver(deal!);
        report.spent(receipt);
        keep({ refusedBeforeFinal: early, delivery: transaction(receipt) });
        report.say(`refused before as ${early}; the chain checked the key for ${gasOf(receipt)} gas`);
      },
    },
    {
      title: "Open the file and run the model from it",
      run: async (context, report) => {
        const path = join(folderOf(context), `opened-${FILE_NAME}`);
        const sink = await fileSink(path);
        const opened = await dealsOf(context, "buyer").open(sale.deal, sale.held, sink);
        await sink.close();
        const copy = await readFile(path);
        if (!opened.ok || !copy.equals(sale.file)) throw new Error("The opened file is not the one that was sealed.");
        const analyse = loadModelFrom(copy);
        const results = SENTENCES.map((sentence) => analyse(sentence));
        if (JSON.stringify(results) !== JSON.stringify(parts.results)) {
          throw new Error(
            "The model in the opened file answers differently from the original. Report this as a fault.",
          );
        }
        keep({ opened: { bytes: opened.bytes, equalToOriginal: true, results } });
        report.say(`${opened.bytes.toLocaleString("en")} bytes, verified; it answers like the original`);
      },
    },
    {
      title: "Accept, and have the creator paid",
      run: async (context, report) => {
        const accepted = await dealsOf(context, "buyer").accept(sale.deal);
        report.spent(accepted);
        const { amount: paid, receipt } = await parts.client("creator").withdraw(sale.deal.payToken);
        report.spent(receipt);
        const fee = (FILE_PRICE * sale.deal.protocolFeeBps) / 10_000n;
        if (paid !== FILE_PRICE - fee) throw new Error(`The creator got ${paid} for the file. Report this as a fault.`);
        keep({ accepted: transaction(accepted), creatorPaid: paid, protocolFee: fee });
        report.say(`the creator has ${amount(paid, DECIMALS, UNIT)} more`);
      },
    },
    {
      title: "Sell the licence on, with its key",
      run: async (context, report) => {
        const { book, token } = parts.deployment;
        const next = parts.accounts.stranger;
        await (await token.connect(next).mint(next.address, POCKET_MONEY)).wait();
        // the holder keeps the key that was delivered, and signs on what terms the licence is for sale
        const holder = dealsOf(context, "buyer");
        await holder.keepKey(sale.deal);
        const resale = new ResaleClient(book, parts.accounts.buyer);
        report.spent(await resale.approve());
        const { timestamp } = (await parts.provider.getBlock("latest"))!;
        const { id: licenseId, versionId, payToken } = sale.deal;
        const ask = await resale.signAsk({
          ...{ licenseId, payToken, price: RESALE_PRICE, expiresAt: BigInt(timestamp) + DAY },
          ...{ versionId, deliveryWindow: DAY, complaintWindow: 2n * DAY },
        });

        const buyer = dealsOf(context, "stranger");
        const held = await buyer.hold(
          versionId,
          { store: sale.store, cid: sale.blob },
          folderStore(join(folderOf(context), "store-of-stranger")),
        );
        const bought = await resale.connect(next).buy(ask, { key: await buyer.newPad(versionId) });
        report.spent(bought.receipt);
        const { deal } = await buyer.deal(book.contracts.Resale, bought.dealId!);
        await mineUntilFinal(parts.provider);
        report.spent(await holder.deliver(deal));
        const { deal: delivered } = await buyer.deal(book.contracts.Resale, deal.id);
        const opened = await buyer.open(delivered, held, { write: () => undefined });
        report.spent(await buyer.accept(delivered));
        const { deal: settled } = await buyer.deal(book.contracts.Resale, deal.id);
        const { to, receipt } = await resale.claim(settled);
        report.spent(receipt);
        const mayUse = await parts.client("creator").isAuthorized(licenseId, next.address);
        if (!opened.ok || !sameAddress(to, next.address) || !mayUse) {
          throw new Error("The licence did not go on with its key. Report this as a fault.");
        }
        const { amount: received, receipt: withdrawn } = await parts.client("buyer").withdraw(payToken);
        report.spent(withdrawn);
        keep({ resold: { licenseId, price: RESALE_PRICE, received, transaction: bought.receipt.hash } });
        report.say(
          `${amount(received, DECIMALS, UNIT)} of ${amount(RESALE_PRICE, DECIMALS, UNIT)} to the holder, the key proven again`,
        );
      },
    },
    {
      title: "Buy a version with a wrong chunk, prove it and get the money back",
      run: async (context, report) => {
        const { blob, prepared } = await prepareWithWrongChunk(sale.file, WRONG_CHUNK, nodePlatform());
        const cid = await sale.store.put(blob);
        const { published } = await offerFile(context, cid, prepared, "1.8.1-wrong", report);
        const { held, deal } = await buyFile(context, "cheated", published.versionId, report);
        await mineUntilFinal(parts.provider);
        report.spent(await dealsOf(context, "creator").deliver(deal));

        const deals = dealsOf(context, "cheated");
        const opened = await deals.open(deal, held, { write: () => undefined });
        if (opened.ok) throw new Error("A wrong chunk was not found. Report this as a fault.");
        const complaint = await deals.complain(deal.versionId, opened.complaint);
        report.spent(complaint);
        report.spent(await deals.refundDefective(deal));
        const refunded = await takeBack("cheated", report);
        keep({
          defective: {
            versionId: deal.versionId,
            wrongChunk: opened.wrongChunk,
            complaint: transaction(complaint),
            refunded,
          },
        });
        const back = amount(refunded, DECIMALS, UNIT);
        report.say(`chunk ${opened.wrongChunk} proven wrong for ${gasOf(complaint)} gas; ${back} back`);
      },
    },
    {
      title: "Get the money back when nothing is delivered",
      run: async (context, report) => {
        const { deal } = await buyFile(context, "forgotten", sale.version.versionId, report);
        await parts.provider.send("evm_setNextBlockTimestamp", [`0x${(deal.deliverBy + 1n).toString(16)}`]);
        const deals = dealsOf(context, "forgotten");
        const refund = await deals.refundUndelivered(deal);
        report.spent(refund);
        // the buyer's secret shows that the key could have been delivered
        report.spent(await deals.recordMissedDelivery(deal));
        const refunded = await takeBack("forgotten", report);
        keep({ undelivered: { licenseId: deal.id, refund: transaction(refund), refunded } });
        report.say(`a day later ${amount(refunded, DECIMALS, UNIT)} are back, and the miss counts against the seller`);
      },
    },
  ];
}

function gasOf({ gasUsed }: ContractTransactionReceipt): string {
  return gasUsed.toLocaleString("en");
}

function transaction({ hash, gasUsed }: ContractTransactionReceipt): { transaction: string; gasUsed: bigint } {
  return { transaction: hash, gasUsed };
}

/** The code of the refusal that a call must end with. */
async function codeOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
  } catch (error) {
    if (isIsonomyError(error)) return error.code;
    throw error;
  }
  throw new Error("A key was delivered before the purchase was final. Report this as a fault.");
}
