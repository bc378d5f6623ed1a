import { loadFixture } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ethers } from "hardhat";
import { scalarFor } from "../../helpers/files";
import { DAY, PRICE } from "../../helpers/market";
import { MONTH, Renewal, rightsFixture, splitOf, SUBSCRIPTIONS, termsOf } from "./fixture";

describe("Subscriptions: renewal of a licence for a file", () => {
  async function fileFixture() {
    const protocol = await loadFixture(rightsFixture);
    const { actions, market, actors, subscriptions } = protocol;
    const offer = actions.fileTerms({ rights: SUBSCRIPTIONS, rightsTerms: termsOf() });
    await actions.list(offer);
    const { order, secret } = await actions.paddedOrder(offer);
    const deal = await actions.dealOf(await market.connect(actors.buyer).purchase(offer, order));
    const licenseId = BigInt(deal.id);
    const end = BigInt(await subscriptions.expiresAt(licenseId));
    return { ...protocol, offer, deal, secret, licenseId, end };
  }

  it("waits until its deal is closed; then it opens none and pays at once", async () => {
    const { contracts, licenses, actors, actions, files, offer, deal, secret, licenseId, end } =
      await loadFixture(fileFixture);
    const { Escrow: escrow } = contracts;
    await actions.expectNotRenewable(offer, licenseId, Renewal.Locked);
    expect(await licenses.isAuthorized(licenseId, actors.buyer)).to.equal(false);
    await escrow.deliver(deal as never, scalarFor(files.file.key, secret));
    const complainBy = (await actions.now()) + 3n * DAY;
    expect(await licenses.isAuthorized(licenseId, actors.buyer)).to.equal(true);
    await actions.expectNotRenewable(offer, licenseId, Renewal.Locked);
    await actions.expectNotRenewable(offer, licenseId, Renewal.Locked, { who: actors.stranger });
    await escrow.connect(actors.buyer).accept({ ...deal, complainBy } as never);

    const sent = await actions.expectMoves(
      () => actions.expectRenewed(offer, licenseId, end + MONTH, { who: actors.stranger }),
      { ...splitOf("stranger", PRICE, "creator") },
    );
    await expect(sent).not.to.emit(escrow, "DealOpened");
    expect(await actions.usableAt(end + MONTH, licenseId, actors.buyer)).to.equal(true);
    expect(await actions.usableAt(end + MONTH + 1n, licenseId, actors.buyer)).to.equal(false);
  });

  it("takes no pad: there is no deal to use it for", async () => {
    const { subscriptions, contracts, market, actors, actions, files, offer, deal, secret, licenseId } =
      await loadFixture(fileFixture);
    await contracts.Escrow.deliver(deal as never, scalarFor(files.file.key, secret));
    const complainBy = (await actions.now()) + 3n * DAY;
    await contracts.Escrow.connect(actors.buyer).accept({ ...deal, complainBy } as never);
    const { order } = await actions.paddedOrder(offer, { renews: licenseId });
    await expect(market.connect(actors.buyer).purchase(offer, order))
      .to.be.revertedWithCustomError(subscriptions, "Rights_BadTerms")
      .withArgs("pad");
  });

  it("is refused once it was burned by a refund, and no money moves", async () => {
    const { subscriptions, contracts, licenses, actors, actions, offer, deal, licenseId, end } =
      await loadFixture(fileFixture);
    await contracts.Escrow.connect(actors.creator).decline(deal as never);
    await actions.expectNotRenewable(offer, licenseId, Renewal.Unknown);
    await actions.expectNotRenewable(offer, licenseId, Renewal.Unknown, { who: actors.stranger });
    expect(await licenses.isAuthorized(licenseId, actors.buyer)).to.equal(false);
    expect(await subscriptions.userOf(licenseId)).to.equal(ethers.ZeroAddress);
    expect(await subscriptions.expiresAt(licenseId)).to.equal(end);
  });
});
