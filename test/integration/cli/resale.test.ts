import { expect } from "chai";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { winkCard } from "../../../scripts/demo/card";
import { IResale__factory } from "../../../typechain-types";
import { json, localWallet, person, refusal, runHere } from "../../support/cli";
import { separateNode, type SeparateNode } from "../../support/separate-node";
import { restoring, type Person } from "../../support/shop";

const DAY = 86_400;
const COIN = 10n ** 18n;
const CONTENT = "what is sold twice";

describe("isonomy resale", function () {
  this.timeout(240_000);
  let chain: SeparateNode;
  let creator: Person;
  let holder: Person;
  let buyer: Person;
  let service: string;
  let file: string;
  let serviceTerms: string;
  let fileTerms: string;
  let files = 0;

  before(async function () {
    this.timeout(240_000);
    chain = await separateNode();
    const at = { rpc: chain.node.url, addresses: join(chain.folder, "deployment.json") };
    creator = await person(chain.folder, "seller", at, localWallet(7));
    holder = await person(chain.folder, "holder", at, localWallet(8));
    buyer = await person(chain.folder, "buyer", at, localWallet(9));
    const card = join(chain.folder, "card.json");
    const blob = join(chain.folder, "model.bin");
    await writeFile(card, JSON.stringify(winkCard));
    await writeFile(blob, CONTENT);
    await json(["prepare", blob], creator.env);
    const listed = async (...more: string[]) =>
      (await json<{ versionId: string }>(["list", card, "--royalty", "500", ...more], creator.env)).versionId;
    const offered = async (version: string, ...more: string[]) =>
      (await json<{ termsHash: string }>(["offer", version, "--price", "1 native", ...more], creator.env)).termsHash;
    service = await listed();
    file = await listed("--prepared", `${blob}.isonomy.json`);
    serviceTerms = await offered(service);
    fileTerms = await offered(file, "--deliver", "1d", "--complain", "2d");
  });

  after(() => chain.close());
  restoring(() => chain);

  const fresh = (): string => join(chain.folder, `file ${files++}.json`);
  const later = async (seconds: number): Promise<void> => {
    await chain.provider.send("evm_increaseTime", [seconds]);
    await chain.provider.send("evm_mine", []);
  };
  const bought = async (version: string, terms: string): Promise<string> =>
    (await json<{ licenseId: string }>(["buy", version, "--terms", terms, "--again"], holder.env)).licenseId;
  const earned = async (account: Person): Promise<bigint> => {
    const { earned: all } = await json<{ earned: { symbol: string; amount: string }[] }>(["status"], account.env);
    return BigInt(all.find(({ symbol }) => symbol === "native")?.amount ?? 0n);
  };
  const owner = async (licence: string): Promise<string> => {
    const data = `0x6352211e${BigInt(licence).toString(16).padStart(64, "0")}`;
    return `0x${(await chain.provider.call({ to: chain.addresses.LicenseToken!, data })).slice(26)}`;
  };
  const asked = async (licence: string, ...more: string[]): Promise<string> => {
    const path = fresh();
    await json(["resale", "ask", licence, path, "--price", "2 native", "--yes", ...more], holder.env);
    return path;
  };

  /** A licence of the file that the holder bought, opened and accepted. */
  async function ownedFile(): Promise<string> {
    const licence = await bought(file, fileTerms);
    const state = join(chain.folder, `state-${Math.random()}.json`);
    const { code, err } = await runHere(["seller", "--confirmations", "0", "--state", state], creator.env);
    expect(code, err).to.equal(0);
    await json(["settle", licence, "--yes"], holder.env);
    return licence;
  }

  it("sells a licence at once: fee and royalty are taken from the price", async () => {
    const licence = await bought(service, serviceTerms);
    const path = await asked(licence);
    const before = [await earned(holder), await earned(creator)];
    expect(await refusal(["resale", "buy", path], buyer.env)).to.equal("NOT_CONFIRMED");
    const paid = await json(["resale", "buy", path, "--yes"], buyer.env);
    expect(paid).to.include({ licenseId: licence, price: String(2n * COIN), escrow: false });
    expect((await owner(licence)).toLowerCase()).to.equal(buyer.address.toLowerCase());
    const share = (bps: bigint) => (2n * COIN * bps) / 10_000n;
    expect((await earned(holder)) - before[0]!).to.equal(2n * COIN - share(250n) - share(500n));
    expect((await earned(creator)) - before[1]!).to.equal(share(500n));
    expect(await refusal(["resale", "buy", path, "--yes"], holder.env)).to.equal("Resale_Used");
    expect(await refusal(["resale", "claim", licence], buyer.env)).to.equal("RESALE_UNKNOWN");
    expect(await refusal(["resale", "deliver", licence], holder.env)).to.equal("RESALE_UNKNOWN");
  });

  it("says what the licence is and what is left of it before it asks for money", async () => {
    const shown = async (path: string, ...more: string[]): Promise<string> => {
      const { err } = await runHere(["resale", "buy", path, ...more], buyer.env, { onQuestion: () => false });
      return err;
    };
    const plain = await shown(await asked(await bought(service, serviceTerms)), "--recipient", creator.address);
    expect(plain)
      .to.match(/model +1: /)
      .and.contain(winkCard.name)
      .and.match(/version +1\.1/);
    expect(plain).to.match(new RegExp(`recipient +${creator.address}`));
    expect(plain).not.to.contain("left");
    const month = ["offer", service, "--price", "1 native", "--subscription", "30d", "--salt", "4"];
    const { termsHash } = await json<{ termsHash: string }>(month, creator.env);
    const path = await asked(await bought(service, termsHash));
    const subscribed = await shown(path);
    expect(subscribed).to.match(/left +runs until /);
    expect(subscribed).to.match(new RegExp(`recipient +${buyer.address}`));
  });

  it("pays for no less than it showed to be left", async () => {
    const month = ["offer", service, "--price", "1 native", "--subscription", "30d", "--salt", "5"];
    const { termsHash } = await json<{ termsHash: string }>(month, creator.env);
    const licence = await bought(service, termsHash);
    const path = await asked(licence);
    await json(["resale", "buy", path, "--yes"], buyer.env);
    const { timestamp } = (await chain.provider.getBlock("latest"))!;
    const { data } = (await (await chain.provider.getBlock("latest"))!.getTransaction(0))!;
    const { bid } = IResale__factory.createInterface().decodeFunctionData("buy", data) as unknown as {
      bid: { minMeasure: bigint };
    };
    expect(Number(bid.minMeasure) - timestamp)
      .to.be.greaterThan(29 * DAY)
      .and.at.most(30 * DAY);
  });

  it("asks before it lets the resale move licences, and once", async () => {
    const licence = await bought(service, serviceTerms);
    const path = fresh();
    const asking = ["resale", "ask", licence, path, "--price", "2 native"];
    expect(await refusal(asking, holder.env)).to.equal("NOT_CONFIRMED");
    const first = await json<{ transaction?: object; ask: { bit: string } }>([...asking, "--yes"], holder.env);
    expect(first.transaction).to.be.an("object");
    const second = await json<{ transaction?: object; ask: { bit: string } }>(
      ["resale", "ask", licence, fresh(), "--price", "3 native"],
      holder.env,
    );
    expect(second.transaction).to.equal(undefined);
    // both are for one licence, so they share a bit
    expect(second.ask.bit).to.equal(first.ask.bit);
    expect(await refusal(["resale", "ask", licence, path, "--price", "3 native"], holder.env)).to.equal("FILE_EXISTS");
    expect(await refusal(["resale", "ask", licence, fresh(), "--price", "3 native", "--yes"], buyer.env)).to.equal(
      "LICENSE_NOT_HELD",
    );
    const version = ["--file-version", file];
    expect(await refusal([...asking.slice(0, 3), fresh(), ...asking.slice(4), ...version], holder.env)).to.equal(
      "OPTION_MISSING",
    );
  });

  it("cancels one ask, and all of them", async () => {
    const licence = await bought(service, serviceTerms);
    const path = await asked(licence, "--bit", "7");
    expect(await refusal(["resale", "cancel"], holder.env)).to.equal("USAGE");
    await json(["resale", "cancel", path], holder.env);
    expect(await refusal(["resale", "buy", path, "--yes"], buyer.env)).to.equal("Resale_Used");
    const next = await asked(licence);
    expect(await refusal(["resale", "cancel", "--all"], holder.env)).to.equal("NOT_CONFIRMED");
    expect(await json(["resale", "cancel", "--all", "--yes"], holder.env)).to.include({ epoch: "1" });
    expect(await refusal(["resale", "buy", next, "--yes"], buyer.env)).to.equal("Resale_WrongEpoch");
  });

  it("refuses an ask of another deployment, chain or shape", async () => {
    const licence = await bought(service, serviceTerms);
    const path = await asked(licence);
    const written = JSON.parse(await readFile(path, "utf8")) as { ask: object };
    const buying = async (differs: object): Promise<string> => {
      const other = fresh();
      await writeFile(other, JSON.stringify({ ...written, ...differs }));
      return refusal(["resale", "buy", other, "--yes"], buyer.env);
    };
    expect(await buying({ chainId: "1" })).to.equal("WRONG_NETWORK");
    expect(await buying({ resale: buyer.address })).to.equal("ASK_OF_ANOTHER");
    expect(await buying({ ask: { ...written.ask, price: "-1" } })).to.equal("FILE_INVALID");
    expect(await buying({ ask: { ...written.ask, price: "1" } })).to.equal("Resale_BadSignature");
  });

  it("sells the file on: the holder delivers the key again, and the buyer opens, accepts and claims", async () => {
    const licence = await ownedFile();
    const path = await asked(licence, "--delivery", "1d", "--complaints", "2d");
    const paid = await json(["resale", "buy", path, "--yes"], buyer.env);
    expect(paid).to.include({ licenseId: licence, escrow: true });
    expect((await owner(licence)).toLowerCase()).to.equal(chain.addresses.Resale!.toLowerCase());
    const shown = async () => json<{ status: string; next: string[] }>(["status", "--deal", licence], buyer.env);
    expect((await shown()).next.join("\n")).to.contain(`isonomy resale deliver ${licence}`);
    expect(await refusal(["resale", "claim", licence], buyer.env)).to.equal("Resale_NotClosed");
    // not before it is final
    expect(await refusal(["resale", "deliver", licence], holder.env)).to.equal("DEAL_NOT_FINAL");
    await json(["resale", "deliver", licence, "--confirmations", "0"], holder.env);
    const out = join(chain.folder, `opened ${files++}`);
    await json(["open", licence, "--out", out], buyer.env);
    expect(await readFile(out, "utf8")).to.equal(CONTENT);
    const before = await earned(holder);
    await json(["settle", licence, "--yes"], buyer.env);
    expect((await earned(holder)) - before).to.equal((2n * COIN * 9_250n) / 10_000n);
    expect((await shown()).next).to.deep.equal([`anyone: isonomy resale claim ${licence} hands the licence out`]);
    await json(["resale", "claim", licence], holder.env);
    expect((await owner(licence)).toLowerCase()).to.equal(buyer.address.toLowerCase());

    // and on again, by the second holder, who got the key in a resale
    const onward = fresh();
    const asking = ["resale", "ask", licence, onward, "--price", "3 native", "--delivery", "1d", "--yes"];
    await json(asking, buyer.env);
    await json(["resale", "buy", onward, "--yes"], holder.env);
    await json(["resale", "deliver", licence, "--confirmations", "0"], buyer.env);
    expect((await shown()).status).to.equal("delivered");
  });

  it("returns the licence when the holder declines, and when nothing was delivered in time", async () => {
    for (const late of [false, true]) {
      const licence = await ownedFile();
      const path = await asked(licence, "--delivery", "1d");
      await json(["resale", "buy", path, "--yes"], buyer.env);
      if (late) {
        await later(DAY + 60);
        await json(["settle", licence], creator.env);
      } else {
        await json(["decline", licence], holder.env);
      }
      expect((await owner(licence)).toLowerCase()).to.equal(holder.address.toLowerCase());
      const { status } = await json<{ status: string }>(["status", "--deal", licence], buyer.env);
      expect(status).to.equal("refunded");
      // for its holder the deal is the one by which the file was bought
      expect(await json(["status", "--deal", licence], holder.env)).to.include({ status: "settled" });
      const out = join(chain.folder, `opened ${files++}`);
      await json(["open", licence, "--out", out], holder.env);
    }
  });

  it("sells a subscription that still runs for as long as its buyer asks", async () => {
    const month = ["offer", service, "--price", "1 native", "--subscription", "30d", "--salt", "3"];
    const { termsHash } = await json<{ termsHash: string }>(month, creator.env);
    const licence = await bought(service, termsHash);
    const path = await asked(licence);
    const buying = ["resale", "buy", path, "--yes", "--runs-for"];
    expect(await refusal([...buying, "31d"], buyer.env)).to.equal("Resale_Worn");
    await json([...buying, "29d"], buyer.env);
    expect((await owner(licence)).toLowerCase()).to.equal(buyer.address.toLowerCase());
  });
});
