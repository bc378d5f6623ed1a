import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { Signature, type TypedDataDomain } from "ethers";
import { ethers } from "hardhat";
import { expectLimits } from "../../helpers/limits";
import { DAY, digestOf, MAX_VALIDITY, metricsFixture, signMetric, type PlainMetric } from "./metrics";

const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
const HONEST = 0n;
const UNKNOWN = [ethers.ZeroAddress, 0n, 0n, false];

describe("Metrics", () => {
  it("says its bounds", async () => {
    const { metrics } = await loadFixture(metricsFixture);
    await expectLimits(metrics, { MAX_DECIMALS: 38n, MAX_VALIDITY });
  });

  it("knows nothing of a metric that nobody submitted", async () => {
    const { metrics, actions } = await loadFixture(metricsFixture);
    const metric = actions.metricOf();
    expect(await metrics.statusOf(await metrics.uidOf(metric))).to.deep.equal(UNKNOWN);
    expect(await metrics.isInForce(metric)).to.equal(false);
    expect(await actions.latest(metric)).to.equal(ethers.ZeroHash);
  });

  it("names a metric by its EIP-712 digest, in the domain that the contract announces", async () => {
    const { metrics, actions } = await loadFixture(metricsFixture);
    const { name, version, verifyingContract, chainId } = await metrics.eip712Domain();
    expect([name, version, verifyingContract]).to.deep.equal(["Isonomy Metrics", "1", await metrics.getAddress()]);
    expect(chainId).to.equal((await ethers.provider.getNetwork()).chainId);
    const most: PlainMetric = {
      ...{ evaluator: `0x${"ff".repeat(20)}`, versionId: 2n ** 64n - 1n, dataSet: `0x${"ff".repeat(32)}` },
      ...{ metric: `0x${"fe".repeat(32)}`, value: -(2n ** 127n), decimals: 255n, method: `0x${"fd".repeat(32)}` },
      ...{ measuredAt: 2n ** 40n - 1n, validUntil: 2n ** 40n - 2n },
    };
    for (const metric of [actions.metricOf(), actions.metricOf({ value: 2n ** 127n - 1n }), most]) {
      expect(await metrics.uidOf(metric)).to.equal(await digestOf(metrics, metric));
    }
  });

  describe("submit", () => {
    it("is anybody's with the evaluator's signature, and says everything", async () => {
      const { metrics, actors, actions } = await loadFixture(metricsFixture);
      for (const value of [93_51n, -1n, 2n ** 127n - 1n, -(2n ** 127n), 0n]) {
        const metric = actions.metricOf({ value });
        const uid = await digestOf(metrics, metric);
        const signature = await signMetric(metrics, actors.evaluator, metric);
        expect(await metrics.connect(actors.submitter).submit.staticCall(metric, signature)).to.equal(uid);
        await expect(metrics.connect(actors.submitter).submit(metric, signature))
          .to.emit(metrics, "MetricSubmitted")
          .withArgs(uid, metric.evaluator, metric.versionId, Object.values(metric));
        expect(await metrics.statusOf(uid)).to.deep.equal([metric.evaluator, metric.measuredAt, 0n, true]);
        expect(await metrics.isInForce(metric)).to.equal(true);
      }
    });

    it("is the evaluator's own without a signature, and nobody else's", async () => {
      const { metrics, actors, actions } = await loadFixture(metricsFixture);
      const metric = actions.metricOf();
      const uid = await metrics.uidOf(metric);
      for (const caller of [actors.submitter, actors.stranger]) {
        await expect(metrics.connect(caller).submit(metric, "0x"))
          .to.be.revertedWithCustomError(metrics, "Metrics_BadSignature")
          .withArgs(uid, metric.evaluator);
      }
      await metrics.connect(actors.evaluator).submit(metric, "0x");
      expect(await metrics.isInForce(metric)).to.equal(true);
    });

    // claim(attacks#licences-listings-offers-and-signatures): a metric that is submitted twice
    it("counts once: the same metric is refused from anybody, with another form of the signature too", async () => {
      const { metrics, actors, actions } = await loadFixture(metricsFixture);
      const metric = actions.metricOf();
      const uid = await metrics.uidOf(metric);
      await actions.submit(metric);
      const again = [
        () => actions.submit(metric),
        () => metrics.connect(actors.evaluator).submit(metric, "0x"),
        () => metrics.connect(actors.stranger).submit(metric, "0x"),
      ];
      for (const call of again) {
        await expect(call()).to.be.revertedWithCustomError(metrics, "Metrics_Exists").withArgs(uid);
      }
    });

    it("takes a measurement up to now, and refuses one of the future or of no time, to the second", async () => {
      const { metrics, now, actors, actions } = await loadFixture(metricsFixture);
      const at = now + 1_000n;
      const own = metrics.connect(actors.evaluator);
      for (const measuredAt of [at + 1n, 2n ** 40n - 1n, 0n]) {
        await time.setNextBlockTimestamp(at + (measuredAt === at + 1n ? 0n : measuredAt === 0n ? 2n : 1n));
        const metric = actions.metricOf({ measuredAt, validUntil: at + 10n });
        await expect(own.submit(metric, "0x"))
          .to.be.revertedWithCustomError(metrics, "Metrics_BadMetric")
          .withArgs("measuredAt");
      }
      await time.setNextBlockTimestamp(at + 100n);
      await own.submit(actions.metricOf({ measuredAt: at + 100n, validUntil: at + 100n }), "0x");
    });

    // claim(attacks#licences-listings-offers-and-signatures): a metric that is submitted after its time
    it("ends in the last second that the evaluator vouches for", async () => {
      const { metrics, now, actions } = await loadFixture(metricsFixture);
      const validUntil = now + 1_000n;
      const [first, second] = [actions.metricOf({ validUntil }), actions.metricOf({ validUntil, value: 1n })];
      await time.setNextBlockTimestamp(validUntil);
      await actions.submit(first);
      await time.setNextBlockTimestamp(validUntil + 1n);
      await expect(actions.submit(second))
        .to.be.revertedWithCustomError(metrics, "Metrics_BadMetric")
        .withArgs("validUntil");
      expect(await metrics.statusOf(await metrics.uidOf(second))).to.deep.equal(UNKNOWN);
    });

    it("refuses more than three years from the measurement, whenever it is submitted", async () => {
      const { metrics, actions } = await loadFixture(metricsFixture);
      const { measuredAt } = actions.metricOf();
      for (const validUntil of [measuredAt + MAX_VALIDITY + 1n, 2n ** 40n - 1n]) {
        await expect(actions.submit(actions.metricOf({ validUntil })))
          .to.be.revertedWithCustomError(metrics, "Metrics_BadMetric")
          .withArgs("validUntil");
      }
      await actions.submit(actions.metricOf({ validUntil: measuredAt + MAX_VALIDITY }));
    });

    it("takes up to 38 decimal places", async () => {
      const { metrics, actions } = await loadFixture(metricsFixture);
      for (const decimals of [39n, 255n]) {
        await expect(actions.submit(actions.metricOf({ decimals })))
          .to.be.revertedWithCustomError(metrics, "Metrics_BadMetric")
          .withArgs("decimals");
      }
      await actions.submit(actions.metricOf({ decimals: 38n }));
      await actions.submit(actions.metricOf({ decimals: 0n }));
    });

    it("refuses what does not fit the fields' types", async () => {
      const { metrics, actors, actions } = await loadFixture(metricsFixture);
      const data = metrics.interface.encodeFunctionData("submit", [actions.metricOf(), "0x"]);
      // the address, the version, the decimal places and the times, each with a bit above its type
      for (const [word, bit] of [
        [0, 160n],
        [1, 64n],
        [5, 8n],
        [7, 40n],
        [8, 40n],
      ] as const) {
        const start = 10 + 64 * word;
        const dirty = BigInt(`0x${data.slice(start, start + 64)}`) | (1n << bit);
        const sent = data.slice(0, start) + ethers.toBeHex(dirty, 32).slice(2) + data.slice(start + 64);
        const call = actors.evaluator.sendTransaction({ to: metrics, data: sent });
        await expect(call).to.be.revertedWithoutReason();
      }
    });
  });

  describe("a signature", () => {
    // claim(attacks#licences-listings-offers-and-signatures): a metric of which a word was changed
    it("is refused when any field is another than was signed", async () => {
      const { metrics, actors, actions, now } = await loadFixture(metricsFixture);
      const metric = actions.metricOf();
      const signature = await signMetric(metrics, actors.evaluator, metric);
      const differs: Partial<PlainMetric>[] = [
        { evaluator: actors.other.address },
        { versionId: metric.versionId + 1n },
        { dataSet: ethers.id("an easier data set") },
        { metric: ethers.encodeBytes32String("recall") },
        { value: metric.value + 1n },
        { value: -metric.value },
        { decimals: 3n },
        { method: ethers.ZeroHash },
        { measuredAt: metric.measuredAt + 1n },
        { validUntil: now + 101n * DAY },
      ];
      for (const change of differs) {
        const altered = { ...metric, ...change };
        const uid = await metrics.uidOf(altered);
        await expect(metrics.connect(actors.submitter).submit(altered, signature), Object.keys(change)[0])
          .to.be.revertedWithCustomError(metrics, "Metrics_BadSignature")
          .withArgs(uid, altered.evaluator);
        expect(await metrics.statusOf(uid)).to.deep.equal(UNKNOWN);
      }
      await metrics.connect(actors.submitter).submit(metric, signature);
    });

    // claim(attacks#licences-listings-offers-and-signatures): a metric replayed on another contract or chain
    it("is refused when it was for another contract, another chain, another name or another version", async () => {
      const { metrics, actors, actions } = await loadFixture(metricsFixture);
      const second = await ethers.deployContract("Metrics");
      const metric = actions.metricOf();
      const uid = await metrics.uidOf(metric);
      const places: TypedDataDomain[] = [
        { verifyingContract: await second.getAddress() },
        { chainId: 1n },
        { name: "Isonomy" },
        { version: "2" },
      ];
      for (const place of places) {
        const signature = await signMetric(metrics, actors.evaluator, metric, place);
        await expect(metrics.connect(actors.submitter).submit(metric, signature))
          .to.be.revertedWithCustomError(metrics, "Metrics_BadSignature")
          .withArgs(uid, metric.evaluator);
      }
      // it is good there, under another name
      const there = await signMetric(second, actors.evaluator, metric);
      await second.connect(actors.submitter).submit(metric, there);
      expect(await second.uidOf(metric)).not.to.equal(uid);
    });

    const bad: [title: string, damage: (signature: string) => string][] = [
      ["is a byte short", (signature) => signature.slice(0, -2)],
      ["is a byte long", (signature) => `${signature}00`],
      ["has the short form of ERC-2098", (signature) => Signature.from(signature).compactSerialized],
      ["is all zero", () => `0x${"00".repeat(65)}`],
      [
        "has a high s",
        (signature) => {
          const { r, s, v } = Signature.from(signature);
          return ethers.concat([r, ethers.toBeHex(ORDER - BigInt(s), 32), ethers.toBeHex(v === 27 ? 28 : 27)]);
        },
      ],
    ];
    for (const [title, damage] of bad) {
      it(`is refused when it ${title}`, async () => {
        const { metrics, actors, actions } = await loadFixture(metricsFixture);
        const metric = actions.metricOf();
        const signature = damage(await signMetric(metrics, actors.evaluator, metric));
        await expect(metrics.connect(actors.submitter).submit(metric, signature))
          .to.be.revertedWithCustomError(metrics, "Metrics_BadSignature")
          .withArgs(await metrics.uidOf(metric), metric.evaluator);
      });
    }

    it("of nobody is none: the zero address vouches for nothing", async () => {
      const { metrics, actors, actions } = await loadFixture(metricsFixture);
      const metric = actions.metricOf({ evaluator: ethers.ZeroAddress });
      for (const signature of ["0x", `0x${"00".repeat(65)}`, `0x${"00".repeat(64)}1b`]) {
        await expect(metrics.connect(actors.submitter).submit(metric, signature))
          .to.be.revertedWithCustomError(metrics, "Metrics_BadSignature")
          .withArgs(await metrics.uidOf(metric), ethers.ZeroAddress);
      }
    });

    // claim(attacks#licences-listings-offers-and-signatures): a metric of one wallet passed off as another's of the same owner
    it("of a contract is by ERC-1271, and counts for no other wallet of the same owner", async () => {
      const { metrics, actors, actions } = await loadFixture(metricsFixture);
      const [first, second] = [
        await ethers.deployContract("SigningWallet", [actors.other]),
        await ethers.deployContract("SigningWallet", [actors.other]),
      ];
      const metric = actions.metricOf({ evaluator: await first.getAddress() });
      const signature = await signMetric(metrics, actors.other, metric);
      const stolen = { ...metric, evaluator: await second.getAddress() };
      await expect(metrics.connect(actors.submitter).submit(stolen, signature))
        .to.be.revertedWithCustomError(metrics, "Metrics_BadSignature")
        .withArgs(await metrics.uidOf(stolen), stolen.evaluator);
      await expect(actions.submit(metric, actors.evaluator))
        .to.be.revertedWithCustomError(metrics, "Metrics_BadSignature")
        .withArgs(await metrics.uidOf(metric), metric.evaluator);
      await metrics.connect(actors.submitter).submit(metric, signature);
      expect(await metrics.isInForce(metric)).to.equal(true);
    });

    it("of a contract counts while it says so, not when it fails in any way", async () => {
      const { metrics, actors, actions } = await loadFixture(metricsFixture);
      const signer = await ethers.deployContract("ContractSigner");
      const metric = actions.metricOf({ evaluator: await signer.getAddress() });
      const uid = await metrics.uidOf(metric);
      const submit = () => metrics.connect(actors.submitter).submit(metric, "0x");
      const refused = async () =>
        expect(submit()).to.be.revertedWithCustomError(metrics, "Metrics_BadSignature").withArgs(uid, metric.evaluator);
      await refused();
      await signer.approveHash(uid, true);
      // reverting, garbage, too short, dirty
      for (const mode of [1n, 2n, 3n, 4n]) {
        await signer.setMode(mode);
        await refused();
      }
      await signer.setMode(HONEST);
      await submit();
      expect((await metrics.statusOf(uid)).submitted).to.equal(true);
    });
  });

  describe("the latest", () => {
    it("is what was measured last, whatever was submitted last; at the same time the first submitted stays", async () => {
      const { metrics, actions } = await loadFixture(metricsFixture);
      const { measuredAt } = actions.metricOf();
      const steps: [measuredAt: bigint, value: bigint, replaces: boolean][] = [
        [measuredAt, 1n, true],
        [measuredAt, 2n, false],
        [measuredAt - 1n, 3n, false],
        [measuredAt + 1n, 4n, true],
        [measuredAt, 5n, false],
        [measuredAt + 2n, 6n, true],
      ];
      let expected = ethers.ZeroHash;
      for (const [at, value, replaces] of steps) {
        const metric = actions.metricOf({ measuredAt: at, value });
        await actions.submit(metric);
        if (replaces) expected = await metrics.uidOf(metric);
        expect(await actions.latest(metric), String(value)).to.equal(expected);
      }
    });

    it("is one for each evaluator, version, data set and metric, and not for each method", async () => {
      const { metrics, actors, actions } = await loadFixture(metricsFixture);
      const metric = actions.metricOf();
      const { measuredAt } = metric;
      await actions.submit(metric);
      const uid = await metrics.uidOf(metric);
      const elsewhere = [
        actions.metricOf({ evaluator: actors.other.address, measuredAt: measuredAt + 1n }),
        actions.metricOf({ versionId: metric.versionId + 1n, measuredAt: measuredAt + 1n }),
        actions.metricOf({ dataSet: ethers.id("another"), measuredAt: measuredAt + 1n }),
        actions.metricOf({ metric: ethers.encodeBytes32String("recall"), measuredAt: measuredAt + 1n }),
      ];
      for (const other of elsewhere) {
        expect(await actions.latest(other)).to.equal(ethers.ZeroHash);
        await actions.submit(other, other.evaluator === metric.evaluator ? actors.evaluator : actors.other);
        expect(await actions.latest(other)).to.equal(await metrics.uidOf(other));
        expect(await actions.latest(metric)).to.equal(uid);
      }
      const same = actions.metricOf({ method: ethers.ZeroHash, measuredAt: measuredAt + 1n });
      await actions.submit(same);
      expect(await actions.latest(metric)).to.equal(await metrics.uidOf(same));
    });

    it("stays in its place when it is revoked, and gives way to any that comes then, an older one too", async () => {
      const { metrics, actors, actions } = await loadFixture(metricsFixture);
      const { measuredAt } = actions.metricOf();
      const newest = actions.metricOf({ value: 1n });
      const older = actions.metricOf({ value: 2n, measuredAt: measuredAt - 10n });
      const newer = actions.metricOf({ value: 3n, measuredAt: measuredAt - 5n });
      await actions.submit(newest);
      await metrics.connect(actors.evaluator).revoke(newest);
      expect(await actions.latest(newest)).to.equal(await metrics.uidOf(newest));
      await actions.submit(older);
      expect(await actions.latest(newest)).to.equal(await metrics.uidOf(older));
      await actions.submit(newer);
      expect(await actions.latest(newest)).to.equal(await metrics.uidOf(newer));
      const corrected = actions.metricOf({ value: 4n, measuredAt: measuredAt - 5n });
      await metrics.connect(actors.evaluator).revoke(newer);
      await actions.submit(corrected);
      expect(await actions.latest(newest)).to.equal(await metrics.uidOf(corrected));
    });
  });

  describe("revoke", () => {
    it("takes a metric back for good, and says so", async () => {
      const { metrics, now, actors, actions } = await loadFixture(metricsFixture);
      const metric = actions.metricOf();
      const uid = await metrics.uidOf(metric);
      await actions.submit(metric);
      const own = metrics.connect(actors.evaluator);
      expect(await own.revoke.staticCall(metric)).to.equal(uid);
      await time.setNextBlockTimestamp(now + 500n);
      await expect(own.revoke(metric))
        .to.emit(metrics, "MetricRevoked")
        .withArgs(uid, metric.evaluator, metric.versionId);
      expect(await metrics.statusOf(uid)).to.deep.equal([metric.evaluator, metric.measuredAt, now + 500n, true]);
      expect(await metrics.isInForce(metric)).to.equal(false);
      for (const call of [() => own.revoke(metric), () => actions.submit(metric), () => own.submit(metric, "0x")]) {
        await expect(call())
          .to.be.revertedWithCustomError(metrics, "Metrics_Revoked")
          .withArgs(uid, now + 500n);
      }
    });

    // claim(attacks#licences-listings-offers-and-signatures): a signed metric kept back, and submitted after its evaluator took it back
    it("stops a metric that was signed and that nobody submitted yet", async () => {
      const { metrics, now, actors, actions } = await loadFixture(metricsFixture);
      const metric = actions.metricOf();
      const uid = await metrics.uidOf(metric);
      await time.setNextBlockTimestamp(now + 500n);
      await expect(metrics.connect(actors.evaluator).revoke(metric))
        .to.emit(metrics, "MetricRevoked")
        .withArgs(uid, metric.evaluator, metric.versionId);
      await expect(actions.submit(metric))
        .to.be.revertedWithCustomError(metrics, "Metrics_Revoked")
        .withArgs(uid, now + 500n);
      expect(await metrics.statusOf(uid)).to.deep.equal([metric.evaluator, metric.measuredAt, now + 500n, false]);
      expect(await metrics.isInForce(metric)).to.equal(false);
      expect(await actions.latest(metric)).to.equal(ethers.ZeroHash);
    });

    it("is the evaluator's alone, also when its time is over", async () => {
      const { metrics, actors, actions } = await loadFixture(metricsFixture);
      const metric = actions.metricOf();
      await actions.submit(metric);
      for (const caller of [actors.submitter, actors.other]) {
        await expect(metrics.connect(caller).revoke(metric))
          .to.be.revertedWithCustomError(metrics, "Metrics_NotEvaluator")
          .withArgs(caller.address, metric.evaluator);
      }
      expect(await metrics.isInForce(metric)).to.equal(true);
      await time.increaseTo(metric.validUntil + 1n);
      await metrics.connect(actors.evaluator).revoke(metric);
    });
  });

  describe("isInForce", () => {
    it("is true to the last second, and of exactly this metric", async () => {
      const { metrics, actions } = await loadFixture(metricsFixture);
      const metric = actions.metricOf();
      await actions.submit(metric);
      expect(await metrics.isInForce({ ...metric, value: metric.value + 1n })).to.equal(false);
      await time.increaseTo(metric.validUntil);
      expect(await metrics.isInForce(metric)).to.equal(true);
      await time.increaseTo(metric.validUntil + 1n);
      expect(await metrics.isInForce(metric)).to.equal(false);
    });
  });
});
