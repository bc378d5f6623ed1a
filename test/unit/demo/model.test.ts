import { expect } from "chai";
import { createTar, parseTar } from "nanotar";
import { createHash } from "node:crypto";

import { loadModelFrom, originalAnalyser, packModel } from "../../../scripts/demo/model";

const TEXT =
  "I love this little protocol! The documentation is terrible and slow. Anna bought a licence in Berlin on Tuesday.";

describe("Packed model", () => {
  let file: Uint8Array;

  before(async () => {
    file = await packModel();
  });

  describe("packModel", () => {
    it("gives the same bytes whenever and wherever it runs", async () => {
      const digest = createHash("sha256").update(file).digest("hex");
      // The digest of release 1.8.1. If the release changes, so does this line, and nothing else may change it.
      expect(digest).to.equal("cf265d74d08a5209b1242ad3acc0f8e8abe954b080a1c2fdd9708b39f76e8a9e");
      expect(file.length).to.equal(3_850_240);
    });

    it("holds the model's data, its code and its licence, in order, and no more", () => {
      const names = parseTar(file).map(({ name }) => name);
      expect(names).to.deep.equal([...names].sort());
      expect(names).to.include.members(["LICENSE", "package.json", "dist/model.js"]);
      expect(names.filter((name) => name.endsWith("-model.json"))).to.have.length(7);
      expect(names.filter((name) => name.includes("node_modules") || name.startsWith("/"))).to.deep.equal([]);
    });
  });

  describe("loadModelFrom", () => {
    it("reads exactly as the original does", () => {
      const packed = loadModelFrom(file)(TEXT);
      expect(JSON.stringify(packed)).to.equal(JSON.stringify(originalAnalyser()(TEXT)));
      expect(packed.map(({ sentiment }) => Math.sign(sentiment))).to.deep.equal([1, -1, 0]);
      expect(packed[2]!.tokens.slice(0, 2)).to.deep.equal([
        { text: "Anna", pos: "PROPN" },
        { text: "bought", pos: "VERB" },
      ]);
    });

    it("refuses a file that is no packed model", () => {
      expect(() => loadModelFrom(createTar([{ name: "readme", data: "hello" }]))).to.throw(/no packed model/);
    });

    it("names the part that is missing", () => {
      const parts = parseTar(file).filter(({ name }) => name !== "dist/constants.js");
      const incomplete = createTar(parts.map(({ name, data }) => ({ name, data: data! })));
      expect(() => loadModelFrom(incomplete)).to.throw(/"dist\/constants.js", which is not in the file/);
    });

    it("gives the model's code no way to load what is not in the file", () => {
      const spy = createTar([
        { name: "package.json", data: '{"main":"a.js"}' },
        { name: "a.js", data: "require('node:fs')" },
      ]);
      expect(() => loadModelFrom(spy)).to.throw(/not in the file/);
      const reaching = createTar([
        { name: "package.json", data: '{"main":"a.js"}' },
        { name: "a.js", data: "process.exit()" },
      ]);
      expect(() => loadModelFrom(reaching)).to.throw(/process is not defined/);
    });
  });
});
