import { type Contract, type Wallet, ZeroAddress, concat, toBeHex, zeroPadValue } from "ethers";
import { CLEARANCE_TYPES, policiesDomain } from "../../sdk/src/market/clearance";
import { compare, type Context } from "../lib/context";
import { intrinsic } from "../lib/floors";
import { PEER } from "../lib/peers";
import { type Listing, type Market, buildOrder, buy, card, deployMarket, list, newBuyer } from "../lib/protocol";
import type { Entry } from "../lib/types";
import { unlock } from "../peers/unlock";

const MONTH = 30n * 86_400n;
const FOR_EVER = 2n ** 40n - 1n;
const SEATS = 300n;
const PARENTS = 8;
const PARENT_BPS = 500n;

interface Bought {
  readonly licenseId: bigint;
  readonly buyer: Wallet;
  readonly gas: number;
}

/** Subscriptions, seats, policies and lineages, beside the plain purchase on the same chain. */
export async function run(context: Context): Promise<Entry[]> {
  const unlockGas = await context.peer(PEER.unlock, unlock);
  const deployed = await deployMarket(context.chain);

  context.say("buying without rights");
  const plain = await list(deployed, deployed.creator, card("plain"));
  for (let i = 0; i < 3; i++) await buy(deployed, plain);
  const instant = await buy(deployed, plain);

  context.say("subscribing, renewing, cancelling");
  const monthly = await listSubscription(deployed, false);
  const subscribed = await third(() => purchase(deployed, monthly));
  await renew(deployed, monthly, subscribed);
  const renewed = await renew(deployed, monthly, subscribed);
  const cart = await renewCart(deployed, monthly);
  const cancellable = await listSubscription(deployed, true);
  await third(() => purchase(deployed, cancellable));
  const { released, cancelled } = await releaseAndCancel(deployed, cancellable);

  context.say("giving 200 seats");
  const [few, many] = await authorized(deployed, monthly);

  context.say("selling under a policy");
  const policy = await buyUnderPolicy(deployed);

  context.say("selling a model with eight parents");
  const { bought, settled } = await derivative(deployed);

  return [
    ...compare("market.subscribe", subscribed.gas),
    ...compare("market.renew", renewed, { [PEER.unlockExtend]: unlockGas.extend }),
    ...compare("market.renewCart5", cart),
    ...compare("subscriptions.release", released),
    ...compare("subscriptions.cancel", cancelled),
    ...compare("license.isAuthorized@2", few),
    ...compare("license.isAuthorized@200", many),
    ...compare("market.buyPolicy", policy),
    ...compare("market.buyPolicy.added", policy - instant),
    ...compare("market.buyDerivative8", bought),
    ...compare("market.buyDerivative8.added", bought - instant),
    ...compare("lineage.settle8", settled),
  ];
}

async function third<T>(act: () => Promise<T>): Promise<T> {
  await act();
  await act();
  return act();
}

async function listSubscription(deployed: Market, cancellable: boolean): Promise<Listing> {
  const seats = cancellable ? 0n : SEATS;
  const word = MONTH | (FOR_EVER << 32n) | ((cancellable ? 1n : 0n) << 72n) | (seats << 80n);
  const { licenses, subscriptions } = deployed;
  const [rights] = await licenses.rightsInfo(subscriptions);
  const terms = { rights, rightsTerms: toBeHex(word, 32) };
  const soulbound = cancellable ? { transferable: false, referrerBps: 0n } : {};
  return list(deployed, deployed.creator, card(cancellable ? "cancellable" : "monthly"), { ...terms, ...soulbound });
}

async function purchase(deployed: Market, { offer, termsHash }: Listing): Promise<Bought> {
  const { chain, market } = deployed;
  const buyer = await newBuyer(deployed);
  const order = buildOrder(termsHash, buyer.address, ZeroAddress);
  const sent = await (market.connect(buyer) as Contract).getFunction("purchase")(offer, order, chain.overrides());
  const { licenseId } = await chain.event(sent, market, "LicenseSold");
  return { licenseId: licenseId as bigint, buyer, gas: await chain.gasOf(sent) };
}

function renew(
  { chain, market }: Market,
  { offer, termsHash }: Listing,
  { buyer, licenseId }: Bought,
): Promise<number> {
  const order = buildOrder(termsHash, buyer.address, ZeroAddress, { renews: licenseId });
  return chain.gas(buyer, market, "purchase", [offer, order]);
}

/** Five renewals of one holder in one transaction; the gas of each. */
async function renewCart(deployed: Market, listing: Listing): Promise<number> {
  const { chain, market, licenses } = deployed;
  const { offer, termsHash } = listing;
  const holder = await newBuyer(deployed);
  const ids: bigint[] = [];
  for (let i = 0; i < 5; i++) {
    const { licenseId, buyer } = await purchase(deployed, listing);
    await chain.gas(buyer, licenses, "transferFrom", [buyer.address, holder.address, licenseId]);
    ids.push(licenseId);
  }
  const items = ids.map((renews) => ({
    offer,
    order: buildOrder(termsHash, holder.address, ZeroAddress, { renews }),
    signature: "0x",
  }));
  await chain.gas(holder, market, "purchaseCart", [items]);
  return Math.round((await chain.gas(holder, market, "purchaseCart", [items])) / items.length);
}

async function releaseAndCancel(deployed: Market, listing: Listing): Promise<{ released: number; cancelled: number }> {
  const { chain, subscriptions, owner } = deployed;
  const bought = await purchase(deployed, listing);
  const { licenseId, buyer } = bought;
  await renew(deployed, listing, bought);
  await chain.wait(10 * 86_400);
  await chain.gas(owner, subscriptions, "release", [listing.offer, licenseId]);
  await chain.wait(86_400);
  const released = await chain.gas(owner, subscriptions, "release", [listing.offer, licenseId]);
  await chain.wait(86_400);
  return { released, cancelled: await chain.gas(buyer, subscriptions, "cancel", [listing.offer, licenseId]) };
}

/** What the question costs for a user with a seat, as a transaction without its intrinsic gas: with 2 seats given and with 200. */
async function authorized(deployed: Market, listing: Listing): Promise<[few: number, many: number]> {
  const { chain, licenses, subscriptions, owner } = deployed;
  const { licenseId, buyer } = await purchase(deployed, listing);
  const [user] = await chain.actors(1, "isonomy.user");
  const give = (to: string) => chain.gas(buyer, subscriptions, "giveSeat", [listing.offer, licenseId, to]);
  const ask = async (): Promise<number> => {
    const data = licenses.interface.encodeFunctionData("isAuthorized", [licenseId, user!.address]);
    const sent = await owner.sendTransaction({ to: licenses, data, ...chain.overrides() });
    return (await chain.gasOf(sent)) - intrinsic(data);
  };
  await give(user!.address);
  await give(toBeHex(1, 20));
  const few = await ask();
  for (let i = 2; i < 200; i++) await give(toBeHex(i, 20));
  if (!(await licenses.isAuthorized(licenseId, user!.address))) throw new Error("The user has no seat.");
  return [few, await ask()];
}

/** Each buyer was cleared before, in a transaction of its own. */
async function buyUnderPolicy(deployed: Market): Promise<number> {
  const { chain, market, policies, creator, owner, referrer } = deployed;
  const policy = zeroPadValue(owner.address, 32);
  const { offer, termsHash } = await list(deployed, creator, card("under a policy"), { policy });
  const domain = policiesDomain(await policies.getAddress(), 31_337n);
  const validUntil = BigInt((await chain.ethers.provider.getBlock("latest"))!.timestamp) + MONTH;
  return third(async () => {
    const buyer = await newBuyer(deployed);
    const clearance = { policy, termsHash, recipient: buyer.address, nonce: 1n, validUntil };
    const signature = await owner.signTypedData(domain, CLEARANCE_TYPES, clearance);
    await chain.gas(owner, policies, "present", [...Object.values(clearance), signature]);
    const order = buildOrder(termsHash, buyer.address, referrer.address);
    return chain.gas(buyer, market, "purchase", [offer, order]);
  });
}

/** A model whose income is shared with eight others: its sale, and the settlement of its account. */
async function derivative(deployed: Market): Promise<{ bought: number; settled: number }> {
  const { chain, registry, lineage, tokenAddress, owner, creator } = deployed;
  const parents: { modelId: bigint; bps: bigint }[] = [];
  for (const holder of await chain.actors(PARENTS, "isonomy.parent")) {
    const listing = await list(deployed, holder, card(`parent ${holder.address}`));
    await buy(deployed, listing);
    const modelId = BigInt(listing.offer.versionId) >> 16n;
    await chain.gas(holder, lineage, "setOpenTerms", [modelId, PARENT_BPS, FOR_EVER]);
    parents.push({ modelId, bps: PARENT_BPS });
  }
  const child = await list(deployed, creator, card("child"));
  const modelId = BigInt(child.offer.versionId) >> 16n;
  const consents = parents.map(() => concat([]));
  await chain.gas(creator, lineage, "create", [modelId, parents, consents]);
  const account = await lineage.accountOf(modelId);
  await chain.gas(creator, registry, "fixPayee", [modelId, account]);
  const splitter = (await chain.ours("Splitter", owner, registry, await deployed.ledger.getAddress())).attach(
    account,
  ) as Contract;
  const bought = await third(() => buy(deployed, child));
  await chain.gas(owner, splitter, "settle", [tokenAddress]);
  await buy(deployed, child);
  return { bought, settled: await chain.gas(owner, splitter, "settle", [tokenAddress]) };
}
