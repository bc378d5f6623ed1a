import { expect } from "chai";
import { ZeroAddress, parseEther } from "ethers";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { BrowserContext, Page } from "playwright-core";

import { winkCard } from "../../scripts/demo/card";
import { prepareWithWrongChunk } from "../../scripts/demo/cheat";
import { DealClient, type DealStatus } from "../../sdk/src/deals";
import { decryptKeys, portablePlatform, prepareInto, type Prepared } from "../../sdk/src/fairexchange";
import type { OfferTerms } from "../../sdk/src/market";
import { FileKeyring } from "../../sdk/src/node";
import { TestToken__factory } from "../../typechain-types/factories/test/contracts/tokens/TestToken__factory";
import { connectBurner, openStage, type Stage } from "./support/stage";

const MIB = 1_048_576;
/** Several blocks of the store, and a last chunk that is short. */
const FILE = Uint8Array.from({ length: 3 * MIB + 5 }, (_, at) => (at * 31 + (at >> 8)) % 256);
const NAME = "model.bin";
const PASSWORD = "correct horse battery";
const PRICE = parseEther("0.25");
const DAY = 86_400n;

describe("The page: buy and open a file", function () {
  this.timeout(180_000);
  let stage: Stage;
  let deals: DealClient;
  let context: BrowserContext;
  let page: Page;
  let faults: string[];

  before(async function () {
    stage = await openStage(this);
    const keyring = new FileKeyring(join(stage.chain.folder, "seller.keys"), PASSWORD, portablePlatform, 2 ** 10);
    deals = new DealClient(stage.chain.deployment, stage.creator, { platform: portablePlatform, keyring });
  });
  after(async () => stage?.close());
  afterEach(async () => {
    expect(faults).to.deep.equal([]);
    await context.close();
  });

  /** Publishes a sealed file and offers it; returns the terms and the model. */
  async function offered({ cid, key, ...file }: Prepared & { cid: string }, terms: Partial<OfferTerms> = {}) {
    const keyring = new FileKeyring(join(stage.chain.folder, "seller.keys"), PASSWORD, portablePlatform, 2 ** 10);
    await keyring.add({ kind: "version", secret: key, x: file.keyX, note: "a version" });
    const card = { ...winkCard, file: { blob: cid, name: NAME } };
    const { versionId, modelId } = await stage.market.listModel(card, stage.store, { file });
    const termsHash = await stage.offer({
      ...{ versionId, price: PRICE, payToken: ZeroAddress },
      ...{ deliveryWindow: DAY, complaintWindow: 2n * DAY },
      ...terms,
    });
    return { termsHash, modelId, cid };
  }
  const honest = async (terms: Partial<OfferTerms> = {}) =>
    offered(await prepareInto([FILE], stage.store, portablePlatform), terms);

  async function visit(path: string): Promise<void> {
    ({ page, context, faults } = await stage.visit(path));
  }
  const step = (name: string) => page.locator(`[data-step="${name}"]`);
  const act = (name: string) => page.locator(`[data-act="${name}"]`);
  const standing = (name: string) => page.waitForSelector(`[data-standing="${name}"]`);

  async function check(): Promise<void> {
    await step("check").click();
    await step("checked").waitFor();
  }

  /** Makes the key and saves it, and returns what was saved. */
  async function saveKey(): Promise<string> {
    const [password, again] = await page.locator('input[type="password"]').all();
    await password!.fill(PASSWORD);
    await again!.fill(PASSWORD);
    await page.getByRole("button", { name: "Make the key" }).click();
    const [download] = await Promise.all([page.waitForEvent("download"), step("save").click()]);
    return readFile(await download.path(), "utf8");
  }

  const pay = () => page.getByRole("button", { name: /^Buy for/ });

  /** Buys as the page's own wallet, up to the page of the deal. */
  async function bought(modelId: bigint) {
    await visit(`/model/${modelId}`);
    const account = await connectBurner(page);
    await check();
    const keyFile = await saveKey();
    await pay().click();
    const licenceId = BigInt((await page.locator(".done").getAttribute("data-licence"))!);
    await page.locator(".done a").click();
    await standing("waiting");
    return { account, keyFile, licenceId };
  }

  const dealOf = (licenceId: bigint) => deals.deal(stage.chain.deployment.contracts.Market, licenceId);
  const statusOf = async (licenceId: bigint): Promise<DealStatus> => (await dealOf(licenceId)).status;
  async function deliver(licenceId: bigint): Promise<void> {
    await deals.deliver((await dealOf(licenceId)).deal, { confirmations: 0, margin: 0n });
    await standing("delivered");
  }
  async function pass(seconds: bigint): Promise<void> {
    await stage.chain.provider.send("evm_increaseTime", [Number(seconds)]);
    await stage.chain.provider.send("evm_mine", []);
  }

  /** What lies on the page's disk, with its sizes. */
  const kept = (): Promise<[string, number][]> =>
    page.evaluate(async () => {
      const found: [string, number][] = [];
      const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle("files", { create: true });
      for await (const [name, handle] of (
        folder as unknown as { entries(): AsyncIterable<[string, FileSystemFileHandle]> }
      ).entries())
        found.push([name, (await handle.getFile()).size]);
      return found;
    });

  async function savedFile(): Promise<Buffer> {
    await step("opened").waitFor();
    const [download] = await Promise.all([page.waitForEvent("download"), step("saveFile").click()]);
    expect(download.suggestedFilename()).to.equal(NAME);
    return readFile(await download.path());
  }

  it("checks the file, saves the key, pays, waits for the seller, opens the same bytes, and accepts", async () => {
    const { modelId } = await honest();
    const { account, keyFile, licenceId } = await bought(modelId);
    const { deal } = await dealOf(licenceId);
    const [key] = await decryptKeys(keyFile, PASSWORD);
    expect(key!.x).to.equal(BigInt(deal.buyerKey));
    expect(deal.payer).to.equal(account);
    await deliver(licenceId);

    // nothing of the work is lost with the page
    await page.reload();
    await step("open").click();
    expect((await savedFile()).equals(FILE)).to.equal(true);
    const earned = await stage.market.earned(ZeroAddress, stage.creator.address);
    await act("accept").click();
    await standing("settled");
    expect(await statusOf(licenceId)).to.equal("settled");
    // who comes back to the offer is told
    await page.goto(`${stage.server.origin}/#/model/${modelId}`);
    await page.waitForSelector(`[data-have="${licenceId}"]`);
    expect((await stage.market.earned(ZeroAddress, stage.creator.address)) - earned).to.equal((PRICE * 975n) / 1_000n);
  });

  it("does not let anyone pay before the file is checked and the key is saved", async () => {
    const { modelId } = await honest();
    await visit(`/model/${modelId}`);
    await connectBurner(page);
    await step("check").waitFor();
    expect(await pay().isDisabled()).to.equal(true);
    await check();
    expect(await pay().isDisabled()).to.equal(true);
    const [password, again] = await page.locator('input[type="password"]').all();
    for (const [one, other] of [
      ["too short", "too short"],
      [PASSWORD, `${PASSWORD}.`],
    ] as const) {
      await password!.fill(one);
      await again!.fill(other);
      await page.getByRole("button", { name: "Make the key" }).click();
      await page.locator('[role="alert"]').waitFor();
    }
    await saveKey();
    expect(await pay().isDisabled()).to.equal(false);
  });

  it("refuses a sealed file of which a byte is another than the version promises", async () => {
    const { cid, ...prepared } = await prepareInto([FILE], stage.store, portablePlatform);
    const blob: Uint8Array[] = [];
    for await (const piece of stage.store.get(cid)) blob.push(piece.slice());
    blob[1]![7]! ^= 1;
    const other = await stage.store.put(Buffer.concat(blob));
    const { modelId } = await offered({ ...prepared, cid: other });
    await visit(`/model/${modelId}`);
    await connectBurner(page);
    await step("check").click();
    await page.waitForSelector('[data-code="BLOB_ROOT_MISMATCH"]');
    expect(await pay().isDisabled()).to.equal(true);
    expect(await page.locator('input[type="password"]').count()).to.equal(0);
    // it takes no room of the disk: it would never become right
    expect(await kept()).to.deep.equal([]);
  });

  it("stops when it is told to, keeps what is there, and lets one tab at a time work on a file", async () => {
    const { modelId, cid } = await honest();
    await visit(`/model/${modelId}`);
    let go = (): void => undefined;
    const held = new Promise<void>((resolve) => (go = resolve));
    let asked = 0;
    await page.route("**/ipfs/*", async (route) => {
      // the card and the root are there at once, and two blocks of the file
      if ((asked += 1) > 4) await held;
      await route.continue();
    });
    await page.reload();
    await step("check").click();
    await page.waitForSelector("progress");
    const other = await context.newPage();
    await other.goto(`${stage.server.origin}/#/model/${modelId}`);
    await other.locator('[data-step="check"]').click();
    await other.waitForSelector('[data-code="busy"]');
    await page.getByRole("button", { name: "Stop" }).click();
    go();
    await page.waitForSelector('[data-code="stopped"]');
    const sizes = await kept();
    expect(sizes.map(([name]) => name)).to.deep.equal([`${cid}.sealed`]);
    expect(sizes[0]![1]).to.be.greaterThan(0).and.below(FILE.length);
  });

  it("goes on with a download that was interrupted, and fetches no block twice", async () => {
    const { modelId } = await honest();
    await visit(`/model/${modelId}`);
    const asked: string[] = [];
    let broken = true;
    await context.route("**/ipfs/*", (route) => {
      const url = route.request().url();
      // the card and the root are there before, and two blocks of the file
      if (broken && asked.length >= 4) return route.abort();
      asked.push(url);
      return route.continue();
    });
    await page.reload();
    await step("check").click();
    await page.waitForSelector('[data-code="GATEWAY_FAILED"]');
    broken = false;
    await page.reload();
    await page.getByText("are here already").waitFor();
    const before = asked.splice(0);
    await check();
    // the root of the file says which blocks there are, and is not kept; of the four blocks the first two are
    expect(asked.length, asked.join("\n")).to.equal(3);
    expect(asked.filter((url) => before.includes(url)).length).to.equal(1);
  });

  it("gives the money back when nothing is delivered in time", async () => {
    const { modelId } = await honest();
    const { account, licenceId } = await bought(modelId);
    expect(await act("refundUndelivered").count()).to.equal(0);
    await pass(DAY + 1n);
    await standing("late");
    await act("refundUndelivered").click();
    await standing("refunded");
    expect(await statusOf(licenceId)).to.equal("refunded");
    const before = await stage.chain.provider.getBalance(account);
    await act("withdraw").click();
    await act("withdraw").waitFor({ state: "detached" });
    const gained = (await stage.chain.provider.getBalance(account)) - before;
    expect(gained > PRICE - parseEther("0.001") && gained < PRICE).to.equal(true);
  });

  it("proves a wrong file, and gets the money back in the same transaction", async () => {
    const { blob, prepared } = await prepareWithWrongChunk(FILE, 1_030, portablePlatform);
    const { modelId } = await offered({ ...prepared, cid: await stage.store.put(blob) });
    const { account, licenceId } = await bought(modelId);
    await deliver(licenceId);
    await step("open").click();
    await page.waitForSelector('[data-wrong-chunk="1030"]');
    expect(await step("saveFile").count()).to.equal(0);
    expect(await act("accept").count()).to.equal(0);
    const key = prepared.key.toString(16).padStart(64, "0");
    const shown: string[] = [];
    page.on("request", (request) => {
      const data = request.postData() ?? "";
      if (data.includes(key)) shown.push((JSON.parse(data) as { method: string }).method);
    });
    await act("complain").click();
    await standing("refunded");
    // the page asks no node what would happen: who runs it would have the key, and the deal still to change. What a wallet asks
    // is its own affair; the one of this page has its transactions filled.
    expect(shown.filter((method) => method !== "eth_fillTransaction")[0]).to.equal("eth_sendRawTransaction");
    expect(await statusOf(licenceId)).to.equal("refunded");
    expect(await stage.market.earned(ZeroAddress, account)).to.equal(PRICE);
  });

  it("pays in a token with an allowance that the purchase uses up, and tells who bought the last licence what follows", async () => {
    const payToken = stage.chain.addresses.TestToken!;
    const price = 25_000_000n;
    const { modelId } = await honest({ payToken, price, supply: 1n });
    await visit(`/model/${modelId}`);
    const account = await connectBurner(page);
    const token = TestToken__factory.connect(payToken, stage.creator);
    await (await token.mint(account, 2n * price)).wait();
    await check();
    await saveKey();
    await pay().click();
    await page.getByText("0 left").waitFor();
    await page.locator(".done a").click();
    await standing("waiting");
    expect(await token.balanceOf(account)).to.equal(price);
    expect(await token.allowance(account, stage.chain.deployment.contracts.Market)).to.equal(0n);
  });

  it("opens the file in another browser with the key file that was saved", async () => {
    const { modelId } = await honest();
    const { keyFile, licenceId } = await bought(modelId);
    await deliver(licenceId);
    await context.close();
    await visit(`/file/${licenceId}`);
    await page.setInputFiles('input[type="file"]', {
      name: "keys.json",
      mimeType: "application/json",
      buffer: Buffer.from(keyFile),
    });
    await page.fill('input[type="password"]', PASSWORD);
    await page.getByRole("button", { name: "Take the keys in" }).click();
    await step("open").click();
    expect((await savedFile()).equals(FILE)).to.equal(true);
  });
});
