import { type Contract, Signature, TypedDataEncoder, type Wallet, ZeroAddress } from "ethers";
import { type Chain, FAR_DEADLINE } from "../lib/chain";
import { compare, type Context } from "../lib/context";
import { type Floors, SLOT_CHANGE, SLOT_CLEAR_REFUND, SLOT_FILL, intrinsic, log, measureFloors } from "../lib/floors";
import { PEER } from "../lib/peers";
import {
  type Listing,
  type Market,
  PRICE,
  buildOffer,
  buildOrder,
  buy,
  card,
  deployMarket,
  list,
  newBuyer,
} from "../lib/protocol";
import type { Entry } from "../lib/types";
import { ocean } from "../peers/ocean";
import { seaport } from "../peers/seaport";
import { unlock } from "../peers/unlock";

const LISTINGS = 10_000;
const CREATORS = 100;
const BUYERS = 100;

/** Listing a model and buying a licence at once, in every way there is to pay. */
export async function run(context: Context): Promise<Entry[]> {
  const unlockGas = await context.peer(PEER.unlock, unlock);
  const oceanGas = await context.peer(PEER.ocean, ocean);
  const seaportGas = await context.peer(PEER.seaport, seaport);

  context.say("deploying the market");
  const deployed = await deployMarket(context.chain);
  const floors = await measureFloors(context.chain);
  const listing = await warmUp(deployed);
  const purchaseFloor = floorOfPurchase(deployed, floors, listing);

  context.say("listing, buying, withdrawing");
  const second = await list(deployed, deployed.creator, card("published in steady state"));
  const bought = await buy(deployed, listing);
  const native = await buyNative(deployed);
  const signed = await buySigned(deployed);
  const cart = await buyCart(deployed);
  const withdrawn = await withdraw(deployed, listing);
  const crowded = await buyAmong(context, deployed, listing);
  const permit = await buyWithPermit(context.chain);

  return [
    ...compare(
      "market.buyInstant",
      bought,
      { [PEER.unlockReferrer]: unlockGas.purchaseReferrer, [PEER.oceanOneStep]: oceanGas.buyFromFreAndOrder },
      purchaseFloor,
    ),
    ...compare("market.publish", second.gas, { [PEER.unlock]: unlockGas.publish, [PEER.ocean]: oceanGas.publish }),
    ...compare("ledger.withdraw", withdrawn, {}, floorOfWithdrawal(deployed, floors)),
    ...compare("market.buyInstant@10000", crowded, {}, purchaseFloor),
    ...compare("market.buyNative", native, { [PEER.unlockNative]: unlockGas.purchaseNative }),
    ...compare("market.buySigned", signed, {
      [PEER.seaport]: seaportGas.erc20,
      [PEER.seaportNewHolder]: seaportGas.erc20NewHolder,
    }),
    ...compare("market.buyCart5", cart, { [PEER.unlockNativeFive]: unlockGas.purchaseNativeFive }),
    ...compare("market.buyPermit", permit),
  ];
}

/** Lists one model and sells it, so that creator, referrer and treasury have credit in token and coin. */
async function warmUp(deployed: Market): Promise<Listing> {
  const listing = await list(deployed, deployed.creator, card("a model"));
  for (let i = 0; i < 3; i++) await buy(deployed, listing);
  return listing;
}

async function buyNative(deployed: Market): Promise<number> {
  const listing = await list(deployed, deployed.creator, card("paid in coin"), {
    payToken: ZeroAddress,
  });
  await buy(deployed, listing, PRICE);
  await buy(deployed, listing, PRICE);
  return buy(deployed, listing, PRICE);
}

const OFFER_TYPES = {
  Offer: [
    { name: "versionId", type: "uint64" },
    { name: "creator", type: "address" },
    { name: "payToken", type: "address" },
    { name: "price", type: "uint128" },
    { name: "supply", type: "uint32" },
    { name: "expiresAt", type: "uint40" },
    { name: "buyer", type: "address" },
    { name: "referrerBps", type: "uint16" },
    { name: "maxProtocolFeeBps", type: "uint16" },
    { name: "transferable", type: "bool" },
    { name: "includesUpdates", type: "bool" },
    { name: "deliveryWindow", type: "uint32" },
    { name: "complaintWindow", type: "uint32" },
    { name: "arbitrator", type: "address" },
    { name: "bond", type: "uint96" },
    { name: "epoch", type: "uint64" },
    { name: "salt", type: "uint64" },
    { name: "rights", type: "uint32" },
    { name: "rightsTerms", type: "bytes32" },
    { name: "policy", type: "bytes32" },
  ],
};

/** The offer is never listed; it has been bought before, as a listed one in steady state has. */
async function buySigned(deployed: Market): Promise<number> {
  const { chain, registry, market, marketAddress, creator, referrer, tokenAddress } = deployed;
  const data = card("signed for");
  const versionId = await (registry.connect(creator) as Contract).createModel.staticCall(data, 500n);
  await chain.gas(creator, registry, "createModel", [data, 500n]);
  const offer = buildOffer({ versionId, creator: creator.address, payToken: tokenAddress });
  const domain = { name: "Isonomy Market", version: "1", chainId: 31_337, verifyingContract: marketAddress };
  const signature = await creator.signTypedData(domain, OFFER_TYPES, offer);
  const termsHash = await market.hashOffer(offer);
  let gas = 0;
  for (let i = 0; i < 3; i++) {
    const buyer = await newBuyer(deployed);
    const order = buildOrder(termsHash, buyer.address, referrer.address);
    gas = await chain.gas(buyer, market, "purchaseSigned", [offer, order, signature]);
  }
  return gas;
}

/** Five licences of five creators, all for one buyer and through one referrer; the gas of each. */
async function buyCart(deployed: Market): Promise<number> {
  const { chain, market, referrer } = deployed;
  const creators = await chain.actors(5, "isonomy.creator");
  const listings: Listing[] = [];
  for (const creator of creators) listings.push(await list(deployed, creator, card(creator.address)));
  let gas = 0;
  for (let i = 0; i < 3; i++) {
    const buyer = await newBuyer(deployed);
    const items = listings.map(({ offer, termsHash }) => ({
      offer,
      order: buildOrder(termsHash, buyer.address, referrer.address),
      signature: "0x",
    }));
    gas = await chain.gas(buyer, market, "purchaseCart", [items]);
  }
  return Math.round(gas / listings.length);
}

/** The creator takes everything out and has had the token before; the ledger still owes others. */
async function withdraw(deployed: Market, listing: Listing): Promise<number> {
  const { chain, token, tokenAddress, owner, ledger, creator } = deployed;
  await chain.gas(owner, token, "transfer", [creator.address, 1n]);
  await chain.gas(creator, ledger, "withdraw", [tokenAddress]);
  await buy(deployed, listing);
  return chain.gas(creator, ledger, "withdraw", [tokenAddress]);
}

/** Buys the same offer once 10,000 others are listed and 10,000 licences are out. */
async function buyAmong(context: Context, deployed: Market, listing: Listing): Promise<number> {
  const { chain, registry, market, marketAddress, token, owner, tokenAddress, referrer } = deployed;
  const registryAddress = await registry.getAddress();
  const creators = await chain.actors(CREATORS, "isonomy.crowd.creator");
  const buyers = await chain.actors(BUYERS, "isonomy.crowd.buyer");
  for (const buyer of buyers) await chain.fund(token, owner, buyer, BigInt(LISTINGS) * PRICE, marketAddress);
  let model: bigint = await registry.modelCount();
  const calls = function* () {
    for (let i = 0; i < LISTINGS; i++) {
      const [creator, buyer] = [creators[i % CREATORS].address, buyers[i % BUYERS].address];
      const createModel = registry.interface.encodeFunctionData("createModel", [card(`crowd ${++model}`), 500n]);
      yield { from: creator, to: registryAddress, data: createModel };
      const offer = buildOffer({ versionId: (model << 16n) | 1n, creator, payToken: tokenAddress });
      yield { from: creator, to: marketAddress, data: market.interface.encodeFunctionData("createOffer", [offer]) };
      const termsHash = TypedDataEncoder.hashStruct("Offer", OFFER_TYPES, offer);
      const order = buildOrder(termsHash, buyer, referrer.address);
      yield { from: buyer, to: marketAddress, data: market.interface.encodeFunctionData("purchase", [offer, order]) };
    }
  };
  await chain.fill(calls(), (done) => {
    const listed = done / 3;
    if (listed % 1_000 === 0) context.say(`${listed.toLocaleString("en-GB")} models listed and licences sold`);
  });

  const held: bigint[] = await Promise.all(buyers.map(({ address }) => deployed.licenses.balanceOf(address)));
  const issued = held.reduce((sum, balance) => sum + balance, 0n);
  const models: bigint = await registry.modelCount();
  if (issued < LISTINGS || models < LISTINGS)
    throw new Error(`Only ${models} models and ${issued} licences are present.`);
  // the creator has credit again, as in the measurement on the empty chain
  await buy(deployed, listing);
  return buy(deployed, listing);
}

const PERMIT_TYPES = {
  Permit: [
    { name: "owner", type: "address" },
    { name: "spender", type: "address" },
    { name: "value", type: "uint256" },
    { name: "nonce", type: "uint256" },
    { name: "deadline", type: "uint256" },
  ],
};

/** A buyer with tokens and no allowance signs a permit for the price; a market of its own, for a token that takes one. */
async function buyWithPermit(chain: Chain): Promise<number> {
  const deployed = await deployMarket(chain, (owner) => chain.ours("TestToken", owner, "Test Dollar", "TUSD", 18));
  const { market, marketAddress, token, tokenAddress, owner, referrer } = deployed;
  await chain.gas(owner, token, "mint", [owner.address, 1_000_000n * PRICE]);
  const listing = await warmUp(deployed);
  const domain = { name: "Test Dollar", version: "1", chainId: 31_337, verifyingContract: tokenAddress };
  const buyer: Wallet = await chain.actor("isonomy.buyer");
  await chain.fund(token, owner, buyer, 100n * PRICE);
  const value = { owner: buyer.address, spender: marketAddress, value: PRICE, nonce: 0n, deadline: FAR_DEADLINE };
  const { v, r, s } = Signature.from(await buyer.signTypedData(domain, PERMIT_TYPES, value));
  const order = buildOrder(listing.termsHash, buyer.address, referrer.address);
  const permit = { value: PRICE, deadline: FAR_DEADLINE, v, r, s };
  return chain.gas(buyer, market, "purchaseWithPermit", [listing.offer, order, permit]);
}

/**
 * What a purchase cannot do without: its calldata, one transfer of the price, a new licence for a new holder, three
 * credits and a count that change, and one event for the sale and for each credit.
 */
function floorOfPurchase({ market, creator, referrer }: Market, floors: Floors, { offer, termsHash }: Listing): number {
  const order = buildOrder(termsHash, creator.address, referrer.address);
  const calldata = market.interface.encodeFunctionData("purchase", [offer, order]);
  const credits = 3 * (SLOT_CHANGE + log(3, 32));
  const license = 2 * SLOT_FILL + log(4, 0);
  return intrinsic(calldata) + floors.transferFrom + license + credits + SLOT_CHANGE + log(4, 64);
}

/** Calldata, the balance that goes to zero and gives its refund, one transfer out, one event. */
function floorOfWithdrawal({ ledger, tokenAddress }: Market, floors: Floors): number {
  const calldata = ledger.interface.encodeFunctionData("withdraw", [tokenAddress]);
  const gas = intrinsic(calldata) + SLOT_CHANGE + floors.transfer + log(4, 32);
  return gas - Math.min(SLOT_CLEAR_REFUND, Math.floor(gas / 5));
}
