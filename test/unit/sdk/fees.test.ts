import { expect } from "chai";

import { raised, replaces } from "../../../sdk/src/chain/fees";

describe("The fee of a transaction that waits", () => {
  const paid = { fee: 1_000n, tip: 100n };

  it("is raised by a quarter, which nodes take in its place", () => {
    const offered = raised(paid, { fee: 0n, tip: 0n });
    expect(offered).to.deep.equal({ fee: 1_251n, tip: 126n });
    expect(replaces(offered, paid)).to.equal(true);
  });

  it("is what the chain asks now where that is more, each part by itself", () => {
    expect(raised(paid, { fee: 5_000n, tip: 1n })).to.deep.equal({ fee: 5_000n, tip: 126n });
    expect(raised(paid, { fee: 1n, tip: 700n })).to.deep.equal({ fee: 1_251n, tip: 700n });
  });

  it("is raised from nothing too", () => {
    expect(raised({ fee: 0n, tip: 0n }, { fee: 0n, tip: 0n })).to.deep.equal({ fee: 1n, tip: 1n });
  });

  it("takes the place of another only with a tenth more of both parts", () => {
    expect(replaces({ fee: 1_100n, tip: 110n }, paid)).to.equal(true);
    expect(replaces({ fee: 1_099n, tip: 110n }, paid)).to.equal(false);
    expect(replaces({ fee: 1_100n, tip: 109n }, paid)).to.equal(false);
  });
});
