import { expect } from "chai";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";

import { winkCard } from "../../../scripts/demo/card";
import { ordinary } from "../../../sdk/src/cli/ordinary";
import { isIsonomyError } from "../../../sdk/src/errors";
import { json, localWallet, person, runHere } from "../../support/cli";
import { separateNode, type SeparateNode } from "../../support/separate-node";

type Person = Awaited<ReturnType<typeof person>>;

// claim(invariants#command-line-package-and-sellers-agent): a command that refuses has sent nothing | nobody; the user
//   pays for nothing
describe("isonomy, when files, folders, ports and settings are not what they should be", function () {
  this.timeout(240_000);
  let chain: SeparateNode;
  let seller: Person;
  let version: string;
  let licence: string;
  /** What is where something else belongs. */
  let folder: string;
  let file: string;
  let broken: string;
  let card: string;
  let missing: string;
  let free: () => string;

  before(async function () {
    this.timeout(240_000);
    chain = await separateNode();
    const at = { rpc: chain.node.url, addresses: join(chain.folder, "deployment.json") };
    seller = await person(chain.folder, "seller", at, localWallet(7));
    const name = (one: string) => join(chain.folder, one);
    [folder, file, broken, card, missing] = [
      name("a folder"),
      name("a file"),
      name("broken.json"),
      name("card.json"),
      name("no such folder/file"),
    ];
    await mkdir(folder);
    await writeFile(file, "a model that is sold", { mode: 0o600 });
    await writeFile(broken, '{"format": ');
    await writeFile(card, JSON.stringify(winkCard));
    let count = 0;
    free = () => name(`new-${count++}.json`);
    await json(["prepare", file, "--out", name("prepared.json")], seller.env);
    ({ versionId: version } = await json<{ versionId: string }>(
      ["list", card, "--prepared", name("prepared.json")],
      seller.env,
    ));
    const offer = ["offer", version, "--price", "0 native", "--deliver", "1d"];
    const { termsHash } = await json<{ termsHash: string }>(offer, seller.env);
    ({ licenseId: licence } = await json<{ licenseId: string }>(["buy", version, "--terms", termsHash], seller.env));
    await runHere(["seller", "--confirmations", "0"], seller.env);
  });
  after(() => chain.close());

  /** Every place of a command that takes a path, with what stands there, and what is said of it. */
  const table: Record<string, () => [string[], string, string]> = {
    "prepare of a missing file": () => [["prepare", missing, "--out", free()], "FILE_UNREADABLE", missing],
    "prepare of a folder": () => [["prepare", folder, "--out", free()], "FILE_UNREADABLE", folder],
    "prepare --out over a folder": () => [["prepare", file, "--out", folder], "FILE_EXISTS", folder],
    "prepare --out below a file": () => [["prepare", file, "--out", join(file, "x")], "FILE_UNWRITABLE", file],
    "prepare --store that is a file": () => [["prepare", file, "--out", free(), "--store", file], "PATH_IS_FILE", file],
    "prepare --keyring that is a folder": () => [
      ["prepare", file, "--out", free(), "--keyring", folder],
      "FILE_NOT_REGULAR",
      folder,
    ],
    "prepare --keyring below a file": () => [
      ["prepare", file, "--out", free(), "--keyring", join(file, "x")],
      "KEYRING_UNWRITABLE",
      file,
    ],
    "list of a missing card": () => [["list", missing], "FILE_UNREADABLE", missing],
    "list of a folder": () => [["list", folder], "FILE_NOT_REGULAR", folder],
    "list of broken JSON": () => [["list", broken], "CARD_NOT_JSON", "JSON"],
    "list --prepared that is broken": () => [["list", card, "--prepared", broken], "FILE_INVALID", broken],
    "list --prepared that is missing": () => [["list", card, "--prepared", missing], "FILE_UNREADABLE", missing],
    "list --store that is a file": () => [["list", card, "--store", file], "PATH_IS_FILE", file],
    "card of a folder": () => [["card", folder], "FILE_NOT_REGULAR", folder],
    "card --from a folder": () => [["card", free(), "--from", folder], "FILE_NOT_REGULAR", folder],
    "offer --sign over a folder": () => [
      ["offer", version, "--price", "1 native", "--licence-only", "--sign", folder],
      "FILE_EXISTS",
      folder,
    ],
    "offer --revoke-signed that is broken": () => [
      ["offer", version, "--revoke-signed", broken],
      "FILE_INVALID",
      broken,
    ],
    "buy --signed that is broken": () => [["buy", version, "--signed", broken], "FILE_INVALID", broken],
    "buy --signed that is missing": () => [["buy", version, "--signed", missing], "FILE_UNREADABLE", missing],
    "buy --signed that is a folder": () => [["buy", version, "--signed", folder], "FILE_NOT_REGULAR", folder],
    "sponsor of a missing file": () => [["sponsor", missing], "FILE_UNREADABLE", missing],
    "sponsor of a broken file": () => [["sponsor", broken], "FILE_INVALID", broken],
    "open --out over a folder": () => [["open", licence, "--out", folder], "FILE_EXISTS", folder],
    "open --out below a file": () => [["open", licence, "--out", join(file, "x")], "FILE_UNWRITABLE", file],
    "propose of a missing file": () => [["propose", missing], "FILE_UNREADABLE", missing],
    "propose of broken JSON": () => [["propose", broken], "FILE_INVALID", broken],
    "keystore below a file": () => [["keystore", join(file, "x")], "FILE_UNWRITABLE", file],
    "keystore over a folder": () => [["keystore", folder], "FILE_EXISTS", folder],
    "--keystore that is a folder": () => [["withdraw", "--keystore", folder], "FILE_NOT_REGULAR", folder],
    "--keystore that is broken": () => [["withdraw", "--keystore", file], "KEYSTORE_INVALID", file],
    "--password-file that is missing": () => [["withdraw", "--password-file", missing], "FILE_UNREADABLE", missing],
    "--password-file that is a folder": () => [["withdraw", "--password-file", folder], "FILE_NOT_REGULAR", folder],
    "--addresses that is a folder": () => [["status", "--addresses", folder], "FILE_NOT_REGULAR", folder],
    "--addresses that is broken": () => [["status", "--addresses", broken], "DEPLOYMENT_INVALID", broken],
    "seller --state that is a folder": () => [["seller", "--state", folder], "FILE_NOT_REGULAR", folder],
  };

  for (const [name, row] of Object.entries(table)) {
    it(`${name} has a sentence of its own, with the path and without the system's abbreviations`, async () => {
      const [parameters, code, named] = row();
      const before = await chain.provider.getTransactionCount(seller.address);
      const { code: exit, out } = await runHere([...parameters, "--json"], seller.env);
      expect(exit, out).to.equal(1);
      const { error } = JSON.parse(out) as { error: { code: string; message: string; fix: string } };
      expect(error.code, error.message).to.equal(code);
      expect(error.message).to.contain(named);
      expect(`${error.message} ${error.fix}`).to.not.match(
        /\bE[A-Z]{4,}\b|unexpected failed|no such file|illegal operation/,
      );
      expect(await chain.provider.getTransactionCount(seller.address)).to.equal(before);
    });
  }

  it("a folder that is missing is made where a command writes", async () => {
    const out = join(chain.folder, "made", "for it", "opened.bin");
    await json(["open", licence, "--out", out], seller.env);
    expect(await readdir(join(chain.folder, "made", "for it"))).to.deep.equal(["opened.bin"]);
  });

  it("a port that is used is named, with another to take", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    try {
      const { code, err } = await runHere(
        ["seller", "--watch", "--confirmations", "0", "--http", `127.0.0.1:${port}`],
        seller.env,
      );
      expect(code).to.equal(1);
      expect(err)
        .to.contain(`127.0.0.1:${port}`)
        .and.contain("--http")
        .and.not.match(/\bEADDRINUSE\b/);
    } finally {
      server.close();
    }
  });

  // nothing of this can be brought about where the tests run as the system's first account
  describe("what only the system brings about", () => {
    const failing = (code: string, more: object = {}) =>
      Object.assign(new Error(`${code}: said by the system, open '/a/file'`), { code, syscall: "open", ...more });

    for (const [code, expected, words] of [
      ["ENOENT", "PATH_MISSING", "There is nothing at /a/file."],
      ["EACCES", "PATH_FORBIDDEN", "/a/file cannot be used: this account has no permission."],
      ["EPERM", "PATH_FORBIDDEN", "/a/file cannot be used: this account has no permission."],
      ["EROFS", "PATH_FORBIDDEN", "/a/file cannot be used: the disk can only be read."],
      ["ENOSPC", "DISK_FULL", "/a/file cannot be written: the disk is full."],
      ["EDQUOT", "DISK_FULL", "/a/file cannot be written: the disk is full."],
      ["EISDIR", "PATH_IS_FOLDER", "/a/file is a folder."],
      ["ENOTDIR", "PATH_IS_FILE", "/a/file cannot be used: a part of its path is a file, not a folder."],
      ["EMFILE", "PATH_REFUSED", "/a/file cannot be used: this program has too many files open."],
      ["EIO", "PATH_REFUSED", "/a/file cannot be used: the disk failed."],
    ] as const) {
      it(`${code} is ${expected}`, () => {
        const error = ordinary(failing(code, { path: "/a/file" }));
        if (!isIsonomyError(error)) throw new Error("It has no sentence.");
        expect(error.code).to.equal(expected);
        expect(error.message).to.equal(words);
      });
    }

    it("a write that the disk has no room for names no path, and is told all the same", () => {
      const error = ordinary(failing("ENOSPC", { syscall: "write" })) as Error;
      expect(error.message).to.equal("The disk cannot be written: the disk is full.");
    });

    it("a failure of the network and of the program itself stay what they are", () => {
      for (const error of [failing("ECONNRESET", { syscall: "read" }), new TypeError("a mistake of ours"), "a text"]) {
        expect(ordinary(error)).to.equal(error);
      }
    });
  });
});
