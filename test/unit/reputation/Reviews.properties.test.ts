import { loadFixture } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import fc from "fast-check";
import { ethers } from "hardhat";
import type { OfferStruct } from "../../../typechain-types/contracts/market/Market";
import { firstVersion, NATIVE } from "../../helpers/market";
import { property, SEED } from "../../support/properties/property";
import { CONTENT, MAX_WEIGHT, NATIVE_WEIGHT, reviewsFixture, weightOf } from "./fixture";

/** Two models, two tokens: the offers of a history. */
const anyOffer = fc.record({
  price: fc.oneof(fc.bigInt({ min: 0n, max: 100n }), fc.bigInt({ min: 0n, max: 2n ** 96n })),
  native: fc.boolean(),
  second: fc.boolean(),
  feeBps: fc.oneof(fc.constantFrom(0n, 1n, 250n, 500n), fc.bigInt({ min: 0n, max: 500n })),
});
const which = fc.nat({ max: 11 });
const stars = fc.bigInt({ min: 1n, max: 5n });
const anyStep = fc.oneof(
  { weight: 4, arbitrary: fc.record({ does: fc.constant("review" as const), which, stars }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant("edit" as const), which, stars }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant("erase" as const), which }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant("move" as const), which }) },
  {
    weight: 1,
    arbitrary: fc.record({
      does: fc.constant("weigh" as const),
      native: fc.boolean(),
      unitWeight: fc.oneof(fc.constantFrom(0n, 10n ** 9n, 2n ** 96n - 1n), fc.bigInt({ min: 0n, max: 2n ** 80n })),
    }),
  },
);
const anyHistory = fc.record({
  offers: fc.array(anyOffer, { minLength: 1, maxLength: 4 }),
  licences: fc.array(fc.nat({ max: 3 }), { minLength: 1, maxLength: 6 }),
  steps: fc.array(anyStep, { minLength: 1, maxLength: 24 }),
});

/** A licence, and its review as the history should leave it. */
interface Entry {
  id: bigint;
  offer: OfferStruct;
  feeBps: bigint;
  modelId: bigint;
  owner: "buyer" | "recipient";
  author?: "buyer" | "recipient";
  stars: bigint;
  weight: bigint;
}

/** Plays a history on the chain and in a list of reviews, and adds the list up after every step. */
async function play(
  { reviews, licenses, admin, actors, actions, payToken }: Awaited<ReturnType<typeof richFixture>>,
  { offers, licences, steps }: typeof anyHistory extends fc.Arbitrary<infer Value> ? Value : never,
) {
  const unitWeights: Record<string, bigint> = {
    [NATIVE]: NATIVE_WEIGHT,
    [payToken]: await reviews.unitWeight(payToken),
  };
  const entries: Entry[] = [];
  for (const [salt, index] of licences.entries()) {
    const { price, native, second, feeBps } = offers[index % offers.length];
    const modelId = second ? 4n : 1n;
    const differs = { price, payToken: native ? NATIVE : payToken, versionId: firstVersion(modelId) };
    const offer = actions.terms({ ...differs, salt: BigInt(salt) });
    await actions.setFee(feeBps);
    const id = await actions.sell(offer);
    entries.push({ id, offer, feeBps, modelId, owner: "buyer", stars: 0n, weight: 0n });
  }

  for (const step of steps) {
    if (step.does === "weigh") {
      const token = step.native ? NATIVE : payToken;
      await reviews.connect(admin).setUnitWeight(token, step.unitWeight);
      unitWeights[token] = step.unitWeight;
      continue;
    }
    const entry = entries[step.which % entries.length];
    const { id, offer } = entry;
    if (step.does === "move") {
      const to = entry.owner === "buyer" ? "recipient" : "buyer";
      await licenses.connect(actors[entry.owner]).transferFrom(actors[entry.owner], actors[to], id);
      entry.owner = to;
    } else if (step.does === "review") {
      const sent = reviews.connect(actors[entry.owner]).review(offer, id, step.stars, CONTENT);
      if (entry.author === undefined) {
        await sent;
        entry.author = entry.owner;
        entry.stars = step.stars;
        entry.weight = weightOf(BigInt(offer.price), entry.feeBps, unitWeights[offer.payToken as string]);
      } else {
        const values = [id, actors[entry.author].address];
        await expect(sent)
          .to.be.revertedWithCustomError(reviews, "Reviews_Exists")
          .withArgs(...values);
      }
    } else {
      const author = entry.author ?? "buyer";
      const caller = reviews.connect(actors[author]);
      const sent = step.does === "edit" ? caller.edit(id, step.stars, CONTENT) : caller.erase(id);
      if (entry.author === undefined) await expect(sent).to.be.revertedWithCustomError(reviews, "Reviews_NotAuthor");
      else if (step.does === "edit") {
        await sent;
        entry.stars = step.stars;
      } else if (entry.stars === 0n) {
        await expect(sent).to.be.revertedWithCustomError(reviews, "Reviews_AlreadyErased");
      } else {
        await sent;
        entry.stars = 0n;
      }
    }

    const author = entry.author === undefined ? ethers.ZeroAddress : actors[entry.author].address;
    expect(await reviews.reviewOf(id)).to.deep.equal([author, entry.stars, entry.weight]);
    expect(entry.weight <= MAX_WEIGHT).to.equal(true);
    for (const modelId of [1n, 4n]) {
      const counted = entries.filter((one) => one.modelId === modelId && one.stars !== 0n);
      const sum = (of: (one: Entry) => bigint) => counted.reduce((total, one) => total + of(one), 0n);
      expect(await reviews.totalOf(modelId), `model ${modelId}`).to.deep.equal([
        sum((one) => one.weight),
        sum((one) => one.weight * one.stars),
      ]);
    }
  }
}

/** Another model of the creator's, and a buyer who can pay everything. */
async function richFixture() {
  const protocol = await loadFixture(reviewsFixture);
  const { actions, actors, token } = protocol;
  expect(await actions.publish(actors.creator)).to.equal(firstVersion(4n));
  await token.mint(actors.buyer.address, ethers.MaxUint256 / 2n);
  await ethers.provider.send("hardhat_setBalance", [actors.buyer.address, ethers.toQuantity(2n ** 110n)]);
  return protocol;
}

describe("Reviews: any history of reviews, edits, erasures, transfers and votes on weights", () => {
  const sums = property(
    "leaves a model's total as the sum over its reviews that are not erased, each with the weight of its first writing",
    anyHistory,
    play,
  );
  // claim(invariants#market-and-escrow): a licence has one review, and a model's total is the sum over its reviews | a seller, whose stars would weigh more than was paid
  it(`${sums.title} (seed ${SEED})`, () => sums.assert(richFixture));
});
