import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { AbiCoder, concat, id, keccak256, toUtf8Bytes, ZeroAddress, ZeroHash } from "ethers";
import fc from "fast-check";
import { ethers } from "hardhat";

import { toOffer } from "../../../sdk/src/market";
import {
  contentHash,
  costToMove,
  EAS_SCHEMA,
  easAttestation,
  feeOfWeight,
  meanStars,
  MetricClient,
  metricName,
  metricText,
  metricUid,
  ReviewClient,
  type Measurement,
} from "../../../sdk/src/reputation";
import { bookOf } from "../../support/bookOf";
import { caught } from "../../support/caught";
import { lyingProvider } from "../../support/lyingProvider";
import { soldFixture, weightOf } from "../reputation/fixture";

const SALT = id("a salt");

describe("reviews and metrics of the package", () => {
  describe("the hash of a text", () => {
    it("is of the salt and the text, and of no text without its salt", () => {
      const text = "Does what its card says. \u{1f44d}";
      expect(contentHash(SALT, text)).to.equal(keccak256(concat([SALT, toUtf8Bytes(text)])));
      expect(contentHash(SALT, text)).not.to.equal(contentHash(id("another"), text));
      expect(contentHash(SALT, "")).to.equal(keccak256(SALT));
    });
  });

  describe("the mean", () => {
    it("is by weight, and none where nothing weighs", () => {
      expect(meanStars({ weight: 0n, weightedStars: 0n })).to.equal(undefined);
      expect(meanStars({ weight: 10n, weightedStars: 45n })).to.equal(4.5);
      expect(meanStars({ weight: 3n * 2n ** 90n, weightedStars: 10n * 2n ** 90n })).to.be.closeTo(10 / 3, 1e-8);
    });

    it("moves to a target by the cost of it and not by a unit less, up with 5 stars and down with 1", () => {
      const anyTotal = fc
        .record({ weight: fc.bigInt({ min: 1n, max: 2n ** 100n }), stars: fc.bigInt({ min: 100n, max: 500n }) })
        .map(({ weight, stars }) => ({ weight, weightedStars: (weight * stars) / 100n }));
      fc.assert(
        fc.property(anyTotal, fc.integer({ min: 1_001, max: 4_999 }), (total, parts) => {
          const cost = costToMove(total, parts / 1_000);
          const at = BigInt(parts);
          // mean of the total and of what is added, less the target, times its weight
          const above = (added: bigint, stars: bigint) =>
            1_000n * (total.weightedStars + stars * added) - at * (total.weight + added);
          if (above(0n, 0n) === 0n) return cost === 0n;
          const isUp = above(0n, 0n) < 0n;
          const reached = (added: bigint) => (isUp ? above(added, 5n) >= 0n : above(added, 1n) <= 0n);
          return reached(cost) && !reached(cost - 1n);
        }),
        { seed: 1, numRuns: 500 },
      );
    });

    it("of a weight W at s stars takes W (t - s) / (5 - t) to move to t", () => {
      expect(costToMove({ weight: 1_000n, weightedStars: 3_000n }, 4)).to.equal(1_000n);
      expect(costToMove({ weight: 1_000n, weightedStars: 4_000n }, 4.5)).to.equal(1_000n);
      expect(costToMove({ weight: 1_000n, weightedStars: 4_000n }, 2.5)).to.equal(1_000n);
      expect(costToMove({ weight: 1_000n, weightedStars: 4_000n }, 4)).to.equal(0n);
      expect(costToMove({ weight: 0n, weightedStars: 0n }, 4.9)).to.equal(0n);
    });

    it("is never moved to 1 or 5", async () => {
      for (const target of [1, 5, 0, 6, -1, NaN, 4.9999]) {
        await caught(async () => costToMove({ weight: 1n, weightedStars: 3n }, target), "ARGUMENT_INVALID");
      }
    });
  });

  it("a weight is a fee in native coin, rounded up, and none where the coin has no weight", () => {
    expect(feeOfWeight(25_000_000n, 1_000_000_000n)).to.equal(25n * 10n ** 15n);
    expect(feeOfWeight(1n, 3n * 10n ** 18n)).to.equal(1n);
    expect(feeOfWeight(0n, 1n)).to.equal(0n);
    expect(feeOfWeight(1n, 0n)).to.equal(undefined);
  });

  it("a metric's name is 32 bytes, and bytes that are no text are shown as they are", () => {
    expect(metricText(metricName("accuracy"))).to.equal("accuracy");
    expect(metricText(`0x${"ff".repeat(32)}`)).to.equal(`0x${"ff".repeat(32)}`);
  });

  async function clientsFixture() {
    const protocol = await loadFixture(soldFixture);
    const book = await bookOf(protocol.contracts);
    const { buyer, other, stranger } = protocol.actors;
    return {
      ...protocol,
      book,
      sold: toOffer(protocol.offer),
      byBuyer: new ReviewClient(book, buyer),
      byOther: new ReviewClient(book, other),
      reader: new ReviewClient(book, ethers.provider),
      evaluator: new MetricClient(book, other),
      submitter: new MetricClient(book, stranger),
    };
  }

  describe("ReviewClient", () => {
    it("writes, edits and erases a review, and reads what a model's reviews come to", async () => {
      const { actors, actions, offer, sold, licenseId, byBuyer, byOther, reader, book } =
        await loadFixture(clientsFixture);
      const weight = weightOf(BigInt(offer.price), 250n);
      expect(await reader.of(licenseId)).to.equal(undefined);
      expect(await reader.weightOf(sold, licenseId)).to.equal(weight);
      const written = await byBuyer.review(sold, licenseId, 4n, contentHash(SALT, "good"));
      expect(written.weight).to.equal(weight);
      const second = await actions.soldIn(await actions.purchase(offer, {}, actors.other));
      const third = await actions.soldIn(await actions.purchase(offer, {}, actors.other));
      await byOther.review(sold, second, 1n);
      await byOther.review(sold, third, 2n);
      await byOther.erase(third);
      await byBuyer.edit(licenseId, 5n, contentHash(SALT, "better"));
      const review = { licenseId, author: actors.buyer.address, stars: 5n, weight };
      expect(await reader.of(licenseId)).to.deep.equal(review);
      expect(await reader.totalOf(1n)).to.deep.equal({ weight: 2n * weight, weightedStars: 6n * weight });
      const { total, reviews } = await reader.ofModel(1n);
      expect(total).to.deep.equal(await reader.totalOf(1n));
      expect(reviews.map(({ blockNumber: _, ...rest }) => rest)).to.deep.equal([
        { ...review, contentHash: contentHash(SALT, "better") },
        { licenseId: second, author: actors.other.address, stars: 1n, weight, contentHash: ZeroHash },
      ]);
      expect(meanStars(total)).to.equal(3);
      expect(await reader.unitWeight(ZeroAddress)).to.equal(1_000_000_000n);
      expect((await new ReviewClient(book, ethers.provider).ofModel(2n)).reviews).to.deep.equal([]);
      // erased and written again
      await byOther.edit(third, 3n);
      expect((await reader.ofModel(1n)).reviews).to.have.length(3);
      const dear = toOffer(actions.terms({ price: 10n * BigInt(offer.price) }));
      const heavy = await actions.sell({ ...dear }, {}, actors.other);
      await byOther.review(dear, heavy, 1n);
      await byBuyer.edit(licenseId, 4n);
      expect((await reader.ofModel(1n)).reviews.map((one) => one.licenseId)).to.deep.equal([
        ...[heavy, licenseId, third, second],
      ]);
    });

    it("refuses a node whose events do not add up to the total", async () => {
      const { sold, licenseId, byBuyer, book } = await loadFixture(clientsFixture);
      await byBuyer.review(sold, licenseId, 4n);
      const hiding = new Proxy(ethers.provider, {
        get: (target, name) => {
          if (name === "getLogs") return async () => [];
          if (name === "provider") return hiding;
          if (name === "send") {
            return async (method: string, given: unknown[]) =>
              method === "eth_getLogs" ? [] : target.send(method, given);
          }
          const value = Reflect.get(target, name) as unknown;
          return typeof value === "function" ? (value.bind(target) as unknown) : value;
        },
      });
      await caught(() => new ReviewClient(book, hiding).ofModel(1n), "NODE_INCONSISTENT");
    });

    it("refuses what is no model's id", async () => {
      const { reader } = await loadFixture(clientsFixture);
      for (const wrong of [0n, -1n, 1n << 48n, 1 as never]) {
        await caught(() => reader.ofModel(wrong), "ARGUMENT_INVALID");
      }
    });
  });

  describe("MetricClient", () => {
    async function measured(): Promise<Measurement> {
      const { actors } = await loadFixture(clientsFixture);
      const now = BigInt(await time.latest());
      return {
        ...{ evaluator: actors.other.address, versionId: 65_537n, dataSet: id("data"), metric: metricName("loss") },
        ...{ value: -125n, decimals: 2n, method: ZeroHash, measuredAt: now - 10n, validUntil: now + 10_000n },
      };
    }

    it("has what an evaluator signed submitted by anybody, and reads it back with who vouches for it", async () => {
      const { evaluator, submitter, contracts, book } = await loadFixture(clientsFixture);
      const metric = await measured();
      const signed = await evaluator.sign(metric);
      const { uid } = await submitter.submit(signed);
      expect(uid).to.equal(metricUid(book.contracts.Metrics, 31_337n, metric));
      expect(uid).to.equal(await contracts.Metrics.uidOf(metric));
      const submittedAt = BigInt(await time.latest());
      const found = { ...metric, uid, submittedAt, revokedAt: 0n, latest: true };
      expect(await submitter.of(uid)).to.deep.equal(found);
      expect(await submitter.isInForce(metric)).to.equal(true);
      const newer = { ...metric, value: -120n, measuredAt: metric.measuredAt + 1n };
      await evaluator.submit({ ...newer, signature: "0x" });
      const all = await submitter.ofVersion(metric.versionId);
      expect(all.map(({ value, latest }) => [value, latest])).to.deep.equal([
        [-120n, true],
        [-125n, false],
      ]);
      await evaluator.revoke(await submitter.of(uid));
      expect((await submitter.of(uid)).revokedAt).to.equal(BigInt(await time.latest()));
      expect(await submitter.isInForce(metric)).to.equal(false);
      expect(await submitter.ofVersion(65_538n)).to.deep.equal([]);
    });

    it("reads only whom its caller believes, and asks about no more than a limit, the newest measurement first", async () => {
      const { evaluator, submitter, actors, book } = await loadFixture(clientsFixture);
      const metric = await measured();
      for (let at = 0n; at < 6n; at++) {
        await evaluator.submit({ ...metric, measuredAt: metric.measuredAt - at, signature: "0x" });
      }
      const stranger = { ...metric, evaluator: actors.stranger.address, value: 1n, measuredAt: metric.measuredAt + 5n };
      await submitter.submit({ ...stranger, signature: "0x" });
      let calls = 0;
      let asked: unknown;
      const counted = lyingProvider(ethers.provider, {
        call: async (ask, ...call) => {
          calls++;
          return ask(...call);
        },
        getLogs: async (ask, ...filter) => {
          asked = filter[0];
          return ask(...filter);
        },
      });
      const reader = new MetricClient(book, counted);
      const all = await reader.ofVersion(metric.versionId);
      expect(all).to.have.length(7);
      calls = 0;
      const newest = await reader.ofVersion(metric.versionId, { limit: 2 });
      expect(newest).to.deep.equal(all.slice(0, 2));
      expect(newest.map((one) => one.evaluator)).to.deep.equal([stranger.evaluator, metric.evaluator]);
      expect(calls).to.equal(4);
      // in any spelling; the node finds them by the topic
      const believed = await reader.ofVersion(metric.versionId, {
        evaluators: [metric.evaluator.toLowerCase()],
        limit: 3,
      });
      expect(believed).to.deep.equal(all.slice(1, 4));
      const { topics } = asked as { topics: unknown[] };
      expect(topics[2]).to.deep.equal([ethers.zeroPadValue(metric.evaluator.toLowerCase(), 32)]);
      const both = [metric.evaluator, stranger.evaluator];
      expect(await reader.ofVersion(metric.versionId, { evaluators: both })).to.deep.equal(all);
      expect(await reader.ofVersion(metric.versionId, { evaluators: [] })).to.deep.equal([]);
      for (const limit of [0, -1, 1.5, "1" as never]) {
        await caught(() => reader.ofVersion(metric.versionId, { limit }), "ARGUMENT_INVALID");
      }
      await caught(() => reader.ofVersion(metric.versionId, { evaluators: ["nobody"] }), "ADDRESS_INVALID");
    });

    it("takes the short form of a key's signature", async () => {
      const { evaluator, submitter } = await loadFixture(clientsFixture);
      const signed = await evaluator.sign(await measured());
      const { uid } = await submitter.submit({
        ...signed,
        signature: ethers.Signature.from(signed.signature).compactSerialized,
      });
      expect((await submitter.of(uid)).evaluator).to.equal(signed.evaluator);
    });

    it("signs for nobody else, and no value that does not fit", async () => {
      const { submitter, evaluator } = await loadFixture(clientsFixture);
      const metric = await measured();
      await caught(() => submitter.sign(metric), "ARGUMENT_INVALID");
      for (const value of [2n ** 127n, -(2n ** 127n) - 1n]) {
        await caught(() => evaluator.sign({ ...metric, value }), "ARGUMENT_INVALID");
      }
      await evaluator.sign({ ...metric, value: -(2n ** 127n) });
      await caught(() => evaluator.ofVersion(0n), "ARGUMENT_INVALID");
      const unknown = await caught(() => evaluator.of(id("nothing")), "METRIC_UNKNOWN");
      expect(unknown.args).to.deep.equal({ uid: id("nothing") });
    });

    it("maps a metric to an attestation of EAS, field by field", async () => {
      const metric = await measured();
      const attestation = easAttestation({ ...metric, uid: id("uid"), submittedAt: 7n, revokedAt: 9n });
      const { data, ...rest } = attestation;
      expect(rest).to.deep.equal({
        ...{ uid: id("uid"), time: 7n, expirationTime: metric.validUntil, revocationTime: 9n },
        ...{ refUID: ZeroHash, recipient: ZeroAddress, attester: metric.evaluator, revocable: true },
      });
      const types = EAS_SCHEMA.split(",").map((field) => field.split(" ")[0]!);
      expect(types).to.deep.equal(["uint64", "bytes32", "bytes32", "int128", "uint8", "bytes32", "uint40"]);
      expect(AbiCoder.defaultAbiCoder().decode(types, data).toArray()).to.deep.equal([
        ...[metric.versionId, metric.dataSet, metric.metric, metric.value, metric.decimals, metric.method],
        metric.measuredAt,
      ]);
    });
  });
});
