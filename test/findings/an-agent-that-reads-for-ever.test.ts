import { loadFixture, mine } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ethers } from "hardhat";

import { PagedProvider } from "../../sdk/src/chain";

/** Most events that the node answers with. */
const LIMIT = 20;
const BLOCKS = 6_000;

/** Hardhat's node as hosted ones are: it refuses an answer of more than some events. */
class HostedNode extends PagedProvider {
  asked = 0;

  override async send(method: string, params: unknown[]): Promise<unknown> {
    const answer = (await ethers.provider.send(method, params)) as unknown[];
    if (method !== "eth_getLogs") return answer;
    this.asked++;
    if (answer.length > LIMIT) throw new Error(`query returned more than ${LIMIT} results`);
    return answer;
  }
}

/**
 * What was lost: the time of a seller's agent. Anyone can open enough deals in a seller's name within a few blocks that
 * a node refuses to answer for more than these at once. The narrow range was then kept for every later question, and one
 * that goes back to the deployment took as many requests as there were such ranges since.
 */
describe("Finding: a reader of events never recovers from a crowd of them", () => {
  async function crowdFixture() {
    const crowded = await ethers.deployContract("TestToken", ["Crowded", "CROWD", 6]);
    const quiet = await ethers.deployContract("TestToken", ["Quiet", "QUIET", 6]);
    const [one] = await ethers.getSigners();
    const first = await ethers.provider.getBlockNumber();
    await quiet.mint(one, 1n);
    for (let i = 0; i < 5 * LIMIT; i++) await crowded.mint(one, 1n);
    await mine(BLOCKS);
    await quiet.mint(one, 2n);
    return { crowded, quiet, first };
  }

  // claim(attacks#proofs-of-the-fair-exchange): deals opened in a seller's name by the thousand, so that a node refuses
  //   to answer: the requested range grows again
  it("asks for wider ranges again once the crowd is behind it, and finds every event", async () => {
    const { crowded, quiet, first } = await loadFixture(crowdFixture);
    const node = new HostedNode("http://127.0.0.1:1", 31_337, { staticNetwork: true });
    try {
      const found = await node.getLogs({ address: await crowded.getAddress(), fromBlock: first, toBlock: first + 120 });
      expect(found.length).to.equal(5 * LIMIT);
      node.asked = 0;
      const others = await node.getLogs({ address: await quiet.getAddress(), fromBlock: first });
      expect(others.length).to.equal(2);
      expect(node.asked).to.be.lessThan(60);
    } finally {
      node.destroy();
    }
  });
});
