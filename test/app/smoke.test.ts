import { expect } from "chai";

import { winkCard } from "../../scripts/demo/card";
import { connectBurner, openStage, type Stage } from "./support/stage";

describe("The page in a minute", function () {
  this.timeout(120_000);
  let stage: Stage;
  before(async function () {
    stage = await openStage(this);
  });
  after(async () => stage?.close());

  it("shows a newcomer the model, its card and its offers, without a wallet", async () => {
    await stage.offer();
    const { page, context, faults } = await stage.visit();
    await page.click(`text=${winkCard.name}`);
    await page.waitForSelector("[data-terms]");
    const text = await page.innerText("main");
    expect(text).to.include(winkCard.description).and.to.include("0.25 ETH").and.to.include(winkCard.limits[0]!);
    expect(faults).to.deep.equal([]);
    await context.close();
  });

  it("lets a newcomer buy with the page's own wallet", async () => {
    const termsHash = await stage.offer();
    const { page, context, faults } = await stage.visit(`/model/${stage.modelId}`);
    const account = await connectBurner(page);
    await page.click(`[data-terms="${termsHash}"] button.primary`);
    const licence = await page.locator(`[data-terms="${termsHash}"] .done`).getAttribute("data-licence");
    expect(await stage.market.isAuthorized(BigInt(licence!), account)).to.equal(true);
    await page.click("text=See my licences");
    await page.waitForSelector(`[data-licence="${licence}"] .good`);
    expect(faults).to.deep.equal([]);
    await context.close();
  });
});
