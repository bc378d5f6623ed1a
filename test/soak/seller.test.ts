import { expect } from "chai";

import { soakSeller } from "../support/sellerSoak";

// Takes minutes, so it is not part of `npm test`, which runs a tenth of it: `npm run test:soak`.
describe("isonomy seller --watch, at length", function () {
  // claim(attacks#command-line-package-and-sellers-agent): the agent killed, cut off or reorganised at any moment
  // claim(invariants#command-line-package-and-sellers-agent): a paid sale is delivered once, within its window, however
  //   often the agent is killed, cut off or affected by reorganisations
  it("delivers 500 sales once each over 20 cuts, 5 reorgs and 20 kills", async function () {
    this.timeout(1_800_000);
    const report = await soakSeller({ purchases: 500, cuts: 20, reorgs: 5, kills: 20, seed: 2, confirmations: "8" });
    console.log(`      ${JSON.stringify(report)}`);
    expect(report).to.include({ delivered: 500, twice: 0, missed: 0, failed: 0, agentCounted: 500 });
  });
});
