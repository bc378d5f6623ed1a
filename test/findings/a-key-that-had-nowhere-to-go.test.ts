import { expect } from "chai";
import { execFile } from "node:child_process";
import { readdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

import { winkCard } from "../../scripts/demo/card";
import { portablePlatform, prepare } from "../../sdk/src/fairexchange";
import { json, localWallet, person, refusal, type Environment } from "../support/cli";
import { buildCli, type BuiltCli } from "../support/cliBuild";
import { separateNode, type SeparateNode } from "../support/separate-node";

type Person = Awaited<ReturnType<typeof person>>;

/**
 * What was lost: the key of a sealed file. On the first run the folder for keys was not there; `prepare` sealed and published
 * the file, and then failed to write the key, which nobody had any more.
 */
describe("Finding: a key that had nowhere to go", function () {
  this.timeout(120_000);
  let chain: SeparateNode;
  let cli: BuiltCli;
  let seller: Person;
  let buyer: Person;
  let file: string;
  let card: string;
  let versionId: string;
  let termsHash: string;
  let runs = 0;

  before(async function () {
    this.timeout(240_000);
    [chain, cli] = await Promise.all([separateNode(), buildCli()]);
    const at = { rpc: chain.node.url, addresses: join(chain.folder, "deployment.json") };
    seller = await person(chain.folder, "seller", at, localWallet(7));
    buyer = await person(chain.folder, "buyer", at, localWallet(8));
    [file, card] = [join(chain.folder, "model.bin"), join(chain.folder, "card.json")];
    await writeFile(file, "what is sold");
    await writeFile(card, JSON.stringify(winkCard));
  });

  after(async () => {
    await chain.close();
  });

  /** An environment whose home is this folder, with a store of its own elsewhere. */
  function homeAt(env: Environment, home: string): { env: Environment; store: string; out: string[] } {
    const store = join(chain.folder, `store-${++runs}`);
    const out = ["--out", join(chain.folder, `prepared-${runs}.json`)];
    return { env: { ...env, ISONOMY_HOME: home, ISONOMY_STORE: store }, store, out };
  }

  const blocks = (store: string) => readdir(store).catch(() => []);

  it("is kept on a first run, in a home that is made for it", async () => {
    const home = join(chain.folder, "not", "there", "yet");
    const { env, out } = homeAt(seller.env, home);
    await json(["prepare", file, ...out], env);
    expect((await stat(join(home, "keyring.json"))).mode & 0o777).to.equal(0o600);
    expect((await stat(home)).mode & 0o777).to.equal(0o700);
    const listed = await json<{ versionId: string }>(["list", card, "--prepared", out[1]!], env);
    versionId = listed.versionId;
    const offer = ["offer", versionId, "--price", "1 native", "--deliver", "1d"];
    ({ termsHash } = await json<{ termsHash: string }>(offer, env));
    seller.env = env;
  });

  /** Places in which nobody can write. */
  const nowhere: Record<string, () => string> = {
    "a folder that cannot be made": () => join("/sys", "isonomy"),
    "a file in the place of a folder": () => join(card, "home"),
  };

  for (const [name, home] of Object.entries(nowhere)) {
    it(`${name}: nothing is sealed, published or paid`, async () => {
      const selling = homeAt(seller.env, home());
      expect(await refusal(["prepare", file, ...selling.out], selling.env)).to.equal("KEYRING_UNWRITABLE");
      expect(await blocks(selling.store)).to.deep.equal([]);
      expect(await stat(selling.out[1]!).catch(() => undefined)).to.equal(undefined);

      const count = await chain.provider.getTransactionCount(buyer.address);
      const held = join(chain.folder, `held-${runs}`);
      const env = { ...buyer.env, ISONOMY_HOME: home(), ISONOMY_HELD: held, ISONOMY_STORE: seller.env.ISONOMY_STORE! };
      expect(await refusal(["buy", versionId, "--terms", termsHash], env)).to.equal("KEYRING_UNWRITABLE");
      expect(await refusal(["update", "1", versionId], env)).to.equal("KEYRING_UNWRITABLE");
      // nor was the sealed file fetched for a purchase that cannot be
      expect(await blocks(held)).to.deep.equal([]);
      expect(await chain.provider.getTransactionCount(buyer.address)).to.equal(count);
    });
  }

  // claim(attacks#proofs-of-the-fair-exchange): a seal or a payment with a key that cannot be kept
  it("a disk without room: nothing is sealed", async () => {
    const { env, store, out } = homeAt(seller.env, join(chain.folder, "small"));
    // no file of this shell may grow over 2 KiB
    const line = `ulimit -f 2; ${process.execPath} ${cli.bin} prepare ${file} --out ${out[1]} --json`;
    const failed = await promisify(execFile)("bash", ["--norc", "--noprofile", "-c", line], {
      env: { PATH: process.env.PATH, ...env },
    }).catch((error: { stdout: string }) => error);
    expect((JSON.parse(failed.stdout) as { error: { code: string } }).error.code).to.equal("KEYRING_UNWRITABLE");
    expect(await blocks(store)).to.deep.equal([]);
  });

  it("a keyring under another password: nothing is sealed", async () => {
    const { env, store, out } = homeAt(seller.env, seller.env.ISONOMY_HOME!);
    const other = { ...env, ISONOMY_KEYRING_PASSWORD: "another" };
    expect(await refusal(["prepare", file, ...out], other)).to.equal("KEY_FILE_PASSWORD");
    expect(await blocks(store)).to.deep.equal([]);
  });

  it("a place for the result in which nothing can be written: nothing is sealed", async () => {
    for (const out of [join("/sys", "isonomy", "out.json"), join(card, "out.json")]) {
      const { env, store } = homeAt(seller.env, seller.env.ISONOMY_HOME!);
      expect(await refusal(["prepare", file, "--out", out], env)).to.equal("FILE_UNWRITABLE");
      expect(await blocks(store)).to.deep.equal([]);
    }
    expect(
      await refusal(
        ["offer", versionId, "--price", "1 native", "--deliver", "1d", "--sign", join(card, "x")],
        seller.env,
      ),
    ).to.equal("FILE_UNWRITABLE");
    expect(await refusal(["keystore", join(card, "x")], seller.env)).to.equal("FILE_UNWRITABLE");
  });

  // claim(attacks#proofs-of-the-fair-exchange): a seal or a payment with a key that cannot be kept
  it("is kept before the first byte is read, and its failure ends the sealing", async () => {
    const order: string[] = [];
    async function* source() {
      order.push("read");
      yield new Uint8Array([1, 2, 3]);
    }
    const sink = { write: async () => void order.push("write") };
    const keep = async () => void order.push("keep");
    const sealed = await prepare(source(), sink, portablePlatform, { keep });
    expect(order[0]).to.equal("keep");
    expect(order).to.include("write");
    expect(sealed.size).to.equal(3n);

    order.length = 0;
    const lost = async () => {
      throw new Error("no room");
    };
    let message = "";
    await prepare(source(), sink, portablePlatform, { keep: lost }).catch((error: Error) => (message = error.message));
    expect(message).to.equal("no room");
    expect(order).to.deep.equal([]);
  });
});
