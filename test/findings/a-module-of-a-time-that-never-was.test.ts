import { loadFixture } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ethers } from "hardhat";
import { government } from "../unit/governance/fixture";

const MARKET = ethers.encodeBytes32String("Market");

/** What was lost: the truth about a far time. It was cut to 96 bits, and so answered as if it lay in the past. */
describe("Finding: the directory answers for any time at all", () => {
  it("answers a time beyond 96 bits with the module that is in force last", async () => {
    const { contracts, actors } = await loadFixture(government);
    const directory = contracts.directory.connect(actors.dao);
    await directory.set(MARKET, contracts.knob);
    for (const timepoint of [2n ** 96n - 1n, 2n ** 96n, 2n ** 96n + 1n, ethers.MaxUint256]) {
      expect(await directory.entryAt(MARKET, timepoint), `${timepoint}`).to.equal(await contracts.knob.getAddress());
    }
  });
});
