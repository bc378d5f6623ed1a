import { expect } from "chai";
import { parseEther } from "ethers";

import { winkCard } from "../../scripts/demo/card";
import { openStage, type Stage } from "./support/stage";

describe("What the page keeps of a chain", function () {
  this.timeout(120_000);
  let stage: Stage;
  before(async function () {
    stage = await openStage(this);
  });
  after(async () => stage?.close());

  it("follows the chain, is shown while no node answers, and goes on when one does", async () => {
    const { page, context, faults } = await stage.visit("/models");
    const card = `[data-model="${stage.modelId}"]`;
    await page.waitForSelector(`${card}:has-text("Not for sale")`);
    await page.waitForSelector('[data-head="well"]', { state: "attached" });

    // an offer that is listed meanwhile comes by itself
    await stage.offer({ price: parseEther("0.5") });
    await page.waitForSelector(`${card}:has-text("from 0.5 ETH")`);

    const node = (url: URL): boolean => url.origin === new URL(stage.chain.node.url).origin;
    await context.route(node, (route) => route.abort());
    await page.waitForSelector('[data-head="away"] >> text=/No answer from the node/');
    await page.reload();
    await page.waitForSelector(`${card}:has-text("${winkCard.name}"):has-text("from 0.5 ETH")`);

    await context.unroute(node);
    await page.waitForSelector('[data-head="well"]', { state: "attached" });
    await stage.offer({ price: parseEther("0.125") });
    await page.waitForSelector(`${card}:has-text("from 0.125 ETH")`);
    expect(faults).to.deep.equal([]);
    await context.close();
  });

  it("finds a model by a word of its card that has a slip in it, and erases what it kept", async () => {
    const { page, context, faults } = await stage.visit("/models");
    await page.fill("input[type=search]", "winc sentimnt");
    await page.waitForSelector(`text=${winkCard.name}`);
    await page.fill("input[type=search]", "nothing of the kind");
    await page.waitForSelector("text=No model fits");
    await page.click("text=Network");
    await page.waitForSelector("text=isonomy.chain.");
    await page.click("text=Erase all of it");
    await page.waitForSelector("text=isonomy.chain.", { state: "detached" });
    expect(await page.evaluate(() => indexedDB.databases())).to.deep.equal([]);
    expect(faults).to.deep.equal([]);
    await context.close();
  });
});
