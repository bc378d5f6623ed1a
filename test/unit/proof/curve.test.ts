import { loadFixture } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ethers } from "hardhat";

import * as sdk from "../../../sdk/src/fairexchange";
import { CHECKS, FIELD, GENERATOR_X, inBatches, ORDER, proofFixture, Random, secp256k1, SEED, ZERO } from "./support";

const { Point } = secp256k1;
const SEVEN = 7n;

function power(base: bigint, exponent: bigint): bigint {
  let [result, square] = [1n, base % FIELD];
  for (let e = exponent; e > 0n; e >>= 1n) {
    if (e & 1n) result = (result * square) % FIELD;
    square = (square * square) % FIELD;
  }
  return result;
}

/** y of the point with this x and parity, or undefined off the curve. */
function yOf(x: bigint, odd: bigint): bigint | undefined {
  const square = (x * x * x + SEVEN) % FIELD;
  const y = power(square, (FIELD + 1n) / 4n);
  if ((y * y) % FIELD !== square) return undefined;
  return y % 2n === odd ? y : FIELD - y;
}

function addressOf(point: ReturnType<typeof Point.fromAffine>): string {
  if (point.is0()) return ZERO;
  const { x, y } = point.toAffine();
  return ethers.getAddress(`0x${ethers.keccak256(ethers.toBeHex((x << 256n) | y, 64)).slice(26)}`);
}

function oracle({ qx, odd, a, c }: { qx: bigint; odd: bigint; a: bigint; c: bigint }): string {
  const y = yOf(qx, odd);
  if (y === undefined) return ZERO;
  return addressOf(Point.fromAffine({ x: qx, y }).multiplyUnsafe(a).add(Point.BASE.multiplyUnsafe(c)));
}

function offCurve(random: Random): bigint {
  for (;;) {
    const x = random.scalar();
    if (yOf(x, 0n) === undefined) return x;
  }
}

describe("CurveProof", function () {
  describe("lin", function () {
    it("knows the published addresses of 1G, 2G and 3G", async function () {
      const { harness } = await loadFixture(proofFixture);
      const published = [
        "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf",
        "0x2B5AD5c4795c026514f8317c7a215E218DcCD6cF",
        "0x6813Eb9362372EEF6200f3b1dbC3f819671cBA69",
      ];
      const inputs = [0n, 1n, 2n].map((c) => ({ qx: GENERATOR_X, odd: 0n, a: 1n, c }));
      expect(await harness.lin(inputs)).to.deep.equal(published);
      expect(inputs.map(({ qx, odd, a, c }) => ethers.getAddress(sdk.lin(qx, odd, a, c)))).to.deep.equal(published);
    });

    it(`agrees with @noble/curves on 1,000 random inputs, on and off the curve (seed ${SEED})`, async function () {
      const { harness } = await loadFixture(proofFixture);
      const random = new Random("lin");
      const inputs = Array.from({ length: CHECKS }, () => ({
        qx: random.scalar(),
        odd: random.bigint(2n),
        a: random.scalar(),
        c: random.int(10) === 0 ? 0n : random.scalar(),
      }));
      const results = await inBatches(inputs, 20, (part) => harness.lin(part));
      const expected = inputs.map(oracle);
      expect(results).to.deep.equal(expected);
      expect(inputs.map(({ qx, odd, a, c }) => ethers.getAddress(sdk.lin(qx, odd, a, c)))).to.deep.equal(expected);
      // half of all numbers are coordinates of a point
      expect(expected.filter((address) => address === ZERO).length).to.be.closeTo(CHECKS / 2, 5 * Math.sqrt(CHECKS));
    });

    // claim(attacks#proofs-of-the-fair-exchange): scalars of 0, the order or above; x at or above the order: ranges are
    //   checked before the precompile
    it("answers zero for every argument out of range", async function () {
      const { harness } = await loadFixture(proofFixture);
      const good = { qx: GENERATOR_X, odd: 0n, a: 1n, c: 1n };
      const max = 2n ** 256n - 1n;
      const bad = [
        ...[0n, ORDER, ORDER + 1n, FIELD, max].map((qx) => ({ ...good, qx })),
        ...[2n, 3n, 228n, 229n, 256n, max].map((odd) => ({ ...good, odd })),
        ...[0n, ORDER, ORDER + 1n, max].map((a) => ({ ...good, a })),
        ...[ORDER, ORDER + 1n, max].map((c) => ({ ...good, c })),
      ];
      expect(await harness.lin([good])).to.not.deep.equal([ZERO]);
      expect(new Set(await harness.lin(bad))).to.deep.equal(new Set([ZERO]));
      for (const { qx, odd, a, c } of bad) expect(sdk.lin(qx, odd, a, c)).to.equal(ZERO);
    });

    // claim(attacks#escrow-dispute-and-arbiters): `ecrecover` answers zero at the identity
    // claim(attacks#proofs-of-the-fair-exchange): a sum at infinity: zero is a failure
    it("answers zero at the point at infinity", async function () {
      const { harness } = await loadFixture(proofFixture);
      const sums = [1n, 5n, ORDER - 1n].map((a) => ({ qx: GENERATOR_X, odd: 0n, a, c: ORDER - a }));
      expect(await harness.lin(sums)).to.deep.equal([ZERO, ZERO, ZERO]);
      for (const { qx, odd, a, c } of sums) expect(sdk.lin(qx, odd, a, c)).to.equal(ZERO);
    });

    // claim(attacks#proofs-of-the-fair-exchange): the secret of the mirrored point: parity is part of the equation
    it("tells the two parities apart", async function () {
      const { harness } = await loadFixture(proofFixture);
      const [even, odd] = await harness.lin([0n, 1n].map((parity) => ({ qx: GENERATOR_X, odd: parity, a: 1n, c: 1n })));
      expect(even).to.not.equal(odd);
      expect(odd, "-G + G").to.equal(ZERO);
    });
  });

  describe("isKey", function () {
    // claim(attacks#escrow-dispute-and-arbiters): A key off the curve, or not below n
    // claim(attacks#proofs-of-the-fair-exchange): a point off the curve, so that `ecrecover` answers zero: zero is a
    //   failure; the registry refuses such a key
    it("accepts x coordinates of points and nothing else", async function () {
      const { harness } = await loadFixture(proofFixture);
      const random = new Random("isKey");
      const inputs = [
        GENERATOR_X,
        sdk.keyPairOf(random.scalar()).x,
        offCurve(random),
        0n,
        ORDER,
        FIELD,
        2n ** 256n - 1n,
      ];
      const expected = [true, true, false, false, false, false, false];
      expect(await harness.isKey(inputs)).to.deep.equal(expected);
      expect(inputs.map(sdk.isKey)).to.deep.equal(expected);
    });
  });

  describe("isSecretOf", function () {
    it(`agrees with @noble/curves on 1,000 random secrets, half of them wrong (seed ${SEED})`, async function () {
      const { harness } = await loadFixture(proofFixture);
      const random = new Random("isSecretOf");
      const expected: boolean[] = [];
      const inputs = Array.from({ length: CHECKS }, (_, i) => {
        const k = random.scalar();
        const { x, y } = Point.BASE.multiplyUnsafe(k).toAffine();
        const right = { k, qx: x, odd: y % 2n };
        const wrong = [
          { ...right, odd: 1n - right.odd },
          { ...right, k: ORDER - k },
          { ...right, k: k === 1n ? 2n : k - 1n },
          { ...right, qx: random.scalar() },
        ];
        expected.push(i % 2 === 0);
        return i % 2 === 0 ? right : wrong[(i >> 1) % wrong.length];
      });
      expect(await inBatches(inputs, 20, (part) => harness.isSecretOf(part))).to.deep.equal(expected);
      expect(inputs.map(({ k, qx, odd }) => sdk.isSecretOf(k, qx, odd))).to.deep.equal(expected);
    });

    it("refuses 0, the order and everything above, and secrets moved by the order", async function () {
      const { harness } = await loadFixture(proofFixture);
      const inputs = [0n, ORDER, ORDER + 1n, 2n ** 256n - 1n].map((k) => ({ k, qx: GENERATOR_X, odd: 0n }));
      expect(await harness.isSecretOf([{ k: 1n, qx: GENERATOR_X, odd: 0n }])).to.deep.equal([true]);
      expect(await harness.isSecretOf(inputs)).to.deep.equal([false, false, false, false]);
      for (const { k, qx, odd } of inputs) expect(sdk.isSecretOf(k, qx, odd)).to.equal(false);
    });

    // claim(attacks#proofs-of-the-fair-exchange): two failures that compare as equal: the comparison of secrets refuses
    //   zero
    it("refuses points that do not exist, so that two failures never count as equal", async function () {
      const { harness } = await loadFixture(proofFixture);
      const random = new Random("nowhere");
      const inputs = [0n, ORDER, offCurve(random)].map((qx) => ({ k: 1n, qx, odd: 0n }));
      expect(await harness.isSecretOf(inputs)).to.deep.equal([false, false, false]);
      expect(await harness.isSecretOf([{ k: 1n, qx: GENERATOR_X, odd: 2n }])).to.deep.equal([false]);
    });
  });

  describe("verifyDelivery", function () {
    // claim(attacks#proofs-of-the-fair-exchange): a wrong scalar, or a scalar shifted by the order: one equation, one
    //   canonical scalar
    it(`accepts the one right scalar of 250 random deliveries and no neighbour of it (seed ${SEED})`, async function () {
      const { harness } = await loadFixture(proofFixture);
      const random = new Random("verifyDelivery");
      const expected: boolean[] = [];
      const inputs = Array.from({ length: 250 }, () => {
        const { secret: k, x: keyX } = sdk.keyPairOf(random.scalar());
        const h = random.scalar();
        const pad = addressOf(Point.BASE.multiplyUnsafe(h));
        const c = (k + h) % ORDER;
        expected.push(true, false, false, false);
        return [c, (c + 1n) % ORDER, (ORDER - k + h) % ORDER, ORDER - c].map((scalar) => ({ keyX, pad, c: scalar }));
      }).flat();
      expect(await inBatches(inputs, 20, (part) => harness.verifyDelivery(part))).to.deep.equal(expected);
      expect(inputs.map(({ keyX, pad, c }) => sdk.verifyDelivery(keyX, pad, c))).to.deep.equal(expected);
    });

    // claim(attacks#proofs-of-the-fair-exchange): a pad of zero, matched by a failing precompile: a zero pad is refused
    it("refuses a zero pad even where the curve's answer is zero", async function () {
      const { harness } = await loadFixture(proofFixture);
      const random = new Random("zero pad");
      const atInfinity = { keyX: GENERATOR_X, pad: ZERO, c: 1n };
      const bad = [atInfinity, { ...atInfinity, keyX: offCurve(random) }, { ...atInfinity, c: ORDER }];
      expect(await harness.verifyDelivery(bad)).to.deep.equal([false, false, false]);
      for (const { keyX, pad, c } of bad) expect(sdk.verifyDelivery(keyX, pad, c)).to.equal(false);
    });

    // claim(attacks#proofs-of-the-fair-exchange): scalars of 0, the order or above; x at or above the order: ranges are
    //   checked before the precompile
    it("refuses the same scalar written above the order", async function () {
      const { harness } = await loadFixture(proofFixture);
      const pad = addressOf(Point.BASE.multiplyUnsafe(4n));
      const inputs = [5n, 5n + ORDER].map((c) => ({ keyX: GENERATOR_X, pad, c }));
      expect(await harness.verifyDelivery(inputs)).to.deep.equal([true, false]);
    });

    it("costs less than 5,000 gas", async function () {
      const { harness } = await loadFixture(proofFixture);
      const pad = addressOf(Point.BASE.multiplyUnsafe(4n));
      expect(await harness.gasOfDelivery({ keyX: GENERATOR_X, pad, c: 5n })).to.be.lessThan(5_000n);
    });
  });

  describe("isHonestPad", function () {
    const context = (random: Random) => ({
      chainId: random.bigint(2n ** 40n),
      escrow: ethers.toBeHex(random.bigint(2n ** 160n), 20),
      versionId: random.bigint(2n ** 64n),
      payer: ethers.toBeHex(random.bigint(2n ** 160n), 20),
    });
    type About = ReturnType<typeof context>;
    const hashOf = ({ chainId, escrow, versionId, payer }: About, buyerX: bigint) =>
      ethers.keccak256(
        ethers.AbiCoder.defaultAbiCoder().encode(
          ["string", "uint256", "address", "uint64", "address", "uint256"],
          ["isonomy.pad.v1", chainId, escrow, versionId, payer, buyerX],
        ),
      );

    // claim(invariants#market-and-escrow): A missed delivery is counted exactly for a paid deal that was still open
    //   after its window, however it closed, whose pad the seller could have answered, and only once
    it(`agrees with the SDK and with the seller on 200 random pads, half of them worthless (seed ${SEED})`, async function () {
      const { harness } = await loadFixture(proofFixture);
      const random = new Random("pads");
      const cases = Array.from({ length: 200 }, (_, i) => {
        const version = sdk.keyPairOf(random.scalar());
        const about = context(random);
        const made = sdk.buyerPad({ randomBytes: (length) => random.bytes(length) }, version.x, about);
        const honest = i % 2 === 0;
        // a key and a pad that each look right and do not belong together
        const pad = honest ? made.pad : addressOf(Point.BASE.multiplyUnsafe(random.scalar()));
        return { version, about, made, pad, honest };
      });
      const answers = await harness.isHonestPad(
        cases.map(({ version, about, made, pad }) => ({
          pad,
          buyerX: made.buyerX,
          keyX: version.x,
          context: hashOf(about, made.buyerX),
          b: made.secret,
        })),
      );
      cases.forEach(({ version, about, made, pad, honest }, i) => {
        const whole = { ...about, buyerX: made.buyerX };
        expect(answers[i]).to.equal(honest);
        expect(sdk.isHonestPad(pad, made.secret, version.x, whole)).to.equal(honest);
        let answered = true;
        try {
          sdk.sellerScalar(version.secret, whole, pad);
        } catch {
          answered = false;
        }
        expect(answered).to.equal(honest);
      });
    });

    it("refuses every other secret, key, pad and context, and what is out of range or off the curve", async function () {
      const { harness } = await loadFixture(proofFixture);
      const random = new Random("wrong pads");
      const version = sdk.keyPairOf(random.scalar());
      const about = context(random);
      const made = sdk.buyerPad({ randomBytes: (length) => random.bytes(length) }, version.x, about);
      const right = {
        pad: made.pad,
        buyerX: made.buyerX,
        keyX: version.x,
        context: hashOf(about, made.buyerX),
        b: made.secret,
      };
      const wrong = [
        { ...right, b: ORDER - made.secret },
        { ...right, b: made.secret + 1n },
        { ...right, b: made.secret + ORDER > 2n ** 256n - 1n ? 2n ** 256n - 1n : made.secret + ORDER },
        { ...right, b: 0n },
        { ...right, b: ORDER },
        { ...right, pad: ZERO },
        { ...right, pad: addressOf(Point.BASE) },
        { ...right, keyX: sdk.keyPairOf(random.scalar()).x },
        { ...right, keyX: offCurve(random) },
        { ...right, keyX: 0n },
        { ...right, keyX: 0n, pad: ZERO },
        { ...right, buyerX: sdk.keyPairOf(random.scalar()).x },
        { ...right, buyerX: offCurve(random) },
        { ...right, buyerX: 0n },
        { ...right, context: ethers.ZeroHash },
        { ...right, context: hashOf({ ...about, payer: ZERO }, made.buyerX) },
        { ...right, context: hashOf({ ...about, versionId: about.versionId ^ 1n }, made.buyerX) },
      ];
      expect(await harness.isHonestPad([right, ...wrong])).to.deep.equal([true, ...wrong.map(() => false)]);
    });
  });
});
