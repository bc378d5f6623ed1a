import { expect } from "chai";
import { Interface } from "ethers";

import { simulateCalls, type NamedContract, type SimulatedCall } from "../../scripts/lib/simulate";
import { Authority__factory, Market__factory } from "../../typechain-types";
import { separateNode, type SeparateNode } from "../support/separate-node";

describe("what a proposal would change", function () {
  this.timeout(120_000);

  let chain: SeparateNode;
  let contracts: NamedContract[];
  const call = (name: "Market" | "Authority", abi: Interface, method: string, args: unknown[]): SimulatedCall => ({
    target: chain.addresses[name]!,
    data: abi.encodeFunctionData(method, args),
    value: 0n,
    title: `${name}.${method}`,
  });

  before(async () => {
    chain = await separateNode();
    contracts = [
      { name: "Market", address: chain.addresses.Market!, abi: Market__factory.createInterface() },
      { name: "Authority", address: chain.addresses.Authority!, abi: Authority__factory.createInterface() },
    ];
  });

  after(() => chain?.close());

  it("is read before and after on a fork, and the chain itself stays as it is", async () => {
    const market = Market__factory.connect(chain.addresses.Market!, chain.provider);
    // a fork without a block's number would begin before the deployment
    await chain.provider.send("hardhat_mine", ["0x100"]);
    const block = await chain.provider.getBlockNumber();
    const lower = call("Market", market.interface, "setProtocolFee", [200]);
    const simulation = await simulateCalls(chain.node.url, chain.addresses.Timelock!, [lower], contracts);

    expect(simulation.changes).to.deep.equal([
      { contract: "Market", reading: "config.protocolFeeBps", before: "250", after: "200" },
    ]);
    expect(simulation.events).to.deep.equal(["Market: ProtocolFeeSet(feeBps: 200)"]);
    expect(simulation.gas > 21_000n).to.equal(true);
    expect((await market.config()).protocolFeeBps).to.equal(250n);
    expect(await chain.provider.getBlockNumber()).to.equal(block);
  });

  it("says which call would be refused and why", async () => {
    const market = Market__factory.createInterface();
    const high = call("Market", market, "setProtocolFee", [501]);
    await expect(
      simulateCalls(chain.node.url, chain.addresses.Timelock!, [high], contracts),
      "above the bound",
    ).to.be.rejectedWith(/Market\.setProtocolFee would be refused: .*501/);

    const low = call("Market", market, "setProtocolFee", [1]);
    await expect(
      simulateCalls(chain.node.url, chain.addresses.RevenueLedger!, [low], contracts),
      "from an address without the role",
    ).to.be.rejectedWith(/Market\.setProtocolFee would be refused/);
  });
});
