import { expect } from "chai";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { winkCard } from "../../../scripts/demo/card";
import { policyId } from "../../../sdk/src/market";
import { json, localWallet, person, refusal, runHere } from "../../support/cli";
import { separateNode, type SeparateNode } from "../../support/separate-node";

type Person = Awaited<ReturnType<typeof person>>;

describe("isonomy payee, and isonomy clearance", function () {
  this.timeout(120_000);
  let chain: SeparateNode;
  let seller: Person;
  let issuer: Person;
  let buyer: Person;
  let model: string;
  let version: string;
  let terms: string;
  let snapshot: string;
  let files = 0;

  before(async function () {
    this.timeout(180_000);
    chain = await separateNode();
    const at = { rpc: chain.node.url, addresses: join(chain.folder, "deployment.json") };
    seller = await person(chain.folder, "seller", at, localWallet(7));
    issuer = await person(chain.folder, "issuer", at, localWallet(8));
    buyer = await person(chain.folder, "buyer", at, localWallet(9));
    const card = join(chain.folder, "card.json");
    await writeFile(card, JSON.stringify(winkCard));
    const listed = await json<{ versionId: string; modelId: string }>(["list", card], seller.env);
    [model, version] = [listed.modelId, listed.versionId];
    const offer = ["offer", version, "--price", "1 native", "--policy", `${issuer.address}:7`, "--soulbound"];
    terms = (await json<{ termsHash: string }>(offer, seller.env)).termsHash;
  });

  after(() => chain.close());

  beforeEach(async () => {
    snapshot = (await chain.provider.send("evm_snapshot", [])) as string;
  });
  afterEach(() => chain.provider.send("evm_revert", [snapshot]));

  const fresh = (): string => join(chain.folder, `clearance ${files++}.json`);
  async function signed(path = fresh(), by = issuer): Promise<string> {
    const signing = ["clearance", "sign", terms, buyer.address, path, "--number", "7", "--valid", "30d"];
    await json(signing, by.env);
    return path;
  }
  const buying = () => ["buy", version, "--terms", terms];
  const show = ["clearance", "show"];

  // claim(attacks#licences-listings-offers-and-signatures): buy under a policy without a clearance
  // claim(invariants#market-and-escrow): under an offer with a policy nobody receives a licence from the market without a
  //   clearance that is good at the purchase | a buyer whom the seller may not sell to
  it("sells under a policy to an account that its issuer cleared, and to no other", async () => {
    expect(await refusal(buying(), buyer.env)).to.equal("OfferPolicies_NotCleared");
    const asked = () => [...show, terms, buyer.address, "--issuer", issuer.address, "--number", "7"];
    expect(await json(asked(), buyer.env)).to.include({ isCleared: false, validUntil: "0" });
    const file = await signed();
    // anyone may present it; the issuer sent nothing
    expect(await chain.provider.getTransactionCount(issuer.address)).to.equal(0);
    const presented = await json<Record<string, string>>(["clearance", "present", file], seller.env);
    const policy = policyId({ issuer: issuer.address, number: 7n });
    expect(presented).to.include({ policy, termsHash: terms, recipient: buyer.address });
    expect(await json(asked(), buyer.env)).to.include({ isCleared: true, validUntil: presented.validUntil });
    const { out } = await runHere([...show, terms, buyer.address, "--number", "7"], issuer.env);
    expect(out).to.match(/is cleared until .*under policy 7 of 0x/);
    expect(await json(buying(), buyer.env)).to.have.property("licenseId");
  });

  // claim(attacks#licences-listings-offers-and-signatures): present a clearance that was revoked, or buy after it was
  it("takes a clearance back, also one that was not presented yet", async () => {
    const file = await signed();
    const revoking = ["clearance", "revoke", terms, buyer.address, "--number", "7"];
    expect(await refusal(revoking, issuer.env)).to.equal("NOT_CONFIRMED");
    expect(await json([...revoking, "--yes"], issuer.env)).to.include({ revoked: true });
    expect(await refusal(["clearance", "present", file], buyer.env)).to.equal("OfferPolicies_OldNonce");
    await chain.provider.send("evm_increaseTime", [60]);
    await chain.provider.send("evm_mine", []);
    await json(["clearance", "present", await signed()], buyer.env);
    await json([...revoking, "--yes"], issuer.env);
    expect(await refusal(buying(), buyer.env)).to.equal("OfferPolicies_NotCleared");
  });

  // claim(attacks#licences-listings-offers-and-signatures): a clearance of another signer or account, for another chain or deployment, or for more
  //   than a year
  it("refuses a clearance of another signer, with a change, or that is none", async () => {
    // the seller signs for a policy of its own, which the offer does not name
    const own = await signed(fresh(), seller);
    await json(["clearance", "present", own], buyer.env);
    expect(await refusal(buying(), buyer.env)).to.equal("OfferPolicies_NotCleared");
    const file = await signed();
    const known = JSON.parse(await readFile(file, "utf8")) as { clearance: Record<string, string> };
    const changed = async (differs: object): Promise<string> => {
      const path = fresh();
      await writeFile(path, JSON.stringify({ ...known, ...differs }));
      return path;
    };
    const other = { ...known.clearance, recipient: seller.address };
    const present = async (differs: object) => refusal(["clearance", "present", await changed(differs)], buyer.env);
    expect(await present({ clearance: other })).to.equal("OfferPolicies_BadSignature");
    expect(await present({ policies: seller.address })).to.equal("CLEARANCE_OF_ANOTHER");
    expect(await present({ chainId: "1" })).to.equal("WRONG_NETWORK");
    expect(await present({ format: "other" })).to.equal("FILE_INVALID");
    expect(await present({ clearance: { ...known.clearance, nonce: "-1" } })).to.equal("FILE_INVALID");
    expect(await present({ clearance: { ...known.clearance, policy: "0x00" } })).to.equal("FILE_INVALID");
    const long = ["clearance", "sign", terms, buyer.address, fresh(), "--valid", "400d"];
    const late = (await json<{ out: string }>(long, issuer.env)).out;
    expect(await refusal(["clearance", "present", late], buyer.env)).to.equal("OfferPolicies_BadValidity");
  });

  it("warns of a policy on licences that may be given away, and says the policy among the terms", async () => {
    const offer = ["offer", version, "--price", "1 native", "--policy", issuer.address];
    const { err, out, code } = await runHere(offer, seller.env);
    expect(code, err).to.equal(0);
    expect(err).to.contain("with --soulbound it stays with its buyer");
    expect(out).to.contain(`only to accounts that ${issuer.address} has cleared, by its policy 0`);
    expect(await refusal(["offer", version, "--price", "1 native", "--policy", "me"], seller.env)).to.equal(
      "VALUE_INVALID",
    );
    const { out: shown } = await runHere(["show", version, "--all"], buyer.env);
    expect(shown).to.contain("for accounts alone that the issuer of its policy has cleared");
  });

  // claim(attacks#licences-listings-offers-and-signatures): fix the payee of somebody else's model, or a second time
  // claim(invariants#market-and-escrow): a model's payee is fixed by its creator in the first week or never, and then for
  //   good | a seller of a title, who takes its buyer's income; a holder who takes out those who share in it
  it("says who is paid for a model, and fixes it for good while that can be", async () => {
    const before = await json(["payee", model], buyer.env);
    expect(before).to.include({ modelId: model, payee: seller.address, fixed: false, canFix: true });
    const fixing = ["payee", model, issuer.address];
    expect(await refusal([...fixing, "--yes"], buyer.env)).to.equal("ModelRegistry_NotTitleHolder");
    expect(await refusal(fixing, seller.env)).to.equal("NOT_CONFIRMED");
    expect(await json([...fixing, "--yes"], seller.env)).to.include({ payee: issuer.address, fixed: true });
    const after = await json(["payee", model], buyer.env);
    expect(after).to.include({ payee: issuer.address, fixed: true, canFix: false });
    expect(await refusal([...fixing, "--yes"], seller.env)).to.equal("ModelRegistry_PayeeFixed");
    const { out } = await runHere(["show", model, "--model"], buyer.env);
    expect(out).to.contain(`${issuer.address}, whoever holds the title`);
    expect(await refusal(["payee", "999"], buyer.env)).to.equal("ModelRegistry_UnknownVersion");
  });

  // claim(attacks#licences-listings-offers-and-signatures): fix a payee after the first week, as in the block before the title is sold
  // claim(invariants#market-and-escrow): a model's payee is fixed by its creator in the first week or never, and then for
  //   good
  it("says that a payee can no longer be fixed once the first week is over", async () => {
    await chain.provider.send("evm_increaseTime", [8 * 86_400]);
    await chain.provider.send("evm_mine", []);
    expect(await json(["payee", model], buyer.env)).to.include({ fixed: false, canFix: false });
    const fixing = ["payee", model, issuer.address, "--yes"];
    expect(await refusal(fixing, seller.env)).to.equal("ModelRegistry_PayeeWindowOver");
  });
});
