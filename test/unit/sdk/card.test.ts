import { expect } from "chai";
import { createHash } from "node:crypto";

import {
  CARD_FORMAT,
  MAX_CARD_BYTES,
  cardBytes,
  cardFromBytes,
  checkCard,
  metadataHash,
  parseCard,
  verifiedCard,
  type ModelCard,
} from "../../../sdk/src/card";
import { caught } from "../../support/caught";

const good: ModelCard = {
  format: CARD_FORMAT,
  kind: "model",
  name: "Small English model",
  description: "Finds sentences, parts of speech and sentiment.",
  version: "1.8.1",
  capabilities: ["sentiment", "parts of speech"],
  metrics: [
    { name: "accuracy", value: 0.95, unit: "fraction", dataset: "A part of the WSJ corpus", method: "Token accuracy" },
  ],
  intendedUses: ["Reading customer reviews"],
  limits: ["English only"],
  license: { spdx: "MIT" },
};

const endpoint = { protocol: "http", endpoint: "http://127.0.0.1:4000/infer", input: {}, output: {} } as const;

/** A copy of the good card with some fields replaced; `undefined` removes a field. */
function cardWith(changes: Record<string, unknown>): unknown {
  return JSON.parse(JSON.stringify({ ...good, ...changes }));
}

describe("Model card", () => {
  describe("checkCard", () => {
    context("when the card follows the schema", () => {
      const variants: [string, unknown][] = [
        ["a model", good],
        ["a data set without metrics", cardWith({ kind: "dataset", metrics: [] })],
        ["other content", cardWith({ kind: "content", metrics: [] })],
        ["a compound SPDX expression", cardWith({ license: { spdx: "(MIT OR Apache-2.0) AND CC-BY-4.0" } })],
        ["a licence given as text", cardWith({ license: { name: "House licence", text: "You may run it." } })],
        ["an interface", cardWith({ interface: endpoint })],
        [
          "a metric with a source",
          cardWith({ metrics: [{ ...good.metrics[0], source: "https://example.org/report" }] }),
        ],
        ["a picture by https", cardWith({ image: "https://example.org/picture.png" })],
        [
          "a picture by ipfs",
          cardWith({ image: "ipfs://bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy" }),
        ],
        ["authors", cardWith({ authors: [{ name: "Ada" }, { name: "Bob", url: "https://example.org/bob" }] })],
        ["tags", cardWith({ tags: ["text-generation", "llama3"] })],
        ["languages", cardWith({ languages: ["en", "pt-BR", "zh-Hans-CN", "gsw"] })],
        [
          "base models",
          cardWith({
            baseModels: [{ name: "a/b", relation: "finetune", source: "https://example.org/a/b" }, { name: "c" }],
          }),
        ],
        ["text of every script", cardWith({ name: "模型 🧠 Ψ" })],
      ];
      for (const [what, card] of variants) {
        it(`accepts ${what}`, () => {
          expect(checkCard(card)).to.deep.equal([]);
        });
      }
    });

    context("when one field is wrong", () => {
      const metric = good.metrics[0]!;
      const cases: [string, unknown, string, RegExp][] = [
        ["null", null, "", /must be an object, not null/],
        ["a list", [], "", /must be an object, not an array/],
        ["text", "card", "", /must be an object, not a string/],
        ["no format", cardWith({ format: undefined }), "/format", /is missing/],
        ["another format", cardWith({ format: "isonomy/card/9" }), "/format", /must be "isonomy\/card\/1"/],
        ["no kind", cardWith({ kind: undefined }), "/kind", /is missing/],
        ["an unknown kind", cardWith({ kind: "robot" }), "/kind", /one of "model", "dataset", "content"/],
        ["no name", cardWith({ name: undefined }), "/name", /is missing/],
        ["an empty name", cardWith({ name: "" }), "/name", /is empty/],
        ["a blank name", cardWith({ name: "  \n" }), "/name", /white space/],
        ["a number as name", cardWith({ name: 7 }), "/name", /must be a string, not a number/],
        ["a name too long", cardWith({ name: "x".repeat(121) }), "/name", /longer than 120/],
        ["half a character", { ...good, name: "\uD83E" }, "/name", /half of a character/],
        ["no description", cardWith({ description: undefined }), "/description", /is missing/],
        ["a description too long", cardWith({ description: "x".repeat(10_001) }), "/description", /longer than 10000/],
        ["no version", cardWith({ version: undefined }), "/version", /is missing/],
        ["a version with spaces", cardWith({ version: "version one" }), "/version", /letters, digits/],
        ["a number as version", cardWith({ version: 1.8 }), "/version", /must be a string/],
        ["a picture on this computer", cardWith({ image: "file:///home/me/a.png" }), "/image", /https:\/\/ or ipfs:/],
        [
          "a picture inside the card",
          cardWith({ image: "data:image/png;base64,AA==" }),
          "/image",
          /https:\/\/ or ipfs:/,
        ],
        ["no author in a list of authors", cardWith({ authors: [] }), "/authors", /at least 1/],
        ["an author without a name", cardWith({ authors: [{}] }), "/authors/0/name", /is missing/],
        [
          "an author's page that is none",
          cardWith({ authors: [{ name: "A", url: "ftp://example.org" }] }),
          "/authors/0/url",
          /http:\/\/ or https/,
        ],
        ["a tag with a space", cardWith({ tags: ["fine", "not fine"] }), "/tags/1", /single hyphens/],
        ["the same tag twice", cardWith({ tags: ["a", "a"] }), "/tags", /the same/],
        ["a language in words", cardWith({ languages: ["English"] }), "/languages/0", /BCP 47/],
        ["a base model without a name", cardWith({ baseModels: [{}] }), "/baseModels/0/name", /is missing/],
        [
          "a base model made in an unknown way",
          cardWith({ baseModels: [{ name: "a", relation: "stolen" }] }),
          "/baseModels/0/relation",
          /one of "finetune"/,
        ],
        [
          "a base model on this computer",
          cardWith({ baseModels: [{ name: "a", source: "file:///a" }] }),
          "/baseModels/0/source",
          /https:\/\/ or ipfs/,
        ],
        [
          "a blob that is no content identifier",
          cardWith({ file: { blob: "QmX", name: "a" } }),
          "/file/blob",
          /base 32/,
        ],
        [
          "a file name with a folder",
          cardWith({ file: { blob: `b${"a".repeat(58)}`, name: "a/b" } }),
          "/file/name",
          /slash/,
        ],
        [
          "a media type that is none",
          cardWith({ file: { blob: `b${"a".repeat(58)}`, name: "a", mediaType: "binary" } }),
          "/file/mediaType",
          /media type/,
        ],
        ["no capabilities", cardWith({ capabilities: undefined }), "/capabilities", /is missing/],
        ["an empty list of capabilities", cardWith({ capabilities: [] }), "/capabilities", /at least 1/],
        ["a capability that is not text", cardWith({ capabilities: [true] }), "/capabilities/0", /not a boolean/],
        ["the same capability twice", cardWith({ capabilities: ["a", "a"] }), "/capabilities", /0 and 1 .* the same/],
        [
          "too many capabilities",
          cardWith({ capabilities: Array.from({ length: 101 }, (_, i) => `c${i}`) }),
          "/capabilities",
          /more than 100/,
        ],
        ["no metrics", cardWith({ metrics: undefined }), "/metrics", /is missing/],
        ["a model without a figure", cardWith({ metrics: [] }), "/metrics", /at least 1/],
        [
          "a metric without data set",
          cardWith({ metrics: [{ ...metric, dataset: undefined }] }),
          "/metrics/0/dataset",
          /is missing/,
        ],
        [
          "a metric without method",
          cardWith({ metrics: [{ ...metric, method: undefined }] }),
          "/metrics/0/method",
          /is missing/,
        ],
        [
          "a metric whose value is text",
          cardWith({ metrics: [{ ...metric, value: "95 %" }] }),
          "/metrics/0/value",
          /must be a number/,
        ],
        [
          "a metric without a finite value",
          { ...good, metrics: [{ ...metric, value: NaN }] },
          "/metrics/0/value",
          /must be a number/,
        ],
        ["a metric with an unknown field", cardWith({ metrics: [{ ...metric, p: 1 }] }), "/metrics/0/p", /not a field/],
        [
          "a source that is no address",
          cardWith({ metrics: [{ ...metric, source: "readme" }] }),
          "/metrics/0/source",
          /absolute address/,
        ],
        ["no intended uses", cardWith({ intendedUses: [] }), "/intendedUses", /at least 1/],
        ["no limits", cardWith({ limits: undefined }), "/limits", /is missing/],
        ["limits as one text", cardWith({ limits: "none" }), "/limits", /must be an array, not a string/],
        ["no licence", cardWith({ license: undefined }), "/license", /is missing/],
        ["an empty licence", cardWith({ license: {} }), "/license", /spdx alone, or name and text/],
        ["a licence name without text", cardWith({ license: { name: "Mine" } }), "/license", /spdx alone/],
        [
          "a licence given twice",
          cardWith({ license: { spdx: "MIT", name: "M", text: "T" } }),
          "/license",
          /spdx alone/,
        ],
        ["a licence not on the SPDX list", cardWith({ license: { spdx: "MITT" } }), "/license/spdx", /SPDX list/],
        [
          "an interface without endpoint",
          cardWith({ interface: { ...endpoint, endpoint: undefined } }),
          "/interface/endpoint",
          /is missing/,
        ],
        [
          "an endpoint that is a file",
          cardWith({ interface: { ...endpoint, endpoint: "file:///etc" } }),
          "/interface/endpoint",
          /http/,
        ],
        [
          "an interface by another protocol",
          cardWith({ interface: { ...endpoint, protocol: "ftp" } }),
          "/interface/protocol",
          /must be "http"/,
        ],
        ["a misspelt field", cardWith({ licence: "MIT" }), "/licence", /not a field of a card/],
        ["a field whose name needs escaping", cardWith({ "a/b~c": 1 }), "/a~1b~0c", /not a field of a card/],
      ];
      for (const [what, card, path, message] of cases) {
        it(`names the field of ${what}`, () => {
          const problems = checkCard(card);
          expect(problems.map((problem) => problem.path)).to.deep.equal([path]);
          expect(problems[0]!.message).to.match(message);
          expect(problems[0]!.fix).to.match(/\w.*\.$/);
        });
      }
    });

    it("reports every wrong field at once", () => {
      const problems = checkCard(cardWith({ name: "", limits: [], extra: 1, metrics: [{ name: "x" }] }));
      expect(problems.map((problem) => problem.path)).to.have.members([
        "/name",
        "/limits",
        "/extra",
        "/metrics/0/value",
        "/metrics/0/unit",
        "/metrics/0/dataset",
        "/metrics/0/method",
      ]);
    });
  });

  describe("parseCard", () => {
    it("throws an error that names the field, the reason and the fix", async () => {
      const error = await caught(() => parseCard(cardWith({ kind: "robot", limits: [] })), "CARD_INVALID");
      expect(error.message).to.match(/\/kind must be one of .* \(and 1 more\)$/);
      expect(error.reason).to.match(/schema/);
      expect(error.fix).to.match(/Choose one of/);
      expect(error.args.problems).to.have.length(2);
    });
  });

  describe("cardBytes", () => {
    it("does not depend on the order of keys or on spacing", () => {
      const reversed = Object.fromEntries(Object.entries(good).reverse()) as unknown as ModelCard;
      expect(cardBytes(reversed)).to.deep.equal(cardBytes(good));
      expect(cardBytes(cardFromBytes(Buffer.from(JSON.stringify(good, null, 4))))).to.deep.equal(cardBytes(good));
    });

    it("sorts keys and writes numbers as RFC 8785 says", () => {
      const card = cardWith({
        metrics: [{ ...good.metrics[0], value: 1e21 }],
        interface: { ...endpoint, input: { "\u20ac": 1, "\r": 2, "1": 3, "\u{1F600}": 4, "\ufb33": 5, ö: 4.5e-7 } },
      }) as ModelCard;
      const text = new TextDecoder().decode(cardBytes(card));
      expect(text).to.include('{"\\r":2,"1":3,"ö":4.5e-7,"€":1,"😀":4,"\ufb33":5}');
      expect(text).to.include('"value":1e+21}');
      expect(text.startsWith('{"capabilities":["sentiment","parts of speech"],"description":')).to.equal(true);
    });

    it("refuses a malformed card", async () => {
      await caught(() => cardBytes(cardWith({ name: "" }) as ModelCard), "CARD_INVALID");
    });

    it("refuses a card that does not fit one block", async () => {
      const huge = cardWith({
        capabilities: Array.from({ length: 100 }, (_, i) => `${i}`.padEnd(2_000, "x")),
        limits: Array.from({ length: 100 }, (_, i) => `${i}`.padEnd(2_000, "y")),
      }) as ModelCard;
      const error = await caught(() => cardBytes(huge), "CARD_TOO_LARGE");
      expect(error.args.limit).to.equal(MAX_CARD_BYTES);
    });
  });

  describe("metadataHash", () => {
    it("is the SHA-256 of the canonical bytes", () => {
      const expected = `0x${createHash("sha256").update(cardBytes(good)).digest("hex")}`;
      expect(metadataHash(good)).to.equal(expected);
    });

    it("changes with any word of the card", () => {
      expect(metadataHash(cardWith({ limits: ["English only."] }) as ModelCard)).not.to.equal(metadataHash(good));
    });
  });

  describe("cardFromBytes", () => {
    it("refuses bytes that are not JSON", async () => {
      await caught(() => cardFromBytes(Buffer.from('{"format":')), "CARD_NOT_JSON");
    });

    it("refuses bytes that are not UTF-8", async () => {
      await caught(() => cardFromBytes(Uint8Array.of(0x22, 0xff, 0x22)), "CARD_NOT_JSON");
    });

    it("refuses more bytes than a card may have, before reading them", async () => {
      await caught(() => cardFromBytes(new Uint8Array(MAX_CARD_BYTES + 1)), "CARD_TOO_LARGE");
    });
  });

  describe("verifiedCard", () => {
    it("returns the card whose hash the registry keeps", () => {
      expect(verifiedCard(cardBytes(good), metadataHash(good))).to.deep.equal(good);
    });

    it("refuses a card that was changed", async () => {
      const changed = cardBytes(cardWith({ version: "1.8.2" }) as ModelCard);
      const error = await caught(() => verifiedCard(changed, metadataHash(good)), "CARD_HASH_MISMATCH");
      expect(error.args.expected).to.equal(metadataHash(good));
    });
  });
});
