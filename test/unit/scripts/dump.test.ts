import { expect } from "chai";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

// eslint-disable-next-line @typescript-eslint/no-require-imports
const { hashOf, refusalOf, whyNot } = require("../../../scripts/tests/dump.cjs") as {
  hashOf: (path: string) => string | undefined;
  refusalOf: (args: readonly string[], why?: () => string | undefined) => string | undefined;
  whyNot: (book: string, allocs: string) => string | undefined;
};

describe("The dump of the deployment for the campaigns", () => {
  let folder: string;
  let book: string;
  let allocs: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "isonomy-dump-"));
    [book, allocs] = [join(folder, "book.json"), join(folder, "allocs.json")];
    writeFileSync(allocs, "{}");
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  const write = (madeOf: Record<string, string | undefined>) => writeFileSync(book, JSON.stringify({ madeOf }));

  it("can be used while every file that it is made of has its hash", () => {
    write({ "package.json": hashOf("package.json"), "deploy/protocol.ts": hashOf("deploy/protocol.ts") });
    expect(whyNot(book, allocs)).to.equal(undefined);
  });

  it("cannot be used when one of the files is another, or is gone", () => {
    write({ "package.json": hashOf("package.json"), "deploy/protocol.ts": hashOf("package.json") });
    expect(whyNot(book, allocs)).to.match(/before deploy\/protocol\.ts changed/);
    write({ "deploy/gone.ts": hashOf("package.json") });
    expect(whyNot(book, allocs)).to.match(/before deploy\/gone\.ts changed/);
  });

  it("cannot be used without its book or its accounts", () => {
    expect(whyNot(book, allocs)).to.match(/was not dumped yet/);
    write({});
    rmSync(allocs);
    expect(whyNot(book, allocs)).to.match(/was not dumped yet/);
  });

  it("is asked for before tests of forge, with the command that makes it, and not before a build", () => {
    const missing = () => "There is none.";
    expect(refusalOf(["test", "-vv"], missing)).to.equal("There is none. Run: npm run dump");
    expect(refusalOf(["build"], missing)).to.equal(undefined);
    expect(refusalOf(["test"], () => undefined)).to.equal(undefined);
  });
});
