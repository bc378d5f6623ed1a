import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { encodeBytes32String } from "ethers";
import { ethers } from "hardhat";
import { join } from "node:path";

import { ROLES } from "../../sdk/src/governance/roles";
import { loadProposal } from "../../scripts/lib/proposals";
import { DAY, expectCredits, PRICE, sharesOf } from "../helpers/market";
import { openDeals, REFERRER_BPS } from "../helpers/openDeals";
import { phaseOne, phaseTwo } from "../helpers/phases";
import { caught } from "../support/caught";

const ROOT = join(__dirname, "../..");
const NAME = encodeBytes32String("Market");
const OLD_FEE = 250n;
const NEW_FEE = 100n;

describe("A market that is replaced by a vote", function () {
  // a thousand people become citizens first
  this.timeout(600_000);

  /** Anyone deploys the next market, with another fee. */
  async function nextMarket(protocol: Awaited<ReturnType<typeof phaseTwo>>) {
    const { contracts, actors, token } = protocol;
    const { Authority, Forwarder, Treasury, ModelRegistry, LicenseToken, RevenueLedger } = contracts;
    const parts = [ModelRegistry, LicenseToken, RevenueLedger, contracts.Escrow, contracts.Exchange];
    const next = await ethers.deployContract(
      "Market",
      [Authority, Forwarder, Treasury, NEW_FEE, [...parts, contracts.OfferPolicies]],
      actors.stranger,
    );
    const addresses = {
      ...protocol.addresses,
      NextMarket: await next.getAddress(),
      PayToken: await token.getAddress(),
    };
    return { next, file: await loadProposal(ROOT, "proposals/replace-market.ts", addresses) };
  }

  /** The vote is decided and waits; a service is sold, and three deals are open: one delivered, one to deliver, one to refund. */
  async function waiting() {
    const protocol = await loadFixture(phaseTwo);
    const { contracts, actors, actions, token } = protocol;
    const { next, file } = await nextMarket(protocol);
    await token.connect(actors.buyer).approve(next, ethers.MaxUint256);
    const proposal = await actions.decide(file);

    const open = await openDeals(protocol);
    expect(await contracts.LicenseToken.isAuthorized(open.sold, actors.buyer)).to.equal(true);
    return { ...protocol, ...open, next, proposal };
  }

  /** The vote is carried out. */
  async function replaced() {
    const open = await loadFixture(waiting);
    const executed = await open.actions.execute(open.proposal);
    return { ...open, executed };
  }

  it("needs a grown DAO: before there are a thousand citizens nobody may even propose it", async () => {
    const protocol = await loadFixture(phaseOne);
    const { next, file } = await nextMarket(protocol);
    const refused = await caught(
      () => protocol.actions.dao(protocol.actors.holder).propose(file),
      "ProposalRules_NotYetAllowed",
    );
    expect(refused.args).to.deep.equal({ call: 0n, phase: 1n });
    expect(await protocol.contracts.LicenseToken.moduleInfo(next)).to.deep.equal([0n, false]);
  });

  it("is decided by both houses, and the wait of a constitutional vote", async () => {
    const { contracts, actions, actors, proposal } = await loadFixture(waiting);
    const status = await actions.dao(actors.stranger).status(proposal);
    expect([status.kind, status.phase, status.state]).to.deep.equal(["constitution", 2, "queued"]);
    expect(status.citizens.for).to.equal(100n);
    expect(await contracts.IsonomyGovernor.delayOf(proposal)).to.be.greaterThanOrEqual(7n * DAY);
    await expect(
      contracts.IsonomyGovernor["execute(uint256)"](proposal),
      "an hour early",
    ).to.be.revertedWithCustomError(contracts.IsonomyGovernor, "IsonomyGovernor_TooEarly");
  });

  it("hands the right to issue licences over, and the directory tells both", async () => {
    const { contracts, next, executed, token } = await loadFixture(replaced);
    const { LicenseToken, Market, Directory, Authority } = contracts;
    const at = BigInt((await executed.getBlock())!.timestamp);
    await expect(executed).to.emit(LicenseToken, "ModuleSet").withArgs(next, 2n, true);
    await expect(executed).to.emit(LicenseToken, "ModuleSet").withArgs(Market, 1n, false);
    await expect(executed).to.emit(Directory, "EntrySet").withArgs(NAME, next, Market);
    expect(await LicenseToken.moduleInfo(next)).to.deep.equal([2n, true]);
    expect(await LicenseToken.moduleInfo(Market)).to.deep.equal([1n, false]);

    expect(await Directory.entryOf(NAME)).to.equal(await next.getAddress());
    expect(await Directory.entryAt(NAME, at - 1n)).to.equal(await Market.getAddress());
    expect(await Directory.entryAt(NAME, at)).to.equal(await next.getAddress());
    expect(await Directory.versionsOf(NAME)).to.equal(2n);
    expect((await Directory.versionAt(NAME, 0)).entry).to.equal(await Market.getAddress());
    expect(await Directory.versionAt(NAME, 1)).to.deep.equal([await next.getAddress(), at]);

    // guarded as the one before: the same rows of the table, with the same roles
    for (const fragment of ["setProtocolFee", "pausePurchases", "resumePurchases", "setTreasury"] as const) {
      const { selector } = next.interface.getFunction(fragment);
      expect(await Authority.getTargetFunctionRole(next, selector), fragment).to.equal(
        await Authority.getTargetFunctionRole(Market, selector),
      );
    }
    expect(await Authority.getTargetFunctionRole(next, next.interface.getFunction("setProtocolFee").selector)).to.equal(
      ROLES.PARAMETER,
    );
    expect(await next.payTokenRisks(token)).to.deep.equal([true, 0n]);
  });

  it("sells nothing any more, neither at once nor through the escrow, while the next one sells at its own fee", async () => {
    const { contracts, actors, actions, next, service, weights, order, token } = await loadFixture(replaced);
    const { Market, LicenseToken, RevenueLedger, Treasury } = contracts;
    const { buyer, creator } = actors;
    for (const [offer, bought] of [
      [service, await actions.orderFor(service)],
      [weights, order],
    ] as const) {
      await expect(Market.connect(buyer).purchase(offer, bought))
        .to.be.revertedWithCustomError(LicenseToken, "LicenseToken_NotMinter")
        .withArgs(await Market.getAddress());
    }

    // the same offer, listed again where it is sold now
    await next.connect(creator).createOffer(service);
    const bought = await actions.orderFor(service);
    const id = await next.connect(buyer).purchase.staticCall(service, bought);
    const { toCreator, toTreasury } = sharesOf(PRICE, NEW_FEE, 0n);
    await expectCredits(RevenueLedger, token, () => next.connect(buyer).purchase(service, bought), [
      [creator, toCreator],
      [Treasury, toTreasury],
    ]);
    expect(await LicenseToken.isAuthorized(id, buyer)).to.equal(true);
    expect((await LicenseToken.licenseInfo(id)).module).to.equal(await next.getAddress());
  });

  it("leaves licences that were sold their rights, and open deals their terms to the wei", async () => {
    const { contracts, actors, token, sold, licenses, deals, key } = await loadFixture(replaced);
    const { Escrow, LicenseToken, RevenueLedger, Treasury, Market } = contracts;
    const { buyer, creator, referrer, other } = actors;
    expect(await LicenseToken.isAuthorized(sold, buyer), "sold at once").to.equal(true);
    expect(await LicenseToken.isAuthorized(licenses[0]!, buyer), "delivered before").to.equal(true);
    expect(await LicenseToken.isAuthorized(licenses[1]!, buyer), "not delivered yet").to.equal(false);

    const { toCreator, toTreasury, toReferrer } = sharesOf(PRICE, OLD_FEE, REFERRER_BPS);
    const paid: [Parameters<typeof expectCredits>[3][number][0], bigint][] = [
      [Escrow, -PRICE],
      [creator, toCreator],
      [Treasury, toTreasury],
      [referrer, toReferrer],
      [buyer, 0n],
    ];
    await expectCredits(RevenueLedger, token, () => Escrow.connect(buyer).accept(deals[0]!), paid);

    await Escrow.deliver(deals[1]!, key);
    expect(await LicenseToken.isAuthorized(licenses[1]!, buyer), "delivered afterwards").to.equal(true);
    const complainBy = BigInt(await time.latest()) + 3n * DAY;
    await time.increaseTo(complainBy + 1n);
    const delivered = { ...deals[1]!, complainBy };
    await expectCredits(RevenueLedger, token, () => Escrow.connect(other).settle(delivered), paid);

    await expectCredits(RevenueLedger, token, () => Escrow.connect(other).refundUndelivered(deals[2]!), [
      [Escrow, -PRICE],
      [buyer, PRICE],
      [Treasury, 0n],
      [creator, 0n],
    ]);
    // the refund burns the licence: the market before still issues the word on what it sold
    await expect(LicenseToken.ownerOf(licenses[2]!)).to.be.revertedWithCustomError(
      LicenseToken,
      "ERC721NonexistentToken",
    );
    expect((await LicenseToken.licenseInfo(licenses[0]!)).module).to.equal(await Market.getAddress());
    await LicenseToken.connect(buyer).transferFrom(buyer, other, licenses[0]!);
    expect(await LicenseToken.isAuthorized(licenses[0]!, other)).to.equal(true);
  });

  it("keeps the deadlines of open deals to the second", async () => {
    const { contracts, deals } = await loadFixture(replaced);
    const { Escrow } = contracts;
    const deliverBy = BigInt(deals[2]!.deliverBy);
    await time.increaseTo(deliverBy - 1n);
    await time.setNextBlockTimestamp(deliverBy);
    await expect(Escrow.refundUndelivered(deals[2]!))
      .to.be.revertedWithCustomError(Escrow, "Escrow_TooEarly")
      .withArgs(deals[2]!.id, deliverBy);
    await time.setNextBlockTimestamp(deliverBy + 1n);
    await expect(Escrow.refundUndelivered(deals[2]!)).to.emit(Escrow, "DealRefunded");
  });
});
