import { expect } from "chai";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import { winkCard } from "../../scripts/demo/card";
import { MarketClient, completeOffer } from "../../sdk/src/market";
import { json, localWallet, person, refusal, runHere } from "../support/cli";
import { caught } from "../support/caught";
import { separateNode, type SeparateNode } from "../support/separate-node";

type Person = Awaited<ReturnType<typeof person>>;

/**
 * What was lost: a model that was paid for. A seller left out `--deliver`; its licences were sold at once, no key was owed,
 * and neither `buy` nor `status` said so.
 */
describe("Finding: a file that nobody owed", function () {
  this.timeout(120_000);
  let chain: SeparateNode;
  let seller: Person;
  let buyer: Person;
  let withFile: string;
  let bare: string;

  before(async function () {
    this.timeout(240_000);
    chain = await separateNode();
    const at = { rpc: chain.node.url, addresses: join(chain.folder, "deployment.json") };
    seller = await person(chain.folder, "seller", at, localWallet(7));
    buyer = await person(chain.folder, "buyer", at, localWallet(8));
    const [card, file] = [join(chain.folder, "card.json"), join(chain.folder, "model.bin")];
    await writeFile(card, JSON.stringify(winkCard));
    await writeFile(file, "what is sold");
    await json(["prepare", file], seller.env);
    const list = ["list", card, "--prepared", `${file}.isonomy.json`];
    withFile = (await json<{ versionId: string }>(list, seller.env)).versionId;
    bare = (await json<{ versionId: string }>(["list", card], seller.env)).versionId;
  });

  after(() => chain.close());

  // claim(attacks#proofs-of-the-fair-exchange): a licence sold for a file although nobody owes its key
  it("is offered only by one who says so, listed or signed", async () => {
    const signed = join(chain.folder, "signed.json");
    for (const more of [[], ["--deliver", "0"], ["--sign", signed], ["--deliver", "0", "--sign", signed]]) {
      const parameters = ["offer", withFile, "--price", "1 native", ...more];
      expect(await refusal(parameters, seller.env), more.join(" ")).to.equal("FILE_WITHOUT_DELIVERY");
    }
    const both = ["offer", withFile, "--price", "1 native", "--deliver", "1d", "--licence-only"];
    expect(await refusal(both, seller.env)).to.equal("OPTION_CONFLICT");
    expect(await json(["offer", withFile, "--price", "1 native", "--licence-only"], seller.env)).to.have.property(
      "termsHash",
    );
    // a version without a file has nothing to deliver
    expect(await json(["offer", bare, "--price", "1 native"], seller.env)).to.have.property("termsHash");
  });

  it("the command that list prints next is one that works", async () => {
    const [card, file] = [join(chain.folder, "card.json"), join(chain.folder, `${Math.random()}.bin`)];
    await writeFile(file, "what is sold");
    await json(["prepare", file], seller.env);
    for (const more of [[], ["--prepared", `${file}.isonomy.json`]]) {
      const { out } = await runHere(["list", card, ...more], seller.env);
      const [, next] = /^Next: isonomy (offer .*)$/m.exec(out)!;
      const words = [...next!.replace("<number> <token>", "1 native").matchAll(/"([^"]*)"|(\S+)/g)];
      await json(
        words.map(([, quoted, word]) => quoted ?? word!),
        seller.env,
      );
    }
  });

  it("is offered by a client of the library only when the window is named", async () => {
    const market = new MarketClient(chain.deployment, await chain.provider.getSigner(7));
    const terms = { versionId: BigInt(withFile), price: 7n, supply: 1n };
    const { args } = await caught(() => market.createOffer(terms), "DELIVERY_UNDECIDED");
    expect(args).to.include({ versionId: BigInt(withFile), size: 12n });
    expect((await market.offersOf(BigInt(withFile))).some(({ offer }) => offer.price === 7n)).to.equal(false);
    await market.createOffer({ ...terms, deliveryWindow: 0n });
    await market.createOffer({ ...terms, price: 8n, deliveryWindow: 3_600n, complaintWindow: 172_800n });
    await market.createOffer({ ...terms, versionId: BigInt(bare) });
  });

  // claim(attacks#command-line-package-and-sellers-agent): an offer signed without the checks that precede a listing:
  //   an undecided delivery, a shared key, terms that the market refuses, a future epoch
  it("is signed by a client of the library under the same checks as it is listed", async () => {
    const signer = await chain.provider.getSigner(7);
    const market = new MarketClient(chain.deployment, signer);
    const terms = { versionId: BigInt(withFile), price: 7n, supply: 1n, salt: 70n };
    const window = { deliveryWindow: 3_600n, complaintWindow: 172_800n };
    const { args } = await caught(() => market.signOffer(terms), "DELIVERY_UNDECIDED");
    expect(args).to.include({ versionId: BigInt(withFile), size: 12n });
    // what is completed by hand decides it too: there is no default that sells the licence alone
    await caught(async () => completeOffer(seller.address, terms as never), "WINDOW_MISSING");
    // the market's own judgement of the terms, the title and the token
    const bad = { ...terms, deliveryWindow: 1n, complaintWindow: 172_800n };
    expect((await caught(() => market.signOffer(bad), "Market_BadTerms")).args).to.include({ field: "deliveryWindow" });
    await caught(
      () => market.signOffer({ ...terms, ...window, payToken: chain.addresses.Escrow! }),
      "Market_TokenNotListed",
    );
    await caught(
      async () =>
        new MarketClient(chain.deployment, await chain.provider.getSigner(8)).signOffer({ ...terms, ...window }),
      "Market_NotTitleHolder",
    );
    // a signature for an epoch that has not begun would count from the day on which all are revoked
    const early = await caught(() => market.signOffer({ ...terms, ...window, epoch: 1n }), "EPOCH_NOT_CURRENT");
    expect(early.args).to.include({ epoch: 1n, current: 0n });

    const code = await market.signOffer({ ...terms, ...window });
    expect(code.offer).to.include({ creator: seller.address, deliveryWindow: 3_600n, epoch: 0n });
    await new MarketClient(chain.deployment, await chain.provider.getSigner(8)).simulatePurchase(code.offer, code);
  });

  it("is told from one that is owed before it is paid, in status and in the result", async () => {
    const licence = await json<{ termsHash: string }>(
      ["offer", withFile, "--price", "2 native", "--licence-only"],
      seller.env,
    );
    const delivered = await json<{ termsHash: string }>(
      ["offer", withFile, "--price", "3 native", "--deliver", "1d", "--complain", "2d", "--updates", "--soulbound"],
      seller.env,
    );
    const { out } = await runHere(["status", "--listing", withFile], buyer.env);
    expect(out.split("NOT SOLD").length - 1).to.be.greaterThan(1);
    const owed = out.slice(out.indexOf(delivered.termsHash));
    expect(owed).to.contain("whose key is owed within 1d of the purchase").and.contain("for 2d after the delivery");
    expect(owed).to.contain("included").and.contain("the licence stays with its holder");

    for (const [{ termsHash }, words] of [
      [licence, "NOT SOLD: the version has one of 12 bytes, and no key is ever owed"],
      [delivered, "whose key is owed within 1d of the purchase"],
    ] as const) {
      const bought = await runHere(["buy", withFile, "--terms", termsHash, "--again"], buyer.env);
      expect(bought.code, bought.err).to.equal(0);
      // the terms come first, on the stream that people read
      expect(bought.err.indexOf(words)).to.be.greaterThan(-1);
      expect(bought.err.indexOf(words)).to.be.lessThan(bought.err.indexOf("- Buy"), bought.err);
      expect(bought.out).to.contain(termsHash === licence.termsHash ? "no key is owed" : "in escrow");
    }
  });
});
