import { type Contract, Wallet, ZeroAddress } from "ethers";
import type { ChannelStruct, VoucherStruct } from "../../typechain-types/contracts/rights/IUsageChannel";
import { packUsageTerms, signVoucher, usageDomain } from "../../sdk/src/rights";
import { compare, type Context } from "../lib/context";
import { PEER } from "../lib/peers";
import { PRICE, type Listing, type Market, buildOrder, card, deployMarket, list, newBuyer } from "../lib/protocol";
import type { Entry } from "../lib/types";
import { mpe } from "../peers/mpe";

const UNITS = 1_000n;
const DAY = 86_400n;
const PROVIDER_BPS = 7_000n;
const BATCH = 50;
const CHAIN_ID = 31_337n;

/** A channel, the key that signs for it, and what it has signed. */
interface Opened {
  readonly channel: ChannelStruct;
  readonly buyer: Wallet;
  readonly key: Wallet;
  readonly gas: number;
  units: bigint;
}

/** Licences by the unit: opening a channel, redeeming vouchers alone and fifty at once, and the end. */
export async function run(context: Context): Promise<Entry[]> {
  const peer = await context.peer(PEER.mpeOpen, mpe);
  const deployed = await deployMarket(context.chain);
  const { chain, usage, owner } = deployed;

  context.say("opening channels");
  const listing = await listUnits(deployed, ZeroAddress, 0n);
  for (let i = 0; i < 2; i++) await open(deployed, listing);
  const opened = await open(deployed, listing);

  context.say("redeeming");
  for (const other of [await open(deployed, listing), await open(deployed, listing)]) {
    await redeem(deployed, other);
    await chain.gas(owner, usage, "settleShares", [other.channel]);
  }
  const node = await chain.actor("isonomy.node");
  const shared = await open(deployed, await listUnits(deployed, node.address, PROVIDER_BPS));
  await redeem(deployed, shared);
  const redeemedShared = await redeem(deployed, shared);
  const first = await redeem(deployed, opened);
  await redeem(deployed, opened);
  const redeemed = await redeem(deployed, opened);
  const topUps = [await topUp(deployed, listing, opened), await topUp(deployed, listing, opened)];
  const settled = await chain.gas(owner, usage, "settleShares", [opened.channel]);

  context.say("redeeming fifty vouchers at once");
  const channels: Opened[] = [];
  for (let i = 0; i < BATCH; i++) channels.push(await open(deployed, listing));
  const batchFirst = await redeemBatch(deployed, channels);
  await redeemBatch(deployed, channels);
  const batch = await redeemBatch(deployed, channels);

  context.say("closing and finishing");
  const closed = await chain.gas(opened.buyer, usage, "close", [opened.channel]);
  await chain.wait(Number(DAY) + 1);
  const finished = await chain.gas(owner, usage, "finish", [opened.channel]);

  return [
    ...compare("market.buyMetered", opened.gas, { [PEER.mpeOpen]: peer.open }),
    ...compare("usage.redeem", redeemed, { [PEER.mpeClaim]: peer.claim }),
    ...compare("usage.redeemShared", redeemedShared),
    ...compare("usage.redeemFirst", first, { [PEER.mpeClaimFirst]: peer.claimFirst }),
    ...compare("usage.redeemBatch50", batch, { [PEER.mpeMultiClaim]: peer.multiClaim }),
    ...compare("usage.redeemBatch50First", batchFirst, { [PEER.mpeMultiClaimFirst]: peer.multiClaimFirst }),
    ...compare("usage.topUp", topUps[1]!, { [PEER.mpeAddFunds]: peer.addFunds }),
    ...compare("usage.settleShares", settled),
    ...compare("usage.close", closed),
    ...compare("usage.finish", finished),
  ];
}

/** Units of a model; who serves has a share of them, or the seller serves. */
async function listUnits(deployed: Market, provider: string, providerBps: bigint): Promise<Listing> {
  const { licenses, usage, creator } = deployed;
  const [rights] = await licenses.rightsInfo(usage);
  const rightsTerms = packUsageTerms({ units: UNITS, grace: DAY, providerBps, provider, seats: 0n });
  const terms = { rights, rightsTerms, transferable: false };
  return list(deployed, creator, card(`by the unit ${provider}`), terms);
}

async function open(deployed: Market, { offer, termsHash }: Listing): Promise<Opened> {
  const { chain, market, usage, referrer } = deployed;
  const [buyer, key] = [await newBuyer(deployed), await chain.actor("isonomy.key")];
  const order = buildOrder(termsHash, buyer.address, referrer.address, { pad: key.address });
  const sent = await (market.connect(buyer) as Contract).getFunction("purchase")(offer, order, chain.overrides());
  const { channel } = await chain.event(sent, usage, "ChannelOpened");
  const struct = (channel as { toObject(): ChannelStruct }).toObject();
  return { channel: struct, buyer, key, gas: await chain.gasOf(sent), units: 0n };
}

async function sign({ usage }: Market, opened: Opened): Promise<VoucherStruct> {
  opened.units += 3n;
  const domain = usageDomain(await usage.getAddress(), CHAIN_ID);
  const { units } = opened;
  const licenseId = BigInt(opened.channel.licenseId);
  return signVoucher(opened.key, domain, { licenseId, slot: 0, units, validUntil: 2 ** 33 });
}

async function redeem(deployed: Market, opened: Opened): Promise<number> {
  const voucher = await sign(deployed, opened);
  return deployed.chain.gas(deployed.owner, deployed.usage, "redeem", [opened.channel, voucher]);
}

/** The gas of each. */
async function redeemBatch(deployed: Market, channels: readonly Opened[]): Promise<number> {
  const claims = [];
  for (const opened of channels) claims.push({ channel: opened.channel, voucher: await sign(deployed, opened) });
  const gas = await deployed.chain.gas(deployed.owner, deployed.usage, "redeemBatch", [claims]);
  return Math.round(gas / channels.length);
}

function topUp({ chain, market }: Market, { offer, termsHash }: Listing, opened: Opened): Promise<number> {
  const renews = opened.channel.licenseId;
  const order = buildOrder(termsHash, opened.buyer.address, ZeroAddress, { renews, maxPrice: PRICE });
  return chain.gas(opened.buyer, market, "purchase", [offer, order]);
}
