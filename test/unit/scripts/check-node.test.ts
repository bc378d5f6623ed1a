import { expect } from "chai";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { runInNewContext } from "node:vm";

const ROOT = join(__dirname, "../../..");
const read = (path: string): string => readFileSync(join(ROOT, path), "utf8");

/** What scripts/check-node.cjs says to a version of Node, and the code with which it ends the process. */
function check(version: string): { said: string; code?: number } {
  const result: { said: string; code?: number } = { said: "" };
  runInNewContext(read("scripts/check-node.cjs"), {
    process: { versions: { node: version }, exit: (code: number) => (result.code = code) },
    console: { error: (text: string) => (result.said += text) },
  });
  return result;
}

describe("The check of Node's version", () => {
  for (const version of ["20.19.0", "20.20.2", "22.0.0", "24.22.3", "26.99.1"]) {
    it(`lets ${version} pass in silence`, () => {
      expect(check(version)).to.deep.equal({ said: "" });
    });
  }

  for (const version of ["0.12.18", "18.20.8", "20.18.3", "27.0.0", "100.0.0"]) {
    it(`refuses ${version}, and says which to install`, () => {
      expect(check(version)).to.deep.equal({
        said: `Isonomy needs Node 20.19 to 26; this is ${version}. Install one of these and run the command again.`,
        code: 1,
      });
    });
  }

  it("agrees with the packages and the README", () => {
    for (const file of ["package.json", "sdk/package.json"]) {
      const { engines } = JSON.parse(read(file)) as { engines: { node: string } };
      expect(engines.node, file).to.equal(">=20.19.0 <27");
    }
    expect(read("README.md")).to.contain("Node 20.19 to 26");
  });
});
