import { expect } from "chai";
import { ESLint } from "eslint";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const ROOT = join(__dirname, "../../..");
const ROOMS = JSON.parse(readFileSync(join(ROOT, "sdk/build/rooms.json"), "utf8")) as string[];

describe("The folders of the package", () => {
  const eslint = new ESLint({ cwd: ROOT });
  /** What the linter says of the imports of a file that has only this line. */
  async function saidOf(file: string, line: string): Promise<string[]> {
    const [result] = await eslint.lintText(`${line}\n`, { filePath: join(ROOT, "sdk/src", file) });
    const rules = ["no-restricted-imports", "no-restricted-syntax"];
    return result!.messages.filter(({ ruleId }) => rules.includes(ruleId!)).map(({ message }) => message);
  }

  it("are all in the list, and the list has no others", () => {
    const folders = readdirSync(join(ROOT, "sdk/src"), { withFileTypes: true }).filter((one) => one.isDirectory());
    expect(folders.map(({ name }) => name).sort()).to.deep.equal([...ROOMS].sort());
  });

  it("are in the same order in the page of the architecture", () => {
    const page = readFileSync(join(ROOT, "docs/architecture.md"), "utf8");
    const [table] = /\| folder of `sdk\/src\/` [\s\S]*?\n\n/.exec(page)!;
    expect([...table.matchAll(/^\| `(\w+)`/gm)].map(([, name]) => name)).to.deep.equal(ROOMS);
  });

  it("import those before them", async function () {
    this.timeout(60_000);
    expect(await saidOf("market/any.ts", 'import { Chain } from "../chain/chain";')).to.deep.equal([]);
    expect(await saidOf("market/any.ts", 'export * from "../store";')).to.deep.equal([]);
    expect(await saidOf("market/any.ts", 'export { explained } from "../errors/explain";')).to.deep.equal([]);
    expect(await saidOf("market/any.ts", 'export * from "../../../typechain-types/common";')).to.deep.equal([]);
    expect(await saidOf("market/any.ts", 'export * from "./offer";')).to.deep.equal([]);
    expect(await saidOf("domains/court/any.ts", 'export * from "../roles";')).to.deep.equal([]);
    expect(await saidOf("domains/court/any.ts", 'export * from "../../base/error";')).to.deep.equal([]);
    expect(await saidOf("cli/commands/any.ts", 'export * from "../errors";')).to.deep.equal([]);
  });

  for (const [what, file, line] of [
    ["one after them", "chain/any.ts", 'import { isFree } from "../market/offer";'],
    ["its types", "chain/any.ts", 'import type { Offer } from "../market/offer";'],
    ["a type of it by its path", "chain/any.ts", 'export type Any = import("../market/offer").Offer;'],
    ["one that is loaded later", "chain/any.ts", 'export const load = () => import("../market/offer");'],
    ["what they pass on", "chain/any.ts", 'export * from "../market/offer";'],
    ["its list of exports", "chain/any.ts", 'export * from "../market";'],
    ["one after them, from a folder inside", "domains/court/any.ts", 'export * from "../../errors/explain";'],
    ["the files beside the folders", "seller/any.ts", 'export * from "../errors";'],
    ["a folder that is not in the list", "cli/any.ts", 'export * from "../garden/client";'],
    ["what is outside of the package", "cli/any.ts", 'export * from "../../../deploy/protocol";'],
  ] as const) {
    it(`do not import ${what}`, async function () {
      this.timeout(60_000);
      const [message, ...others] = await saidOf(file, line);
      expect(message).to.match(/sdk\/src\/\w+\/ may import only .*: see sdk\/build\/rooms\.json\./);
      expect(others).to.deep.equal([]);
    });
  }
});
