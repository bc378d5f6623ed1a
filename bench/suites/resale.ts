import { type Contract, type Result, type Wallet, ZeroAddress, ZeroHash, id } from "ethers";
import { ASK_TYPES, resaleDomain } from "../../sdk/src/resale/ask";
import { compare, type Context } from "../lib/context";
import { type EvenKey, evenKey, padFor } from "../lib/delivery";
import { PEER } from "../lib/peers";
import { type Listing, type Market, PRICE, buildOrder, card, deployMarket, list } from "../lib/protocol";
import type { Entry } from "../lib/types";
import { deploySeaport, sellOnSeaport, seaport } from "../peers/seaport";

const CHAIN_ID = 31_337n;
const WINDOWS = { deliveryWindow: 86_400n, complaintWindow: 3n * 86_400n };
const DEALS = 3;

/** Licences sold by their holder, at once and with a new delivery of the key, beside Seaport with the same split of the price. */
export async function run(context: Context): Promise<Entry[]> {
  const seaportGas = await context.peer(PEER.seaport, seaport);
  const { chain } = context;
  const deployed = await deployMarket(chain);
  const seller = await chain.actor("isonomy.reseller");
  await chain.gas(seller, deployed.licenses, "setApprovalForAll", [await deployed.resale.getAddress(), true]);

  context.say("selling licences at once");
  const service = await list(deployed, deployed.creator, card("a service"));
  const held: bigint[] = [];
  for (let i = 0; i < 6; i++) held.push(await purchase(deployed, service, seller));
  let atOnce = 0;
  // the first two fill the seller's bits and everybody's balances, and the seller keeps a licence
  for (let i = 0; i < 3; i++) ({ gas: atOnce } = await resell(deployed, seller, held[i]!, BigInt(i)));

  context.say("selling licences of a file with delivery");
  const key = evenKey("isonomy.bench.resold");
  const data = { ...card("a file"), root: id("root"), contentRoot: id("content"), keyX: key.x, size: 2n ** 30n };
  const file = await list(deployed, deployed.creator, data);
  const dealt = { opened: 0, accepted: 0, claimed: 0 };
  for (let i = 0; i < DEALS; i++) {
    const licenseId = await purchase(deployed, file, seller);
    Object.assign(dealt, await resellFile(deployed, seller, licenseId, file, key, BigInt(3 + i)));
  }

  context.say("selling the same licences on Seaport");
  const shop = await deploySeaport(chain, deployed.owner);
  await chain.gas(seller, deployed.licenses, "setApprovalForAll", [await shop.getAddress(), true]);
  const [platform] = await chain.actors(1, "seaport.platform");
  const { token, creator, licenses: nft, owner } = deployed;
  for (const [i, payee] of [seller, platform!, creator].entries()) {
    await chain.gas(owner, token, "transfer", [payee.address, BigInt(i + 1)]);
  }
  const terms = {
    chain,
    market: shop,
    nft,
    token,
    owner,
    seller,
    platform: platform!.address,
    creator: creator.address,
  };
  let peer = 0;
  for (const licenseId of held.slice(3, 5))
    peer = await sellOnSeaport(terms, licenseId, await chain.actor("seaport.buyer"));

  return [
    ...compare("market.resale", atOnce, {
      [PEER.seaportLicence]: peer,
      [PEER.seaportNewHolder]: seaportGas.erc20NewHolder,
    }),
    ...compare("resale.open", dealt.opened),
    ...compare("resale.accept", dealt.accepted),
    ...compare("resale.claim", dealt.claimed),
  ];
}

/** A licence that `holder` buys from its creator. */
async function purchase(deployed: Market, { offer, termsHash }: Listing, holder: Wallet): Promise<bigint> {
  const { chain, market, token, owner, marketAddress } = deployed;
  await chain.fund(token, owner, holder, 2n * PRICE, marketAddress);
  const order = buildOrder(termsHash, holder.address, ZeroAddress);
  const sent = await (market.connect(holder) as Contract).getFunction("purchase")(offer, order, chain.overrides());
  const { licenseId } = await chain.event(sent, market, "LicenseSold");
  return licenseId as bigint;
}

/** Sells a licence to somebody who never had one, on terms that the seller signs. */
async function resell(
  deployed: Market,
  seller: Wallet,
  licenseId: bigint,
  bit: bigint,
  more: object = {},
  key?: EvenKey,
) {
  const { chain, resale, token, tokenAddress, owner, escrow } = deployed;
  const buyer = await chain.actor("isonomy.second");
  await chain.fund(token, owner, buyer, 100n * PRICE, await resale.getAddress());
  const ask = {
    ...{ licenseId, seller: seller.address, payToken: tokenAddress, price: PRICE },
    ...{
      expiresAt: BigInt(await chain.now()) + 30n * 86_400n,
      buyer: ZeroAddress,
      maxFeeBps: 500n,
      maxRoyaltyBps: 1_000n,
    },
    ...{ versionId: 0n, deliveryWindow: 0n, complaintWindow: 0n, epoch: 0n, bit, ...more },
  };
  const domain = resaleDomain(await resale.getAddress(), CHAIN_ID);
  const signature = await seller.signTypedData(domain, ASK_TYPES, ask);
  const secret = evenKey(`isonomy.bench.second.${bit}`);
  const context = {
    chainId: CHAIN_ID,
    escrow: await escrow.getAddress(),
    versionId: ask.versionId,
    payer: buyer.address,
  };
  const pad = key === undefined ? undefined : padFor(key, secret, context);
  const bid = {
    ...{ minMeasure: 0n, recipient: buyer.address },
    ...{ buyerKey: pad === undefined ? ZeroHash : secret.x, pad: pad?.pad ?? ZeroAddress },
  };
  const sent = await (resale.connect(buyer) as Contract).getFunction("buy")(ask, bid, signature, chain.overrides());
  return { buyer, sent, scalar: pad?.scalar ?? 0n, gas: await chain.gasOf(sent) };
}

/** The gas of opening, accepting and claiming. */
async function resellFile(
  deployed: Market,
  seller: Wallet,
  licenseId: bigint,
  { offer }: Listing,
  key: EvenKey,
  bit: bigint,
): Promise<{ opened: number; accepted: number; claimed: number }> {
  const { chain, escrow, resale } = deployed;
  const more = { versionId: BigInt(offer.versionId), ...WINDOWS };
  const { buyer, sent, scalar, gas } = await resell(deployed, seller, licenseId, bit, more, key);
  const opened = ((await chain.event(sent, escrow, "DealOpened")).deal as Result).toObject();
  const delivery = await (escrow.connect(seller) as Contract).getFunction("deliver")(opened, scalar, chain.overrides());
  const { complainBy } = await chain.event(delivery, escrow, "KeyDelivered");
  const deal = { ...opened, complainBy };
  const accepted = await chain.gas(buyer, escrow, "accept", [deal]);
  return { opened: gas, accepted, claimed: await chain.gas(buyer, resale, "claim", [deal]) };
}
