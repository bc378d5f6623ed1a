import { loadFixture } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";

import { padOf, scalarFor, sealFile, xOf } from "../helpers/files";
import { rightsFixture } from "../unit/rights/fixture";

const KEY = xOf(0xb0b0n);
const SECRET = 0x5ec2e7n;
const PAD = padOf(SECRET);
const SECOND = sealFile(0x5ec0n, Buffer.from("the second version"));

describe("Finding: a file is given away with a subscription", () => {
  // claim(attacks#licences-listings-offers-and-signatures): a subscription with later versions that is cancelled once a
  //   later file is delivered
  it("a subscription that can be cancelled comes without the files of later versions, listed or signed", async () => {
    const { market, subscriptions, actors, actions } = await loadFixture(rightsFixture);
    const offer = actions.cancellable({}, { includesUpdates: true });
    await expect(market.connect(actors.creator).createOffer(offer))
      .to.be.revertedWithCustomError(subscriptions, "Rights_BadTerms")
      .withArgs("cancellable");
    // one that cannot be cancelled includes them
    await actions.list(actions.subscription({}, { includesUpdates: true, transferable: false }));
  });

  // claim(attacks#licences-listings-offers-and-signatures): the one delivery of a later version taken by a user with a
  //   seat
  it("a user with a seat cannot take the update of the holder", async () => {
    const { contracts, seats, actors, actions, ids } = await loadFixture(rightsFixture);
    const { ModelRegistry: registry, UpdateDesk: desk, Escrow: escrow, LicenseToken: licenses } = contracts;
    const offer = actions.seatOffer({ minStay: 0n }, { includesUpdates: true });
    const id = await actions.sell(offer);
    await seats.connect(actors.buyer).giveSeat(offer, id, actors.stranger);
    await registry.connect(actors.creator).publishVersion(1n, SECOND.data);
    const later = BigInt(ids.versionId) + 1n;
    expect(await licenses.isAuthorized(id, actors.stranger)).to.equal(true);
    await expect(desk.connect(actors.stranger).requestUpdate(id, later, KEY, PAD))
      .to.be.revertedWithCustomError(desk, "UpdateDesk_NotLicensee")
      .withArgs(id, actors.stranger.address);
    const deal = await actions.dealOf(await desk.connect(actors.buyer).requestUpdate(id, later, KEY, PAD));
    expect(deal.recipient).to.equal(actors.buyer.address);
    await escrow.deliver(deal, scalarFor(SECOND.key, SECRET));
  });
});
