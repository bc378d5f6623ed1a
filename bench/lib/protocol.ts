import { Contract, type Wallet, ZeroAddress, ZeroHash, id } from "ethers";
import { deployProtocol } from "../../deploy/local";
import { readParameters } from "../../deploy/protocol";
import type { OfferStruct, OrderStruct } from "../../typechain-types/contracts/market/Market";
import type { VersionDataStruct } from "../../typechain-types/contracts/registry/ModelRegistry";
import type { Chain } from "./chain";

export const PRICE = 10n ** 18n;
export const REFERRER_BPS = 500n;
/** An IPFS address, as long as a card's is. */
export const CARD_URI = "ipfs://bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy";

/** Our contracts as `deploy/` leaves them, with the token that the peers are paid in too. */
export interface Market {
  chain: Chain;
  owner: Wallet;
  creator: Wallet;
  referrer: Wallet;
  token: Contract;
  tokenAddress: string;
  registry: Contract;
  licenses: Contract;
  ledger: Contract;
  escrow: Contract;
  panel: Contract;
  subscriptions: Contract;
  usage: Contract;
  policies: Contract;
  lineage: Contract;
  resale: Contract;
  reviews: Contract;
  metrics: Contract;
  market: Contract;
  marketAddress: string;
}

export async function deployMarket(chain: Chain, token?: (owner: Wallet) => Promise<Contract>): Promise<Market> {
  const [owner, creator, referrer] = await chain.actors(3, "isonomy");
  const paid = await (token ?? ((from) => chain.token(from)))(owner);
  const tokenAddress = await paid.getAddress();
  const parameters = readParameters("hardhat");
  parameters.market.payTokens = [{ token: tokenAddress, risks: 0 }];
  parameters.resale.payTokens = parameters.market.payTokens;
  parameters.reputation.tokenWeights = [{ token: tokenAddress, unitWeight: "1000000000" }];
  const deployed = await deployProtocol(chain.hre, parameters);
  const plain = async (contract: { getAddress(): Promise<string>; interface: Contract["interface"] }) =>
    new Contract(await contract.getAddress(), contract.interface, owner);
  return {
    chain,
    owner,
    creator,
    referrer,
    token: paid,
    tokenAddress,
    registry: await plain(deployed.ModelRegistry),
    licenses: await plain(deployed.LicenseToken),
    ledger: await plain(deployed.RevenueLedger),
    escrow: await plain(deployed.Escrow),
    panel: await plain(deployed.Panel),
    subscriptions: await plain(deployed.Subscriptions),
    usage: await plain(deployed.UsageChannel),
    policies: await plain(deployed.OfferPolicies),
    lineage: await plain(deployed.Lineage),
    resale: await plain(deployed.Resale),
    reviews: await plain(deployed.Reviews),
    metrics: await plain(deployed.Metrics),
    market: await plain(deployed.Market),
    marketAddress: await deployed.Market.getAddress(),
  };
}

/** A card without a file, each with a hash of its own. */
export function card(name: string): VersionDataStruct {
  return { metadataHash: id(name), root: ZeroHash, contentRoot: ZeroHash, keyX: ZeroHash, size: 0n, uri: CARD_URI };
}

/** An offer settled at once; name what differs. */
export function buildOffer(differs: Partial<OfferStruct> & Pick<OfferStruct, "versionId" | "creator">): OfferStruct {
  return {
    payToken: ZeroAddress,
    price: PRICE,
    supply: 1_000_000n,
    expiresAt: 0n,
    buyer: ZeroAddress,
    referrerBps: REFERRER_BPS,
    maxProtocolFeeBps: 500n,
    transferable: true,
    includesUpdates: false,
    deliveryWindow: 0n,
    complaintWindow: 0n,
    arbitrator: ZeroAddress,
    bond: 0n,
    epoch: 0n,
    salt: 0n,
    rights: 0n,
    rightsTerms: ZeroHash,
    policy: ZeroHash,
    ...differs,
  };
}

export function buildOrder(
  termsHash: string,
  recipient: string,
  referrer: string,
  differs: Partial<OrderStruct> = {},
): OrderStruct {
  return {
    termsHash,
    maxPrice: PRICE,
    recipient,
    referrer,
    buyerKey: ZeroHash,
    pad: ZeroAddress,
    renews: 0n,
    quantity: 0n,
    ...differs,
  };
}

export interface Listing {
  offer: OfferStruct;
  termsHash: string;
  /** Gas of both transactions: the model with its first version, and the offer. */
  gas: number;
  createModelData: string;
}

/** Publishes a model with one version and one offer, as `creator`. */
export async function list(
  deployed: Market,
  creator: Wallet,
  data: VersionDataStruct,
  terms: Partial<OfferStruct> = {},
  value = 0n,
): Promise<Listing> {
  const { chain, registry, market, tokenAddress } = deployed;
  const versionId = await (registry.connect(creator) as Contract).createModel.staticCall(data, 500n);
  const model = await chain.gas(creator, registry, "createModel", [data, 500n]);
  const offer = buildOffer({ versionId, creator: creator.address, payToken: tokenAddress, ...terms });
  const listed = await chain.gas(creator, market, "createOffer", [offer], value);
  return {
    offer,
    termsHash: await market.hashOffer(offer),
    gas: model + listed,
    createModelData: registry.interface.encodeFunctionData("createModel", [data, 500n]),
  };
}

/** A buyer nobody has seen before, with money and an allowance. */
export async function newBuyer({ chain, token, owner, marketAddress }: Market): Promise<Wallet> {
  const buyer = await chain.actor("isonomy.buyer");
  await chain.fund(token, owner, buyer, 100n * PRICE, marketAddress);
  return buyer;
}

/** Buys one licence for a new buyer and returns the gas. */
export async function buy(deployed: Market, { offer, termsHash }: Listing, value = 0n): Promise<number> {
  const buyer = await newBuyer(deployed);
  const order = buildOrder(termsHash, buyer.address, deployed.referrer.address);
  return deployed.chain.gas(buyer, deployed.market, "purchase", [offer, order], value);
}
