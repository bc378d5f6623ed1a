import { loadFixture, mine } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import type { Provider } from "ethers";
import { ethers } from "hardhat";

import { agentFixture, agentHere } from "../support/agentHere";
import { caught } from "../support/caught";

/**
 * What was lost: a sale. Two nodes answered behind one address. The agent heard of the newest block from one, and asked the
 * other, which was behind, for the events up to it: it answered with none. The agent took that for proof, went on from the
 * next block, and never looked at those again; the buyer took the refund.
 */
describe("Finding: a sale is hidden for ever by a node that was behind for a moment", () => {
  /** A provider of which a part is behind: `hidden` answers for events with nothing, `unknown` blocks it has not, `other` ones differ. */
  function twoNodes() {
    const none = undefined as number | undefined;
    const faults = { hidden: false, unknown: none, other: none, behind: false };
    const provider = Object.create(ethers.provider, {
      getLogs: {
        value: async (filter: never) => (faults.hidden ? [] : ethers.provider.getLogs(filter)),
      },
      getBlock: {
        value: async (which: number | string) => {
          if (which === faults.unknown) return null;
          const block = await ethers.provider.getBlock(which);
          return which === faults.other ? Object.create(block, { hash: { value: `0x${"11".repeat(32)}` } }) : block;
        },
      },
      call: {
        value: async (request: { blockTag?: unknown }) => {
          if (faults.behind && request.blockTag !== undefined) throw new Error("header not found");
          return ethers.provider.call(request as never);
        },
      },
    }) as Provider;
    return { provider, faults };
  }

  for (const blocks of [0, 1, 100]) {
    // claim(attacks#command-line-package-and-sellers-agent): a sale that a lagging node leaves out of its answer
    it(`delivers a sale of ${blocks} blocks ago that the first answer left out`, async () => {
      const fixture = await loadFixture(agentFixture);
      const { provider, faults } = twoNodes();
      const { look, events, close } = await agentHere(fixture, { provider });
      try {
        await look();
        const deal = await fixture.buy();
        faults.hidden = true;
        await look();
        await mine(blocks);
        await look();
        expect(events()).to.deep.equal([]);
        faults.hidden = false;
        await look();
        expect(events()).to.deep.equal(["sale", "delivered"]);
        expect(await fixture.contracts.Escrow.statusOf(deal.opener, deal.id)).to.equal(2n);
      } finally {
        await close();
      }
    });
  }

  for (const [title, fault, code] of [
    ["does not go past blocks that the answering node has not", "unknown", "TIMEOUT"],
    ["does not go past a block of which the answering node has another", "other", "NODE_BEHIND"],
  ] as const) {
    it(title, async () => {
      const fixture = await loadFixture(agentFixture);
      const { provider, faults } = twoNodes();
      const { look, events, close, agent } = await agentHere(fixture, { provider, maxBlocksPerRequest: 10 });
      try {
        await look();
        await fixture.buy();
        await mine(500);
        Object.assign(faults, { hidden: true, [fault]: await ethers.provider.getBlockNumber() });
        const read = agent.health().finalBlockRead;
        await caught(look, code);
        expect(agent.health().finalBlockRead).to.equal(read);
        Object.assign(faults, { hidden: false, [fault]: undefined });
        await look();
        expect(events()).to.deep.equal(["sale", "delivered"]);
      } finally {
        await close();
      }
    });
  }

  // claim(attacks#command-line-package-and-sellers-agent): a sale that a lagging node leaves out of its answer
  it("neither forgets nor takes back what it knows because a node names it not", async () => {
    const fixture = await loadFixture(agentFixture);
    const { provider, faults } = twoNodes();
    const policy = { confirmations: 3, margin: 600n };
    const { look, events, close, agent, said } = await agentHere(fixture, { provider, policy });
    try {
      await fixture.buy();
      await look();
      faults.hidden = true;
      await look();
      expect(agent.health()).to.include({ waiting: 1 });
      await mine(3);
      faults.hidden = false;
      faults.behind = true;
      // a node that has not the block cannot be asked where the deal stands
      const sold = await fixture.buy({ salt: 1n });
      await caught(look, "NODE_BEHIND");
      faults.behind = false;
      await look();
      await mine(3);
      await look();
      expect(events().filter((event) => event === "delivered")).to.have.length(2);
      expect(events()).to.not.include("gone").and.not.include("dropped");
      expect(said.filter(({ level }) => level === "alert")).to.deep.equal([]);
      expect(await fixture.contracts.Escrow.statusOf(sold.opener, sold.id)).to.equal(2n);
    } finally {
      await close();
    }
  });
});
