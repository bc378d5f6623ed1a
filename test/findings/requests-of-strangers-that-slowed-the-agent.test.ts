import { loadFixture } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import type { Provider } from "ethers";
import { ethers } from "hardhat";

import { CARD } from "../helpers/fixture";
import { PRICE } from "../helpers/market";
import { agentFixture, agentHere } from "../support/agentHere";

const REQUESTS = 12;
const MINUTE = 60_000;

/**
 * What was lost: time, until a deadline. Anyone with a licence may ask for updates in a seller's name, and for nothing. The
 * agent judged each such request again every minute, and each time read the whole history for it: sixty of them took 4.7
 * seconds a look, before the sales that came after them.
 */
describe("Finding: requests of strangers slow the agent down for ever", () => {
  async function crowdFixture() {
    const fixture = await agentFixture();
    const { contracts, actors, actions, files } = fixture;
    const { Market, ModelRegistry, UpdateDesk } = contracts;
    const { creator, stranger: thief, buyer } = actors;
    const bait = await actions.publish(thief, CARD);
    const offer = actions.terms({ versionId: bait, creator: thief.address, includesUpdates: true });
    await Market.connect(thief).createOffer(offer);
    const order = await actions.orderFor(offer);
    const licenseId = await Market.connect(buyer).purchase.staticCall(offer, order);
    await Market.connect(buyer).purchase(offer, order);
    const modelId = bait >> 16n;
    for (let i = 1n; i <= REQUESTS; i++) await ModelRegistry.connect(thief).publishVersion(modelId, files.file.data);
    await ModelRegistry.connect(thief).transferFrom(thief.address, creator.address, modelId);
    for (let i = 1n; i <= REQUESTS; i++) {
      const { buyerKey, pad } = await fixture.dealsOf(buyer, fixture.buyersKeys).newPad(bait + i);
      await UpdateDesk.connect(buyer).requestUpdate(licenseId, bait + i, buyerKey, pad);
    }
    return fixture;
  }

  /** Counts what is asked of the node. */
  function counted() {
    const count = { asked: 0 };
    const names = [
      "getLogs",
      "call",
      "getBlock",
      "estimateGas",
      "getTransactionReceipt",
      "getTransactionCount",
    ] as const;
    const counting = names.map((name) => [
      name,
      {
        value: (...all: never[]) => {
          count.asked++;
          return (ethers.provider[name] as (...all: never[]) => Promise<unknown>)(...all);
        },
      },
    ]);
    return { provider: Object.create(ethers.provider, Object.fromEntries(counting) as never) as Provider, count };
  }

  // claim(attacks#command-line-package-and-sellers-agent): requests for updates by the thousand, to slow the agent down
  it("judges each request once, also after a restart, and a sale before all of them", async () => {
    const fixture = await loadFixture(crowdFixture);
    const real = Date.now;
    const quiet = counted();
    const crowd = counted();
    const none = await agentHere(fixture, {
      provider: quiet.provider,
      fromBlock: await ethers.provider.getBlockNumber(),
    });
    const { look, events, said, agent, close } = await agentHere(fixture, { provider: crowd.provider, parallel: 1 });
    try {
      const sold = await fixture.buy({ price: PRICE });
      await look();
      expect(events().filter((event) => event === "refused")).to.have.length(REQUESTS);
      expect(events().indexOf("delivered")).to.be.lessThan(events().indexOf("refused"));
      expect(await fixture.contracts.Escrow.statusOf(sold.opener, sold.id)).to.equal(2n);

      await none.look();
      await look();
      for (let minutes = 2; minutes < 6; minutes++) {
        Date.now = () => real() + minutes * MINUTE;
        quiet.count.asked = crowd.count.asked = 0;
        await none.look();
        await look();
        expect(crowd.count.asked).to.equal(quiet.count.asked);
      }
      await agent.start();
      crowd.count.asked = 0;
      await look();
      expect(crowd.count.asked).to.equal(quiet.count.asked);
      expect(said.filter(({ event }) => event === "refused")).to.have.length(REQUESTS);
    } finally {
      Date.now = real;
      await none.close();
      await close();
    }
  });
});
