import { expect } from "chai";
import { Wallet, ZeroAddress, parseEther, type JsonRpcSigner } from "ethers";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ModuleKind, ScriptTarget, transpile } from "typescript";

import { winkCard } from "../../scripts/demo/card";
import { DealClient } from "../../sdk/src/deals";
import { PaymentClient, completeOffer, type Offer, type PublishedVersion } from "../../sdk/src/market";
import { prepareInto } from "../../sdk/src/fairexchange";
import { FileKeyring, folderStore, nodePlatform } from "../../sdk/src/node";
import { FOR_EVER, SubscriptionClient, packSubscriptionTerms } from "../../sdk/src/rights";
import { TestToken__factory } from "../../typechain-types/factories/test/contracts/tokens/TestToken__factory";
import { separateNode, type SeparateNode } from "../support/separate-node";

const GUIDE = join(__dirname, "..", "..", "docs", "ways-to-pay.md");
const PRICE = 25_000_000n;
const COIN = 10n ** 18n;
/** Quick, and safe for a keyring that lives as long as a test. */
const SCRYPT_COST = 1_024;

/** The snippets of the guide by the headings above them. */
function snippets(): Map<string, string> {
  const found = new Map<string, string>();
  for (const section of readFileSync(GUIDE, "utf8").split(/^## /m).slice(1)) {
    const [, code] = /```ts\n([\s\S]*?)```/.exec(section) ?? [];
    if (code !== undefined) found.set(section.slice(0, section.indexOf("\n")), code);
  }
  return found;
}

describe("docs/ways-to-pay.md, against a separate node", () => {
  const guide = snippets();
  const tried = new Set<string>();
  let chain: SeparateNode;
  let known: Record<string, unknown>;
  let as: (account: JsonRpcSigner | Wallet) => PaymentClient;
  let [seller, payer, friend, sponsor]: JsonRpcSigner[] = [];
  let newcomer: Wallet;
  let offer: Offer;
  let token: string;

  before(async function () {
    this.timeout(180_000);
    chain = await separateNode();
    [seller, payer, friend, sponsor] = await Promise.all([7, 8, 9, 10].map((index) => chain.provider.getSigner(index)));
    newcomer = new Wallet(Wallet.createRandom().privateKey, chain.provider);
    token = chain.addresses.TestToken!;
    const { deployment } = chain;
    as = (account) => new PaymentClient(deployment, account);
    const { chainId } = await chain.provider.getNetwork();
    const erc20 = TestToken__factory.connect(token, payer);
    for (const account of [payer!, sponsor!, newcomer])
      await (await erc20.mint(account.address, 1_000n * PRICE)).wait();

    const { versionId } = await as(seller!).market.listModel(winkCard, folderStore(join(chain.folder, "store")));
    const terms = { versionId, payToken: token, price: PRICE, supply: 100n };
    offer = (await as(seller!).market.createOffer({ ...terms, includesUpdates: true })).offer;
    const { offer: second } = await as(seller!).market.createOffer({ ...terms, price: 1n });
    const pool = { token0: ZeroAddress, token1: token, feeBps: 30n };
    await as(sponsor!).exchange.addLiquidity(pool, 10n * COIN, 900n * PRICE);
    const people = { seller, payer, friend, sponsor, newcomer };
    known = { ...people, as, deployment, chainId, offer, second, completeOffer, parseEther, ZeroAddress };
  });

  after(() => chain.close());

  /** Runs a snippet as it stands in the guide and returns its last constant. */
  async function run<T>(heading: string, besides: Record<string, unknown> = {}): Promise<T> {
    const code = guide.get(heading);
    if (code === undefined) throw new Error(`The guide has no snippet under "${heading}".`);
    tried.add(heading);
    expect(code.trim().split("\n").length, "lines").to.be.lessThan(10);
    const last = [...code.matchAll(/^const (\w+) =/gm)].at(-1)![1];
    const names = { ...known, ...besides };
    const body = `return (async () => { ${code}\nreturn ${last}; })();`;
    const script = transpile(body, { target: ScriptTarget.ES2022, module: ModuleKind.ESNext });

    const snippet = new Function(...Object.keys(names), script) as (...values: unknown[]) => Promise<T>;
    return snippet(...Object.values(names));
  }

  const held = (account: string): Promise<bigint> =>
    TestToken__factory.connect(token, chain.provider).balanceOf(account);
  const usable = (licenseId: bigint, account: string): Promise<boolean> =>
    as(seller!).market.isAuthorized(licenseId, account);

  it("gives the hash of a purchase before its result", async () => {
    const { licenseId, receipt } = await run<{ licenseId: bigint; receipt: { hash: string } }>("The hash at once");
    expect(await usable(licenseId, payer!.address)).to.equal(true);
    expect(receipt.hash).to.match(/^0x[0-9a-f]{64}$/);
  });

  for (const heading of ["With an allowance", "With a permit"]) {
    it(`${heading.toLowerCase()}: the price, and no allowance stays`, async () => {
      const before = await held(payer!.address);
      const { licenseId } = await run<{ licenseId: bigint }>(heading);
      expect(await usable(licenseId, payer!.address)).to.equal(true);
      expect(before - (await held(payer!.address))).to.equal(PRICE);
      const erc20 = TestToken__factory.connect(token, chain.provider);
      expect(await erc20.allowance(payer!.address, chain.addresses.Market!)).to.equal(0n);
    });
  }

  it("as a gift: another account holds the licence", async () => {
    const { licenseId } = await run<{ licenseId: bigint }>("As a gift");
    expect(await usable(licenseId, friend!.address)).to.equal(true);
    expect(await usable(licenseId, payer!.address)).to.equal(false);
  });

  it("as a cart: both lines, each for whom it names", async () => {
    const before = await held(payer!.address);
    const { licenseIds } = await run<{ licenseIds: bigint[] }>("As a cart");
    expect(licenseIds.length).to.equal(2);
    expect(await usable(licenseIds[0]!, payer!.address)).to.equal(true);
    expect(await usable(licenseIds[1]!, friend!.address)).to.equal(true);
    expect(before - (await held(payer!.address))).to.equal(PRICE + 1n);
  });

  it("with a discount code: half the price", async () => {
    const before = await held(payer!.address);
    const { licenseId } = await run<{ licenseId: bigint }>("With a discount code");
    expect(await usable(licenseId, payer!.address)).to.equal(true);
    expect(before - (await held(payer!.address))).to.equal(PRICE / 2n);
  });

  it("through a sponsor: the buyer has no native coin", async () => {
    expect(await chain.provider.getBalance(newcomer.address)).to.equal(0n);
    const { licenseId } = await run<{ licenseId: bigint }>("Through a sponsor");
    expect(await usable(licenseId, newcomer.address)).to.equal(true);
    expect(await held(newcomer.address)).to.equal(999n * PRICE);
  });

  it("in another token: native coin out, no dollar spent", async () => {
    const before = await held(payer!.address);
    const { licenseId, spent } = await run<{ licenseId: bigint; spent: bigint }>("In another token");
    expect(await usable(licenseId, payer!.address)).to.equal(true);
    expect(await held(payer!.address)).to.equal(before);
    expect(spent > 0n && spent < COIN / 50n).to.equal(true);
    expect(await chain.provider.getBalance(chain.addresses.Market!)).to.equal(0n);
  });

  it("as a renewal: two more months of a subscription that somebody else holds", async () => {
    const subscriptions = new SubscriptionClient(chain.deployment, payer!);
    const month = { period: 30n * 86_400n, renewUntil: FOR_EVER, cancellable: false, seats: 0n, minStay: 0n };
    const rights = { rights: await subscriptions.index(), rightsTerms: packSubscriptionTerms(month) };
    const terms = { versionId: offer.versionId, payToken: token, price: PRICE, supply: 1n, deliveryWindow: 0n };
    const { offer: monthly } = await as(seller!).market.createOffer({ ...terms, ...rights });
    const { licenseId } = await as(payer!).market.purchase(monthly, { recipient: friend!.address });
    const { expiresAt } = await subscriptions.subscription(licenseId);
    const before = await held(payer!.address);
    const renewed = await run<{ licenseId: bigint }>("As a renewal", { monthly, licenseId });
    expect(renewed.licenseId).to.equal(licenseId);
    expect(before - (await held(payer!.address))).to.equal(2n * PRICE);
    expect((await subscriptions.subscription(licenseId)).expiresAt).to.equal(expiresAt + 60n * 86_400n);
    expect(await usable(licenseId, friend!.address)).to.equal(true);
  });

  it("later versions: a free deal that the seller delivers", async () => {
    const platform = nodePlatform(1);
    const { licenseId } = await as(payer!).market.purchase(offer);
    const keyring = (name: string) => new FileKeyring(join(chain.folder, name), "secret", platform, SCRYPT_COST);
    const sellers = keyring("seller.keys");
    const store = folderStore(join(chain.folder, "store"));
    const source = (async function* () {
      yield new TextEncoder().encode("weights of a better version");
    })();
    const { key, cid, ...file } = await prepareInto(source, store, platform);
    await sellers.add({ kind: "version", secret: key, x: file.keyX, note: cid });
    const card = { ...winkCard, version: "9.0.0" };
    const newer: PublishedVersion = await as(seller!).market.publishVersion(offer.versionId >> 16n, card, store, {
      file,
    });

    const deals = new DealClient(chain.deployment, payer!, { platform, keyring: keyring("payer.keys") });
    const { dealId } = await run<{ dealId: bigint }>("Later versions", { deals, newer, licenseId });
    expect(await as(seller!).desk.updateDeal(licenseId, newer.versionId)).to.equal(dealId);
    const selling = new DealClient(chain.deployment, seller!, { platform, keyring: sellers });
    const [open] = await selling.toDeliver(seller!.address);
    expect(open).to.include({ id: dealId, price: 0n, recipient: payer!.address });
    await selling.deliver(open!, { confirmations: 0, margin: 60n });

    const delivered = await deals.deal(open!.opener, dealId);
    const parts: Uint8Array[] = [];
    const sink = { write: async (bytes: Uint8Array) => void parts.push(bytes.slice()) };
    await deals.open(delivered.deal, { store, cid }, sink);
    expect(Buffer.concat(parts).toString()).to.equal("weights of a better version");
  });

  it("leaves no snippet of the guide untried", () => {
    expect([...tried].sort()).to.deep.equal([...guide.keys()].sort());
  });
});
