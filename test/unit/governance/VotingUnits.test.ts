import { loadFixture } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import fc from "fast-check";
import { ethers } from "hardhat";
import { squareRoot } from "../../../sdk/src/exchange/curve";
import { integerSqrt, multiplierOf, unitsCurve, unitsOf } from "../../../sdk/src/governance/units";
import { times } from "../../support/extent";
import { ISO } from "./fixture";

const CAP = 7_500_000n * ISO;
const SUPPLY = 1_000_000_000n * ISO;
const curve = unitsCurve(CAP);

async function harness() {
  return ethers.deployContract("UnitsHarness");
}

describe("VotingUnits", () => {
  it("is the same in the contract and in the SDK, to the wei", async () => {
    const units = await loadFixture(harness);
    expect(await units.curveOf(CAP)).to.deep.equal([curve.offset, curve.base]);
    await fc.assert(
      fc.asyncProperty(fc.bigInt({ min: 0n, max: SUPPLY }), async (balance) => {
        expect(await units.units(balance, CAP)).to.equal(unitsOf(balance, true, curve));
      }),
      { numRuns: 200, seed: 20260101, examples: [[0n], [1n], [CAP - 1n], [CAP], [CAP + 1n], [SUPPLY]] },
    );
  });

  it("never gains by moving a part to a wallet without a credential, to the wei", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: SUPPLY }), fc.bigInt({ min: 0n, max: SUPPLY }), (a, b) => {
        const [part, whole] = a < b ? [a, b] : [b, a];
        return unitsOf(part, true, curve) + (whole - part) <= unitsOf(whole, true, curve);
      }),
      { numRuns: times(20_000), seed: 20260102 },
    );
  });

  // claim(attacks#government-and-citizens): splitting over wallets
  it("never gains over up to fifty wallets of which one is a citizen's", () => {
    const parts = fc.array(fc.bigInt({ min: 0n, max: 40_000_000n * ISO }), { minLength: 2, maxLength: 50 });
    fc.assert(
      fc.property(parts, (wallets) => {
        const whole = wallets.reduce((sum, one) => sum + one, 0n);
        const split = wallets.reduce((sum, one, index) => sum + unitsOf(one, index === 0, curve), 0n);
        return split <= unitsOf(whole, true, curve);
      }),
      { numRuns: times(5_000), seed: 20260103 },
    );
  });

  it("bounds the slope by two hundred, and grows one for one beyond the cap", () => {
    expect(multiplierOf(0n, curve)).to.equal(200);
    expect(multiplierOf(ISO, curve)).to.be.within(199, 200.001);
    expect(unitsOf(CAP + 5n * ISO, true, curve) - unitsOf(CAP, true, curve)).to.equal(5n * ISO);
    expect(unitsOf(123n, false, curve)).to.equal(123n);
  });

  it("takes the root exactly, and none of a negative number", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 1n << 250n }), (value) => {
        const root = integerSqrt(value);
        return root * root <= value && (root + 1n) * (root + 1n) > value;
      }),
      { numRuns: times(2_000), seed: 20260104 },
    );
    for (const root of [integerSqrt, squareRoot]) {
      expect(() => root(-1n))
        .to.throw("there is no square root of -1")
        .with.property("code", "ARGUMENT_INVALID");
    }
  });
});
