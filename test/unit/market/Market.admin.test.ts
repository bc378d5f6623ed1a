import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ethers } from "hardhat";
import { DAY, marketFixture } from "../../helpers/market";
import { expectLimits } from "../../helpers/limits";

describe("Market: settings", () => {
  async function adminFixture() {
    const protocol = await loadFixture(marketFixture);
    const market = protocol.contracts.Market;
    return { ...protocol, market, admin: await protocol.actions.asAdmin() };
  }

  it("publishes its limits", async () => {
    const { market } = await loadFixture(adminFixture);
    await expectLimits(market, {
      MAX_PROTOCOL_FEE_BPS: 500n,
      MAX_PAUSE: 7n * DAY,
      PAUSE_COOLDOWN: 60n * DAY,
      MAX_CART_ITEMS: 32n,
    });
  });

  describe("permissions", () => {
    it("refuse everyone whom the Authority does not name, the deployer and those who hold tokens too", async () => {
      const { market, actors, admin, token } = await loadFixture(adminFixture);
      const { deployer, holder, guardian, stranger, creator } = actors;
      const nobody = [deployer, holder, stranger, creator];
      const calls: [string, unknown[], typeof nobody][] = [
        ["setProtocolFee", [1n], [...nobody, guardian]],
        ["setTreasury", [stranger.address], [...nobody, guardian]],
        ["setPayToken", [await token.getAddress(), true, 0n], [...nobody, guardian]],
        ["pausePurchases", [1n], nobody],
        ["resumePurchases", [], nobody],
      ];
      for (const [name, args, accounts] of calls) {
        for (const account of accounts) {
          await expect(market.connect(account).getFunction(name)(...args), name)
            .to.be.revertedWithCustomError(market, "AccessManagedUnauthorized")
            .withArgs(account.address);
        }
      }
      // pausing is the guardian's alone
      await expect(market.connect(admin).pausePurchases(1n))
        .to.be.revertedWithCustomError(market, "AccessManagedUnauthorized")
        .withArgs(admin.address);
    });
  });

  describe("constructor", () => {
    // claim(attacks#licences-listings-offers-and-signatures): fee above the bound
    it("refuses a fee above the bound and the zero treasury", async () => {
      const { market, contracts, actors } = await loadFixture(adminFixture);
      const { Authority, Forwarder, ModelRegistry, LicenseToken, RevenueLedger, Escrow, Exchange, OfferPolicies } =
        contracts;
      const parts = [ModelRegistry, LicenseToken, RevenueLedger, Escrow, Exchange, OfferPolicies];
      await expect(ethers.deployContract("Market", [Authority, Forwarder, actors.treasury, 501n, parts]))
        .to.be.revertedWithCustomError(market, "Market_ProtocolFeeTooHigh")
        .withArgs(501n, 500n);
      await expect(
        ethers.deployContract("Market", [Authority, Forwarder, ethers.ZeroAddress, 0n, parts]),
      ).to.be.revertedWithCustomError(market, "TreasuryPointer_ZeroAddress");
    });

    it("announces its settings and remembers where everything is", async () => {
      const { market, contracts, actors } = await loadFixture(adminFixture);
      expect(await market.config()).to.deep.equal([actors.treasury.address, 250n, 0n, 0n]);
      expect((await market.queryFilter(market.filters.ProtocolFeeSet())).map(({ args }) => args.feeBps)).to.deep.equal([
        250n,
      ]);
      expect(await market.REGISTRY()).to.equal(await contracts.ModelRegistry.getAddress());
      expect(await market.LICENSES()).to.equal(await contracts.LicenseToken.getAddress());
      expect(await market.LEDGER()).to.equal(await contracts.RevenueLedger.getAddress());
      expect(await market.ESCROW()).to.equal(await contracts.Escrow.getAddress());
      expect(await market.authority()).to.equal(await contracts.Authority.getAddress());
      expect(await market.MAX_PROTOCOL_FEE_BPS()).to.equal(500n);
      expect(await market.MAX_PAUSE()).to.equal(7n * DAY);
      expect(await market.PAUSE_COOLDOWN()).to.equal(60n * DAY);
    });
  });

  describe("setProtocolFee", () => {
    // claim(attacks#licences-listings-offers-and-signatures): fee above the bound
    it("refuses one basis point above 5 %", async () => {
      const { market, admin } = await loadFixture(adminFixture);
      for (const fee of [501n, 65_535n]) {
        await expect(market.connect(admin).setProtocolFee(fee))
          .to.be.revertedWithCustomError(market, "Market_ProtocolFeeTooHigh")
          .withArgs(fee, 500n);
      }
    });

    it("sets any fee from 0 to 5 %, and nothing else", async () => {
      const { market, admin, actors } = await loadFixture(adminFixture);
      for (const fee of [0n, 500n]) {
        await expect(market.connect(admin).setProtocolFee(fee)).to.emit(market, "ProtocolFeeSet").withArgs(fee);
        expect(await market.config()).to.deep.equal([actors.treasury.address, fee, 0n, 0n]);
      }
    });
  });

  describe("setTreasury", () => {
    // claim(attacks#licences-listings-offers-and-signatures): the zero address as recipient or party
    it("refuses the zero address", async () => {
      const { market, admin } = await loadFixture(adminFixture);
      await expect(market.connect(admin).setTreasury(ethers.ZeroAddress)).to.be.revertedWithCustomError(
        market,
        "TreasuryPointer_ZeroAddress",
      );
    });

    it("sets the treasury, and nothing else", async () => {
      const { market, admin, actors } = await loadFixture(adminFixture);
      await expect(market.connect(admin).setTreasury(actors.other.address))
        .to.emit(market, "TreasurySet")
        .withArgs(actors.other.address);
      expect(await market.config()).to.deep.equal([actors.other.address, 250n, 0n, 0n]);
    });
  });

  describe("setPayToken", () => {
    it("refuses an account without code, and the native coin, which nobody can take off the list", async () => {
      const { market, admin, actors } = await loadFixture(adminFixture);
      for (const account of [actors.stranger.address, ethers.ZeroAddress]) {
        for (const allowed of [true, false]) {
          await expect(market.connect(admin).setPayToken(account, allowed, 0n))
            .to.be.revertedWithCustomError(market, "Market_NotAContract")
            .withArgs(account);
        }
      }
      expect(await market.payTokenRisks(ethers.ZeroAddress)).to.deep.equal([true, 0n]);
    });

    it("allows a token with its risks and takes it off again", async () => {
      const { market, admin, ids } = await loadFixture(adminFixture);
      expect(await market.payTokenRisks(ids.payToken)).to.deep.equal([true, 3n]);
      for (const [allowed, risks] of [
        [false, 3n],
        [true, 15n],
        [true, 255n],
      ] as const) {
        await expect(market.connect(admin).setPayToken(ids.payToken, allowed, risks))
          .to.emit(market, "PayTokenSet")
          .withArgs(ids.payToken, allowed, risks);
        expect(await market.payTokenRisks(ids.payToken)).to.deep.equal([allowed, risks]);
      }
    });
  });

  describe("pausePurchases", () => {
    // claim(attacks#licences-listings-offers-and-signatures): a pause without an end
    it("refuses a pause of more than seven days", async () => {
      const { market, actors } = await loadFixture(adminFixture);
      for (const duration of [7n * DAY + 1n, 2n ** 40n - 1n]) {
        await expect(market.connect(actors.guardian).pausePurchases(duration))
          .to.be.revertedWithCustomError(market, "BoundedPause_TooLong")
          .withArgs(duration, 7n * DAY);
      }
    });

    // claim(invariants#market-and-escrow): No purchase during a pause, and purchases again in the second in which it
    //   ends; a pause above 7 days, or within 60 days of the start of the last under the same mandate, is refused
    it("stops purchases until its last second and not in the next", async () => {
      const { market, actors, actions } = await loadFixture(adminFixture);
      const offer = actions.terms();
      await actions.list(offer);
      const order = await actions.orderFor(offer);
      const start = BigInt(await time.latest()) + 10n;
      const until = start + 7n * DAY;
      await time.setNextBlockTimestamp(start);
      await expect(market.connect(actors.guardian).pausePurchases(7n * DAY))
        .to.emit(market, "PurchasesPaused")
        .withArgs(until);
      expect(await market.config()).to.deep.equal([actors.treasury.address, 250n, until, start + 60n * DAY]);

      await time.setNextBlockTimestamp(until - 1n);
      await expect(market.connect(actors.buyer).purchase(offer, order))
        .to.be.revertedWithCustomError(market, "Market_Paused")
        .withArgs(until);
      await time.setNextBlockTimestamp(until);
      await market.connect(actors.buyer).purchase(offer, order);
    });

    // claim(attacks#licences-listings-offers-and-signatures): a pause without an end
    it("refuses the next pause until sixty days after the start of the last", async () => {
      const { market, actors } = await loadFixture(adminFixture);
      const guardian = market.connect(actors.guardian);
      await guardian.pausePurchases(1n);
      const notBefore = BigInt(await time.latest()) + 60n * DAY;
      await expect(guardian.pausePurchases(1n))
        .to.be.revertedWithCustomError(market, "BoundedPause_TooSoon")
        .withArgs(notBefore);
      await time.setNextBlockTimestamp(notBefore - 1n);
      await expect(guardian.pausePurchases(1n)).to.be.revertedWithCustomError(market, "BoundedPause_TooSoon");
      await time.setNextBlockTimestamp(notBefore);
      await guardian.pausePurchases(7n * DAY);
    });

    // claim(attacks#licences-listings-offers-and-signatures): a pause without an end
    it("leaves people their withdrawals, transfers and refunds", async () => {
      const { market, contracts, actors, actions } = await loadFixture(adminFixture);
      const offer = actions.terms();
      const file = actions.fileTerms();
      await actions.list(offer);
      await actions.list(file);
      const licenseId = await market.connect(actors.buyer).purchase.staticCall(offer, await actions.orderFor(offer));
      await market.connect(actors.buyer).purchase(offer, await actions.orderFor(offer));
      const { order } = await actions.paddedOrder(file);
      const deal = await actions.dealOf(await market.connect(actors.buyer).purchase(file, order));

      await market.connect(actors.guardian).pausePurchases(7n * DAY);
      await contracts.RevenueLedger.connect(actors.creator).withdraw(offer.payToken);
      await contracts.LicenseToken.connect(actors.buyer).transferFrom(
        actors.buyer.address,
        actors.other.address,
        licenseId,
      );
      await contracts.Escrow.connect(actors.creator).decline(deal as never);
      await contracts.RevenueLedger.connect(actors.buyer).withdraw(file.payToken);
    });
  });

  describe("resumePurchases", () => {
    it("ends a pause at once, and leaves the time of the next as it was", async () => {
      const { market, actors, actions } = await loadFixture(adminFixture);
      const offer = actions.terms();
      await actions.list(offer);
      const guardian = market.connect(actors.guardian);
      await guardian.pausePurchases(7n * DAY);
      const notBefore = BigInt(await time.latest()) + 60n * DAY;
      await expect(guardian.resumePurchases()).to.emit(market, "PurchasesResumed");
      expect(await market.config()).to.deep.equal([
        actors.treasury.address,
        250n,
        BigInt(await time.latest()),
        notBefore,
      ]);
      await market.connect(actors.buyer).purchase(offer, await actions.orderFor(offer));
      await expect(guardian.pausePurchases(1n))
        .to.be.revertedWithCustomError(market, "BoundedPause_TooSoon")
        .withArgs(notBefore);
    });
  });

  it("takes nothing that is sent to it without a call", async () => {
    const { market, actors } = await loadFixture(adminFixture);
    await expect(actors.buyer.sendTransaction({ to: market, value: 1n })).to.be.reverted;
  });
});
