import { expect } from "chai";
import { readdir, rm, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { winkCard } from "../../../scripts/demo/card";
import { folderStore, type FolderStore } from "../../../sdk/src/node";
import { json, localWallet, person, refusal, runHere } from "../../support/cli";
import { separateNode, type SeparateNode } from "../../support/separate-node";

const DAY_MS = 86_400_000;

type Person = Awaited<ReturnType<typeof person>>;

describe("isonomy, and what is in its store", function () {
  this.timeout(120_000);
  let chain: SeparateNode;
  let seller: Person;
  let store: FolderStore;
  let folder: string;
  let file: string;
  let card: string;

  before(async function () {
    this.timeout(180_000);
    chain = await separateNode();
    const addresses = join(chain.folder, "deployment.json");
    seller = await person(chain.folder, "seller", { rpc: chain.node.url, addresses }, localWallet(7));
    folder = seller.env.ISONOMY_STORE!;
    store = folderStore(folder);
    file = join(chain.folder, "my model 🧠.bin");
    card = join(chain.folder, "card.json");
    await writeFile(file, Buffer.alloc(3 * 1_048_576, 7));
    await writeFile(card, JSON.stringify(winkCard));
  });

  after(() => chain.close());

  const filesIn = async (): Promise<string[]> =>
    (await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []))
      .filter((entry) => entry.isFile())
      .map(({ name }) => name);

  const age = async (): Promise<void> => {
    const then = new Date(Date.now() - 2 * DAY_MS);
    for (const { name, parentPath } of await readdir(folder, { recursive: true, withFileTypes: true }))
      await utimes(join(parentPath, name), then, then);
  };

  const prepare = async (name: string): Promise<{ blob: string }> =>
    json<{ blob: string }>(["prepare", file, "--out", join(chain.folder, name)], seller.env);

  it("leaves nothing in the store of a file whose sealing was interrupted, and none of its blocks", async () => {
    // from before anything is read to after all of it is sealed
    for (const ms of [0, 100, 300, 600, 1_000]) {
      const out = join(chain.folder, `never-${ms}.json`);
      const stop = new AbortController();
      const timer = setTimeout(() => stop.abort(), ms);
      const { code } = await runHere(["prepare", file, "--out", out], seller.env, { signal: stop.signal });
      clearTimeout(timer);
      // one that was done before it was told to stop has a file to list
      if (code === 0) break;
      expect(code).to.equal(130);
      expect(await filesIn(), `after ${ms} ms`).to.deep.equal([]);
    }
    await rm(folder, { recursive: true, force: true });
  });

  it("keeps what a version or a key needs, lists the rest, and removes it after a yes", async () => {
    const listed = await prepare("listed.json");
    await json(["list", card, "--prepared", join(chain.folder, "listed.json")], seller.env);
    const waiting = await prepare("waiting.json");
    const rubbish = await store.put(Buffer.from("something else"));
    const lost = await store.put(Buffer.alloc(2 * 1_048_576, 3));
    await store.noteSealed(lost, { name: "lost\u001b[2J.bin", root: `0x${"12".repeat(32)}`, keyX: 5n });
    await age();
    const all = await filesIn();

    const dry = await json<{ files: { cid: string }[]; removed: boolean }>(["store", "gc", "--dry-run"], seller.env);
    expect(dry.files.map(({ cid }) => cid)).to.have.members([rubbish, lost]);
    expect(dry.removed).to.equal(false);
    expect(await refusal(["store", "gc"], seller.env)).to.equal("NOT_CONFIRMED");
    expect(await filesIn()).to.have.members(all);

    const said = await runHere(["store", "gc", "--dry-run"], seller.env);
    expect(said.out)
      .to.match(/sealed lost\\x1b\[2J\.bin/)
      .and.include("Nothing was removed.");

    const { removed } = await json<{ removed: boolean }>(["store", "gc", "--yes"], seller.env);
    expect(removed).to.equal(true);
    expect([await store.has(rubbish), await store.has(lost)]).to.deep.equal([false, false]);
    for (const { blob } of [listed, waiting]) expect(await store.has(blob)).to.equal(true);
    expect((await store.files()).length).to.equal(3);
    expect((await json<{ files: unknown[] }>(["store", "gc", "--yes"], seller.env)).files).to.deep.equal([]);
  });

  it("keeps what is young, and removes it when it is told to", async () => {
    const fresh = await store.put(Buffer.from("fresh"));
    expect((await json<{ files: unknown[] }>(["store", "gc", "--yes"], seller.env)).files).to.deep.equal([]);
    await json(["store", "gc", "--yes", "--older-than", "0"], seller.env);
    expect(await store.has(fresh)).to.equal(false);
  });

  it("is for a folder alone", async () => {
    const elsewhere = { ...seller.env, ISONOMY_STORE: "http://127.0.0.1:5001" };
    expect(await refusal(["store", "gc"], elsewhere)).to.equal("VALUE_INVALID");
  });
});
