import { expect } from "chai";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

import { LANGUAGES, wordsOf } from "../../../app/src/i18n";
import { OFFER_STATUS } from "../../../sdk/src/reading";

const SOURCES = join(__dirname, "../../../app/src");
type Catalogue = Record<string, string>;
const catalogueOf = (language: string): Catalogue =>
  JSON.parse(readFileSync(join(SOURCES, "i18n", `${language}.json`), "utf8"));

const english = catalogueOf("en");
const placesIn = (text: string): string[] => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!).sort();

describe("The words of the page", () => {
  for (const language of LANGUAGES) {
    it(`are all there in ${language}, with the same places`, () => {
      const catalogue = catalogueOf(language);
      expect(Object.keys(catalogue)).to.deep.equal(Object.keys(english));
      for (const [key, text] of Object.entries(catalogue)) {
        expect(placesIn(text), key).to.deep.equal(placesIn(english[key]!));
        expect(text.trim(), key).to.equal(text).and.not.equal("");
      }
    });
  }

  it("are used, every one of them, and each that is used is there", () => {
    const text = readdirSync(SOURCES, { recursive: true, encoding: "utf8" })
      .filter((file) => /\.tsx?$/.test(file))
      .map((file) => readFileSync(join(SOURCES, file), "utf8"))
      .join("\n");
    const unused = Object.keys(english).filter((key) => {
      const stem = key.replace(/_(one|other)$/, "");
      // what is put together, such as offer.status.${status}
      const parts = stem.split(".");
      const begun = parts.slice(1).map((_, at) => `\`${parts.slice(0, at + 1).join(".")}.\${`);
      return !text.includes(`"${stem}"`) && !begun.some((start) => text.includes(start));
    });
    expect(unused).to.deep.equal([]);
  });

  it("have a sentence for each status of an offer", () => {
    for (const status of OFFER_STATUS) expect(english, status).to.have.property(`offer.status.${status}`);
  });

  it("write numbers, times and lengths as the language does", () => {
    const [en, de] = [wordsOf("en", english as never), wordsOf("de", catalogueOf("de") as never)];
    expect([en.number(1234.5), de.number(1234.5)]).to.deep.equal(["1,234.5", "1.234,5"]);
    expect([en.duration(86_400), de.duration(86_400)]).to.deep.equal(["1 day", "1 Tag"]);
    expect([en.duration(90), de.duration(5_400)]).to.deep.equal(["1.5 minutes", "1,5 Stunden"]);
    expect([en.bytes(1_100_000), de.bytes(512)]).to.deep.equal(["1.1 MB", "512 Byte"]);
    expect([en.count("model.sold", 1), de.count("offer.left", 1_000)]).to.deep.equal(["1 sold", "noch 1.000"]);
    expect(en.moment(0n)).to.include("1970");
  });
});
