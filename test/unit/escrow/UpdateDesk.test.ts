import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ethers } from "hardhat";
import { padOf, scalarFor, sealFile, xOf } from "../../helpers/files";
import { CARD } from "../../helpers/fixture";
import { DAY, expectCredits, marketFixture } from "../../helpers/market";
import { expectLimits } from "../../helpers/limits";

const KEY = xOf(0xb0b0n);
const SECRET = 0x5ec2e7n;
const PAD = padOf(SECRET);
const SECOND = sealFile(0x5ec0n, Buffer.from("second version"));
const THIRD = sealFile(0x7413dn, Buffer.from("third version, defective"), false);

describe("UpdateDesk", () => {
  /** The buyer holds a licence with updates for the service's first version; a file and a broken file follow. */
  async function deskFixture() {
    const protocol = await loadFixture(marketFixture);
    const { contracts, actors, actions, ids } = protocol;
    const { Market, ModelRegistry, UpdateDesk, Escrow } = contracts;
    async function buy(includesUpdates: boolean) {
      const offer = actions.terms({ includesUpdates });
      await actions.list(offer);
      const order = await actions.orderFor(offer);
      const licenseId = await Market.connect(actors.buyer).purchase.staticCall(offer, order);
      await Market.connect(actors.buyer).purchase(offer, order);
      return licenseId;
    }
    const licenseId = await buy(true);
    const plainLicenseId = await buy(false);
    await ModelRegistry.connect(actors.creator).publishVersion(1n, SECOND.data);
    await ModelRegistry.connect(actors.creator).publishVersion(1n, THIRD.data);
    const [second, third] = [ids.versionId + 1n, ids.versionId + 2n];

    const request = (id = licenseId, versionId = second, who = actors.buyer) =>
      UpdateDesk.connect(who).requestUpdate(id, versionId, KEY, PAD);
    return {
      ...protocol,
      desk: UpdateDesk,
      escrow: Escrow,
      licenses: contracts.LicenseToken,
      licenseId,
      plainLicenseId,
      second,
      third,
      actions: { ...actions, request },
    };
  }

  /** The id that the desk gives an attempt. */
  function dealIdOf(licenseId: bigint, versionId: bigint, previous: bigint): bigint {
    const coder = ethers.AbiCoder.defaultAbiCoder();
    return BigInt(ethers.keccak256(coder.encode(["uint256", "uint64", "uint256"], [licenseId, versionId, previous])));
  }

  it("publishes its limits", async () => {
    const { desk } = await loadFixture(deskFixture);
    await expectLimits(desk, {
      DELIVERY_WINDOW: 7n * DAY,
      COMPLAINT_WINDOW: 30n * DAY,
    });
  });

  describe("requestUpdate", () => {
    it("refuses everyone but the licensee, and a licence that does not exist", async () => {
      const { desk, actors, actions, licenseId } = await loadFixture(deskFixture);
      for (const account of [actors.creator, actors.stranger]) {
        await expect(actions.request(licenseId, undefined, account))
          .to.be.revertedWithCustomError(desk, "UpdateDesk_NotLicensee")
          .withArgs(licenseId, account.address);
      }
      await expect(actions.request(licenseId + 100n))
        .to.be.revertedWithCustomError(desk, "UpdateDesk_NotLicensee")
        .withArgs(licenseId + 100n, actors.buyer.address);
    });

    it("refuses a licence that cannot be used yet", async () => {
      const { desk, contracts, actors, actions, ids } = await loadFixture(deskFixture);
      const offer = actions.fileTerms({ includesUpdates: true });
      await actions.list(offer);
      const { order } = await actions.paddedOrder(offer);
      const licenseId = await contracts.Market.connect(actors.buyer).purchase.staticCall(offer, order);
      await contracts.Market.connect(actors.buyer).purchase(offer, order);
      await contracts.ModelRegistry.connect(actors.creator).publishVersion(2n, SECOND.data);
      await expect(actions.request(licenseId, ids.fileVersionId + 1n))
        .to.be.revertedWithCustomError(desk, "UpdateDesk_NotLicensee")
        .withArgs(licenseId, actors.buyer.address);
    });

    it("refuses what is not an update: the version sold, another model, and any version without updates", async () => {
      const { desk, actions, licenseId, plainLicenseId, second, ids } = await loadFixture(deskFixture);
      for (const [id, versionId] of [
        [licenseId, ids.versionId],
        [licenseId, ids.fileVersionId],
        [plainLicenseId, second],
        [plainLicenseId, ids.versionId],
      ]) {
        await expect(actions.request(id, versionId))
          .to.be.revertedWithCustomError(desk, "UpdateDesk_NotAnUpdate")
          .withArgs(id, versionId);
      }
    });

    it("refuses a version that is not published yet", async () => {
      const { contracts, actions, licenseId, third } = await loadFixture(deskFixture);
      await expect(actions.request(licenseId, third + 1n))
        .to.be.revertedWithCustomError(contracts.ModelRegistry, "ModelRegistry_UnknownVersion")
        .withArgs(third + 1n);
    });

    it("refuses a version that was proven defective", async () => {
      const { desk, contracts, actions, licenseId, third } = await loadFixture(deskFixture);
      await contracts.ModelRegistry.proveDefective(third, THIRD.evidence);
      await expect(actions.request(licenseId, third))
        .to.be.revertedWithCustomError(desk, "UpdateDesk_VersionDefective")
        .withArgs(third);
    });

    it("refuses a version without a file, and a request without key or pad", async () => {
      const { desk, escrow, contracts, actors, actions, licenseId, second, third } = await loadFixture(deskFixture);
      await contracts.ModelRegistry.connect(actors.creator).publishVersion(1n, CARD);
      await expect(actions.request(licenseId, third + 1n)).to.be.revertedWithCustomError(escrow, "Escrow_WrongKey");
      for (const [key, pad] of [
        [ethers.ZeroHash, PAD],
        [KEY, ethers.ZeroAddress],
      ]) {
        await expect(
          desk.connect(actors.buyer).requestUpdate(licenseId, second, key, pad),
        ).to.be.revertedWithCustomError(escrow, "Escrow_EmptyPad");
      }
    });

    it("opens a free deal with the holder of the title, and says so", async () => {
      const { desk, escrow, contracts, token, actors, actions, licenseId, second } = await loadFixture(deskFixture);
      const { creator, other, buyer } = actors;
      await contracts.ModelRegistry.connect(creator).transferFrom(creator.address, other.address, 1n);
      const dealId = dealIdOf(licenseId, second, 0n);
      expect(await desk.connect(buyer).requestUpdate.staticCall(licenseId, second, KEY, PAD)).to.equal(dealId);
      let deal: Record<string, unknown> = {};
      await expectCredits(
        contracts.RevenueLedger,
        token,
        async () => {
          const call = await actions.request();
          await expect(call).to.emit(desk, "UpdateRequested").withArgs(licenseId, second, dealId);
          deal = await actions.dealOf(call);
        },
        [
          [escrow, 0n],
          [other, 0n],
        ],
      );
      expect(deal).to.include({
        opener: await desk.getAddress(),
        id: dealId,
        versionId: second,
        keyX: SECOND.data.keyX,
        termsHash: ethers.ZeroHash,
        payer: buyer.address,
        recipient: buyer.address,
        seller: other.address,
        payee: other.address,
        referrer: ethers.ZeroAddress,
        treasury: other.address,
        payToken: ethers.ZeroAddress,
        price: 0n,
        protocolFeeBps: 0n,
        referrerBps: 0n,
        deliverBy: BigInt(await time.latest()) + 7n * DAY,
        complaintWindow: 30n * DAY,
        arbitrator: ethers.ZeroAddress,
        bond: 0n,
        buyerKey: KEY,
        pad: ethers.getAddress(PAD),
        complainBy: 0n,
      });
      expect(await desk.updateDeal(licenseId, second)).to.equal(dealId);
      expect(await desk.updateDeal(licenseId, second + 1n)).to.equal(0n);
    });

    it("refuses a second request while the first is open, delivered or settled", async () => {
      const { desk, escrow, actors, actions, licenseId, second } = await loadFixture(deskFixture);
      const deal = await actions.dealOf(await actions.request());
      const refused = async () =>
        expect(actions.request())
          .to.be.revertedWithCustomError(desk, "UpdateDesk_AlreadyRequested")
          .withArgs(licenseId, second, deal.id);
      await refused();
      await escrow.deliver(deal as never, scalarFor(SECOND.key, SECRET));
      const complainBy = BigInt(await time.latest()) + 30n * DAY;
      await refused();
      await escrow.connect(actors.buyer).accept({ ...deal, complainBy } as never);
      await refused();
    });

    it("can be repeated after a refund, each time under an id of its own", async () => {
      const { desk, escrow, contracts, actors, actions, licenseId, second } = await loadFixture(deskFixture);
      let previous = 0n;
      for (let attempt = 0; attempt < 3; attempt++) {
        const deal = await actions.dealOf(await actions.request());
        expect(deal.id).to.equal(dealIdOf(licenseId, second, previous));
        previous = deal.id as bigint;
        if (attempt === 0) {
          await escrow.connect(actors.creator).decline(deal as never);
        } else {
          await time.increase(7n * DAY + 1n);
          await escrow.refundUndelivered(deal as never);
        }
      }
      expect(await desk.updateDeal(licenseId, second)).to.equal(previous);
      // the licence itself was never touched
      expect(await contracts.LicenseToken.isAuthorized(licenseId, actors.buyer)).to.equal(true);
    });

    it("leaves the licence usable and free to move, and delivers a version once for a licence", async () => {
      const { desk, licenses, actors, actions, licenseId, second } = await loadFixture(deskFixture);
      const { buyer, other } = actors;
      const dealId = (await actions.dealOf(await actions.request())).id;
      expect(await licenses.isAuthorized(licenseId, buyer)).to.equal(true);
      await licenses.connect(buyer).transferFrom(buyer.address, other.address, licenseId);
      await expect(actions.request(licenseId, second, buyer))
        .to.be.revertedWithCustomError(desk, "UpdateDesk_NotLicensee")
        .withArgs(licenseId, buyer.address);
      await expect(actions.request(licenseId, second, other))
        .to.be.revertedWithCustomError(desk, "UpdateDesk_AlreadyRequested")
        .withArgs(licenseId, second, dealId);
    });

    it("goes on while purchases are paused", async () => {
      const { desk, contracts, actors, actions } = await loadFixture(deskFixture);
      await contracts.Market.connect(actors.guardian).pausePurchases(DAY);
      await expect(actions.request()).to.emit(desk, "UpdateRequested");
    });
  });

  describe("dealRefunded", () => {
    it("refuses anyone but the escrow", async () => {
      const { desk, actors } = await loadFixture(deskFixture);
      await expect(desk.connect(actors.stranger).dealRefunded(1n, ethers.ZeroHash))
        .to.be.revertedWithCustomError(desk, "UpdateDesk_NotEscrow")
        .withArgs(actors.stranger.address);
    });
  });

  it("knows where everything is", async () => {
    const { desk, contracts } = await loadFixture(deskFixture);
    expect(await desk.REGISTRY()).to.equal(await contracts.ModelRegistry.getAddress());
    expect(await desk.LICENSES()).to.equal(await contracts.LicenseToken.getAddress());
    expect(await desk.ESCROW()).to.equal(await contracts.Escrow.getAddress());
    expect(await desk.DELIVERY_WINDOW()).to.equal(7n * DAY);
    expect(await desk.COMPLAINT_WINDOW()).to.equal(30n * DAY);
  });
});
