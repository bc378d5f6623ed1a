import { expect } from "chai";
import { parseEther } from "ethers";

import { winkCard } from "../../scripts/demo/card";
import { appModules } from "./support/appModules";
import { openStage, type Stage } from "./support/stage";

interface Modules {
  LogSource: new (network: unknown, means: object) => { snapshot(): Promise<string> };
}

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

  it("lists what a snapshot has, and checks a model against the chain when it is opened", async () => {
    const { LogSource } = await appModules<Modules>("chain/logSource.ts");
    const { chain, store, modelId } = stage;
    const means = { provider: chain.provider, store };
    const text = await new LogSource({ deployment: chain.deployment, rpcUrls: [], stores: [] }, means).snapshot();
    const { page, context, faults } = await stage.visit("/network");
    await context.route("**/network.json", async (route) => {
      const network = (await (await route.fetch()).json()) as object;
      await route.fulfill({ json: { ...network, snapshot: "./snapshot.json" } });
    });
    await context.route("**/snapshot.json", (route) => route.fulfill({ body: text }));
    await page.goto(`${stage.server.origin}/#/models`);
    await page.reload();
    const card = page.locator(`[data-model="${modelId}"]`);
    await card.getByText("not checked yet").waitFor();
    await card.getByText(winkCard.name).click();
    await page.waitForSelector("[data-terms]");
    await page.goBack();
    await card.getByText("not checked yet").waitFor({ state: "detached" });
    await card.getByText(winkCard.name).waitFor();
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
    await page.click("text=Erase settings and what was read");
    await page.waitForSelector("text=isonomy.chain.", { state: "detached" });
    expect(await page.evaluate(() => indexedDB.databases())).to.deep.equal([]);
    expect(faults).to.deep.equal([]);
    await context.close();
  });

  it("keeps keys and files when what was read is erased, and erases keys after a question alone", async () => {
    const { page, context, faults } = await stage.visit("/network");
    await page.evaluate(async () => {
      const root = await navigator.storage.getDirectory();
      const folder = await root.getDirectoryHandle("files", { create: true });
      const file = await (await folder.getFileHandle("bought.open", { create: true })).createWritable();
      await file.write(new Uint8Array(2_000));
      await file.close();
      const request = indexedDB.open("isonomy-keyring");
      await new Promise((resolve) => (request.onsuccess = resolve));
      request.result.close();
      localStorage.setItem("isonomy.language", "en");
    });
    await page.reload();
    const part = (kind: string) => page.locator(`[data-kept="${kind}"]`);
    await part("settings").getByRole("button").click();
    await part("settings").getByText("nothing").waitFor();
    expect(await part("files").innerText()).to.include("bought.open (2 kB)");
    expect(await part("keys").innerText()).to.include("isonomy-keyring");

    await part("files").getByRole("button").click();
    await part("files").getByText("nothing").waitFor();
    await part("keys").getByRole("button").click();
    await page.getByRole("button", { name: "Keep them" }).click();
    expect(await part("keys").innerText()).to.include("isonomy-keyring");
    await part("keys").getByRole("button").click();
    await page.click('[data-act="erase-keys"]');
    await part("keys").getByText("nothing").waitFor();
    expect(await page.evaluate(() => indexedDB.databases())).to.deep.equal([]);
    expect(faults).to.deep.equal([]);
    await context.close();
  });
});
