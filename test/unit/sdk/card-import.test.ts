import { expect } from "chai";

import { cardFromHuggingFace, checkCard, emptyCard, parseCard } from "../../../sdk/src/card";
import { caught } from "../../support/caught";

const README = `---
license: apache-2.0
language: [en, pt-BR, code]
tags: [Text Generation, llama]
pipeline_tag: text-generation
library_name: transformers
base_model: HuggingFaceTB/SmolLM2-135M
base_model_relation: finetune
thumbnail: https://example.org/picture.png
model-index:
- name: Reviews
  results:
  - task: { type: text-classification, name: Text classification }
    dataset: { name: imdb, type: imdb, split: test, revision: 1.0 }
    metrics:
    - { type: accuracy, value: 0.91, name: Accuracy }
    - { type: f1, value: "0.88" }
    source: { url: https://example.org/evaluation }
---
<!-- made from a template -->
# Reviews 135M
![a badge](https://example.org/badge.svg)

A **small** model
that reads [reviews](https://example.org) in one language.

- **Developed by:** Ada Lovelace

## Uses

### Direct Use
- Reading reviews
* Teaching

### Out-of-Scope Use
Decisions about people.

## Bias, Risks, and Limitations
[More Information Needed]

English alone,
and short texts.

| figure | value |
| --- | --- |
| accuracy | 0.91 |

\`\`\`python
# Limits
never_read_as_text()
\`\`\`
`;

const problemsIn = (draft: unknown): string[] => checkCard(draft).map(({ path }) => path);

describe("Card from a Hugging Face model card", () => {
  it("takes what the README says", () => {
    expect(cardFromHuggingFace(README)).to.deep.equal({
      ...{ format: "isonomy/card/1", kind: "model", name: "Reviews", version: "" },
      description: "A small model that reads reviews in one language.",
      capabilities: ["Text generation"],
      metrics: [
        {
          ...{ name: "Accuracy", value: 0.91, unit: "", dataset: "imdb, test, 1" },
          ...{ method: "Text classification, as its makers report it", source: "https://example.org/evaluation" },
        },
        {
          ...{ name: "f1", value: 0.88, unit: "", dataset: "imdb, test, 1" },
          ...{ method: "Text classification, as its makers report it", source: "https://example.org/evaluation" },
        },
      ],
      intendedUses: ["Reading reviews", "Teaching"],
      limits: ["Decisions about people.", "English alone, and short texts."],
      license: { spdx: "Apache-2.0" },
      image: "https://example.org/picture.png",
      authors: [{ name: "Ada Lovelace" }],
      tags: ["text-generation", "llama", "transformers", "code"],
      languages: ["en", "pt-BR"],
      baseModels: [
        {
          ...{ name: "HuggingFaceTB/SmolLM2-135M", relation: "finetune" },
          source: "https://huggingface.co/HuggingFaceTB/SmolLM2-135M",
        },
      ],
    });
  });

  it("leaves empty what the README does not say, so that the check names it", () => {
    expect(problemsIn(cardFromHuggingFace(README))).to.deep.equal(["/version", "/metrics/0/unit", "/metrics/1/unit"]);
    const fields = [
      ...["/name", "/description", "/version", "/capabilities/0", "/metrics/0/name", "/metrics/0/value"],
      ...[
        "/metrics/0/unit",
        "/metrics/0/dataset",
        "/metrics/0/method",
        "/intendedUses/0",
        "/limits/0",
        "/license/spdx",
      ],
    ];
    expect(problemsIn(cardFromHuggingFace(""))).to.have.members(fields);
    expect(problemsIn(emptyCard())).to.have.members(fields);
    expect(problemsIn(emptyCard("dataset"))).to.have.members(fields.filter((field) => !field.startsWith("/metrics")));
  });

  it("is a card once the rest is written", () => {
    const draft = cardFromHuggingFace(README);
    draft.version = "1.0.0";
    for (const metric of draft.metrics as { unit: string }[]) metric.unit = "fraction";
    expect(parseCard(draft).name).to.equal("Reviews");
  });

  const yaml = (lines: string, text = ""): Record<string, unknown> =>
    cardFromHuggingFace(`---\n${lines}\n---\n${text}`);

  it("names a licence by its identifier, and asks for the text of one that has none", () => {
    const licences: [string, unknown][] = [
      ["license: mit", { spdx: "MIT" }],
      ["license: bsd-3-clause", { spdx: "BSD-3-Clause" }],
      ["license: cc-by-nc-sa-4.0", { spdx: "CC-BY-NC-SA-4.0" }],
      ["license: [mit, apache-2.0]", { spdx: "MIT AND Apache-2.0" }],
      ["license: openrail++", { name: "openrail++", text: "" }],
      ["license: other\nlicense_name: house", { name: "house", text: "" }],
      ["license: other", { spdx: "" }],
      [`license: ${"a-".repeat(500)}a`, { name: `${"a-".repeat(500)}a`, text: "" }],
    ];
    for (const [line, license] of licences) expect(yaml(line).license, line).to.deep.equal(license);
    expect(problemsIn(yaml("license: openrail++"))).to.include("/license/text");
  });

  it("takes single values and lists, numbers and texts, and nothing of another kind", () => {
    expect(yaml("language: de").languages).to.deep.equal(["de"]);
    expect(yaml("base_model: [a/b, c]").baseModels).to.deep.equal([
      { name: "a/b", source: "https://huggingface.co/a/b" },
      { name: "c" },
    ]);
    expect(yaml("tags: [1, two, { three: 3 }, null]").tags).to.deep.equal(["1", "two"]);
    expect(yaml("thumbnail: picture.png")).not.to.have.property("image");
    expect(yaml("model-index: nothing\ntags: {}\nlanguage: 7")).to.have.deep.property("metrics", emptyCard().metrics);
    expect(yaml("- a\n- list", "# Name\r\n\r\nText.").name).to.equal("Name");
  });

  it("reads a file as Windows writes it", () => {
    const { name, license } = cardFromHuggingFace(`\uFEFF${README.replaceAll("\n", "\r\n")}`);
    expect({ name, license }).to.deep.equal({ name: "Reviews", license: { spdx: "Apache-2.0" } });
  });

  it("refuses YAML that is broken, or that means far more than it says", async () => {
    const bombs = ["a: &a [x, x]", "b: &b [*a, *a]", "c: [*b, *b]"].join("\n");
    for (const lines of ["license: [mit", "a: b: c", bombs]) {
      const error = await caught(async () => yaml(lines));
      expect(error.code, lines).to.equal("CARD_YAML_INVALID");
    }
  });

  it("is done at once with a text that was made to take long", () => {
    const started = Date.now();
    for (const part of ["<", "[", "![", "**", "# ", "developed by:", "- ", "<!--", "```\n", "---\n"]) {
      cardFromHuggingFace(part.repeat(100_000));
    }
    expect(Date.now() - started).to.be.lessThan(20_000);
  });
});
