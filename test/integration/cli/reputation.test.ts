import { expect } from "chai";
import { id, ZeroHash } from "ethers";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { metricName } from "../../../sdk/src/reputation";
import { Metrics__factory } from "../../../typechain-types";
import { json, refusal, runHere } from "../../support/cli";
import type { SeparateNode } from "../../support/separate-node";
import { openShop, restoring, type Person } from "../../support/shop";

/** A fee of 2.5 % of one coin, and what it weighs in billionths of the coin. */
const WEIGHT = "25000000";

describe("isonomy review and metric", function () {
  this.timeout(240_000);
  let chain: SeparateNode;
  let seller: Person;
  let buyer: Person;
  let other: Person;
  let model: string;
  let version: string;
  let files = 0;

  before(async function () {
    this.timeout(240_000);
    let card: string;
    ({ chain, seller, buyer, other, card } = await openShop());
    ({ modelId: model, versionId: version } = await json(["list", card], seller.env));
  });

  after(() => chain.close());

  restoring(() => chain);

  const fresh = (): string => join(chain.folder, `file ${files++}.json`);

  /** Offers the version and has somebody buy it. */
  async function bought(who = buyer, ...options: string[]): Promise<string> {
    const offering = ["offer", version, "--price", "1 native", "--salt", String(files++), ...options];
    const { termsHash } = await json<{ termsHash: string }>(offering, seller.env);
    return (await json<{ licenseId: string }>(["buy", version, "--terms", termsHash, "--again"], who.env)).licenseId;
  }

  it("gives a model stars with a text, shows them with what they weigh, and proves the text", async () => {
    const licence = await bought();
    const out = fresh();
    const text = ["--text", "Does what its card says.", "--out", out];
    expect(await refusal(["review", "write", licence, "4", ...text], other.env)).to.equal("Reviews_NotHolder");
    // what was refused left no file
    const written = await json<Record<string, string>>(["review", "write", licence, "4", ...text], buyer.env);
    expect(await refusal(["review", "write", licence, "4", ...text], buyer.env)).to.equal("FILE_EXISTS");
    expect(written).to.include({ modelId: model, stars: "4", weight: WEIGHT, edited: false });
    const shown = await json<{ mean: number; reviews: Record<string, string>[] }>(["review", "show", model], other.env);
    expect(shown).to.include({ mean: 4, weight: WEIGHT });
    expect(shown.reviews).to.have.length(1);
    expect(shown.reviews[0]).to.include({ author: buyer.address, stars: "4", contentHash: written.contentHash });
    const lines = (await runHere(["review", "show", model], other.env)).out;
    expect(lines).to.contain("4.00 of 5 stars by 1 review, which weigh 0.025 native in fees");
    expect(lines).to.contain("To move that to 4.50 by buying licences costs 0.025 native in fees");
    expect(lines).to.contain(buyer.address);
    const proven = ["review", "show", licence, "--content"];
    expect(await json([...proven, out], other.env)).to.include({ matches: true });
    const changed = fresh();
    await writeFile(changed, (await readFile(out, "utf8")).replace("Does", "Never does"));
    expect(await json([...proven, changed], other.env)).to.include({ matches: false });
    await writeFile(changed, "{}");
    expect(await refusal([...proven, changed], other.env)).to.equal("FILE_INVALID");
    expect(await refusal(["review", "show", model, "--content", out], other.env)).to.equal("USAGE");
  });

  it("edits and erases a review, also after its licence was given away", async () => {
    const licence = await bought();
    await json(["review", "write", licence, "5"], buyer.env);
    await json(["transfer", licence, other.address, "--yes"], buyer.env);
    expect(await refusal(["review", "write", licence, "1"], other.env)).to.equal("Reviews_Exists");
    const edited = await json<Record<string, string>>(["review", "write", licence, "2"], buyer.env);
    expect(edited).to.include({ stars: "2", weight: WEIGHT, edited: true });
    expect(await refusal(["review", "erase", licence], other.env)).to.equal("Reviews_NotAuthor");
    await json(["review", "erase", licence], buyer.env);
    expect(await json<object>(["review", "show", model], other.env)).to.deep.include({ mean: null, reviews: [] });
    const { out } = await runHere(["review", "show", licence], other.env);
    expect(out).to.match(/stars +erased/);
    expect(await refusal(["review", "erase", licence], buyer.env)).to.equal("Reviews_AlreadyErased");
  });

  it("says when a review would weigh nothing, and that a licence has none", async () => {
    const licence = await bought(buyer, "--subscription", "30d", "--cancellable", "--soulbound");
    const { out } = await runHere(["review", "show", licence], buyer.env);
    expect(out).to.contain("has no review");
    const { err } = await runHere(["review", "write", licence, "5"], buyer.env);
    expect(err).to.contain("The review will weigh nothing, for good");
    expect((await runHere(["review", "show", model], buyer.env)).out).to.contain("1 review, and none weighs anything");
  });

  it("refuses stars that there are not, and a text without a file for it", async () => {
    const licence = await bought();
    for (const stars of ["0", "6", "4.5"]) {
      expect(await refusal(["review", "write", licence, stars], buyer.env)).to.equal("VALUE_INVALID");
    }
    expect(await refusal(["review", "write", licence, "4", "--text", "good"], buyer.env)).to.equal("USAGE");
    expect(await refusal(["review", "write", licence, "4", "--out", fresh()], buyer.env)).to.equal("USAGE");
  });

  it("signs a metric, submits it by somebody else, shows who vouches for it, and revokes it", async () => {
    const path = fresh();
    const data = id("a data set");
    const signing = ["metric", "sign", version, "accuracy", path, "--value", "0.9351", "--data-set", data];
    const { uid } = await json<{ uid: string }>([...signing, "--ago", "1m"], other.env);
    expect(await json(["metric", "submit", path], buyer.env)).to.include({ uid, evaluator: other.address });
    expect(await refusal(["metric", "submit", path], buyer.env)).to.equal("Metrics_Exists");
    const shown = await json<{ metrics: Record<string, string>[] }>(["metric", "show", version], seller.env);
    expect(shown.metrics).to.have.length(1);
    expect(shown.metrics[0]).to.include({ uid, value: "9351", decimals: "4", evaluator: other.address, latest: true });
    for (const named of [
      ["show", model],
      ["show", version],
      ["metric", "show", version],
    ]) {
      const { out } = await runHere(named, seller.env);
      expect(out, named.join(" ")).to.match(/accuracy +0\.9351 /);
      expect(out).to.contain(other.address);
      expect(out).to.contain("vouched for until");
    }
    expect(await refusal(["metric", "revoke", uid], other.env)).to.equal("NOT_CONFIRMED");
    expect(await refusal(["metric", "revoke", uid, "--yes"], buyer.env)).to.equal("Metrics_NotEvaluator");
    await json(["metric", "revoke", uid, "--yes"], other.env);
    expect((await runHere(["metric", "show", version], seller.env)).out).to.contain("revoked");
    expect(await refusal(["metric", "revoke", id("nothing"), "--yes"], other.env)).to.equal("METRIC_UNKNOWN");
  });

  it("shows the newest of many metrics, and those of the evaluators that are named", async () => {
    const metrics = Metrics__factory.connect(chain.addresses.Metrics!, await chain.provider.getSigner(9));
    const { timestamp } = (await chain.provider.getBlock("latest"))!;
    for (let ago = 0; ago < 21; ago++) {
      const times = { measuredAt: timestamp - ago, validUntil: timestamp + 1_000 };
      const measured = { ...{ metric: metricName("spam"), value: 1, decimals: 0, method: ZeroHash }, ...times };
      const metric = { evaluator: other.address, versionId: version, dataSet: id("data"), ...measured };
      await (await metrics.submit(metric, "0x")).wait();
    }
    const path = fresh();
    const signing = ["metric", "sign", version, "accuracy", path, "--value", "0.5", "--data-set", id("data")];
    await json([...signing, "--ago", "1h"], buyer.env);
    await json(["metric", "submit", path], buyer.env);
    const shown = (...more: string[]) =>
      json<{ metrics: { evaluator: string; measuredAt: string }[]; more: boolean }>(
        ["metric", "show", version, ...more],
        seller.env,
      );
    const newest = await shown();
    expect(newest.more).to.equal(true);
    expect(newest.metrics).to.have.length(20);
    expect(newest.metrics[0]!.measuredAt).to.equal(String(timestamp));
    expect(newest.metrics.every(({ evaluator }) => evaluator === other.address)).to.equal(true);
    expect((await runHere(["show", version], seller.env)).out).to.contain("and older ones");
    const believed = await shown("--evaluator", buyer.address.toLowerCase());
    expect(believed.more).to.equal(false);
    expect(believed.metrics.map(({ evaluator }) => evaluator)).to.deep.equal([buyer.address]);
    expect(await refusal(["metric", "show", version, "--evaluator", "somebody"], seller.env)).to.equal("VALUE_INVALID");
  });

  it("takes a negative value, and revokes what nobody has submitted", async () => {
    const path = fresh();
    const options = ["--data-set", id("a data set"), "--method", id("a method")];
    await json(["metric", "sign", version, "log likelihood", path, "--value", "-1.50", ...options], other.env);
    const file = JSON.parse(await readFile(path, "utf8")) as { metric: { value: string; decimals: string } };
    expect(file.metric).to.include({ value: "-150", decimals: "2" });
    await json(["metric", "revoke", path, "--yes"], other.env);
    expect(await refusal(["metric", "submit", path], buyer.env)).to.equal("Metrics_Revoked");
  });

  it("refuses values that are none, unknown versions, and a metric for another contract", async () => {
    const data = ["--data-set", id("a data set")];
    for (const value of ["much", "1e5", "0.", "1,5", `0.${"1".repeat(39)}`]) {
      const signing = ["metric", "sign", version, "accuracy", fresh(), "--value", value, ...data];
      expect(await refusal(signing, other.env), value).to.equal("VALUE_INVALID");
    }
    const sign = (...given: string[]) =>
      refusal(["metric", "sign", ...given, fresh(), "--value", "1", ...data], other.env);
    expect(await sign(version, "a".repeat(32))).to.equal("VALUE_INVALID");
    expect(await sign("9.1", "accuracy")).to.equal("ModelRegistry_UnknownVersion");
    const path = fresh();
    await json(["metric", "sign", version, "accuracy", path, "--value", "1", ...data], other.env);
    const file = JSON.parse(await readFile(path, "utf8")) as { metric: { value: string } };
    const changed = fresh();
    await writeFile(changed, JSON.stringify({ ...file, metrics: other.address }));
    expect(await refusal(["metric", "submit", changed], buyer.env)).to.equal("METRIC_OF_ANOTHER");
    await writeFile(changed, JSON.stringify({ ...file, metric: { ...file.metric, value: "2" } }));
    expect(await refusal(["metric", "submit", changed], buyer.env)).to.equal("Metrics_BadSignature");
    await writeFile(changed, JSON.stringify({ ...file, metric: { ...file.metric, value: String(2n ** 127n) } }));
    expect(await refusal(["metric", "submit", changed], buyer.env)).to.equal("FILE_INVALID");
  });
});
