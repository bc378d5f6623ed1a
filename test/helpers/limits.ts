import { expect } from "chai";
import type { BaseContract } from "ethers";

/** Asserts the constants that a contract publishes: integrators and the documents rely on each. */
export async function expectLimits(contract: BaseContract, limits: Record<string, bigint>): Promise<void> {
  for (const [name, value] of Object.entries(limits)) {
    expect(await contract.getFunction(name).staticCall(), name).to.equal(value);
  }
}
