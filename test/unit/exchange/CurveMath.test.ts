import { expect } from "chai";
import fc from "fast-check";
import { ethers } from "hardhat";

const BPS = 10_000n;

describe("CurveMath", () => {
  it("swaps the largest part after which the rest still fits the ratio, to the unit", async () => {
    const harness = await ethers.deployContract("ExchangeMathHarness");
    const amounts = fc.bigInt({ min: 1n, max: 1n << 80n });
    await fc.assert(
      fc.asyncProperty(amounts, amounts, fc.constantFrom(1n, 5n, 30n, 100n), async (amount, reserve, feeBps) => {
        const part: bigint = await harness.swapPartDown(amount, reserve, feeBps);
        // s^2 (1 - f) + s reserve (2 - f) against amount * reserve, in basis points
        const kept = BPS - feeBps;
        const needed = (s: bigint): bigint => s * s * kept + s * reserve * (BPS + kept);
        expect(needed(part)).to.be.at.most(amount * reserve * BPS);
        expect(needed(part + 1n)).to.be.above(amount * reserve * BPS);
      }),
      { numRuns: 50 },
    );
  });
});
