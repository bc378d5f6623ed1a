import { loadFixture, mine } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import type { Filter, Provider } from "ethers";
import { ethers } from "hardhat";

import { Chain } from "../../sdk/src/chain/chain";
import { keyLure } from "../../sdk/src/market/keys";
import { IModelRegistry__factory } from "../../typechain-types/factories/contracts/registry/IModelRegistry__factory";
import { CARD } from "../helpers/fixture";
import { agentFixture } from "../support/agentHere";
import { caught } from "../support/caught";

/**
 * What was lost: time before a deadline, and the patience of hosted nodes. Before each delivery the agent read every version
 * that anybody ever published, to see that no more expensive one has the same key.
 */
describe("Finding: the whole history is read for each delivery", () => {
  async function readerFixture() {
    const fixture = await agentFixture();
    const { contracts, actors, actions, files } = fixture;
    const { creator, stranger } = actors;
    const bought = await actions.publish(stranger, CARD);
    const publish = async (): Promise<void> => {
      await contracts.ModelRegistry.connect(stranger).publishVersion(bought >> 16n, files.file.data);
    };
    await publish();
    await contracts.ModelRegistry.connect(stranger).transferFrom(stranger.address, creator.address, bought >> 16n);
    return { ...fixture, versionId: bought + 1n };
  }

  /** A provider that counts the blocks of which events are asked. */
  function counting() {
    const read = { blocks: 0 };
    const getLogs = async (filter: Filter) => {
      const to = filter.toBlock === undefined ? await ethers.provider.getBlockNumber() : Number(filter.toBlock);
      read.blocks += Math.max(to - Number(filter.fromBlock ?? 0) + 1, 0);
      return ethers.provider.getLogs(filter);
    };
    return { read, provider: Object.create(ethers.provider, { getLogs: { value: getLogs } }) as Provider };
  }

  // claim(attacks#command-line-package-and-sellers-agent): versions published by strangers in great number, all of
  //   which are read before each delivery
  it("reads old blocks once, however many sales of a version are delivered", async () => {
    const { contracts, actors, versionId } = await loadFixture(readerFixture);
    const { read, provider } = counting();
    const address = await contracts.ModelRegistry.getAddress();
    const registry = IModelRegistry__factory.connect(address, provider);
    const chain = new Chain(provider, [{ name: "ModelRegistry", address }]);
    await mine(2_000);
    const reason = await keyLure(chain, registry, versionId, actors.creator.address, 0);
    expect(reason).to.include(`did not publish version ${versionId}`);
    expect(read.blocks).to.be.above(2_000);
    read.blocks = 0;
    for (let i = 0; i < 3; i++) {
      expect(await keyLure(chain, registry, versionId, actors.creator.address, 0)).to.equal(reason);
    }
    expect(read.blocks).to.be.below(3 * 200);
  });

  // claim(attacks#command-line-package-and-sellers-agent): versions published by strangers in great number, all of
  //   which are read before each delivery
  it("sees a version that came since, and believes nothing of a chain that was replaced", async () => {
    const { contracts, actors, actions, files, ids } = await loadFixture(readerFixture);
    const { provider } = counting();
    const address = await contracts.ModelRegistry.getAddress();
    const registry = IModelRegistry__factory.connect(address, provider);
    const chain = new Chain(provider, [{ name: "ModelRegistry", address }]);
    const before = await ethers.provider.send("evm_snapshot", []);
    const own = await actions.publish(actors.creator, CARD);
    await contracts.ModelRegistry.connect(actors.creator).publishVersion(own >> 16n, files.file.data);
    await mine(300);
    const ask = (version: bigint) => keyLure(chain, registry, version, actors.creator.address, 0);
    expect(await ask(own + 1n)).to.equal(undefined);

    // the same number, published by somebody else on the chain that is there now
    await ethers.provider.send("evm_revert", [before]);
    const theirs = await actions.publish(actors.stranger, CARD);
    expect(theirs).to.equal(own);
    await contracts.ModelRegistry.connect(actors.stranger).publishVersion(theirs >> 16n, files.file.data);
    await contracts.ModelRegistry.connect(actors.stranger).transferFrom(
      actors.stranger.address,
      actors.creator.address,
      theirs >> 16n,
    );
    await mine(300);
    expect(await ask(theirs + 1n)).to.include(`did not publish version ${theirs + 1n}`);
    expect(await ask(ids.fileVersionId)).to.equal(undefined);
  });

  // claim(attacks#command-line-package-and-sellers-agent): a node that omits events, so that the seller's own version
  //   is taken for a lure and its sales are refunded
  it("takes a version of the seller's own for nobody else's where a node leaves its events out", async () => {
    const { contracts, actors, ids } = await loadFixture(readerFixture);
    const topic = contracts.ModelRegistry.interface.getEvent("VersionPublished").topicHash;
    const own = `0x${ids.fileVersionId.toString(16).padStart(64, "0")}`;
    const getLogs = async (filter: Filter) =>
      (await ethers.provider.getLogs(filter)).filter(({ topics }) => topics[0] !== topic || !topics.includes(own));
    const provider = Object.create(ethers.provider, { getLogs: { value: getLogs } }) as Provider;
    const address = await contracts.ModelRegistry.getAddress();
    const chain = new Chain(provider, [{ name: "ModelRegistry", address }]);
    const registry = IModelRegistry__factory.connect(address, provider);
    await caught(() => keyLure(chain, registry, ids.fileVersionId, actors.creator.address, 0), "NODE_BEHIND");
  });
});
