import { expect } from "chai";

import { soakSeller } from "../../support/sellerSoak";

describe("isonomy seller --watch", function () {
  // claim(attacks#command-line-package-and-sellers-agent): the agent killed, cut off or reorganised at any moment
  // claim(invariants#command-line-package-and-sellers-agent): a paid sale is delivered once, within its window, however
  //   often the agent is killed, cut off or affected by reorganisations | a buyer who pays nothing; a seller who loses
  //   the sale
  it("delivers each sale once while the line is cut, blocks are taken back and the agent is killed", async function () {
    this.timeout(900_000);
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
