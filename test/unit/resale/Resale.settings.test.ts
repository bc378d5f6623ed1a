import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ethers } from "hardhat";
import { expectLimits } from "../../helpers/limits";
import { DAY } from "../../helpers/market";
import { MAX_AHEAD, MAX_BITS, resaleFixture } from "./fixture";

describe("Resale: settings", () => {
  it("publishes its limits", async () => {
    const { resale } = await loadFixture(resaleFixture);
    await expectLimits(resale, {
      MAX_AHEAD,
      MAX_BITS,
      MAX_PROTOCOL_FEE_BPS: 500n,
      MAX_PAUSE: 7n * DAY,
      PAUSE_COOLDOWN: 60n * DAY,
    });
  });

  it("knows where everything is, and starts with the deployment's fee, treasury and tokens", async () => {
    const { resale, contracts, actors, ids } = await loadFixture(resaleFixture);
    expect(await resale.REGISTRY()).to.equal(await contracts.ModelRegistry.getAddress());
    expect(await resale.LICENSES()).to.equal(await contracts.LicenseToken.getAddress());
    expect(await resale.LEDGER()).to.equal(await contracts.RevenueLedger.getAddress());
    expect(await resale.ESCROW()).to.equal(await contracts.Escrow.getAddress());
    expect(await resale.authority()).to.equal(await contracts.Authority.getAddress());
    expect(await resale.trustedForwarder()).to.equal(await contracts.Forwarder.getAddress());
    expect(await resale.config()).to.deep.equal([actors.treasury.address, 250n, 0n, 0n]);
    expect(await resale.payTokenRisks(ids.payToken)).to.deep.equal([true, 3n]);
    expect(await resale.payTokenRisks(ethers.ZeroAddress)).to.deep.equal([true, 0n]);
    const inForce = ethers.encodeBytes32String("Resale");
    expect(await contracts.Directory.entryOf(inForce)).to.equal(await resale.getAddress());
  });

  it("cannot be created without a ledger or an escrow, with a fee above the bound, or for the zero treasury", async () => {
    const { resale, contracts, actors } = await loadFixture(resaleFixture);
    const { Authority, Forwarder, ModelRegistry, LicenseToken, RevenueLedger, Escrow } = contracts;
    const nobody = actors.stranger.address;
    const create = (
      treasury: string,
      fee: bigint,
      ledger: typeof nobody | typeof RevenueLedger,
      escrow: typeof nobody | typeof Escrow,
    ) =>
      ethers.deployContract("Resale", [
        Authority,
        Forwarder,
        treasury,
        fee,
        [ModelRegistry, LicenseToken, ledger, escrow],
      ]);
    await expect(create(nobody, 501n, RevenueLedger, Escrow))
      .to.be.revertedWithCustomError(resale, "Market_ProtocolFeeTooHigh")
      .withArgs(501n, 500n);
    await expect(create(ethers.ZeroAddress, 0n, RevenueLedger, Escrow)).to.be.revertedWithCustomError(
      resale,
      "TreasuryPointer_ZeroAddress",
    );
    await expect(create(nobody, 0n, nobody, Escrow)).to.be.revertedWithoutReason();
    await expect(create(nobody, 0n, RevenueLedger, nobody)).to.be.revertedWithoutReason();
    await create(nobody, 500n, RevenueLedger, Escrow);
  });

  it("are set by whom the Authority names alone, and are not the market's", async () => {
    const { resale, market, admin, actors, ids } = await loadFixture(resaleFixture);
    const { deployer, holder, guardian, stranger, creator, treasury } = actors;
    const nobody = [deployer, holder, stranger, creator];
    const calls: [string, unknown[], typeof nobody][] = [
      ["setProtocolFee", [1n], [...nobody, guardian]],
      ["setTreasury", [stranger.address], [...nobody, guardian]],
      ["setPayToken", [ids.payToken, true, 0n], [...nobody, guardian]],
      ["pausePurchases", [1n], [...nobody, admin]],
      ["resumePurchases", [], [...nobody, admin]],
    ];
    for (const [name, args, accounts] of calls) {
      for (const account of accounts) {
        await expect(resale.connect(account).getFunction(name)(...args), name)
          .to.be.revertedWithCustomError(resale, "AccessManagedUnauthorized")
          .withArgs(account.address);
      }
    }
    await expect(resale.connect(admin).setProtocolFee(7n)).to.emit(resale, "ProtocolFeeSet").withArgs(7n);
    await expect(resale.connect(admin).setTreasury(stranger)).to.emit(resale, "TreasurySet").withArgs(stranger.address);
    await expect(resale.connect(admin).setPayToken(ids.payToken, true, 9n))
      .to.emit(resale, "PayTokenSet")
      .withArgs(ids.payToken, true, 9n);
    expect(await resale.config()).to.deep.equal([stranger.address, 7n, 0n, 0n]);
    expect(await resale.payTokenRisks(ids.payToken)).to.deep.equal([true, 9n]);
    expect(await market.config()).to.deep.equal([treasury.address, 250n, 0n, 0n]);
    expect(await market.payTokenRisks(ids.payToken)).to.deep.equal([true, 3n]);
  });

  it("pause new sales for at most seven days, to the second, and not those of the market", async () => {
    const { resale, market, actors, actions } = await loadFixture(resaleFixture);
    const ask = await actions.ask({ expiresAt: BigInt(await time.latest()) + 30n * DAY });
    await resale.connect(actors.guardian).pausePurchases(7n * DAY);
    const until = BigInt(await time.latest()) + 7n * DAY;
    await expect(actions.purchase(ask)).to.be.revertedWithCustomError(resale, "Market_Paused").withArgs(until);
    expect((await market.config()).pausedUntil).to.equal(0n);
    await time.setNextBlockTimestamp(until - 1n);
    await expect(actions.purchase(ask)).to.be.revertedWithCustomError(resale, "Market_Paused").withArgs(until);
    await time.setNextBlockTimestamp(until);
    await actions.purchase(ask);
  });

  it("let sellers cancel during a pause, and the guardian end it", async () => {
    const { resale, seller, actors, actions } = await loadFixture(resaleFixture);
    await resale.connect(actors.guardian).pausePurchases(DAY);
    await resale.connect(seller).cancel(1n);
    await resale.connect(seller).cancelAll();
    await expect(resale.connect(actors.guardian).resumePurchases()).to.emit(resale, "PurchasesResumed");
    await actions.purchase(await actions.ask({ epoch: 1n }));
  });
});
