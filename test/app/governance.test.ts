import axe from "axe-core";
import { expect } from "chai";
import { JsonRpcSigner, Wallet, ZeroHash, encodeBytes32String, id, parseEther, toQuantity, type Signer } from "ethers";
import { readFile } from "node:fs/promises";
import type { Page } from "playwright-core";

import { CitizenClient, GovernanceClient } from "../../sdk/src/governance";
import {
  CitizenRegistry__factory,
  GovernanceToken__factory,
  IERC20__factory,
  Market__factory,
} from "../../typechain-types";
import { connectBurner, openStage, type Stage, type Visit } from "./support/stage";

const DAY = 86_400;
const HOLDER = 1;
const ISSUER = 5;
const HOLDS = parseEther("300000000");
const GIVEN = parseEther("100000000");
const FEE_BPS = 200;
const TITLE = "Lower the fee to 2 % <b>now</b>";
const WHY = "Sales fell.\n\nA lower fee leaves <script>more</script> to creators.";

describe("The page: the government", function () {
  this.timeout(180_000);
  let stage: Stage;
  let holder: Signer;
  let dao: GovernanceClient;
  let visit: Visit;
  let page: Page;
  let account: string;
  let proposalId: bigint;
  let newest: bigint;

  before(async function () {
    stage = await openStage(this);
    holder = await stage.chain.provider.getSigner(HOLDER);
    dao = new GovernanceClient(stage.chain.deployment, holder);
    visit = await stage.visit("/dao/delegate");
    page = visit.page;
  });
  after(async () => stage?.close());

  const pass = async (seconds: number): Promise<void> => {
    await stage.chain.provider.send("evm_increaseTime", [seconds]);
    // more blocks than may still be replaced: what the page keeps of older ones is used
    await stage.chain.provider.send("hardhat_mine", ["0xc0", "0x1"]);
  };
  const open = async (path: string): Promise<void> => {
    await page.goto(`${stage.server.origin}/#${path}`);
    await page.reload();
  };
  const valueOf = async (selector: string, name: string): Promise<string | null> =>
    page.locator(selector).first().getAttribute(name);
  const votes = async (house: string): Promise<string[]> => {
    const sides = page.locator(`[data-house="${house}"] [data-side]`);
    return Promise.all([0, 1, 2].map(async (at) => (await sides.nth(at).getAttribute("data-votes"))!));
  };

  /** What is wrong with the screen for readers of screens. */
  const flaws = async (): Promise<string[]> => {
    await page.evaluate(axe.source);
    const { violations } = await page.evaluate(() => (globalThis as unknown as { axe: typeof axe }).axe.run("main"));
    return violations.map((one) => `${one.id}: ${one.nodes.map(({ html }) => html).join(" ")}`);
  };

  it("tells a newcomer that there is nothing to vote with, and nothing proposed", async () => {
    account = await connectBurner(page);
    await page.waitForSelector('[data-reason="nothing"]');
    expect(await valueOf('[data-weight="votes"]', "data-value")).to.equal("0");
    await open("/dao");
    await page.waitForSelector('#phase[data-phase="0"]');
    expect(await valueOf("[data-citizens]", "data-citizens")).to.equal("0");
    await page.waitForSelector("text=Nothing has been proposed yet.");
    await open("/dao/concentration");
    await page.waitForSelector("text=Nobody has delegated tokens yet");
  });

  it("delegates the tokens that the page's wallet was given to itself", async () => {
    const votingToken = GovernanceToken__factory.connect(stage.chain.deployment.contracts.GovernanceToken, holder);
    await (await votingToken.transfer(account, GIVEN)).wait();
    await dao.delegate(await holder.getAddress());
    await open("/dao/delegate");
    await page.waitForSelector('[data-reason="notDelegated"]');
    await page.fill("#delegate-to", "0x1234");
    expect(await page.isDisabled("#delegate")).to.equal(true);
    await page.fill("#delegate-to", "");
    await page.click("#delegate");
    await page.waitForSelector(`[data-weight="votes"][data-value="${GIVEN}"]`);
    expect(await votingToken.getVotes(account)).to.equal(GIVEN);
    expect(await page.locator('[data-reason="notDelegated"]').count()).to.equal(0);
  });

  it("shows a proposal of the package with its calls in words, as plain text", async () => {
    await pass(4 * DAY);
    const { Market } = stage.chain.deployment.contracts;
    const call = { target: Market, abi: Market__factory.createInterface(), call: "setProtocolFee", args: [FEE_BPS] };
    proposalId = await dao.propose({ title: TITLE, why: WHY, calls: [call] });
    await open("/dao");
    await page.click(`[data-proposal="${proposalId}"] a`);
    await page.waitForSelector('[data-call="Market.setProtocolFee"]');
    const text = await page.innerText("main");
    expect(text)
      .to.include(TITLE)
      .and.to.include("leaves <script>more</script> to creators.")
      .and.not.include("#proposer");
    expect(text)
      .to.include("Set the protocol's fee on Market to 2 %")
      .and.to.include("Its kind is: parameters")
      .and.to.include("Parameters: it sets a number that the contract itself bounds.");
    expect(await valueOf('[data-arg="feeBps"]', "data-arg")).to.equal("feeBps");
    expect(await valueOf("#state", "data-state")).to.equal("pending");
    expect(await page.locator("#vote").count()).to.equal(0);
  });

  it("lets the wallet vote once, and the counts of the page change", async () => {
    await pass(2 * DAY + 1);
    await open(`/dao/proposal/${proposalId}`);
    await page.waitForSelector('#state[data-state="active"]');
    expect(await votes("token")).to.deep.equal(["0", "0", "0"]);
    expect(await page.innerText(".outcome")).to.include("Nobody has voted.");
    expect(await flaws()).to.deep.equal([]);
    await page.check('input[value="for"]');
    await page.click("#vote");
    await page.waitForSelector(`[data-house="token"] [data-side="for"][data-votes="${GIVEN}"]`);
    expect(await votes("citizens")).to.deep.equal(["0", "0", "0"]);
    await page.waitForSelector('.outcome[data-passes="true"]');
    await page.waitForSelector('[data-voted="true"]');
    expect(await page.locator("#vote").count()).to.equal(0);
    expect((await dao.status(proposalId)).units).to.deep.equal({ against: 0n, for: GIVEN, abstain: 0n });

    await dao.vote(proposalId, "against");
    await open(`/dao/proposal/${proposalId}`);
    await page.waitForSelector('.outcome[data-passes="false"]');
    expect(await votes("token")).to.deep.equal([String(GIVEN), String(HOLDS - GIVEN), "0"]);
    expect(await page.innerText(".outcome")).to.include("The token house has no majority for it.");
  });

  it("queues and executes what passed", async () => {
    const call = {
      target: stage.chain.deployment.contracts.Market,
      abi: Market__factory.createInterface(),
      call: "setProtocolFee",
      args: [FEE_BPS],
    };
    const passing = await dao.propose({ title: "Once more", why: "It failed.", calls: [call] });
    await pass(2 * DAY + 1);
    await open(`/dao/proposal/${passing}`);
    await page.check('input[value="for"]');
    await page.click("#vote");
    await page.waitForSelector('[data-voted="true"]');
    await pass(7 * DAY);
    await open(`/dao/proposal/${passing}`);
    await page.click("#queue");
    await page.waitForSelector('#state[data-state="queued"]');
    expect(await page.locator("#execute").count()).to.equal(0);
    // two days, four times as long in a young government
    await pass(8 * DAY + 1);
    await open(`/dao/proposal/${passing}`);
    await page.click("#execute");
    await page.waitForSelector('#state[data-state="executed"]');
    await page.waitForSelector('[data-step="executed"].past');
    const market = Market__factory.connect(stage.chain.deployment.contracts.Market, stage.chain.provider);
    expect((await market.config()).protocolFeeBps).to.equal(FEE_BPS);

    await page.click("text=Proposals");
    await page.waitForSelector('main li [data-state="executed"]');
    const listed = page.locator("main li[data-proposal]");
    const ids = await Promise.all([0, 1].map((at) => listed.nth(at).getAttribute("data-proposal")));
    expect(ids).to.deep.equal([String(passing), String(proposalId)]);
    expect(await valueOf(`[data-proposal="${proposalId}"] [data-state]`, "data-state")).to.equal("defeated");
  });

  it("says why units differ between now and the snapshot", async () => {
    const token = IERC20__factory.connect(stage.chain.deployment.contracts.GovernanceToken, holder);
    await (await token.transfer(account, parseEther("7"))).wait();
    await open("/dao/delegate");
    await page.waitForSelector('[data-reason="gained"]');
    expect(await valueOf('[data-weight="weight"]', "data-value")).to.equal(String(GIVEN));
    expect(await valueOf('[data-weight="votes"]', "data-value")).to.equal(String(GIVEN + parseEther("7")));
  });

  it("measures who decides, with a table and a file", async () => {
    await open("/dao/concentration");
    await page.waitForSelector(".lorenz-line");
    expect(await page.innerText('[data-measure="delegates"]')).to.equal("2");
    expect(await page.innerText('[data-measure="nakamoto"]')).to.equal("1");
    expect(Number(await page.innerText('[data-measure="gini"]'))).to.be.closeTo(1 / 6, 0.001);
    await page.click(".lorenz summary");
    const row = page.locator("#lorenz-table tbody tr").nth(5);
    expect(await row.innerText()).to.match(/^50 %\s+33.3 %$/);
    const [download] = await Promise.all([page.waitForEvent("download"), page.click("#csv")]);
    const lines = (await readFile((await download.path())!, "utf8")).trim().split("\r\n");
    expect(lines).to.deep.equal([
      "account,units",
      `${await holder.getAddress()},${HOLDS - GIVEN - parseEther("7")}`,
      `${account},${GIVEN + parseEther("7")}`,
    ]);
  });

  it("counts a citizen, whose ballot can say another thing in each house", async () => {
    const { provider, deployment } = stage.chain;
    const { Timelock, CitizenRegistry } = deployment.contracts;
    await provider.send("hardhat_impersonateAccount", [Timelock]);
    await provider.send("hardhat_setBalance", [Timelock, toQuantity(parseEther("1"))]);
    const issuer = await provider.getSigner(ISSUER);
    const registry = CitizenRegistry__factory.connect(CitizenRegistry, new JsonRpcSigner(provider, Timelock));
    await (await registry.appointIssuer(await issuer.getAddress(), encodeBytes32String("persons"), false)).wait();
    const now = BigInt((await provider.getBlock("latest"))!.timestamp);
    const { attestation, signature } = await new CitizenClient(deployment, issuer).attest({
      ...{ account, issuerId: 1, nullifier: id("a person"), claimHash: ZeroHash },
      ...{ validUntil: now + 365n * BigInt(DAY), deadline: now + BigInt(DAY) },
    });
    const key = await page.evaluate(() => localStorage.getItem("isonomy.burner"));
    await new CitizenClient(deployment, new Wallet(key!, provider)).present(attestation, signature);

    await open("/dao/delegate");
    await page.waitForSelector('[data-credential="seasoning"]');
    expect(await page.locator("#reweigh").count()).to.equal(0);
    await pass(30 * DAY);
    await open("/dao/delegate");
    await page.click("#reweigh");
    await page.waitForSelector("#reweigh", { state: "detached" });
    await page.waitForSelector('[data-reason="bonusLater"]');
    await page.click("text=Proposals");
    await page.waitForSelector('[data-citizens="1"]');

    const call = { abi: Market__factory.createInterface(), call: "setProtocolFee", args: [FEE_BPS] };
    newest = await dao.propose({
      title: "A third time",
      why: "To vote.",
      calls: [{ target: deployment.contracts.Market, ...call }],
    });
    await pass(2 * DAY + 1);
    await open(`/dao/proposal/${newest}`);
    await page.check('input[value="for"]');
    await page.selectOption(".ballot select", "against");
    await page.fill('.ballot input[type="text"]', "the fee, not the time");
    await page.click("#vote");
    await page.waitForSelector('[data-house="citizens"] [data-side="against"][data-votes="1"]');
    expect(await votes("citizens")).to.deep.equal(["0", "1", "0"]);
    expect(await votes("token")).to.deep.equal([String(GIVEN + parseEther("7")), "0", "0"]);
    await page.waitForSelector('.outcome[data-passes="true"]');
    expect(await page.innerText('[data-house="citizens"]')).to.include("not asked in phase 0");
  });

  it("does not show a description that a node changed", async () => {
    const [written, changed] = ["Sales fell.", "Sales rose."].map((text) => Buffer.from(text).toString("hex"));
    await page.route(`${stage.chain.node.url}/**`, async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, body: (await response.text()).replaceAll(written!, changed!) });
    });
    await open(`/dao/proposal/${proposalId}`);
    await page.waitForSelector("text=The node did not give the description");
    expect(await page.innerText("h1")).to.equal(`Proposal ${proposalId}`);
    expect(await page.innerText("main")).to.include("Set the protocol's fee on Market to 2 %");
    await page.unroute(`${stage.chain.node.url}/**`);
    await open(`/dao/proposal/${proposalId}`);
    await page.waitForSelector("text=Sales fell.");
  });

  it("can be used by everybody: by readers of screens, in the dark, on a phone and in German", async () => {
    await page.setViewportSize({ width: 360, height: 740 });
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      for (const path of ["/dao", `/dao/proposal/${newest}`, "/dao/delegate", "/dao/concentration"]) {
        await open(path);
        await page.waitForSelector("h2");
        await page.waitForSelector(".loading", { state: "detached" });
        expect(await page.evaluate(() => document.documentElement.scrollWidth), path).to.be.at.most(360);
        expect(await flaws(), `${path}, ${colorScheme}`).to.deep.equal([]);
      }
    }
    await page.selectOption("footer select", "de");
    await page.waitForSelector("text=Wer entscheidet");
  });

  it("says that there is no such proposal, asks nobody else and breaks no rule of its policy", async () => {
    await open("/dao/proposal/999");
    await page.waitForSelector('[data-code="GovernorNonexistentProposal"]');
    expect(visit.faults).to.deep.equal([]);
  });
});
