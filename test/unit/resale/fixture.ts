import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ZeroAddress, ZeroHash, type AddressLike, type ContractTransactionResponse, type TypedDataField } from "ethers";
import { ethers } from "hardhat";
import type { AskStruct, BidStruct, DealStruct } from "../../../typechain-types/contracts/resale/Resale";
import type { OfferStruct } from "../../../typechain-types/contracts/market/Market";
import { buy as padsOf, sealFile } from "../../helpers/files";
import { DAY, firstVersion, marketFixture, NATIVE, PRICE } from "../../helpers/market";
import { domainOf, type TypedSigner } from "../../helpers/signing";

/** The protocol's fee, and the royalties of the service and of the file, in basis points. */
export const [FEE_BPS, ROYALTY_BPS, FILE_ROYALTY_BPS] = [250n, 700n, 650n];
export const MAX_AHEAD = 180n * DAY;
export const MAX_BITS = 224n;

/** The fields of an ask as EIP-712 has them, in order. */
export const ASK_TYPES: Record<string, TypedDataField[]> = {
  Ask: [
    { name: "licenseId", type: "uint256" },
    { name: "seller", type: "address" },
    { name: "payToken", type: "address" },
    { name: "price", type: "uint128" },
    { name: "expiresAt", type: "uint40" },
    { name: "buyer", type: "address" },
    { name: "maxFeeBps", type: "uint16" },
    { name: "maxRoyaltyBps", type: "uint16" },
    { name: "versionId", type: "uint64" },
    { name: "deliveryWindow", type: "uint32" },
    { name: "complaintWindow", type: "uint32" },
    { name: "epoch", type: "uint32" },
    { name: "bit", type: "uint8" },
  ],
};

/** How a price is shared out: fee and royalty are rounded down. */
export function sharesOf(price: bigint, feeBps = FEE_BPS, royaltyBps = ROYALTY_BPS) {
  const toTreasury = (price * feeBps) / 10_000n;
  const toPayee = (price * royaltyBps) / 10_000n;
  return { toSeller: price - toTreasury - toPayee, toTreasury, toPayee };
}

/** Id of the deal of an ask, written out. */
export function dealIdOf({ seller, epoch, bit }: Pick<AskStruct, "seller" | "epoch" | "bit">): bigint {
  return (BigInt(String(seller)) << 96n) | (BigInt(epoch) << 8n) | BigInt(bit);
}

/**
 * The resale: the seller holds a licence of the service, with a royalty of 7 %, and one of the file of model 4, with 6.5 %,
 * whose deal is settled. The file is not what was promised, which nobody has proven yet. The seller approved the resale, and
 * the buyers let it spend their tokens.
 */
export async function resaleFixture() {
  const protocol = await loadFixture(marketFixture);
  const { contracts, actors, actions, token, ids } = protocol;
  const { Resale: resale, Market: market, LicenseToken: licenses, RevenueLedger: ledger, Escrow: escrow } = contracts;
  const { ModelRegistry: registry } = contracts;
  const { creator, buyer, stranger, other: seller } = actors;
  const admin = await actions.asAdmin();
  const file = sealFile(0xf11en, Buffer.from("weights that are not what was promised"), false);
  const key = { secret: file.key, x: file.data.keyX as string };
  await registry.connect(creator).createModel(file.data, FILE_ROYALTY_BPS);
  const fileVersionId = firstVersion(4n);
  const { chainId } = await ethers.provider.getNetwork();
  const escrowAddress = await escrow.getAddress();
  for (const account of [buyer, stranger, seller]) {
    await token.connect(account).approve(resale, ethers.MaxUint256);
  }
  await licenses.connect(seller).setApprovalForAll(resale, true);

  /** A licence that `holder` buys from the creator under this offer, its deal settled if it has one. */
  async function licenceOf(offer: OfferStruct, holder: TypedSigner & typeof seller = seller): Promise<bigint> {
    const hash = await market.hashOffer(offer);
    if (!(await market.offerState(hash)).listed) await actions.list(offer);
    const recipient = await holder.getAddress();
    if (BigInt(offer.deliveryWindow) === 0n) {
      const order = await actions.orderFor(offer, { recipient });
      const licenseId = await market.connect(holder).purchase.staticCall(offer, order);
      await market.connect(holder).purchase(offer, order);
      return licenseId;
    }
    const pads = padsFor(recipient, BigInt(offer.versionId));
    const order = await actions.orderFor(offer, { recipient, buyerKey: pads.buyerKey, pad: pads.pad });
    const opened: DealStruct = await actions.dealOf(await market.connect(holder).purchase(offer, order));
    await escrow.connect(holder).accept(await delivered(opened, pads.c));
    return BigInt(opened.id);
  }

  /** What a buyer of the file makes: a key, a pad, and the scalar that answers it. */
  const padsFor = (payer: string, versionId = fileVersionId, seed = 0xb0b0n) =>
    padsOf(key, { chainId, escrow: escrowAddress, versionId, payer }, seed);

  /** Delivers the key, and says the deal as it is then. */
  async function delivered(deal: DealStruct, c: bigint): Promise<DealStruct> {
    await escrow.connect(stranger).deliver(deal, c);
    return { ...deal, complainBy: BigInt(await time.latest()) + BigInt(deal.complaintWindow) };
  }

  const licenseId = await licenceOf(actions.terms());
  const fileTerms = (differs: Partial<OfferStruct> = {}) => actions.fileTerms({ versionId: fileVersionId, ...differs });
  const fileLicenseId = await licenceOf(fileTerms());

  /** The seller's ask for the licence of the service, at once. */
  async function ask(differs: Partial<AskStruct> = {}): Promise<AskStruct> {
    return {
      licenseId,
      seller: seller.address,
      payToken: ids.payToken,
      price: PRICE,
      expiresAt: BigInt(await time.latest()) + 7n * DAY,
      buyer: ZeroAddress,
      maxFeeBps: 500n,
      maxRoyaltyBps: 1_000n,
      versionId: 0n,
      deliveryWindow: 0n,
      complaintWindow: 0n,
      epoch: 0n,
      bit: 0n,
      ...differs,
    };
  }

  /** The seller's ask for the licence of the file, with delivery. */
  const fileAsk = (differs: Partial<AskStruct> = {}) =>
    ask({
      licenseId: fileLicenseId,
      versionId: fileVersionId,
      deliveryWindow: DAY,
      complaintWindow: 3n * DAY,
      ...differs,
    });

  const sign = async (one: AskStruct, signer: TypedSigner = seller, domain = {}) =>
    signer.signTypedData({ ...(await domainOf(resale)), ...domain }, ASK_TYPES, one);

  /** What `who` asks for: the licence for themselves. */
  const bid = (differs: Partial<BidStruct> = {}, who: { address: string } = buyer): BidStruct => ({
    minMeasure: 0n,
    recipient: who.address,
    buyerKey: ZeroHash,
    pad: ZeroAddress,
    ...differs,
  });

  const valueOf = (one: AskStruct) => (one.payToken === NATIVE ? BigInt(one.price) : 0n);

  /** Buys on an ask that the seller signs. */
  async function purchase(one: AskStruct, differs: Partial<BidStruct> = {}, who = buyer) {
    return resale.connect(who).buy(one, bid(differs, who), await sign(one), { value: valueOf(one) });
  }

  /** Buys the file for the buyer, and says the deal and the scalar that answers it. */
  async function openDeal(differs: Partial<AskStruct> = {}, differsInBid: Partial<BidStruct> = {}) {
    const one = await fileAsk(differs);
    const { buyerKey, pad, c } = padsFor(buyer.address, BigInt(one.versionId));
    const sent = await purchase(one, { buyerKey, pad, ...differsInBid });
    const deal: DealStruct = await actions.dealOf(sent);
    return { ask: one, deal, c, sent };
  }

  /** The same, with the key delivered: the deal as it is then. */
  async function deliverDeal(differs: Partial<AskStruct> = {}, differsInBid: Partial<BidStruct> = {}) {
    const opened = await openDeal(differs, differsInBid);
    return { ...opened, deal: await delivered(opened.deal, opened.c) };
  }

  const accounts = {
    seller,
    creator,
    buyer,
    stranger,
    recipient: actors.recipient,
    treasury: actors.treasury,
    escrow,
    resale,
  } satisfies Record<string, AddressLike>;

  /** Expects that a transaction changes these ledger balances, and no other of all who take part. */
  async function expectMoves(
    send: () => Promise<ContractTransactionResponse>,
    changes: Partial<Record<keyof typeof accounts, bigint>>,
    payToken: AddressLike = ids.payToken,
  ): Promise<ContractTransactionResponse> {
    const entries = Object.entries(accounts);
    const read = async () => Promise.all(entries.map(([, account]) => ledger.balanceOf(payToken, account)));
    const before = await read();
    const sent = await send();
    const after = await read();
    const moved = entries
      .map(([name], i) => [name, after[i] - before[i]] as const)
      .filter(([, change]) => change !== 0n);
    const expected = Object.entries(changes).filter(([, change]) => change !== 0n);
    expect(Object.fromEntries(moved)).to.deep.equal(Object.fromEntries(expected));
    return sent;
  }

  const proveDefective = () => registry.connect(stranger).proveDefective(fileVersionId, file.evidence);

  return {
    ...protocol,
    resale,
    market,
    licenses,
    ledger,
    escrow,
    registry,
    admin,
    seller,
    values: { licenseId, fileLicenseId, fileVersionId, file, chainId },
    actions: {
      ...actions,
      ask,
      fileAsk,
      fileTerms,
      sign,
      bid,
      purchase,
      licenceOf,
      padsFor,
      openDeal,
      deliverDeal,
      delivered,
      expectMoves,
      proveDefective,
    },
  };
}
