import { loadFixture } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ZeroAddress, type ContractTransactionResponse, type Signer } from "ethers";
import { ethers } from "hardhat";
import type { OfferStruct } from "../../../typechain-types/contracts/market/Market";
import { scalarFor } from "../../helpers/files";
import { rightsFixture } from "../rights/fixture";

export { FEE_BPS } from "../rights/fixture";

/** What 1e18 of the smallest units of the stable token weigh: a unit of it weighs 3 and a bit. */
export const TOKEN_WEIGHT = 3_141_592_653_589_793_238n;
/** What 1e18 of the native coin's smallest units weigh in a deployment. */
export const NATIVE_WEIGHT = 1_000_000_000n;
export const MAX_WEIGHT = 2n ** 80n - 1n;
/** The salted hash of a text. */
export const CONTENT = ethers.id("salt and text");
export const OTHER_CONTENT = ethers.id("salt and another text");
/** The model that sells licences for services, and the one that sells a file. */
export const [SERVICE, FILE] = [1n, 2n];

/** Values of `DealStatus`. */
export const Status = { None: 0n, Open: 1n, Delivered: 2n, Disputed: 3n, Settled: 4n, Split: 5n, Refunded: 6n };

/** What a review weighs whose licence cost this. */
export const weightOf = (price: bigint, feeBps: bigint, unitWeight = TOKEN_WEIGHT): bigint => {
  const weight = (((price * feeBps) / 10_000n) * unitWeight) / 10n ** 18n;
  return weight < MAX_WEIGHT ? weight : MAX_WEIGHT;
};

/** The market with its reviews, in which the stable token has a weight. */
export async function reviewsFixture() {
  const protocol = await loadFixture(rightsFixture);
  const { contracts, admin, actors, actions, files, payToken } = protocol;
  const { Reviews: reviews, Escrow: escrow } = contracts;
  await reviews.connect(admin).setUnitWeight(payToken, TOKEN_WEIGHT);

  /** Lists the offer of a file and buys it; the deal is open. */
  async function openDeal(differs: Partial<OfferStruct> = {}, quantity = 1n) {
    const offer = actions.fileTerms(differs);
    await actions.list(offer);
    const { order, secret } = await actions.paddedOrder(offer, {
      quantity,
      maxPrice: quantity * BigInt(offer.price),
    });
    let deal = await actions.dealOf(await contracts.Market.connect(actors.buyer).purchase(offer, order));
    const licenseId = BigInt(deal.id);

    /** Delivers the key. */
    const deliver = async () => {
      const sent = await escrow.deliver(deal as never, scalarFor(files.file.key, secret));
      const delivered = (await sent.wait())!.logs
        .map((log) => escrow.interface.parseLog(log))
        .find((log) => log?.name === "KeyDelivered");
      deal = { ...deal, complainBy: delivered!.args.complainBy };
    };
    return { offer, licenseId, deliver, dealNow: () => deal as never };
  }

  /** Writes a review as somebody, and expects the event with this weight. */
  async function expectReviewed(
    sent: Promise<ContractTransactionResponse>,
    values: [modelId: bigint, licenseId: bigint, author: string, stars: bigint, weight: bigint, content: string],
  ) {
    await expect(sent)
      .to.emit(reviews, "Reviewed")
      .withArgs(...values);
    const [, licenseId, author, stars, weight] = values;
    expect(await reviews.reviewOf(licenseId)).to.deep.equal([author, stars, weight]);
  }

  /** Expects a model's total. */
  async function expectTotal(modelId: bigint, weight: bigint, weightedStars: bigint) {
    expect(await reviews.totalOf(modelId)).to.deep.equal([weight, weightedStars]);
  }

  /** Expects that a licence can be reviewed by its holder, and weighs this. */
  async function expectWeight(offer: OfferStruct, licenseId: bigint, weight: bigint, holder: Signer = actors.buyer) {
    expect(await reviews.weightOf(offer, licenseId)).to.equal(weight);
    expect(await reviews.connect(holder).review.staticCall(offer, licenseId, 1n, CONTENT)).to.equal(weight);
    await reviews.connect(holder).review(offer, licenseId, 1n, CONTENT);
    const review = await reviews.reviewOf(licenseId);
    expect(review).to.deep.equal([await holder.getAddress(), 1n, weight]);
  }

  return { ...protocol, reviews, escrow, actions: { ...actions, openDeal, expectReviewed, expectTotal, expectWeight } };
}

/** A licence of the buyer's for the service, sold at once. */
export async function soldFixture() {
  const protocol = await loadFixture(reviewsFixture);
  const offer = protocol.actions.terms();
  const licenseId = await protocol.actions.sell(offer);
  return { ...protocol, offer, licenseId };
}

export const NOBODY = ZeroAddress;
