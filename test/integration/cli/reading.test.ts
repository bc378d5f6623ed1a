import { expect } from "chai";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { winkCard } from "../../../scripts/demo/card";
import { parseLicenseId } from "../../../sdk/src/market";
import { TestToken__factory } from "../../../typechain-types/factories/test/contracts/tokens/TestToken__factory";
import { json, localWallet, person, refusal, runHere } from "../../support/cli";
import { separateNode, type SeparateNode } from "../../support/separate-node";

type Person = Awaited<ReturnType<typeof person>>;

describe("isonomy, what there is", function () {
  this.timeout(240_000);
  let chain: SeparateNode;
  let seller: Person;
  let buyer: Person;
  let service: string;
  let terms: string;
  let soundTerms: string;
  let licence: string;
  let deal: string;
  const hostile = "A card\u001b[2J\u202e with a name";

  before(async function () {
    this.timeout(300_000);
    chain = await separateNode();
    const at = { rpc: chain.node.url, addresses: join(chain.folder, "deployment.json") };
    seller = await person(chain.folder, "seller", at, localWallet(7));
    buyer = await person(chain.folder, "buyer", at, localWallet(8));
    const token = TestToken__factory.connect(chain.addresses.TestToken!, await chain.provider.getSigner(8));
    await (await token.mint(buyer.address, 1_000_000_000n)).wait();
    const [card, odd, file] = ["card.json", "odd.json", "model.bin"].map((name) => join(chain.folder, name));
    await writeFile(card!, JSON.stringify(winkCard));
    await writeFile(odd!, JSON.stringify({ ...winkCard, name: hostile }));
    await writeFile(file!, "weights");
    service = (await json<{ versionId: string }>(["list", card!], seller.env)).versionId;
    const prepared = `${file!}.isonomy.json`;
    await json(["prepare", file!], seller.env);
    const sealed = await json<{ versionId: string }>(["list", odd!, "--prepared", prepared], seller.env);
    const offer = (version: string, ...more: string[]) =>
      json<{ termsHash: string }>(["offer", version, ...more], seller.env);
    ({ termsHash: terms } = await offer(service, "--price", "2.5", "--token", "TestToken"));
    ({ termsHash: soundTerms } = await offer(sealed.versionId, "--price", "1 native", "--deliver", "1d"));
    const revoked = await offer(service, "--price", "1 native");
    await json(["offer", service, "--revoke", revoked.termsHash], seller.env);
    const buy = async (version: string, hash: string) =>
      (await json<{ licenseId: string }>(["buy", version, "--terms", hash], buyer.env)).licenseId;
    licence = await buy(service, terms);
    deal = await buy(sealed.versionId, soundTerms);
  });

  after(() => chain.close());

  const said = async (parameters: readonly string[], env = buyer.env): Promise<string> => {
    const { code, out, err } = await runHere(parameters, env);
    expect(err).to.equal("");
    expect(code, out).to.equal(0);
    return out;
  };
  /** The rows of a table, by their cells. */
  const rows = (out: string): string[][] => out.split("\n").map((line) => line.split(/ {2,}/));

  it("lists the models with names and prices, and in pages", async () => {
    const out = await said(["models"]);
    expect(rows(out).slice(0, 3)).to.deep.equal([
      ["model", "name", "newest version", "price", "sold by"],
      ["1", winkCard.name.slice(0, 40), "1.1", "2.5 TestToken", seller.address],
      ["2", "A card\\x1b[2J\\u202e with a name", "2.1", "1 native", seller.address],
    ]);
    const first = await said(["models", "--limit", "1"]);
    expect(first).to.contain("More: isonomy models --after 1 --limit 1");
    expect(rows(await said(["models", "--limit", "1", "--after", "1"]))[1]![0]).to.equal("2");
    expect(rows(await said(["models", "--newest"]))[1]![0]).to.equal("2");
    expect(await said(["models", "--after", "2"])).to.equal("There are no more models.\n");
    const { models, block } = await json<{
      models: { modelId: string; offers: { termsHash: string }[]; card: object }[];
      block: object;
    }>(["models"], buyer.env);
    expect(models.map(({ modelId, offers }) => [modelId, offers.length])).to.deep.equal([
      ["1", 1],
      ["2", 1],
    ]);
    expect(models[0]!.card).to.deep.equal(JSON.parse(JSON.stringify(winkCard)));
    expect(block).to.have.keys("number", "hash");
    const elsewhere = { ...buyer.env, ISONOMY_STORE: join(chain.folder, "nothing") };
    expect(await said(["models"], elsewhere))
      .to.contain("(its card is not in this store)")
      .and.contain("2.5 TestToken");
  });

  it("shows a model and a version, under either form of its id, and names the command that buys", async () => {
    const model = await said(["show", "1"]);
    expect(model).to.contain("2.5 TestToken").and.contain(terms).and.not.contain("revoked");
    expect(model).to.contain(`Next: isonomy buy 1.1 --terms ${terms}`);
    const version = await said(["show", "1.1"]);
    expect(version).to.contain("1.1 (65537)").and.contain(`${winkCard.name} ${winkCard.version}`);
    expect(await said(["show", service])).to.equal(version);
    expect(await said(["show", "1", "--all"])).to.contain("revoked");
    expect(await said(["show", "2.1"]))
      .to.contain("file, its key within 1d")
      .and.not.contain("\u001b");
    const { offers, short } = await json<{ offers: { status: string }[]; short: string }>(
      ["show", "1.1", "--all"],
      buyer.env,
    );
    expect([short, ...offers.map(({ status }) => status)]).to.deep.equal(["1.1", "open", "revoked"]);
    expect(await refusal(["show", "9"], buyer.env)).to.equal("NOT_PUBLISHED");
    expect(await refusal(["show", "1.9"], buyer.env)).to.equal("NOT_PUBLISHED");
    expect(await refusal(["show", "65536", "--model"], buyer.env)).to.equal("NOT_PUBLISHED");
    expect(await refusal(["show", "one"], buyer.env)).to.equal("VALUE_INVALID");
  });

  it("lists the licences of an account in a form that can be typed", async () => {
    const out = rows(await said(["licences"]));
    expect(out[0]).to.deep.equal(["licence", "version", "name", "state", "covers"]);
    expect(parseLicenseId(out[1]![0]!)).to.equal(BigInt(licence));
    expect(out[1]!.slice(1)).to.deep.equal([
      "1.1",
      winkCard.name.slice(0, 40),
      "usable, can be given away",
      "this version",
    ]);
    expect(parseLicenseId(out[2]![0]!)).to.equal(BigInt(deal));
    expect(out[2]![3]).to.contain("not usable yet");
    expect(await said(["licences", "--account", seller.address])).to.equal(`${seller.address} holds no licences.\n`);
    const page = await said(["licences", "--limit", "1"]);
    const [, after] = /--after (\d+:\d+)/.exec(page)!;
    expect(rows(await said(["licences", "--after", after!]))[1]![0]).to.equal(out[2]![0]);
    expect(await refusal(["licences", "--after", "x"], buyer.env)).to.equal("VALUE_INVALID");
    const nobody = { ...buyer.env };
    delete nobody.ISONOMY_KEYSTORE;
    expect(await refusal(["licences"], nobody)).to.equal("KEYSTORE_MISSING");
    const { licences } = await json<{ licences: { licenseId: string; short: string; usable: boolean }[] }>(
      ["licences"],
      buyer.env,
    );
    expect(licences.map(({ licenseId, usable }) => [licenseId, usable])).to.deep.equal([
      [licence, true],
      [deal, false],
    ]);
    // what is shown can be typed
    expect(await said(["status", "--deal", licences[1]!.short])).to.contain("open");
    const { env } = seller;
    expect(await refusal(["open", licences[1]!.short, "--out", join(chain.folder, "x")], buyer.env)).to.equal(
      "KEY_NOT_DELIVERED",
    );
    expect(await said(["status", "--listing", "1.1"], env)).to.contain("2.5 TestToken");
  });

  it("lists the deals of either side, with state and deadline", async () => {
    const [head, one, ...rest] = rows(await said(["deals"]));
    expect(head).to.deep.equal(["deal", "version", "kind", "you are", "state", "price", "deadline"]);
    expect(parseLicenseId(one![0]!)).to.equal(BigInt(deal));
    expect(one!.slice(1, 6)).to.deep.equal(["2.1", "sale", "buyer, recipient", "open", "1 native"]);
    expect(one![6]).to.match(/^the key by \d{4}-\d\d-\d\d/);
    expect(rest[1]![0]).to.match(/^Next: isonomy status --deal/);
    expect(rows(await said(["deals"], seller.env))[1]![3]).to.equal("seller");
    expect(await said(["deals", "--role", "seller"])).to.equal(`${buyer.address} has no deals as seller.\n`);
    expect(await refusal(["deals", "--role", "nobody"], buyer.env)).to.equal("VALUE_INVALID");
    const { deals } = await json<{ deals: { deal: { id: string }; status: string }[] }>(["deals"], buyer.env);
    expect(deals.map((found) => [found.deal.id, found.status])).to.deep.equal([[deal, "open"]]);
  });

  it("says what happens, one object a line, and goes on where it ended", async () => {
    const cursor = join(chain.folder, "cursor.json");
    const watch = ["watch", "--once", "--from", String(chain.fromBlock), "--cursor", cursor];
    const lines = (out: string) =>
      out
        .trim()
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => JSON.parse(line) as { event: string; args: Record<string, string> });
    const all = lines((await runHere([...watch, "--json"], buyer.env)).out);
    expect(all.filter(({ event }) => event === "LicenseSold").map(({ args }) => args.licenseId)).to.deep.equal([
      licence,
      deal,
    ]);
    expect(JSON.parse(await readFile(cursor, "utf8"))).to.have.keys("number", "hash", "before");
    expect(await said(watch)).to.equal("");
    const { termsHash } = await json<{ termsHash: string }>(
      ["offer", service, "--price", "3 native", "--salt", "1"],
      seller.env,
    );
    const text = await said(watch);
    expect(text).to.match(new RegExp(`^block \\d+: version 1\\.1 is offered for 3 native: ${termsHash}\n$`));
    const some = ["watch", "--once", "--from", "0", "--events", "offerlisted,KeyDelivered", "--json"];
    expect(new Set(lines((await runHere(some, buyer.env)).out).map(({ event }) => event))).to.deep.equal(
      new Set(["OfferListed"]),
    );
    expect(await refusal(["watch", "--events", "Nothing"], buyer.env)).to.equal("VALUE_INVALID");
    await writeFile(cursor, "{}");
    expect(await refusal(watch, buyer.env)).to.equal("ARGUMENT_INVALID");
  });

  it("watches until it is told to stop, and ends well then", async () => {
    const controller = new AbortController();
    let heard = "";
    const running = runHere(["watch", "--every", "1"], buyer.env, {
      signal: controller.signal,
      onLine: (line) => {
        heard += line;
        controller.abort();
      },
    });
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    await json(["offer", service, "--price", "4 native", "--salt", "2"], seller.env);
    const { code, err } = await running;
    expect([code, err]).to.deep.equal([0, ""]);
    expect(heard).to.contain("is offered for 4 native");
  });
});
