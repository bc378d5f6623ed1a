import { loadFixture } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import type { AddressLike, ContractTransactionReceipt, ContractTransactionResponse } from "ethers";
import { ethers } from "hardhat";
import type { RevenueLedger } from "../../typechain-types";
import type { OfferStruct, OrderStruct } from "../../typechain-types/contracts/market/Market";
import type { VersionDataStruct } from "../../typechain-types/contracts/registry/ModelRegistry";
import { padOf, sealFile, xOf } from "./files";
import { CARD, protocolFixture } from "./fixture";
import { buildOffer, buildOrder } from "./offers";

export const HOUR = 3_600n;
export const DAY = 86_400n;
export const NATIVE = ethers.ZeroAddress;
/** Price of the offers in the tests: no share of it is a whole number without rounding. */
export const PRICE = 1_000_003n;

/** The first version of model `modelId`. */
export function firstVersion(modelId: bigint): bigint {
  return (modelId << 16n) | 1n;
}

/** A protocol in which the creator holds model 1, a service, and model 2, a file, and another person holds model 3. */
export async function marketFixture() {
  const protocol = await loadFixture(protocolFixture);
  const { contracts, token, actors } = protocol;
  const { Market, ModelRegistry } = contracts;
  const { creator, stranger } = actors;
  const file = sealFile(0x1550a0n, Buffer.from("weights of a very small model"));
  const broken = sealFile(0xbadn, Buffer.from("weights that nobody can use"), false);
  await ModelRegistry.connect(creator).createModel(CARD, 700n);
  await ModelRegistry.connect(creator).createModel(file.data, 0n);
  await ModelRegistry.connect(stranger).createModel(CARD, 0n);
  const versionId = firstVersion(1n);
  const fileVersionId = firstVersion(2n);
  const payToken = await token.getAddress();

  /** Terms of a licence for the service, for the stable token. */
  function terms(differs: Partial<OfferStruct> = {}): OfferStruct {
    return buildOffer({ versionId, creator: creator.address, payToken, price: PRICE, ...differs });
  }

  /** Terms of a licence for the file, through the escrow. */
  function fileTerms(differs: Partial<OfferStruct> = {}): OfferStruct {
    return terms({ versionId: fileVersionId, deliveryWindow: DAY, complaintWindow: 3n * DAY, ...differs });
  }

  /** Lists an offer as the creator. */
  async function list(offer: OfferStruct) {
    await Market.connect(creator).createOffer(offer);
    return Market.hashOffer(offer);
  }

  /** What the buyer sends for an offer, to receive it. */
  async function orderFor(offer: OfferStruct, differs: Partial<OrderStruct> = {}): Promise<OrderStruct> {
    return buildOrder(await Market.hashOffer(offer), offer, { recipient: actors.buyer.address, ...differs });
  }

  /** An order with a pad, and the secret behind the pad. */
  async function paddedOrder(offer: OfferStruct, differs: Partial<OrderStruct> = {}) {
    const secret = 0x5ec2e7n;
    const padded = { buyerKey: xOf(0xb0b0n), pad: padOf(secret) };
    return { secret, order: await orderFor(offer, { ...padded, ...differs }) };
  }

  /** Publishes another model in the name of `holder` and says the id of its version. */
  async function publish(holder: typeof creator, data: VersionDataStruct = CARD): Promise<bigint> {
    await ModelRegistry.connect(holder).createModel(data, 0n);
    return firstVersion(await ModelRegistry.modelCount());
  }

  /** Allows a token as the admin. */
  async function allow(address: AddressLike, allowed = true) {
    await Market.connect(await protocol.actions.asAdmin()).setPayToken(address, allowed, 0n);
  }

  /** The full deal that a transaction opened. */
  async function dealOf(transaction: ContractTransactionResponse) {
    const receipt = (await transaction.wait()) as ContractTransactionReceipt;
    for (const log of receipt.logs) {
      const parsed = contracts.Escrow.interface.parseLog(log);
      if (parsed?.name === "DealOpened") return parsed.args.deal.toObject(true);
    }
    throw new Error("no deal was opened");
  }

  return {
    ...protocol,
    files: { file, broken },
    ids: { versionId, fileVersionId, payToken },
    actions: {
      ...protocol.actions,
      terms,
      fileTerms,
      list,
      orderFor,
      paddedOrder,
      publish,
      allow,
      dealOf,
    },
  };
}

/** Expects that these ledger balances, and no others of these accounts, change by these amounts. */
export async function expectCredits(
  ledger: RevenueLedger,
  token: AddressLike,
  action: () => Promise<unknown>,
  changes: [account: AddressLike, change: bigint][],
) {
  const read = () => Promise.all(changes.map(([account]) => ledger.balanceOf(token, account)));
  const [before, owedBefore] = await Promise.all([read(), ledger.totalOwed(token)]);
  await action();
  const [after, owedAfter] = await Promise.all([read(), ledger.totalOwed(token)]);
  changes.forEach(([, change], i) => expect(after[i] - before[i], `ledger balance ${i}`).to.equal(change));
  const sum = changes.reduce((total, [, change]) => total + change, 0n);
  expect(owedAfter - owedBefore, "sum of what the ledger owes").to.equal(sum);
}

/** How the price of a sale is shared out. */
export function sharesOf(price: bigint, feeBps: bigint, referrerBps: bigint) {
  const toTreasury = (price * feeBps) / 10_000n;
  const toReferrer = (price * referrerBps) / 10_000n;
  return { toCreator: price - toTreasury - toReferrer, toTreasury, toReferrer };
}

/** Puts an item at the end of a calldata: how a forwarder names the sender. */
export function appendSender(data: string, sender: string): string {
  return ethers.concat([data, sender]);
}
