import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ZeroAddress } from "ethers";
import { ethers } from "hardhat";
import { scalarFor } from "../helpers/files";
import { marketFixture, PRICE, sharesOf } from "../helpers/market";

/**
 * What was lost: a referrer's share, to a buyer who named a contract of the protocol as the referrer. Nobody can take it back, and
 * nobody else may miss anything for it. A published invariant said that the escrow's account is the prices of its open deals.
 */

const REFERRER_BPS = 1_000n;
const NAMES = [
  "Escrow",
  "Market",
  "RevenueLedger",
  "Exchange",
  "UpdateDesk",
  "ModelRegistry",
  "LicenseToken",
  "Panel",
] as const;

describe("Finding: a contract of the protocol as a party of a sale costs nobody else anything", () => {
  for (const name of NAMES) {
    // claim(attacks#escrow-dispute-and-arbiters): A contract of the protocol as the referrer of a sale, credits to the
    //   escrow without a deal, coin forced upon it: only the referrer's share or the giver's gift is lost
    it(`${name} as the referrer of a deal and of a sale at once: its share stays, everybody else is paid to the wei`, async () => {
      const { contracts, actors, actions, files, ids } = await loadFixture(marketFixture);
      const { Market, Escrow, RevenueLedger } = contracts;
      const referrer = await contracts[name].getAddress();
      const ledger = (account: string) => RevenueLedger.balanceOf(ids.payToken, account);
      const escrow = await Escrow.getAddress();
      const service = actions.terms({ referrerBps: REFERRER_BPS });
      const file = actions.fileTerms({ referrerBps: REFERRER_BPS });
      await actions.list(service);
      await actions.list(file);
      const market = Market.connect(actors.buyer);
      const { toCreator, toTreasury, toReferrer } = sharesOf(
        PRICE,
        (await Market.config()).protocolFeeBps,
        REFERRER_BPS,
      );
      const treasury = (await Market.config()).treasury;

      // a deal of somebody else's is open all the while
      const { order: waiting, secret } = await actions.paddedOrder(file);
      const open = await actions.dealOf(await market.purchase(file, waiting));

      await market.purchase(service, await actions.orderFor(service, { referrer }));
      const { order } = await actions.paddedOrder(file, { referrer });
      const deal = await actions.dealOf(await market.purchase(file, order));
      expect(await ledger(escrow)).to.equal(2n * PRICE + (name === "Escrow" ? toReferrer : 0n));
      await Escrow.deliver(deal, scalarFor(files.file.key, secret));
      const delivered = { ...deal, complainBy: BigInt(await time.latest()) + deal.complaintWindow };
      await Escrow.connect(actors.buyer).accept(delivered);

      expect(await ledger(actors.creator.address)).to.equal(2n * toCreator);
      expect(await ledger(treasury)).to.equal(2n * toTreasury);
      expect(await ledger(referrer)).to.equal(2n * toReferrer + (name === "Escrow" ? PRICE : 0n));

      // the deal that was open is paid back whole, and what was lost stays lost
      await Escrow.connect(actors.creator).decline(open);
      expect(await ledger(actors.buyer.address)).to.equal(PRICE);
      expect(await ledger(referrer)).to.equal(2n * toReferrer);
    });
  }

  // claim(attacks#escrow-dispute-and-arbiters): A contract of the protocol as the referrer of a sale, credits to the
  //   escrow without a deal, coin forced upon it: only the referrer's share or the giver's gift is lost
  // claim(invariants#market-and-escrow): The escrow's ledger account is the sum of the prices of the open deals, and of
  //   what careless parties credited to the escrow itself, which stays there
  it("credits that anybody gives to the escrow back no deal: an opener must pay the price all the same", async () => {
    const { contracts, actors, actions, files, ids } = await loadFixture(marketFixture);
    const { Escrow, RevenueLedger } = contracts;
    await RevenueLedger.connect(actors.stranger).credit(ZeroAddress, [{ account: Escrow, amount: 500n }], {
      value: 500n,
    });
    expect(await RevenueLedger.balanceOf(ZeroAddress, Escrow)).to.equal(500n);
    const opener = await ethers.deployContract("FalseOpener");
    const { order } = await actions.paddedOrder(actions.fileTerms());
    const deal = {
      opener: await opener.getAddress(),
      id: 1n,
      versionId: ids.fileVersionId,
      keyX: ethers.ZeroHash,
      termsHash: ethers.ZeroHash,
      payer: actors.stranger.address,
      recipient: actors.stranger.address,
      seller: actors.stranger.address,
      payee: actors.stranger.address,
      referrer: ZeroAddress,
      treasury: actors.stranger.address,
      payToken: ZeroAddress,
      price: 500n,
      protocolFeeBps: 0n,
      referrerBps: 0n,
      deliverBy: BigInt(await time.latest()) + 86_400n,
      complaintWindow: 3n * 86_400n,
      arbitrator: ZeroAddress,
      bond: 0n,
      buyerKey: order.buyerKey,
      pad: order.pad,
      complainBy: 0n,
    };
    const open = Escrow.interface.encodeFunctionData("open", [deal]);
    await expect(opener.act(Escrow, 0n, open))
      .to.be.revertedWithCustomError(Escrow, "Escrow_WrongValue")
      .withArgs(0n, 500n);
    // paid for, it takes and returns its own price, and the credits stay
    await opener.act(Escrow, 500n, open, { value: 500n });
    await Escrow.connect(actors.stranger).decline({ ...deal, keyX: files.file.data.keyX });
    expect(await RevenueLedger.balanceOf(ZeroAddress, Escrow)).to.equal(500n);
    expect(await RevenueLedger.balanceOf(ZeroAddress, actors.stranger)).to.equal(500n);
  });

  // claim(attacks#escrow-dispute-and-arbiters): A contract of the protocol as the referrer of a sale, credits to the
  //   escrow without a deal, coin forced upon it: only the referrer's share or the giver's gift is lost
  // claim(invariants#market-and-escrow): The escrow's coin is bonds and prepaid halves; the panel's is the fees of
  //   undecided disputes. Coin that is forced upon them belongs to nobody
  it("coin that is forced upon the escrow is nobody's, and every bond can still be taken out", async () => {
    const { contracts, actors, actions } = await loadFixture(marketFixture);
    const { Escrow, Market, RevenueLedger } = contracts;
    const offer = actions.fileTerms({ arbitrator: await contracts.Panel.getAddress(), bond: 40n });
    await Market.connect(actors.creator).createOffer(offer, { value: 40n });
    await ethers.provider.send("hardhat_setBalance", [await Escrow.getAddress(), ethers.toQuantity(40n + 7n)]);
    await Escrow.connect(actors.creator).withdrawBond(Market, await Market.hashOffer(offer), 40n);
    expect(await RevenueLedger.balanceOf(ZeroAddress, actors.creator)).to.equal(40n);
    expect(await ethers.provider.getBalance(Escrow)).to.equal(7n);
  });

  for (const name of NAMES) {
    it(`${name} cannot be the recipient of a licence, so that none is lost to it`, async () => {
      const { contracts, actors, actions } = await loadFixture(marketFixture);
      const recipient = await contracts[name].getAddress();
      const service = actions.terms();
      await actions.list(service);
      await expect(
        contracts.Market.connect(actors.buyer).purchase(service, await actions.orderFor(service, { recipient })),
      )
        .to.be.revertedWithCustomError(contracts.LicenseToken, "ERC721InvalidReceiver")
        .withArgs(recipient);
    });
  }
});
