import { expect } from "chai";
import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { winkCard } from "../../../scripts/demo/card";
import { TestToken__factory } from "../../../typechain-types/factories/test/contracts/tokens/TestToken__factory";
import { PASSWORD, json, localWallet, person, refusal, runHere, type Environment } from "../../support/cli";
import { buildCli, type BuiltCli } from "../../support/cliBuild";
import { separateNode, type SeparateNode } from "../../support/separate-node";
import { onTerminal } from "../../support/terminal";

type Person = Awaited<ReturnType<typeof person>>;
interface Refused {
  readonly code: string;
  readonly fix: string;
  readonly message: string;
}

describe("isonomy asks before it pays", function () {
  this.timeout(240_000);
  let chain: SeparateNode;
  let cli: BuiltCli;
  let seller: Person;
  let buyer: Person;
  let sponsor: Person;
  let file: string;
  let licenceOnly: string;
  let withFile: string;
  let offers: Record<"native" | "token" | "file" | "fileAlone", string>;
  let snapshot: string;

  before(async function () {
    this.timeout(240_000);
    [chain, cli] = await Promise.all([separateNode(), buildCli()]);
    const at = { rpc: chain.node.url, addresses: join(chain.folder, "deployment.json") };
    seller = await person(chain.folder, "seller", at, localWallet(7));
    buyer = await person(chain.folder, "buyer", at, localWallet(8));
    sponsor = await person(chain.folder, "sponsor", at, localWallet(9));
    const token = TestToken__factory.connect(chain.addresses.TestToken!, await chain.provider.getSigner(8));
    await (await token.mint(buyer.address, 1_000_000_000n)).wait();
    const card = join(chain.folder, "card.json");
    await writeFile(card, JSON.stringify(winkCard));
    file = join(chain.folder, "model.bin");
    await writeFile(file, "a model that is sold");
    await json(["prepare", file], seller.env);
    const list = async (...more: string[]) =>
      (await json<{ versionId: string }>(["list", card, ...more], seller.env)).versionId;
    [licenceOnly, withFile] = [await list(), await list("--prepared", `${file}.isonomy.json`)];
    const offer = async (version: string, price: string, ...more: string[]) =>
      (await json<{ termsHash: string }>(["offer", version, "--price", price, ...more], seller.env)).termsHash;
    offers = {
      native: await offer(licenceOnly, "2 native"),
      token: await offer(licenceOnly, "25 TestToken"),
      file: await offer(withFile, "3 native", "--deliver", "1d"),
      fileAlone: await offer(withFile, "1 native", "--licence-only"),
    };
  });
  after(() => chain.close());
  beforeEach(async () => {
    snapshot = (await chain.provider.send("evm_snapshot", [])) as string;
  });
  afterEach(() => chain.provider.send("evm_revert", [snapshot]));

  const sent = (who: Person = buyer) => chain.provider.getTransactionCount(who.address);
  /** What a command is refused with; it must have sent nothing. */
  async function refused(parameters: readonly string[], who: Person = buyer): Promise<Refused> {
    const before = await sent(who);
    const { code, out } = await runHere([...parameters, "--json"], who.env);
    expect([1, 2], out).to.include(code);
    expect(await sent(who)).to.equal(before);
    return (JSON.parse(out) as { error: Refused }).error;
  }
  /** The words of the command that a hint says in full. */
  const hinted = ({ fix }: Pick<Refused, "fix">): string[] => {
    const [, line] = /run `isonomy ([^`]+)`/.exec(fix) ?? /: `isonomy ([^`]+)`; nothing/.exec(fix) ?? [];
    expect(line, fix).to.be.a("string");
    return [...line!.matchAll(/'([^']*)'|(\S+)/g)].map(([, one, other]) => (one ?? other)!);
  };
  const buy = async (...more: string[]) =>
    (await json<{ licenseId: string }>(["buy", licenceOnly, "--terms", offers.native, ...more], buyer.env)).licenseId;

  /** Delivers as the seller does, from a memory without the sales that were taken back. */
  const deliver = () =>
    runHere(["seller", "--confirmations", "0", "--state", join(chain.folder, `state-${states++}.json`)], seller.env);
  let states = 0;
  /** Leaves one offer of the licence alone. */
  const alone = (which: "native" | "token") =>
    json(["offer", licenceOnly, "--revoke", which === "native" ? offers.token : offers.native], seller.env);

  describe("without a terminal", () => {
    // claim(attacks#command-line-package-and-sellers-agent): a program that buys whatever is listed, at whatever price
    it("a purchase that nobody agreed to is refused with the complete command, which then buys", async () => {
      await alone("native");
      const error = await refused(["buy", licenceOnly, "--max-price", "2 native", "--recipient", sponsor.address]);
      expect(error.code).to.equal("TERMS_NOT_NAMED");
      const words = hinted(error);
      expect(words).to.include.members(["--recipient", sponsor.address, "--max-price", "2 native", offers.native]);
      const { licenseId } = await json<{ licenseId: string }>(
        words.filter((word) => word !== "--json"),
        buyer.env,
      );
      expect(licenseId).to.match(/^\d+$/);
    });

    it("--yes is an answer only beside --max-price, which counts in its own token", async () => {
      await alone("native");
      expect((await refused(["buy", licenceOnly, "--yes"])).code).to.equal("OPTION_MISSING");
      expect((await refused(["buy", licenceOnly, "--yes", "--max-price", "2"])).code).to.equal("UNIT_MISSING");
      expect((await refused(["buy", licenceOnly, "-y", "--max-price", "25 TestToken"])).code).to.equal("UNIT_OTHER");
      const low = await refused(["buy", licenceOnly, "--yes", "--max-price", "1.9 native"]);
      expect(low.code).to.equal("TOO_DEAR");
      const bought = await json<{ price: string }>(["buy", licenceOnly, "-y", "--max-price", "2 native"], buyer.env);
      expect(bought.price).to.equal(String(2n * 10n ** 18n));
    });

    // claim(attacks#command-line-package-and-sellers-agent): a licence alone, sold to a program that wanted the file
    it("--yes does not agree to a licence without the version's file; its terms have to be named", async () => {
      await json(["offer", withFile, "--revoke", offers.file], seller.env);
      const error = await refused(["buy", withFile, "--yes", "--max-price", "5 native"]);
      expect(error.code).to.equal("TERMS_NOT_NAMED");
      expect(hinted(error)).to.include(offers.fileAlone);
      await json(["buy", withFile, "--terms", offers.fileAlone], buyer.env);
    });
  });

  describe("a second purchase", () => {
    // claim(attacks#command-line-package-and-sellers-agent): a second purchase of what the account has already
    it("is refused with the licence that there is, and made with --again", async () => {
      const first = await buy();
      const error = await refused(["buy", licenceOnly, "--terms", offers.native]);
      expect(error.code).to.equal("LICENCE_HELD");
      expect(error.message).to.contain(first);
      expect(error.fix).to.contain(`isonomy status --deal ${first}`);
      const again = await json<{ licenseId: string }>(
        hinted(error).filter((word) => word !== "--json"),
        buyer.env,
      );
      expect(again.licenseId).to.not.equal(first);
    });

    it("is one while the key of the first is still owed, and none after that was refunded", async () => {
      const file = ["buy", withFile, "--terms", offers.file];
      const { licenseId } = await json<{ licenseId: string }>(file, buyer.env);
      const error = await refused(file);
      expect(error.code).to.equal("LICENCE_HELD");
      expect(error.message).to.contain("whose deal is not finished");
      await json(["decline", licenseId], seller.env);
      await json(file, buyer.env);
    });

    it("is none for somebody else, nor after the licence was given away", async () => {
      const first = await buy();
      await buy("--recipient", sponsor.address);
      expect(
        (await refused(["buy", licenceOnly, "--terms", offers.native, "--recipient", sponsor.address])).code,
      ).to.equal("LICENCE_HELD");
      await json(["transfer", first, seller.address, "--yes"], buyer.env);
      await buy();
    });

    it("is told of where an earlier licence includes later versions, with the command that asks for one", async () => {
      const card = join(chain.folder, "card.json");
      const model = String(BigInt(licenceOnly) >> 16n);
      const { termsHash } = await json<{ termsHash: string }>(
        ["offer", licenceOnly, "--price", "1 native", "--updates"],
        seller.env,
      );
      const { licenseId } = await json<{ licenseId: string }>(["buy", licenceOnly, "--terms", termsHash], buyer.env);
      const later = (await json<{ versionId: string }>(["list", card, "--model", model], seller.env)).versionId;
      await json(["offer", later, "--price", "1 native"], seller.env);
      const error = await refused(["buy", later, "--yes", "--max-price", "1 native"]);
      expect(error.code).to.equal("LICENCE_HELD");
      expect(error.fix).to.contain(`isonomy update ${licenseId} ${later}`);
    });
  });

  describe("on a terminal", () => {
    const start = (parameters: readonly string[], more: Record<string, string> = {}) =>
      onTerminal([process.execPath, cli.bin, ...parameters], { PATH: process.env.PATH, ...buyer.env, ...more });

    it("shows what becomes of the price and what is sent, and asks first about a licence that there is", async () => {
      await alone("token");
      await json(["buy", licenceOnly, "--terms", offers.token], buyer.env);
      const before = await sent();
      const run = start(["buy", licenceOnly]);
      await run.until(/Buy another\? Type "yes": $/);
      run.type("yes\n");
      await run.until(/Buy under these terms\? Type "yes": $/);
      expect(run.said()).to.match(/of it +24\.375 TestToken to the seller, 0\.625 TestToken protocol fee/);
      expect(run.said()).to.match(
        /you send +2 transactions: an approval of 25 TestToken for the market; then the purchase, which pays 25 TestToken/,
      );
      run.type("no\n");
      expect((await run.ended).code).to.equal(1);
      expect(await sent()).to.equal(before);
    });

    it("writes in colours, and in none where NO_COLOR is set", async () => {
      await alone("native");
      const colours = async (env: Record<string, string>): Promise<boolean> => {
        const command = ["buy", licenceOnly, "--yes", "--max-price", "2 native", "--again"];
        const run = start(command, env);
        expect((await run.ended).code, run.said()).to.equal(0);
        // the cursor still moves: what is drawn changes
        expect(run.said()).to.contain("\u001b[");

        return /\u001b\[[\d;]+m/.test(run.said());
      };
      expect([await colours({}), await colours({ NO_COLOR: "1" })]).to.deep.equal([true, false]);
    });

    for (const question of ["Buy another?", "Buy under these terms?"]) {
      it(`Ctrl-C at "${question}" ends with 130, and spends nothing`, async () => {
        if (question === "Buy another?") await buy();
        await alone("native");
        const before = await sent();
        const run = start(["buy", licenceOnly]);
        await run.until(/Type "yes": $/);
        expect(run.said()).to.contain(question);
        run.type("\u0003");
        expect((await run.ended).code).to.equal(130);
        expect(run.said()).to.contain("nothing was sent");
        expect(await sent()).to.equal(before);
      });
    }
  });

  describe("other ways to pay", () => {
    it("--permit buys in one transaction, and leaves no allowance", async () => {
      const before = await sent();
      const { licenseId } = await json<{ licenseId: string }>(
        ["buy", licenceOnly, "--terms", offers.token, "--permit"],
        buyer.env,
      );
      expect(await sent()).to.equal(before + 1);
      const token = TestToken__factory.connect(chain.addresses.TestToken!, chain.provider);
      expect(await token.allowance(buyer.address, chain.addresses.Market!)).to.equal(0n);
      expect(licenseId).to.match(/^\d+$/);
      expect((await refused(["buy", licenceOnly, "--terms", offers.native, "--permit", "--again"])).code).to.equal(
        "PERMIT_UNSUPPORTED",
      );
    });

    it("several versions are bought in one transaction, bound by the sum of their prices, and their files opened", async () => {
      const all = ["buy", licenceOnly, withFile, "--terms", offers.native, "--terms", offers.file];
      const dear = await refused([...all, "--max-price", "4.9 native"]);
      expect(dear.code).to.equal("CART_TOO_DEAR");
      expect(dear.message).to.contain("5 native").and.contain("4.9 native");
      expect((await refused([...all, "--permit"])).code).to.equal("ONE_VERSION_ALONE");
      const before = await sent();
      const { licenses } = await json<{ licenses: { licenseId: string; versionId: string; escrow: boolean }[] }>(
        [...all, "--max-price", "5 native"],
        buyer.env,
      );
      expect(await sent()).to.equal(before + 1);
      expect(licenses.map(({ versionId, escrow }) => [versionId, escrow])).to.deep.equal([
        [licenceOnly, false],
        [withFile, true],
      ]);
      await deliver();
      const out = join(chain.folder, "from-a-cart.bin");
      await json(["open", licenses[1]!.licenseId, "--out", out], buyer.env);
    });

    it("a sponsor sends what a buyer signed, who sends nothing", async () => {
      const path = join(chain.folder, `sponsored-${Date.now()}.json`);
      const before = await sent();
      await json(["buy", licenceOnly, "--terms", offers.token, "--sponsored", path], buyer.env);
      const { licenseId, buyer: who } = await json<{ licenseId: string; buyer: string }>(
        ["sponsor", path],
        sponsor.env,
      );
      expect(who).to.equal(buyer.address);
      expect(await sent()).to.equal(before);
      const { licenses } = await json<{ licenses: { licenseId: string }[] }>(
        ["status", "--transaction", (await chain.provider.getBlock("latest"))!.transactions[0]!],
        buyer.env,
      );
      expect(licenses.map((one) => one.licenseId)).to.deep.equal([licenseId]);
      expect((await refused(["sponsor", file], sponsor)).code).to.equal("FILE_INVALID");
    });
  });

  describe("what cannot be taken back", () => {
    it("a licence is given away after a yes, to an account that is not its holder's", async () => {
      const licence = await buy();
      const error = await refused(["transfer", licence, sponsor.address]);
      expect(error.code).to.equal("NOT_CONFIRMED");
      await json(
        hinted(error).filter((word) => word !== "--json"),
        buyer.env,
      );
      expect((await refused(["transfer", licence, seller.address, "--yes"])).code).to.equal("NOT_HELD");
      expect((await refused(["transfer", licence, sponsor.address, "--yes"], sponsor)).code).to.equal("RECIPIENT_SAME");
    });

    it("a licence that stays with its holder is refused, and one whose deal is open", async () => {
      const soulbound = ["offer", licenceOnly, "--price", "1 native", "--soulbound"];
      const { termsHash } = await json<{ termsHash: string }>(soulbound, seller.env);
      const { licenseId } = await json<{ licenseId: string }>(["buy", licenceOnly, "--terms", termsHash], buyer.env);
      expect((await refused(["transfer", licenseId, sponsor.address, "--yes"])).code).to.equal(
        "LicenseToken_Soulbound",
      );
      const open = await json<{ licenseId: string }>(["buy", withFile, "--terms", offers.file], buyer.env);
      expect((await refused(["transfer", open.licenseId, sponsor.address, "--yes"])).code).to.equal(
        "LicenseToken_Locked",
      );
    });

    it("a title is given away with its income", async () => {
      const model = String(BigInt(licenceOnly) >> 16n);
      expect((await refused(["transfer", model, sponsor.address, "--title"], seller)).code).to.equal("NOT_CONFIRMED");
      await json(["transfer", model, sponsor.address, "--title", "--yes"], seller.env);
      const { offers: listed } = await json<{ offers: { state: string }[] }>(
        ["status", "--listing", licenceOnly],
        buyer.env,
      );
      expect(listed.every(({ state }) => state === "dead: the title is somebody else's now")).to.equal(true);
    });

    it("asks before a file is accepted early, a price returned, earnings paid to another, votes delegated", async () => {
      const { licenseId } = await json<{ licenseId: string }>(["buy", withFile, "--terms", offers.file], buyer.env);
      await deliver();
      const rows: [readonly string[], Person, string][] = [
        [["settle", licenseId], buyer, "pay 3 native"],
        [["refund", licenseId], seller, "Return 3 native"],
        [["delegate", sponsor.address], buyer, "vote with your tokens"],
      ];
      for (const [parameters, who, words] of rows) {
        const error = await refused(parameters, who);
        expect(error.code, parameters[0]).to.equal("NOT_CONFIRMED");
        expect(error.message).to.contain(words);
      }
      await json(
        hinted(await refused(["settle", licenseId])).filter((word) => word !== "--json"),
        buyer.env,
      );
      const paid = await refused(["withdraw", "--to", sponsor.address], seller);
      expect(paid.code).to.equal("NOT_CONFIRMED");
      expect(paid.message).to.contain("2.925 native");
      await json(["withdraw", "--to", sponsor.address, "--yes"], seller.env);
      await json(["delegate", "self"], buyer.env);
    });
  });

  describe("a wrong password", () => {
    const wrong = (env: Environment, name: string): Environment => ({ ...env, [name]: "mistyped" });

    // claim(attacks#command-line-package-and-sellers-agent): a keyring sealed under a password that nobody meant
    it("of a new keyring is noticed by the keystore, before anything is sealed", async () => {
      const fresh = await person(
        chain.folder,
        `fresh-${Date.now()}`,
        { rpc: chain.node.url, addresses: seller.env.ISONOMY_ADDRESSES! },
        localWallet(6),
      );
      const env = { ...fresh.env, ISONOMY_STORE: join(fresh.env.ISONOMY_HOME!, "store") };
      const out = ["--out", join(fresh.env.ISONOMY_HOME!, "prepared.json")];
      expect(await refusal(["prepare", file, ...out], wrong(env, "ISONOMY_PASSWORD"))).to.equal("PASSWORD_WRONG");
      expect(await readdir(fresh.env.ISONOMY_HOME!)).to.deep.equal(["keystore.json"]);
      await json(["prepare", file, ...out], { ...env, ISONOMY_PASSWORD: PASSWORD });
    });

    it("of the keyring is noticed before a file is fetched, a question asked or the agent begins", async () => {
      const { licenseId } = await json<{ licenseId: string }>(["buy", withFile, "--terms", offers.file], buyer.env);
      const out = join(chain.folder, "never.bin");
      for (const parameters of [
        ["open", licenseId, "--out", out],
        ["complain", licenseId],
        ["report", licenseId],
        ["buy", withFile, "--terms", offers.file, "--again"],
        ["update", licenseId, withFile],
      ]) {
        const code = await refusal(parameters, wrong(buyer.env, "ISONOMY_KEYRING_PASSWORD"));
        expect(code, parameters[0]).to.equal("KEY_FILE_PASSWORD");
      }
      const agent = ["seller", "--confirmations", "0"];
      expect(await refusal(agent, wrong(seller.env, "ISONOMY_KEYRING_PASSWORD"))).to.equal("KEY_FILE_PASSWORD");
    });
  });
});
