import { expect } from "chai";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { winkCard } from "../../../scripts/demo/card";
import { metadataHash } from "../../../sdk/src/card";
import { quoted } from "../../../sdk/src/cli/quoted";
import { json, refusal, runHere } from "../../support/cli";

describe("isonomy card", () => {
  let folder: string;
  let path: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "isonomy card "));
    path = join(folder, "card.json");
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));
  const saved = async (): Promise<Record<string, unknown>> => JSON.parse(await readFile(path, "utf8")) as never;

  it("begins a card, says what is still to write, and checks the whole", async () => {
    const begun = await runHere(["card", path, "--init"]);
    expect(begun.code).to.equal(0);
    expect(begun.out).to.include("Still to write:").and.to.include("/metrics/0/value must be a number");
    expect(begun.out).to.include(`Then: isonomy card '${path}' --check`);
    expect(await refusal(["card", path], {})).to.equal("CARD_INVALID");

    const fields = Object.entries(winkCard).map(([field, value]) => `${field}=${JSON.stringify(value)}`);
    const set = await json(["card", path, ...fields.flatMap((field) => ["--set", field])], {});
    expect(set.problems).to.deep.equal([]);
    expect(await saved()).to.deep.equal(winkCard);
    const { metadataHash: hash, name } = await json(["card", path, "--check"], {});
    expect({ hash, name }).to.deep.equal({ hash: metadataHash(winkCard), name: winkCard.name });
  });

  it("names all that is wrong, not the first alone", async () => {
    await writeFile(path, JSON.stringify({ ...winkCard, name: "", licence: "MIT" }));
    const { code, err } = await runHere(["card", path]);
    expect(code).to.equal(1);
    expect(err).to.include("/name is empty.").and.to.include("/licence is not a field of a card.");
  });

  it("begins one from a README of Hugging Face", async () => {
    const readme = join(folder, "README.md");
    await writeFile(readme, "---\nlicense: mit\n---\n# A model\n\nIt reads.\n");
    const { problems } = await json<{ problems: { path: string }[] }>(["card", path, "--from", readme], {});
    expect(problems.map((problem) => problem.path))
      .to.include("/version")
      .and.not.to.include("/name");
    expect((await saved()).license).to.deep.equal({ spdx: "MIT" });
    expect(await refusal(["card", path, "--from", readme], {})).to.equal("FILE_EXISTS");
    await writeFile(readme, "---\nlicense: [mit\n---\n");
    expect(await refusal(["card", `${path}2`, "--from", readme], {})).to.equal("CARD_YAML_INVALID");
    expect(await refusal(["card", `${path}2`, "--from", join(folder, "none")], {})).to.equal("FILE_UNREADABLE");
  });

  it("changes one field at any depth, and nothing else", async () => {
    await writeFile(path, JSON.stringify(winkCard));
    const set = (assignment: string) => json(["card", path, "--set", assignment], {});
    await set("version=2.0.0");
    await set("metrics/0/unit=fraction");
    await set("/limits/3=Never for = decisions");
    await set('tags=["nlp","english"]');
    await set("interface.endpoint=https://example.org/infer");
    const { metrics, limits } = winkCard;
    expect(await saved()).to.deep.equal({
      ...winkCard,
      version: "2.0.0",
      metrics: [{ ...metrics[0], unit: "fraction" }, ...metrics.slice(1)],
      limits: [...limits, "Never for = decisions"],
      tags: ["nlp", "english"],
      interface: { endpoint: "https://example.org/infer" },
    });
  });

  it("refuses a change that names no field, and leaves the file as it was", async () => {
    await writeFile(path, JSON.stringify(winkCard));
    for (const assignment of [
      ...["version", "=1", "/=1", "a//b=1", "name/first=x", "limits/9=x", "limits/-1=x", "metrics/x/unit=y"],
      ...["limits/length=0", "__proto__/polluted/deep/../x=1"],
    ]) {
      expect(await refusal(["card", path, "--set", assignment], {}), assignment).to.equal("VALUE_INVALID");
    }
    expect(await saved()).to.deep.equal(winkCard);
    await json(["card", path, "--set", "__proto__/polluted=1"], {});
    expect({}).not.to.have.property("polluted");
  });

  it("refuses a kind that there is not, and a file that holds no card", async () => {
    expect(await refusal(["card", path, "--init", "--kind", "robot"], {})).to.equal("VALUE_INVALID");
    for (const [text, code] of [
      ["", "CARD_NOT_JSON"],
      ["[]", "CARD_INVALID"],
      ["null", "CARD_INVALID"],
    ] as const) {
      await writeFile(path, text);
      expect(await refusal(["card", path], {})).to.equal(code);
    }
    // bytes that are no text must not come back as other text
    await writeFile(path, Buffer.from([...Buffer.from('{"name":"'), 0xff, ...Buffer.from('"}')]));
    expect(await refusal(["card", path, "--set", "version=1"], {})).to.equal("CARD_NOT_JSON");
    expect(await refusal(["card", join(folder, "none.json")], {})).to.equal("FILE_UNREADABLE");
  });
});

describe("A path in a hint", () => {
  it("can be pasted, whatever it holds", () => {
    expect(quoted("a/b-c_1.json", "linux")).to.equal("a/b-c_1.json");
    expect(quoted("my model.bin", "linux")).to.equal("'my model.bin'");
    expect(quoted("it's $HOME `x` 🧠", "linux")).to.equal("'it'\\''s $HOME `x` 🧠'");
    expect(quoted("C:\\my model.bin", "win32")).to.equal('"C:\\my model.bin"');
    expect(quoted("", "linux")).to.equal("''");
  });
});
