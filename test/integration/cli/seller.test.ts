import { expect } from "chai";

import { soakSeller } from "../../support/sellerSoak";

describe("isonomy seller --watch", function () {
  it("delivers each sale once while the line is cut, blocks are taken back and the agent is killed", async function () {
    this.timeout(400_000);
    const report = await soakSeller({
      purchases: 40,
      cuts: 4,
      reorgs: 2,
      kills: 4,
      seed: 1,
      confirmations: "finalized",
    });
    console.log(`      ${JSON.stringify(report)}`);
    expect(report).to.include({ delivered: 40, twice: 0, missed: 0, failed: 0, agentCounted: 40 });
  });
});
