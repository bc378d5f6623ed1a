import { expect } from "chai";
import { spawn } from "node:child_process";
import { chmod, readdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { winkCard } from "../../scripts/demo/card";
import { readKeyFile } from "../../sdk/src/node";
import { json, localWallet, PASSWORD, person, type Environment } from "../support/cli";
import { buildCli, type BuiltCli } from "../support/cliBuild";
import { separateNode, type SeparateNode } from "../support/separate-node";

const BUYERS = 5;

/**
 * What was lost: what was paid for. Two purchases at the same time read the same keyring, each added its own secret, and
 * the one that wrote last wrote the other's away. Both said that all was well, and one file could never be opened.
 */
describe("Finding: a key is lost between two purchases", function () {
  this.timeout(180_000);
  let chain: SeparateNode;
  let cli: BuiltCli;
  let versionId: string;
  let termsHash: string;
  let keyring: string;
  let buyers: Environment[];

  before(async () => {
    [chain, cli] = await Promise.all([separateNode(), buildCli()]);
    const at = { rpc: chain.node.url, addresses: join(chain.folder, "deployment.json") };
    const seller = await person(chain.folder, "seller", at, localWallet(7));
    keyring = join(chain.folder, "shared", "keyring.json");
    const people = Array.from({ length: BUYERS }, (_, i) => person(chain.folder, `buyer-${i}`, at, localWallet(8 + i)));
    buyers = (await Promise.all(people)).map(({ env }) => ({ ...env, ISONOMY_KEYRING: keyring }));
    const [file, card] = [join(chain.folder, "model.bin"), join(chain.folder, "card.json")];
    await writeFile(file, "what is sold");
    await writeFile(card, JSON.stringify(winkCard));
    await json(["prepare", file], seller.env);
    const listed = await json<{ versionId: string }>(["list", card, "--prepared", `${file}.isonomy.json`], seller.env);
    versionId = listed.versionId;
    const offer = ["offer", versionId, "--price", "1 native", "--deliver", "1d"];
    ({ termsHash } = await json<{ termsHash: string }>(offer, seller.env));
  });
  after(async () => {
    await chain.close();
  });

  /** Buys in a process of its own, as a person does. */
  const buy = (env: Environment): Promise<{ code: number | null; said: string }> =>
    new Promise((resolve) => {
      const parameters = [
        cli.bin,
        "buy",
        versionId,
        "--terms",
        termsHash,
        "--again",
        "--max-price",
        "1 native",
        "--json",
      ];
      const child = spawn(process.execPath, parameters, { env: { PATH: process.env.PATH!, ...env } });
      let said = "";
      for (const stream of [child.stdout, child.stderr]) stream.on("data", (piece: Buffer) => (said += String(piece)));
      child.on("close", (code) => resolve({ code, said }));
    });

  // claim(attacks#command-line-package-and-sellers-agent): two programs that add to one keyring at once, so that one
  //   key is lost
  it("keeps the secret of each of five purchases that are made at once", async () => {
    const bought = await Promise.all(buyers.map(buy));
    for (const { code, said } of bought) expect(code, said).to.equal(0);
    const keys = await readKeyFile(keyring, PASSWORD);
    expect(keys.map(({ kind }) => kind)).to.deep.equal(Array(BUYERS).fill("purchase"));
    expect(new Set(keys.map(({ x }) => x)).size).to.equal(BUYERS);
    // nothing half-written and no lock is left beside it
    expect(await readdir(join(chain.folder, "shared"))).to.deep.equal(["keyring.json"]);
    expect((await stat(keyring)).mode & 0o777).to.equal(0o600);
  });

  // claim(attacks#command-line-package-and-sellers-agent): a file with keys, a password or signed deliveries that other
  //   accounts of the machine can read
  it("buys nothing into a keyring that others may read", async function () {
    if (process.platform === "win32") this.skip();
    await chmod(keyring, 0o640);
    const { code, said } = await buy(buyers[0]!);
    await chmod(keyring, 0o600);
    expect(code).to.equal(1);
    expect(said).to.include('"code":"FILE_EXPOSED"');
    expect(await readKeyFile(keyring, PASSWORD)).to.have.length(BUYERS);
  });
});
