// node buy.mjs VERSION MAX_PRICE OUT: buys a file, waits for its key, opens it and accepts it. It can be stopped anywhere and run
// again: a file that this account has bought is not bought a second time. Run one at a time for an account.
import { rename, rm } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { ZeroAddress, formatUnits, parseUnits } from "ethers";
import { PaymentClient, ReadClient, formatLicenseId, parseVersionId, sameAddress } from "isonomy";
import { fileSink } from "isonomy/node";

import { connect, run } from "./settings.mjs";

await run(async (version, maxPrice, out) => {
  const versionId = parseVersionId(version);
  const { provider, deployment, account, deals, published, held, token } = await connect();
  const reading = new ReadClient(deployment, provider);

  // the whole sealed file is here, and is what the chain says, before anything is paid
  const { file } = await deals.market.card(versionId, published);
  if (file === undefined) throw new Error(`Version ${version} has no file.`);
  const blob = await deals.hold(versionId, { store: published, cid: file.blob }, held);

  await everythingMined();
  const deal = (await boughtBefore()) ?? (await buy());
  while ((await deals.statusOf(deal)) === "open") await sleep(1_000);

  // under its own name only when every chunk of it is verified
  const unfinished = `${out}.part`;
  await rm(unfinished, { force: true });
  const sink = await fileSink(unfinished);
  const opened = await deals.open(deal, blob, sink).finally(() => sink.close());
  if (!opened.ok) {
    const { refunded } = await deals.complainAndRefund(deal, opened.complaint);
    throw new Error(`Chunk ${opened.wrongChunk} is not what was sold; the price is ${refunded ? "" : "not "}refunded.`);
  }
  await rename(unfinished, out);
  // the seller is paid now, and not only when the time for complaints is over
  if ((await deals.statusOf(deal)) === "delivered") await deals.accept(deal);
  console.log(JSON.stringify({ licence: formatLicenseId(deal.id), bytes: `${opened.bytes}` }));

  // a purchase that was sent before this was stopped is no deal yet, and would be paid beside a second one
  async function everythingMined() {
    const count = (tag) => provider.getTransactionCount(account.address, tag);
    const waits = async () => (await count("pending")) > (await count("latest"));
    if (!(await waits())) return;
    console.error(`waits until the earlier transactions of ${account.address} are mined; a wallet can speed them up`);
    do await sleep(1_000);
    while (await waits());
  }

  async function boughtBefore() {
    let after;
    do {
      const page = await reading.dealsOf(account.address, { roles: ["buyer"], after });
      const found = page.items.find((one) => one.deal.versionId === versionId && one.status !== "refunded");
      if (found !== undefined) return found.deal;
      after = page.next;
    } while (after !== undefined);
  }

  async function buy() {
    const limit = parseUnits(maxPrice, token.decimals);
    // a bound is one in this token alone: 5 of another are another price
    const filter = { versionId, payToken: token.address, maxPrice: limit, buyer: account.address };
    const { items } = await reading.offers(filter);
    const offers = items.map(({ offer }) => offer).filter(({ deliveryWindow }) => deliveryWindow > 0n);
    const [offer] = offers.sort((one, other) => (one.price < other.price ? -1 : 1));
    if (offer === undefined)
      throw new Error(`No offer of version ${version} costs at most ${maxPrice} ${token.symbol}.`);
    console.error(`pays ${formatUnits(offer.price, token.decimals)} ${token.symbol}`);
    if (sameAddress(offer.payToken, ZeroAddress)) return (await deals.purchase(offer, blob, { maxPrice: limit })).deal;

    // a permit: a signature for the price and no more, in the same transaction
    const key = await deals.newPad(versionId);
    const payments = new PaymentClient(deployment, account);
    const { licenseId } = await payments.purchaseWithPermit(offer, { key, maxPrice: limit });
    return (await deals.deal(deployment.contracts.Market, licenseId)).deal;
  }
});
