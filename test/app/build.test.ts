import { expect } from "chai";
import { mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { winkCard } from "../../scripts/demo/card";
import { runScript, separateNode, type SeparateNode } from "../support/separate-node";
import { openStage } from "./support/stage";

/** Kilobytes, gzipped. */
const [ENTRY_KB, ROUTE_KB] = [200, 60];

describe("The page, built for a deployment", function () {
  this.timeout(240_000);
  let chain: SeparateNode;
  let folder: string;
  before(async () => {
    chain = await separateNode();
    folder = await mkdtemp(join(tmpdir(), "isonomy-app-"));
  });
  after(async () => {
    await chain.close();
    await rm(folder, { recursive: true, force: true });
  });

  const build = (out: string, ...more: string[]) =>
    runScript("app.ts", {}, [
      ...["--network", "localhost", "--deployment", join(chain.folder, "deployment.json"), "--out", join(folder, out)],
      ...more,
    ]);
  const STORE = ["--store", "https://gateway.example"];

  const filesIn = async (out: string): Promise<Map<string, Buffer>> => {
    const names = await readdir(join(folder, out), { recursive: true, withFileTypes: true });
    const files = names.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
    return new Map(
      await Promise.all(
        files.map(async (file): Promise<[string, Buffer]> => [
          file.slice(join(folder, out).length),
          await readFile(file),
        ]),
      ),
    );
  };

  it("has the same bytes and the same identifier each time, and names what it was built for", async () => {
    const [first, second] = [await build("first", ...STORE), await build("second", ...STORE)];
    expect([first.status, second.status], first.output + second.output).to.deep.equal([0, 0]);
    const cid = /bafybei\w+/.exec(first.output)?.[0];
    expect(cid).to.be.a("string");
    expect(second.output).to.include(cid);

    const [one, other] = [await filesIn("first"), await filesIn("second")];
    expect([...one.keys()].sort()).to.deep.equal([...other.keys()].sort());
    for (const [name, bytes] of one) expect(other.get(name)!.equals(bytes), name).to.equal(true);

    const descriptor = JSON.parse(one.get("/descriptors/calldata-IsonomyMarket.json")!.toString());
    expect(descriptor.context.contract.deployments).to.deep.equal([
      { chainId: 31_337, address: chain.deployment.contracts.Market },
    ]);
    const network = JSON.parse(one.get("/network.json")!.toString());
    expect(network.deployment).to.deep.equal(chain.deployment);
    expect([network.stores, network.test]).to.deep.equal([["https://gateway.example"], true]);
  });

  it("fits its budgets, with everything that an entry and a route load first", async () => {
    expect((await build("sized", ...STORE)).status).to.equal(0);
    const files = await filesIn("sized");
    type Chunk = { file: string; css?: string[]; imports?: string[]; isEntry?: boolean; isDynamicEntry?: boolean };
    const manifest = JSON.parse(files.get("/manifest.json")!.toString()) as Record<string, Chunk>;
    const loads = (name: string, known = new Set<string>()): Set<string> => {
      const { file, css = [], imports = [] } = manifest[name]!;
      for (const one of [file, ...css]) known.add(one);
      for (const next of imports) if (!known.has(manifest[next]!.file)) loads(next, known);
      return known;
    };
    const kilobytes = (names: Iterable<string>): number =>
      [...names].reduce((sum, name) => sum + gzipSync(files.get(`/${name}`)!, { level: 9 }).length, 0) / 1_000;
    const [entry] = Object.entries(manifest).filter(([, { isEntry }]) => isEntry === true);
    const first = loads(entry![0]);
    expect(kilobytes(first)).to.be.at.most(ENTRY_KB);
    for (const [name, { isDynamicEntry }] of Object.entries(manifest)) {
      if (isDynamicEntry !== true || !name.startsWith("src/features/")) continue;
      const more = [...loads(name)].filter((file) => !first.has(file));
      expect(kilobytes(more), name).to.be.at.most(ROUTE_KB);
    }
  });

  for (const [what, more, said] of [
    ["no store", [], /name an IPFS gateway by --store URL/],
    ["a password that everybody could read", ["--store", "https://me:secret@gateway.example"], /holds a user name/],
    ["what is no address", ["--store", "gateway.example"], /gateway\.example/],
  ] as const) {
    it(`refuses ${what}`, async () => {
      const { status, output } = await build("refused", ...more);
      expect(status).to.not.equal(0);
      expect(output).to.match(said).and.not.include("secret");
    });
  }

  it("loads from a path of an IPFS gateway", async function () {
    const stage = await openStage(this, "/ipfs/bafybeipage");
    try {
      const { page, faults } = await stage.visit("/models");
      await page.waitForSelector(`text=${winkCard.name}`);
      expect(new URL(page.url()).pathname).to.equal("/ipfs/bafybeipage/");
      expect(faults).to.deep.equal([]);
    } finally {
      await stage.close();
    }
  });
});
