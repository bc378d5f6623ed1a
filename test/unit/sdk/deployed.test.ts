import { expect } from "chai";
import type { Provider } from "ethers";

import { Deployed } from "../../../sdk/src/chain/deployed";
import { caught } from "../../support/caught";

const MARKET = { name: "Market", address: "0x00000000000000000000000000000000000000AA" };

/** A wallet that is on these chains, one after the other, and on the last of them from then on. */
function walletOn(...chains: bigint[]) {
  const left = [...chains];
  const asked: string[] = [];
  let code = "0x60";
  const provider = {
    getNetwork: async () => ({ chainId: left.length > 1 ? left.shift() : left[0] }),
    getCode: async (address: string) => (asked.push(address), code),
  };
  return { provider: provider as unknown as Provider, asked, empty: () => (code = "0x") };
}

describe("The contracts of a deployment", () => {
  it("are not looked for on another chain, and what is there counts for nothing later", async () => {
    const { provider, asked, empty } = walletOn(5n, 1n);
    const deployed = new Deployed([MARKET], 1);
    await caught(() => deployed.require(provider), "WRONG_NETWORK");
    expect(asked).to.deep.equal([]);
    empty();
    await caught(() => deployed.require(provider), "CONTRACT_MISSING");
    expect(asked).to.deep.equal([MARKET.address]);
    expect(deployed.isFound).to.equal(false);
  });

  it("are those of one chain, also when a wallet moves between two writes that begin at once", async () => {
    const { provider } = walletOn(1n, 5n);
    const deployed = new Deployed([MARKET]);
    const [first, second] = await Promise.allSettled([deployed.require(provider), deployed.require(provider)]);
    expect((first as PromiseFulfilledResult<bigint>).value).to.equal(1n);
    const { reason } = second as PromiseRejectedResult;
    expect(reason).to.include({ code: "WRONG_NETWORK" }).and.have.deep.property("args", { actual: 5n, expected: 1n });
    expect(deployed.chainId).to.equal(1n);
  });

  it("are asked for once, and the chain each time", async () => {
    const { provider, asked } = walletOn(1n, 1n, 5n);
    const deployed = new Deployed([MARKET]);
    expect(await deployed.require(provider)).to.equal(1n);
    expect(await deployed.require(provider)).to.equal(1n);
    expect(asked).to.deep.equal([MARKET.address]);
    await caught(() => deployed.require(provider), "WRONG_NETWORK");
  });
});
