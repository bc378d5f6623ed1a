import { expect } from "chai";
import { readFile, writeFile, stat } from "node:fs/promises";
import { join } from "node:path";

import { winkCard } from "../../../scripts/demo/card";
import { prepareWithWrongChunk } from "../../../scripts/demo/cheat";
import { portablePlatform } from "../../../sdk/src/fairexchange";
import { FileKeyring, folderStore } from "../../../sdk/src/node";
import { TestToken__factory } from "../../../typechain-types/factories/test/contracts/tokens/TestToken__factory";
import { PASSWORD, json, localWallet, person, refusal, runHere } from "../../support/cli";
import { separateNode, type SeparateNode } from "../../support/separate-node";

const FILE = Uint8Array.from({ length: 40 * 1024 + 5 }, (_, index) => (index * 31 + (index >> 8)) % 256);
const WRONG_CHUNK = 7;

type Person = Awaited<ReturnType<typeof person>>;

describe("isonomy, from a file to the money", function () {
  this.timeout(120_000);
  let chain: SeparateNode;
  let seller: Person;
  let buyer: Person;
  let file: string;
  let card: string;
  let versionId: string;

  before(async function () {
    this.timeout(180_000);
    chain = await separateNode();
    const addresses = join(chain.folder, "deployment.json");
    const at = { rpc: chain.node.url, addresses };
    seller = await person(chain.folder, "seller", at, localWallet(7));
    buyer = await person(chain.folder, "buyer", at, localWallet(8));
    const token = TestToken__factory.connect(chain.addresses.TestToken!, await chain.provider.getSigner(8));
    await (await token.mint(buyer.address, 1_000_000_000n)).wait();
    file = join(chain.folder, "model.bin");
    card = join(chain.folder, "card.json");
    await writeFile(file, FILE);
    await writeFile(card, JSON.stringify(winkCard));
  });

  after(() => chain.close());

  const status = async (id: string) => (await json<{ status: string }>(["status", "--deal", id], buyer.env)).status;
  const deliver = ["seller", "--confirmations", "0", "--every", "1"];

  it("seals, lists, offers, sells, delivers, opens and pays", async () => {
    const prepared = `${file}.isonomy.json`;
    const sealed = await json<{ size: string; out: string }>(["prepare", file], seller.env);
    expect(sealed).to.include({ size: String(FILE.length), out: prepared });
    const listed = await json<{ versionId: string }>(["list", card, "--prepared", prepared], seller.env);
    versionId = listed.versionId;
    const terms = ["--price", "25", "--token", "TestToken", "--deliver", "1d", "--complain", "2d"];
    const offered = await json<{ termsHash: string }>(["offer", versionId, ...terms], seller.env);

    const bought = await json<{ licenseId: string; price: string }>(
      ["buy", versionId, "--terms", offered.termsHash, "--max-price", "25 TestToken"],
      buyer.env,
    );
    expect(bought.price).to.equal("25000000");
    const { licenseId } = bought;
    expect(await status(licenseId)).to.equal("open");
    expect(await refusal(["open", licenseId, "--out", join(chain.folder, "early")], buyer.env)).to.equal(
      "KEY_NOT_DELIVERED",
    );
    const sales = await json<{ toDeliver: { licenseId: string }[] }>(["status"], seller.env);
    expect(sales.toDeliver.map((sale) => sale.licenseId)).to.deep.equal([licenseId]);

    const { code, out } = await runHere([...deliver, "--json"], seller.env);
    expect(code).to.equal(0);
    const events = out
      .trim()
      .split("\n")
      .map((line) => (JSON.parse(line) as { event: string }).event);
    expect(events).to.deep.equal(["started", "sale", "delivered"]);

    const opened = join(chain.folder, "opened.bin");
    await json(["open", licenseId, "--out", opened], buyer.env);
    expect((await readFile(opened)).equals(FILE)).to.equal(true);
    expect(await refusal(["open", licenseId, "--out", opened], buyer.env)).to.equal("FILE_EXISTS");
    expect(await refusal(["complain", licenseId], buyer.env)).to.equal("COMPLAINT_NOTHING");

    const shown = await json<{ offers: { termsHash: string; sold: string }[] }>(
      ["status", "--listing", versionId],
      buyer.env,
    );
    expect(shown.offers).to.have.length(1);
    expect(shown.offers[0]).to.include({ termsHash: offered.termsHash, sold: "1" });

    const { complainBy } = (await json<{ deal: { complainBy: string } }>(["status", "--deal", licenseId], buyer.env))
      .deal;
    await chain.provider.send("evm_setNextBlockTimestamp", [`0x${(BigInt(complainBy) + 1n).toString(16)}`]);
    await chain.provider.send("evm_mine", []);
    expect(await refusal(["withdraw", "--token", "TestToken"], seller.env)).to.equal("NOTHING_TO_WITHDRAW");
    await json(["settle", licenseId], buyer.env);
    const paid = await json<{ amount: string }>(["withdraw", "--token", "TestToken"], seller.env);
    expect(paid.amount).to.equal(String((25_000_000n * 9_750n) / 10_000n));
  });

  // claim(attacks#command-line-package-and-sellers-agent): a file opened under its name before all of it is verified
  it("proves a wrong file and gets the money back", async () => {
    const { blob, prepared } = await prepareWithWrongChunk(FILE, WRONG_CHUNK, portablePlatform);
    const cid = await folderStore(seller.env.ISONOMY_STORE!).put(blob);
    const keyring = new FileKeyring(join(seller.env.ISONOMY_HOME!, "keyring.json"), PASSWORD, portablePlatform, 1_024);
    await keyring.add({ kind: "version", secret: prepared.key, x: prepared.keyX, note: "wrong" });
    const wrong = join(chain.folder, "wrong.isonomy.json");
    const { root, contentRoot, keyX, size } = prepared;
    const format = "isonomy.prepared.v1";
    const content = { format, name: "wrong.bin", blob: cid, root, contentRoot, keyX: `${keyX}`, size: `${size}` };
    await writeFile(wrong, JSON.stringify(content));
    const listed = await json<{ versionId: string }>(["list", card, "--prepared", wrong], seller.env);
    const terms = ["--price", "10", "--token", "TestToken", "--deliver", "1d"];
    const { termsHash } = await json<{ termsHash: string }>(["offer", listed.versionId, ...terms], seller.env);
    const { licenseId } = await json<{ licenseId: string }>(["buy", listed.versionId, "--terms", termsHash], buyer.env);
    await runHere(deliver, seller.env);

    const target = join(chain.folder, "wrong.bin");
    expect(await refusal(["open", licenseId, "--out", target], buyer.env)).to.equal("FILE_WRONG");
    expect(await stat(target).catch(() => undefined)).to.equal(undefined);
    expect(await stat(`${target}.part`).catch(() => undefined)).to.equal(undefined);
    // what was closed before, or whose time is over, is not refunded by the proof, and the command says which
    for (const [first, because] of [
      [() => json(["settle", licenseId, "--yes"], buyer.env), "it was settled before, and the seller is paid."],
      [() => json(["refund", licenseId, "--yes"], seller.env), "it was refunded before; the price is in the ledger"],
      [() => chain.provider.send("evm_increaseTime", [3 * 86_400]), "its time for complaints ended at "],
    ] as const) {
      const snapshot = (await chain.provider.send("evm_snapshot", [])) as string;
      await first();
      await chain.provider.send("evm_mine", []);
      const { code, out } = await runHere(["complain", licenseId], buyer.env);
      expect(code).to.equal(0);
      expect(out).to.contain(`is proven defective. This deal was not refunded by it: ${because}`);
      await chain.provider.send("evm_revert", [snapshot]);
    }
    const complained = await json<{ wrongChunk: string; status: string }>(["complain", licenseId], buyer.env);
    expect(complained.status).to.equal("refunded");
    expect(complained.wrongChunk).to.equal(String(WRONG_CHUNK));
    expect(await status(licenseId)).to.equal("refunded");
    const back = await json<{ amount: string }>(["withdraw", "--token", "TestToken"], buyer.env);
    expect(back.amount).to.equal("10000000");
  });

  it("sells by a signed offer that is never listed", async () => {
    const code = join(chain.folder, "code.json");
    const terms = [
      "--price",
      "0.5 native",
      "--licence-only",
      "--supply",
      "1",
      "--expires",
      "1d",
      "--for",
      buyer.address,
    ];
    const signed = await json<{ termsHash: string }>(["offer", versionId, ...terms, "--sign", code], seller.env);
    expect(await refusal(["buy", versionId, "--signed", code], seller.env)).to.equal("Market_NotTheBuyer");
    expect(await refusal(["buy", versionId, "--signed", code], buyer.env)).to.equal("LICENCE_HELD");
    expect(await refusal(["buy", versionId, "--signed", code, "--again"], buyer.env)).to.equal("TERMS_NOT_NAMED");
    const named = ["buy", versionId, "--signed", code, "--terms", signed.termsHash, "--again"];
    const bought = await json<{ price: string }>(named, buyer.env);
    expect(bought.price).to.equal(String(5n * 10n ** 17n));
    expect(await refusal(["buy", versionId, "--signed", code], buyer.env)).to.equal("Market_SoldOut");
    expect(signed.termsHash).to.match(/^0x[0-9a-f]{64}$/);
  });

  it("revokes an offer for good", async () => {
    const { termsHash } = await json<{ termsHash: string }>(
      ["offer", versionId, "--price", "3 native", "--licence-only"],
      seller.env,
    );
    await json(["offer", versionId, "--revoke", termsHash], seller.env);
    expect(await refusal(["buy", versionId, "--terms", termsHash], buyer.env)).to.equal("Market_OfferRevoked");
  });

  it("makes a pool, trades in it, pays a licence through it, and takes the liquidity out", async () => {
    const [native, token] = ["native", "TestToken"];
    await json(["pool", "create", native, token], buyer.env);
    const added = await json<{ amount0: string; amount1: string }>(
      ["pool", "add", "1", native, "400", token, "--slippage", "50"],
      buyer.env,
    );
    expect(added).to.include({ amount0: String(10n ** 18n), amount1: "400000000" });
    const { pools } = await json<{ pools: unknown[] }>(["pool", "list"], buyer.env);
    expect(pools).to.have.length(1);

    const quote = await json<{ amountOut: string }>(["swap", "0.01", native, token, "--quote"], seller.env);
    const swapped = await json<{ amountOut: string }>(["swap", "0.01", native, token, "--slippage", "50"], seller.env);
    expect(swapped.amountOut).to.equal(quote.amountOut);
    const exact = await json<{ amountOut: string }>(
      ["swap", "1", native, token, "--exact-out", "--max-in", "1 native"],
      seller.env,
    );
    expect(exact.amountOut).to.equal("1000000");

    const terms = ["--price", "2", "--token", token, "--licence-only", "--salt", "9"];
    const { termsHash } = await json<{ termsHash: string }>(["offer", versionId, ...terms], seller.env);
    const buy = ["buy", versionId, "--terms", termsHash, "--pay-with", native, "--again"];
    expect(await refusal(buy, buyer.env)).to.equal("SPENDING_UNBOUND");
    expect(await refusal([...buy, "--max-spent", "1 TestToken"], buyer.env)).to.equal("UNIT_OTHER");
    expect(await refusal([...buy, "--max-spent", "0.000001"], buyer.env)).to.equal("SWAP_TOO_DEAR");
    expect(await refusal([...buy.slice(0, 4), "--max-spent", "1"], buyer.env)).to.equal("OPTION_MISSING");
    const bought = await json<{ spent: string }>([...buy, "--max-spent", "0.1 native"], buyer.env);
    expect(BigInt(bought.spent) > 0n).to.equal(true);

    const { positions } = await json<{ positions: { shares: string }[] }>(["pool", "positions"], buyer.env);
    expect(positions).to.have.length(1);
    const removed = await json<{ shares: string }>(["pool", "remove", native, token, "--slippage", "50"], buyer.env);
    expect(removed.shares).to.equal(positions[0]!.shares);
    expect(await refusal(["pool", "remove", native, token, "--slippage", "50"], buyer.env)).to.equal("SHARES_MISSING");
  });

  it("says the same to people, with progress on the other stream", async () => {
    const { out, err, code } = await runHere(["swap", "1", "native", "TestToken", "--quote"], buyer.env);
    expect(code).to.equal(1);
    expect(out).to.equal("");
    expect(err).to.match(/^isonomy: No path of pools leads from .+ Try a smaller amount/);
    const listing = await runHere(["status", "--listing", versionId], buyer.env);
    expect(listing.out).to.match(/^version +\d+\npublished .+\ncard +ipfs:/);
  });
});
