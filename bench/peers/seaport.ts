import { Contract, type Wallet } from "ethers";
import { type Chain, FAR_DEADLINE } from "../lib/chain";
import type { Figures } from "../lib/types";

const ROOT = "@opensea/seaport-js/src/artifacts";
const NOBODY = "0x0000000000000000000000000000000000000000";
const NOTHING = `0x${"0".repeat(64)}`;
const PRICE = 10n ** 18n;
const FEE = PRICE / 40n;
const ROYALTY = PRICE / 20n;

// Seaport's names for the two shapes of a basic order that sell an ERC-721 in full and in the open
const NATIVE_FOR_ERC721 = 0n;
const ERC20_FOR_ERC721 = 8n;

const ORDER_TYPES = {
  OrderComponents: [
    { name: "offerer", type: "address" },
    { name: "zone", type: "address" },
    { name: "offer", type: "OfferItem[]" },
    { name: "consideration", type: "ConsiderationItem[]" },
    { name: "orderType", type: "uint8" },
    { name: "startTime", type: "uint256" },
    { name: "endTime", type: "uint256" },
    { name: "zoneHash", type: "bytes32" },
    { name: "salt", type: "uint256" },
    { name: "conduitKey", type: "bytes32" },
    { name: "counter", type: "uint256" },
  ],
  OfferItem: [
    { name: "itemType", type: "uint8" },
    { name: "token", type: "address" },
    { name: "identifierOrCriteria", type: "uint256" },
    { name: "startAmount", type: "uint256" },
    { name: "endAmount", type: "uint256" },
  ],
  ConsiderationItem: [
    { name: "itemType", type: "uint8" },
    { name: "token", type: "address" },
    { name: "identifierOrCriteria", type: "uint256" },
    { name: "startAmount", type: "uint256" },
    { name: "endAmount", type: "uint256" },
    { name: "recipient", type: "address" },
  ],
};

export type SeaportOperation = "erc20NewHolder" | "nativeNewHolder" | "erc20" | "native";

/** Seaport 1.6: a signed order moves an NFT that exists already and splits its price three ways. */
export async function seaport(chain: Chain): Promise<Figures<SeaportOperation>> {
  const [owner, seller, platform, creator] = await chain.actors(4, "seaport");
  const token = await chain.token(owner);
  const market = await deploySeaport(chain, owner);
  const nft = await chain.deploy(`${ROOT}/src/contracts/test/TestERC721.sol/TestERC721.json`, owner);
  await chain.gas(seller, nft, "setApprovalForAll", [await market.getAddress(), true]);
  for (const [i, payee] of [seller, platform, creator].entries()) {
    await chain.gas(owner, token, "transfer", [payee.address, BigInt(i + 1)]);
  }
  // the seller keeps another piece, so that a sale does not empty a slot
  for (let id = 1n; id <= 9n; id++) await chain.gas(owner, nft, "mint", [seller.address, id]);

  const deal = { chain, market, nft, token, owner, seller, platform: platform.address, creator: creator.address };
  const piece = async (id: bigint, basicOrderType: bigint, holder: boolean) => {
    const buyer = await chain.actor("seaport.buyer");
    // a buyer who owns a piece of the collection already is spared a new slot
    if (holder) await chain.gas(owner, nft, "mint", [buyer.address, 100n + id]);
    return sell(deal, id, basicOrderType, buyer);
  };
  await piece(1n, ERC20_FOR_ERC721, false);
  await piece(2n, NATIVE_FOR_ERC721, false);
  return {
    erc20NewHolder: await piece(3n, ERC20_FOR_ERC721, false),
    nativeNewHolder: await piece(4n, NATIVE_FOR_ERC721, false),
    erc20: await piece(5n, ERC20_FOR_ERC721, true),
    native: await piece(6n, NATIVE_FOR_ERC721, true),
  };
}

/** Seaport with its controller of conduits. */
export async function deploySeaport(chain: Chain, owner: Wallet): Promise<Contract> {
  const controller = await chain.deploy(
    `${ROOT}/seaport/contracts/conduit/ConduitController.sol/LocalConduitController.json`,
    owner,
  );
  return chain.deploy(`${ROOT}/seaport/contracts/Seaport.sol/Seaport.json`, owner, await controller.getAddress());
}

/** Sells a piece for tokens to a buyer who has none of its collection yet, its price split three ways; the gas. */
export function sellOnSeaport(deal: Deal, id: bigint, buyer: Wallet): Promise<number> {
  return sell(deal, id, ERC20_FOR_ERC721, buyer);
}

interface Deal {
  chain: Chain;
  market: Contract;
  nft: Contract;
  token: Contract;
  owner: Wallet;
  seller: Wallet;
  platform: string;
  creator: string;
}

async function sell(deal: Deal, id: bigint, basicOrderType: bigint, buyer: Wallet): Promise<number> {
  const { chain, market, nft, token, owner, seller, platform, creator } = deal;
  const native = basicOrderType === NATIVE_FOR_ERC721;
  await chain.fund(token, owner, buyer, 10n * PRICE, market);
  const currency = native ? NOBODY : await token.getAddress();
  const itemType = native ? 0 : 1;
  const item = (amount: bigint, recipient: string) => ({
    itemType,
    token: currency,
    identifierOrCriteria: 0n,
    startAmount: amount,
    endAmount: amount,
    recipient,
  });
  const offerToken = await nft.getAddress();
  const order = {
    offerer: seller.address,
    zone: NOBODY,
    offer: [{ itemType: 2, token: offerToken, identifierOrCriteria: id, startAmount: 1n, endAmount: 1n }],
    consideration: [item(PRICE - FEE - ROYALTY, seller.address), item(FEE, platform), item(ROYALTY, creator)],
    orderType: 0,
    startTime: 0n,
    endTime: FAR_DEADLINE,
    zoneHash: NOTHING,
    salt: id,
    conduitKey: NOTHING,
    counter: 0n,
  };
  const domain = {
    name: "Seaport",
    version: "1.6",
    chainId: 31_337,
    verifyingContract: await market.getAddress(),
  };
  const signature = await seller.signTypedData(domain, ORDER_TYPES, order);
  const parameters = {
    considerationToken: currency,
    considerationIdentifier: 0n,
    considerationAmount: PRICE - FEE - ROYALTY,
    offerer: seller.address,
    zone: NOBODY,
    offerToken,
    offerIdentifier: id,
    offerAmount: 1n,
    basicOrderType,
    startTime: order.startTime,
    endTime: order.endTime,
    zoneHash: NOTHING,
    salt: id,
    offererConduitKey: NOTHING,
    fulfillerConduitKey: NOTHING,
    totalOriginalAdditionalRecipients: 2n,
    additionalRecipients: [
      { amount: FEE, recipient: platform },
      { amount: ROYALTY, recipient: creator },
    ],
    signature,
  };
  return chain.gas(buyer, market, "fulfillBasicOrder", [parameters], native ? PRICE : 0n);
}
